//! Functions become tools, prompts and resources of a server.
//!
//! Each attribute turns a function into one without parameters that makes what [`ServerBuilder`] takes: the name, the documentation and the
//! parameters become the definition, and the function moves inside, behind what reads its arguments. Nothing is decided per call
//! that is known here; what a user got wrong is said where it stands.
//!
//! The crate knows none of ours: what it writes leads to `mcp_engine::server`, or to the crate of the option `crate`.
//!
//! [`ServerBuilder`]: https://docs.rs/mcp-engine/latest/mcp_engine/server/struct.ServerBuilder.html

mod body;
mod docs;
mod function;
#[cfg(test)]
mod misuse;
mod options;
mod parameter;
mod prompt;
mod resource;
mod simple;
mod tool;

use proc_macro::TokenStream;

/// Makes a function a tool.
///
/// The function becomes one without parameters that makes a `Tool`, for `ServerBuilder::tool`: `.tool(echo)`, or `.tool(echo().rate(…))`
/// to change it before. Its name is the name of the tool, its documentation is what models read, and so is that of each parameter.
///
/// ```
/// use mcp_engine::server::{Server, tool};
///
/// /// Says it back.
/// #[tool]
/// fn echo(text: &str) -> &str {
///     text
/// }
///
/// /// Adds two numbers.
/// #[tool(title = "Addition", read_only, idempotent)]
/// async fn add(
///     /// The first one.
///     a: i64,
///     b: Option<i64>,
/// ) -> i64 {
///     a + b.unwrap_or(0)
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), mcp_engine::server::Error> {
/// let server = Server::builder("echo", "1.0").tool(echo).tool(add).build()?;
/// # let schema = echo().definition().input_schema.as_str().to_owned();
/// # assert_eq!(schema, r#"{"type":"object","properties":{"text":{"type":"string"}},"required":["text"]}"#);
/// # drop(server);
/// # Ok(())
/// # }
/// ```
///
/// # Options
///
/// | option | meaning |
/// |---|---|
/// | `name = "…"` | another name than that of the function |
/// | `title = "…"` | a name for people |
/// | `description = "…"` | instead of the documentation |
/// | `read_only`, `destructive`, `idempotent`, `open_world` | hints on what it does, each also with `= false` |
/// | `blocking` | it blocks its thread, and is called on one for that |
/// | `concurrency = 4` | at most so many calls at a time, of all clients together |
/// | `task = "optional"` | calls run as tasks where the client can poll them; `"required"`: only so |
/// | `output = Report` | the type of its structured result, where the function does not return `Structured<Report>` |
/// | `crate = path` | where the engine is, if not at `::mcp_engine` |
///
/// # Parameters
///
/// - `&str`, `String`, `Cow<'_, str>`, integers up to 64 bits, `f32`, `f64`, `bool`, and `Option`, `Vec` and `&[…]` of these are arguments that
///   are read where they stand, without serde. Also an async function may borrow.
/// - `Context` or `&Context` is the context of the request, `&Request` the request, `Inputs` what the client may be asked for.
/// - `State<T>` or `&State<T>` is a value that the server was given by `ServerBuilder::state`. Without it, no server is built.
/// - Every other type is an argument that serde reads, with a schema by `JsonSchema`.
///
/// These types are known by their names. An `Option` need not be given. An argument that is missing or wrong is a failure that the model
/// reads, and the function is not called.
///
/// `#[header("Region")]` before a parameter mirrors a string, an integer or a boolean into the header `Mcp-Param-Region` (MCP 2026-07-28,
/// Streamable HTTP, custom headers).
///
/// ```
/// use std::collections::HashMap;
///
/// use mcp_engine::Context;
/// use mcp_engine::server::{JsonSchema, Server, State, Structured, tool};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Deserialize, JsonSchema)]
/// #[schemars(crate = "mcp_engine::server::schemars")]
/// struct Place {
///     /// As people call it.
///     name: String,
/// }
///
/// #[derive(Serialize, JsonSchema)]
/// #[schemars(crate = "mcp_engine::server::schemars")]
/// struct Weather {
///     degrees: f64,
/// }
///
/// struct Stations {
///     degrees: HashMap<String, f64>,
/// }
///
/// /// How warm it is.
/// #[tool(blocking, concurrency = 2)]
/// fn weather(
///     context: &Context,
///     stations: State<Stations>,
///     place: Place,
///     #[header("Region")] region: &str,
/// ) -> Result<Structured<Weather>, String> {
///     let degrees = stations.degrees.get(&place.name).ok_or(format!("{region} has no such place"))?;
///     Ok(Structured(Weather { degrees: *degrees }))
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), mcp_engine::server::Error> {
/// let stations = Stations { degrees: HashMap::from([("Kiel".to_owned(), 11.5)]) };
/// let server = Server::builder("weather", "1.0").tool(weather).state(stations).build()?;
/// # drop(server);
/// # Ok(())
/// # }
/// ```
///
/// # What it returns
///
/// Anything that is a `ToolOutput`: text, numbers, `Structured<T>`, content, a whole result, or a `Result` of these, whose error is a
/// failure that the model reads. `Result<_, Answer>` answers with either. A plain function is called where the request was read, and what it
/// returns may borrow from the arguments: such a tool allocates nothing.
///
/// Functions that are generic, unsafe or have a `self` are refused.
///
/// ```compile_fail
/// use mcp_engine::server::tool;
///
/// #[tool]
/// fn echo<T: ToString>(text: T) -> String {
///     text.to_string()
/// }
/// ```
#[proc_macro_attribute]
pub fn tool(attribute: TokenStream, item: TokenStream) -> TokenStream {
    tokens(tool::expand(attribute.into(), item.into()))
}

/// Makes a function a prompt.
///
/// As for [`macro@tool`], with the options `name`, `title`, `description`, `blocking` and `crate`. Arguments of prompts are text: `&str`,
/// `String`, `Cow<'_, str>`, every type that can be parsed, and `Option` of these. It returns a `PromptOutput`: text, messages, or a `Result`.
///
/// ```
/// use mcp_engine::server::{Server, prompt};
///
/// /// Greets somebody.
/// #[prompt]
/// fn greet(
///     /// Whom to greet.
///     who: &str,
///     times: Option<u8>,
/// ) -> String {
///     format!("Greet {who}, {} times.", times.unwrap_or(1))
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), mcp_engine::server::Error> {
/// let server = Server::builder("greeter", "1.0").prompt(greet).build()?;
/// # drop(server);
/// # Ok(())
/// # }
/// ```
#[proc_macro_attribute]
pub fn prompt(attribute: TokenStream, item: TokenStream) -> TokenStream {
    tokens(prompt::expand(attribute.into(), item.into()))
}

/// Makes a function a resource, or a family of resources.
///
/// As for [`macro@tool`], with the options `name`, `title`, `description`, `mime_type`, `blocking` and `crate`, and with `uri` for one resource or
/// `template` for a family. The arguments of a family are the variables of its template: `&str` or any type that can be parsed. A URI whose
/// value cannot be parsed names no resource. It returns a `ResourceOutput`: text (`String`, `&str`), bytes (`Vec<u8>`), contents, or a `Result`.
///
/// ```
/// use mcp_engine::server::{Server, resource};
///
/// /// What is to be done.
/// #[resource(uri = "notes://today", mime_type = "text/plain")]
/// fn today() -> &'static str {
///     "Buy milk."
/// }
///
/// /// Notes by folder.
/// #[resource(template = "notes://{folder}/{+path}")]
/// async fn notes(folder: &str, path: &str) -> String {
///     format!("{path} in {folder}")
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), mcp_engine::server::Error> {
/// let server = Server::builder("notes", "1.0").resource(today).resource_template(notes).build()?;
/// # drop(server);
/// # Ok(())
/// # }
/// ```
#[proc_macro_attribute]
pub fn resource(attribute: TokenStream, item: TokenStream) -> TokenStream {
    tokens(resource::expand(attribute.into(), item.into()))
}

fn tokens(expanded: syn::Result<proc_macro2::TokenStream>) -> TokenStream {
    expanded.unwrap_or_else(|error| error.to_compile_error()).into()
}

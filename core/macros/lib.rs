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
mod options;
mod parameter;
mod prompt;
mod resource;
mod simple;
mod tool;

use proc_macro::TokenStream;

/// Makes a function a tool.
#[proc_macro_attribute]
pub fn tool(attribute: TokenStream, item: TokenStream) -> TokenStream {
    tokens(tool::expand(attribute.into(), item.into()))
}

/// Makes a function a prompt.
#[proc_macro_attribute]
pub fn prompt(attribute: TokenStream, item: TokenStream) -> TokenStream {
    tokens(prompt::expand(attribute.into(), item.into()))
}

/// Makes a function a resource, or a family of resources.
#[proc_macro_attribute]
pub fn resource(attribute: TokenStream, item: TokenStream) -> TokenStream {
    tokens(resource::expand(attribute.into(), item.into()))
}

fn tokens(expanded: syn::Result<proc_macro2::TokenStream>) -> TokenStream {
    expanded.unwrap_or_else(|error| error.to_compile_error()).into()
}

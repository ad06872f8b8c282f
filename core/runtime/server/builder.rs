//! How a server is put together.

use std::fmt::{self, Write};
use std::sync::Arc;

use mcp_engine_proto::connection::Config;
use mcp_engine_proto::http::ToolHeaders;
use mcp_engine_proto::json::Raw;
use mcp_engine_proto::model::{CompleteRequestParams, Implementation, Json};
use mcp_engine_proto::task::TaskLimits;
use mcp_engine_proto::version::Version;
use tower_layer::Layer;

use super::catalogue::{Catalogue, Supplies};
use super::completion::Completions;
use super::contents::{Contents, Parts, Tasks, Terms, show_tools};
use super::prompt::IntoPrompt;
use super::resource::{IntoResource, IntoResourceTemplate};
use super::router::{Held, Router};
use super::state::States;
use super::tasks::TaskHost;
use super::tool::IntoTool;
use super::{Changes, Server};
use crate::driver::DriverLimits;
use crate::error::Error;
use crate::handler::Handler;
use crate::host::Host;
use crate::workers::Workers;

/// Puts a server together.
///
/// ```
/// use mcp_engine_proto::model;
/// use mcp_engine_runtime::server::{Resource, Server};
///
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let server = Server::builder("notes", "1.0")
///     .instructions("Read the notes before you answer.")
///     .resource(Resource::text(model::Resource::new("notes://today", "today"), "Buy milk."))
///     .build()?;
/// # drop(server);
/// # Ok::<(), mcp_engine_runtime::Error>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub struct ServerBuilder {
    config: Config,
    parts: Parts,
    page: usize,
    completions: Completions,
    declared: Vec<(String, Json<'static>)>,
    states: States,
    /// What was the matter with something that was added.
    refused: Option<Error>,
    changes: Changes,
    watches: Watches,
    stock: Stock,
    workers: Option<Workers>,
    limits: DriverLimits,
    layers: Vec<Wrap>,
    tool_headers: Option<Arc<dyn ToolHeaders>>,
    tasks: Option<TaskLimits>,
}

/// Puts something around a handler.
type Wrap = Box<dyn FnOnce(Arc<dyn Handler>) -> Arc<dyn Handler> + Send>;

/// Whether clients may ask to be told of changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Watches {
    No,
    Yes,
}

/// Whether what the server has may change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stock {
    Fixed,
    Changing,
}

impl ServerBuilder {
    pub(super) fn new(name: &str, version: &str) -> Self {
        Self {
            config: Config::server(name, version),
            parts: Parts::default(),
            page: PAGE,
            completions: Completions::default(),
            declared: Vec::new(),
            states: States::default(),
            refused: None,
            changes: Changes::default(),
            watches: Watches::No,
            stock: Stock::Fixed,
            workers: None,
            limits: DriverLimits::default(),
            layers: Vec::new(),
            tool_headers: None,
            tasks: None,
        }
    }

    /// Presents the server with more than name and version.
    pub fn implementation(mut self, implementation: &Implementation<'_>) -> Self {
        let json = Json::of(implementation, Version::V2026_07_28);
        self.config = self.config.implementation(json.raw());
        self
    }

    /// Tells clients how to use the server.
    pub fn instructions(mut self, instructions: &str) -> Self {
        self.config = self.config.instructions(instructions);
        self
    }

    /// Adds a tool.
    pub fn tool(mut self, tool: impl IntoTool) -> Self {
        self.parts.tools.push(Arc::new(tool.into_tool()));
        self
    }

    /// Adds a prompt.
    pub fn prompt(mut self, prompt: impl IntoPrompt) -> Self {
        self.parts.prompts.push(Arc::new(prompt.into_prompt()));
        self
    }

    /// Adds a resource.
    pub fn resource(mut self, resource: impl IntoResource) -> Self {
        self.parts.resources.push(Arc::new(resource.into_resource()));
        self
    }

    /// Adds a family of resources. A URI is looked up among single resources first, then in the order in which families were added.
    pub fn resource_template(mut self, template: impl IntoResourceTemplate) -> Self {
        match template.into_resource_template() {
            Ok(template) => self.parts.templates.push(Arc::new(template)),
            Err(error) => self.refused = self.refused.or(Some(error)),
        }
        self
    }

    /// Gives the server a value that handlers share, one of each type: they take it as a parameter [`State<T>`](super::State).
    pub fn state<T: Send + Sync + 'static>(mut self, value: T) -> Self {
        self.states.add(value);
        self
    }

    /// Completes arguments of prompts and resource templates: at most 100 values are sent, the first ones.
    pub fn complete(
        mut self,
        complete: impl Fn(&CompleteRequestParams<'_>) -> Vec<String> + Send + Sync + 'static,
    ) -> Self {
        self.completions = Completions::new(complete);
        self
    }

    /// Runs calls of tools as tasks that clients poll, as far as each [tool](super::Tool::task) and each client wants that: those of MCP 2025-11-25 and of
    /// the extension `io.modelcontextprotocol/tasks`.
    ///
    /// ```
    /// use std::time::Duration;
    /// use mcp_engine_proto::model::{self, JsonObject};
    /// use mcp_engine_proto::task::{TaskLimits, TaskSupport};
    /// use mcp_engine_runtime::Answer;
    /// use mcp_engine_runtime::server::{Server, Tool};
    ///
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
    /// let definition = model::Tool::new("brew", JsonObject::parse(r#"{"type":"object"}"#)?);
    /// let brew = Tool::new(definition, |_, responder| {
    ///     responder.later(async {
    ///         tokio::time::sleep(Duration::from_secs(300)).await;
    ///         Answer::text("Tea.")
    ///     })
    /// });
    /// let server = Server::builder("kitchen", "1.0")
    ///     .tool(brew.task(TaskSupport::Optional))
    ///     .tasks(TaskLimits::default())
    ///     .build()?;
    /// assert_eq!(server.task_counters().map(|counters| counters.created), Some(0));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn tasks(mut self, limits: TaskLimits) -> Self {
        self.tasks = Some(limits);
        self
    }

    /// Sends log messages: see [`Context::log`](crate::Context::log).
    pub fn logging(self) -> Self {
        self.capability("logging", Json::parse("{}").unwrap_or(Json::NULL))
    }

    /// Declares another capability.
    pub fn capability(mut self, name: &str, settings: Json<'_>) -> Self {
        self.declared.push((name.to_owned(), settings.into_owned()));
        self
    }

    /// Lets clients ask to be told of changes, by [`Changes`].
    pub fn watched(mut self, changes: &Changes) -> Self {
        (self.changes, self.watches) = (changes.clone(), Watches::Yes);
        self
    }

    /// Lets what the server has change while it runs, by its [`Catalogue`](super::Catalogue): it declares tools, prompts and resources, whether it has
    /// any yet or not, and tells its clients of each change.
    pub fn changeable(mut self) -> Self {
        (self.stock, self.watches) = (Stock::Changing, Watches::Yes);
        self
    }

    /// Puts at most so many entries on a page of a listing. Default 1,000.
    pub fn page(mut self, entries: usize) -> Self {
        self.page = entries;
        self
    }

    /// Puts a layer around everything that serves requests: it sees each request first, and may answer it itself. The last one that is added
    /// is outermost.
    ///
    /// ```
    /// use mcp_engine_proto::Method;
    /// use mcp_engine_runtime::server::Server;
    /// use mcp_engine_runtime::{Answer, Handler, Request, Responder, Served};
    /// use tower_layer::layer_fn;
    ///
    /// /// Lets nobody call anything.
    /// struct ReadOnly<H>(H);
    ///
    /// impl<H: Handler> Handler for ReadOnly<H> {
    ///     fn request(&self, request: Request, responder: Responder<'_>) -> Served {
    ///         match request.message().method() {
    ///             Some(Method::CallTool) => responder.answer(&Answer::failure("read-only")),
    ///             _ => self.0.request(request, responder),
    ///         }
    ///     }
    /// }
    ///
    /// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
    /// let server = Server::builder("notes", "1.0").layer(layer_fn(ReadOnly)).build()?;
    /// # drop(server);
    /// # Ok::<(), mcp_engine_runtime::Error>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn layer<L>(mut self, layer: L) -> Self
    where
        L: Layer<Arc<dyn Handler>, Service: Handler> + Send + 'static,
    {
        self.layers.push(Box::new(move |handler| Arc::new(layer.layer(handler))));
        self
    }

    /// Has the headers `Mcp-Param-*` of calls checked against their arguments (MCP 2026-07-28, Streamable HTTP), by somebody who reads
    /// `x-mcp-header` in the schemas of the tools, such as the `HeaderTables` of `mcp-engine-schema`.
    pub fn tool_headers(mut self, tool_headers: impl ToolHeaders + 'static) -> Self {
        self.tool_headers = Some(Arc::new(tool_headers));
        self
    }

    /// Changes anything else of the configuration: revisions, limits, patience.
    pub fn configure(mut self, configure: impl FnOnce(&mut Config)) -> Self {
        configure(&mut self.config);
        self
    }

    /// With other bounds on each connection.
    pub fn limits(mut self, limits: DriverLimits) -> Self {
        self.limits = limits;
        self
    }

    /// Runs what is not done at once on these workers, instead of on workers of its own.
    pub fn workers(mut self, workers: Workers) -> Self {
        self.workers = Some(workers);
        self
    }

    /// The server.
    ///
    /// # Errors
    ///
    /// Two things have the same name, or two states the same type; a tool needs tasks that the server does not have; a handler needs a
    /// state that is not there; a URI has no scheme, or a template is none; and outside of a tokio runtime.
    pub fn build(mut self) -> Result<Server, Error> {
        if let Some(error) = self.refused.take() {
            return Err(error);
        }
        if let Some(name) = self.states.duplicate() {
            return Err(Error::unexpected("the state", format!("two are of the type {name}")));
        }
        self.parts.bind(&self.states)?;
        let host = match self.workers.take() {
            Some(workers) => Host::on(workers),
            None => Host::new()?,
        };
        for tool in &mut self.parts.tools {
            Arc::make_mut(tool).open(&host)?;
        }
        if let Some(tool_headers) = &self.tool_headers {
            show_tools(&self.parts.tools, &**tool_headers)?;
        }
        let tasks = self.tasks.map(|limits| TaskHost::new(limits, &host, &self.changes));
        let tasks = tasks.transpose()?;
        let declared = self.capabilities();
        let config = self.config.capabilities(Raw::parse(&declared)?);
        let has_tasks = if tasks.is_some() { Tasks::Some } else { Tasks::None };
        let contents = Contents::new(self.parts, Terms { page: self.page, tasks: has_tasks })?;
        let supplies = Supplies {
            states: self.states,
            host: Arc::clone(&host),
            changes: self.changes.clone(),
            tool_headers: self.tool_headers.clone(),
        };
        let (held, catalogue) = hold(self.stock, contents, supplies);
        let router = Router::new(held, self.completions, tasks.clone());
        let handler = Arc::new(router) as Arc<dyn Handler>;
        let handler = self.layers.into_iter().fold(handler, |handler, wrap| wrap(handler));
        let server = Server::assemble(host, config, handler, self.changes)?.limits(self.limits);
        let tool_headers = self.tool_headers;
        Ok(Server { tool_headers, tasks, catalogue, ..server })
    }

    /// The capabilities: an object with what the server has.
    fn capabilities(&self) -> String {
        let Parts { tools, prompts, .. } = &self.parts;
        let any = self.stock == Stock::Changing;
        let watched = self.watches == Watches::Yes;
        let listed = if watched { r#"{"listChanged":true}"# } else { "{}" };
        let read = if watched { r#"{"listChanged":true,"subscribe":true}"# } else { "{}" };
        let own = [
            ("tools", any || !tools.is_empty(), listed),
            ("prompts", any || !prompts.is_empty(), listed),
            ("resources", any || self.parts.has_resources(), read),
            ("completions", self.completions.is_some(), "{}"),
        ];
        let own = own.into_iter().filter(|(_, has, _)| *has).map(|(name, _, value)| (name, value));
        let extensions = self.tasks.map(|_| self.extensions());
        let tasks = extensions.as_deref().map(|all| [("tasks", TASKS), ("extensions", all)]);
        let declared = self.declared.iter().map(|(name, json)| (name.as_str(), json.as_str()));
        let declared = declared.filter(|(name, _)| tasks.is_none() || *name != "extensions");
        let declared = declared.chain(tasks.into_iter().flatten());
        let mut out = String::from("{");
        for (number, (name, value)) in own.chain(declared).enumerate() {
            let comma = if number > 0 { "," } else { "" };
            // Writing to a string does not fail.
            let _ = write!(out, "{comma}{}:{value}", Json::string(name).as_str());
        }
        out.push('}');
        out
    }

    /// The extensions that were declared, and that of tasks.
    fn extensions(&self) -> String {
        let own = self.declared.iter().find(|(name, _)| name == "extensions");
        let own = own.and_then(|(_, json)| json.raw().members()).into_iter().flatten();
        let mut out = String::from(r#"{"io.modelcontextprotocol/tasks":{}"#);
        for (name, settings) in own {
            // Writing to a string does not fail.
            let _ = write!(out, r#","{}":{}"#, name.spelling(), settings.spelling());
        }
        out.push('}');
        out
    }
}

impl fmt::Debug for ServerBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerBuilder").field("parts", &self.parts).finish_non_exhaustive()
    }
}

/// How the router holds what the server has, and how that may be changed.
fn hold(stock: Stock, contents: Contents, supplies: Supplies) -> (Held, Option<Catalogue>) {
    match stock {
        Stock::Fixed => (Held::Fixed(contents), None),
        Stock::Changing => {
            let catalogue = Catalogue::new(contents, supplies);
            (Held::Changing(catalogue.clone()), Some(catalogue))
        }
    }
}

const PAGE: usize = 1_000;
/// What a server with tasks declares in MCP 2025-11-25.
const TASKS: &str = r#"{"list":{},"cancel":{},"requests":{"tools":{"call":{}}}}"#;

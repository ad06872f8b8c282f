//! A tool: what it says of itself, and what calls it.

use std::fmt;
use std::sync::Arc;

use mcp_engine_executor::{KeyConfig, Rate};
use mcp_engine_proto::connection::Reply;
use mcp_engine_proto::model::{self, ToolExecution};
use mcp_engine_proto::task::TaskSupport;

use super::Inputs;
use super::outcome::ToolOutput;
use super::state::{Bind, States, unbound};
use super::tasks::rounds;
use crate::answer::{Answer, Care, INTERNAL_ERROR, Responder, Served};
use crate::error::Error;
use crate::handler::Request;
use crate::host::{Host, OpenKey, Share};

/// A tool of a server. Functions become tools by the attribute `#[tool]`; this is for those whose definition is only known at run time.
///
/// ```
/// use mcp_engine_proto::model::{self, JsonObject};
/// use mcp_engine_runtime::Answer;
/// use mcp_engine_runtime::server::{Arguments, Tool};
///
/// let schema = JsonObject::parse(r#"{"type":"object","properties":{"text":{"type":"string"}}}"#)?;
/// let tool = Tool::new(model::Tool::new("shout", schema), |request, responder| {
///     match Arguments::of(&request).get::<String>("text") {
///         Ok(text) => responder.answer(&Answer::text(text.to_uppercase())),
///         Err(error) => responder.answer(&error.into()),
///     }
/// });
/// assert_eq!(tool.name(), "shout");
/// # Ok::<(), mcp_engine_proto::Error>(())
/// ```
#[derive(Clone)]
pub struct Tool {
    definition: model::Tool<'static>,
    serve: Serve,
    bounds: Option<Bounds>,
    key: Option<Arc<OpenKey>>,
    first: Option<Arc<AskFirst>>,
}

/// Says what a tool wants to know before there is a task.
pub(super) type AskFirst = dyn Fn(&mut Inputs) + Send + Sync;

/// Something that is a tool: one, or a function that makes one, as the attribute `#[tool]` writes them.
pub trait IntoTool {
    /// The tool.
    fn into_tool(self) -> Tool;
}

/// Who calls the tool.
#[derive(Clone)]
enum Serve {
    Any(Arc<dyn Fn(Request, Responder<'_>) -> Served + Send + Sync>),
    Blocking(Arc<dyn Fn(Request) -> Answer<'static> + Send + Sync>),
    /// Somebody who is known when there is a server.
    Unbound(Bind<Tool>),
}

/// How often and how many at a time.
#[derive(Clone, Copy, Debug)]
struct Bounds {
    concurrency: Option<u32>,
    rate: Option<Rate>,
}

impl IntoTool for Tool {
    fn into_tool(self) -> Self {
        self
    }
}

impl<F: FnOnce() -> Tool> IntoTool for F {
    fn into_tool(self) -> Tool {
        self()
    }
}

impl Tool {
    /// A tool with a function that serves its calls, and answers at once or [later](Responder::later).
    pub fn new(
        definition: model::Tool<'_>,
        serve: impl Fn(Request, Responder<'_>) -> Served + Send + Sync + 'static,
    ) -> Self {
        Self::with(definition, Serve::Any(Arc::new(serve)))
    }

    /// A tool whose function blocks its thread: it is called on one for that.
    pub fn blocking<T: ToolOutput<'static>>(
        definition: model::Tool<'_>,
        serve: impl Fn(Request) -> T + Send + Sync + 'static,
    ) -> Self {
        let serve = move |request: Request| {
            let version = request.context().version();
            serve(request).into_answer(version)
        };
        Self::with(definition, Serve::Blocking(Arc::new(serve)))
    }

    /// A tool that needs [`State`](super::State): `bind` makes it anew from its definition, with the values of the server that it is
    /// added to.
    pub fn with_state(
        definition: model::Tool<'_>,
        bind: impl Fn(model::Tool<'static>, &States) -> Result<Self, Error> + Send + Sync + 'static,
    ) -> Self {
        let definition = definition.into_owned();
        let again = definition.clone();
        let bind = move |states: &States| bind(again.clone(), states);
        Self::with(definition, Serve::Unbound(Arc::new(bind)))
    }

    fn with(definition: model::Tool<'_>, serve: Serve) -> Self {
        Self { definition: definition.into_owned(), serve, bounds: None, key: None, first: None }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.definition.name
    }

    /// What it says of itself.
    pub fn definition(&self) -> &model::Tool<'static> {
        &self.definition
    }

    /// The same tool with another definition.
    #[must_use]
    pub fn define(
        mut self,
        define: impl FnOnce(model::Tool<'static>) -> model::Tool<'static>,
    ) -> Self {
        self.definition = define(self.definition);
        self
    }

    /// At most so many calls at a time, of all clients together; the others wait for their turn.
    #[must_use]
    pub fn concurrency(mut self, calls: u32) -> Self {
        self.bounds_mut().concurrency = Some(calls);
        self
    }

    /// Calls start no faster than that, of all clients together; the others wait for their turn.
    #[must_use]
    pub fn rate(mut self, rate: Rate) -> Self {
        self.bounds_mut().rate = Some(rate);
        self
    }

    /// Says whether calls of it run as tasks, on a server that [has tasks](super::ServerBuilder::tasks). Without this they do not.
    ///
    /// Its function need not know: it answers, tells its progress and asks by [`Inputs`] as ever. A call that may be a task is one where its
    /// client can poll it, in both forms that there are (MCP 2025-11-25, and the extension of 2026-07-28).
    #[must_use]
    pub fn task(self, support: TaskSupport) -> Self {
        let support = match support {
            TaskSupport::Forbidden => model::TaskSupport::Forbidden,
            TaskSupport::Optional => model::TaskSupport::Optional,
            TaskSupport::Required => model::TaskSupport::Required,
        };
        self.define(|mut definition| {
            definition.execution = Some(ToolExecution::default().task_support(support));
            definition
        })
    }

    /// Asks that of the client before a call becomes a task (MCP 2026-07-28), so that the task itself need not wait for it: the same
    /// questions, by the same keys, are then answered already when the function of the tool asks them.
    #[must_use]
    pub fn ask_first(self, want: impl Fn(&mut Inputs) + Send + Sync + 'static) -> Self {
        Self { first: Some(Arc::new(want)), ..self }
    }

    pub(super) fn asks_first(&self) -> Option<&AskFirst> {
        self.first.as_deref()
    }

    /// Whether its calls run as tasks.
    pub(super) fn task_support(&self) -> TaskSupport {
        match self
            .definition
            .execution
            .as_ref()
            .and_then(|execution| execution.task_support.as_ref())
        {
            Some(model::TaskSupport::Optional) => TaskSupport::Optional,
            Some(model::TaskSupport::Required) => TaskSupport::Required,
            _ => TaskSupport::Forbidden,
        }
    }

    /// Whether there are bounds on its calls.
    pub(super) fn is_bounded(&self) -> bool {
        self.key.is_some()
    }

    fn bounds_mut(&mut self) -> &mut Bounds {
        self.bounds.get_or_insert(Bounds { concurrency: None, rate: None })
    }

    /// Gets hold of the state that it needs.
    pub(super) fn bind(&mut self, states: &States) -> Result<(), Error> {
        if let Serve::Unbound(bind) = &self.serve {
            let bound = bind(states)?;
            self.serve = bound.serve;
            self.bounds = self.bounds.or(bound.bounds);
            self.first = self.first.take().or(bound.first);
            let execution = &mut self.definition.execution;
            *execution = execution.take().or(bound.definition.execution);
        }
        Ok(())
    }

    /// Opens the key that its calls count against, if there are bounds on them.
    pub(super) fn open(&mut self, host: &Arc<Host>) -> Result<(), Error> {
        if let Some(Bounds { concurrency, rate }) = self.bounds {
            let config = KeyConfig { concurrency, rate, ..KeyConfig::default() };
            self.key = Some(Arc::new(host.open(&config)?));
        }
        Ok(())
    }

    pub(super) fn call(&self, request: Request, responder: Responder<'_>) -> Served {
        match (&self.serve, self.key.clone()) {
            (Serve::Any(serve), None) => serve(request, responder),
            (Serve::Any(serve), Some(key)) => {
                responder.later(within(Arc::clone(serve), request)).under(Share::Key(key))
            }
            (Serve::Blocking(serve), key) => {
                let serve = Arc::clone(serve);
                let served = responder.blocking(move || serve(request));
                match key {
                    Some(key) => served.under(Share::Key(key)),
                    None => served,
                }
            }
            (Serve::Unbound(_), _) => responder.answer(&unbound()),
        }
    }

    /// What there is to do for a call that was answered with a task.
    pub(super) fn work(&self, request: Request) -> Care {
        let share = self.key.clone().map_or(Share::Own, Share::Key);
        match &self.serve {
            Serve::Any(serve) => {
                let serve = Arc::clone(serve);
                let call = move |request| within(Arc::clone(&serve), request);
                Care::Later(share, Box::pin(rounds(request, call)))
            }
            Serve::Blocking(serve) => {
                let serve = Arc::clone(serve);
                Care::Blocking(share, Box::new(move || serve(request)))
            }
            Serve::Unbound(_) => Care::Later(share, Box::pin(async { unbound() })),
        }
    }
}

impl fmt::Debug for Tool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tool").field("definition", &self.definition).finish_non_exhaustive()
    }
}

/// Calls a tool when it has a permit, and keeps the permit until there is an answer.
async fn within(
    serve: Arc<dyn Fn(Request, Responder<'_>) -> Served + Send + Sync>,
    request: Request,
) -> Answer<'static> {
    let (served, answer) = called(&*serve, request);
    match served.0 {
        Care::Answered => answer,
        Care::Later(_, later) => later.await,
        Care::Blocking(_, blocking) => {
            let done = tokio::task::spawn_blocking(blocking).await;
            done.unwrap_or_else(|_| Answer::error(INTERNAL_ERROR, "the tool has failed"))
        }
    }
}

/// Calls a tool, and keeps what it answers at once.
fn called(
    serve: &(dyn Fn(Request, Responder<'_>) -> Served + Send + Sync),
    request: Request,
) -> (Served, Answer<'static>) {
    let mut answer = Answer::error(INTERNAL_ERROR, "the tool has not answered");
    let mut respond = |reply: Reply<'_>| {
        answer = Answer::of(reply);
        Ok(())
    };
    let served = serve(request, Responder::new(&mut respond));
    (served, answer)
}

//! A prompt: what it says of itself, and what fills it in.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use mcp_engine_proto::json::Raw;
use mcp_engine_proto::model;

use super::outcome::PromptOutput;
use super::state::{Serve, States, unbound};
use crate::answer::{Responder, Served};
use crate::error::Error;
use crate::handler::Request;

/// A prompt of a server. Functions become prompts by the attribute `#[prompt]`; this is for those whose definition is only known at run
/// time.
///
/// ```
/// use mcp_engine_proto::model::{self, PromptArgument};
/// use mcp_engine_runtime::server::{Prompt, argument_of};
///
/// let definition = model::Prompt::new("greet").arguments([PromptArgument::new("who").required(true)]);
/// let prompt = Prompt::immediate(definition, |request| {
///     format!("Greet {}.", argument_of(request, "who").unwrap_or_default())
/// });
/// assert_eq!(prompt.name(), "greet");
/// ```
#[derive(Clone)]
pub struct Prompt {
    definition: model::Prompt<'static>,
    serve: Serve<dyn Fn(Request, Responder<'_>) -> Served + Send + Sync>,
}

/// Something that is a prompt: one, or a function that makes one, as the attribute `#[prompt]` writes them.
pub trait IntoPrompt {
    /// The prompt.
    fn into_prompt(self) -> Prompt;
}

impl IntoPrompt for Prompt {
    fn into_prompt(self) -> Self {
        self
    }
}

impl<F: FnOnce() -> Prompt> IntoPrompt for F {
    fn into_prompt(self) -> Prompt {
        self()
    }
}

impl Prompt {
    /// A prompt with a function that answers at once or [later](Responder::later).
    pub fn new(
        definition: model::Prompt<'_>,
        serve: impl Fn(Request, Responder<'_>) -> Served + Send + Sync + 'static,
    ) -> Self {
        Self { definition: definition.into_owned(), serve: Serve::Ready(Arc::new(serve)) }
    }

    /// A prompt that needs [`State`](super::State): `bind` makes it anew from its definition, with the values of the server that it is
    /// added to.
    pub fn with_state(
        definition: model::Prompt<'_>,
        bind: impl Fn(model::Prompt<'static>, &States) -> Result<Self, Error> + Send + Sync + 'static,
    ) -> Self {
        let definition = definition.into_owned();
        let again = definition.clone();
        let bind = move |states: &States| Ok(bind(again.clone(), states)?.serve);
        Self { definition, serve: Serve::Unbound(Arc::new(bind)) }
    }

    /// A prompt with a function that answers at once.
    pub fn immediate<T: PromptOutput<'static>>(
        definition: model::Prompt<'_>,
        fill: impl Fn(&Request) -> T + Send + Sync + 'static,
    ) -> Self {
        Self::new(definition, move |request, responder| {
            responder.answer(&fill(&request).into_answer(request.context().version()))
        })
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.definition.name
    }

    /// What it says of itself.
    pub fn definition(&self) -> &model::Prompt<'static> {
        &self.definition
    }

    /// The same prompt with another definition.
    #[must_use]
    pub fn define(
        mut self,
        define: impl FnOnce(model::Prompt<'static>) -> model::Prompt<'static>,
    ) -> Self {
        self.definition = define(self.definition);
        self
    }

    /// The name of an argument that must be there and is not.
    pub(super) fn missing(&self, request: &Request) -> Option<&str> {
        let arguments = self.definition.arguments.iter().flatten();
        let mut required = arguments.filter(|argument| argument.required == Some(true));
        let missing = required.find(|argument| argument_of(request, &argument.name).is_none());
        missing.map(|argument| &*argument.name)
    }

    /// Gets hold of the state that it needs.
    pub(super) fn bind(&mut self, states: &States) -> Result<(), Error> {
        self.serve.bind(states)
    }

    pub(super) fn fill(&self, request: Request, responder: Responder<'_>) -> Served {
        match self.serve.ready() {
            Some(serve) => serve(request, responder),
            None => responder.answer(&unbound()),
        }
    }
}

/// The argument of that name of a request for a prompt.
pub fn argument_of<'a>(request: &'a Request, name: &str) -> Option<Cow<'a, str>> {
    let arguments = request.message().params()?.get("arguments")?;
    arguments.get(name).and_then(Raw::string).map(|text| text.decode())
}

impl fmt::Debug for Prompt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Prompt").field("definition", &self.definition).finish_non_exhaustive()
    }
}

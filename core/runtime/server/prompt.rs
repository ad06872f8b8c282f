//! A prompt: what it says of itself, and what fills it in.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use mcp_engine_proto::json::Raw;
use mcp_engine_proto::model;

use super::outcome::PromptOutput;
use crate::answer::{Responder, Served};
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
    serve: Arc<dyn Fn(Request, Responder<'_>) -> Served + Send + Sync>,
}

/// Something that is a prompt.
pub trait IntoPrompt {
    /// The prompt.
    fn into_prompt(self) -> Prompt;
}

impl IntoPrompt for Prompt {
    fn into_prompt(self) -> Self {
        self
    }
}

impl Prompt {
    /// A prompt with a function that answers at once or [later](Responder::later).
    pub fn new(
        definition: model::Prompt<'_>,
        serve: impl Fn(Request, Responder<'_>) -> Served + Send + Sync + 'static,
    ) -> Self {
        Self { definition: definition.into_owned(), serve: Arc::new(serve) }
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

    pub(super) fn fill(&self, request: Request, responder: Responder<'_>) -> Served {
        (self.serve)(request, responder)
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

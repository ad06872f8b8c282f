//! A request that Python serves: from the handler that waits for its answer to the call that Python has in its hands.

use std::sync::{Arc, Mutex, PoisonError};

use mcp_engine::server::Inputs;
use mcp_engine::{Answer, Request, Responder, Served};
use tokio::sync::oneshot;
use tokio::task::AbortHandle;

use super::desk::Desk;
use super::shape::Shape;

/// A request that Python serves.
pub(crate) struct Pending {
    pub(crate) number: u64,
    /// What Python has registered for it.
    pub(crate) entry: u64,
    pub(crate) request: Request,
    pub(crate) matter: Matter,
    pub(crate) desk: Arc<Desk>,
    /// What is known of the client's input; opened with the first question.
    pub(crate) inputs: tokio::sync::Mutex<Option<Inputs>>,
    waiting: Mutex<Waiting>,
}

/// What a request is about.
pub(crate) enum Matter {
    Tool(Arc<Shape>),
    Prompt,
    Resource(Place),
    Completion,
}

/// What is read.
pub(crate) struct Place {
    pub(crate) uri: String,
    pub(crate) mime_type: Option<Arc<str>>,
    /// Those of the template's variables.
    pub(crate) values: Vec<(String, String)>,
}

#[derive(Default)]
struct Waiting {
    answer: Option<oneshot::Sender<Answer<'static>>>,
    /// What it is answered with when its function gives up over a question.
    held: Option<Answer<'static>>,
    questions: Vec<AbortHandle>,
}

impl Pending {
    /// Leaves a request to Python.
    pub(crate) fn serve(
        desk: &Arc<Desk>,
        entry: u64,
        matter: Matter,
        request: Request,
        responder: Responder<'_>,
    ) -> Served {
        let desk = Arc::clone(desk);
        responder.later(async move {
            let (sender, receiver) = oneshot::channel();
            let waiting = Waiting { answer: Some(sender), ..Waiting::default() };
            let pending = Arc::new(Self {
                number: desk.number(),
                entry,
                request,
                matter,
                desk: Arc::clone(&desk),
                inputs: tokio::sync::Mutex::default(),
                waiting: Mutex::new(waiting),
            });
            let _wanted = Wanted(Arc::clone(&pending));
            desk.call(pending);
            receiver.await.unwrap_or_else(|_| Answer::error(INTERNAL_ERROR, "nobody has answered"))
        })
    }

    /// Answers it, with the next flush of the desk. Says whether it still waited.
    pub(crate) fn answer(&self, answer: Answer<'static>) -> bool {
        let Some(to) = self.waiting(|waiting| waiting.answer.take()) else { return false };
        self.desk.keep(to, answer);
        true
    }

    pub(crate) fn is_answered(&self) -> bool {
        self.waiting(|waiting| waiting.answer.is_none())
    }

    /// Keeps what it is answered with if a question cannot be answered.
    pub(crate) fn hold(&self, answer: Answer<'static>) {
        self.waiting(|waiting| waiting.held = Some(answer));
    }

    pub(crate) fn take_held(&self) -> Option<Answer<'static>> {
        self.waiting(|waiting| waiting.held.take())
    }

    /// Adds a question that is called off together with the request; not when it has too many.
    pub(crate) fn add_question(&self, question: AbortHandle) -> Result<(), AbortHandle> {
        self.waiting(|waiting| {
            waiting.questions.retain(|own| !own.is_finished());
            if waiting.questions.len() >= MOST_QUESTIONS {
                return Err(question);
            }
            waiting.questions.push(question);
            Ok(())
        })
    }

    fn waiting<R>(&self, act: impl FnOnce(&mut Waiting) -> R) -> R {
        act(&mut self.waiting.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// That somebody waits for the answer. Without one, Python is told.
struct Wanted(Arc<Pending>);

impl Drop for Wanted {
    fn drop(&mut self) {
        let questions = self.0.waiting(|waiting| std::mem::take(&mut waiting.questions));
        questions.iter().for_each(AbortHandle::abort);
        self.0.desk.give_up(&self.0);
    }
}

/// JSON-RPC 2.0: internal error.
pub(crate) const INTERNAL_ERROR: i64 = -32603;
/// Questions of one call that wait for an answer at one time.
pub(crate) const MOST_QUESTIONS: usize = 64;

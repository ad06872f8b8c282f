//! What a client does when its server needs something: a model's answer, the user's, or the roots.
//!
//! It makes no difference to the application how the server asks: by a request of its own (until 2025-11-25), or by a result that says
//! what is missing (MCP 2026-07-28, multi round-trip requests).

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use mcp_engine_proto::connection::Reply;
use mcp_engine_proto::json::{Raw, write};
use mcp_engine_proto::model::{
    CreateMessageRequestParams, CreateMessageResult, ElicitRequestParams, ElicitResult, Json,
    JsonObject, ListRootsResult, Value,
};
use mcp_engine_proto::version::Version;
use mcp_engine_proto::{Message, Method};

use crate::answer::{Answer, Responder, Served};
use crate::error::Error;
use crate::handler::{Handler, Notification, Request};

type Answering = Pin<Box<dyn Future<Output = Result<Answer<'static>, Refusal>> + Send>>;
type Ask = dyn Fn(Json<'static>, Version) -> Answering + Send + Sync;
type Hear = dyn Fn(&Message) + Send + Sync;

/// Who answers what a server asks, as far as somebody does.
#[derive(Clone, Default)]
pub(crate) struct Inputs {
    sampling: Option<Arc<Ask>>,
    elicitation: Option<Arc<Ask>>,
    roots: Option<Arc<Ask>>,
    notified: Option<Arc<Hear>>,
    tasks: Tasks,
}

/// Whether tasks of the server are polled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Tasks {
    #[default]
    Unknown,
    Polled,
}

impl Inputs {
    pub(crate) fn sample<F, W>(&mut self, sample: F)
    where
        F: Fn(CreateMessageRequestParams<'static>) -> W + Send + Sync + 'static,
        W: Future<Output = Result<CreateMessageResult<'static>, Refusal>> + Send + 'static,
    {
        self.sampling = Some(Arc::new(move |params: Json<'static>, version| {
            let params = CreateMessageRequestParams::read(params.raw());
            let asked = params.map(|params| sample(params.into_owned()));
            Box::pin(async move {
                match asked {
                    Ok(asked) => answer(asked.await, version),
                    Err(mismatch) => Ok(Answer::error(INVALID_PARAMS, mismatch.to_string())),
                }
            })
        }));
    }

    pub(crate) fn elicit<F, W>(&mut self, elicit: F)
    where
        F: Fn(ElicitRequestParams<'static>) -> W + Send + Sync + 'static,
        W: Future<Output = Result<ElicitResult<'static>, Refusal>> + Send + 'static,
    {
        self.elicitation = Some(Arc::new(move |params: Json<'static>, version| {
            let params = ElicitRequestParams::read(params.raw());
            let asked = params.map(|params| elicit(params.into_owned()));
            Box::pin(async move {
                match asked {
                    Ok(asked) => answer(asked.await, version),
                    Err(mismatch) => Ok(Answer::error(INVALID_PARAMS, mismatch.to_string())),
                }
            })
        }));
    }

    pub(crate) fn list_roots<F, W>(&mut self, list: F)
    where
        F: Fn() -> W + Send + Sync + 'static,
        W: Future<Output = Result<ListRootsResult<'static>, Refusal>> + Send + 'static,
    {
        self.roots = Some(Arc::new(move |_, version| {
            let listed = list();
            Box::pin(async move { answer(listed.await, version) })
        }));
    }

    pub(crate) fn hear(&mut self, hear: impl Fn(&Message) + Send + Sync + 'static) {
        self.notified = Some(Arc::new(hear));
    }

    pub(crate) fn poll_tasks(&mut self) {
        self.tasks = Tasks::Polled;
    }

    /// The capabilities that this amounts to.
    pub(crate) fn capabilities(&self) -> String {
        let own = [
            (self.sampling.is_some(), r#""sampling":{}"#),
            (self.elicitation.is_some(), r#""elicitation":{"form":{},"url":{}}"#),
            (self.roots.is_some(), r#""roots":{"listChanged":true}"#),
            (self.tasks == Tasks::Polled, r#""extensions":{"io.modelcontextprotocol/tasks":{}}"#),
        ];
        let own: Vec<_> = own.iter().filter(|(has, _)| *has).map(|(_, text)| *text).collect();
        format!("{{{}}}", own.join(","))
    }

    /// Answers one thing that the server asks.
    async fn ask(
        &self,
        method: Option<Method>,
        params: Raw<'_>,
        version: Version,
    ) -> Result<Answer<'static>, Refusal> {
        let ask = match (method, &self.sampling, &self.elicitation, &self.roots) {
            (Some(Method::CreateMessage), Some(ask), ..) => ask,
            (Some(Method::Elicit), _, Some(ask), _) => ask,
            (Some(Method::ListRoots), .., Some(ask)) => ask,
            _ => return Ok(Answer::error(METHOD_NOT_FOUND, "the client does not do that")),
        };
        ask(Json::from(params).into_owned(), version).await
    }

    /// Gathers everything that a result asks for: an object with a response for each key.
    ///
    /// # Errors
    ///
    /// Something that is asked for is refused; then the server cannot go on.
    pub(crate) async fn gather(
        &self,
        input: &Message,
        version: Version,
    ) -> Result<Option<JsonObject<'static>>, Error> {
        let requests = input.result().and_then(|result| result.get("inputRequests"));
        let Some(requests) = requests.and_then(|requests| requests.members()) else {
            return Ok(None);
        };
        let mut out = Vec::from(*b"{");
        for (key, request) in requests {
            let method = request.get("method").and_then(Raw::string);
            let method = method.and_then(|method| Method::from_name(&method.decode()));
            let params = request.get("params").unwrap_or(Json::NULL.raw());
            let answer = self.ask(method, params, version).await.map_err(Error::of_refusal)?;
            let Answer::Result(result) = answer else {
                return Err(Error::unexpected("the input that the server needs", told(&answer)));
            };
            if out.len() > 1 {
                out.push(b',');
            }
            write::string(&mut out, &key.decode());
            out.push(b':');
            result.write(&mut out);
        }
        out.push(b'}');
        Ok(Some(JsonObject::parse(String::from_utf8(out).unwrap_or_default())?))
    }
}

impl Handler for Inputs {
    fn request(&self, request: Request, responder: Responder<'_>) -> Served {
        if request.message().method() == Some(Method::Ping) {
            return responder.send(Reply::Result(JsonObject::EMPTY.raw()));
        }
        let inputs = self.clone();
        responder.later(async move {
            let params = request.message().params().unwrap_or(JsonObject::EMPTY.raw());
            let version = request.context().version();
            let answer = inputs.ask(request.message().method(), params, version).await;
            answer.unwrap_or_else(Answer::from)
        })
    }

    fn notification(&self, notification: Notification) {
        if let Some(hear) = &self.notified {
            hear(notification.message());
        }
    }
}

impl fmt::Debug for Inputs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Inputs").field(&self.capabilities()).finish()
    }
}

/// Why the application does not answer what a server asks. The server is told (until MCP 2025-11-25); where it asks by its answer, the call that it
/// has to answer fails with it (MCP 2026-07-28).
///
/// ```
/// use mcp_engine_proto::model::Json;
/// use mcp_engine_runtime::client::Refusal;
///
/// let refusal = Refusal::new(-32050, "nobody is there").with_data(Json::parse(r#"{"until":"9:00"}"#)?);
/// assert_eq!(refusal.to_string(), "nobody is there");
/// # Ok::<(), mcp_engine_proto::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
#[non_exhaustive]
pub struct Refusal {
    /// The error code.
    pub code: i64,
    /// One sentence for people.
    pub message: String,
    /// More for programs.
    pub data: Option<Json<'static>>,
}

impl Refusal {
    /// With a code of JSON-RPC, of MCP, or of the application's own.
    pub fn new(code: i64, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), data: None }
    }

    /// That the user does not want it (MCP, Sampling: code -1).
    pub fn rejected(message: impl Into<String>) -> Self {
        Self::new(REJECTED, message)
    }

    /// With more for programs.
    #[must_use]
    pub fn with_data(mut self, data: Json<'static>) -> Self {
        self.data = Some(data);
        self
    }
}

impl From<Refusal> for Answer<'static> {
    fn from(refusal: Refusal) -> Self {
        let Refusal { code, message, data } = refusal;
        Self::Error { code, message: message.into(), data }
    }
}

fn answer<'v>(
    result: Result<impl Value<'v>, Refusal>,
    version: Version,
) -> Result<Answer<'static>, Refusal> {
    result.map(|result| crate::server::typed(&result, version))
}

fn told(answer: &Answer<'_>) -> String {
    match answer {
        Answer::Error { message, .. } => message.to_string(),
        _ => "it is no result".to_owned(),
    }
}

const INVALID_PARAMS: i64 = -32602;
const METHOD_NOT_FOUND: i64 = -32601;
const REJECTED: i64 = -1;

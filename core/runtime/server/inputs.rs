//! What a handler needs to know from its client before it can answer.
//!
//! How it is asked depends on the revision: until 2025-11-25 by a request of the server, later by a result that says what is missing, after
//! which the client asks again (multi round-trip requests). A handler that goes through [`Inputs`] reads the same in both: it asks where it
//! needs to, passes on an `Err` as its answer, and may be called anew from its beginning. What was given in earlier rounds travels with the
//! client, sealed.

use std::time::Duration;

use mcp_engine_proto::connection::{Call, Capabilities, check_input};
use mcp_engine_proto::json::{Raw, write};
use mcp_engine_proto::model::{
    CreateMessageRequestParams, CreateMessageResult, ElicitRequestParams, ElicitResult, Json,
    JsonObject, ListRootsResult, Map, Mismatch, Value,
};
use mcp_engine_proto::version::Era;
use mcp_engine_proto::{Message, Method};

use super::Working;
use super::listing::INVALID_PARAMS;
use super::sealing;
use crate::answer::Answer;
use crate::context::Context;
use crate::error::Error;
use crate::handler::Request;

/// What a request has brought along, and what is still to be asked.
///
/// ```
/// use mcp_engine_proto::model::{ElicitRequestFormParams, ElicitRequestParams, Map, RequestedSchema};
/// use mcp_engine_runtime::{Answer, Request};
/// use mcp_engine_runtime::server::Inputs;
///
/// async fn greet(request: Request) -> Result<Answer<'static>, Answer<'static>> {
///     let mut inputs = Inputs::of(&request)?;
///     let form = ElicitRequestFormParams::new("What is your name?", RequestedSchema::new(Map::new()));
///     let who = inputs.elicit("who", &ElicitRequestParams::Form(form)).await?;
///     Ok(Answer::text(format!("You have said: {:?}", who.action)))
/// }
/// ```
#[derive(Debug)]
pub struct Inputs {
    request: Request,
    given: Map<'static, Json<'static>>,
    asked: Vec<Question>,
}

#[derive(Debug)]
struct Question {
    key: String,
    method: Method,
    params: Json<'static>,
}

impl Inputs {
    /// What the request has brought along from earlier rounds.
    ///
    /// # Errors
    ///
    /// The state that it brings back is not the one that was given out, or has expired.
    pub fn of(request: &Request) -> Result<Self, Answer<'static>> {
        let params = request.message().params();
        let state = params.and_then(|params| params.get("requestState")?.string());
        let given = match state.filter(|_| request.context().version().era() == Era::Modern) {
            Some(state) => open(request, &state.decode())?,
            None => Map::new(),
        };
        Ok(Self { request: request.clone(), given, asked: Vec::new() })
    }

    /// Asks the user, and waits for what the user said; at once when that is known.
    ///
    /// # Errors
    ///
    /// What the request has to be answered with now: the client cannot ask its user, has refused, or has to ask again.
    pub async fn elicit(
        &mut self,
        key: &str,
        params: &ElicitRequestParams<'_>,
    ) -> Result<ElicitResult<'static>, Answer<'static>> {
        self.want_elicited(key, params);
        self.gather().await?;
        self.elicited(key)
    }

    /// Asks the client's language model.
    ///
    /// # Errors
    ///
    /// As for [`elicit`](Self::elicit).
    pub async fn sample(
        &mut self,
        key: &str,
        params: &CreateMessageRequestParams<'_>,
    ) -> Result<CreateMessageResult<'static>, Answer<'static>> {
        self.want_sampled(key, params);
        self.gather().await?;
        self.sampled(key)
    }

    /// Asks for the client's roots.
    ///
    /// # Errors
    ///
    /// As for [`elicit`](Self::elicit).
    pub async fn list_roots(
        &mut self,
        key: &str,
    ) -> Result<ListRootsResult<'static>, Answer<'static>> {
        self.want_roots(key);
        self.gather().await?;
        self.roots(key)
    }

    /// Will ask the user, with the next [`gather`](Self::gather).
    pub fn want_elicited(&mut self, key: &str, params: &ElicitRequestParams<'_>) {
        self.want(key, Method::Elicit, params);
    }

    /// Will ask the client's language model, with the next [`gather`](Self::gather).
    pub fn want_sampled(&mut self, key: &str, params: &CreateMessageRequestParams<'_>) {
        self.want(key, Method::CreateMessage, params);
    }

    /// Will ask for the client's roots, with the next [`gather`](Self::gather).
    pub fn want_roots(&mut self, key: &str) {
        self.want(key, Method::ListRoots, &JsonObject::EMPTY);
    }

    /// Keeps something of the handler's own for the next round, under a key that nothing is asked by.
    pub fn remember(&mut self, key: &str, value: Json<'_>) {
        self.given.insert(key.to_owned(), value.into_owned());
    }

    /// What was kept, or given, under a key.
    pub fn remembered(&self, key: &str) -> Option<&Json<'static>> {
        self.given.get(key)
    }

    /// Asks for everything that is wanted and not known.
    ///
    /// # Errors
    ///
    /// As for [`elicit`](Self::elicit).
    pub async fn gather(&mut self) -> Result<(), Answer<'static>> {
        let context = self.request.context();
        match (context.version().era(), context.task()) {
            (Era::Modern, None) => self.require(),
            (Era::Modern, Some(_)) => self.ask_owner().await,
            (Era::Legacy, _) => {
                self.find_lacking()?;
                self.ask().await
            }
        }
    }

    /// The answer that asks for everything that is wanted and not known, as an error, if anything is (MCP 2026-07-28).
    pub(super) fn require(&mut self) -> Result<(), Answer<'static>> {
        self.find_lacking()?;
        if self.asked.is_empty() { Ok(()) } else { Err(self.required()) }
    }

    /// Finds out what is wanted and not known, and whether the client can be asked for it.
    fn find_lacking(&mut self) -> Result<(), Answer<'static>> {
        self.take_responses();
        let given = &self.given;
        self.asked.retain(|question| given.get(&question.key).is_none());
        self.assert_possible()
    }

    /// What the user said.
    ///
    /// # Errors
    ///
    /// Nobody was asked by that key.
    pub fn elicited(&self, key: &str) -> Result<ElicitResult<'static>, Answer<'static>> {
        self.read(key, |raw| ElicitResult::read(raw).map(ElicitResult::into_owned))
    }

    /// What the language model said.
    ///
    /// # Errors
    ///
    /// It was not asked by that key.
    pub fn sampled(&self, key: &str) -> Result<CreateMessageResult<'static>, Answer<'static>> {
        self.read(key, |raw| CreateMessageResult::read(raw).map(CreateMessageResult::into_owned))
    }

    /// The roots.
    ///
    /// # Errors
    ///
    /// They were not asked for by that key.
    pub fn roots(&self, key: &str) -> Result<ListRootsResult<'static>, Answer<'static>> {
        self.read(key, |raw| ListRootsResult::read(raw).map(ListRootsResult::into_owned))
    }

    fn want<'v>(&mut self, key: &str, method: Method, params: &impl Value<'v>) {
        let params = Json::of(params, self.request.context().version());
        self.asked.push(Question { key: key.to_owned(), method, params });
    }

    /// Takes over what the client has brought for this round, as far as it fits what is asked. What does not fit is asked again.
    fn take_responses(&mut self) {
        let version = self.request.context().version();
        let params = self.request.message().params();
        let Some(responses) = params.and_then(|params| params.get("inputResponses")) else {
            return;
        };
        for question in &self.asked {
            let response = responses.members().and_then(|_| responses.get(&question.key));
            let fits =
                |response: &Raw<'_>| check_input(question.method, *response, version).is_ok();
            if let Some(response) = response.filter(fits) {
                self.given.insert(question.key.clone(), Json::from(response).into_owned());
            }
        }
    }

    fn assert_possible(&self) -> Result<(), Answer<'static>> {
        let has = self.request.context().capabilities();
        let lacking = self.asked.iter().map(Question::needs).find(|needed| !has.has(*needed));
        lacking.map_or(Ok(()), |needed| Err(Answer::CapabilityRequired(needed)))
    }

    /// Asks one after the other, by requests of our own.
    async fn ask(&mut self) -> Result<(), Answer<'static>> {
        if self.asked.is_empty() {
            return Ok(());
        }
        let context = self.request.context().clone();
        let _asking = context.working().and_then(Working::wait_for_owner);
        for question in std::mem::take(&mut self.asked) {
            let call = Call::new(question.method).params(question.params.raw());
            let answered = match context.working() {
                Some(working) => working.ask_client(call).await,
                None => ask_now(&context, call).await,
            };
            let message = answered.map_err(|error| Answer::failure(error.to_string()))?;
            let result = message.result().unwrap_or(JsonObject::EMPTY.raw());
            self.given.insert(question.key, Json::from(result).into_owned());
        }
        Ok(())
    }

    /// Asks the owner of the task that the request runs as, until what is said fits what was asked.
    async fn ask_owner(&mut self) -> Result<(), Answer<'static>> {
        self.find_lacking()?;
        let context = self.request.context().clone();
        let Some(working) = context.working() else { return Ok(()) };
        while !self.asked.is_empty() {
            let spelled = |own: &Question| (own.key.clone(), own.spelled());
            let requests: Vec<_> = self.asked.iter().map(spelled).collect();
            let answers = working.ask(&requests).await?;
            for (question, answer) in std::mem::take(&mut self.asked).into_iter().zip(answers) {
                if check_input(question.method, answer.raw(), context.version()).is_ok() {
                    self.given.insert(question.key, answer);
                } else {
                    self.asked.push(question);
                }
            }
        }
        Ok(())
    }

    /// The answer that asks, with what is known already for the next round.
    fn required(&self) -> Answer<'static> {
        let mut out = Vec::from(*b"{");
        for question in &self.asked {
            if out.len() > 1 {
                out.push(b',');
            }
            write::string(&mut out, &question.key);
            out.push(b':');
            out.extend_from_slice(question.spelled().as_bytes());
        }
        out.push(b'}');
        let requests = JsonObject::parse(String::from_utf8(out).unwrap_or_default()).ok();
        match self.seal() {
            Ok(state) => Answer::InputRequired { requests, state: state.map(Into::into) },
            Err(answer) => answer,
        }
    }

    fn seal(&self) -> Result<Option<String>, Answer<'static>> {
        if self.given.is_empty() {
            return Ok(None);
        }
        let mut state = Vec::new();
        self.given.write(&mut state, self.request.context().version());
        sealing::seal(&self.request, &state, KEPT).map(Some)
    }

    fn read<T>(
        &self,
        key: &str,
        read: impl FnOnce(Raw<'_>) -> Result<T, Mismatch>,
    ) -> Result<T, Answer<'static>> {
        let given = self.given.get(key).map(Json::raw);
        let read = given.and_then(|given| read(given).ok());
        read.ok_or_else(|| Answer::error(INVALID_PARAMS, format!("the input `{key}` is not there")))
    }
}

impl Question {
    /// The request, as it stands in a result.
    fn spelled(&self) -> String {
        let name = Json::string(self.method.name());
        format!(r#"{{"method":{},"params":{}}}"#, name.as_str(), self.params.as_str())
    }

    fn needs(&self) -> Capabilities {
        let is_url =
            self.params.raw().get("mode").and_then(Raw::string).is_some_and(|it| it == "url");
        match self.method {
            Method::CreateMessage => Capabilities::SAMPLING,
            Method::ListRoots => Capabilities::ROOTS,
            _ if is_url => Capabilities::ELICITATION_URL,
            _ => Capabilities::ELICITATION_FORM,
        }
    }
}

async fn ask_now(context: &Context, call: Call<'_>) -> Result<Message, Error> {
    context.request(call)?.await
}

/// What is known from earlier rounds.
fn open(request: &Request, state: &str) -> Result<Map<'static, Json<'static>>, Answer<'static>> {
    let state = sealing::open(request, state).map_err(sealing::refusal)?;
    let raw = Raw::parse_bytes(&state).ok();
    let given = raw.and_then(|raw| Map::<Json<'_>>::read(raw).ok()).map(Map::into_owned);
    given.ok_or_else(|| Answer::error(INVALID_PARAMS, "the request state is not one of ours"))
}

/// How long a client may take for a round.
const KEPT: Duration = Duration::from_secs(60 * 60);

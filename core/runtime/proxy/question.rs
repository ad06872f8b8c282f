//! What a server asks while it serves: put to a client that is there, or into a result that says what is missing.

use std::collections::BTreeMap;

use mcp_engine_proto::connection::check_input;
use mcp_engine_proto::json::{Raw, write};
use mcp_engine_proto::model::JsonObject;
use mcp_engine_proto::version::Version;
use mcp_engine_proto::{Message, Method};
use tokio::sync::oneshot;

use crate::answer::{Answer, INTERNAL_ERROR};

/// Something that a server of the legacy era asks of its client, who is to be asked when it comes again.
#[derive(Debug)]
pub(super) struct Question {
    message: Message,
    method: Method,
    answer: oneshot::Sender<Answer<'static>>,
}

/// The questions of one request, by their keys.
pub(super) type Questions = BTreeMap<String, Question>;

impl Question {
    /// The question of a request, and where its answer comes. `None` when that is nothing that a result can ask for.
    pub(super) fn new(message: &Message) -> Option<(Self, oneshot::Receiver<Answer<'static>>)> {
        let method = message.method().filter(|method| {
            matches!(method, Method::Elicit | Method::CreateMessage | Method::ListRoots)
        })?;
        let (answer, answered) = oneshot::channel();
        // It may wait for long, and is not to pin what it was read into.
        Some((Self { message: message.detach(), method, answer }, answered))
    }

    /// Whether the server wants the answer still.
    pub(super) fn is_open(&self) -> bool {
        !self.answer.is_closed()
    }

    /// Nobody will answer it.
    pub(super) fn fail(self) {
        let gone = Answer::error(INTERNAL_ERROR, "the client has not come back with an answer");
        // The server may not wait any more.
        let _ = self.answer.send(gone);
    }

    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(br#"{"method":"#);
        write::string(out, self.method.name());
        out.extend_from_slice(br#","params":"#);
        let params = self.message.params().map_or("{}", Raw::spelling);
        out.extend_from_slice(params.as_bytes());
        out.push(b'}');
    }
}

/// All questions, as a result asks them: an object with a request for each key.
pub(super) fn requests(questions: &Questions) -> Option<JsonObject<'static>> {
    let mut out = Vec::from(*b"{");
    for (key, question) in questions {
        if out.len() > 1 {
            out.push(b',');
        }
        write::string(&mut out, key);
        out.push(b':');
        question.write(&mut out);
    }
    out.push(b'}');
    JsonObject::parse(String::from_utf8(out).ok()?).ok()
}

/// Hands the server what a client has brought, as far as it says what it was asked for. The rest is to be asked again.
pub(super) fn answer(questions: &mut Questions, responses: Option<Raw<'_>>, version: Version) {
    let Some(responses) = responses.filter(|responses| responses.members().is_some()) else {
        return;
    };
    let brought = |key: &String, question: &Question| {
        let response = responses.get(key)?;
        check_input(question.method, response, version).ok()?;
        JsonObject::read(response).map(JsonObject::into_owned).ok()
    };
    let kept = std::mem::take(questions);
    for (key, question) in kept {
        match brought(&key, &question) {
            Some(result) => drop(question.answer.send(Answer::Result(result))),
            None => drop(questions.insert(key, question)),
        }
    }
}

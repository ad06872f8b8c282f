//! Handlers that ask by their answer, and are called again with what they have asked for.
//!
//! Outside of a task their client does that (MCP 2026-07-28, multi round-trip requests). Inside of one the answer was given when the
//! task began, so that it is done here.

use mcp_engine_proto::json::{Raw, write};
use mcp_engine_proto::model::JsonObject;
use mcp_engine_proto::{BodyDecoder, Message, encode};

use crate::answer::{Answer, INTERNAL_ERROR};
use crate::context::Context;
use crate::handler::Request;

/// Calls a handler until it answers otherwise than by asking.
pub(in crate::server) async fn rounds<W>(
    mut request: Request,
    call: impl Fn(Request) -> W + Send,
) -> Answer<'static>
where
    W: Future<Output = Answer<'static>> + Send,
{
    for _ in 0..ROUNDS {
        let (requests, state) = match call(request.clone()).await {
            Answer::InputRequired { requests, state } => (requests, state),
            answer => return answer,
        };
        let given = match given(request.context(), requests.as_ref()).await {
            Ok(given) => given,
            Err(answer) => return answer,
        };
        let again = again(request.message(), &given, state.as_deref());
        let Some(again) = again else {
            return Answer::error(INTERNAL_ERROR, "the tool cannot be called again");
        };
        request = Request::new(again, request.context().clone());
    }
    Answer::error(INTERNAL_ERROR, "the tool asks again and again")
}

/// What the owner of the task says to what is asked: an object with an answer for each key.
async fn given(
    context: &Context,
    requests: Option<&JsonObject<'static>>,
) -> Result<Vec<u8>, Answer<'static>> {
    let members = requests.and_then(|requests| requests.raw().members()).into_iter().flatten();
    let asked: Vec<_> = members
        .map(|(key, request)| (key.decode().into_owned(), request.spelling().to_owned()))
        .collect();
    let answers = match context.working() {
        Some(working) if !asked.is_empty() => working.ask(&asked).await?,
        _ => Vec::new(),
    };
    let mut out = Vec::from(*b"{");
    for ((key, _), answer) in asked.iter().zip(answers) {
        if out.len() > 1 {
            out.push(b',');
        }
        write::string(&mut out, key);
        out.push(b':');
        answer.write(&mut out);
    }
    out.push(b'}');
    Ok(out)
}

/// The request as its client would send it again.
fn again(request: &Message, given: &[u8], state: Option<&str>) -> Option<Message> {
    let mut params = Vec::from(*br#"{"inputResponses":"#);
    params.extend_from_slice(given);
    if let Some(state) = state {
        params.extend_from_slice(br#","requestState":"#);
        write::string(&mut params, state);
    }
    for (name, value) in request.params().and_then(Raw::members).into_iter().flatten() {
        if name != "inputResponses" && name != "requestState" {
            params.extend_from_slice(br#",""#);
            params.extend_from_slice(name.spelling().as_bytes());
            params.extend_from_slice(br#"":"#);
            params.extend_from_slice(value.spelling().as_bytes());
        }
    }
    params.push(b'}');
    let (params, mut out) = (Raw::parse_bytes(&params).ok()?, Vec::new());
    let (id, method) = (request.id()?.to_owned(), request.method()?);
    encode::request(&mut out, &id, method.name(), Some(params));
    let mut body = BodyDecoder::default();
    body.feed(&out).ok()?;
    body.end();
    body.poll()?.ok()
}

/// So often a handler may ask by its answers.
const ROUNDS: u32 = 64;

//! What a server of the modern era needs, asked of a session of the legacy era by requests.

use mcp_engine_proto::Message;
use mcp_engine_proto::connection::{Call, Patience};
use mcp_engine_proto::json::{Raw, write};
use mcp_engine_proto::model::JsonObject;

use crate::answer::{Answer, INTERNAL_ERROR};
use crate::driver::Settled;
use crate::handler::Request;

/// Asks for everything that a result says is missing: an object with a response for each key, or nothing when only the state is to be
/// brought back.
///
/// # Errors
///
/// What the request is answered with when the client does not give it.
pub(super) async fn gather(
    request: &Request,
    input: &Message,
) -> Result<Option<JsonObject<'static>>, Answer<'static>> {
    let wanted = input.result().and_then(|result| result.get("inputRequests")?.members());
    let Some(wanted) = wanted else { return Ok(None) };
    let mut out = Vec::from(*b"{");
    for (key, one) in wanted {
        let key = key.decode();
        let given = ask(request, one).await.map_err(|why| refused(&key, &why))?;
        if out.len() > 1 {
            out.push(b',');
        }
        write::string(&mut out, &key);
        out.push(b':');
        let result = given.result().map_or("{}", Raw::spelling);
        out.extend_from_slice(result.as_bytes());
    }
    out.push(b'}');
    Ok(JsonObject::parse(String::from_utf8(out).unwrap_or_default()).ok())
}

async fn ask(request: &Request, wanted: Raw<'_>) -> Result<Message, String> {
    let method = wanted.get("method").and_then(Raw::string).map(|method| method.decode());
    let mut call = Call::named(method.as_deref().unwrap_or_default()).patience(Patience::ENDLESS);
    if let Some(params) = wanted.get("params") {
        call = call.params(params);
    }
    let calling = request.context().request(call).map_err(|error| error.to_string())?;
    match calling.settled().await {
        Settled::Failed(error) => Err(error.to_string()),
        Settled::Answered(message) | Settled::InputRequired(message, _) => {
            let error = message.error().map(|error| error.message.decode().into_owned());
            error.map_or(Ok(message), Err)
        }
    }
}

fn refused(key: &str, why: &str) -> Answer<'static> {
    Answer::error(INTERNAL_ERROR, format!("the client has not given the input `{key}`: {why}"))
}

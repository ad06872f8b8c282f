//! What clients of the modern era carry for a proxy: the number of a request that is parked, or what their server has given out. Sealed for
//! one request and one principal, since the server knows only the proxy.

use std::time::Duration;

use mcp_engine_proto::json::{Raw, write};
use mcp_engine_proto::state::StateRule;

use crate::answer::Answer;
use crate::handler::Request;
use crate::server::sealing;

/// What a client has brought back.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Brought {
    /// The number of a request that is parked.
    Parked(u64),
    /// What the server has given out.
    Given(String),
}

/// Seals the number of a request that is parked.
pub(super) fn parked(
    request: &Request,
    number: u64,
    kept: Duration,
) -> Result<String, Answer<'static>> {
    let number = number.to_be_bytes();
    sealing::seal(request, &[&[PARKED], &number[..]].concat(), kept)
}

/// Seals what a server has given out.
pub(super) fn given(request: &Request, state: &str) -> Result<String, Answer<'static>> {
    sealing::seal(request, &[&[GIVEN], state.as_bytes()].concat(), KEPT)
}

/// Opens what a request brings back, if it brings anything.
pub(super) fn brought(request: &Request) -> Option<Result<Brought, StateRule>> {
    let state = request.message().params()?.get("requestState")?.string()?;
    Some(sealing::open(request, &state.decode()).and_then(|opened| read(&opened)))
}

fn read(opened: &[u8]) -> Result<Brought, StateRule> {
    let (kind, rest) = opened.split_first().ok_or(StateRule::Malformed)?;
    let brought = match *kind {
        PARKED => rest.try_into().ok().map(|number| Brought::Parked(u64::from_be_bytes(number))),
        GIVEN => String::from_utf8(rest.to_vec()).ok().map(Brought::Given),
        _ => None,
    };
    brought.ok_or(StateRule::Malformed)
}

/// The parameters with another state.
pub(super) fn replaced(params: Raw<'_>, state: &str) -> String {
    let mut out = Vec::from(*br#"{"requestState":"#);
    write::string(&mut out, state);
    for (key, value) in
        params.members().into_iter().flatten().filter(|(key, _)| *key != "requestState")
    {
        out.extend_from_slice(b",\"");
        out.extend_from_slice(key.spelling().as_bytes());
        out.extend_from_slice(b"\":");
        out.extend_from_slice(value.spelling().as_bytes());
    }
    out.push(b'}');
    String::from_utf8(out).unwrap_or_default()
}

const PARKED: u8 = 0;
const GIVEN: u8 = 1;
/// How long a client may take for a round.
const KEPT: Duration = Duration::from_secs(60 * 60);

//! HTTP+SSE (MCP 2024-11-05): one event stream for all that the server says, and an endpoint of its choice for what is said to it.

use std::sync::Arc;

use mcp_engine_proto::Incoming;
use mcp_engine_proto::http::{Sent, Status, Url, Verdict, message_endpoint};

use super::events::{EventStream, Quiet};
use super::exchange::Ending;
use super::fetch::{Ask, fetch};
use super::lanes::Post;
use super::remote::{Remote, within};
use super::standalone::STANDALONE;
use super::{HttpClientLimit, HttpError};

/// Opens the stream of a server of HTTP+SSE, and sends `initialize` where it says.
pub(super) async fn open(
    remote: &Arc<Remote>,
    initialize: &Post,
    refused: Option<Status>,
) -> Result<Ending, HttpError> {
    let endpoint = connect(remote, refused).await?;
    let sent = fetch(remote, &endpoint, Ask::Post(initialize), Sent::OldMessage).await?;
    match sent.verdict {
        Verdict::Accepted => Ok(Ending::Elsewhere),
        Verdict::Challenge => Err(sent.unauthorized()),
        _ => Err(sent.failure()),
    }
}

/// Opens the stream of a server of HTTP+SSE. Says where messages go. `refused` is the status with which a server has refused `initialize` that may
/// be none of the kind.
pub(super) async fn connect(
    remote: &Arc<Remote>,
    refused: Option<Status>,
) -> Result<Url, HttpError> {
    let ask = Ask::Stream { last_event_id: None };
    let mut fetched = fetch(remote, &remote.url, ask, Sent::OldStream).await?;
    let (Verdict::Events, Some(body)) = (fetched.verdict, fetched.body.take()) else {
        return Err(match (refused, fetched.verdict) {
            (Some(status), _) => HttpError::Status(status),
            (None, Verdict::Challenge) => fetched.unauthorized(),
            (None, _) => fetched.failure(),
        });
    };
    let limits = &remote.options.client;
    let quiet = Quiet { ms: limits.stream_idle_ms, limit: HttpClientLimit::StreamIdleMs };
    let mut events = EventStream::new(remote, body, quiet);
    let named = within(limits.head_ms, HttpClientLimit::HeadMs, endpoint(&mut events)).await?;
    let endpoint = message_endpoint(&remote.url, &named, &remote.options.http)?;
    remote.known().set_endpoint(endpoint.clone());
    let listener = Arc::clone(remote);
    remote.start(async move { listen(&listener, events).await }).await;
    Ok(endpoint)
}

/// The first event says where messages go.
async fn endpoint(events: &mut EventStream) -> Result<bytes::Bytes, HttpError> {
    while let Some(found) = events.next().await? {
        if let Ok(Incoming::Event(event)) = found
            && event.name == "endpoint"
        {
            return Ok(event.data);
        }
    }
    Err(HttpError::StreamEnded)
}

/// Passes on what comes. When it ends, so does the conversation.
async fn listen(remote: &Remote, mut events: EventStream) {
    let ended = loop {
        match events.next().await {
            Ok(Some(Ok(Incoming::Message(message)))) => {
                remote.deliver(STANDALONE, Ok(message)).await;
            }
            Ok(Some(Ok(Incoming::Event(_)))) => {}
            Ok(Some(Err(refusal))) => remote.deliver(STANDALONE, Err(refusal)).await,
            Ok(None) => break HttpError::StreamEnded,
            Err(error) => break error,
        }
    };
    remote.counters.count(&ended);
    remote.over(ended).await;
}

//! The stream of what belongs to no request (MCP 2025-11-25, Streamable HTTP, listening for messages).

use std::sync::Arc;
use std::time::Duration;

use mcp_engine_proto::Incoming;
use mcp_engine_proto::connection::StreamId;
use mcp_engine_proto::http::Sent;
use tokio::sync::oneshot::{self, Sender};
use tokio::time::timeout;

use super::events::{EventStream, Patience, Quiet, open};
use super::options::StandaloneStream;
use super::remote::Remote;
use super::{HttpClientLimit, HttpError};
use crate::transport::Arrival;

/// Its name among the streams: that of no request, since requests are counted up.
pub(super) const STANDALONE: StreamId = StreamId((1 << 63) | 1);

/// Opens the stream, if it is wanted, and keeps it open. Waits until it is, for a server may have something to say as soon as it is asked
/// anything, and drop it when there is no stream.
pub(super) async fn start(remote: &Arc<Remote>) {
    let is_wanted = remote.options.standalone == StandaloneStream::Open;
    let has_one = {
        let known = remote.known();
        known.has_endpoint() || !known.is_legacy()
    };
    if is_wanted && !has_one {
        let (of_task, (opening, opened)) = (Arc::clone(remote), oneshot::channel());
        remote.start(async move { run(&of_task, opening).await }).await;
        let within = Duration::from_millis(remote.options.client.stream_open_ms);
        // A server that takes its time, or has no such stream, is served without.
        let _ = timeout(within, opened).await;
    }
}

async fn run(remote: &Arc<Remote>, opening: Sender<()>) {
    let ended = listen(remote, opening).await;
    remote.arrive(Arrival::Standalone(None)).await;
    if let Err(error) = ended {
        remote.failed(STANDALONE, error).await;
    }
}

/// Passes on what comes, over as many connections as it takes.
async fn listen(remote: &Arc<Remote>, opening: Sender<()>) -> Result<(), HttpError> {
    let mut patience = Patience::standalone(remote);
    let mut body = match open(remote, None, Sent::Stream).await {
        Ok(body) => body,
        Err(error) if error.may_pass() => patience.reopen(remote, Some(error)).await?,
        // A server without such a stream is none the worse for it.
        Err(HttpError::Status(_)) => return Ok(()),
        Err(error) => return Err(error),
    };
    remote.arrive(Arrival::Standalone(Some(STANDALONE))).await;
    // Whoever has waited may have gone on.
    let _ = opening.send(());
    let limits = &remote.options.client;
    let quiet = Quiet { ms: limits.stream_idle_ms, limit: HttpClientLimit::StreamIdleMs };
    loop {
        let mut events = EventStream::new(remote, body, quiet);
        let broken = pass_on(remote, &mut events, &mut patience).await.err();
        patience.ended(&events);
        drop(events);
        body = patience.reopen(remote, broken).await?;
    }
}

/// Reads one connection's worth.
async fn pass_on(
    remote: &Remote,
    events: &mut EventStream,
    patience: &mut Patience,
) -> Result<(), HttpError> {
    while let Some(found) = events.next().await? {
        patience.seen(events);
        match found {
            Ok(Incoming::Message(message)) => remote.deliver(STANDALONE, Ok(message)).await,
            Ok(Incoming::Event(_)) => {}
            Err(refusal) => remote.deliver(STANDALONE, Err(refusal)).await,
        }
    }
    Ok(())
}

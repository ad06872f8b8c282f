//! The transport: takes messages from the driver, runs the exchanges, and hands over what they bring.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::future::{AbortHandle, BoxFuture, abortable};
use futures_util::stream::FuturesUnordered;
use mcp_engine_proto::connection::{Fin, StreamId, Topology, Transmit, TransmitBuf};
use mcp_engine_proto::http::{Sent, Url};
use mcp_engine_proto::{MessageRef, Method};
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::exchange::exchange;
use super::fetch::{Ask, fetch};
use super::lanes::{Lane, Lanes};
use super::outgoing::Outgoing;
use super::remote::{Remote, Report};
use super::{HttpClientCounters, HttpError, HttpKind, HttpOptions, HttpSession, Leaving, old};
use crate::transport::{Arrival, Read, Transport};

/// Messages over HTTP, as a client exchanges them with one server.
///
/// See the [module](super) for an example. When it is dropped, everything that is on its way is broken off; when it is closed, the session
/// is ended, too.
pub struct HttpTransport {
    remote: Arc<Remote>,
    reported: mpsc::Receiver<Report>,
    running: FuturesUnordered<BoxFuture<'static, Done>>,
    lanes: Lanes,
    /// What gives up the exchange of a stream.
    aborts: BTreeMap<StreamId, AbortHandle>,
    outgoing: Outgoing,
    /// What was reported while something else was looked for.
    arrived: Option<Arrival>,
    /// Failures of messages that were not sent, at most one for each that the connection gave in one go.
    unsent: Vec<Arrival>,
    over: Option<HttpError>,
    closing: Option<BoxFuture<'static, ()>>,
}

/// What has run to its end.
enum Done {
    Exchange(Lane, StreamId),
    Other,
}

impl HttpTransport {
    /// A transport to that server. Nothing is sent before a message is.
    ///
    /// # Errors
    ///
    /// [`HttpError::Url`] when the URL is none of a server; [`HttpError::TlsMissing`] or [`HttpError::Tls`] when it is `https` and TLS is
    /// not to be had.
    pub fn new(url: &str, options: HttpOptions) -> Result<Self, HttpError> {
        let url = Url::parse(url).ok_or(HttpError::Url)?;
        let (remote, reported) = Remote::new(url, options)?;
        Ok(Self {
            lanes: Lanes::new(&remote.options.client),
            outgoing: Outgoing::new(&remote.options.limits, remote.arenas.clone()),
            running: FuturesUnordered::new(),
            aborts: BTreeMap::new(),
            arrived: None,
            unsent: Vec::new(),
            over: None,
            closing: None,
            remote,
            reported,
        })
    }

    /// What has gone wrong. The counters stay valid when the transport has gone into a client.
    pub fn counters(&self) -> Arc<HttpClientCounters> {
        Arc::clone(&self.remote.counters)
    }

    /// The transport with the stream of a server of [`HttpKind::HttpSse`] open, which the first message opens otherwise. With any other kind there
    /// is nothing to be opened.
    ///
    /// # Errors
    ///
    /// The server cannot be reached, or is none of the kind.
    pub async fn opened(self) -> Result<Self, HttpError> {
        let remote = Arc::clone(&self.remote);
        if remote.options.kind == HttpKind::HttpSse {
            old::connect(&remote, None).await?;
        }
        Ok(self)
    }

    /// What is found out about the session. It can be asked when the transport has gone into a client.
    pub fn session(&self) -> HttpSession {
        self.remote.session()
    }

    /// Starts the exchanges whose turn it is.
    fn start(&mut self) {
        while let Some(post) = self.lanes.pop() {
            let (lane, stream) = (post.lane(), post.stream);
            let (exchange, abort) = abortable(exchange(Arc::clone(&self.remote), post));
            if lane == Lane::Requests {
                self.aborts.insert(stream, abort);
            }
            self.running.push(Box::pin(async move {
                // Whoever aborts it does not want to know.
                let _ = exchange.await;
                Done::Exchange(lane, stream)
            }));
        }
    }

    fn done(&mut self, done: Done) {
        if let Done::Exchange(lane, stream) = done {
            self.aborts.remove(&stream);
            self.lanes.done(lane);
            self.start();
        }
    }

    /// Gives up a request.
    fn abort(&mut self, stream: StreamId) {
        self.lanes.forget(stream);
        if let Some(abort) = self.aborts.remove(&stream) {
            abort.abort();
        }
    }

    fn refuse(&mut self, stream: StreamId, error: HttpError) {
        self.remote.counters.count(&error);
        self.unsent.push(Arrival::StreamFailed(stream, error.into()));
    }

    /// Takes in a report; what is for the connection comes back.
    fn take(&mut self, report: Report) -> Option<Arrival> {
        match report {
            Report::Arrived(arrival) => return Some(arrival),
            Report::Start(task) => self.running.push(Box::pin(async {
                task.await;
                Done::Other
            })),
            Report::Over(error) => self.over = Some(error),
        }
        None
    }

    /// Waits for a report that is for the connection, or for the end.
    fn poll_reported(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Read>> {
        loop {
            if let Some(error) = self.over.take() {
                return Poll::Ready(Err(error.into()));
            }
            if self.arrived.is_some() || !self.unsent.is_empty() {
                return Poll::Ready(Ok(Read::More));
            }
            // The sender lives as long as this does, so that there is always a report to wait for.
            let Some(report) = ready!(self.reported.poll_recv(cx)) else { return Poll::Pending };
            self.arrived = self.take(report);
        }
    }
}

impl Transport for HttpTransport {
    fn topology(&self) -> Topology {
        Topology::Http
    }

    fn next(&mut self) -> Option<Arrival> {
        if let Some(arrival) = self.unsent.pop().or_else(|| self.arrived.take()) {
            return Some(arrival);
        }
        while self.over.is_none() {
            let report = self.reported.try_recv().ok()?;
            if let Some(arrival) = self.take(report) {
                return Some(arrival);
            }
        }
        None
    }

    fn poll_read(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Read>> {
        loop {
            if let Poll::Ready(read) = self.poll_reported(cx) {
                return Poll::Ready(read);
            }
            match self.running.poll_next_unpin(cx) {
                Poll::Ready(Some(done)) => self.done(done),
                Poll::Ready(None) | Poll::Pending => return self.poll_reported(cx),
            }
        }
    }

    fn buffer(&mut self) -> Option<&mut TransmitBuf> {
        // The lanes have bounds of their own, and no message may keep another one from its lane.
        Some(&mut self.outgoing.buffer)
    }

    fn send(&mut self, transmit: Transmit) {
        if transmit.fin == Fin::Abort {
            self.abort(transmit.stream);
        }
        let post = match self.outgoing.take(&transmit) {
            None => return,
            Some(Ok(post)) => post,
            Some(Err(error)) => return self.refuse(transmit.stream, error),
        };
        if let Some(stream) = cancelled(post.message.as_ref()) {
            self.abort(stream);
        }
        match self.lanes.push(post) {
            Ok(()) => self.start(),
            Err(limit) => self.refuse(transmit.stream, HttpError::Limit(limit)),
        }
    }

    fn poll_write(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let remote = &self.remote;
        let running = &mut self.running;
        let closing = self.closing.get_or_insert_with(|| {
            running.clear();
            Box::pin(close(Arc::clone(remote)))
        });
        closing.as_mut().poll(cx).map(Ok)
    }
}

/// Ends the session, if there is one. A server that does not take that will notice by itself.
async fn close(remote: Arc<Remote>) {
    let has_none = {
        let known = remote.known();
        known.session().is_none() || known.has_endpoint()
    };
    if has_none || remote.options.leaving == Leaving::Keep {
        return;
    }
    let within = Duration::from_millis(remote.options.client.close_ms);
    let _ = timeout(within, fetch(&remote, &remote.url, Ask::Close, Sent::Close)).await;
}

/// The request that a notification cancels. Its stream has the same number.
fn cancelled(message: MessageRef<'_>) -> Option<StreamId> {
    if message.method() != Some(Method::Cancelled) {
        return None;
    }
    let id = message.params()?.get("requestId")?.as_i64()?;
    u64::try_from(id).ok().map(StreamId)
}

impl fmt::Debug for HttpTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpTransport")
            .field("url", &self.remote.url)
            .field("options", &self.remote.options)
            .field("lanes", &self.lanes)
            .finish_non_exhaustive()
    }
}

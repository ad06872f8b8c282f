//! Sockets: connections are accepted, watched, and let go.

mod socket;
mod watch;

use std::future::{pending, poll_fn};
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch as signal};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use self::socket::Socket;
use self::watch::Watch;
use super::limits::HttpServerLimit;
use super::service::HttpService;

/// Whether the server is to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Signal {
    Serve,
    End,
}

impl HttpService {
    /// Serves the connections of a listener, for as long as this is polled.
    ///
    /// # Errors
    ///
    /// The listener is broken.
    pub async fn serve(self, listener: TcpListener) -> io::Result<()> {
        self.serve_until(listener, pending()).await
    }

    /// Serves the connections of a listener until `end` comes: then nothing more is accepted, subscriptions and sessions end, and what is being
    /// served has [`HttpServerLimits::drain_time`](super::HttpServerLimits::drain_time) to come to its end.
    ///
    /// ```
    /// use mcp_engine_runtime::http_server::{HttpServerConfig, HttpService};
    /// use mcp_engine_runtime::server::Server;
    ///
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
    /// let server = Server::builder("notes", "1.0").build()?;
    /// let service = HttpService::new(server, HttpServerConfig::default())?;
    /// let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    /// service.serve_until(listener, async { /* until a signal comes */ }).await?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The listener is broken.
    pub async fn serve_until(
        self,
        listener: TcpListener,
        end: impl Future<Output = ()>,
    ) -> io::Result<()> {
        let room = Arc::new(Semaphore::new(self.site.config.limits.connections as usize));
        let (ending, signal) = signal::channel(Signal::Serve);
        let mut connections = JoinSet::new();
        let mut end = pin!(end);
        let served = loop {
            let next = {
                let mut accepting = pin!(self.accept(&listener, &room));
                poll_fn(|cx| {
                    while let Poll::Ready(Some(_)) = connections.poll_join_next(cx) {}
                    match end.as_mut().poll(cx) {
                        Poll::Ready(()) => Poll::Ready(None),
                        Poll::Pending => accepting.as_mut().poll(cx).map(Some),
                    }
                })
                .await
            };
            match next {
                None => break Ok(()),
                Some(Err(error)) => break Err(error),
                Some(Ok((stream, permit))) => {
                    let service = self.with_own_share();
                    connections.spawn(service.serve_one(stream, permit, signal.clone()));
                }
            }
        };
        // Whoever listens to it is one of the connections.
        let _ = ending.send(Signal::End);
        self.drain(connections).await;
        served
    }

    /// The next connection, when there is room for one.
    async fn accept(
        &self,
        listener: &TcpListener,
        room: &Arc<Semaphore>,
    ) -> io::Result<(TcpStream, OwnedSemaphorePermit)> {
        if room.available_permits() == 0 {
            self.site.tally.count(HttpServerLimit::Connections);
        }
        let permit = Arc::clone(room).acquire_owned().await.map_err(io::Error::other)?;
        loop {
            match listener.accept().await {
                Ok((stream, _)) => return Ok((stream, permit)),
                Err(error) if concerns_one(&error) => {}
                // Too many files are open, as a rule: it gets better when some are closed.
                Err(error) if error.raw_os_error().is_some() => sleep(RECOVERY).await,
                Err(error) => return Err(error),
            }
        }
    }

    async fn serve_one(
        self,
        stream: TcpStream,
        permit: OwnedSemaphorePermit,
        mut signal: signal::Receiver<Signal>,
    ) {
        // Replies leave when they are written; who cannot have that is served all the same.
        let _ = stream.set_nodelay(true);
        let limits = self.site.config.limits;
        let watch = Arc::new(Watch::new(&limits));
        let socket = TokioIo::new(Socket::new(stream, Arc::clone(&watch)));
        let answering = service_fn(|request: hyper::Request<Incoming>| {
            let asked = watch.begin_request();
            let service = &self;
            async move {
                let response = service.answer(request).await;
                Ok::<_, std::convert::Infallible>(response.map(|body| asked.until_end_of(body)))
            }
        });
        let head_bytes = (limits.http.header_bytes as usize).saturating_add(REQUEST_LINE);
        let connection = http1::Builder::new()
            .header_read_timeout(None)
            .max_headers(limits.http.header_fields as usize)
            .max_buf_size(head_bytes)
            .serve_connection(socket, answering);
        let mut connection = pin!(connection);
        let mut guard = pin!(watch.guard());
        let mut ending = pin!(async move {
            // The server is gone without a word when nobody sends any more.
            let _ = signal.wait_for(|signal| *signal == Signal::End).await;
        });
        let mut is_ending = false;
        let limit = poll_fn(|cx| {
            if !is_ending && ending.as_mut().poll(cx).is_ready() {
                is_ending = true;
                connection.as_mut().graceful_shutdown();
            }
            if connection.as_mut().poll(cx).is_ready() {
                return Poll::Ready(None);
            }
            guard.as_mut().poll(cx).map(Some)
        })
        .await;
        if let Some(limit) = limit {
            self.site.tally.count(limit);
        }
        drop(permit);
    }

    /// Lets what is being served come to its end.
    async fn drain(&self, mut connections: JoinSet<()>) {
        self.site.end_streams();
        let time = self.site.config.limits.drain_time;
        let drained = timeout(time, async { while connections.join_next().await.is_some() {} });
        if drained.await.is_err() {
            self.site.tally.count(HttpServerLimit::DrainTime);
        }
        connections.shutdown().await;
    }
}

/// Whether an error of accepting says no more than that one connection came to nothing.
fn concerns_one(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted)
}

/// How long nothing is accepted when the system had nothing left for it.
const RECOVERY: Duration = Duration::from_millis(100);
/// What the first line of a request may have beside the headers.
const REQUEST_LINE: usize = 16 << 10;

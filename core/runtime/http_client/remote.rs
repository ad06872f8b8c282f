//! What all exchanges with one server share.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::future::BoxFuture;
use mcp_engine_proto::connection::StreamId;
use mcp_engine_proto::http::Url;
use mcp_engine_proto::{Duplicates, Kind, Message, Method, Pool, Refusal, Seed};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, timeout};

use super::connect::Connector;
use super::known::Known;
use super::line::Line;
use super::{HttpClientCounters, HttpClientLimit, HttpError, HttpOptions, HttpSession};
use crate::transport::Arrival;

/// The server, as the exchanges with it see it.
pub(super) struct Remote {
    pub(super) url: Url,
    pub(super) options: HttpOptions,
    pub(super) arenas: Pool,
    pub(super) counters: Arc<HttpClientCounters>,
    connector: Connector,
    idle: Mutex<Vec<Line>>,
    known: Arc<Mutex<Known>>,
    reports: mpsc::Sender<Report>,
}

/// What an exchange tells the transport.
pub(super) enum Report {
    /// Something for the connection.
    Arrived(Arrival),
    /// Something that goes on beside it.
    Start(BoxFuture<'static, ()>),
    /// The conversation is over.
    Over(HttpError),
}

impl Remote {
    pub(super) fn new(
        url: Url,
        options: HttpOptions,
    ) -> Result<(Arc<Self>, mpsc::Receiver<Report>), HttpError> {
        let (reports, reported) = mpsc::channel(REPORTS);
        let remote = Self {
            connector: Connector::new(&url, &options)?,
            arenas: Pool::new(&options.limits, Seed::default()),
            counters: Arc::default(),
            idle: Mutex::default(),
            known: Arc::default(),
            url,
            options,
            reports,
        };
        Ok((Arc::new(remote), reported))
    }

    pub(super) fn known(&self) -> MutexGuard<'_, Known> {
        lock(&self.known)
    }

    /// What is found out about the session. It keeps no connection.
    pub(super) fn session(&self) -> HttpSession {
        HttpSession { known: Arc::clone(&self.known) }
    }

    /// A connection that waits, or a new one.
    pub(super) async fn line(&self) -> Result<Line, HttpError> {
        loop {
            let Some(mut line) = self.idle_line() else { return self.connector.connect().await };
            if line.is_ready().await {
                return Ok(line);
            }
        }
    }

    fn idle_line(&self) -> Option<Line> {
        let mut idle = lock(&self.idle);
        self.expire(&mut idle);
        idle.pop()
    }

    /// Keeps a connection for the next request.
    pub(super) async fn keep(self: &Arc<Self>, mut line: Line) {
        if !line.is_ready().await {
            return;
        }
        line.idle_since = Some(Instant::now());
        let is_first = {
            let mut idle = lock(&self.idle);
            self.expire(&mut idle);
            if idle.len() >= self.options.client.idle_connections as usize {
                return;
            }
            idle.push(line);
            idle.len() == 1
        };
        if is_first {
            let remote = Arc::downgrade(self);
            self.start(async move {
                while let Some(kept) = remote.upgrade().and_then(|remote| remote.next_expiry()) {
                    sleep(kept).await;
                }
            })
            .await;
        }
    }

    /// Closes what has waited too long. Says when there will be more of it.
    fn next_expiry(&self) -> Option<Duration> {
        let mut idle = lock(&self.idle);
        self.expire(&mut idle);
        let since = idle.first()?.idle_since?;
        Some(self.kept().saturating_sub(since.elapsed()).max(LEAST_WAIT))
    }

    fn expire(&self, idle: &mut Vec<Line>) {
        let kept = self.kept();
        idle.retain(|line| line.idle_since.is_some_and(|since| since.elapsed() < kept));
    }

    fn kept(&self) -> Duration {
        Duration::from_millis(self.options.client.idle_connection_ms)
    }

    /// Passes on what was said on a stream.
    pub(super) async fn deliver(&self, stream: StreamId, verdict: Result<Message, Refusal>) {
        if let Ok(message) = &verdict {
            self.known().heard(message);
        }
        self.arrive(Arrival::Message(stream, verdict)).await;
    }

    /// Passes on the answer to a request.
    pub(super) async fn deliver_answer(
        &self,
        stream: StreamId,
        asked: Option<Method>,
        verdict: Result<Message, Refusal>,
    ) {
        if let (Ok(message), Some(Method::ListTools), Some(tools)) =
            (&verdict, asked, &self.options.tool_headers)
            && message.kind() == Kind::Response
        {
            tools.listed(message.as_ref());
        }
        self.deliver(stream, verdict).await;
    }

    pub(super) async fn arrive(&self, arrival: Arrival) {
        self.report(Report::Arrived(arrival)).await;
    }

    pub(super) async fn start(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.report(Report::Start(Box::pin(task))).await;
    }

    /// A request has failed, and with some errors everything has.
    pub(super) async fn failed(&self, stream: StreamId, error: HttpError) {
        self.counters.count(&error);
        let is_over = matches!(error, HttpError::SessionOver);
        self.arrive(Arrival::StreamFailed(stream, error.into())).await;
        if is_over {
            self.over(HttpError::SessionOver).await;
        }
    }

    pub(super) async fn over(&self, error: HttpError) {
        self.report(Report::Over(error)).await;
    }

    async fn report(&self, report: Report) {
        // Nobody listens once the transport is gone, and this future goes with it.
        let _ = self.reports.send(report).await;
    }

    /// How the decoders of this server judge equal keys.
    pub(super) fn duplicates(&self) -> Duplicates {
        self.options.duplicates
    }
}

/// Waits no longer than a limit allows.
pub(super) async fn within<T>(
    ms: u64,
    limit: HttpClientLimit,
    wanted: impl Future<Output = Result<T, HttpError>>,
) -> Result<T, HttpError> {
    let done = timeout(Duration::from_millis(ms), wanted).await;
    done.unwrap_or(Err(HttpError::Limit(limit)))
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How much the exchanges may say before the transport has listened.
const REPORTS: usize = 64;
const LEAST_WAIT: Duration = Duration::from_millis(10);

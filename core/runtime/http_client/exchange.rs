//! One message of ours and what comes of it: an answer, a stream of events with an answer, or nothing.

use std::sync::Arc;

use mcp_engine_proto::http::{Sent, Status, Verdict, classify_discovery, granted_session};
use mcp_engine_proto::{Error, Id, Incoming, Kind, Message, MessageRef, Method, Refusal};

use super::events::{EventStream, Patience, Quiet};
use super::fetch::{Ask, Body, Fetched, fetch};
use super::lanes::Post;
use super::remote::Remote;
use super::{HttpClientLimit, HttpError, HttpKind, old, standalone};
use crate::transport::Arrival;

/// How an exchange has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// Nothing more comes on its stream.
    Closed,
    /// What there is to come comes elsewhere.
    Elsewhere,
}

/// Sends a message, and passes on what comes of it.
pub(super) async fn exchange(remote: Arc<Remote>, post: Post) {
    let ended = attempt(&remote, &post).await;
    let goes_on = !matches!(ended, Err(HttpError::SessionOver));
    match ended {
        Ok(Ending::Closed) => remote.arrive(Arrival::StreamClosed(post.stream)).await,
        Ok(Ending::Elsewhere) => {}
        Err(error) => remote.failed(post.stream, error).await,
    }
    if post.message.method() == Some(Method::Initialized) && goes_on {
        standalone::start(&remote).await;
    }
}

async fn attempt(remote: &Arc<Remote>, post: &Post) -> Result<Ending, HttpError> {
    let (sent, endpoint) = {
        let mut known = remote.known();
        known.sending(post.message.as_ref());
        (known.sent(post.message.as_ref()), known.endpoint())
    };
    if sent == Sent::Initialize && remote.options.kind == HttpKind::HttpSse {
        return old::open(remote, post, None).await;
    }
    let url = endpoint.as_ref().unwrap_or(&remote.url);
    let mut fetched = fetch(remote, url, Ask::Post(post), sent).await?;
    if sent == Sent::Initialize {
        let session = granted_session(&fetched.head(), &remote.options.http)?;
        remote.known().opened(session);
    }
    match fetched.verdict {
        Verdict::Reply | Verdict::ChooseVersion | Verdict::CorrectHeaders => {
            reply(remote, post, sent, fetched).await
        }
        Verdict::Events => match fetched.body.take() {
            Some(body) => {
                Following { remote, post, sent, status: fetched.status }.follow(body).await
            }
            None => Err(HttpError::Status(fetched.status)),
        },
        Verdict::Accepted if sent == Sent::OldMessage => Ok(Ending::Elsewhere),
        Verdict::Accepted => Ok(Ending::Closed),
        Verdict::SessionGone => Err(HttpError::SessionOver),
        Verdict::Initialize => {
            remote.arrive(Arrival::FallBack).await;
            Ok(Ending::Elsewhere)
        }
        Verdict::HttpSse => old::open(remote, post, Some(fetched.status)).await,
        Verdict::Challenge => Err(fetched.unauthorized()),
        _ => Err(fetched.failure()),
    }
}

/// Passes on an answer that came as JSON.
async fn reply(
    remote: &Remote,
    post: &Post,
    sent: Sent,
    fetched: Fetched,
) -> Result<Ending, HttpError> {
    // The answer to the probe may lack the id, as that of a server that has not understood it.
    let is_answered =
        sent == Sent::Discover || fetched.messages.iter().any(|verdict| answers(verdict, post));
    if !is_answered {
        return Err(fetched.failure());
    }
    for verdict in fetched.messages {
        remote.deliver_answer(post.stream, post.message.method(), verdict).await;
    }
    Ok(Ending::Closed)
}

/// Whether this is the answer to a request, be it refused or not.
fn answers(verdict: &Result<Message, Refusal>, post: &Post) -> bool {
    let (id, kind) = match verdict {
        Ok(message) => (message.id(), Some(message.kind())),
        Err(refusal) => (refusal.id().filter(|_| refusal.answers()), None),
    };
    let is_answer = !matches!(kind, Some(Kind::Request | Kind::Notification));
    let asked = post.message.id().and_then(Id::as_i64);
    is_answer && asked.is_some() && id.and_then(Id::as_i64) == asked
}

/// A request whose reply is a stream of events.
struct Following<'a> {
    remote: &'a Arc<Remote>,
    post: &'a Post,
    sent: Sent,
    status: Status,
}

impl Following<'_> {
    /// Passes on what comes until the answer has come, over as many connections as it takes.
    async fn follow(&self, body: Body) -> Result<Ending, HttpError> {
        let (remote, quiet) = (self.remote, self.quiet());
        let mut patience = Patience::reply(remote);
        let mut events = EventStream::new(remote, body, quiet);
        let mut refused = None;
        loop {
            let ended = self.until_answered(&mut events, &mut patience, &mut refused).await;
            if let (Ok(None) | Err(_), Some(error)) = (&ended, refused) {
                return Err(HttpError::Message(error));
            }
            let broken = match ended {
                Ok(Some(ending)) => return Ok(ending),
                Ok(None) => None,
                Err(error) if error.may_pass() => Some(error),
                Err(error) => return Err(error),
            };
            if !remote.known().is_legacy() {
                return Err(broken.unwrap_or(HttpError::Lost(None)));
            }
            patience.ended(&events);
            events = EventStream::new(remote, patience.reopen(remote, broken).await?, quiet);
        }
    }

    /// Reads one connection's worth. `None` when it ended without the answer; `refused` is why what may have been that was too long.
    async fn until_answered(
        &self,
        events: &mut EventStream,
        patience: &mut Patience,
        refused: &mut Option<Error>,
    ) -> Result<Option<Ending>, HttpError> {
        while let Some(found) = events.next().await? {
            patience.seen(events);
            let verdict = match found {
                Ok(Incoming::Event(_)) => continue,
                Ok(Incoming::Message(message)) => Ok(message),
                Err(refusal) => Err(refusal),
            };
            let is_answer = answers(&verdict, self.post);
            if let Err(refusal) = &verdict
                && let error @ Error::LimitExceeded { .. } = refusal.error()
                && !is_answer
                && !refusal.asks()
            {
                *refused = Some(error);
            }
            if is_answer && self.falls_back(&verdict) {
                self.remote.arrive(Arrival::FallBack).await;
                return Ok(Some(Ending::Elsewhere));
            }
            if is_answer {
                let asked = self.post.message.method();
                self.remote.deliver_answer(self.post.stream, asked, verdict).await;
                self.rest(events).await;
                return Ok(Some(Ending::Closed));
            }
            self.remote.deliver(self.post.stream, verdict).await;
        }
        Ok(None)
    }

    /// Whether an answer to the probe says that the server is of the legacy era.
    fn falls_back(&self, verdict: &Result<Message, Refusal>) -> bool {
        let Ok(message) = verdict else { return false };
        self.sent == Sent::Discover
            && classify_discovery(self.status, message.as_ref()) == Verdict::Initialize
    }

    /// Lets the server end the stream, so that its connection can be used again.
    async fn rest(&self, events: &mut EventStream) {
        events.quiet = Quiet { ms: LINGER_MS, limit: HttpClientLimit::IdleMs };
        while let Ok(Some(found)) = events.next().await {
            if let Ok(Incoming::Message(message)) = found {
                self.remote.deliver(self.post.stream, Ok(message)).await;
            }
        }
    }

    fn quiet(&self) -> Quiet {
        let limits = &self.remote.options.client;
        match self.post.message.method() {
            Some(Method::Listen) => {
                Quiet { ms: limits.stream_idle_ms, limit: HttpClientLimit::StreamIdleMs }
            }
            _ => Quiet { ms: limits.idle_ms, limit: HttpClientLimit::IdleMs },
        }
    }
}

impl Fetched {
    /// Why a request has failed that was not answered.
    pub(super) fn failure(&self) -> HttpError {
        if let Some(error) = self.message().and_then(MessageRef::error) {
            let (status, code) = (self.status, error.code);
            return HttpError::Refused { status, code, text: error.message.decode().into_owned() };
        }
        match self.messages.first() {
            Some(Err(refusal)) if self.status.is_success() => HttpError::Message(refusal.error()),
            _ => HttpError::Status(self.status),
        }
    }
}

/// How long a server has to end a stream behind the answer.
const LINGER_MS: u64 = 1_000;

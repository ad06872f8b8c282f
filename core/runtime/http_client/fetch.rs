//! One request and the head of its response: redirections and busy servers are dealt with here.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use hyper::body::{Body as _, Incoming};
use hyper::header::{CONTENT_LENGTH, HOST, HeaderMap, HeaderName, HeaderValue, USER_AGENT};
use hyper::{Request, Response};
use mcp_engine_proto::http::{
    self, Outgoing, ResponseHead, Sent, Status, Url, Verdict, Versions, classify, redirect,
    request_headers,
};
use mcp_engine_proto::{BodyDecoder, Limit, Message, MessageRef, Method, Refusal};
use tokio::time::sleep;

use super::flow::{Credentials, Unauthorized};
use super::guard::Guard;
use super::known::modern_version;
use super::lanes::Post;
use super::line::{Line, Payload, Unsent};
use super::remote::{Remote, within};
use super::{HttpClientLimit, HttpError};
use crate::trace;

/// What is asked of the server.
#[derive(Clone, Copy, Debug)]
pub(super) enum Ask<'a> {
    Post(&'a Post),
    Stream { last_event_id: Option<&'a str> },
    Close,
}

/// A response whose body is a message that was read, or an event stream that was not.
pub(super) struct Fetched {
    pub(super) status: Status,
    pub(super) verdict: Verdict,
    /// What a JSON body held.
    pub(super) messages: Vec<Result<Message, Refusal>>,
    pub(super) body: Option<Body>,
    headers: HeaderMap,
}

/// A body that is still coming, on its connection.
pub(super) struct Body {
    remote: Arc<Remote>,
    line: Line,
    incoming: Incoming,
}

/// What was done about responses that are no answers.
#[derive(Default)]
struct Attempts {
    hops: u32,
    waited: bool,
    same_version: bool,
}

/// Asks the server, and goes after the answer as far as is right.
pub(super) async fn fetch(
    remote: &Arc<Remote>,
    url: &Url,
    ask: Ask<'_>,
    sent: Sent,
) -> Result<Fetched, HttpError> {
    let mut url = url.clone();
    let mut attempts = Attempts::default();
    let mut guard = Guard::of(remote);
    loop {
        let fetched = fetch_guarded(remote, &url, ask, sent, &mut guard).await?;
        if !attempts.again(remote, &mut url, ask, &fetched).await? {
            return Ok(fetched);
        }
    }
}

impl Attempts {
    /// Whether to send the request once more.
    async fn again(
        &mut self,
        remote: &Remote,
        url: &mut Url,
        ask: Ask<'_>,
        fetched: &Fetched,
    ) -> Result<bool, HttpError> {
        match fetched.verdict {
            Verdict::Redirect => {
                let (head, limits) = (fetched.head(), &remote.options.http);
                let verb = ask.verb_to_redirect();
                *url = redirect(url, verb, fetched.status, head.location, self.hops, limits)?;
                self.hops = self.hops.saturating_add(1);
                trace::http_redirected(url);
                Ok(true)
            }
            Verdict::Busy { retry_after_s } if !std::mem::replace(&mut self.waited, true) => {
                let ms = retry_after_s.unwrap_or(1).saturating_mul(1_000);
                sleep(Duration::from_millis(ms.min(remote.options.client.busy_ms))).await;
                Ok(true)
            }
            // A server may name the very version that it refuses: then it is sent once more, and not more often.
            Verdict::ChooseVersion if fetched.names_version_of(ask) => {
                Ok(!std::mem::replace(&mut self.same_version, true))
            }
            _ => Ok(false),
        }
    }
}

/// Asks at one place, with other credentials as long as somebody has some.
async fn fetch_guarded(
    remote: &Arc<Remote>,
    url: &Url,
    ask: Ask<'_>,
    sent: Sent,
    guard: &mut Guard,
) -> Result<Fetched, HttpError> {
    let headers = if guard.sees_requests() { headers(remote, url, ask)? } else { HeaderMap::new() };
    let (verb, body) = (ask.verb(), ask.body());
    let request = Unauthorized { verb: verb.as_str(), url, headers: &headers, body };
    let mut credentials = guard.begin(request).await?;
    loop {
        let fetched = fetch_once(remote, url, ask, sent, &credentials).await?;
        match guard.answered(url, &fetched).await? {
            Some(other) => credentials = other,
            None => return Ok(fetched),
        }
    }
}

async fn fetch_once(
    remote: &Arc<Remote>,
    url: &Url,
    ask: Ask<'_>,
    sent: Sent,
    credentials: &Credentials,
) -> Result<Fetched, HttpError> {
    let (line, response) = send(remote, url, ask, credentials).await?;
    let status = Status::new(response.status().as_u16());
    trace::http_heard(url, status.code());
    let (parts, incoming) = response.into_parts();
    let headers = parts.headers;
    let mut body = Some(Body { remote: Arc::clone(remote), line, incoming });
    let head = read(&headers);
    let mut messages = Vec::new();
    if head.is_json()
        && let Some(body) = body.take()
    {
        messages = body.messages(&headers).await?;
    }
    let verdict = classify(sent, status, &head, only(&messages));
    if verdict != Verdict::Events
        && let Some(body) = body.take()
    {
        body.discard().await;
    }
    Ok(Fetched { status, verdict, messages, body, headers })
}

/// Sends a request. A server may close a connection that waits while the next request is on its way: then that gets a new
/// connection, unless it may have been read and must not be twice.
async fn send(
    remote: &Remote,
    url: &Url,
    ask: Ask<'_>,
    credentials: &Credentials,
) -> Result<(Line, Response<Incoming>), HttpError> {
    loop {
        let request = request(remote, url, ask, credentials)?;
        let mut line = remote.line().await?;
        let was_used = line.idle_since.is_some();
        let (ms, limit) = (remote.options.client.head_ms, HttpClientLimit::HeadMs);
        let sent = within(ms, limit, async { Ok(line.send(request).await) }).await?;
        match sent {
            Ok(response) => return Ok((line, response)),
            Err(Unsent::NotWritten(_)) if was_used => {}
            Err(Unsent::HungUp(_)) if was_used && ask.is_repeatable() => {}
            Err(Unsent::NotWritten(error) | Unsent::HungUp(error) | Unsent::Failed(error)) => {
                return Err(error);
            }
        }
    }
}

fn request(
    remote: &Remote,
    url: &Url,
    ask: Ask<'_>,
    credentials: &Credentials,
) -> Result<Request<Payload>, HttpError> {
    let mut request = Request::new(Payload(ask.body().cloned()));
    let target = credentials.url.as_ref().unwrap_or(url).target();
    *request.method_mut() = ask.verb();
    *request.uri_mut() = target.parse().map_err(|_| HttpError::Url)?;
    *request.headers_mut() = headers(remote, url, ask)?;
    credentials.headers.write(request.headers_mut());
    Ok(request)
}

/// All headers but those of credentials.
fn headers(remote: &Remote, url: &Url, ask: Ask<'_>) -> Result<HeaderMap, HttpError> {
    let mut headers = HeaderMap::new();
    headers.insert(USER_AGENT, HeaderValue::from_static(AGENT));
    headers.insert(HOST, url.authority().parse().map_err(|_| HttpError::Url)?);
    remote.options.headers.write(&mut headers);
    write_headers(remote, ask, &mut headers)?;
    Ok(headers)
}

/// The headers that MCP asks for.
fn write_headers(remote: &Remote, ask: Ask<'_>, into: &mut HeaderMap) -> Result<(), HttpError> {
    let known = remote.known().clone();
    let mut wrong = None;
    let mut see = |name: &str, value: &str| match header(name, value) {
        Some((name, value)) => drop(into.insert(name, value)),
        None => wrong = Some(HttpError::Header(name.to_owned())),
    };
    match ask {
        Ask::Post(post) => {
            let message = post.message.as_ref();
            let peer = known.peer(Some(message));
            let mut write = |params: &[http::Param<'_>]| {
                request_headers(peer, Outgoing::Post { message, params }, &mut see)
            };
            match &remote.options.tool_headers {
                Some(tools) if message.call_params().is_some() => {
                    let mut written = None;
                    tools.of_call(message, &mut |params| written = Some(write(params)));
                    written.unwrap_or_else(|| write(&[]))?;
                }
                _ => write(&[])?,
            }
        }
        Ask::Stream { last_event_id } => {
            request_headers(known.peer(None), Outgoing::Stream { last_event_id }, &mut see)?;
        }
        Ask::Close => request_headers(known.peer(None), Outgoing::Close, &mut see)?,
    }
    wrong.map_or(Ok(()), Err)
}

fn header(name: &str, value: &str) -> Option<(HeaderName, HeaderValue)> {
    Some((HeaderName::from_bytes(name.as_bytes()).ok()?, HeaderValue::from_str(value).ok()?))
}

fn read(headers: &HeaderMap) -> ResponseHead<'_> {
    ResponseHead::read(
        headers.iter().map(|(name, value)| (name.as_str().as_bytes(), value.as_bytes())),
    )
}

/// The message of a body that has just one.
fn only(messages: &[Result<Message, Refusal>]) -> Option<MessageRef<'_>> {
    match messages {
        [Ok(message)] => Some(message.as_ref()),
        _ => None,
    }
}

impl Ask<'_> {
    /// Whether it comes to the same when it is sent twice.
    fn is_repeatable(self) -> bool {
        let Self::Post(post) = self else { return true };
        let method = post.message.method();
        method.is_some_and(|method| {
            matches!(
                method,
                Method::Discover
                    | Method::Ping
                    | Method::ListTools
                    | Method::ListPrompts
                    | Method::GetPrompt
                    | Method::ListResources
                    | Method::ListResourceTemplates
                    | Method::ReadResource
                    | Method::Complete
            )
        })
    }

    fn verb(self) -> hyper::Method {
        match self {
            Self::Post(_) => hyper::Method::POST,
            Self::Stream { .. } => hyper::Method::GET,
            Self::Close => hyper::Method::DELETE,
        }
    }

    fn body(&self) -> Option<&Bytes> {
        match self {
            Self::Post(post) => Some(&post.body),
            _ => None,
        }
    }

    fn verb_to_redirect(self) -> http::Verb {
        match self {
            Self::Post(_) => http::Verb::Post,
            Self::Stream { .. } => http::Verb::Get,
            Self::Close => http::Verb::Delete,
        }
    }
}

impl Fetched {
    pub(super) fn head(&self) -> ResponseHead<'_> {
        read(&self.headers)
    }

    pub(super) fn message(&self) -> Option<MessageRef<'_>> {
        only(&self.messages)
    }

    pub(super) fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The header `WWW-Authenticate`, when there is one that is text.
    pub(super) fn challenge(&self) -> Option<&str> {
        std::str::from_utf8(self.head().challenge?).ok()
    }

    /// That the server wants other credentials, as an error.
    pub(super) fn unauthorized(&self) -> HttpError {
        let challenge = self.challenge().map(str::to_owned);
        HttpError::Unauthorized { status: self.status, challenge }
    }

    fn names_version_of(&self, ask: Ask<'_>) -> bool {
        let Ask::Post(post) = ask else { return false };
        let sent = modern_version(post.message.as_ref()).map(Versions::only);
        let chosen = |ours| http::choose_version(self.message()?, ours);
        sent.and_then(chosen).is_some()
    }
}

impl Body {
    /// The next bytes; `None` at the end, when the connection was put back.
    pub(super) async fn chunk(
        mut self,
        ms: u64,
        limit: HttpClientLimit,
    ) -> Result<Option<(Bytes, Self)>, HttpError> {
        match within(ms, limit, self.line.chunk(&mut self.incoming)).await? {
            Some(bytes) => Ok(Some((bytes, self))),
            None => {
                self.remote.keep(self.line).await;
                Ok(None)
            }
        }
    }

    /// Reads a JSON body.
    async fn messages(
        self,
        headers: &HeaderMap,
    ) -> Result<Vec<Result<Message, Refusal>>, HttpError> {
        let remote = Arc::clone(&self.remote);
        let limits = &remote.options.limits;
        let declared =
            headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
        if declared.is_some_and(|len: u64| len > u64::from(limits.message_bytes)) {
            let limit = Limit::MessageBytes;
            return Err(mcp_engine_proto::Error::LimitExceeded { limit, offset: 0 }.into());
        }
        let mut decoder = BodyDecoder::new(limits, remote.duplicates(), remote.arenas.clone());
        let mut body = self;
        while let Some((bytes, rest)) =
            body.chunk(remote.options.client.idle_ms, HttpClientLimit::IdleMs).await?
        {
            decoder.feed(&bytes)?;
            body = rest;
        }
        decoder.end();
        Ok(std::iter::from_fn(|| decoder.poll()).collect())
    }

    /// Reads to the end of a body that says nothing, if that is near, so that the connection can be used again.
    async fn discard(self) {
        let mut left = DISCARDED;
        let mut body = self;
        if body.incoming.size_hint().lower() > left {
            return;
        }
        while let Ok(Some((bytes, rest))) = body.chunk(DISCARD_MS, HttpClientLimit::IdleMs).await {
            let Some(less) = left.checked_sub(bytes.len() as u64) else { return };
            (left, body) = (less, rest);
        }
    }
}

/// Unless the application gives another.
const AGENT: &str = concat!("mcp-engine/", env!("CARGO_PKG_VERSION"));
/// How much of a body is read for nothing, and for how long.
const DISCARDED: u64 = 64 << 10;
const DISCARD_MS: u64 = 1_000;

//! What may stand on the wire: every transmit is read again and held against the revision, and against what was said before.

use std::collections::{BTreeMap, BTreeSet};

use super::{table, talk};
use crate::RequestId;
use crate::connection::{Fin, StreamId, Topology};
use crate::internal::pair::{Sent, Taken};
use crate::message::{Decoder, Flags, Kind, Message, Method};
use crate::version::{Role, Version};

/// What one side has transmitted, and what was handed to it.
#[derive(Debug)]
pub(super) struct Wire {
    role: Role,
    topology: Topology,
    decoder: Decoder,
    last_id: i64,
    /// Requests that were handed to this side, by the token of their id.
    received: BTreeMap<String, Received>,
    /// Our requests that were not answered or cancelled, by id, and whether they are `initialize`.
    own: BTreeMap<i64, String>,
    /// Streams that were begun (client), and that have ended (server).
    begun: BTreeSet<StreamId>,
    ended: BTreeSet<StreamId>,
    pub(super) aborted: BTreeSet<StreamId>,
    acknowledged: BTreeSet<String>,
    pub(super) messages: u64,
    /// Cancellations of our own requests, and news.
    pub(super) cancels: u64,
    pub(super) news: u64,
}

/// The revisions under which a side speaks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Under {
    /// What was agreed on, and what was before the last piece came.
    pub(super) agreed: Option<Version>,
    pub(super) before: Option<Version>,
    /// What a server serves beside its session.
    pub(super) besides: Option<Version>,
}

/// What is known about the requests with one id.
#[derive(Debug, Default)]
struct Received {
    times: u32,
    answered: u32,
    is_cancelled: bool,
    stream: StreamId,
    token: Option<String>,
    progress: Option<f64>,
}

impl Wire {
    pub(super) fn new(role: Role, topology: Topology) -> Self {
        Self {
            role,
            topology,
            decoder: Decoder::default(),
            last_id: 0,
            received: BTreeMap::new(),
            own: BTreeMap::new(),
            begun: BTreeSet::new(),
            ended: BTreeSet::new(),
            aborted: BTreeSet::new(),
            acknowledged: BTreeSet::new(),
            messages: 0,
            cancels: 0,
            news: 0,
        }
    }

    /// Notes what was handed to the connection.
    pub(super) fn take(&mut self, taken: &Taken) {
        let is_answer =
            |message: &Message| matches!(message.kind(), Kind::Response | Kind::ErrorResponse);
        let (id, asks) = match &taken.message {
            Ok(message) => (message.id(), !is_answer(message)),
            Err(refusal) => {
                let message = refusal.message();
                (refusal.id(), message.map_or(refusal.asks(), |message| !is_answer(message)))
            }
        };
        let Some(id) = id.filter(|_| asks) else { return };
        let received = self.received.entry(key(id.token())).or_default();
        received.times += 1;
        if received.times == 1 {
            received.stream = taken.stream;
        }
        // Only the first of several with one id can be in flight.
        if let (None, Ok(message)) = (taken.error, &taken.message) {
            received.is_cancelled = false;
            received.stream = taken.stream;
            received.token = message.token().map(|token| token.token().to_owned());
            received.progress = None;
        }
    }

    /// Notes that the application was told of a cancellation.
    pub(super) fn cancelled(&mut self, id: &str) {
        self.received.entry(key(id)).or_default().is_cancelled = true;
    }

    /// Notes that a request of ours has its outcome, so that there is nothing to cancel.
    pub(super) fn finished(&mut self, id: &RequestId) {
        id.as_i64().and_then(|id| self.own.remove(&id));
    }

    /// Judges a transmit.
    pub(super) fn sent(&mut self, sent: &Sent, line: Option<&str>, under: &Under) {
        self.judge_stream(sent, line);
        let Some(line) = line else { return };
        assert!(!line.contains('\n'), "a line break within a message: {line}");
        self.decoder.feed([line, "\n"].concat().as_bytes()).expect("room");
        let mut count = 0;
        while let Some(message) = self.decoder.poll() {
            let message = message.unwrap_or_else(|refusal| panic!("sent {refusal}: {line}"));
            let is_in_batch = message.index().flags & Flags::BATCH != 0;
            let has_batches = under.agreed == Some(Version::V2025_03_26);
            assert!(!is_in_batch || has_batches, "a batch in {under:?}: {line}");
            self.judge(sent, &message, under);
            count += 1;
            assert!(count == 1 || is_in_batch, "two messages for one: {line}");
        }
        assert!(count > 0, "no message: {line:?}");
    }

    fn judge(&mut self, sent: &Sent, message: &Message, under: &Under) {
        self.messages += 1;
        match message.kind() {
            Kind::Request => self.judge_request(message, under),
            Kind::Notification => self.judge_notification(message, under),
            Kind::Response | Kind::ErrorResponse => self.judge_answer(sent, message, under),
        }
    }

    fn judge_request(&mut self, message: &Message, under: &Under) {
        let id = message.id().and_then(|id| id.as_i64()).expect("our ids are integers");
        assert!(id > self.last_id, "the id {id} came before: {message:?}");
        self.last_id = id;
        let method = self.judge_method(message, under);
        if under.agreed == Some(MODERN) || method == "server/discover" {
            assert_eq!(self.role, Role::Client, "a modern server asked: {message:?}");
            let meta = message.meta().expect("_meta");
            for name in ["protocolVersion", "clientCapabilities", "clientInfo"] {
                let member = meta.get(&["io.modelcontextprotocol/", name].concat());
                assert!(member.is_some(), "no {name}: {message:?}");
            }
        }
        self.own.insert(id, method);
    }

    fn judge_answer(&mut self, sent: &Sent, message: &Message, under: &Under) {
        let is_modern = under.agreed == Some(MODERN) && under.agreed == under.before;
        assert!(!is_modern || self.role == Role::Server, "a modern client answered: {message:?}");
        let Some(id) = message.id() else {
            assert_eq!(message.kind(), Kind::ErrorResponse);
            return;
        };
        let received = self.received.get_mut(&key(id.token()));
        let received = received.unwrap_or_else(|| panic!("nobody has asked: {message:?}"));
        received.answered += 1;
        assert!(received.answered <= received.times, "answered twice: {message:?}");
        let is_wanted = !received.is_cancelled || received.times > 1;
        assert!(is_wanted, "answered after it was cancelled: {message:?}");
        if received.times == 1 {
            received.progress = Some(f64::INFINITY);
        }
        let is_on_its_stream = self.topology == Topology::Duplex
            || self.role == Role::Client
            || received.times > 1
            || sent.stream == received.stream
            || message.kind() == Kind::ErrorResponse;
        assert!(is_on_its_stream, "an answer on {:?}: {message:?}", sent.stream);
    }

    fn judge_notification(&mut self, message: &Message, under: &Under) {
        let name = self.judge_method(message, under);
        match message.method() {
            Some(Method::Progress) => self.judge_progress(message),
            Some(Method::Cancelled) => self.judge_cancel(message),
            Some(Method::SubscriptionsAcknowledged) => {
                let id = message.as_ref().subscription_id().expect("a subscription");
                self.acknowledged.insert(key(id.token()));
            }
            _ => {
                self.news += u64::from(talk::is_news(&name));
                if let Some(id) = message.as_ref().subscription_id() {
                    let is_open = self.acknowledged.contains(&key(id.token()));
                    assert!(is_open, "told before the acknowledgement: {message:?}");
                }
            }
        }
    }

    /// Yields the method of a message that is allowed to have it.
    fn judge_method(&self, message: &Message, under: &Under) -> String {
        let name = message.method_name().expect("a method").decode().into_owned();
        let mut versions = under.agreed.into_iter().chain(under.besides).peekable();
        let is_known = message.method().is_some() && versions.peek().is_some();
        let is_allowed = versions.any(|version| table::may_say(version, self.role, &name));
        assert!(!is_known || is_allowed, "{under:?} has no {name} of a {:?}", self.role);
        name
    }

    fn judge_progress(&mut self, message: &Message) {
        let token = message.token().expect("a token").token();
        let value = message.progress().expect("a number").progress;
        let all = self.received.values_mut();
        let mut asked: Vec<_> = all.filter(|one| one.token.as_deref() == Some(token)).collect();
        assert!(!asked.is_empty(), "progress that nobody wants: {message:?}");
        // A peer that uses a token twice cannot tell whose progress it is.
        if let [one] = &mut asked[..] {
            let rises = one.progress.is_none_or(|last| value > last) && !one.is_cancelled;
            assert!(rises, "progress in vain, or not above {:?}: {message:?}", one.progress);
            one.progress = Some(value);
        }
    }

    fn judge_cancel(&mut self, message: &Message) {
        let id = message.token().expect("an id");
        if self.role == Role::Server && self.acknowledged.contains(&key(id.token())) {
            return;
        }
        self.cancels += 1;
        let method = id.as_i64().and_then(|id| self.own.remove(&id));
        let method = method.unwrap_or_else(|| panic!("cancels nothing: {message:?}"));
        assert_ne!(method, "initialize", "initialize cannot be cancelled");
    }

    /// A stream of HTTP carries one request of a client, or one notice; and nothing of a server once it has ended.
    fn judge_stream(&mut self, sent: &Sent, line: Option<&str>) {
        match (self.topology, self.role) {
            (Topology::Duplex, _) => {
                assert_eq!(sent.stream, StreamId::MAIN);
                assert!(sent.fin == Fin::Open && line.is_some(), "the end of a byte stream");
            }
            (Topology::Http, Role::Client) if sent.stream == StreamId::OWN => {
                assert!(sent.fin == Fin::End && line.is_some(), "an open POST: {line:?}");
            }
            (Topology::Http, Role::Client) if line.is_some() => {
                assert!(self.begun.insert(sent.stream), "two bodies of one POST: {line:?}");
            }
            (Topology::Http, Role::Client) => {
                assert_eq!(sent.fin, Fin::Abort);
                assert!(self.begun.contains(&sent.stream), "the end of no stream");
                self.own.remove(&(sent.stream.0 as i64));
                self.aborted.insert(sent.stream);
                self.cancels += 1;
            }
            (Topology::Http, Role::Server) => {
                assert!(
                    !self.ended.contains(&sent.stream),
                    "{:?} has ended: {line:?}",
                    sent.stream
                );
                if sent.fin != Fin::Open {
                    self.ended.insert(sent.stream);
                }
            }
        }
    }

    /// The streams of requests that were not brought to an end (HTTP).
    pub(super) fn dangling(&self) -> Vec<StreamId> {
        let of_requests = self.received.values().filter(|one| one.times == 1);
        let streams = of_requests.map(|one| one.stream);
        streams.filter(|stream| !self.ended.contains(stream)).collect()
    }
}

/// What ids are compared by: strings by what they say, numbers by how they are written.
fn key(token: &str) -> String {
    match serde_json::from_str::<serde_json::Value>(token) {
        Ok(value) => value.to_string(),
        Err(_) => token.to_owned(),
    }
}

const MODERN: Version = Version::V2026_07_28;

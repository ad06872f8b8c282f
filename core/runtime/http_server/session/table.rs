//! The sessions of a server by their ids, and their end.

use std::sync::{Arc, Mutex, Weak};

use mcp_engine_proto::Seed;
use mcp_engine_proto::http::{Entropy, HttpLimits, HttpRule, Rejection, SessionId, Sessions};
use mcp_engine_proto::version::Version;
use tokio::time::sleep_until;

use super::Session;
use crate::http_server::principal;
use crate::http_server::response::Refused;
use crate::http_server::site::Site;
use crate::workers::lock;

/// The sessions, and whether somebody takes out those that have expired.
#[derive(Debug)]
pub(in crate::http_server) struct Table {
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    limits: HttpLimits,
    sessions: Sessions<Arc<Session>>,
    reaper: Reaper,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reaper {
    Away,
    AtWork,
}

/// Keeps a session from expiring, until this is dropped.
#[derive(Debug)]
pub(in crate::http_server) struct Hold {
    site: Arc<Site>,
    id: SessionId,
}

impl Table {
    pub(in crate::http_server) fn new(limits: &HttpLimits) -> Self {
        let sessions = Sessions::new(limits, Seed::default());
        Self { state: Mutex::new(State { limits: *limits, sessions, reaper: Reaper::Away }) }
    }

    pub(in crate::http_server) fn len(&self) -> usize {
        lock(&self.state).sessions.len()
    }

    /// Lets go of all sessions. Each is over once its last request is answered.
    pub(in crate::http_server) fn end(&self) {
        let mut state = lock(&self.state);
        let none = Sessions::new(&state.limits, Seed::default());
        let sessions = std::mem::replace(&mut state.sessions, none);
        drop(state);
        drop(sessions);
    }
}

impl Site {
    /// Gives a session its id.
    pub(in crate::http_server) fn admit_session(
        self: &Arc<Self>,
        session: &Arc<Session>,
        version: Version,
        principal: Option<&Arc<str>>,
    ) -> Result<SessionId, Refused> {
        let mut random = [0; 24];
        getrandom::fill(&mut random).map_err(|_| Refused::Failed)?;
        session.can_be_resumed();
        let (now, owner) = (self.now(), principal::name(principal));
        let mut state = lock(&self.sessions.state);
        let value = Arc::clone(session);
        let opened = state.sessions.open(Entropy(random), owner, version, value, now)?;
        let is_alone = std::mem::replace(&mut state.reaper, Reaper::AtWork) == Reaper::Away;
        drop(state);
        if let Some(expired) = opened.expired {
            expired.value.close();
        }
        crate::trace::session_opened(version);
        tokio::spawn(keep(Arc::downgrade(self), opened.id, session.keep()));
        if is_alone {
            tokio::spawn(reap(Arc::downgrade(self)));
        }
        Ok(opened.id)
    }

    /// The session of a request, whose time begins anew.
    pub(in crate::http_server) fn session(
        &self,
        id: &[u8],
        principal: Option<&Arc<str>>,
    ) -> Result<(SessionId, Arc<Session>), Rejection> {
        let now = self.now();
        let mut state = lock(&self.sessions.state);
        let session = state.sessions.enter(id, principal::name(principal), now)?;
        Ok((session.id, Arc::clone(&session.value)))
    }

    /// Keeps a session from expiring while a request or a stream of it lasts.
    pub(in crate::http_server) fn hold_session(
        self: &Arc<Self>,
        id: &[u8],
        principal: Option<&Arc<str>>,
    ) -> Result<(Hold, Arc<Session>), Rejection> {
        let now = self.now();
        let mut state = lock(&self.sessions.state);
        let session = state.sessions.hold(id, principal::name(principal), now)?;
        let value = Arc::clone(&session.value);
        Ok((Hold { site: Arc::clone(self), id: session.id }, value))
    }

    /// Ends a session for its client.
    pub(in crate::http_server) fn close_session(
        &self,
        id: &[u8],
        principal: Option<&Arc<str>>,
    ) -> Result<(), Rejection> {
        let (id, _) = self.session(id, principal)?;
        self.end_session(&id).then_some(()).ok_or_else(|| HttpRule::SessionUnknown.into())
    }

    /// Ends a session for the server. Says whether there was one.
    pub(in crate::http_server) fn end_session(&self, id: &SessionId) -> bool {
        let session = lock(&self.sessions.state).sessions.end(id);
        session.map(|session| session.value.close()).is_some()
    }

    /// Ends those sessions that nobody has used for long. Says when the next one is due.
    fn expire_sessions(&self) -> Option<u64> {
        loop {
            let now = self.now();
            let mut state = lock(&self.sessions.state);
            let Some(expired) = state.sessions.expire(now) else {
                let due = state.sessions.poll_timeout();
                // Sessions that are held become due no earlier than one that was just released.
                let waits = due.is_some() || !state.sessions.is_empty();
                if !waits {
                    state.reaper = Reaper::Away;
                    return None;
                }
                let idle_ns = self.gate.limits.session_idle_ms.saturating_mul(NS_PER_MS);
                return Some(due.unwrap_or_else(|| now.mono_ns.saturating_add(idle_ns)));
            };
            drop(state);
            expired.value.close();
        }
    }
}

impl Hold {
    pub(in crate::http_server) fn id(&self) -> &SessionId {
        &self.id
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        let now = self.site.now();
        lock(&self.site.sessions.state).sessions.release(&self.id, now);
    }
}

/// The task of a session. When it is over by itself, its id is forgotten.
async fn keep(site: Weak<Site>, id: SessionId, session: impl Future<Output = ()>) {
    session.await;
    crate::trace::session_ended();
    if let Some(site) = site.upgrade() {
        site.end_session(&id);
    }
}

/// The task that ends sessions which nobody uses. It goes when there are none, or the server is gone.
async fn reap(site: Weak<Site>) {
    loop {
        let Some(due) = site.upgrade().and_then(|site| {
            let due = site.expire_sessions()?;
            Some(site.clock.at(due))
        }) else {
            return;
        };
        sleep_until(due).await;
    }
}

const NS_PER_MS: u64 = 1_000_000;

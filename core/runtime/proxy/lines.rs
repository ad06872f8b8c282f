//! The connections to the server, by whom they are for.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, Weak};

use mcp_engine_proto::version::{Era, Version};
use tokio::time::{Instant, sleep_until};

use super::Shared;
use super::board::{Audience, Board};
use super::limits::{ProxyLimit, ProxyLimits};
use super::slot::Slot;
use crate::answer::{Answer, INTERNAL_ERROR};
use crate::client::Client;
use crate::workers::lock;

/// Whom a connection to the server is for, and what it was told that its client can do.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key {
    pub(super) owner: Owner,
    pub(super) era: Era,
    /// The capabilities of the client: the text of an object.
    pub(super) declared: Box<str>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Owner {
    /// The connection of that number.
    Connection(u64),
    /// Whoever has that name, or has none.
    Principal(Option<Arc<str>>),
}

/// A connection to the server.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) client: Client,
    pub(super) board: Arc<Board>,
}

/// All of them.
#[derive(Debug, Default)]
pub(super) struct Lines {
    slots: Mutex<HashMap<Key, Arc<Slot>>>,
    /// Connections that were made to learn what the server is, for the first who has declared the same: of the connection of that
    /// number, or of whoever comes first.
    spares: Mutex<HashMap<Option<u64>, Spare>>,
}

/// A connection that nobody has used yet, and what it was told that its client can do.
#[derive(Debug)]
struct Spare {
    declared: Box<str>,
    line: Line,
}

impl Line {
    pub(super) fn version(&self) -> Version {
        self.client.version()
    }

    pub(super) fn is_modern(&self) -> bool {
        self.version().era() == Era::Modern
    }

    pub(super) fn is_closed(&self) -> bool {
        self.client.peer().is_closed()
    }
}

impl Key {
    /// Whether it is for requests that stand alone, and so may go when nobody uses it.
    fn stands_alone(&self) -> bool {
        matches!(self.owner, Owner::Principal(_))
    }

    fn connection(&self) -> Option<u64> {
        match self.owner {
            Owner::Connection(number) => Some(number),
            Owner::Principal(_) => None,
        }
    }
}

impl Lines {
    /// Keeps a connection for the first who needs it.
    pub(super) fn spare(&self, number: Option<u64>, declared: &str, line: Line) {
        lock(&self.spares).insert(number, Spare { declared: declared.into(), line });
    }

    /// The spare connection for somebody. One that does not fit is closed.
    pub(super) fn take_spare(&self, key: &Key) -> Option<Line> {
        let mut spares = lock(&self.spares);
        let own = key.connection();
        let Spare { declared, line } = spares.remove(&own).or_else(|| spares.remove(&None))?;
        drop(spares);
        (declared == key.declared && !line.is_closed()).then_some(line)
    }

    /// The place of a key.
    ///
    /// # Errors
    ///
    /// There are too many, or whoever it is for is gone.
    pub(super) fn slot(
        &self,
        shared: &Arc<Shared>,
        key: Key,
        audience: impl FnOnce() -> Audience,
    ) -> Result<Arc<Slot>, Answer<'static>> {
        let mut slots = lock(&self.slots);
        if let Some(slot) = slots.get(&key) {
            return Ok(Arc::clone(slot));
        }
        let audience = audience();
        // What is forgotten when its connection is over must not come back.
        if audience.is_over() {
            return Err(Answer::error(INTERNAL_ERROR, "the client is gone"));
        }
        if let Err(limit) = make_room(&mut slots, &key.owner, &shared.limits) {
            let limit = shared.tally.count(limit);
            return Err(Answer::error(INTERNAL_ERROR, limit.reason()));
        }
        let slot = Arc::new(Slot::new(key.clone(), audience));
        slots.insert(key, Arc::clone(&slot));
        Ok(slot)
    }

    /// The place of a session, if it has one.
    pub(super) fn session(&self, owner: &Owner) -> Option<Arc<Slot>> {
        let is = |slot: &&Arc<Slot>| slot.key.owner == *owner && slot.key.era == Era::Legacy;
        lock(&self.slots).values().find(is).map(Arc::clone)
    }

    /// A connection of a client is over, and with it all that it had. Says whether the server was gone before.
    pub(super) fn forget(&self, owner: &Owner) -> Gone {
        let spare = match owner {
            Owner::Connection(number) => lock(&self.spares).remove(&Some(*number)),
            Owner::Principal(_) => None,
        };
        let mut slots = lock(&self.slots);
        let own = slots.extract_if(|key, _| key.owner == *owner);
        let own: Vec<_> = own.map(|(_, slot)| slot).collect();
        drop((slots, spare));
        let is_gone = own.iter().any(|slot| slot.is_gone());
        own.iter().for_each(|slot| slot.wanted.clear());
        if is_gone { Gone::Yes } else { Gone::No }
    }

    /// Everything is over.
    pub(super) fn clear(&self) -> Vec<Arc<Slot>> {
        lock(&self.spares).clear();
        let slots = std::mem::take(&mut *lock(&self.slots));
        let slots: Vec<_> = slots.into_values().collect();
        slots.iter().for_each(|slot| slot.wanted.clear());
        slots
    }

    pub(super) fn len(&self) -> usize {
        lock(&self.slots).len()
    }

    /// Takes out those that nobody has used for long. Says when the next one may be due.
    fn expire(&self, shared: &Shared) -> Instant {
        let (now, idle) = (Instant::now(), shared.limits.idle_time);
        let mut slots = lock(&self.slots);
        let since = |slot: &Slot| slot.idle_since().filter(|_| slot.key.stands_alone());
        let is_due = |slot: &Slot| since(slot).is_some_and(|since| since + idle <= now);
        let expired: Vec<_> = slots.extract_if(|_, slot| is_due(slot)).collect();
        let next = slots.values().filter_map(|slot| since(slot)).min();
        drop(slots);
        expired.iter().for_each(|_| {
            shared.tally.count(ProxyLimit::IdleTime);
        });
        // Those that are in use now become due later than that.
        next.unwrap_or(now) + idle
    }
}

/// Makes room for one more, in place of one that nobody uses if need be.
fn make_room(
    slots: &mut HashMap<Key, Arc<Slot>>,
    owner: &Owner,
    limits: &ProxyLimits,
) -> Result<(), ProxyLimit> {
    let own = slots.keys().filter(|other| other.owner == *owner).count();
    if own >= limits.upstreams_each as usize && !forget_oldest(slots, |key| key.owner == *owner) {
        return Err(ProxyLimit::UpstreamsEach);
    }
    if slots.len() >= limits.upstreams as usize && !forget_oldest(slots, Key::stands_alone) {
        return Err(ProxyLimit::Upstreams);
    }
    Ok(())
}

/// Takes out the one that was used least lately, of those that nobody uses and no session has. Says whether there was one.
fn forget_oldest(slots: &mut HashMap<Key, Arc<Slot>>, may_go: impl Fn(&Key) -> bool) -> bool {
    let idle = slots.iter().filter(|(key, _)| key.era == Era::Modern && may_go(key));
    let idle = idle.filter_map(|(key, slot)| Some((slot.idle_since()?, key)));
    match idle.min_by_key(|(since, _)| *since).map(|(_, key)| key.clone()) {
        Some(oldest) => slots.remove(&oldest).is_some(),
        None => false,
    }
}

/// Takes out those that nobody uses, as long as the proxy is there.
pub(super) async fn reap(shared: Weak<Shared>) {
    while let Some(proxy) = shared.upgrade() {
        let due = proxy.lines.expire(&proxy);
        drop(proxy);
        sleep_until(due).await;
    }
}

/// Whether the server of a session is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Gone {
    Yes,
    No,
}

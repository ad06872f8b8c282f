//! The table of sessions.

use core::fmt;
use std::sync::Arc;

use hashbrown::HashTable;

use super::id::{Entropy, SessionId, is_same};
use super::idle::IdleList;
use super::owners::{Owners, hash};
use crate::http::{HttpLimit, HttpLimits, HttpRule, Rejection};
use crate::json::Seed;
use crate::now::Now;
use crate::version::Version;

/// The sessions of an endpoint, each with a value of the server's: its connection, as a rule.
///
/// ```text
///            open                    hold                      last release
///   (none) ───────▶ idle ◀──────────────────────▶ held ───────────────────────▶ idle
///                    │ └─ enter: the time begins anew                             │
///                    └── close, or expire after HttpLimits::session_idle_ms ──▶ (none)
/// ```
///
/// ```
/// use mcp_engine_proto::http::{Entropy, HttpLimits, Sessions};
/// use mcp_engine_proto::{Now, Seed, version::Version};
///
/// let mut sessions = Sessions::new(&HttpLimits::default(), Seed([7, 11]));
/// let entropy = Entropy([0x5a; 24]); // 24 bytes of the system's random source
/// let opened = sessions.open(entropy, b"alice", Version::V2025_06_18, "state", Now::default())?;
/// let id = opened.id.as_str().as_bytes();
/// assert_eq!(sessions.enter(id, b"alice", Now::default())?.value, "state");
/// assert_eq!(sessions.enter(id, b"mallory", Now::default()).unwrap_err().status().code(), 404);
/// # Ok::<(), mcp_engine_proto::http::Rejection>(())
/// ```
pub struct Sessions<T> {
    limits: HttpLimits,
    seed: Seed,
    slots: Vec<Option<Slot<T>>>,
    free: Vec<u32>,
    /// Places in `slots` by id.
    by_id: HashTable<u32>,
    owners: Owners,
    idle: IdleList,
}

/// A session.
#[derive(Debug)]
pub struct Session<T> {
    /// Its id, for the header `Mcp-Session-Id` of the response to `initialize`.
    pub id: SessionId,
    /// The revision that `initialize` has negotiated.
    pub version: Version,
    /// What the server keeps for it.
    pub value: T,
}

/// A session that was opened.
#[derive(Debug)]
pub struct Opened<T> {
    /// Its id, for the header `Mcp-Session-Id` of the response to `initialize`.
    pub id: SessionId,
    /// A session that had expired and made room. What was kept for it has to be ended.
    pub expired: Option<Session<T>>,
}

struct Slot<T> {
    owner: Arc<[u8]>,
    used_ns: u64,
    /// How many streams or requests keep it from expiring.
    holds: u32,
    session: Session<T>,
}

impl<T> Sessions<T> {
    /// No sessions. The seed is to be random: it keeps a peer from choosing names that slow the table down.
    pub fn new(limits: &HttpLimits, seed: Seed) -> Self {
        Self {
            limits: *limits,
            seed,
            slots: Vec::new(),
            free: Vec::new(),
            by_id: HashTable::new(),
            owners: Owners::new(limits, seed),
            idle: IdleList::default(),
        }
    }

    /// How many there are, those included that have expired and were not taken out yet.
    pub fn len(&self) -> usize {
        self.by_id.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.by_id.is_empty()
    }

    /// Opens a session for a principal, whose name is empty where nobody has to say who they are. To be called once
    /// `initialize` was answered with a result, so that a request that is refused leaves nothing behind.
    ///
    /// # Errors
    ///
    /// 503 with [`HttpLimit::Sessions`] or [`HttpLimit::PrincipalSessions`] when there are too many; 400 with
    /// [`HttpLimit::PrincipalBytes`] for a name that is too long; 500 when the entropy has been used for a session that
    /// is still there. Sessions that have expired count until they were [taken out](Self::expire).
    pub fn open(
        &mut self,
        entropy: Entropy,
        principal: &[u8],
        version: Version,
        value: T,
        now: Now,
    ) -> Result<Opened<T>, Rejection> {
        let id = SessionId::new(entropy);
        if self.find(id.bytes()).is_some() {
            return Err(HttpRule::EntropyReused.into());
        }
        let owner = self.owners.add(principal)?;
        let full = self.len() >= self.limits.sessions as usize;
        let expired = if full { self.expire(now) } else { None };
        if full && expired.is_none() {
            self.owners.remove(&owner);
            return Err(HttpLimit::Sessions.into());
        }
        let session = Session { id, version, value };
        self.insert(Slot { owner, used_ns: now.mono_ns, holds: 0, session });
        Ok(Opened { id, expired })
    }

    /// Finds the session of a request and begins its time anew.
    ///
    /// # Errors
    ///
    /// 404 when there is none of that id, or it belongs to another principal, or has expired.
    pub fn enter(
        &mut self,
        id: &[u8],
        principal: &[u8],
        now: Now,
    ) -> Result<&mut Session<T>, Rejection> {
        let at = self.place(id, principal, now)?;
        self.touch(at, now);
        let slot = self.slot(at).ok_or(HttpRule::SessionUnknown)?;
        Ok(&mut slot.session)
    }

    /// As [`enter`](Self::enter), and keeps the session from expiring until it is [released](Self::release) as
    /// often as it was held: for the time of a request or a stream.
    ///
    /// # Errors
    ///
    /// As for [`enter`](Self::enter).
    pub fn hold(
        &mut self,
        id: &[u8],
        principal: &[u8],
        now: Now,
    ) -> Result<&mut Session<T>, Rejection> {
        let at = self.place(id, principal, now)?;
        self.idle.remove(at);
        let slot = self.slot(at).ok_or(HttpRule::SessionUnknown)?;
        slot.holds = slot.holds.saturating_add(1);
        Ok(&mut slot.session)
    }

    /// Takes one hold back; the last one lets the time begin. A session that is gone is left alone.
    pub fn release(&mut self, id: &SessionId, now: Now) {
        let Some(at) = self.find(id.bytes()) else { return };
        let Some(slot) = self.slot(at) else { return };
        if let Some(holds) = slot.holds.checked_sub(1) {
            slot.holds = holds;
            self.touch(at, now);
        }
    }

    /// Ends a session because its client asks for it.
    ///
    /// # Errors
    ///
    /// As for [`enter`](Self::enter).
    pub fn close(
        &mut self,
        id: &[u8],
        principal: &[u8],
        now: Now,
    ) -> Result<Session<T>, Rejection> {
        let at = self.place(id, principal, now)?;
        self.remove(at).ok_or_else(|| HttpRule::SessionUnknown.into())
    }

    /// Ends a session that the server wants to end.
    pub fn end(&mut self, id: &SessionId) -> Option<Session<T>> {
        let at = self.find(id.bytes())?;
        self.remove(at)
    }

    /// Takes out a session that has expired. To be asked until there is none, when
    /// [`poll_timeout`](Self::poll_timeout) says so or a request comes.
    pub fn expire(&mut self, now: Now) -> Option<Session<T>> {
        let at = self.idle.first()?;
        if self.expiry_ns(at)? > now.mono_ns {
            return None;
        }
        self.remove(at)
    }

    /// When the next session expires, on the monotonic clock, in nanoseconds.
    pub fn poll_timeout(&self) -> Option<u64> {
        self.expiry_ns(self.idle.first()?)
    }

    /// The place of a session that may be used.
    fn place(&self, id: &[u8], principal: &[u8], now: Now) -> Result<u32, Rejection> {
        let at = self.find(id).ok_or(HttpRule::SessionUnknown)?;
        let slot = self.slots.get(at as usize).and_then(Option::as_ref);
        let own = slot.is_some_and(|slot| is_same(&slot.owner, principal));
        let held = slot.is_some_and(|slot| slot.holds > 0);
        let fresh = held || self.expiry_ns(at).is_some_and(|expiry| expiry > now.mono_ns);
        if own && fresh { Ok(at) } else { Err(HttpRule::SessionUnknown.into()) }
    }

    fn find(&self, id: &[u8]) -> Option<u32> {
        if id.len() != SessionId::LEN {
            return None;
        }
        let own = |at: &u32| self.id_at(*at).is_some_and(|own| is_same(own, id));
        self.by_id.find(hash(self.seed, id), own).copied()
    }

    fn id_at(&self, at: u32) -> Option<&[u8]> {
        Some(self.slots.get(at as usize)?.as_ref()?.session.id.bytes())
    }

    fn slot(&mut self, at: u32) -> Option<&mut Slot<T>> {
        self.slots.get_mut(at as usize)?.as_mut()
    }

    fn expiry_ns(&self, at: u32) -> Option<u64> {
        let used = self.slots.get(at as usize)?.as_ref()?.used_ns;
        Some(used.saturating_add(self.limits.session_idle_ms.saturating_mul(NS_PER_MS)))
    }

    /// Begins the time of a session that nobody holds anew. The clock of a caller may lag behind that of another.
    fn touch(&mut self, at: u32, now: Now) {
        let Some(slot) = self.slot(at).filter(|slot| slot.holds == 0) else { return };
        slot.used_ns = slot.used_ns.max(now.mono_ns);
        self.idle.remove(at);
        self.idle.push(at);
    }

    fn insert(&mut self, slot: Slot<T>) {
        let hashed = hash(self.seed, slot.session.id.bytes());
        let at = match self.free.pop() {
            Some(at) => at,
            None => {
                self.slots.push(None);
                // There are at most as many places as HttpLimits::sessions, which is a u32.
                u32::try_from(self.slots.len().saturating_sub(1)).unwrap_or_default()
            }
        };
        if let Some(place) = self.slots.get_mut(at as usize) {
            *place = Some(slot);
        }
        let (slots, seed) = (&self.slots, self.seed);
        self.by_id.insert_unique(hashed, at, |at| {
            let slot = slots.get(*at as usize).and_then(Option::as_ref);
            slot.map_or(0, |slot| hash(seed, slot.session.id.bytes()))
        });
        self.idle.push(at);
    }

    fn remove(&mut self, at: u32) -> Option<Session<T>> {
        self.idle.remove(at);
        let slot = self.slots.get_mut(at as usize)?.take()?;
        if let Ok(entry) =
            self.by_id.find_entry(hash(self.seed, slot.session.id.bytes()), |own| *own == at)
        {
            entry.remove();
        }
        self.owners.remove(&slot.owner);
        self.free.push(at);
        Some(slot.session)
    }
}

impl<T> fmt::Debug for Sessions<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let owners = self.owners.len();
        f.debug_struct("Sessions").field("len", &self.len()).field("owners", &owners).finish()
    }
}

const NS_PER_MS: u64 = 1_000_000;

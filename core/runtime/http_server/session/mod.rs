//! Sessions of the legacy era: a connection each, whose streams are the bodies of responses.
//!
//! A session is driven by whoever brings it something: a POST puts its messages into the inbox and turns the driver itself, so that a
//! handler that answers at once has answered when the turn is over, without a task in between. A task of the session turns the driver when
//! something else has happened: work was finished elsewhere, time has passed, the server has something to say.
//!
//! ```text
//!  POST ──▶ inbox ──▶ ┌────────┐ ──▶ lanes ──▶ answer of the POST, or its events
//!                     │ driver │          └──▶ events of the GET
//!  workers, time ───▶ └────────┘
//! ```

mod kept;
mod lanes;
mod post;
mod stream;
mod table;
mod wire;

pub(super) use post::{initialize, serve};
pub(super) use stream::{close, serve as serve_stream};
pub(super) use table::Table;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, TryLockError, Weak};
use std::task::{Context, Wake, Waker};

use mcp_engine_proto::connection::{Connection, Topology};
use mcp_engine_proto::version::Version;
use tokio::sync::Notify;
use tokio::task::yield_now;

pub(super) use self::lanes::Lanes;
use self::wire::Wire;
use super::site::Site;
use crate::driver::Driver;
use crate::handler::Handler;
use crate::peer::Peer;
use crate::server::{Listening, Sink};

/// A session while it is open.
pub(super) struct Session {
    pub(super) lanes: Arc<Lanes>,
    /// What carries its messages: the streams of requests, or just one (HTTP+SSE).
    pub(super) topology: Topology,
    peer: Peer,
    driver: Mutex<Option<Driver<Wire, dyn Handler>>>,
    /// Whether something has happened that the driver has not looked at.
    wanted: AtomicBool,
    rouser: Arc<Rouser>,
    waker: Waker,
    _told: Listening,
}

/// Wakes the task of a session.
#[derive(Debug, Default)]
struct Rouser {
    notify: Notify,
}

impl Wake for Rouser {
    fn wake(self: Arc<Self>) {
        self.notify.notify_one();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.notify.notify_one();
    }
}

impl Session {
    /// A session as the server has them.
    pub(super) fn open(site: &Arc<Site>, principal: Option<Arc<str>>) -> Arc<Self> {
        Self::open_by(site, Topology::Http, principal, |wire| site.server.open(wire))
    }

    /// A session of HTTP+SSE.
    pub(super) fn open_plain(
        site: &Arc<Site>,
        model: &Connection,
        principal: Option<Arc<str>>,
    ) -> Arc<Self> {
        let open = |wire| site.server.open_as(model, wire);
        Self::open_by(site, Topology::Duplex, principal, open)
    }

    fn open_by(
        site: &Arc<Site>,
        topology: Topology,
        principal: Option<Arc<str>>,
        open: impl FnOnce(Wire) -> (Peer, Driver<Wire, dyn Handler>),
    ) -> Arc<Self> {
        let lanes = Arc::new(Lanes::new(site));
        let (peer, driver) = open(Wire::new(Arc::clone(&lanes), topology));
        if let Some(principal) = principal {
            peer.shared().belongs_to(principal);
        }
        let sink = Arc::downgrade(peer.shared()) as Weak<dyn Sink>;
        let rouser = Arc::<Rouser>::default();
        Arc::new(Self {
            lanes,
            topology,
            peer,
            driver: Mutex::new(Some(driver)),
            wanted: AtomicBool::new(false),
            waker: Waker::from(Arc::clone(&rouser)),
            rouser,
            _told: site.server.changes().listen(sink),
        })
    }

    /// The revision that was agreed on.
    pub(super) fn version(&self) -> Option<Version> {
        self.peer.version()
    }

    /// Says that it is for one request.
    fn stands_alone(&self) {
        self.peer.shared().stands_alone();
    }

    /// Lets handlers close streams, since the client can come back to them.
    fn can_be_resumed(&self) {
        let lanes = Arc::downgrade(&self.lanes);
        self.peer.shared().has_streams(lanes);
    }

    /// Lets the driver look at what has happened. Two never turn it at a time: who comes second leaves it to the first.
    pub(super) fn drive(&self) {
        self.wanted.store(true, Ordering::SeqCst);
        while self.wanted.load(Ordering::SeqCst) {
            let mut driver = match self.driver.try_lock() {
                Ok(driver) => driver,
                Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
                Err(TryLockError::WouldBlock) => return,
            };
            self.wanted.store(false, Ordering::SeqCst);
            self.turn(&mut driver);
        }
    }

    /// A handler that panics ends its session, whose state nobody can vouch for then.
    fn turn(&self, driver: &mut Option<Driver<Wire, dyn Handler>>) {
        let Some(turning) = driver.as_mut() else { return };
        let mut cx = Context::from_waker(&self.waker);
        let turned = catch_unwind(AssertUnwindSafe(|| Pin::new(turning).poll(&mut cx)));
        if !matches!(turned, Ok(poll) if poll.is_pending()) {
            *driver = None;
            self.lanes.close();
            self.rouse();
        }
    }

    /// Ends the session, and with it everything that waits for it.
    pub(super) fn close(&self) {
        self.peer.close();
        self.drive();
    }

    /// Asks the task of the session to let the driver look.
    pub(super) fn rouse(&self) {
        self.rouser.notify.notify_one();
    }

    /// The task of the session: runs until it is over, and does not keep it.
    pub(super) fn keep(self: &Arc<Self>) -> impl Future<Output = ()> + Send + use<> {
        let (session, rouser) = (Arc::downgrade(self), Arc::clone(&self.rouser));
        async move {
            loop {
                rouser.notify.notified().await;
                let Some(session) = session.upgrade() else { return };
                session.drive();
                if session.lanes.is_closed() {
                    return;
                }
                drop(session);
                // A driver that has more to do than others should wait for asks for another turn.
                yield_now().await;
            }
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.lanes.close();
        self.rouse();
    }
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session").field("topology", &self.topology).finish_non_exhaustive()
    }
}

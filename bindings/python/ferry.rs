//! Messages between the channel of a loop and a transport that the thread of the engine drives.
//!
//! What the transport brings waits in a bay until the loop fetches it, and the other way round; one descriptor tells the loop once for all
//! that waits, and no thread ever calls into the other one's. The bay is bounded both ways: the transport reads nothing more while it is full,
//! and what the connection has to say stays with the connection.
//!
//! ```text
//!  loop ─poll_transmit─▶ ┌ bay ┐ ─▶ transport ─▶ socket     thread of the engine
//!    ▲ ◀───── fetch ──── └──┬──┘ ◀─ next ◀─────────┘
//!    └──── descriptor ◀─────┘
//! ```

use std::collections::VecDeque;
use std::io;
use std::mem::take;
use std::os::fd::{AsRawFd, OwnedFd};
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use mcp_engine::connection::Transmit;
use mcp_engine::transport::{Arrival, Read, Transport};
use rustix::event::{EventfdFlags, eventfd};
use tokio::runtime::Runtime;
use tokio::time::timeout;

/// The side of the loop. The transport is closed when this is dropped.
pub(crate) struct Ferry {
    shared: Arc<Shared>,
    /// The process whose thread drives the transport.
    process: u32,
}

/// What a transport has brought since it was last asked.
#[derive(Default)]
pub(crate) struct Landed {
    /// That the connection was made, once.
    pub(crate) is_connected: bool,
    pub(crate) arrivals: Vec<Arrival>,
    /// That nothing more comes, and why.
    pub(crate) end: Option<io::Result<()>>,
}

struct Shared {
    bay: Mutex<Bay>,
    /// Can be read when something waits for the loop.
    signal: OwnedFd,
}

#[derive(Default)]
struct Bay {
    outgoing: VecDeque<Transmit>,
    outgoing_bytes: usize,
    /// Whether the loop has more to say than there was room for.
    is_crowded: bool,
    landed: Landed,
    landed_bytes: usize,
    is_signalled: bool,
    is_closing: bool,
    carrier: Option<Waker>,
}

impl Ferry {
    /// Connects, and carries messages from then on. `end` is dropped when nothing is left of the transport.
    ///
    /// # Errors
    ///
    /// There is no descriptor to be had.
    pub(crate) fn start(
        runtime: &Runtime,
        connecting: impl Future<Output = io::Result<Box<dyn Transport>>> + Send + 'static,
        end: OwnedFd,
    ) -> io::Result<Self> {
        let signal = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?;
        let shared = Arc::new(Shared { bay: Mutex::default(), signal });
        let carried = Arc::clone(&shared);
        runtime.spawn(async move {
            let ended = carry(connecting, &carried).await;
            carried.finish(ended);
            drop(end);
        });
        Ok(Self { shared, process: std::process::id() })
    }

    /// The descriptor that can be read when there is something to `fetch`.
    pub(crate) fn descriptor(&self) -> i32 {
        self.shared.signal.as_raw_fd()
    }

    /// What has come.
    pub(crate) fn fetch(&self) -> Landed {
        let mut bay = self.shared.bay();
        bay.is_signalled = false;
        // It counts how often it was written, which is of no interest, and has nothing to read when it was not.
        let _ = rustix::io::read(&self.shared.signal, &mut [0; 8]);
        let was_full = bay.is_full();
        bay.landed_bytes = 0;
        let landed = take(&mut bay.landed);
        if was_full {
            bay.wake();
        }
        landed
    }

    /// Hands over what `poll` has to say, as far as there is room. What is left is asked for when there is some again.
    pub(crate) fn load(&self, mut poll: impl FnMut() -> Option<Transmit>) {
        let mut bay = self.shared.bay();
        let loaded = bay.outgoing.len();
        while bay.has_room() {
            let Some(transmit) = poll() else { break };
            bay.outgoing_bytes = bay.outgoing_bytes.saturating_add(length(&transmit));
            bay.outgoing.push_back(transmit);
        }
        bay.is_crowded = !bay.has_room();
        if bay.outgoing.len() > loaded {
            bay.wake();
        }
    }
}

impl Drop for Ferry {
    fn drop(&mut self) {
        // A fork has left the thread behind, and with it whatever lock it was just holding.
        if std::process::id() != self.process {
            return;
        }
        let mut bay = self.shared.bay();
        bay.is_closing = true;
        bay.wake();
    }
}

impl Shared {
    fn bay(&self) -> MutexGuard<'_, Bay> {
        self.bay.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn connected(&self) {
        let mut bay = self.bay();
        bay.landed.is_connected = true;
        self.tell(&mut bay);
    }

    fn finish(&self, ended: io::Result<()>) {
        let mut bay = self.bay();
        bay.landed.end = Some(ended);
        self.tell(&mut bay);
    }

    /// Tells the loop, unless it was told and has not looked yet.
    fn tell(&self, bay: &mut Bay) {
        if !bay.is_signalled {
            bay.is_signalled = true;
            // There is room for 2^64 - 2 of them.
            let _ = rustix::io::write(&self.signal, &1u64.to_ne_bytes());
        }
    }

    /// Whether the loop wants no more of it. Whoever asks is woken when that changes.
    fn is_closing(&self, cx: &Context<'_>) -> bool {
        let mut bay = self.bay();
        bay.carrier = Some(cx.waker().clone());
        bay.is_closing
    }
}

impl Bay {
    fn has_room(&self) -> bool {
        self.outgoing.len() < MOST_WAITING && self.outgoing_bytes < MOST_WAITING_BYTES
    }

    fn is_full(&self) -> bool {
        self.landed.arrivals.len() >= MOST_WAITING || self.landed_bytes >= MOST_WAITING_BYTES
    }

    fn wake(&mut self) {
        if let Some(carrier) = self.carrier.take() {
            carrier.wake();
        }
    }
}

/// Drives a transport to its end, or until the loop wants no more of it.
async fn carry(
    connecting: impl Future<Output = io::Result<Box<dyn Transport>>>,
    shared: &Shared,
) -> io::Result<()> {
    let mut connecting = pin!(connecting);
    let connected = std::future::poll_fn(|cx| match shared.is_closing(cx) {
        true => Poll::Ready(None),
        false => connecting.as_mut().poll(cx).map(Some),
    });
    let Some(connected) = connected.await else { return Ok(()) };
    let mut carrier = Carrier { transport: connected?, shared };
    shared.connected();
    std::future::poll_fn(|cx| carrier.poll(cx)).await?;
    let closing = std::future::poll_fn(|cx| carrier.poll_close(cx));
    // A server that does not take the last of it is left all the same.
    timeout(CLOSING, closing).await.unwrap_or(Ok(()))
}

struct Carrier<'a> {
    transport: Box<dyn Transport>,
    shared: &'a Shared,
}

enum Turn {
    Again,
    Over,
}

impl Carrier<'_> {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        for _ in 0..TURNS {
            match ready!(self.turn(cx))? {
                Turn::Again => {}
                Turn::Over => return Poll::Ready(Ok(())),
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    fn turn(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Turn>> {
        if self.shared.is_closing(cx) {
            return Poll::Ready(Ok(Turn::Over));
        }
        self.take_over();
        let is_written = self.transport.poll_write(cx)?.is_ready();
        let has_room = self.land();
        if is_written && !self.shared.bay().outgoing.is_empty() {
            return Poll::Ready(Ok(Turn::Again));
        }
        if !has_room {
            return Poll::Pending;
        }
        match ready!(self.transport.poll_read(cx))? {
            Read::More => Poll::Ready(Ok(Turn::Again)),
            Read::End => Poll::Ready(Ok(Turn::Over)),
        }
    }

    /// Gives the transport what it has room for.
    fn take_over(&mut self) {
        let mut bay = self.shared.bay();
        while self.transport.buffer().is_some() {
            let Some(transmit) = bay.outgoing.pop_front() else { break };
            bay.outgoing_bytes = bay.outgoing_bytes.saturating_sub(length(&transmit));
            self.transport.send(transmit);
        }
        if bay.is_crowded && bay.has_room() {
            bay.is_crowded = false;
            self.shared.tell(&mut bay);
        }
    }

    /// Puts what has come where the loop finds it. Says whether there is room for more.
    fn land(&mut self) -> bool {
        let mut bay = self.shared.bay();
        while !bay.is_full() {
            let Some(arrival) = self.transport.next() else { break };
            bay.landed_bytes = bay.landed_bytes.saturating_add(weight(&arrival));
            bay.landed.arrivals.push(arrival);
        }
        if !bay.landed.arrivals.is_empty() {
            self.shared.tell(&mut bay);
        }
        !bay.is_full()
    }

    fn poll_close(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.take_over();
        ready!(self.transport.poll_write(cx))?;
        if !self.shared.bay().outgoing.is_empty() {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        self.transport.poll_close(cx)
    }
}

fn length(transmit: &Transmit) -> usize {
    transmit.body.as_ref().map_or(0, |body| body.len())
}

fn weight(arrival: &Arrival) -> usize {
    match arrival {
        Arrival::Message(_, Ok(message)) => message.bytes().len(),
        _ => 0,
    }
}

/// Messages that wait on either side.
const MOST_WAITING: usize = 1_024;
/// Bytes from which on nothing more is put to those that wait.
const MOST_WAITING_BYTES: usize = 4 << 20;
/// After so many turns in a row, other connections get theirs.
const TURNS: u32 = 64;
/// How long a server may take to hear that it is over.
const CLOSING: Duration = Duration::from_secs(3);

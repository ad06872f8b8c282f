//! What the stream, the handle and the keeper of a child share.

use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use tokio::net::unix::pipe::Sender;
use tokio::sync::watch;

use super::tail::Tail;
use crate::transport::limits::Tally;

/// What was asked of the keeper. Later ones take precedence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Order {
    Run,
    End,
    Kill,
}

pub(super) struct Shared {
    orders: watch::Sender<Order>,
    ends: Mutex<Ends>,
    tail: Mutex<Tail>,
    pub(super) tally: Tally,
}

/// The state of both directions. Whoever waits on a direction is woken when it closes.
#[derive(Debug)]
struct Ends {
    /// Its standard input, until it is closed; none when whoever started it has it.
    input: Option<Sender>,
    writer: Option<Waker>,
    reader: Option<Waker>,
    exited: bool,
}

impl Shared {
    pub(super) fn new(input: Option<Sender>, tail: Tail, tally: Tally) -> Arc<Self> {
        let ends = Ends { input, writer: None, reader: None, exited: false };
        let orders = watch::Sender::new(Order::Run);
        Arc::new(Self { orders, ends: Mutex::new(ends), tail: Mutex::new(tail), tally })
    }

    pub(super) fn order(&self, order: Order) {
        self.orders.send_if_modified(|last| {
            let more = order > *last;
            *last = order.max(*last);
            more
        });
    }

    /// Waits until this was ordered, or more. It never ends otherwise, as whoever waits holds the sender.
    pub(super) async fn ordered(&self, order: Order) -> Order {
        let mut orders = self.orders.subscribe();
        let last = orders.wait_for(|last| *last >= order).await;
        last.map_or(Order::Kill, |last| *last)
    }

    /// Does something with the input; when it has to wait, the task is woken also when the input closes. `None` when it is closed.
    pub(super) fn with_input<T>(
        &self,
        cx: &mut Context<'_>,
        act: impl FnOnce(Pin<&mut Sender>, &mut Context<'_>) -> Poll<T>,
    ) -> Poll<Option<T>> {
        let mut ends = self.ends();
        let Some(input) = &mut ends.input else { return Poll::Ready(None) };
        let done = act(Pin::new(input), cx);
        if done.is_pending() {
            remember(&mut ends.writer, cx);
        }
        done.map(Some)
    }

    pub(super) fn close_input(&self) {
        let mut ends = self.ends();
        let (input, writer) = (ends.input.take(), ends.writer.take());
        drop(ends);
        drop(input);
        writer.into_iter().for_each(Waker::wake);
    }

    /// Whether the program has ended; the task is woken when it does.
    pub(super) fn has_exited(&self, cx: &Context<'_>) -> bool {
        let mut ends = self.ends();
        remember(&mut ends.reader, cx);
        ends.exited
    }

    /// Nothing writes any more, and nobody reads.
    pub(super) fn exited(&self) {
        self.close_input();
        let mut ends = self.ends();
        ends.exited = true;
        let reader = ends.reader.take();
        drop(ends);
        reader.into_iter().for_each(Waker::wake);
    }

    pub(super) fn tail(&self) -> MutexGuard<'_, Tail> {
        self.tail.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn ends(&self) -> MutexGuard<'_, Ends> {
        self.ends.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").field("order", &*self.orders.borrow()).finish_non_exhaustive()
    }
}

fn remember(waker: &mut Option<Waker>, cx: &Context<'_>) {
    match waker {
        Some(waker) => waker.clone_from(cx.waker()),
        None => *waker = Some(cx.waker().clone()),
    }
}

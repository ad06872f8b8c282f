//! The task that keeps a child: it drains its standard error, ends it when that is asked for, and leaves nothing of it.

use std::io;
use std::process::ExitStatus;
use std::sync::Arc;
use std::time::Duration;

use rustix::process::Signal;
use tokio::net::unix::pipe::Receiver;
use tokio::sync::watch;
use tokio::time::timeout;

use super::leader::Leader;
use super::shared::{Order, Shared};
use super::tail::{Drain, PassOn};
use crate::first::first;
use crate::transport::limits::{TransportLimit, TransportLimits};

/// How a child has ended, or why nobody knows.
pub(super) type Exit = Result<ExitStatus, io::ErrorKind>;

#[derive(Debug)]
pub(super) struct Keeper {
    leader: Leader,
    errors: Receiver,
    pass_on: Option<PassOn>,
    shared: Arc<Shared>,
    limits: TransportLimits,
    /// Gone with the keeper, so that nobody waits for a runtime that has ended.
    exit: watch::Sender<Option<Exit>>,
}

impl Keeper {
    pub(super) fn new(
        leader: Leader,
        errors: Receiver,
        pass_on: Option<PassOn>,
        shared: Arc<Shared>,
        limits: TransportLimits,
    ) -> (Self, watch::Receiver<Option<Exit>>) {
        let (exit, status) = watch::channel(None);
        (Self { leader, errors, pass_on, shared, limits, exit }, status)
    }

    /// Stays until nothing is left. When this is dropped before, the leader kills and reaps.
    pub(super) async fn run(self) {
        let Self { leader, errors, pass_on, shared, limits, exit } = self;
        let pid = leader.id();
        let mut drain = Drain::new(errors, pass_on, &shared, pid);
        first(life(&leader, &shared, &limits), drain.drain()).await;
        let status = leader.reap().map_err(|error| error.kind());
        shared.exited();
        drain.finish().await;
        crate::trace::child_ended(pid, status);
        exit.send_replace(Some(status));
    }
}

/// Waits until the program has ended, and ends it when that is asked for.
async fn life(leader: &Leader, shared: &Shared, limits: &TransportLimits) {
    let exited = async {
        leader.exited().await;
        None
    };
    let ordered = async { Some(shared.ordered(Order::End).await) };
    match first(exited, ordered).await {
        None => return,
        Some(Order::Kill) => {}
        Some(_) => {
            shared.close_input();
            if ends(leader, shared, limits.exit_wait, TransportLimit::ExitWait).await {
                return;
            }
            leader.signal(Signal::TERM);
            if ends(leader, shared, limits.terminate_wait, TransportLimit::TerminateWait).await {
                return;
            }
        }
    }
    leader.kill();
    leader.exited().await;
}

/// Whether the program ends within this time, unless it is to be killed at once.
async fn ends(leader: &Leader, shared: &Shared, wait: Duration, limit: TransportLimit) -> bool {
    let exited = async {
        leader.exited().await;
        true
    };
    let killed = async {
        shared.ordered(Order::Kill).await;
        false
    };
    timeout(wait, first(exited, killed)).await.unwrap_or_else(|_| {
        shared.tally.refuse(limit);
        false
    })
}

//! Who may come in: a ticket for every accepted job, and the bound on those that wait.
//!
//! [`Gate::admit`] stands at the front of [`Pool::spawn`](super::Pool::spawn) and turns a wish into a ticket or a refusal. Tickets
//! are only ever handed out and the workers count in lines of their own what they take, so that who spawns and who works write
//! nothing in common; the difference is what waits. It never exceeds the bound, and once the gate is closed the number of tickets
//! is final.

use crate::sync::{AtomicBool, AtomicU64, Line, Ordering};

pub(super) struct Gate {
    /// Written by whoever spawns.
    front: Line<Front>,
    /// Hardly ever written, read with every job.
    abandoned: Line<AtomicBool>,
    queued: u64,
}

struct Front {
    /// Jobs accepted so far, and [`CLOSED`].
    tickets: AtomicU64,
    /// No ticket from this one on, as far as is known: `queued` more than had been taken when somebody last counted. What has
    /// been taken only grows, so that an old limit is too strict and never too lax.
    limit: AtomicU64,
    refused: AtomicU64,
}

/// Why there was no ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shut {
    Full,
    Closed,
}

impl Gate {
    pub(super) fn new(queued: u64) -> Self {
        let front = Front {
            tickets: AtomicU64::new(0),
            limit: AtomicU64::new(queued),
            refused: AtomicU64::new(0),
        };
        Self { front: Line(front), abandoned: Line(AtomicBool::new(false)), queued }
    }

    /// Hands out a ticket, unless `queued` jobs wait; `taken` counts those that wait no more, and is asked only when the limit
    /// known so far is reached.
    pub(super) fn admit(&self, taken: impl Fn() -> u64) -> Result<(), Shut> {
        let front = &self.front.0;
        let mut tickets = front.tickets.load(Ordering::Relaxed);
        loop {
            if tickets & CLOSED != 0 {
                return Err(self.refuse(Shut::Closed));
            }
            if tickets >= front.limit.load(Ordering::Acquire) && tickets >= self.raise(taken()) {
                return Err(self.refuse(Shut::Full));
            }
            let next = tickets.wrapping_add(1);
            let swap = front.tickets.compare_exchange_weak(
                tickets,
                next,
                Ordering::Release,
                Ordering::Relaxed,
            );
            match swap {
                Ok(_) => return Ok(()),
                Err(now) => tickets = now,
            }
        }
    }

    /// No more tickets. Final.
    pub(super) fn close(&self) {
        self.front.0.tickets.fetch_or(CLOSED, Ordering::AcqRel);
    }

    /// No more tickets, and what waits shall be dropped. Final.
    pub(super) fn abandon(&self) {
        self.abandoned.0.store(true, Ordering::Release);
        self.close();
    }

    pub(super) fn is_abandoned(&self) -> bool {
        self.abandoned.0.load(Ordering::Acquire)
    }

    /// Whether the gate is closed and all jobs behind it were taken.
    pub(super) fn is_done(&self, taken: impl Fn() -> u64) -> bool {
        let tickets = self.front.0.tickets.load(Ordering::Acquire);
        tickets & CLOSED != 0 && tickets & !CLOSED == taken()
    }

    pub(super) fn tickets(&self) -> u64 {
        self.front.0.tickets.load(Ordering::Acquire) & !CLOSED
    }

    pub(super) fn refused(&self) -> u64 {
        self.front.0.refused.load(Ordering::Relaxed)
    }

    #[cold]
    fn raise(&self, taken: u64) -> u64 {
        let limit = taken.saturating_add(self.queued);
        self.front.0.limit.fetch_max(limit, Ordering::AcqRel).max(limit)
    }

    #[cold]
    fn refuse(&self, why: Shut) -> Shut {
        self.front.0.refused.fetch_add(1, Ordering::Relaxed);
        why
    }
}

const CLOSED: u64 = 1 << 63;

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn what_waits_is_bounded_and_what_is_taken_makes_room() {
        let gate = Gate::new(2);
        assert_eq!([gate.admit(|| 0), gate.admit(|| 0)], [Ok(()), Ok(())]);
        assert_eq!(gate.admit(|| 0), Err(Shut::Full));
        assert_eq!(gate.admit(|| 1), Ok(()));
        assert_eq!(gate.admit(|| 1), Err(Shut::Full));
        assert_eq!((gate.tickets(), gate.refused()), (3, 2));
    }

    #[test]
    fn taken_jobs_are_counted_only_at_the_limit() {
        let gate = Gate::new(1);
        assert_eq!(gate.admit(|| unreachable!("there is room")), Ok(()));
    }

    #[test]
    fn closed_gate_is_done_when_all_tickets_are_used() {
        let gate = Gate::new(2);
        assert_eq!(gate.admit(|| 0), Ok(()));
        assert!(!gate.is_done(|| 1));
        gate.close();
        assert_eq!(gate.admit(|| 1), Err(Shut::Closed));
        assert!(!gate.is_done(|| 0) && gate.is_done(|| 1));
    }
}

//! Large pipes, within a budget of the process.
//!
//! A pipe of the usual 64 KiB makes both sides change places once for each 64 KiB. The kernel charges pipes to the user and makes new ones
//! tiny when a user has too much, so what we enlarge is counted over the whole process and given back with the [`PipeShare`].

use std::os::fd::AsFd;
use std::sync::atomic::{AtomicU64, Ordering};

use super::limits::{Tally, TransportLimit, TransportLimits};

/// What a large pipe takes of the budget, until it is dropped.
#[derive(Debug)]
pub(super) struct PipeShare(());

/// Makes a pipe large, if it is one and the budget and the system allow it.
pub(super) fn widen(pipe: impl AsFd, limits: &TransportLimits, tally: &Tally) -> Option<PipeShare> {
    if size(&pipe)? >= SIZE {
        return None;
    }
    let Some(share) = PipeShare::within(limits.pipe_bytes) else {
        tally.refuse(TransportLimit::PipeBytes);
        return None;
    };
    if set_size(&pipe).is_none() {
        tally.refuse(TransportLimit::PipeQuota);
        return None;
    }
    Some(share)
}

impl PipeShare {
    fn within(limit: u64) -> Option<Self> {
        let more = |held: u64| held.checked_add(SIZE).filter(|held| *held <= limit);
        HELD.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more).ok().map(|_| Self(()))
    }
}

impl Drop for PipeShare {
    fn drop(&mut self) {
        HELD.fetch_sub(SIZE, Ordering::Relaxed);
    }
}

#[cfg(target_os = "linux")]
fn size(pipe: impl AsFd) -> Option<u64> {
    rustix::pipe::fcntl_getpipe_size(pipe).ok().map(|bytes| bytes as u64)
}

#[cfg(target_os = "linux")]
fn set_size(pipe: impl AsFd) -> Option<usize> {
    rustix::pipe::fcntl_setpipe_size(pipe, SIZE as usize).ok()
}

#[cfg(not(target_os = "linux"))]
fn size(_: impl AsFd) -> Option<u64> {
    None
}

#[cfg(not(target_os = "linux"))]
fn set_size(_: impl AsFd) -> Option<usize> {
    None
}

/// The largest pipe that Linux allows to everybody.
const SIZE: u64 = 1 << 20;

static HELD: AtomicU64 = AtomicU64::new(0);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pipes_are_large_until_the_budget_is_used_and_shares_come_back() {
        let limits = TransportLimits { pipe_bytes: 2 * SIZE, ..TransportLimits::default() };
        let tally = Tally::default();
        let pipes: [_; 3] = std::array::from_fn(|_| rustix::pipe::pipe().expect("a pipe"));
        let first = widen(&pipes[0].0, &limits, &tally).expect("within the budget");
        let _second = widen(&pipes[1].1, &limits, &tally).expect("within the budget");
        assert!(widen(&pipes[2].0, &limits, &tally).is_none());
        assert_eq!(tally.counters().of(TransportLimit::PipeBytes), 1);
        assert_eq!(size(&pipes[0].1), Some(SIZE));
        assert!(size(&pipes[2].0) < Some(SIZE));

        drop(first);
        assert!(widen(&pipes[2].0, &limits, &tally).is_some());
        assert_eq!(size(&pipes[2].0), Some(SIZE));
    }

    #[test]
    fn what_is_no_pipe_takes_no_share() {
        let (limits, tally) = (TransportLimits::default(), Tally::default());
        let null = std::fs::File::open("/dev/null").expect("there is a /dev/null");
        assert!(widen(&null, &limits, &tally).is_none());
        assert_eq!(tally.counters(), super::super::TransportCounters::default());
    }
}

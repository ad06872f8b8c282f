//! What a stream keeps of its last events, so that a client that lost its connection misses none.

use std::collections::VecDeque;

use bytes::Bytes;

use crate::http::{HttpLimit, HttpLimits};

/// The last events of one stream. What is in it follows on one another up to the newest.
#[derive(Clone, Debug, Default)]
pub(super) struct ReplayBuffer {
    events: VecDeque<Bytes>,
    bytes: usize,
    /// How many events there were, kept or not.
    count: u64,
    /// Which limit was the last to push an event out.
    pushed_out_by: Option<HttpLimit>,
}

impl ReplayBuffer {
    /// Adds an event and yields its number; the first one has 1. Older ones are pushed out above the limits.
    pub(super) fn push(&mut self, data: Bytes, limits: &HttpLimits) -> u64 {
        self.count = self.count.saturating_add(1);
        self.bytes = self.bytes.saturating_add(data.len());
        self.events.push_back(data);
        while self.events.len() > limits.replay_events as usize {
            self.push_out(HttpLimit::ReplayEvents);
        }
        while self.bytes > limits.replay_bytes as usize {
            self.push_out(HttpLimit::ReplayBytes);
        }
        self.count
    }

    /// Pushes the oldest event out; yields its length.
    pub(super) fn push_out(&mut self, limit: HttpLimit) -> Option<usize> {
        let event = self.events.pop_front()?;
        self.bytes = self.bytes.saturating_sub(event.len());
        self.pushed_out_by = Some(limit);
        Some(event.len())
    }

    /// The number of the newest event.
    pub(super) fn count(&self) -> u64 {
        self.count
    }

    /// How many bytes are kept.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// The events behind one, with their numbers. `None` when there was no such event.
    pub(super) fn behind(
        &self,
        sequence: u64,
    ) -> Option<Result<impl Iterator<Item = (u64, &Bytes)>, HttpLimit>> {
        let missed = usize::try_from(self.count.checked_sub(sequence)?).ok()?;
        let Some(before) = self.events.len().checked_sub(missed) else {
            return Some(Err(self.pushed_out_by.unwrap_or(HttpLimit::ReplayEvents)));
        };
        let numbers = sequence.saturating_add(1)..;
        Some(Ok(numbers.zip(self.events.iter().skip(before))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_events_are_kept_within_both_limits() {
        let limits = HttpLimits { replay_events: 3, replay_bytes: 10, ..HttpLimits::default() };
        let mut buffer = ReplayBuffer::default();
        let behind = |buffer: &ReplayBuffer, sequence| {
            buffer.behind(sequence).map(|events| {
                events.map(|events| events.map(|(number, _)| number).collect::<Vec<_>>())
            })
        };
        for (number, len) in [(1, 1), (2, 1), (3, 1), (4, 1)] {
            assert_eq!(buffer.push(vec![0; len].into(), &limits), number);
        }
        assert_eq!(behind(&buffer, 1), Some(Ok(vec![2, 3, 4])));
        assert_eq!(behind(&buffer, 4), Some(Ok(vec![])));
        assert_eq!(behind(&buffer, 5), None);
        assert_eq!(behind(&buffer, 0), Some(Err(HttpLimit::ReplayEvents)));
        buffer.push(vec![0; 9].into(), &limits);
        assert_eq!(buffer.bytes(), 10);
        assert_eq!(behind(&buffer, 3), Some(Ok(vec![4, 5])));
        assert_eq!(behind(&buffer, 2), Some(Err(HttpLimit::ReplayBytes)));
        buffer.push(vec![0; 11].into(), &limits);
        assert_eq!((behind(&buffer, 5), buffer.bytes()), (Some(Err(HttpLimit::ReplayBytes)), 0));
        assert_eq!(behind(&buffer, 6), Some(Ok(vec![])));
    }
}

//! Events that wait to be polled.

use std::collections::VecDeque;

use super::event::Event;
use crate::error::Error;
use crate::room;

/// A queue in which the newest progress takes the place of older one.
#[derive(Debug, Default)]
pub(super) struct Events {
    queue: VecDeque<Event>,
    /// How many were polled: the number of the first one in the queue.
    polled: u64,
}

impl Events {
    pub(super) fn len(&self) -> usize {
        self.queue.len()
    }

    /// Makes room for more events, and for the one that says that the conversation is over.
    ///
    /// # Errors
    ///
    /// [`Limit::Memory`](crate::limits::Limit::Memory).
    #[inline]
    pub(super) fn reserve(&mut self, more: usize) -> Result<(), Error> {
        let reserved = match self.queue.capacity() {
            // Room for one is enough for most connections, and all that those hold which are idle.
            0 => self.queue.try_reserve_exact(more),
            _ => self.queue.try_reserve(more.saturating_add(1)),
        };
        reserved.map_err(|_| room::REFUSED)
    }

    #[inline]
    pub(super) fn poll(&mut self) -> Option<Event> {
        let event = self.queue.pop_front()?;
        self.polled = self.polled.wrapping_add(1);
        Some(event)
    }

    /// Adds an event, and yields its number.
    #[inline]
    pub(super) fn push(&mut self, event: Event) -> u64 {
        let number = self.polled.wrapping_add(self.queue.len() as u64);
        self.queue.push_back(event);
        number
    }

    /// The event of that number, while it waits.
    pub(super) fn waiting(&mut self, number: u64) -> Option<&mut Event> {
        let at = number.checked_sub(self.polled)?;
        self.queue.get_mut(usize::try_from(at).ok()?)
    }
}

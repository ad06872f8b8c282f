//! The sessions that nobody uses, in the order in which they will expire.
//!
//! All sessions have the same time to live, so that the one that was used longest ago goes first, and a list in the order
//! of use is a list in the order of expiry. The links stand beside the sessions; putting one in and taking one out takes the
//! same time however many there are.

/// A doubly linked list of places, the one that was used longest ago first.
#[derive(Clone, Debug, Default)]
pub(super) struct IdleList {
    first: Option<u32>,
    last: Option<u32>,
    links: Vec<Link>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Link {
    before: Option<u32>,
    behind: Option<u32>,
    listed: bool,
}

impl IdleList {
    /// The place that was used longest ago.
    pub(super) fn first(&self) -> Option<u32> {
        self.first
    }

    /// Puts a place that is not in the list at its end.
    pub(super) fn push(&mut self, at: u32) {
        let len = (at as usize).saturating_add(1);
        if self.links.len() < len {
            self.links.resize(len, Link::default());
        }
        let last = self.last;
        if let Some(link) = self.link(at) {
            *link = Link { before: last, behind: None, listed: true };
        }
        match last {
            Some(last) => self.link(last).into_iter().for_each(|link| link.behind = Some(at)),
            None => self.first = Some(at),
        }
        self.last = Some(at);
    }

    /// Takes a place out, if it is in the list.
    pub(super) fn remove(&mut self, at: u32) {
        let Some(link) = self.link(at).filter(|link| link.listed).map(core::mem::take) else {
            return;
        };
        match link.before {
            Some(before) => {
                self.link(before).into_iter().for_each(|other| other.behind = link.behind);
            }
            None => self.first = link.behind,
        }
        match link.behind {
            Some(behind) => {
                self.link(behind).into_iter().for_each(|other| other.before = link.before);
            }
            None => self.last = link.before,
        }
    }

    fn link(&mut self, at: u32) -> Option<&mut Link> {
        self.links.get_mut(at as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_keeps_the_order_of_a_plain_queue() {
        let (mut list, mut queue) = (IdleList::default(), Vec::<u32>::new());
        let mut state = 1u32;
        for _ in 0..10_000 {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let at = state >> 16 & 15;
            list.remove(at);
            queue.retain(|other| *other != at);
            if state >> 20 & 3 != 0 {
                list.push(at);
                queue.push(at);
            }
            assert_eq!(list.first(), queue.first().copied());
        }
        while let Some(at) = list.first() {
            assert_eq!(queue.remove(0), at);
            list.remove(at);
        }
        assert!(queue.is_empty() && list.last.is_none());
    }
}

//! When a client comes back to a stream that broke, and when it gives up.

use crate::http::{HttpLimit, HttpLimits};

/// The patience of a client with one event stream of the legacy era.
///
/// ```
/// use mcp_engine_proto::http::{HttpLimits, Next, Reconnect};
///
/// let mut patience = Reconnect::reply(&HttpLimits::default());
/// assert_eq!(patience.broken(0), Next::Lost(None));
/// patience.seen("1-0", Some(500));
/// assert_eq!(patience.broken(0), Next::Wait { ms: 500, last_event_id: Some("1-0") });
/// assert_eq!(patience.broken(0), Next::Wait { ms: 1000, last_event_id: Some("1-0") });
/// ```
#[derive(Clone, Debug)]
pub struct Reconnect {
    purpose: Purpose,
    most_attempts: u32,
    longest_ms: u64,
    /// Attempts since the stream brought something.
    attempts: u32,
    retry_ms: u64,
    longest_id: usize,
    /// The last id, when it can be sent back.
    last_event_id: Result<String, HttpLimit>,
}

/// What to do about a stream that broke.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next<'a> {
    /// Wait, then send a GET.
    Wait {
        /// How long, in milliseconds.
        ms: u64,
        /// The header `Last-Event-ID`, when an event had an id.
        last_event_id: Option<&'a str>,
    },
    /// The stream cannot be had again: its request has failed. When a limit is the reason, it is named; without one, no
    /// event had an id.
    Lost(Option<HttpLimit>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Purpose {
    Reply,
    Standalone,
}

impl Reconnect {
    /// For the stream that answers a POST. It can only be resumed once an event had an id.
    pub fn reply(limits: &HttpLimits) -> Self {
        Self::new(Purpose::Reply, limits)
    }

    /// For the stream of a GET.
    pub fn standalone(limits: &HttpLimits) -> Self {
        Self::new(Purpose::Standalone, limits)
    }

    fn new(purpose: Purpose, limits: &HttpLimits) -> Self {
        Self {
            purpose,
            most_attempts: limits.reconnects,
            longest_ms: limits.reconnect_wait_ms,
            attempts: 0,
            retry_ms: DEFAULT_RETRY_MS,
            longest_id: limits.event_id_bytes as usize,
            last_event_id: Ok(String::new()),
        }
    }

    /// Notes what the parser knows behind an event, or at the end of a connection: the last id, and how long the
    /// server asked to wait. A new id is a sign that the stream goes on, so that the patience begins anew.
    pub fn seen(&mut self, last_event_id: &str, retry_ms: Option<u64>) {
        self.retry_ms = retry_ms.unwrap_or(self.retry_ms);
        if self.last_event_id.as_deref() == Ok(last_event_id) {
            return;
        }
        self.attempts = 0;
        self.last_event_id = if last_event_id.len() > self.longest_id {
            Err(HttpLimit::EventIdBytes)
        } else {
            Ok(last_event_id.to_owned())
        };
    }

    /// Notes how long a connection held that was made. To cut those that bring nothing for a while is what proxies do, so that
    /// one that held for long is no failed attempt.
    pub fn held(&mut self, ms: u64) {
        if ms >= HELD_MS {
            self.attempts = 0;
        }
    }

    /// Says what to do now that a connection broke, or ended without the last message, or could not be made.
    ///
    /// The first wait is what the server asked for, and each further one without anything new is twice as long. A random
    /// `jitter` makes every wait up to an eighth longer, so that clients do not all come back at once.
    pub fn broken(&mut self, jitter: u64) -> Next<'_> {
        let id = match (&self.last_event_id, self.purpose) {
            (Err(limit), _) => return Next::Lost(Some(*limit)),
            (Ok(id), Purpose::Reply) if id.is_empty() => return Next::Lost(None),
            (Ok(id), _) => id,
        };
        if self.attempts >= self.most_attempts {
            return Next::Lost(Some(HttpLimit::Reconnects));
        }
        let factor = 1u64.checked_shl(self.attempts).unwrap_or(u64::MAX);
        let wait = self.retry_ms.max(SHORTEST_WAIT_MS).saturating_mul(factor).min(self.longest_ms);
        let spread = (wait / 8).saturating_add(1);
        let ms = wait.saturating_add(jitter.checked_rem(spread).unwrap_or_default());
        self.attempts = self.attempts.saturating_add(1);
        let last_event_id = Some(id.as_str()).filter(|id| !id.is_empty());
        Next::Wait { ms, last_event_id }
    }
}

/// A connection that held so long was a good one.
const HELD_MS: u64 = 10_000;
/// Where the server has not asked for a wait.
const DEFAULT_RETRY_MS: u64 = 1_000;
/// A server that asks for less would be asked again and again.
const SHORTEST_WAIT_MS: u64 = 100;

#[cfg(test)]
mod tests {
    use super::*;

    fn wait(next: Next<'_>) -> Option<u64> {
        match next {
            Next::Wait { ms, .. } => Some(ms),
            Next::Lost(_) => None,
        }
    }

    #[test]
    fn waits_double_up_to_the_longest_and_then_the_stream_is_lost() {
        let limits =
            HttpLimits { reconnects: 5, reconnect_wait_ms: 5_000, ..HttpLimits::default() };
        let mut patience = Reconnect::standalone(&limits);
        let waits: Vec<_> = core::iter::from_fn(|| wait(patience.broken(0))).collect();
        assert_eq!(waits, [1_000, 2_000, 4_000, 5_000, 5_000]);
    }

    #[test]
    fn a_new_event_gives_new_patience_and_an_old_one_does_not() {
        let limits = HttpLimits { reconnects: 1, ..HttpLimits::default() };
        let mut patience = Reconnect::reply(&limits);
        patience.seen("a", None);
        assert_eq!(wait(patience.broken(0)), Some(1_000));
        patience.seen("a", None);
        assert_eq!(patience.broken(0), Next::Lost(Some(HttpLimit::Reconnects)));
        patience.seen("b", None);
        assert_eq!(wait(patience.broken(0)), Some(1_000));
    }

    #[test]
    fn a_connection_that_held_for_long_gives_new_patience() {
        let limits = HttpLimits { reconnects: 1, ..HttpLimits::default() };
        let mut patience = Reconnect::standalone(&limits);
        for held in [10_000, 60_000, 3_600_000] {
            assert_eq!(wait(patience.broken(0)), Some(1_000));
            patience.held(held);
        }
        assert_eq!(wait(patience.broken(0)), Some(1_000));
        patience.held(9_999);
        assert_eq!(patience.broken(0), Next::Lost(Some(HttpLimit::Reconnects)));
    }

    #[test]
    fn an_id_that_is_too_long_to_be_sent_back_loses_the_stream() {
        let limits = HttpLimits { event_id_bytes: 3, ..HttpLimits::default() };
        let mut patience = Reconnect::reply(&limits);
        patience.seen("abc", None);
        assert!(wait(patience.broken(0)).is_some());
        patience.seen("abcd", None);
        assert_eq!(patience.broken(0), Next::Lost(Some(HttpLimit::EventIdBytes)));
    }

    #[test]
    fn jitter_makes_a_wait_longer_by_no_more_than_an_eighth() {
        for jitter in [0, 1, 62, 63, 1 << 40, u64::MAX] {
            let mut patience = Reconnect::reply(&HttpLimits::default());
            patience.seen("a", Some(500));
            let ms = wait(patience.broken(jitter)).expect("resumable");
            assert!((500..=562).contains(&ms), "{ms}");
        }
    }
}

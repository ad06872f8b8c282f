//! Rows 75 and 76: how many sessions there may be, whose they are, and when they end.

use mcp_engine::http::{Entropy, HttpLimits, Rejection, SessionId, Sessions};
use mcp_engine::version::Version;
use mcp_engine::{Now, Seed};

use crate::request::refusal;

const UNKNOWN: &str = "404 -32600 session-unknown";
const MINUTE: u64 = 60 * 1_000_000_000;

fn at(ns: u64) -> Now {
    Now { mono_ns: ns, unix_ms: 0 }
}

/// Entropy that is different for every number.
fn entropy(number: u64) -> Entropy {
    let mut bytes = [0x55; 24];
    bytes[8..16].copy_from_slice(&number.to_be_bytes());
    Entropy(bytes)
}

struct Table {
    sessions: Sessions<u64>,
    opened: u64,
}

impl Table {
    fn new(limits: HttpLimits) -> Self {
        Self { sessions: Sessions::new(&limits, Seed([1, 2])), opened: 0 }
    }

    fn open(&mut self, principal: &str, ns: u64) -> Result<SessionId, Rejection> {
        self.opened += 1;
        let version = Version::V2025_11_25;
        let (entropy, value) = (entropy(self.opened), self.opened);
        let opened = self.sessions.open(entropy, principal.as_bytes(), version, value, at(ns))?;
        Ok(opened.id)
    }

    fn enter(&mut self, id: &str, principal: &str, ns: u64) -> Result<u64, String> {
        let session = self.sessions.enter(id.as_bytes(), principal.as_bytes(), at(ns));
        session.map(|session| session.value).map_err(|rejection| refusal(&rejection))
    }
}

#[test]
fn row_75_a_flood_of_initializations_is_503_at_the_cap_and_time_frees_all() {
    let limits = HttpLimits { sessions: 1_000, principal_sessions: 1_000, ..HttpLimits::default() };
    let mut table = Table::new(limits);
    let mut refused = 0;
    for _ in 0..100_000 {
        match table.open("", 0) {
            Ok(_) => {}
            Err(rejection) => {
                assert_eq!(rejection.status().code(), 503);
                assert_eq!(rejection.header().map(|(name, _)| name), Some("retry-after"));
                refused += 1;
            }
        }
        assert!(table.sessions.len() <= 1_000);
    }
    assert_eq!(refused, 99_000);
    assert_eq!(table.sessions.poll_timeout(), Some(30 * MINUTE));
    assert!(table.sessions.expire(at(30 * MINUTE - 1)).is_none());
    let expired = std::iter::from_fn(|| table.sessions.expire(at(30 * MINUTE))).count();
    assert_eq!(expired, 1_000);
    assert!(table.sessions.is_empty() && table.sessions.poll_timeout().is_none());
    assert!(table.open("", 30 * MINUTE).is_ok());
}

#[test]
fn row_75_a_principal_has_a_cap_of_its_own_and_cannot_lock_others_out() {
    let limits = HttpLimits { sessions: 100, principal_sessions: 10, ..HttpLimits::default() };
    let mut table = Table::new(limits);
    let mut ids: Vec<_> = (0..10).map(|_| table.open("mallory", 0).expect("room")).collect();
    for _ in 0..1_000 {
        let refused = table.open("mallory", 0).expect_err("too many");
        assert_eq!(refusal(&refused), "503 -32600 principal-sessions");
    }
    assert!(table.open("alice", 0).is_ok());
    let id = ids.pop().expect("one");
    table.sessions.close(id.as_str().as_bytes(), b"mallory", at(1)).expect("closed");
    assert!(table.open("mallory", 1).is_ok());
    assert!(table.open("mallory", 1).is_err());
}

#[test]
fn row_75_callers_without_a_name_are_no_principal_and_share_the_whole_table() {
    let limits = HttpLimits { sessions: 100, principal_sessions: 10, ..HttpLimits::default() };
    let mut table = Table::new(limits);
    for _ in 0..100 {
        table.open("", 0).expect("room");
    }
    assert_eq!(refusal(&table.open("", 0).expect_err("full")), "503 -32600 sessions");
}

#[test]
fn row_75_a_session_that_expired_makes_room_and_is_handed_back() {
    let limits = HttpLimits { sessions: 1, ..HttpLimits::default() };
    let mut table = Table::new(limits);
    let first = table.open("a", 0).expect("room");
    assert_eq!(refusal(&table.open("b", MINUTE).expect_err("full")), "503 -32600 sessions");
    let opened = table
        .sessions
        .open(entropy(9), b"b", Version::V2025_06_18, 9, at(30 * MINUTE))
        .expect("room was made");
    let expired = opened.expired.expect("the first one");
    assert_eq!((expired.id, expired.value), (first, 1));
    assert_eq!(table.sessions.len(), 1);
    // A refused opening leaves no trace of its principal.
    for _ in 0..10 {
        assert!(table.open("c", 30 * MINUTE).is_err());
    }
    table.sessions.end(&opened.id).expect("the second one");
    assert!(table.open("c", 30 * MINUTE).is_ok());
}

#[test]
fn row_76_only_the_principal_that_opened_a_session_finds_it() {
    let mut table = Table::new(HttpLimits::default());
    let id = table.open("alice", 0).expect("room");
    assert_eq!(table.enter(id.as_str(), "alice", 1), Ok(1));
    for principal in ["", "mallory", "alic", "alice2", "Alice"] {
        assert_eq!(table.enter(id.as_str(), principal, 1), Err(UNKNOWN.to_owned()));
        let sessions = &mut table.sessions;
        let (id, principal) = (id.as_str().as_bytes(), principal.as_bytes());
        assert!(sessions.hold(id, principal, at(1)).is_err());
        assert!(sessions.close(id, principal, at(1)).is_err());
    }
    assert_eq!(table.enter(id.as_str(), "alice", 2), Ok(1));
}

#[test]
fn row_76_ids_that_are_guessed_or_far_too_long_are_404() {
    let mut table = Table::new(HttpLimits::default());
    let id = table.open("a", 0).expect("room");
    let id = id.as_str();
    let mut guesses = vec![String::new(), "x".repeat(32), "x".repeat(64 << 10), format!("{id}A")];
    guesses.extend([id[1..].to_owned(), id.to_uppercase(), id.to_lowercase(), format!(" {id}")]);
    guesses.extend((0..32).map(|at| {
        let other = if &id[at..=at] == "A" { "B" } else { "A" };
        format!("{}{other}{}", &id[..at], &id[at + 1..])
    }));
    for guess in guesses.into_iter().filter(|guess| guess != id) {
        assert_eq!(table.enter(&guess, "a", 0), Err(UNKNOWN.to_owned()), "{guess:.40}");
    }
    assert_eq!(table.enter(id, "a", 0), Ok(1));
}

#[test]
fn row_76_a_session_that_was_closed_is_gone_and_leaves_room() {
    let mut table = Table::new(HttpLimits { sessions: 1, ..HttpLimits::default() });
    for number in 1..=100 {
        let id = table.open("a", 0).expect("the one before was closed");
        let closed = table.sessions.close(id.as_str().as_bytes(), b"a", at(0)).expect("there");
        assert_eq!(closed.value, number);
        assert_eq!(table.enter(id.as_str(), "a", 0), Err(UNKNOWN.to_owned()));
        assert!(table.sessions.close(id.as_str().as_bytes(), b"a", at(0)).is_err());
        table.sessions.release(&id, at(0));
    }
    assert!(table.sessions.is_empty());
}

#[test]
fn ids_are_never_given_twice() {
    let mut sessions = Sessions::new(&HttpLimits::default(), Seed([1, 2]));
    let mut open = |number| {
        sessions.open(entropy(number), b"a", Version::LATEST_LEGACY, (), at(0)).map(|open| open.id)
    };
    let one = open(1).expect("room");
    assert_ne!(open(2), Ok(one));
    assert_eq!(refusal(&open(1).expect_err("the same bytes")), "500 -32603 entropy-reused");
}

#[test]
fn every_use_begins_the_time_anew() {
    let mut table = Table::new(HttpLimits::default());
    let (one, two) = (table.open("a", 0).expect("room"), table.open("a", 1).expect("room"));
    for minute in 1..100 {
        assert_eq!(table.enter(one.as_str(), "a", minute * 29 * MINUTE), Ok(1));
    }
    assert_eq!(table.sessions.poll_timeout(), Some(30 * MINUTE + 1));
    assert_eq!(table.enter(two.as_str(), "a", 30 * MINUTE + 1), Err(UNKNOWN.to_owned()));
    let expired = table.sessions.expire(at(31 * MINUTE)).expect("the other one");
    assert_eq!(expired.id, two);
    assert!(table.sessions.expire(at(31 * MINUTE)).is_none());
    // The clock of one thread may lag behind that of another; no session lives shorter for it.
    assert_eq!(table.enter(one.as_str(), "a", 0), Ok(1));
    assert_eq!(table.enter(one.as_str(), "a", 99 * 29 * MINUTE + 29 * MINUTE), Ok(1));
}

#[test]
fn a_session_that_is_held_does_not_expire() {
    let mut table = Table::new(HttpLimits::default());
    let id = table.open("a", 0).expect("room");
    let text = id.as_str().to_owned();
    for _ in 0..2 {
        table.sessions.hold(text.as_bytes(), b"a", at(0)).expect("there");
    }
    assert_eq!(table.sessions.poll_timeout(), None);
    assert!(table.sessions.expire(at(1_000 * MINUTE)).is_none());
    assert_eq!(table.enter(&text, "a", 1_000 * MINUTE), Ok(1));
    table.sessions.release(&id, at(1_000 * MINUTE));
    assert!(table.sessions.expire(at(2_000 * MINUTE)).is_none(), "one hold is left");
    table.sessions.release(&id, at(2_000 * MINUTE));
    table.sessions.release(&id, at(2_001 * MINUTE));
    assert_eq!(table.sessions.poll_timeout(), Some(2_030 * MINUTE));
    assert!(table.sessions.expire(at(2_030 * MINUTE)).is_some());
}

#[test]
fn sessions_that_come_and_go_leave_the_table_as_it_was() {
    let mut table = Table::new(HttpLimits { sessions: 64, ..HttpLimits::default() });
    let mut open = std::collections::VecDeque::new();
    for ns in 0..200_000u64 {
        while open.len() >= 50 {
            let id: SessionId = open.pop_front().expect("one");
            assert!(table.sessions.close(id.as_str().as_bytes(), b"p", at(ns)).is_ok());
        }
        let id = table.open("p", ns).expect("room");
        open.push_back(id);
        let used = open[ns as usize * 7 % open.len()];
        assert!(table.enter(used.as_str(), "p", ns).is_ok());
    }
    for id in open {
        assert!(table.sessions.end(&id).is_some());
    }
    assert!(table.sessions.is_empty());
    assert_eq!(format!("{:?}", table.sessions), "Sessions { len: 0, owners: 0 }");
}

//! When what has failed is tried again.

use crate::error::{Error, Misuse};
use crate::limits::Limit;
use crate::slots::reserve;

/// How often a task is tried, and how long it waits before the next attempt.
///
/// The wait before attempt *n* + 1 is `initial_ns` · `factor`ⁿ⁻¹, at most `most_ns`, less a random part of it that `jitter` bounds.
///
/// ```
/// use mcp_engine_executor::{Failure, Policy};
///
/// let policy = Policy { attempts: 5, ..Policy::default() };
/// assert_eq!(policy.wait_ns(1, &Failure::default()), Some(100_000_000));
/// assert_eq!(policy.wait_ns(2, &Failure::default()), Some(200_000_000));
/// assert_eq!(policy.wait_ns(5, &Failure::default()), None);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    /// Attempts in all; 0 counts as 1, which is one attempt and no other.
    pub attempts: u32,
    /// Nanoseconds before the second attempt.
    pub initial_ns: u64,
    /// What each wait is multiplied by to get the next. Less than 1 counts as 1.
    pub factor: f64,
    /// Nanoseconds that a wait takes at most.
    pub most_ns: u64,
    /// The part of a wait that is random, from 0 to 1.
    pub jitter: f64,
    /// Kinds of failure after which there is no further attempt.
    pub final_kinds: Vec<Box<str>>,
}

impl Policy {
    /// One attempt.
    pub const ONCE: Self = Self {
        attempts: 1,
        initial_ns: 0,
        factor: 1.0,
        most_ns: 0,
        jitter: 0.0,
        final_kinds: Vec::new(),
    };

    /// How long to wait after attempt number `attempt` (from 1 on) has failed so, or `None` if there is no further attempt.
    pub fn wait_ns(&self, attempt: u32, failure: &Failure<'_>) -> Option<u64> {
        let is_final = self.final_kinds.iter().any(|kind| **kind == *failure.kind);
        if is_final || attempt >= self.attempts {
            return None;
        }
        if let Some(asked) = failure.retry_after_ns {
            return Some(asked);
        }
        let factor = if self.factor >= 1.0 { self.factor } else { 1.0 };
        let exponent = i32::try_from(attempt.saturating_sub(1)).unwrap_or(i32::MAX);
        let full = (self.initial_ns as f64 * factor.powi(exponent)).min(self.most_ns as f64);
        // The upper 53 bits are a number from 0 up to 1.
        let random = (failure.random >> 11) as f64 / (1u64 << 53) as f64;
        let jitter = if self.jitter > 0.0 { self.jitter.min(1.0) } else { 0.0 };
        Some((full * (1.0 - jitter * random)) as u64)
    }
}

impl Default for Policy {
    /// Three attempts, 100 ms and twice as long each time, at most 30 s, without jitter.
    fn default() -> Self {
        Self {
            attempts: 3,
            initial_ns: 100_000_000,
            factor: 2.0,
            most_ns: 30_000_000_000,
            jitter: 0.0,
            final_kinds: Vec::new(),
        }
    }
}

/// How an attempt has failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Failure<'a> {
    /// What the policy's `final_kinds` are compared with: the name of an error.
    pub kind: &'a str,
    /// Nanoseconds that the other side asked to wait, in place of the policy's.
    pub retry_after_ns: Option<u64>,
    /// Random bits for the jitter. The executor has no randomness of its own.
    pub random: u64,
}

/// Names a policy of a scheduler.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct PolicyId(pub(crate) u32);

impl PolicyId {
    /// One attempt: what holds where nothing else was said.
    pub const ONCE: Self = Self(0);

    /// The id as a number, for languages that have nothing better.
    pub const fn to_bits(self) -> u32 {
        self.0
    }

    /// The id that a number stands for. One that was made up names nothing, or another policy.
    pub const fn from_bits(bits: u32) -> Self {
        Self(bits)
    }
}

/// Policies by the names of what they are for.
///
/// A pattern is a name, which also stands for all dotted names that end with it (`search` for `tools.search`), or a prefix with a star behind
/// it, or a star alone. A name has the policy of the pattern that is the same, else of the longest one that it ends with, else of the longest
/// prefix, else of the star.
#[derive(Clone, Debug)]
pub(crate) struct Policies {
    policies: Vec<Policy>,
    patterns: Vec<(Box<str>, PolicyId)>,
    limit: usize,
}

impl Policies {
    pub(crate) fn new(limit: u32) -> Self {
        Self { policies: vec![Policy::ONCE], patterns: Vec::new(), limit: limit as usize }
    }

    /// Adds a policy, in place of the one that the same pattern had.
    pub(crate) fn add(&mut self, pattern: &str, policy: Policy) -> Result<PolicyId, Error> {
        let known = self.patterns.iter().find(|(known, _)| **known == *pattern);
        if let Some((_, id)) = known {
            let id = *id;
            if let Some(place) = self.policies.get_mut(id.0 as usize) {
                *place = policy;
            }
            return Ok(id);
        }
        if self.patterns.len() >= self.limit {
            return Err(Error::limit(Limit::Policies));
        }
        let id = PolicyId(self.policies.len() as u32);
        let mut name = String::new();
        name.try_reserve_exact(pattern.len()).map_err(|_| Error::limit(Limit::Memory))?;
        name.push_str(pattern);
        reserve(&mut self.policies, (id.0 as usize).saturating_add(1))?;
        reserve(&mut self.patterns, (id.0 as usize).saturating_add(1))?;
        self.policies.push(policy);
        self.patterns.push((name.into(), id));
        Ok(id)
    }

    /// The policy for a name. Linear in the number of patterns: keep the id.
    pub(crate) fn find(&self, name: &str) -> PolicyId {
        let matching = self.patterns.iter().filter_map(|(pattern, id)| {
            let rank = rank(pattern, name)?;
            Some(((rank, pattern.len()), *id))
        });
        matching.max_by_key(|(rank, _)| *rank).map_or(PolicyId::ONCE, |(_, id)| id)
    }

    pub(crate) fn get(&self, id: PolicyId) -> Result<&Policy, Error> {
        self.policies.get(id.0 as usize).ok_or(Error::ApiMisuse(Misuse::UnknownPolicy))
    }

    pub(crate) fn knows(&self, id: PolicyId) -> bool {
        (id.0 as usize) < self.policies.len()
    }

    /// What was added, in its order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &Policy)> {
        self.patterns.iter().filter_map(|(pattern, id)| Some((&**pattern, self.get(*id).ok()?)))
    }
}

/// How well a pattern fits a name, if it does.
fn rank(pattern: &str, name: &str) -> Option<u8> {
    if let Some(prefix) = pattern.strip_suffix('*') {
        return name.starts_with(prefix).then_some(u8::from(!prefix.is_empty()));
    }
    let before = name.strip_suffix(pattern)?;
    match before {
        "" => Some(3),
        before => (before.ends_with('.') && !pattern.is_empty()).then_some(2),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_closest_pattern_holds() {
        let mut policies = Policies::new(10);
        let mut add = |pattern| policies.add(pattern, Policy::default()).expect("room");
        let (all, tools, search, exact) =
            (add("*"), add("tools.*"), add("search"), add("tools.search"));
        let web = add("web.search");
        assert_eq!(policies.find("prompts.get"), all);
        assert_eq!(policies.find("tools.read"), tools);
        assert_eq!(policies.find("files.search"), search);
        assert_eq!(policies.find("my.web.search"), web);
        assert_eq!(policies.find("tools.search"), exact);
        assert_eq!(policies.find("research"), all);
        assert_eq!(Policies::new(1).find("research"), PolicyId::ONCE);
    }

    #[test]
    fn the_longest_prefix_holds() {
        let mut policies = Policies::new(10);
        let short = policies.add("a*", Policy::default()).expect("room");
        let long = policies.add("a.b*", Policy::default()).expect("room");
        assert_eq!(policies.find("a.bc"), long);
        assert_eq!(policies.find("a.c"), short);
    }

    #[test]
    fn a_pattern_is_kept_once_and_patterns_are_limited() {
        let mut policies = Policies::new(1);
        let first = policies.add("a", Policy::default()).expect("room");
        let again = Policy { attempts: 9, ..Policy::default() };
        assert_eq!(policies.add("a", again), Ok(first));
        assert_eq!(policies.get(first).map(|policy| policy.attempts), Ok(9));
        assert_eq!(policies.add("b", Policy::ONCE), Err(Error::limit(Limit::Policies)));
    }

    #[test]
    fn waits_grow_to_their_bound() {
        let policy = Policy { attempts: 9, most_ns: 500_000_000, ..Policy::default() };
        let waits = (1..=9).map(|attempt| policy.wait_ns(attempt, &Failure::default()));
        let ms: Vec<_> = waits.map(|wait| wait.map(|ns| ns / 1_000_000)).collect();
        let (most, none) = (Some(500), None);
        assert_eq!(ms, [Some(100), Some(200), Some(400), most, most, most, most, most, none]);
    }

    #[test]
    fn jitter_takes_off_at_most_its_part() {
        let policy = Policy { jitter: 0.5, ..Policy::default() };
        let most = Failure { random: u64::MAX, ..Failure::default() };
        assert_eq!(policy.wait_ns(1, &Failure::default()), Some(100_000_000));
        let wait = policy.wait_ns(1, &most).expect("a second attempt");
        assert!((50_000_000..50_000_100).contains(&wait), "{wait}");
    }

    #[test]
    fn final_kinds_end_it_and_the_other_side_may_ask_for_time() {
        let policy = Policy { final_kinds: vec!["ValueError".into()], ..Policy::default() };
        let failure = |kind| Failure { kind, retry_after_ns: Some(7), random: 0 };
        assert_eq!(policy.wait_ns(1, &failure("ValueError")), None);
        assert_eq!(policy.wait_ns(1, &failure("OSError")), Some(7));
    }

    #[test]
    fn numbers_out_of_range_do_no_harm() {
        let policy = Policy {
            attempts: u32::MAX,
            initial_ns: u64::MAX,
            factor: f64::NAN,
            most_ns: !0,
            jitter: f64::NAN,
            final_kinds: Vec::new(),
        };
        assert_eq!(policy.wait_ns(u32::MAX - 1, &Failure::default()), Some(u64::MAX));
    }
}

//! How often each rule and each limit has refused a request.

use super::{Cause, HttpLimit, HttpRule, Rejection};

/// What an endpoint has refused since it was made, by rule and by limit.
///
/// ```
/// use mcp_engine_proto::http::{HttpCounters, HttpLimit, Rejection};
///
/// let mut counters = HttpCounters::default();
/// counters.refuse(&Rejection::from(HttpLimit::Sessions));
/// assert_eq!(counters.rules().collect::<Vec<_>>(), [("sessions", 1)]);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpCounters {
    /// Bodies that were no message; the decoder's own [`Counters`](crate::Counters) say why.
    pub messages: u64,
    rules: [u64; HttpRule::ALL.len()],
    limits: [u64; HttpLimit::ALL.len()],
}

impl HttpCounters {
    /// Counts a refusal.
    pub fn refuse(&mut self, rejection: &Rejection) {
        let count = match rejection.cause() {
            Cause::Rule(rule) => self.rules.get_mut(rule as usize),
            Cause::Limit(limit) => self.limits.get_mut(limit as usize),
            Cause::Message(_) => Some(&mut self.messages),
        };
        if let Some(count) = count {
            *count = count.wrapping_add(1);
        }
    }

    /// Every rule and limit that has refused something, by name, and how often.
    pub fn rules(&self) -> impl Iterator<Item = (&'static str, u64)> + '_ {
        let rules = HttpRule::ALL.iter().map(|rule| rule.name()).zip(self.rules);
        let limits = HttpLimit::ALL.iter().map(|limit| limit.name()).zip(self.limits);
        rules.chain(limits).filter(|(_, count)| *count > 0)
    }
}

impl Default for HttpCounters {
    fn default() -> Self {
        Self { messages: 0, rules: [0; HttpRule::ALL.len()], limits: [0; HttpLimit::ALL.len()] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_and_every_limit_has_a_count_and_a_name_of_its_own() {
        let mut counters = HttpCounters::default();
        for rule in HttpRule::ALL {
            counters.refuse(&Rejection::from(*rule));
        }
        for limit in HttpLimit::ALL {
            counters.refuse(&Rejection::from(*limit));
        }
        let mut names: Vec<_> = counters.rules().collect();
        assert!(names.iter().all(|(_, count)| *count == 1));
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), HttpRule::ALL.len().saturating_add(HttpLimit::ALL.len()));
    }
}

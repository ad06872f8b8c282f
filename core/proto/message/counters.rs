//! How often each thing happened on a stream.

use super::Kind;
use crate::error::{
    Error, Fault, FrameRule, Incompatible, JsonRule, MessageRule, Misuse, PeerRule,
};
use crate::limits::Limit;

/// What a decoder has seen since it was made: messages by kind, and refusals by rule and by limit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Bytes that were read, whatever became of them.
    pub bytes: u64,
    /// Lines with nothing but white space, which are ignored.
    pub blank: u64,
    /// Batches (MCP 2025-03-26), each holding messages that are counted on their own.
    pub batches: u64,
    kinds: [u64; Kind::ALL.len()],
    /// Made with the first refusal: most streams have none, and this is most of what a stream that idles would hold.
    refused: Option<Box<Refused>>,
}

/// Refusals, by what was broken.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Refused {
    frame: [u64; FrameRule::ALL.len()],
    json: [u64; JsonRule::ALL.len()],
    message: [u64; MessageRule::ALL.len()],
    peer: [u64; PeerRule::ALL.len()],
    incompatible: [u64; Incompatible::ALL.len()],
    limit: [u64; Limit::ALL.len()],
    misuse: [u64; Misuse::ALL.len()],
}

impl Counters {
    /// Valid messages of a kind.
    pub fn messages(&self, kind: Kind) -> u64 {
        let at = (kind as usize).saturating_sub(1);
        self.kinds.get(at).copied().unwrap_or_default()
    }

    /// Valid messages of all kinds.
    pub fn all_messages(&self) -> u64 {
        self.kinds.iter().sum()
    }

    /// Refusals of one fault.
    pub fn faults(&self, fault: Fault) -> u64 {
        self.refused.as_ref().map_or(0, |refused| refused.of(fault).iter().sum())
    }

    /// Refusals by the rule of `error`, wherever they were.
    pub fn refusals(&self, error: Error) -> u64 {
        let refused = self.refused.as_ref();
        let count = refused.and_then(|refused| refused.of(error.fault()).get(rule_of(error)));
        count.copied().unwrap_or_default()
    }

    /// Every rule and limit that refused something, by name, with its fault and how often.
    pub fn rules(&self) -> impl Iterator<Item = (Fault, &'static str, u64)> + '_ {
        let named = self.refused.as_ref().into_iter().flat_map(|refused| {
            let rules = Fault::ALL.into_iter().flat_map(names);
            rules.zip(Fault::ALL.into_iter().flat_map(|fault| refused.of(fault)))
        });
        named.filter(|(_, count)| **count > 0).map(|((fault, name), count)| (fault, name, *count))
    }

    #[inline]
    pub(crate) fn read(&mut self, n: usize) {
        self.bytes = self.bytes.wrapping_add(n as u64);
    }

    #[inline]
    pub(crate) fn accept(&mut self, kind: u8) {
        if let Some(count) = self.kinds.get_mut(usize::from(kind).wrapping_sub(1)) {
            *count = count.wrapping_add(1);
        }
    }

    pub(crate) fn refuse(&mut self, error: Error) {
        let refused = self.refused.get_or_insert_default();
        if let Some(count) = refused.of_mut(error.fault()).get_mut(rule_of(error)) {
            *count = count.wrapping_add(1);
        }
    }
}

impl Refused {
    fn of(&self, fault: Fault) -> &[u64] {
        match fault {
            Fault::Frame => &self.frame,
            Fault::Json => &self.json,
            Fault::Message => &self.message,
            Fault::Peer => &self.peer,
            Fault::Incompatible => &self.incompatible,
            Fault::Limit => &self.limit,
            Fault::Misuse => &self.misuse,
        }
    }

    fn of_mut(&mut self, fault: Fault) -> &mut [u64] {
        match fault {
            Fault::Frame => &mut self.frame,
            Fault::Json => &mut self.json,
            Fault::Message => &mut self.message,
            Fault::Peer => &mut self.peer,
            Fault::Incompatible => &mut self.incompatible,
            Fault::Limit => &mut self.limit,
            Fault::Misuse => &mut self.misuse,
        }
    }
}

/// Which of the rules of its fault an error is about.
fn rule_of(error: Error) -> usize {
    match error {
        Error::InvalidFrame { rule, .. } => rule as usize,
        Error::InvalidJson { rule, .. } => rule as usize,
        Error::InvalidMessage { rule, .. } => rule as usize,
        Error::PeerMisbehaved { rule, .. } => rule as usize,
        Error::PeerIncompatible(rule) => rule as usize,
        Error::LimitExceeded { limit, .. } => limit as usize,
        Error::ApiMisuse(misuse) => misuse as usize,
    }
}

/// The names of the rules of a fault, in the order in which they are counted.
fn names(fault: Fault) -> impl Iterator<Item = (Fault, &'static str)> {
    (0..).map_while(move |rule| Some((fault, name(fault, rule)?)))
}

fn name(fault: Fault, rule: usize) -> Option<&'static str> {
    match fault {
        Fault::Frame => FrameRule::ALL.get(rule).map(|rule| rule.name()),
        Fault::Json => JsonRule::ALL.get(rule).map(|rule| rule.name()),
        Fault::Message => MessageRule::ALL.get(rule).map(|rule| rule.name()),
        Fault::Peer => PeerRule::ALL.get(rule).map(|rule| rule.name()),
        Fault::Incompatible => Incompatible::ALL.get(rule).map(|rule| rule.name()),
        Fault::Limit => Limit::ALL.get(rule).map(|rule| rule.name()),
        Fault::Misuse => Misuse::ALL.get(rule).map(|rule| rule.name()),
    }
}

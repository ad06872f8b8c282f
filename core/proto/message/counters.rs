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
        match fault {
            Fault::Frame => self.frame.iter().sum(),
            Fault::Json => self.json.iter().sum(),
            Fault::Message => self.message.iter().sum(),
            Fault::Peer => self.peer.iter().sum(),
            Fault::Incompatible => self.incompatible.iter().sum(),
            Fault::Limit => self.limit.iter().sum(),
            Fault::Misuse => self.misuse.iter().sum(),
        }
    }

    /// Refusals by the rule of `error`, wherever they were.
    pub fn refusals(&self, error: Error) -> u64 {
        let count = match error {
            Error::InvalidFrame { rule, .. } => self.frame.get(rule as usize),
            Error::InvalidJson { rule, .. } => self.json.get(rule as usize),
            Error::InvalidMessage { rule, .. } => self.message.get(rule as usize),
            Error::PeerMisbehaved { rule, .. } => self.peer.get(rule as usize),
            Error::PeerIncompatible(rule) => self.incompatible.get(rule as usize),
            Error::LimitExceeded { limit, .. } => self.limit.get(limit as usize),
            Error::ApiMisuse(misuse) => self.misuse.get(misuse as usize),
        };
        count.copied().unwrap_or_default()
    }

    /// Every rule and limit that refused something, by name, with its fault and how often.
    pub fn rules(&self) -> impl Iterator<Item = (Fault, &'static str, u64)> + '_ {
        let frame = FrameRule::ALL.iter().map(|rule| (Fault::Frame, rule.name()));
        let json = JsonRule::ALL.iter().map(|rule| (Fault::Json, rule.name()));
        let message = MessageRule::ALL.iter().map(|rule| (Fault::Message, rule.name()));
        let peer = PeerRule::ALL.iter().map(|rule| (Fault::Peer, rule.name()));
        let incompatible = Incompatible::ALL.iter().map(|rule| (Fault::Incompatible, rule.name()));
        let limit = Limit::ALL.iter().map(|limit| (Fault::Limit, limit.name()));
        let misuse = Misuse::ALL.iter().map(|misuse| (Fault::Misuse, misuse.name()));
        let counts = [
            &self.frame[..],
            &self.json,
            &self.message,
            &self.peer,
            &self.incompatible,
            &self.limit,
            &self.misuse,
        ];
        let rules = frame
            .chain(json)
            .chain(message)
            .chain(peer)
            .chain(incompatible)
            .chain(limit)
            .chain(misuse);
        rules
            .zip(counts.into_iter().flatten())
            .filter(|(_, count)| **count > 0)
            .map(|((fault, name), count)| (fault, name, *count))
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
        if let Some(count) = self.slot(error) {
            *count = count.wrapping_add(1);
        }
    }

    fn slot(&mut self, error: Error) -> Option<&mut u64> {
        match error {
            Error::InvalidFrame { rule, .. } => self.frame.get_mut(rule as usize),
            Error::InvalidJson { rule, .. } => self.json.get_mut(rule as usize),
            Error::InvalidMessage { rule, .. } => self.message.get_mut(rule as usize),
            Error::PeerMisbehaved { rule, .. } => self.peer.get_mut(rule as usize),
            Error::PeerIncompatible(rule) => self.incompatible.get_mut(rule as usize),
            Error::LimitExceeded { limit, .. } => self.limit.get_mut(limit as usize),
            Error::ApiMisuse(misuse) => self.misuse.get_mut(misuse as usize),
        }
    }
}

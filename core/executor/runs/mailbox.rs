//! The mailbox of a run: signals that were sent to it, until whoever waits for them says that it has them.

use std::collections::VecDeque;

use super::run::Payload;
use crate::limits::{Limit, RunLimits};

/// Signals in the order of their versions.
#[derive(Debug, Default)]
pub(crate) struct Mailbox {
    kept: VecDeque<Signal>,
    /// Of names and payloads.
    bytes: usize,
    /// Of the last signal that was put in.
    version: u64,
}

#[derive(Clone, Debug)]
pub(crate) struct Signal {
    pub(crate) name: Box<str>,
    pub(crate) version: u64,
    pub(crate) payload: Payload,
}

impl Signal {
    fn bytes(&self) -> usize {
        self.name.len().saturating_add(self.payload.len())
    }
}

impl Mailbox {
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(crate) fn version(&self) -> u64 {
        self.version
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Signal> {
        self.kept.iter()
    }

    /// Whether there is room for one more signal of so many bytes.
    pub(crate) fn admits(&self, bytes: usize, limits: &RunLimits) -> Result<(), Limit> {
        if self.kept.len() >= limits.signals as usize {
            return Err(Limit::Signals);
        }
        let all = self.bytes.saturating_add(bytes);
        if all > limits.signal_bytes as usize { Err(Limit::SignalBytes) } else { Ok(()) }
    }

    /// Puts a signal in, which there is room for. Returns its version.
    pub(crate) fn put(&mut self, name: &str, payload: Payload) -> u64 {
        self.version = self.version.saturating_add(1);
        self.keep(Signal { name: name.into(), version: self.version, payload });
        self.version
    }

    /// Drops the signals of a name up to a version. Returns how many bytes that were. Linear in the number of signals that are kept.
    pub(crate) fn acknowledge(&mut self, name: &str, version: u64) -> usize {
        let before = self.bytes;
        let bytes = &mut self.bytes;
        self.kept.retain(|signal| {
            let stays = signal.version > version || *signal.name != *name;
            *bytes = bytes.saturating_sub(if stays { 0 } else { signal.bytes() });
            stays
        });
        before.saturating_sub(self.bytes)
    }

    /// The first signal of a name after a version.
    pub(crate) fn first(&self, name: &str, after: u64) -> Option<&Signal> {
        self.kept.iter().find(|signal| signal.version > after && *signal.name == *name)
    }

    /// Drops everything. Returns how many bytes that were.
    pub(crate) fn clear(&mut self) -> usize {
        self.kept = VecDeque::new();
        core::mem::take(&mut self.bytes)
    }

    /// Goes on at a version.
    pub(crate) fn set_version(&mut self, version: u64) {
        self.version = version;
    }

    /// Takes in a signal that has its version.
    pub(crate) fn keep(&mut self, signal: Signal) {
        self.bytes = self.bytes.saturating_add(signal.bytes());
        self.kept.push_back(signal);
    }
}

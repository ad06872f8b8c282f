//! The rules that a snapshot has to keep beyond its layout.

use crate::error::Error;

/// Refuses a snapshot that does not keep a rule, which is named by what is wrong.
pub(crate) fn require(holds: bool, wrong: &'static str) -> Result<(), Error> {
    if holds { Ok(()) } else { Err(Error::InvalidSnapshot(wrong)) }
}

/// Which places of a table were named.
#[derive(Debug)]
pub(crate) struct Named {
    named: Vec<bool>,
    count: usize,
}

impl Named {
    pub(crate) fn new(places: usize) -> Self {
        Self { named: vec![false; places], count: 0 }
    }

    /// Whether a place exists and was not named before. From now on it was.
    pub(crate) fn first(&mut self, slot: u32) -> bool {
        let Some(named) = self.named.get_mut(slot as usize) else { return false };
        self.count = self.count.saturating_add(1);
        !core::mem::replace(named, true)
    }

    /// How many were named.
    pub(crate) fn count(&self) -> usize {
        self.count
    }
}

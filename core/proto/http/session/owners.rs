//! Who has sessions, and how many.

use core::hash::Hasher;
use std::sync::Arc;

use hashbrown::HashTable;
use hashbrown::hash_table::Entry;
use siphasher::sip::SipHasher13;

use crate::http::{HttpLimit, HttpLimits};
use crate::json::Seed;

/// The principals that have sessions. Their names are shared with the sessions.
pub(super) struct Owners {
    seed: Seed,
    most: u32,
    longest: usize,
    owners: HashTable<Owner>,
}

struct Owner {
    name: Arc<[u8]>,
    sessions: u32,
}

impl Owners {
    pub(super) fn new(limits: &HttpLimits, seed: Seed) -> Self {
        Self {
            seed,
            most: limits.principal_sessions,
            longest: limits.principal_bytes as usize,
            owners: HashTable::new(),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.owners.len()
    }

    /// Counts one more session for a principal, unless that is one too many. Whoever need not say who they are have no name; they are many, and
    /// no limit of one principal is theirs.
    pub(super) fn add(&mut self, principal: &[u8]) -> Result<Arc<[u8]>, HttpLimit> {
        if principal.len() > self.longest {
            return Err(HttpLimit::PrincipalBytes);
        }
        let (seed, most) = (self.seed, if principal.is_empty() { u32::MAX } else { self.most });
        let same = |owner: &Owner| *owner.name == *principal;
        let entry = self.owners.entry(hash(seed, principal), same, |owner| hash(seed, &owner.name));
        match entry {
            Entry::Occupied(mut entry) => {
                let owner = entry.get_mut();
                if owner.sessions >= most {
                    return Err(HttpLimit::PrincipalSessions);
                }
                owner.sessions = owner.sessions.saturating_add(1);
                Ok(owner.name.clone())
            }
            Entry::Vacant(_) if most == 0 => Err(HttpLimit::PrincipalSessions),
            Entry::Vacant(entry) => {
                let name: Arc<[u8]> = principal.into();
                entry.insert(Owner { name: name.clone(), sessions: 1 });
                Ok(name)
            }
        }
    }

    /// Counts one session less; a principal without any is forgotten.
    pub(super) fn remove(&mut self, principal: &Arc<[u8]>) {
        let same = |owner: &Owner| owner.name == *principal;
        if let Ok(mut entry) = self.owners.find_entry(hash(self.seed, principal), same) {
            let owner = entry.get_mut();
            owner.sessions = owner.sessions.saturating_sub(1);
            if owner.sessions == 0 {
                entry.remove();
            }
        }
    }
}

/// A hash that nobody can foresee who does not know the seed.
pub(super) fn hash(seed: Seed, bytes: &[u8]) -> u64 {
    let mut hasher = SipHasher13::new_with_keys(seed.0[0], seed.0[1]);
    hasher.write(bytes);
    hasher.finish()
}

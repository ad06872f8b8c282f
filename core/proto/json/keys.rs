//! Which keys the open objects of a text have had: the duplicate-key check.
//!
//! A small object costs one multiplication and one bit test per key. Only when the bit is set are
//! the earlier keys of that object looked at, and an object with more than [`FEW`] keys moves to a
//! hash table with a secret seed, so that no choice of keys makes the check worse than linear.

use core::fmt;
use core::hash::{BuildHasher, Hasher};
use std::hash::RandomState;

use hashbrown::HashTable;
use siphasher::sip::SipHasher13;

use super::padded::Padded;
use super::unescape::unescape;

/// The seed of a hash table whose keys a peer chooses: with a seed that is known it could choose keys that collide. [`Seed::default`] is random.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Seed(pub [u64; 2]);

impl fmt::Debug for Seed {
    /// Without the seed, which is a secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Seed").finish_non_exhaustive()
    }
}

impl Default for Seed {
    /// A random one, which this process alone knows; the one place of the crate where chance comes in without being asked for. What tables find does not
    /// depend on their seed. What is sealed by one does: give [`Tasks`](crate::task::Tasks) and [`Tools`](crate::connection::Tools) a secret of yours
    /// where another process shall know the cursors of the one and what the other has approved of.
    fn default() -> Self {
        let state = RandomState::new();
        Self([state.hash_one(0), state.hash_one(1)])
    }
}

/// Where a key stands in its text, without its quotes.
#[derive(Clone, Copy)]
pub(super) struct Key {
    /// The lower half of its address: texts are shorter than 4 GiB, and the offset is worked out when it is needed.
    low: u32,
    /// The length, and [`ESCAPED`] when the key has escapes.
    len: u32,
}

/// The keys of all open objects. Kept from text to text, so that in the long run it allocates
/// nothing.
pub(super) struct Keys {
    seed: Seed,
    /// The innermost open object, and around it those outside, each where the next one in was opened.
    level: Level,
    outer: [Level; LEVELS],
    /// The keys of the open objects that have few, innermost last.
    few: Vec<Key>,
    /// The keys of objects that have many, of the whole text.
    many: HashTable<Wide>,
    /// How many objects of the text had to move to `many`.
    wides: u32,
    /// Whether the system refused memory for a key of the text, so that nobody knows whether it came twice.
    starved: bool,
}

/// One open object.
#[derive(Clone, Copy)]
struct Level {
    /// One bit for each hash that was seen.
    bloom: [u32; 8],
    /// Where in `few` its keys begin.
    first: u32,
    /// Which of the objects in `many` it is; 0 while it is none. The filter of one that is has all its bits set, so that
    /// every key is looked up.
    wide: u32,
}

#[derive(Clone, Copy)]
struct Wide {
    object: u32,
    key: Key,
}

impl Keys {
    pub(super) fn new(seed: Seed) -> Self {
        let level = Level { bloom: [0; 8], first: 0, wide: 0 };
        Self {
            seed,
            level,
            outer: [level; LEVELS],
            few: Vec::new(),
            many: HashTable::new(),
            wides: 0,
            starved: false,
        }
    }

    /// Forgets the text before.
    #[inline]
    pub(super) fn reset(&mut self) {
        self.few.clear();
        self.starved = false;
        if self.wides != 0 {
            self.wides = 0;
            self.many = HashTable::new();
        }
    }

    /// Opens the object at `depth`.
    #[inline(always)]
    pub(super) fn open(&mut self, depth: u32) {
        if let Some(outer) = self.outer.get_mut(depth as usize) {
            *outer = self.level;
            self.level = Level { bloom: [0; 8], first: self.few.len() as u32, wide: 0 };
        }
    }

    /// Closes the object at `depth`.
    #[inline(always)]
    pub(super) fn close(&mut self, depth: u32) {
        if let Some(outer) = self.outer.get(depth as usize) {
            self.few.truncate(self.level.first as usize);
            self.level = *outer;
        }
    }

    /// Adds a key without escapes to the innermost object; `false` when it has it already. `words` are its
    /// first eight bytes and its last eight; of a shorter key twice all bytes.
    #[inline(always)]
    pub(super) fn insert(&mut self, key: Key, words: [u64; 2], text: Padded<'_>) -> bool {
        let hash = hash(words);
        let Some(word) = self.level.bloom.get_mut((hash >> 61) as usize) else { return true };
        let with = *word | 1u32.wrapping_shl((hash >> 56) as u32);
        if *word == with {
            return self.insert_slowly(key, text);
        }
        *word = with;
        self.push(key);
        true
    }

    #[inline(always)]
    fn push(&mut self, key: Key) {
        if self.few.len() == self.few.capacity() && self.few.try_reserve(1).is_err() {
            self.starved = true;
            return;
        }
        self.few.push(key);
    }

    /// Whether every key of the text was looked at.
    #[inline]
    pub(super) fn are_all_known(&self) -> bool {
        !self.starved
    }

    /// Adds a key that is spelled with escapes.
    #[cold]
    pub(super) fn insert_escaped(&mut self, key: Key, text: Padded<'_>) -> bool {
        let decoded = unescape(key.raw(text));
        let words = match (decoded.first_chunk(), decoded.last_chunk()) {
            (Some(first), Some(last)) => [u64::from_le_bytes(*first), u64::from_le_bytes(*last)],
            _ => [decoded.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte)); 2],
        };
        let hash = hash(words);
        let key = Key { len: key.len | ESCAPED, ..key };
        if let Some(word) = self.level.bloom.get_mut((hash >> 61) as usize) {
            *word |= 1u32.wrapping_shl((hash >> 56) as u32);
        }
        self.insert_slowly(key, text)
    }

    /// The exact check, once the hash was seen or the object has many keys. An object with more than [`FEW`] comes here soon,
    /// as its filter fills up, and has no more keys than the filter has bits.
    #[inline(never)]
    fn insert_slowly(&mut self, key: Key, text: Padded<'_>) -> bool {
        let level = self.level;
        if level.wide != 0 {
            return self.insert_wide(level.wide, key, text);
        }
        let siblings = self.few.get(level.first as usize..).unwrap_or_default();
        if siblings.iter().any(|other| other.equals(key, text)) {
            return false;
        }
        if siblings.len() < FEW {
            self.push(key);
            return true;
        }
        self.widen(level.first as usize, text);
        self.insert_wide(self.wides, key, text)
    }

    /// Moves the keys of an object to the hash table.
    fn widen(&mut self, first: usize, text: Padded<'_>) {
        self.wides = self.wides.saturating_add(1);
        while self.few.len() > first {
            let Some(key) = self.few.pop() else { break };
            self.insert_wide(self.wides, key, text);
        }
        (self.level.bloom, self.level.wide) = ([u32::MAX; 8], self.wides);
    }

    fn insert_wide(&mut self, object: u32, key: Key, text: Padded<'_>) -> bool {
        let seed = self.seed;
        let hash = |wide: &Wide| wide.hash(seed, text);
        let wide = Wide { object, key };
        let same = |other: &Wide| other.object == object && other.key.equals(key, text);
        if self.many.try_reserve(1, hash).is_err() {
            self.starved = true;
            return true;
        }
        match self.many.entry(hash(&wide), same, hash) {
            hashbrown::hash_table::Entry::Occupied(_) => false,
            hashbrown::hash_table::Entry::Vacant(place) => {
                place.insert(wide);
                true
            }
        }
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys").field("few", &self.few.len()).field("wides", &self.wides).finish()
    }
}

impl Key {
    #[inline(always)]
    pub(super) fn new(low: u32, len: u32) -> Self {
        Self { low, len }
    }

    fn raw(self, text: Padded<'_>) -> &[u8] {
        let offset = self.low.wrapping_sub(text.low());
        text.slice(offset, offset.saturating_add(self.len & !ESCAPED))
    }

    fn equals(self, other: Self, text: Padded<'_>) -> bool {
        if (self.len | other.len) & ESCAPED == 0 {
            return self.len == other.len && self.raw(text) == other.raw(text);
        }
        *unescape(self.raw(text)) == *unescape(other.raw(text))
    }
}

impl Wide {
    fn hash(&self, seed: Seed, text: Padded<'_>) -> u64 {
        let mut hasher = SipHasher13::new_with_keys(seed.0[0], seed.0[1]);
        hasher.write_u32(self.object);
        if self.key.len & ESCAPED == 0 {
            hasher.write(self.key.raw(text));
        } else {
            hasher.write(&unescape(self.key.raw(text)));
        }
        hasher.finish()
    }
}

/// A quick hash of a key's first and last eight bytes. Keys that agree in these are told apart by the exact check.
#[inline(always)]
fn hash([first, last]: [u64; 2]) -> u64 {
    (first ^ last.rotate_left(29)).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

/// How many keys an object may have before it moves to the hash table at the next key that the filter does not clear.
const FEW: usize = 64;
/// One level for each depth, and one for the text itself.
const LEVELS: usize = crate::limits::Limits::MAX_DEPTH as usize + 1;
/// Texts are shorter than 2 GiB, so the highest bit of a length is free.
const ESCAPED: u32 = 1 << 31;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_that_nobody_gave_is_known_to_nobody() {
        assert_ne!(Seed::default(), Seed::default());
        assert_eq!(format!("{:?}", Seed([17, 4])), "Seed(..)");
    }
}

//! Which keys the open objects of a text have had: the duplicate-key check.
//!
//! A small object costs one multiplication and one bit test per key. Only when the bit is set are
//! the earlier keys of that object looked at, and an object with more than [`FEW`] keys moves to a
//! hash table with a secret seed, so that no choice of keys makes the check worse than linear.

use core::fmt;
use core::hash::Hasher;

use hashbrown::HashTable;
use siphasher::sip::SipHasher13;

use super::padded::Padded;
use super::string::unescape;

/// The seed of the hash table for objects with many keys. Give every process, or every stream, its
/// own random one: with a known seed an attacker can choose keys that collide.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seed(pub [u64; 2]);

/// Where a key stands in its text, without its quotes.
#[derive(Clone, Copy)]
pub(super) struct Key {
    offset: u32,
    /// The length, and [`ESCAPED`] when the key has escapes.
    len: u32,
}

/// The keys of all open objects. Kept from text to text, so that in the long run it allocates
/// nothing.
pub(crate) struct Keys {
    seed: Seed,
    levels: [Level; LEVELS],
    /// The keys of the open objects that have few, innermost last.
    few: Vec<Tagged>,
    /// The keys of objects that have many, of the whole text.
    many: HashTable<Wide>,
    /// How many objects of the text had to move to `many`.
    wides: u32,
}

#[derive(Clone, Copy)]
struct Level {
    /// One bit for each hash that was seen.
    bloom: [u64; 4],
    /// Where in `few` the keys of this object begin.
    first: u32,
    /// Which of the wide objects this is; 0 when it has few keys.
    wide: u32,
}

#[derive(Clone, Copy)]
struct Tagged {
    key: Key,
    tag: u32,
}

#[derive(Clone, Copy)]
struct Wide {
    object: u32,
    key: Key,
}

impl Keys {
    pub(crate) fn new(seed: Seed) -> Self {
        let level = Level {
            bloom: [0; 4],
            first: 0,
            wide: 0,
        };
        Self {
            seed,
            levels: [level; LEVELS],
            few: Vec::new(),
            many: HashTable::new(),
            wides: 0,
        }
    }

    /// Forgets the text before.
    #[inline]
    pub(crate) fn reset(&mut self) {
        self.few.clear();
        if self.wides != 0 {
            self.wides = 0;
            self.many = HashTable::new();
        }
    }

    /// Opens the object at `depth`.
    #[inline(always)]
    pub(super) fn open(&mut self, depth: u32) {
        if let Some(level) = self.levels.get_mut(depth as usize) {
            *level = Level {
                bloom: [0; 4],
                first: self.few.len() as u32,
                wide: 0,
            };
        }
    }

    /// Closes the object at `depth`.
    #[inline(always)]
    pub(super) fn close(&mut self, depth: u32) {
        if let Some(level) = self.levels.get(depth as usize) {
            self.few.truncate(level.first as usize);
        }
    }

    /// Adds a key to the object at `depth`; `false` when it has it already.
    #[inline(always)]
    pub(super) fn insert(&mut self, depth: u32, key: Key, text: Padded<'_>) -> bool {
        if key.len >= ESCAPED {
            return self.insert_escaped(depth, key, text);
        }
        let hash = hash(text.word(key.offset), key.last_word(text), key.len);
        self.insert_hashed(depth, key, hash, text)
    }

    #[inline(always)]
    fn insert_hashed(&mut self, depth: u32, key: Key, hash: u64, text: Padded<'_>) -> bool {
        let Some(level) = self.levels.get_mut(depth as usize) else {
            return true;
        };
        let Some(word) = level.bloom.get_mut((hash >> 56 & 3) as usize) else {
            return true;
        };
        let bit = 1u64 << (hash >> 58);
        let count = (self.few.len() as u32).wrapping_sub(level.first);
        if *word & bit != 0 || count >= FEW || level.wide != 0 {
            return self.insert_slowly(depth, key, hash as u32, text);
        }
        *word |= bit;
        self.few.push(Tagged {
            key,
            tag: hash as u32,
        });
        true
    }

    #[cold]
    fn insert_escaped(&mut self, depth: u32, key: Key, text: Padded<'_>) -> bool {
        let decoded = unescape(key.raw(text));
        let mut first = [0; 8];
        let mut last = [0; 8];
        let n = decoded.len().min(8);
        let tail = decoded.len().saturating_sub(8);
        first
            .iter_mut()
            .zip(&decoded)
            .for_each(|(to, from)| *to = *from);
        last.iter_mut()
            .zip(decoded.iter().skip(tail))
            .for_each(|(to, from)| *to = *from);
        let last = if n < 8 { 0 } else { u64::from_le_bytes(last) };
        let hash = hash(u64::from_le_bytes(first), last, decoded.len() as u32);
        self.insert_hashed(depth, key, hash, text)
    }

    /// The exact check, once the hash was seen or the object has many keys.
    #[inline(never)]
    fn insert_slowly(&mut self, depth: u32, key: Key, tag: u32, text: Padded<'_>) -> bool {
        let Some(level) = self.levels.get(depth as usize).copied() else {
            return true;
        };
        if level.wide != 0 {
            return self.insert_wide(level.wide, key, text);
        }
        let siblings = self.few.get(level.first as usize..).unwrap_or_default();
        if siblings
            .iter()
            .any(|other| other.tag == tag && other.key.equals(key, text))
        {
            return false;
        }
        if siblings.len() < FEW as usize {
            self.few.push(Tagged { key, tag });
            return true;
        }
        self.widen(depth, level.first as usize, text);
        self.insert_wide(self.wides, key, text)
    }

    /// Moves the keys of an object to the hash table.
    fn widen(&mut self, depth: u32, first: usize, text: Padded<'_>) {
        self.wides = self.wides.saturating_add(1);
        while self.few.len() > first {
            let Some(Tagged { key, .. }) = self.few.pop() else {
                break;
            };
            self.insert_wide(self.wides, key, text);
        }
        if let Some(level) = self.levels.get_mut(depth as usize) {
            level.wide = self.wides;
        }
    }

    fn insert_wide(&mut self, object: u32, key: Key, text: Padded<'_>) -> bool {
        let seed = self.seed;
        let hash = |wide: &Wide| wide.hash(seed, text);
        let wide = Wide { object, key };
        let same = |other: &Wide| other.object == object && other.key.equals(key, text);
        match self.many.entry(hash(&wide), same, hash) {
            hashbrown::hash_table::Entry::Occupied(_) => false,
            hashbrown::hash_table::Entry::Vacant(place) => {
                place.insert(wide);
                true
            }
        }
    }
}

impl Default for Keys {
    fn default() -> Self {
        Self::new(Seed::default())
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys")
            .field("few", &self.few.len())
            .field("wides", &self.wides)
            .finish()
    }
}

impl Key {
    #[inline(always)]
    pub(super) fn new(offset: u32, len: u32, escaped: bool) -> Self {
        Self {
            offset,
            len: if escaped { len | ESCAPED } else { len },
        }
    }

    fn raw(self, text: Padded<'_>) -> &[u8] {
        let len = self.len & !ESCAPED;
        text.slice(self.offset, self.offset.saturating_add(len))
    }

    /// The last eight bytes, or 0 when there are fewer.
    #[inline(always)]
    fn last_word(self, text: Padded<'_>) -> u64 {
        match self.len.checked_sub(8) {
            Some(tail) => text.word(self.offset.wrapping_add(tail)),
            None => 0,
        }
    }

    fn equals(self, other: Self, text: Padded<'_>) -> bool {
        if (self.len | other.len) & ESCAPED == 0 {
            return self.raw(text) == other.raw(text);
        }
        unescape(self.raw(text)) == unescape(other.raw(text))
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

/// A quick hash of a key's first and last eight bytes and its length. Keys that agree in these are
/// told apart by the exact check.
#[inline(always)]
fn hash(first: u64, last: u64, len: u32) -> u64 {
    let keep = u64::MAX >> 64u32.saturating_sub(len.saturating_mul(8)).min(63);
    let first = if len == 0 { 0 } else { first & keep };
    (first ^ last.rotate_left(29) ^ u64::from(len)).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

/// How many keys an object may have before it moves to the hash table.
const FEW: u32 = 64;
/// One level for each depth, and one for the text itself.
const LEVELS: usize = crate::limits::Limits::MAX_DEPTH as usize + 1;
/// Texts are shorter than 2 GiB, so the highest bit of a length is free.
const ESCAPED: u32 = 1 << 31;

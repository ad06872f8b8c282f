//! What was seen: messages by kind and method, faults by rule.
//!
//! All of it has a bound. The known methods have a place each; names that no revision of MCP knows are the
//! peer's to choose, so only the first of them get one, cut to a length, and the rest share another.

use std::collections::BTreeMap;

use mcp_engine_proto::{Error, Fault, Kind, Message, Method};

use crate::histogram::Histogram;

/// Counts of everything.
#[derive(Debug)]
pub(super) struct Tally {
    /// By kind, and in each kind by the number of the method; 0 is for responses.
    known: Vec<Stat>,
    unknown: BTreeMap<(u8, String), Stat>,
    rules: BTreeMap<(Fault, &'static str), u64>,
}

/// Sizes of messages of one sort.
#[derive(Clone, Debug, Default)]
pub(super) struct Stat {
    pub(super) count: u64,
    pub(super) bytes: u64,
    pub(super) largest: u32,
    sizes: Histogram<SIZES, 32>,
}

/// The messages of one kind and method.
#[derive(Debug)]
pub(super) struct Row<'a> {
    pub(super) kind: Kind,
    /// As the peer wrote it, except for its length.
    pub(super) method: &'a str,
    pub(super) stat: &'a Stat,
}

impl Tally {
    pub(super) fn new() -> Self {
        Self {
            known: vec![Stat::default(); Kind::ALL.len() * SLOTS],
            unknown: BTreeMap::new(),
            rules: BTreeMap::new(),
        }
    }

    /// Counts a message.
    #[inline]
    pub(super) fn accept(&mut self, message: &Message) {
        let index = message.index();
        if index.method_id == 0 && index.method.is_present() {
            self.unknown(message).add(index.len);
        } else if let Some(stat) = self.known.get_mut(slot(index.kind, index.method_id)) {
            stat.add(index.len);
        }
    }

    /// Counts a fault.
    pub(super) fn refuse(&mut self, error: Error) {
        let count = self.rules.entry((error.fault(), error.rule()));
        *count.or_default() += 1;
    }

    /// Faults by rule, the most frequent first.
    pub(super) fn rules(&self) -> Vec<(Fault, &'static str, u64)> {
        let rules = self.rules.iter();
        let mut rules: Vec<_> = rules.map(|((fault, rule), n)| (*fault, *rule, *n)).collect();
        rules.sort_by_key(|(.., count)| std::cmp::Reverse(*count));
        rules
    }

    /// All messages of one kind.
    pub(super) fn kind(&self, kind: Kind) -> Stat {
        let known = self.known.chunks(SLOTS).nth(kind as usize - 1);
        let unknown = self.unknown.iter();
        let unknown = unknown.filter(|((of, _), _)| *of == kind as u8);
        Stat::sum(known.into_iter().flatten().chain(unknown.map(|(_, stat)| stat)))
    }

    /// All messages.
    pub(super) fn total(&self) -> Stat {
        Stat::sum(self.known.iter().chain(self.unknown.values()))
    }

    /// The methods that occurred, by kind, the most frequent first.
    pub(super) fn methods(&self) -> Vec<Row<'_>> {
        let mut rows: Vec<Row<'_>> = self.known_methods().chain(self.unknown_methods()).collect();
        rows.sort_by_key(|row| (row.kind as u8, std::cmp::Reverse(row.stat.count), row.method));
        rows
    }

    fn known_methods(&self) -> impl Iterator<Item = Row<'_>> {
        let pairs = Kind::ALL.iter().flat_map(|kind| Method::ALL.iter().map(move |m| (kind, m)));
        pairs.filter_map(|(kind, method)| {
            let stat = self.known.get(slot(*kind as u8, method.id()))?;
            (stat.count > 0).then(|| Row { kind: *kind, method: method.name(), stat })
        })
    }

    fn unknown_methods(&self) -> impl Iterator<Item = Row<'_>> {
        self.unknown.iter().filter_map(|((kind, method), stat)| {
            Some(Row { kind: Kind::from_u8(*kind)?, method, stat })
        })
    }

    /// The place for a method that MCP does not know.
    #[cold]
    fn unknown(&mut self, message: &Message) -> &mut Stat {
        let name = message.method_name();
        let name = name.map(|name| shorten(&name.decode())).unwrap_or_default();
        let key = (message.kind() as u8, name);
        let full = self.unknown.len() >= MOST_UNKNOWN && !self.unknown.contains_key(&key);
        let key = if full { (key.0, OTHER.into()) } else { key };
        self.unknown.entry(key).or_default()
    }
}

impl Stat {
    #[inline]
    fn add(&mut self, size: u32) {
        self.count += 1;
        self.bytes += u64::from(size);
        self.largest = self.largest.max(size);
        self.sizes.add(size.into());
    }

    fn sum<'a>(stats: impl Iterator<Item = &'a Self>) -> Self {
        stats.filter(|stat| stat.count > 0).fold(Self::default(), |mut sum, stat| {
            sum.count += stat.count;
            sum.bytes += stat.bytes;
            sum.largest = sum.largest.max(stat.largest);
            sum.sizes.merge(&stat.sizes);
            sum
        })
    }

    /// The median size.
    pub(super) fn median(&self) -> u64 {
        self.sizes.median()
    }
}

#[inline]
fn slot(kind: u8, method_id: u8) -> usize {
    usize::from(kind).saturating_sub(1) * SLOTS + usize::from(method_id)
}

/// The name, or its beginning.
fn shorten(name: &str) -> String {
    match name.char_indices().nth(LONGEST_NAME) {
        None => name.into(),
        Some((end, _)) => format!("{}…", name.get(..end).unwrap_or_default()),
    }
}

/// One for each method, and one for none.
const SLOTS: usize = Method::ALL.len() + 1;
/// Unknown methods with a place of their own.
const MOST_UNKNOWN: usize = 256;
/// In characters.
const LONGEST_NAME: usize = 64;
/// Bits of the size that tell buckets apart: a median is within an eighth.
const SIZES: u32 = 3;
const OTHER: &str = "(other)";

#[cfg(test)]
mod tests {
    use super::{MOST_UNKNOWN, Tally};
    use mcp_engine_proto::{Decoder, Kind};

    fn tally(lines: impl Iterator<Item = String>) -> Result<Tally, Box<dyn std::error::Error>> {
        let (mut decoder, mut tally) = (Decoder::default(), Tally::new());
        for line in lines {
            decoder.feed(line.as_bytes())?;
            decoder.feed(b"\n")?;
            while let Some(message) = decoder.poll() {
                tally.accept(&message?);
            }
        }
        Ok(tally)
    }

    #[test]
    fn unknown_methods_cannot_fill_the_table() -> Result<(), Box<dyn std::error::Error>> {
        let call = |n: usize| format!(r#"{{"jsonrpc":"2.0","id":1,"method":"x{n}"}}"#);
        let tally = tally((0..1000).map(call))?;
        let rows = tally.methods();
        assert_eq!(rows.len(), MOST_UNKNOWN + 1);
        let first = rows.first().map(|row| (row.method, row.stat.count));
        assert_eq!(first, Some(("(other)", 1000 - MOST_UNKNOWN as u64)));
        assert_eq!(tally.kind(Kind::Request).count, 1000);
        Ok(())
    }

    #[test]
    fn long_names_are_cut() -> Result<(), Box<dyn std::error::Error>> {
        let name = "é".repeat(5000);
        let line = format!(r#"{{"jsonrpc":"2.0","method":"{name}"}}"#);
        let tally = tally(std::iter::once(line))?;
        assert!(tally.methods().iter().all(|row| row.method.chars().count() == 65));
        Ok(())
    }
}

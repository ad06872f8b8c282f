//! A prepared run of messages: one wire, one line per message, and where each line lies.
//!
//! Streams stand between the corpus and the contenders. A hot stream stays inside half of the L2
//! cache and is repeated; a cold one is at least twice the L2 cache, so that neither the data nor
//! the branch predictor's memory of it survives a pass.

use std::fs;
use std::ops::Range;

use crate::corpus::{self, Kind, Sent, Side};

/// Lines in the order they were sent, each ending in a newline that its span leaves out.
pub(crate) struct Stream {
    wire: Vec<u8>,
    spans: Vec<(Range<usize>, Side)>,
}

/// One line of a stream without its newline, and who sent it.
#[derive(Clone, Copy)]
pub(crate) struct Message<'s> {
    pub(crate) line: &'s [u8],
    pub(crate) side: Side,
}

impl Stream {
    /// Distinct variants that fit in half of L2: thousands of a small kind, a single one of 1 MB.
    /// Only a mixed session, which cannot be cut below a thousand messages, may exceed it.
    pub(crate) fn hot(kind: Kind) -> Self {
        let fitting = l2_bytes() / 2 / kind.bytes();
        Self::of(kind, fitting.clamp(1, HOT_MOST))
    }

    /// At least twice L2 and, where that is affordable, at least eight thousand distinct messages.
    pub(crate) fn cold(kind: Kind) -> Self {
        let overflowing = (2 * l2_bytes()).div_ceil(kind.bytes()) * 9 / 8;
        let floor = if kind.bytes() <= COLD_SMALL { COLD_LEAST } else { 1 };
        Self::of(kind, overflowing.max(floor))
    }

    /// The first `count` variants of `kind`, which are the same in every run.
    pub(crate) fn of(kind: Kind, count: usize) -> Self {
        corpus::messages(kind, count).into_iter().collect()
    }

    pub(crate) fn messages(&self) -> impl Iterator<Item = Message<'_>> {
        self.spans
            .iter()
            .map(|(span, side)| Message { line: &self.wire[span.clone()], side: *side })
    }

    /// The whole wire, newlines included.
    pub(crate) fn wire(&self) -> &[u8] {
        &self.wire
    }

    pub(crate) fn len(&self) -> usize {
        self.spans.len()
    }

    /// The longest line, for scratch that must not grow while it is timed.
    pub(crate) fn longest(&self) -> usize {
        self.spans.iter().map(|(span, _)| span.len()).max().unwrap_or(0)
    }
}

impl FromIterator<Sent> for Stream {
    fn from_iter<I: IntoIterator<Item = Sent>>(sent: I) -> Self {
        let mut stream = Self { wire: Vec::new(), spans: Vec::new() };
        for Sent { line, side } in sent {
            let start = stream.wire.len();
            stream.wire.extend_from_slice(line.as_bytes());
            stream.spans.push((start..stream.wire.len(), side));
            stream.wire.push(b'\n');
        }
        stream
    }
}

/// The second-level cache of the first processor, as the kernel states it.
fn l2_bytes() -> usize {
    let stated = fs::read_to_string("/sys/devices/system/cpu/cpu0/cache/index2/size");
    stated
        .ok()
        .and_then(|size| size.trim().strip_suffix('K')?.parse::<usize>().ok())
        .map_or(L2_FALLBACK, |kib| kib << 10)
}

const L2_FALLBACK: usize = 2 << 20;
const HOT_MOST: usize = 4096;
const COLD_LEAST: usize = 8192;
const COLD_SMALL: usize = 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_cover_the_wire_but_for_newlines() {
        let stream = Stream::of(Kind::Call, 50);
        let mut joined = Vec::new();
        for message in stream.messages() {
            joined.extend_from_slice(message.line);
            joined.push(b'\n');
        }
        assert_eq!(joined, stream.wire());
        assert_eq!(stream.len(), 50);
    }

    #[test]
    fn cold_streams_overflow_the_cache_and_hot_ones_do_not() {
        for kind in [Kind::Call, Kind::Tools] {
            assert!(Stream::cold(kind).wire().len() >= 2 * l2_bytes(), "{}", kind.name());
            assert!(Stream::hot(kind).wire().len() <= l2_bytes(), "{}", kind.name());
        }
        assert!(Stream::cold(Kind::Mixed).wire().len() >= 2 * l2_bytes());
    }
}

//! Where quotes and backslashes stand in a text, a block of bytes at a time.
//!
//! A text that has been validated is walked again by whoever reads it. What a walk costs are the guesses that the processor makes wrong, so a block is as
//! long as most texts between two such bytes.

pub(super) use super::arch::quotes_and_backslashes;

/// One bit for each byte of a block that is a quote or a backslash, the first byte in the lowest bit.
#[inline]
pub(super) fn specials(block: &Block) -> u32 {
    let (quotes, backslashes) = quotes_and_backslashes(block);
    quotes | backslashes
}

/// What has been seen of the escapes of a text that is looked at block by block.
#[derive(Default)]
pub(super) struct Escapes {
    /// One when the first byte of the next block is escaped.
    next: u32,
}

impl Escapes {
    /// The bytes of the next block that are escaped: those behind an odd number of backslashes. An addition carries the start of each run of backslashes
    /// to its end; where a run begins at an odd place, that of its end says the contrary.
    #[inline]
    pub(super) fn escaped(&mut self, backslashes: u32) -> u32 {
        let begin = backslashes & !self.next;
        let follows = begin << 1 | self.next;
        let odd = begin & ODD & !follows;
        let (ends, over) = odd.overflowing_add(begin);
        self.next = u32::from(over);
        (!ODD ^ (ends << 1)) & follows
    }
}

/// The block at the start of a text. Behind the end of a shorter text it has zeros, which are neither quote nor backslash.
#[inline]
pub(super) fn block(text: &[u8]) -> Block {
    match text.first_chunk() {
        Some(block) => *block,
        None => last_block(text),
    }
}

#[cold]
fn last_block(text: &[u8]) -> Block {
    let mut block = [0; BLOCK];
    if let Some(place) = block.get_mut(..text.len()) {
        place.copy_from_slice(text);
    }
    block
}

pub(super) type Block = [u8; BLOCK];

/// Bytes in a block.
pub(super) const BLOCK: usize = 32;

/// Every second place of a block.
const ODD: u32 = 0xaaaa_aaaa;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_escaped_by_odd_runs_of_backslashes_wherever_blocks_end() {
        for run in 0..70 {
            for before in 0..70 {
                let text = ["a".repeat(before), "\\".repeat(run), "\"b\"".to_owned()].concat();
                let mut escapes = Escapes::default();
                let mut found = Vec::new();
                for start in (0..text.len()).step_by(BLOCK) {
                    let (_, backslashes) =
                        quotes_and_backslashes(&block(&text.as_bytes()[start..]));
                    let escaped = escapes.escaped(backslashes);
                    found.extend(
                        (0..BLOCK).filter(|at| escaped & 1 << at != 0).map(|at| start + at),
                    );
                }
                let expected = (before + 1..before + run + 1).step_by(2);
                assert_eq!(found, expected.collect::<Vec<_>>(), "{text}");
            }
        }
    }
}

//! The bytes read last, kept for excerpts.
//!
//! The arena of a decoder is its own once it was committed to, so a copy is kept: the block at hand, and a few
//! KiB before it, for lines that its start cuts. A fault further back is reported without an
//! excerpt.

use memchr::{memchr2, memrchr2};

use super::excerpt::Sides;

#[derive(Debug, Default)]
pub(super) struct Window {
    bytes: Vec<u8>,
    /// Offset of the first of them in the stream.
    start: u64,
}

impl Window {
    /// Adds the next block, and drops what came before the last one's tail.
    pub(super) fn push(&mut self, block: &[u8]) {
        let gone = self.bytes.len().saturating_sub(TAIL);
        self.bytes.drain(..gone);
        self.start += gone as u64;
        self.bytes.extend_from_slice(block);
    }

    /// The line around an offset.
    pub(super) fn sides(&self, offset: u64) -> Option<Sides<'_>> {
        let at = usize::try_from(offset.checked_sub(self.start)?).ok()?;
        let (before, after) = self.bytes.split_at_checked(at)?;
        let from = memrchr2(b'\n', b'\r', before);
        let to = memchr2(b'\n', b'\r', after);
        Some(Sides {
            before: before.get(from.map_or(0, |from| from + 1)..)?,
            after: after.get(..to.unwrap_or(after.len()))?,
            cut_before: from.is_none() && self.start > 0,
            cut_after: to.is_none(),
        })
    }
}

const TAIL: usize = 8 << 10;

#[cfg(test)]
mod tests {
    use super::{TAIL, Window};

    #[test]
    fn line_across_two_blocks_is_whole() {
        let mut window = Window::default();
        window.push(b"one\ntwo");
        window.push(b" and\r\nthree\n");
        let sides = window.sides(6).unwrap_or_default();
        assert_eq!((sides.before, sides.after), (&b"tw"[..], &b"o and"[..]));
        assert!(!sides.cut_before && !sides.cut_after);
    }

    #[test]
    fn only_the_tail_of_earlier_blocks_is_kept() {
        let mut window = Window::default();
        window.push(&[b'a'; 3 * TAIL]);
        window.push(b"b");
        assert!(window.sides(TAIL as u64).is_none());
        assert!(window.sides(2 * TAIL as u64).is_some_and(|sides| sides.cut_before));
    }
}

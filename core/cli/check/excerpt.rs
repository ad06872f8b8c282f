//! A few columns of a line around the place of a fault, and which of them to point at.

use crate::escape::{Piece, pieces};

/// Part of a line, escaped.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Excerpt {
    pub(super) before: String,
    /// What the fault is about; empty at the end of a line.
    pub(super) at: String,
    pub(super) after: String,
    /// Columns of `before`.
    pub(super) column: usize,
    /// Columns of `at`, at least one.
    pub(super) width: usize,
}

/// The bytes of a line on both sides of an offset, as many as are at hand.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sides<'a> {
    pub(super) before: &'a [u8],
    pub(super) after: &'a [u8],
    /// The line goes on before `before`.
    pub(super) cut_before: bool,
    /// The line goes on behind `after`.
    pub(super) cut_after: bool,
}

impl<'a> Sides<'a> {
    /// The sides of an offset in a line, if it is in it.
    pub(super) fn of(line: &'a [u8], at: usize) -> Option<Self> {
        let (before, after) = line.split_at_checked(at)?;
        Some(Self { before, after, ..Self::default() })
    }

    /// Drops what no excerpt has room for, so that a line of megabytes costs no more than a short one.
    fn clip(self) -> Self {
        let from = self.before.len().saturating_sub(MOST_BYTES);
        let before = self.before.get(from..).unwrap_or_default();
        let partial = before.iter().take_while(|byte| **byte & 0xc0 == 0x80);
        let skip = if from > 0 { partial.count().min(3) } else { 0 };
        let to = self.after.len().min(MOST_BYTES);
        Self {
            before: before.get(skip..).unwrap_or_default(),
            after: self.after.get(..to).unwrap_or_default(),
            cut_before: self.cut_before || from > 0,
            cut_after: self.cut_after || to < self.after.len(),
        }
    }
}

impl Excerpt {
    pub(super) fn new(sides: Sides<'_>) -> Self {
        let sides = sides.clip();
        let (before, column) = Self::last(sides);
        let mut after = pieces(sides.after);
        let at = after.next();
        let (at, width) = at.map_or_else(Default::default, |piece| (piece.text, piece.width));
        let room = COLUMNS.saturating_sub(column + width);
        Self { before, at, after: first(after, room, sides.cut_after), column, width: width.max(1) }
    }

    /// The last columns before the place, and how many there are.
    fn last(sides: Sides<'_>) -> (String, usize) {
        let all: Vec<Piece> = pieces(sides.before).collect();
        let mut room = COLUMNS_BEFORE;
        let fitting = all.iter().rev().take_while(|piece| {
            let fits = piece.width <= room;
            room = room.saturating_sub(piece.width);
            fits
        });
        let count = fitting.count();
        let kept = all.get(all.len() - count..).unwrap_or_default();
        let cut = sides.cut_before || count < all.len();
        let mark = if cut { ELLIPSIS } else { "" };
        let width = kept.iter().map(|piece| piece.width).sum::<usize>() + usize::from(cut);
        let text = kept.iter().map(|piece| piece.text.as_str());
        (std::iter::once(mark).chain(text).collect(), width)
    }
}

/// The first pieces, as many as have room.
fn first(pieces: impl Iterator<Item = Piece>, room: usize, cut: bool) -> String {
    let mut text = String::new();
    let mut room = room;
    for piece in pieces {
        if piece.width > room {
            return text + ELLIPSIS;
        }
        room -= piece.width;
        text += &piece.text;
    }
    if cut { text + ELLIPSIS } else { text }
}

/// With the indent and two ellipses, a line of a terminal.
const COLUMNS: usize = 72;
const COLUMNS_BEFORE: usize = 40;
/// On each side. Four bytes a column, the most that UTF-8 needs.
const MOST_BYTES: usize = 4 * COLUMNS;
const ELLIPSIS: &str = "…";

#[cfg(test)]
mod tests {
    use super::{COLUMNS, Excerpt, Sides};

    fn excerpt(line: &[u8], at: usize) -> Excerpt {
        Excerpt::new(Sides::of(line, at).unwrap_or_default())
    }

    #[test]
    fn short_line_is_shown_whole() {
        let short = excerpt(br#"{"n":007}"#, 6);
        assert_eq!((short.before.as_str(), short.at.as_str()), (r#"{"n":0"#, "0"));
        assert_eq!((short.after.as_str(), short.column, short.width), ("7}", 6, 1));
    }

    #[test]
    fn long_line_is_cut_on_both_sides() {
        let long = excerpt("é".repeat(5000).as_bytes(), 5000);
        assert!(long.before.starts_with("…é") && long.after.ends_with("é…"));
        assert_eq!(long.column, 41);
        let columns = long.before.chars().count() + 1 + long.after.chars().count();
        assert_eq!(columns, COLUMNS + 1);
    }

    #[test]
    fn end_of_a_line_can_be_pointed_at() {
        let end = excerpt(b"{", 1);
        assert_eq!((end.before.as_str(), end.at.as_str(), end.width), ("{", "", 1));
    }
}

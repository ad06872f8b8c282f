//! From an offset in a stream to the number of its line.
//!
//! Every block is shown to [`Lines`] once, before the decoder gets it. The starts of the lines in it are kept,
//! and the start of the one that its end cuts, since a decoder that was drained can only complain about
//! these. A line of the stream is a place of its own, except that an event of a server-sent event stream is one
//! place from its first data line to its end.

use memchr::{memchr_iter, memchr2};

use super::format::Format;

/// Where something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// The line, counted from 1.
    pub(super) line: u64,
    /// It is in the data of an event that has several data lines, so that its offset counts in their joined
    /// text.
    pub(super) joined: bool,
}

/// The lines of the block at hand.
#[derive(Debug)]
pub(super) struct Lines {
    format: Format,
    /// Ordered by offset; never empty.
    marks: Vec<Mark>,
    /// Offset of the first byte that was not shown yet.
    offset: u64,
    line: u64,
    fields: Fields,
}

#[derive(Clone, Copy, Debug)]
struct Mark {
    offset: u64,
    line: u64,
    data_lines: u32,
}

/// How far the line and the event at hand are, in a stream of events.
#[derive(Debug, Default)]
struct Fields {
    /// The first bytes of the line, enough to tell which field it is.
    head: Vec<u8>,
    /// The event has had a data line.
    in_event: bool,
    /// The line before ended with a carriage return, to which a newline may belong.
    after_return: bool,
}

impl Lines {
    pub(super) fn new(format: Format) -> Self {
        let first = Mark { offset: 0, line: 1, data_lines: 0 };
        Self { format, marks: vec![first], offset: 0, line: 1, fields: Fields::default() }
    }

    /// Takes note of the next block of the stream. The block before it can no longer be asked about, except for
    /// what its end cut.
    pub(super) fn advance(&mut self, block: &[u8]) {
        let passed = self.marks.len().saturating_sub(1);
        self.marks.drain(..passed);
        match self.format {
            Format::Ndjson => self.advance_lines(block),
            Format::Sse => self.advance_events(block),
        }
    }

    /// The place of an offset.
    pub(super) fn place(&self, offset: u64) -> Place {
        let behind = self.marks.partition_point(|mark| mark.offset <= offset);
        let mark = self.marks.get(behind.saturating_sub(1));
        Place {
            line: mark.map_or(self.line, |mark| mark.line),
            joined: mark.is_some_and(|mark| mark.data_lines > 1),
        }
    }

    /// How many bytes there were so far.
    pub(super) fn bytes(&self) -> u64 {
        self.offset
    }

    fn advance_lines(&mut self, block: &[u8]) {
        for at in memchr_iter(b'\n', block) {
            self.line += 1;
            self.mark(self.offset + at as u64 + 1);
        }
        self.offset += block.len() as u64;
    }

    fn advance_events(&mut self, block: &[u8]) {
        let mut rest = block;
        while let Some(at) = memchr2(b'\n', b'\r', rest) {
            let (line, ended) = rest.split_at(at);
            self.fields.extend(line);
            self.offset += at as u64 + 1;
            let is_return = ended.first() == Some(&b'\r');
            rest = ended.get(1..).unwrap_or_default();
            let after_return = std::mem::replace(&mut self.fields.after_return, is_return);
            if is_return || !after_return || !self.fields.head.is_empty() {
                self.end_line();
            }
        }
        self.fields.extend(rest);
        self.offset += rest.len() as u64;
    }

    /// Ends a line of an event stream, and marks the next one unless it belongs to an event.
    fn end_line(&mut self) {
        let is_data = self.fields.is_data();
        if is_data && let Some(mark) = self.marks.last_mut() {
            mark.data_lines = mark.data_lines.saturating_add(1);
        }
        let is_blank = self.fields.head.is_empty();
        self.fields.in_event = !is_blank && (self.fields.in_event || is_data);
        self.fields.head.clear();
        self.line += 1;
        if !self.fields.in_event {
            self.mark(self.offset);
        }
    }

    fn mark(&mut self, offset: u64) {
        self.marks.push(Mark { offset, line: self.line, data_lines: 0 });
    }
}

impl Fields {
    /// Keeps the first bytes of the line.
    fn extend(&mut self, part: &[u8]) {
        let room = HEAD.saturating_sub(self.head.len()).min(part.len());
        self.head.extend_from_slice(part.get(..room).unwrap_or_default());
    }

    /// Whether the line is a data field.
    fn is_data(&self) -> bool {
        // A byte order mark counts only at the start of the stream; elsewhere it costs no more than a wrong line.
        let head = self.head.strip_prefix(b"\xef\xbb\xbf");
        let head = head.unwrap_or(&self.head);
        head == b"data" || head.starts_with(b"data:")
    }
}

/// A byte order mark, and `data:`.
const HEAD: usize = 8;

#[cfg(test)]
mod tests {
    use super::{Format, Lines, Place};

    /// The lines of some offsets, however the text is cut into blocks. What is asked about is
    /// asked when the block that holds the byte `seen` was shown.
    fn agree(format: Format, text: &[u8], asked: &[(u64, u64, bool)]) {
        for size in 1..=text.len() {
            let mut lines = Lines::new(format);
            let mut todo = asked.iter().peekable();
            for block in text.chunks(size) {
                lines.advance(block);
                // A decoder asks once the frame has ended: here, with the last byte of its line or event.
                while let Some((at, line, joined)) =
                    todo.next_if(|(at, ..)| frame_end(format, text, *at) <= lines.bytes())
                {
                    let place = Place { line: *line, joined: *joined };
                    assert_eq!(lines.place(*at), place, "byte {at} in blocks of {size}");
                }
            }
            assert!(todo.next().is_none());
        }
    }

    fn frame_end(format: Format, text: &[u8], at: u64) -> u64 {
        let end: &[u8] = if format == Format::Sse { b"\n\n" } else { b"\n" };
        let rest = text.get(at as usize..).unwrap_or_default();
        let found = rest.windows(end.len()).position(|window| window == end);
        at + found.map_or(rest.len(), |found| found + end.len()) as u64
    }

    #[test]
    fn lines_are_found_however_the_stream_is_cut() {
        let asked = [(0, 1, false), (2, 1, false), (3, 2, false), (4, 3, false), (6, 3, false)];
        agree(Format::Ndjson, b"ab\n\ncde\nf\n", &asked);
    }

    #[test]
    fn an_event_is_placed_at_its_first_data_line() {
        let text =
            b"\xef\xbb\xbfdata:1\n\nid: 1\r\ndata: 22\r\nevent: x\r\n\n: c\ndata: 3\ndata: 4\n\n";
        let at = |needle: &[u8]| {
            text.windows(needle.len()).position(|window| window == needle).unwrap_or(0) as u64
        };
        let asked = [
            (at(b"1\n"), 1, false),
            (at(b"22"), 4, false),
            (at(b"3\n"), 8, true),
            (at(b"4\n"), 8, true),
        ];
        agree(Format::Sse, text, &asked);
    }

    #[test]
    fn lone_carriage_returns_end_lines_of_events() {
        let mut lines = Lines::new(Format::Sse);
        lines.advance(b"data: 1\r\rdata: 2\r\r");
        assert_eq!(lines.place(15).line, 3);
    }
}

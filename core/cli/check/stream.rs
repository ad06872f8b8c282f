//! One input from its first byte to its last: read, decode, count, report.

use std::io;

use mcp_engine_proto::{Error, Refusal};

use super::decode::{Decode, Rules};
use super::excerpt::{Excerpt, Sides};
use super::findings::Findings;
use super::format::Format;
use super::lines::Lines;
use super::report::{FileCount, Finding};
use super::source::Source;
use super::window::Window;

/// Why a stream was not checked to its end.
#[derive(Debug, thiserror::Error)]
pub(super) enum Stop {
    /// The input is at fault, and others may follow.
    #[error("{0}")]
    Read(io::Error),
    /// The memory for a message was refused.
    #[error("{0}")]
    Decode(#[from] Error),
    /// Nobody reads the report any more, or it cannot be written.
    #[error("{0}")]
    Write(io::Error),
}

/// A stream that is being checked.
pub(super) struct Stream<'s> {
    source: Source,
    decoder: Decode,
    lines: Lines,
    window: Window,
    findings: &'s mut Findings,
    file: &'s mut FileCount,
}

impl<'s> Stream<'s> {
    pub(super) fn new(
        source: Source,
        rules: &Rules,
        findings: &'s mut Findings,
        file: &'s mut FileCount,
    ) -> Self {
        Self {
            source,
            decoder: Decode::new(file.format, rules),
            lines: Lines::new(file.format),
            window: Window::default(),
            findings,
            file,
        }
    }

    /// Checks everything, `head` first, which was read already.
    pub(super) fn check(&mut self, head: &[u8]) -> Result<(), Stop> {
        let checked = self.read_all(head);
        self.file.bytes = self.lines.bytes();
        self.file.blank_lines = self.decoder.counters().blank;
        self.file.batches = self.decoder.counters().batches;
        checked
    }

    fn read_all(&mut self, head: &[u8]) -> Result<(), Stop> {
        self.observe(head);
        self.decoder.feed(head)?;
        self.drain()?;
        let mut last = head.last().copied();
        while let Some(byte) = self.read_block()? {
            last = Some(byte);
            self.drain()?;
        }
        self.end(last)
    }

    /// Reads a block straight into the arena of the decoder, and yields its last byte.
    fn read_block(&mut self) -> Result<Option<u8>, Stop> {
        let spare = self.decoder.spare()?;
        let room = spare.len().min(LARGEST_READ);
        let spare = spare.get_mut(..room).unwrap_or_default();
        let n = self.source.read(spare).map_err(Stop::Read)?;
        let block = spare.get(..n).unwrap_or_default();
        let last = block.last().copied();
        self.lines.advance(block);
        if self.findings.want_excerpts() {
            self.window.push(block);
        }
        self.decoder.commit(n)?;
        Ok(last)
    }

    /// Takes note of a block that the decoder gets by other ways.
    fn observe(&mut self, block: &[u8]) {
        self.lines.advance(block);
        self.window.push(block);
    }

    /// Takes all that the decoder has, and lets it be seen before the next read, which may wait.
    fn drain(&mut self) -> Result<(), Stop> {
        while let Some(polled) = self.decoder.poll() {
            match polled {
                Ok(Some(message)) => {
                    self.file.messages += 1;
                    self.findings.tally.accept(&message);
                }
                Ok(None) => self.file.other_events += 1,
                Err(refusal) => self.refuse(refusal.error(), Some(&refusal))?,
            }
        }
        if self.findings.pending() {
            let findings = &mut *self.findings;
            self.source.aside(|| findings.flush()).map_err(Stop::Write)?;
        }
        Ok(())
    }

    /// Ends the stream. A file need not end with a newline for its last line to count, but an event that has
    /// not ended is lost.
    fn end(&mut self, last: Option<u8>) -> Result<(), Stop> {
        if self.file.format == Format::Ndjson && last.is_some_and(|last| last != b'\n') {
            self.window.push(b"\n");
            self.decoder.feed(b"\n")?;
        }
        self.drain()?;
        match self.decoder.end() {
            Ok(()) => Ok(()),
            Err(error) => self.refuse(error, None),
        }
    }

    fn refuse(&mut self, error: Error, refusal: Option<&Refusal>) -> Result<(), Stop> {
        self.file.faults += 1;
        let offset = error.offset().unwrap_or(self.lines.bytes());
        let place = self.lines.place(offset);
        let excerpt = self.findings.want_excerpts().then(|| {
            let message = refusal.and_then(|refusal| sides_in_message(refusal, offset));
            // Offsets in joined data say nothing about the bytes of the stream.
            message.or_else(|| self.window.sides(offset).filter(|_| !place.joined))
        });
        let finding = Finding {
            file: &self.file.file,
            place,
            offset,
            error,
            excerpt: excerpt.flatten().map(Excerpt::new),
        };
        self.findings.add(&finding).map_err(Stop::Write)
    }
}

/// What the refusal itself remembers of its message.
fn sides_in_message(refusal: &Refusal, offset: u64) -> Option<Sides<'_>> {
    let message = refusal.message()?;
    let at = offset.checked_sub(message.index().base)?;
    Sides::of(message.bytes(), usize::try_from(at).ok()?)
}

/// The arena offers more while it holds a long message; a copy of each block is kept for excerpts.
const LARGEST_READ: usize = 256 << 10;

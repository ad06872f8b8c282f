//! Hidden, behind the feature `internal`: what benchmarks, tests and fuzzers of this crate need and nobody else.
//! Not covered by any promise of stability.

pub mod fuzz;
pub mod model;
pub mod pair;
pub mod simulation;

use crate::error::Error;
use crate::frame::Pool;
use crate::json::{
    Backend, Duplicates, Ending, PADDING, Padded, Policy, Scanner, Scratch, Seed, validate,
};
use crate::limits::Limits;
use crate::message::{Decoder, Found, MessageRef, Shape};

/// The names of the backends of this processor, the fastest last.
pub fn backends() -> Vec<&'static str> {
    Backend::available().map(Backend::name).collect()
}

/// A decoder that uses the named backend.
pub fn decoder(backend: &str, limits: &Limits, duplicates: Duplicates, pool: Pool) -> Decoder {
    let mut decoder = Decoder::new(limits, duplicates, pool);
    decoder.set_backend(named(backend));
    decoder
}

/// Validates a JSON text with the named backend.
///
/// # Errors
///
/// As for [`Raw::parse`](crate::json::Raw::parse).
pub fn validate_with(backend: &str, text: &[u8], duplicates: Duplicates) -> Result<(), Error> {
    validate(text, named(backend), Policy::new(&Limits::default(), duplicates)).map(|_| ())
}

/// Escapes a text with the named backend.
pub fn escape_with(backend: &str, out: &mut Vec<u8>, text: &str) {
    named(backend).escape(out, text);
}

/// A stream of lines in padded memory, to measure the scanner without arena and ownership.
#[derive(Debug)]
pub struct InPlace {
    memory: Vec<u8>,
    len: usize,
    /// Where the last newline stands that a read of 64 KiB would have brought.
    horizon: usize,
    scanner: Scanner,
    scratch: Scratch,
    found: Found,
}

impl InPlace {
    /// Copies a stream that ends with a newline.
    pub fn new(stream: &[u8], duplicates: Duplicates) -> Self {
        let mut memory = stream.to_vec();
        memory.resize(stream.len().saturating_add(PADDING + 1), 0);
        let policy = Policy::new(&Limits::default(), duplicates);
        Self {
            memory,
            len: stream.len(),
            horizon: usize::MAX,
            scanner: Scanner { backend: Backend::detect(), policy },
            scratch: Scratch::new(Seed::default()),
            found: Found::default(),
        }
    }

    /// As [`new`](Self::new), with the named backend.
    pub fn with_backend(mut self, backend: &str) -> Self {
        self.scanner.backend = named(backend);
        self
    }

    /// Scans the line at an offset. Yields its message, and the offset behind its newline.
    #[inline]
    pub fn line(&mut self, at: usize) -> Option<(MessageRef<'_>, usize)> {
        if !(at..at.saturating_add(READ)).contains(&self.horizon) {
            let read = self.memory.get(at..at.saturating_add(READ).min(self.len))?;
            let newline = memchr::memrchr(b'\n', read).map(|newline| at.saturating_add(newline));
            self.horizon = newline.or_else(|| self.len.checked_sub(1))?;
        }
        let text = Padded::new(&self.memory, at, self.horizon, Ending::Newline)?;
        let (line, scanned) = self.scanner.look(text, &mut self.scratch, &mut self.found).ok()?;
        let sound = self.found.shape == Shape::Message && scanned.note.is_none();
        let from = self.found.origin as usize;
        let message = line.get(from..from.checked_add(self.found.index.len as usize)?)?;
        let next = at.checked_add(scanned.end as usize)?.checked_add(1)?;
        sound.then_some((MessageRef::new(message, &self.found.index), next))
    }

    /// Scans every line and shows each message; the number of lines before the first that was refused.
    pub fn scan(&mut self, mut see: impl FnMut(MessageRef<'_>)) -> usize {
        let (mut at, mut accepted) = (0, 0usize);
        while at < self.len {
            let Some((message, next)) = self.line(at) else { break };
            see(message);
            accepted = accepted.saturating_add(1);
            at = next;
        }
        accepted
    }
}

/// How much a transport reads at a time.
const READ: usize = 64 << 10;

fn named(name: &str) -> Backend {
    Backend::available().find(|backend| backend.name() == name).unwrap_or_else(Backend::detect)
}

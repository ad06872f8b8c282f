//! Hidden, behind the feature `internal`: what benchmarks, tests and fuzzers of this crate need and nobody else.
//! Not covered by any promise of stability.

use crate::error::Error;
use crate::frame::Pool;
use crate::json::{Backend, Duplicates, Ending, Keys, PADDING, Padded, Policy, Seed, validate};
use crate::limits::Limits;
use crate::message::{Decoder, Found, MsgIndex, Shape};

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
    validate(
        text,
        named(backend),
        Policy::new(&Limits::default(), duplicates),
    )
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
    backend: Backend,
    policy: Policy,
    keys: Keys,
    found: Found,
}

impl InPlace {
    /// Copies a stream that ends with a newline.
    pub fn new(stream: &[u8], duplicates: Duplicates) -> Self {
        let mut memory = stream.to_vec();
        memory.resize(stream.len().saturating_add(PADDING + 1), 0);
        Self {
            memory,
            len: stream.len(),
            backend: Backend::detect(),
            policy: Policy::new(&Limits::default(), duplicates),
            keys: Keys::new(Seed::default()),
            found: Found::default(),
        }
    }

    /// As [`new`](Self::new), with the named backend.
    pub fn with_backend(mut self, backend: &str) -> Self {
        self.backend = named(backend);
        self
    }

    /// Scans every line and shows the index of each message; the number of lines that were accepted.
    pub fn scan(&mut self, mut see: impl FnMut(&MsgIndex)) -> usize {
        let (mut at, mut accepted) = (0usize, 0usize);
        while at < self.len {
            let end = self.len.saturating_sub(1);
            let Some(text) = Padded::new(&self.memory, at, end, Ending::Newline) else {
                break;
            };
            self.found.clear();
            let Ok(scanned) =
                self.backend
                    .frame(text, self.policy, &mut self.keys, &mut self.found)
            else {
                break;
            };
            if scanned.non_ascii && simdutf8::basic::from_utf8(text.slice(0, scanned.end)).is_err()
            {
                break;
            }
            if self.found.shape == Shape::Message && scanned.note.is_none() {
                accepted = accepted.saturating_add(1);
                see(&self.found.index);
            }
            at = at.saturating_add(scanned.end as usize).saturating_add(1);
        }
        accepted
    }
}

fn named(name: &str) -> Backend {
    Backend::available()
        .find(|backend| backend.name() == name)
        .unwrap_or_else(Backend::detect)
}

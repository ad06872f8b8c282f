//! `simd-json`: the tape, and a typed borrowed result read from it.
//!
//! It unescapes in place, so the line is first copied into a padded buffer; buffers and tape are
//! reused. It finds the best instructions of the processor at run time.

use serde::Deserialize;
use simd_json::prelude::ValueAsScalar;
use simd_json::{Buffers, Deserializer, INPUT_PADDING, Tape, fill_tape_padded};

use super::wire::ToolReply;
use crate::contender::Contender;
use crate::stream::Stream;

pub(super) fn tape(stream: &Stream) -> Contender<'_> {
    let mut scratch = Scratch::new(stream.longest());
    Contender::each("simd-json tape, copied", stream, move |message| {
        scratch.with_tape(message.line, |tape| (touch(&tape), tape))
    })
}

pub(super) fn typed(stream: &Stream) -> Contender<'_> {
    let mut scratch = Scratch::new(stream.longest());
    Contender::each("simd-json borrowed, copied", stream, move |message| {
        scratch.with_tape(message.line, |tape| {
            let mut deserializer = Deserializer::from_tape(tape);
            let reply =
                ToolReply::deserialize(&mut deserializer).expect("simd-json reads tool results");
            (reply.fold(), deserializer.into_tape())
        })
    })
}

struct Scratch {
    line: Vec<u8>,
    buffers: Buffers,
    tape: Tape<'static>,
}

impl Scratch {
    fn new(longest: usize) -> Self {
        Self {
            line: Vec::with_capacity(longest + INPUT_PADDING),
            buffers: Buffers::new(longest),
            tape: Tape::null(),
        }
    }

    /// Lends the tape of `line` to `read`, which hands it back for the next line.
    fn with_tape(
        &mut self,
        line: &[u8],
        read: impl for<'t> FnOnce(Tape<'t>) -> (u64, Tape<'t>),
    ) -> u64 {
        self.line.clear();
        self.line.extend_from_slice(line);
        self.line.resize(line.len() + INPUT_PADDING, 0);
        let mut tape = std::mem::replace(&mut self.tape, Tape(Vec::new())).reset();
        fill_tape_padded(&mut self.line, line.len(), &mut self.buffers, &mut tape)
            .expect("simd-json reads the corpus");
        let (sum, tape) = read(tape);
        self.tape = tape.reset();
        sum
    }
}

fn touch(tape: &Tape<'_>) -> u64 {
    let members = tape.as_value().as_object().expect("a message is an object");
    members.iter().fold(0, |sum, (key, value)| {
        let worth = match key {
            "id" => value.as_u64().unwrap_or(0),
            "method" => value.as_str().map_or(0, str::len) as u64,
            "params" | "result" | "error" => {
                value.as_object().map_or(0, |payload| payload.len()) as u64
            }
            _ => 0,
        };
        sum + worth
    })
}

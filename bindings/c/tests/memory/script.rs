//! What is said and done while memory is short: each of the kinds of handles, with messages, tables and queues that grow large.

use mcp_engine_c::connection::mcpe_now;
use mcp_engine_c::decoder::*;
use mcp_engine_c::index::*;
use mcp_engine_c::message::*;
use mcp_engine_c::names::*;
use mcp_engine_c::status::*;

use crate::abi::{first, from, sized, table, to, zero};
use crate::inside;

/// What a run does, and its name.
pub(crate) type Part = (&'static str, fn(&mut Script));

/// One run, and how many of its calls were refused memory.
#[derive(Default)]
pub(crate) struct Script {
    pub(crate) refused: u32,
}

impl Script {
    /// What each run does one of.
    pub(crate) const PARTS: [Part; 9] = [
        ("lines", Self::read_lines),
        ("events", Self::read_events),
        ("texts", Self::read_texts),
        ("messages", Self::write_messages),
        ("a session", |script| script.talk(MCPE_REVISION_2025_03_26)),
        ("requests that stand alone", |script| script.talk(MCPE_REVISION_2026_07_28)),
        ("an endpoint", Self::serve),
        ("a cache", Self::keep),
        ("a scheduler", Self::schedule),
    ];

    /// Makes a call, and once more when memory was refused; then there is some.
    pub(super) fn call(
        &mut self,
        what: &str,
        mut call: impl FnMut() -> mcpe_status,
    ) -> mcpe_status {
        let status = inside(&mut call);
        if status != MCPE_ERR_MEMORY {
            return status;
        }
        self.refused += 1;
        let again = inside(call);
        assert_ne!(again, MCPE_ERR_MEMORY, "{what}");
        again
    }

    /// The same, for what cannot fail otherwise.
    pub(super) fn done(&mut self, what: &str, call: impl FnMut() -> mcpe_status) {
        assert_eq!(self.call(what, call), MCPE_OK, "{what}");
    }

    pub(super) fn decoder(&mut self, stream: u32) -> mcpe_decoder {
        let options = mcpe_decoder_options { stream, ..sized() };
        let mut made = zero();
        self.done("decoder_new", || mcpe_decoder_new(from(&options), to(&mut made)));
        made
    }

    /// Reads bytes into a decoder; a part of them may be in it when memory is refused, so that it begins anew with another one.
    pub(super) fn fed(&mut self, stream: u32, bytes: &[u8]) -> mcpe_decoder {
        let decoder = self.decoder(stream);
        let status = inside(|| mcpe_decoder_feed(decoder, first(bytes), bytes.len()));
        if status != MCPE_ERR_MEMORY {
            assert_eq!(status, MCPE_OK);
            return decoder;
        }
        self.refused += 1;
        assert_eq!(mcpe_decoder_free(decoder), MCPE_OK);
        let decoder = self.decoder(stream);
        assert_eq!(mcpe_decoder_feed(decoder, first(bytes), bytes.len()), MCPE_OK);
        decoder
    }

    /// Reads lines as one table. What was refused for want of memory is sent again.
    pub(super) fn drained(&mut self, bytes: &[u8], expected: usize) {
        let decoder = self.fed(MCPE_STREAM_LINES, bytes);
        let mut rows = vec![zero::<mcpe_item>(); 1_024];
        let (mut found, mut refused) = (0, 0);
        loop {
            let mut count = 0;
            let status = self.call("drain", || {
                mcpe_decoder_drain(
                    decoder,
                    table(&mut rows),
                    1_024,
                    size_of::<mcpe_item>(),
                    to(&mut count),
                )
            });
            if status == MCPE_NOTHING {
                break;
            }
            assert_eq!(status, MCPE_OK);
            let lost = rows[..count].iter().filter(|row| row.status == MCPE_ERR_MEMORY).count();
            (found, refused) = (found + count - lost, refused + lost);
            let mut message = zero();
            if rows[0].status == MCPE_OK {
                self.done("take", || mcpe_decoder_take(decoder, 0, to(&mut message)));
                assert_eq!(mcpe_message_free(message), MCPE_OK);
            }
        }
        assert_eq!(mcpe_decoder_free(decoder), MCPE_OK);
        if refused > 0 {
            assert_eq!(refused, 1, "one allocation fails");
            self.refused += 1;
            return self.drained(bytes, expected);
        }
        assert_eq!(found, expected);
    }
}

pub(super) const NOW: mcpe_now = mcpe_now { mono_ns: 1, unix_ms: 1 };

//! What is read, and what is written without a connection.

use mcp_engine_c::buffer::*;
use mcp_engine_c::decoder::*;
use mcp_engine_c::encode::*;
use mcp_engine_c::json::*;
use mcp_engine_c::message::*;
use mcp_engine_c::pointer::Userdata;
use mcp_engine_c::status::*;
use mcp_engine_c::text::*;

use super::script::Script;
use super::texts::{call, keys, line, list, long, nested, ping};
use crate::abi::{chars, first, from, nowhere, sized, table, text, to, write, zero};

impl Script {
    pub(super) fn read_lines(&mut self) {
        self.drained(&line(&call(1, &keys(3_000))), 1);
        self.drained(&line(&call(1, &nested(60, 80))), 1);
        self.drained(&line(&call(1, &long(200_000))), 1);
        self.drained(&line(&format!("[{}]", list(700, ping))), 700);
        let lines: String = (0..900).map(|id| ping(id) + "\n").collect();
        self.drained(lines.as_bytes(), 900);
        // Messages that are kept pin arenas, and handles make tables grow.
        let decoder = self.decoder(MCPE_STREAM_LINES);
        let mut kept = Vec::new();
        for id in 0..300 {
            self.put(decoder, &line(&call(id, &long(1_500))));
            let mut message = zero();
            match self.call("next", || mcpe_decoder_next(decoder, to(&mut message))) {
                MCPE_OK => kept.push(message),
                // It was refused after it was read: that message is lost.
                status => assert_eq!(status, MCPE_NOTHING),
            }
        }
        assert!(kept.len() >= 299);
        kept.into_iter().for_each(|message| assert_eq!(mcpe_message_free(message), MCPE_OK));
        assert_eq!(mcpe_decoder_free(decoder), MCPE_OK);
    }

    /// Writes bytes to where a decoder has room.
    pub(super) fn put(&mut self, decoder: mcpe_decoder, bytes: &[u8]) {
        let mut rest = bytes;
        while !rest.is_empty() {
            let (mut room, mut len) = (nowhere(), 0);
            self.done("reserve", || mcpe_decoder_reserve(decoder, to(&mut room), to(&mut len)));
            let (now, later) = rest.split_at(len.min(rest.len()));
            write(room, now);
            self.done("commit", || mcpe_decoder_commit(decoder, now.len()));
            rest = later;
        }
    }

    pub(super) fn read_events(&mut self) {
        let name = long(20_000);
        let events = format!(
            "id: {name}\nevent: {name}\ndata: {{}}\n\nid: {name}\ndata: {}\n\nevent: x\ndata: {}\n\n",
            call(1, &long(100_000)),
            long(50_000)
        );
        let decoder = self.fed(MCPE_STREAM_EVENTS, events.as_bytes());
        let mut message = zero();
        loop {
            match self.call("next event", || mcpe_decoder_next(decoder, to(&mut message))) {
                MCPE_OK => assert_eq!(mcpe_message_free(message), MCPE_OK),
                MCPE_EVENT => {
                    let (mut name, mut content) = (text(""), text(""));
                    self.done("event", || {
                        mcpe_decoder_event(decoder, to(&mut name), to(&mut content))
                    });
                }
                status => break assert_eq!(status, MCPE_NOTHING),
            }
        }
        assert_eq!(mcpe_decoder_free(decoder), MCPE_OK);
    }

    pub(super) fn read_texts(&mut self) {
        let message = self.parsed(&call(1, &keys(2_000)));
        let mut copy = zero();
        self.done("detach", || mcpe_message_detach(message, to(&mut copy)));
        for message in [message, copy] {
            assert_eq!(mcpe_message_free(message), MCPE_OK);
        }
        let buffer = self.buffer();
        let plain = long(60_000);
        let escaped = format!("\"{}\"", "\\u0041\\n".repeat(9_000));
        let inside = &escaped[1..escaped.len() - 1];
        let (mut written, mut count, mut kind) = (0, 0, 0);
        let target = mcpe_target { buffer, ..zero() };
        self.done("text", || {
            mcpe_json_text(chars(&escaped), escaped.len(), target, to(&mut written))
        });
        self.done("unescape", || {
            mcpe_json_unescape(chars(inside), inside.len(), target, to(&mut written))
        });
        self.done("escape", || {
            mcpe_json_escape(chars(&plain), plain.len(), target, to(&mut written))
        });
        let mut memory = vec![0u8; 70_000];
        let target = mcpe_target { ptr: table(&mut memory), capacity: memory.len(), ..zero() };
        self.done("escape", || {
            mcpe_json_escape(chars(&plain), plain.len(), target, to(&mut written))
        });
        let all = keys(2_000);
        self.done("visit", || {
            mcpe_json_visit(chars(&all), all.len(), Some(go_on), zero(), to(&mut count))
        });
        self.done("kind", || mcpe_json_kind(chars(&all), all.len(), to(&mut kind)));
        assert_eq!((mcpe_buffer_free(buffer), count), (MCPE_OK, 2_000));
    }

    pub(super) fn parsed(&mut self, json: &str) -> mcpe_message {
        let mut message = zero();
        self.done("parse", || mcpe_message_parse(chars(json), json.len(), to(&mut message)));
        message
    }

    pub(super) fn buffer(&mut self) -> mcpe_buffer {
        let mut buffer = zero();
        self.done("buffer_new", || mcpe_buffer_new(MCPE_FRAMING_LINE, to(&mut buffer)));
        buffer
    }

    pub(super) fn write_messages(&mut self) {
        let buffer = self.buffer();
        let target = mcpe_target { buffer, ..zero() };
        let (plain, object) = (long(30_000), format!("{{\"text\":\"{}\"}}", long(30_000)));
        let id = mcpe_id { tag: MCPE_TAG_INTEGER, integer: 7, ..zero() };
        let many: Vec<String> = (0..3_000).map(ping).collect();
        let many: Vec<mcpe_str> = many.iter().map(|one| text(one)).collect();
        let event = mcpe_sse { name: text("x"), content: text(&plain), ..sized() };
        let mut written = 0;
        self.done("request", || {
            mcpe_encode_request(
                from(&id),
                chars("m"),
                1,
                chars(&object),
                object.len(),
                target,
                to(&mut written),
            )
        });
        self.done("notification", || {
            mcpe_encode_notification(
                chars("m"),
                1,
                chars(&object),
                object.len(),
                target,
                to(&mut written),
            )
        });
        self.done("response", || {
            mcpe_encode_response(from(&id), chars(&object), object.len(), target, to(&mut written))
        });
        self.done("error", || {
            let (text, len) = (chars(&plain), plain.len());
            mcpe_encode_error(
                from(&id),
                -1,
                text,
                len,
                chars(&object),
                object.len(),
                target,
                to(&mut written),
            )
        });
        self.done("text_result", || {
            mcpe_encode_text_result(
                from(&id),
                chars(&plain),
                plain.len(),
                0,
                target,
                to(&mut written),
            )
        });
        self.done("batch", || {
            mcpe_encode_batch(first(&many), many.len(), target, to(&mut written))
        });
        self.done("event", || mcpe_encode_event(from(&event), target, to(&mut written)));
        for _ in 0..600 {
            self.done("append", || mcpe_buffer_append(buffer, first(plain.as_bytes()), 100));
        }
        assert_eq!(mcpe_buffer_free(buffer), MCPE_OK);
    }
}

/// Looks at every member.
extern "C" fn go_on(_: Userdata, _: mcpe_str, _: mcpe_str) -> core::ffi::c_int {
    0
}

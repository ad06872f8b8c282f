//! Messages, JSON texts, and what is written.

use mcp_engine_c::buffer::*;
use mcp_engine_c::encode::*;
use mcp_engine_c::index::*;
use mcp_engine_c::json::*;
use mcp_engine_c::message::*;
use mcp_engine_c::status::*;
use mcp_engine_c::text::*;
use mcp_engine_c::view::*;

use super::cursor::Cursor;
use super::held::Shelf;
use super::{by, known};
use crate::abi::{chars, first, from, read, table, text, to, zero};

/// Messages and a buffer whose bytes are known.
#[derive(Default)]
pub(crate) struct Messages {
    shelf: Shelf<mcpe_message>,
    buffers: Shelf<mcpe_buffer>,
    buffer: Option<(mcpe_buffer, Vec<u8>)>,
}

impl Messages {
    pub(crate) fn step(&mut self, cursor: &mut Cursor<'_>) {
        match cursor.below(9) {
            0 => self.parse(cursor),
            1 => self.shelf.free(cursor, mcpe_message_free),
            2 | 3 => self.look(cursor),
            4 => self.copy(cursor),
            5 => json(cursor),
            6 => self.encode(cursor),
            7 => self.consume(cursor),
            _ => self.free_buffer(cursor),
        }
    }

    /// Keeps a message, unless there are many.
    pub(crate) fn keep(&mut self, message: mcpe_message) {
        check(message);
        if self.shelf.is_full() {
            assert_eq!(mcpe_message_free(message), MCPE_OK);
        } else {
            self.shelf.keep(message);
        }
    }

    pub(crate) fn pick(&self, cursor: &mut Cursor<'_>) -> super::Held<mcpe_message> {
        self.shelf.pick(cursor, |slot, generation| mcpe_message { slot, generation })
    }

    fn parse(&mut self, cursor: &mut Cursor<'_>) {
        let line = cursor.line();
        let line = String::from_utf8_lossy(&line);
        let mut message = UNTOUCHED;
        match known(mcpe_message_parse(chars(&line), line.len(), to(&mut message))) {
            MCPE_OK => self.keep(message),
            _ => assert_eq!(message, UNTOUCHED),
        }
    }

    /// Every reader of a message, alive or not.
    fn look(&self, cursor: &mut Cursor<'_>) {
        let held = self.pick(cursor);
        let (message, part) = (held.handle, cursor.below(14) as u32);
        let (mut index, mut bytes, mut id) =
            (zero::<mcpe_msg_index>(), text(""), zero::<mcpe_id>());
        by(&held, mcpe_message_verdict(message));
        by(&held, mcpe_message_index(message, to(&mut index)));
        by(&held, mcpe_message_bytes(message, to(&mut bytes)));
        by(&held, mcpe_message_item(message, to(&mut zero())));
        by(&held, mcpe_message_id(message, to(&mut id)));
        by(&held, mcpe_message_token(message, to(&mut id)));
        let mut value = text("");
        let status = by(&held, mcpe_message_part(message, part, to(&mut value)));
        assert!(part <= MCPE_PART_BLOCK || !held.is_alive || status != MCPE_OK);
        by(&held, mcpe_message_call(message, to(&mut zero())));
        by(&held, mcpe_message_call_result(message, to(&mut zero())));
        by(&held, mcpe_message_progress(message, to(&mut zero())));
        by(&held, mcpe_message_error(message, to(&mut zero())));
        let (mut blocks, mut count) = ([zero::<mcpe_block>(); 2], 9);
        let size = size_of::<mcpe_block>();
        let from = cursor.below(4);
        let status = by(
            &held,
            mcpe_message_blocks(message, from, table(&mut blocks), 2, size, to(&mut count)),
        );
        assert!(if status == MCPE_OK { count <= 2 } else { count == 9 });
    }

    fn copy(&mut self, cursor: &mut Cursor<'_>) {
        let held = self.pick(cursor);
        let mut copy = UNTOUCHED;
        let status = match cursor.below(2) {
            0 => by(&held, mcpe_message_clone(held.handle, to(&mut copy))),
            _ => by(&held, mcpe_message_detach(held.handle, to(&mut copy))),
        };
        match status {
            MCPE_OK => self.keep(copy),
            _ => assert_eq!(copy, UNTOUCHED),
        }
    }

    /// A message is written to memory, of which there is first too little and then enough, and to a buffer.
    fn encode(&mut self, cursor: &mut Cursor<'_>) {
        let spelled = String::from_utf8_lossy(cursor.bytes()).into_owned();
        let id = mcpe_id { tag: MCPE_TAG_INTEGER, integer: cursor.below(1_000) as i64, ..zero() };
        let write = |target, written: &mut usize| {
            mcpe_encode_text_result(
                from(&id),
                chars(&spelled),
                spelled.len(),
                0,
                target,
                to(written),
            )
        };
        let (mut written, mut memory) = (0, vec![0xaa; 2_048]);
        let target = mcpe_target { ptr: table(&mut memory), capacity: 2_048, ..zero() };
        assert_eq!(known(write(target, &mut written)), MCPE_OK);
        let message = memory[..written].to_vec();
        let (mut little, mut untouched) = (vec![0xaa; written], 77);
        let target =
            mcpe_target { ptr: table(&mut little), capacity: cursor.below(written), ..zero() };
        assert_eq!(known(write(target, &mut untouched)), MCPE_ERR_CAPACITY);
        assert!(untouched == 77 && little.iter().all(|byte| *byte == 0xaa));
        let (buffer, expected) = self.buffer.get_or_insert_with(|| {
            let mut buffer = zero();
            assert_eq!(mcpe_buffer_new(MCPE_FRAMING_LINE, to(&mut buffer)), MCPE_OK);
            (buffer, Vec::new())
        });
        assert_eq!(known(write(mcpe_target { buffer: *buffer, ..zero() }, &mut written)), MCPE_OK);
        expected.extend_from_slice(&message);
    }

    /// Part of what waits is written, and the rest is what it was.
    fn consume(&mut self, cursor: &mut Cursor<'_>) {
        let Some((buffer, expected)) = &mut self.buffer else { return };
        let len = cursor.below(expected.len() + 3);
        let status = known(mcpe_buffer_consume(*buffer, len));
        assert_eq!(status == MCPE_OK, len <= expected.len(), "{status}");
        if status == MCPE_OK {
            expected.drain(..len);
        }
        let (mut pieces, mut count) = ([text(""); 64], 0);
        let size = size_of::<mcpe_str>();
        let status =
            known(mcpe_buffer_pieces(*buffer, table(&mut pieces), 64, size, to(&mut count)));
        assert_eq!(status == MCPE_NOTHING, expected.is_empty());
        let waiting: Vec<u8> = pieces[..count].iter().flat_map(|piece| read(*piece)).collect();
        assert_eq!(waiting, *expected);
    }

    /// Buffers that are gone, are gone for whoever writes.
    fn free_buffer(&mut self, cursor: &mut Cursor<'_>) {
        if let Some((buffer, _)) = self.buffer.take() {
            self.buffers.keep(buffer);
            self.buffers.free(cursor, mcpe_buffer_free);
        }
        let held = self.buffers.pick(cursor, |slot, generation| mcpe_buffer { slot, generation });
        let (bytes, mut len) = (cursor.bytes(), 0);
        by(&held, mcpe_buffer_append(held.handle, first(bytes), bytes.len()));
        by(&held, mcpe_buffer_len(held.handle, to(&mut len)));
        by(&held, mcpe_buffer_clear(held.handle));
        if self.buffers.is_full() {
            self.buffers.end(mcpe_buffer_free);
            self.buffers = Shelf::default();
        }
    }

    pub(crate) fn end(&mut self) {
        self.shelf.end(mcpe_message_free);
        if let Some((buffer, _)) = self.buffer.take() {
            self.buffers.keep(buffer);
        }
        self.buffers.end(mcpe_buffer_free);
    }
}

/// A message that was just given out: every span lies in its bytes, and they are a message again where they were one.
fn check(message: mcpe_message) {
    let (mut index, mut bytes) = (zero::<mcpe_msg_index>(), text(""));
    let mut item = zero::<mcpe_item>();
    let verdict = known(mcpe_message_verdict(message));
    assert_eq!(mcpe_message_index(message, to(&mut index)), MCPE_OK);
    assert_eq!(mcpe_message_item(message, to(&mut item)), MCPE_OK);
    assert_eq!((item.status, item.index), (verdict, index));
    if mcpe_message_bytes(message, to(&mut bytes)) != MCPE_OK {
        return assert_ne!(verdict, MCPE_OK);
    }
    let bytes = read(bytes);
    spans_lie_within(&index, bytes.len());
    if verdict == MCPE_OK {
        let (mut again, mut other) = (UNTOUCHED, zero::<mcpe_msg_index>());
        let json = core::str::from_utf8(&bytes).expect("UTF-8");
        assert_eq!(mcpe_message_parse(chars(json), json.len(), to(&mut again)), MCPE_OK);
        assert_eq!(mcpe_message_index(again, to(&mut other)), MCPE_OK);
        let place = MCPE_FLAG_BATCH | MCPE_FLAG_BATCH_LAST;
        let same =
            mcpe_msg_index { base: index.base, flags: other.flags | index.flags & place, ..other };
        assert_eq!(same, index);
        assert_eq!(mcpe_message_free(again), MCPE_OK);
    }
}

/// Whether everything that an index names lies in the message.
pub(crate) fn spans_lie_within(index: &mcpe_msg_index, len: usize) {
    assert_eq!(index.len as usize, len);
    let spans = [
        index.id,
        index.method,
        index.payload,
        index.meta,
        index.name,
        index.args,
        index.aux,
        index.token,
        index.tag,
        index.context,
        index.block,
    ];
    for span in spans {
        assert!(span.offset as usize + span.len as usize <= len, "{span:?} of {len}");
    }
}

/// Values in values, of a text that is cut anywhere.
fn json(cursor: &mut Cursor<'_>) {
    let line = cursor.line();
    let line = String::from_utf8_lossy(&line);
    let (begin, end) = (cursor.below(line.len() + 1), cursor.below(line.len() + 1));
    let cut = line.get(begin.min(end)..begin.max(end)).unwrap_or(&line);
    let text_of = [cut, &line][cursor.below(2)];
    let (json, len) = (chars(text_of), text_of.len());
    let (mut value, mut kind, mut count) = (text(""), 9, 9);
    let is_json = known(mcpe_json_kind(json, len, to(&mut kind))) == MCPE_OK;
    let member = known(mcpe_json_member(json, len, chars("params"), 6, to(&mut value)));
    let element = known(mcpe_json_element(json, len, cursor.below(4), to(&mut value)));
    let mut memory = vec![0; 4_096];
    let target = mcpe_target { ptr: table(&mut memory), capacity: 4_096, ..zero() };
    let shown = known(mcpe_json_text(json, len, target, to(&mut count)));
    for status in [member, element, shown] {
        assert_eq!(status >= 0, is_json, "{status} of {text_of}");
    }
    known(mcpe_json_unescape(json, len, target, to(&mut count)));
    assert_eq!(known(mcpe_json_escape(json, len, target, to(&mut count))), MCPE_OK);
    known(mcpe_json_integer(json, len, to(&mut 0)));
    known(mcpe_json_number(json, len, to(&mut 0.0)));
    known(mcpe_json_boolean(json, len, to(&mut 0)));
}

const UNTOUCHED: mcpe_message = mcpe_message { slot: 7_777_777, generation: 7 };

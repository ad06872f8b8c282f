//! Decoders and connections: bytes that come in pieces, and callbacks that call back.

use core::ffi::c_int;
use core::mem::transmute_copy;

use mcp_engine_c::buffer::*;
use mcp_engine_c::config::*;
use mcp_engine_c::connection::*;
use mcp_engine_c::decoder::*;
use mcp_engine_c::index::*;
use mcp_engine_c::message::*;
use mcp_engine_c::pointer::Userdata;
use mcp_engine_c::status::*;
use mcp_engine_c::text::*;

use super::cursor::Cursor;
use super::held::{Held, Shelf};
use super::messages::{Messages, spans_lie_within};
use super::{by, known};
use crate::abi::{chars, first, from, none, nowhere, read, sized, table, text, to, write, zero};

#[derive(Default)]
pub(crate) struct Streams {
    decoders: Shelf<mcpe_decoder>,
    connections: Shelf<mcpe_connection>,
}

impl Streams {
    pub(crate) fn step(&mut self, cursor: &mut Cursor<'_>, messages: &mut Messages) {
        let held = self.decoders.pick(cursor, |slot, generation| mcpe_decoder { slot, generation });
        match cursor.below(10) {
            0 => self.open(cursor),
            1 => self.decoders.free(cursor, mcpe_decoder_free),
            2 | 3 => {
                let line = cursor.line();
                by(&held, mcpe_decoder_feed(held.handle, first(&line), line.len()));
            }
            4 => put(held, cursor),
            5 => next(held, messages),
            6 | 7 => drain(held, cursor, messages),
            8 => visit(held),
            _ => {
                by(&held, mcpe_decoder_end(held.handle));
                by(&held, mcpe_decoder_counters(held.handle, to(&mut zero())));
                by(&held, mcpe_decoder_retry_ms(held.handle, to(&mut 0)));
                by(&held, mcpe_decoder_last_event_id(held.handle, to(&mut text(""))));
                by(&held, mcpe_decoder_event(held.handle, to(&mut text("")), to(&mut text(""))));
            }
        }
    }

    fn open(&mut self, cursor: &mut Cursor<'_>) {
        if self.decoders.is_full() {
            return;
        }
        let limits = mcpe_limits { message_bytes: 512, event_bytes: 512, batch: 3, ..sized() };
        let limits = if cursor.below(2) == 0 { none() } else { from(&limits) };
        let stream = cursor.below(4) as u32;
        let options = mcpe_decoder_options { stream, limits, ..sized() };
        let mut decoder = zero();
        let status = known(mcpe_decoder_new(from(&options), to(&mut decoder)));
        assert_eq!(status == MCPE_OK, stream <= MCPE_STREAM_BODIES);
        if status == MCPE_OK {
            self.decoders.keep(decoder);
        }
    }

    /// What a connection can be told and asked.
    pub(crate) fn converse(&mut self, cursor: &mut Cursor<'_>, messages: &mut Messages) {
        let held =
            self.connections.pick(cursor, |slot, generation| mcpe_connection { slot, generation });
        match cursor.below(10) {
            0 => self.connect(cursor),
            1 => self.connections.free(cursor, mcpe_connection_free),
            2 | 3 => {
                let message = messages.pick(cursor);
                let status = known(mcpe_connection_receive(held.handle, 0, message.handle, NOW));
                assert_eq!(status == MCPE_ERR_HANDLE, !(held.is_alive && message.is_alive));
            }
            4 => {
                let decoder = self
                    .decoders
                    .pick(cursor, |slot, generation| mcpe_decoder { slot, generation });
                let status =
                    known(mcpe_connection_receive_next(held.handle, 0, decoder.handle, NOW));
                assert_eq!(status == MCPE_ERR_HANDLE, !(held.is_alive && decoder.is_alive));
            }
            5 => events(held, messages),
            6 => transmit(held),
            7 => ask(held, cursor),
            8 => answer(held, cursor, messages),
            _ => end(held, cursor),
        }
    }

    fn connect(&mut self, cursor: &mut Cursor<'_>) {
        if self.connections.is_full() {
            return;
        }
        let limits = mcpe_limits {
            events: 4,
            peer_requests: 4,
            own_requests: 4,
            outbox_bytes: 2_048,
            ..sized()
        };
        let config = mcpe_config {
            role: cursor.below(2) as u32 + 1,
            topology: cursor.below(2) as u32,
            name: text("x"),
            version: text("1"),
            capabilities: text(r#"{"tools":{},"logging":{},"resources":{"subscribe":true}}"#),
            limits: if cursor.below(2) == 0 { none() } else { from(&limits) },
            ..sized()
        };
        let mut connection = zero();
        assert_eq!(known(mcpe_connection_new(from(&config), to(&mut connection))), MCPE_OK);
        self.connections.keep(connection);
    }

    pub(crate) fn end(&mut self) {
        self.decoders.end(mcpe_decoder_free);
        self.connections.end(mcpe_connection_free);
    }
}

/// Bytes are written to where there is room, and more is said to be there than fits.
fn put(held: Held<mcpe_decoder>, cursor: &mut Cursor<'_>) {
    let (mut room, mut len) = (nowhere(), 0);
    if by(&held, mcpe_decoder_reserve(held.handle, to(&mut room), to(&mut len))) != MCPE_OK {
        return;
    }
    let line = cursor.line();
    let fitting = line.len().min(len);
    write(room, &line[..fitting]);
    assert_eq!(by(&held, mcpe_decoder_commit(held.handle, len + 1)), MCPE_ERR_MISUSE);
    by(&held, mcpe_decoder_commit(held.handle, fitting));
}

fn next(held: Held<mcpe_decoder>, messages: &mut Messages) {
    let mut message = zero();
    if by(&held, mcpe_decoder_next(held.handle, to(&mut message))) == MCPE_OK {
        messages.keep(message);
    }
}

/// Rows of a table, of which some become messages.
fn drain(held: Held<mcpe_decoder>, cursor: &mut Cursor<'_>, messages: &mut Messages) {
    let (mut rows, mut count) = ([zero::<mcpe_item>(); 4], 99);
    let capacity = cursor.below(4) + 1;
    let size = size_of::<mcpe_item>();
    let status = by(
        &held,
        mcpe_decoder_drain(held.handle, table(&mut rows), capacity, size, to(&mut count)),
    );
    if status != MCPE_OK {
        return assert_eq!(count, 99);
    }
    assert!(count <= capacity);
    for row in &rows[..count] {
        known(row.status);
        let bytes = read(mcpe_str { ptr: row.bytes, len: row.index.len as usize });
        spans_lie_within(&row.index, bytes.len());
    }
    let (at, mut message) = (cursor.below(6), zero());
    let status = by(&held, mcpe_decoder_take(held.handle, at, to(&mut message)));
    let is_there = at < count && rows[at].status != MCPE_EVENT;
    assert_eq!(status, if is_there { MCPE_OK } else { MCPE_ERR_VALUE });
    if is_there {
        messages.keep(message);
    }
}

/// A callback finds its decoder in use, and everything else free.
fn visit(held: Held<mcpe_decoder>) {
    let decoder = held.handle;
    let pointer: *const mcpe_decoder = &raw const decoder;
    // SAFETY: `Userdata` is a transparent pointer.
    let userdata: Userdata = unsafe { transmute_copy(&pointer) };
    by(&held, mcpe_decoder_visit(decoder, Some(inside), userdata, to(&mut 0)));
}

extern "C" fn inside(userdata: Userdata, item: *const mcpe_item) -> c_int {
    // SAFETY: `visit` hands a decoder on, which lives as long.
    let decoder: mcpe_decoder =
        unsafe { *transmute_copy::<Userdata, *const mcpe_decoder>(&userdata) };
    // SAFETY: an item is valid during the call.
    let item = unsafe { *item };
    known(item.status);
    let mut message = zero();
    assert_eq!(mcpe_decoder_next(decoder, to(&mut message)), MCPE_ERR_BUSY);
    assert_eq!(mcpe_decoder_free(decoder), MCPE_ERR_BUSY);
    assert_eq!(mcpe_decoder_feed(decoder, first(b"x"), 1), MCPE_ERR_BUSY);
    let bytes = read(mcpe_str { ptr: item.bytes, len: item.index.len as usize });
    let json = String::from_utf8_lossy(&bytes);
    if known(mcpe_message_parse(chars(&json), json.len(), to(&mut message))) == MCPE_OK {
        assert_eq!(mcpe_message_free(message), MCPE_OK);
    }
    c_int::from(item.index.len % 3 == 1)
}

fn events(held: Held<mcpe_connection>, messages: &mut Messages) {
    let mut event: mcpe_event = zero();
    while by(&held, mcpe_connection_poll_event(held.handle, to(&mut event))) == MCPE_OK {
        read(event.id.token);
        if (event.message.slot, event.message.generation) != (0, 0) {
            messages.keep(event.message);
        }
    }
}

fn transmit(held: Held<mcpe_connection>) {
    let (mut buffer, mut transmit, mut len) = (zero(), zero::<mcpe_transmit>(), 0);
    assert_eq!(mcpe_buffer_new(MCPE_FRAMING_LINE, to(&mut buffer)), MCPE_OK);
    let mut all = 0;
    while by(&held, mcpe_connection_poll_transmit(held.handle, buffer, to(&mut transmit)))
        == MCPE_OK
    {
        all += transmit.len;
        assert_eq!(mcpe_buffer_len(buffer, to(&mut len)), MCPE_OK);
        assert_eq!(len, all);
    }
    assert_eq!(mcpe_buffer_free(buffer), MCPE_OK);
}

fn ask(held: Held<mcpe_connection>, cursor: &mut Cursor<'_>) {
    let method = ["tools/call", "ping", "x/y", "subscriptions/listen"][cursor.below(4)];
    let params = [r#"{"name":"x"}"#, "{}", r#"{"notifications":{"toolsListChanged":true}}"#]
        [cursor.below(3)];
    let request =
        mcpe_request { method: text(method), params: text(params), wants_progress: 1, ..sized() };
    let mut id = 0;
    by(&held, mcpe_connection_start(held.handle, NOW));
    if by(&held, mcpe_connection_request(held.handle, from(&request), NOW, to(&mut id))) == MCPE_OK
    {
        assert!(id > 0);
    }
    by(&held, mcpe_connection_cancel(held.handle, cursor.below(9) as i64, chars("no"), 2, NOW));
    by(
        &held,
        mcpe_connection_notify(
            held.handle,
            chars(method),
            method.len(),
            chars(params),
            params.len(),
            none(),
        ),
    );
}

fn answer(held: Held<mcpe_connection>, cursor: &mut Cursor<'_>, messages: &Messages) {
    let relayed = messages.pick(cursor);
    let kind = cursor.below(9) as u32;
    let reply =
        mcpe_reply { kind, json: text("{}"), text: text("ok"), message: relayed.handle, ..sized() };
    let id = mcpe_id { tag: MCPE_TAG_INTEGER, integer: cursor.below(9) as i64, ..zero() };
    let mut delivery = 0;
    let status = known(mcpe_connection_respond(
        held.handle,
        from(&id),
        from(&reply),
        NOW,
        to(&mut delivery),
    ));
    if status != MCPE_ERR_HANDLE {
        assert!(
            held.is_alive
                || kind == MCPE_REPLY_RELAY
                || kind == 0
                || kind == 8
                || status == MCPE_ERR_VALUE
        );
    }
    let value = cursor.below(9) as f64;
    by(
        &held,
        mcpe_connection_progress(
            held.handle,
            from(&id),
            value,
            none(),
            chars("m"),
            1,
            to(&mut delivery),
        ),
    );
    by(&held, mcpe_connection_is_wanted(held.handle, from(&id), to(&mut delivery)));
}

fn end(held: Held<mcpe_connection>, cursor: &mut Cursor<'_>) {
    by(&held, mcpe_connection_standing(held.handle, to(&mut zero())));
    by(&held, mcpe_connection_counters(held.handle, to(&mut zero())));
    let mut due = 0;
    if by(&held, mcpe_connection_poll_timeout(held.handle, to(&mut due))) == MCPE_OK
        && cursor.below(4) == 0
    {
        by(&held, mcpe_connection_handle_timeout(held.handle, mcpe_now { mono_ns: due, ..NOW }));
    }
    match cursor.below(8) {
        0 => by(&held, mcpe_connection_close(held.handle)),
        1 => by(&held, mcpe_connection_peer_closed(held.handle)),
        2 => by(&held, mcpe_connection_stream_closed(held.handle, cursor.below(4) as u64, NOW)),
        _ => by(&held, mcpe_connection_fall_back(held.handle, NOW)),
    };
}

const NOW: mcpe_now = mcpe_now { mono_ns: 1, unix_ms: 1 };

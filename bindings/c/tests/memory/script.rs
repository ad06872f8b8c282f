//! What is said and done while memory is short: each of the kinds of handles, with messages, tables and queues that grow large.

#![expect(non_camel_case_types, reason = "a name of C")]

use std::fmt::Write as _;

use mcp_engine_c::buffer::*;
use mcp_engine_c::cache::*;
use mcp_engine_c::config::*;
use mcp_engine_c::connection::*;
use mcp_engine_c::decoder::*;
use mcp_engine_c::encode::*;
use mcp_engine_c::endpoint::*;
use mcp_engine_c::index::*;
use mcp_engine_c::json::*;
use mcp_engine_c::message::*;
use mcp_engine_c::names::*;
use mcp_engine_c::scheduler::*;
use mcp_engine_c::status::*;
use mcp_engine_c::text::*;

use crate::abi::{chars, first, from, none, nowhere, read, sized, table, text, to, write, zero};
use crate::inside;

/// One run, and how many of its calls were refused memory.
#[derive(Default)]
pub(crate) struct Script {
    pub(crate) refused: u32,
}

/// One side of a conversation.
struct Side {
    connection: mcpe_connection,
    decoder: mcpe_decoder,
    buffer: mcpe_buffer,
}

/// What a side was told.
#[derive(Default)]
struct Told {
    requests: Vec<Vec<u8>>,
    answers: usize,
    others: usize,
}

impl Script {
    /// What each run does one of.
    pub(crate) const PARTS: [(&str, fn(&mut Self)); 9] = [
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
    fn call(&mut self, what: &str, mut call: impl FnMut() -> mcpe_status) -> mcpe_status {
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
    fn done(&mut self, what: &str, call: impl FnMut() -> mcpe_status) {
        assert_eq!(self.call(what, call), MCPE_OK, "{what}");
    }

    fn decoder(&mut self, stream: u32) -> mcpe_decoder {
        let options = mcpe_decoder_options { stream, ..sized() };
        let mut made = zero();
        self.done("decoder_new", || mcpe_decoder_new(from(&options), to(&mut made)));
        made
    }

    /// Reads bytes into a decoder; a part of them may be in it when memory is refused, so that it begins anew with another one.
    fn fed(&mut self, stream: u32, bytes: &[u8]) -> mcpe_decoder {
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
    fn drained(&mut self, bytes: &[u8], expected: usize) {
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

    fn read_lines(&mut self) {
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
    fn put(&mut self, decoder: mcpe_decoder, bytes: &[u8]) {
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

    fn read_events(&mut self) {
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

    fn read_texts(&mut self) {
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

    fn parsed(&mut self, json: &str) -> mcpe_message {
        let mut message = zero();
        self.done("parse", || mcpe_message_parse(chars(json), json.len(), to(&mut message)));
        message
    }

    fn buffer(&mut self) -> mcpe_buffer {
        let mut buffer = zero();
        self.done("buffer_new", || mcpe_buffer_new(MCPE_FRAMING_LINE, to(&mut buffer)));
        buffer
    }

    fn write_messages(&mut self) {
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

    fn side(&mut self, role: u32, revision: u32, capabilities: &str) -> Side {
        let config = mcpe_config {
            role,
            revisions: 1 << revision,
            name: text("side"),
            version: text("1"),
            capabilities: text(capabilities),
            ..sized()
        };
        let mut connection = zero();
        self.done("connection_new", || mcpe_connection_new(from(&config), to(&mut connection)));
        Side { connection, decoder: self.decoder(MCPE_STREAM_LINES), buffer: self.buffer() }
    }

    /// Carries everything over that one side has to say, and yields what the other is told.
    fn carry(&mut self, one: &Side, other: &Side) -> Told {
        let mut told = Told::default();
        let mut transmit = zero();
        while self.call("transmit", || {
            mcpe_connection_poll_transmit(one.connection, one.buffer, to(&mut transmit))
        }) == MCPE_OK
        {
            let mut pieces = [text(""); 8];
            let mut count = 0;
            self.done("pieces", || {
                mcpe_buffer_pieces(
                    one.buffer,
                    table(&mut pieces),
                    8,
                    size_of::<mcpe_str>(),
                    to(&mut count),
                )
            });
            for piece in pieces[..count].iter().map(|piece| read(*piece)) {
                self.put(other.decoder, &piece);
            }
            self.done("clear", || mcpe_buffer_clear(one.buffer));
            self.receive(other, &mut told);
        }
        self.receive(other, &mut told);
        told
    }

    fn receive(&mut self, side: &Side, told: &mut Told) {
        loop {
            // A message that was read and not taken in for want of memory is lost.
            let status = self.call("receive_next", || {
                mcpe_connection_receive_next(side.connection, MCPE_STREAM_MAIN, side.decoder, NOW)
            });
            self.events(side, told);
            match status {
                MCPE_NOTHING => return,
                MCPE_OK | MCPE_ERR_PEER | MCPE_ERR_LIMIT => {}
                status => panic!("{status}"),
            }
        }
    }

    fn events(&mut self, side: &Side, told: &mut Told) {
        let mut event: mcpe_event = zero();
        while self
            .call("poll_event", || mcpe_connection_poll_event(side.connection, to(&mut event)))
            == MCPE_OK
        {
            match event.kind {
                MCPE_EVENT_REQUEST => told.requests.push(read(event.id.token)),
                MCPE_EVENT_RESPONSE | MCPE_EVENT_FAILED => told.answers += 1,
                _ => told.others += 1,
            }
            assert_eq!(mcpe_message_free(event.message), MCPE_OK);
        }
    }

    fn talk(&mut self, revision: u32) {
        let capabilities =
            r#"{"tools":{"listChanged":true},"logging":{},"resources":{"subscribe":true}}"#;
        let server = self.side(MCPE_ROLE_SERVER, revision, capabilities);
        let client = self.side(MCPE_ROLE_CLIENT, revision, "{\"experimental\":{}}");
        self.done("start", || mcpe_connection_start(client.connection, NOW));
        for _ in 0..3 {
            self.carry(&client, &server);
            self.carry(&server, &client);
        }
        self.ask(&client, 300, &long(1_500));
        self.ask(&client, 2, &long(100_000));
        self.ask(&client, 1, &keys(2_000));
        let told = self.carry(&client, &server);
        self.answer(&server, told.requests);
        self.carry(&server, &client);
        self.tell(&server, &client);
        self.ask(&client, 400, "");
        let (mut standing, mut written) = (zero(), 0);
        self.done("standing", || mcpe_connection_standing(client.connection, to(&mut standing)));
        let target = mcpe_target { buffer: client.buffer, ..zero() };
        let peer = self.call("peer", || {
            mcpe_connection_peer(
                client.connection,
                MCPE_PEER_CAPABILITIES,
                target,
                to(&mut written),
            )
        });
        assert!(peer == MCPE_OK || peer == MCPE_NOTHING, "{peer}");
        self.done("close", || mcpe_connection_close(client.connection));
        self.events(&client, &mut Told::default());
        for side in [server, client] {
            assert_eq!(mcpe_connection_free(side.connection), MCPE_OK);
            assert_eq!(mcpe_decoder_free(side.decoder), MCPE_OK);
            assert_eq!(mcpe_buffer_free(side.buffer), MCPE_OK);
        }
    }

    fn ask(&mut self, client: &Side, count: usize, arguments: &str) {
        let arguments = if arguments.is_empty() { "{}" } else { arguments };
        let value =
            if arguments.starts_with('{') { arguments.into() } else { format!("\"{arguments}\"") };
        let params = format!("{{\"name\":\"x\",\"arguments\":{{\"a\":{value}}}}}");
        let request = mcpe_request {
            method: text("tools/call"),
            params: text(&params),
            wants_progress: 1,
            ..sized()
        };
        for _ in 0..count {
            let mut id = 0;
            let status = self.call("request", || {
                mcpe_connection_request(client.connection, from(&request), NOW, to(&mut id))
            });
            // The handshake may have lost a message.
            assert!(status == MCPE_OK || status == MCPE_ERR_MISUSE, "{status}");
        }
    }

    fn answer(&mut self, server: &Side, requests: Vec<Vec<u8>>) {
        let (plain, object) =
            (long(40_000), format!("{{\"content\":[],\"x\":\"{}\"}}", long(40_000)));
        let message = self.parsed(&format!("{{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{object}}}"));
        let replies = [
            mcpe_reply { kind: MCPE_REPLY_TEXT, text: text(&plain), ..sized() },
            mcpe_reply { kind: MCPE_REPLY_RESULT, json: text(&object), ..sized() },
            mcpe_reply {
                kind: MCPE_REPLY_ERROR,
                text: text(&plain),
                json: text(&object),
                code: -1,
                ..sized()
            },
            mcpe_reply { kind: MCPE_REPLY_RELAY, message, ..sized() },
        ];
        let small = mcpe_reply { kind: MCPE_REPLY_TEXT, text: text("ok"), ..sized() };
        for (at, token) in requests.iter().enumerate() {
            let token = String::from_utf8(token.clone()).expect("a token");
            let id = mcpe_id { token: text(&token), ..zero() };
            let mut delivery = 0;
            if at < 20 {
                let status = self.call("progress", || {
                    let (message, len) = (chars(&plain), plain.len());
                    mcpe_connection_progress(
                        server.connection,
                        from(&id),
                        1.0,
                        none(),
                        message,
                        len,
                        to(&mut delivery),
                    )
                });
                assert_eq!(status, MCPE_OK);
            }
            let reply = if at < 20 { &replies[at % replies.len()] } else { &small };
            self.done("respond", || {
                mcpe_connection_respond(
                    server.connection,
                    from(&id),
                    from(reply),
                    NOW,
                    to(&mut delivery),
                )
            });
        }
        assert_eq!(mcpe_message_free(message), MCPE_OK);
    }

    /// What a server says of itself, and what a client takes back.
    fn tell(&mut self, server: &Side, client: &Side) {
        let content = format!("\"{}\"", long(40_000));
        let mut delivery = 0;
        for _ in 0..4 {
            let status = self.call("log", || {
                let (content, len) = (chars(&content), content.len());
                mcpe_connection_log(
                    server.connection,
                    MCPE_LEVEL_ERROR,
                    none(),
                    0,
                    content,
                    len,
                    none(),
                    to(&mut delivery),
                )
            });
            assert!(status == MCPE_OK || status == MCPE_ERR_MISUSE, "{status}");
        }
        let uris: Vec<String> = (0..600).map(|at| format!("file:///{at}/{}", long(60))).collect();
        let list: Vec<String> = uris.iter().map(|uri| format!("\"{uri}\"")).collect();
        let filter = format!("{{\"resourceSubscriptions\":[{}]}}", list.join(","));
        let mut id = 0;
        let status = self.call("listen", || {
            mcpe_connection_listen(
                client.connection,
                chars(&filter),
                filter.len(),
                NOW,
                to(&mut id),
            )
        });
        assert!(matches!(status, MCPE_OK | MCPE_ERR_MISUSE | MCPE_ERR_INCOMPATIBLE), "{status}");
        self.carry(client, server);
        let change = mcpe_change { kind: MCPE_CHANGE_RESOURCE, name: text(&uris[0]), ..sized() };
        self.call("publish", || mcpe_connection_publish(server.connection, from(&change)));
        self.carry(server, client);
    }

    fn serve(&mut self) {
        let config = mcpe_config {
            role: MCPE_ROLE_SERVER,
            name: text("side"),
            version: text("1"),
            capabilities: text(r#"{"tools":{},"logging":{},"resources":{"subscribe":true}}"#),
            ..sized()
        };
        let (mut endpoint, buffer) = (zero(), self.buffer());
        self.done("endpoint_new", || mcpe_endpoint_new(from(&config), to(&mut endpoint)));
        let plain = long(40_000);
        let content = format!("\"{plain}\"");
        let accepted = self.accepted(endpoint, buffer, &modern("tools/call", &content));
        let (exchange, mut delivery, mut written, mut code) = (accepted.exchange, 0, 0, 0);
        self.done("exchange_progress", || {
            let (message, len) = (chars(&plain), plain.len());
            mcpe_exchange_progress(
                exchange,
                1.0,
                none(),
                message,
                len,
                buffer,
                to(&mut delivery),
                to(&mut written),
            )
        });
        self.done("exchange_log", || {
            let (text, len) = (chars(&content), content.len());
            mcpe_exchange_log(
                exchange,
                MCPE_LEVEL_ERROR,
                none(),
                0,
                text,
                len,
                buffer,
                to(&mut delivery),
                to(&mut written),
            )
        });
        let reply = mcpe_reply { kind: MCPE_REPLY_TEXT, text: text(&plain), ..sized() };
        self.done("exchange_respond", || {
            mcpe_exchange_respond(exchange, from(&reply), buffer, to(&mut code), to(&mut written))
        });
        assert_eq!(mcpe_exchange_free(exchange), MCPE_OK);
        self.listening(endpoint, buffer);
        assert_eq!((mcpe_endpoint_free(endpoint), mcpe_buffer_free(buffer)), (MCPE_OK, MCPE_OK));
    }

    fn accepted(
        &mut self,
        endpoint: mcpe_endpoint,
        buffer: mcpe_buffer,
        json: &str,
    ) -> mcpe_accepted {
        let message = self.parsed(json);
        let (mut accepted, mut written) = (zero(), 0);
        self.done("accept", || {
            mcpe_endpoint_accept(endpoint, message, buffer, to(&mut accepted), to(&mut written))
        });
        assert_eq!(mcpe_message_free(message), MCPE_OK);
        accepted
    }

    fn listening(&mut self, endpoint: mcpe_endpoint, buffer: mcpe_buffer) {
        let uris: Vec<String> =
            (0..600).map(|at| format!("\"file:///{at}/{}\"", long(60))).collect();
        let wanted = format!("{{\"resourceSubscriptions\":[{}]}}", uris.join(","));
        let listening =
            self.accepted(endpoint, buffer, &modern("subscriptions/listen", &wanted)).listening;
        let target = mcpe_target { buffer, ..zero() };
        let mut written = 0;
        self.done("acknowledge", || {
            mcpe_listening_acknowledge(listening, target, to(&mut written))
        });
        let uri = uris[0].trim_matches('"');
        let change = mcpe_change { kind: MCPE_CHANGE_RESOURCE, name: text(uri), ..sized() };
        self.done("tell", || {
            mcpe_listening_tell(listening, from(&change), target, to(&mut written))
        });
        self.done("end", || mcpe_listening_end(listening, target, to(&mut written)));
        assert_eq!(mcpe_listening_free(listening), MCPE_OK);
    }

    fn keep(&mut self) {
        let mut cache = zero();
        self.done("cache_new", || mcpe_cache_new(none(), to(&mut cache)));
        let tools = format!(
            "{{\"tools\":[],\"ttlMs\":60000,\"cacheScope\":\"public\",\"x\":\"{}\"}}",
            long(50_000)
        );
        let answer = self.parsed(&format!("{{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{tools}}}"));
        // Where there is no memory, nothing is kept, which is no failure.
        let stored = inside(|| {
            mcpe_cache_store(cache, MCPE_METHOD_LIST_TOOLS, none(), 0, none(), 0, answer, NOW)
        });
        assert!(stored == MCPE_OK || stored == MCPE_NOTHING, "{stored}");
        let mut found = zero();
        let status = self.call("look_up", || {
            mcpe_cache_look_up(
                cache,
                MCPE_METHOD_LIST_TOOLS,
                none(),
                0,
                none(),
                0,
                NOW,
                to(&mut found),
            )
        });
        assert!(status == MCPE_OK || status == MCPE_NOTHING, "{status}");
        assert_eq!((mcpe_message_free(found), mcpe_message_free(answer)), (MCPE_OK, MCPE_OK));
        assert_eq!(mcpe_cache_free(cache), MCPE_OK);
    }

    fn schedule(&mut self) {
        let mut scheduler = zero();
        self.done("scheduler_new", || mcpe_scheduler_new(none(), to(&mut scheduler)));
        let (mut quota, mut policy) = (0, 0);
        self.done("open_quota", || mcpe_scheduler_open_quota(scheduler, none(), to(&mut quota)));
        for at in 0..300 {
            let pattern = format!("{at}.{}", long(60));
            self.done("set_policy", || {
                mcpe_scheduler_set_policy(
                    scheduler,
                    chars(&pattern),
                    pattern.len(),
                    none(),
                    to(&mut policy),
                )
            });
        }
        let pattern = long(20_000);
        self.done("set_policy", || {
            mcpe_scheduler_set_policy(
                scheduler,
                chars(&pattern),
                pattern.len(),
                none(),
                to(&mut policy),
            )
        });
        let quotas = [quota];
        let options = mcpe_key_options { quotas: first(&quotas), quotas_len: 1, ..sized() };
        let mut keys = vec![0u64; 1_200];
        for key in &mut keys {
            self.done("open_key", || mcpe_scheduler_open_key(scheduler, from(&options), to(key)));
        }
        let mut tasks: Vec<u64> = Vec::with_capacity(3_000);
        for at in 0..2_400 {
            let task = mcpe_task { key: keys[at % keys.len()], deadline_ns: 1 << 40, ..sized() };
            let mut id = 0;
            self.done("submit", || mcpe_scheduler_submit(scheduler, from(&task), 0, to(&mut id)));
            tasks.push(id);
        }
        let task =
            mcpe_task { key: keys[0], after: first(&tasks), after_len: tasks.len(), ..sized() };
        let mut id = 0;
        self.done("submit", || mcpe_scheduler_submit(scheduler, from(&task), 0, to(&mut id)));
        self.finish(scheduler);
        assert_eq!(mcpe_scheduler_free(scheduler), MCPE_OK);
    }

    /// Runs every task, and hears of its end.
    fn finish(&mut self, scheduler: mcpe_scheduler) {
        let (mut ready, mut settled, mut event): (mcpe_ready, _, _) = (zero(), zero(), zero());
        let mut ended = 0;
        while self.call("poll_ready", || mcpe_scheduler_poll_ready(scheduler, 1, to(&mut ready)))
            == MCPE_OK
        {
            let task = ready.task;
            self.done("complete", || {
                mcpe_scheduler_complete(
                    scheduler,
                    task,
                    MCPE_COMPLETION_SUCCEEDED,
                    none(),
                    1,
                    to(&mut settled),
                )
            });
            while self.call("poll_event", || mcpe_scheduler_poll_event(scheduler, to(&mut event)))
                == MCPE_OK
            {
                ended += 1;
            }
        }
        assert_eq!(ended, 2_401);
    }
}

/// Looks at every member.
extern "C" fn go_on(_: mcpe_userdata, _: mcpe_str, _: mcpe_str) -> core::ffi::c_int {
    0
}

type mcpe_userdata = mcp_engine_c::pointer::Userdata;

fn line(text: &str) -> Vec<u8> {
    format!("{text}\n").into_bytes()
}

fn ping(id: usize) -> String {
    format!("{{\"jsonrpc\":\"2.0\",\"id\":{id},\"method\":\"ping\"}}")
}

/// A call whose argument is a text, or the object that it is.
fn call(id: usize, argument: &str) -> String {
    let value =
        if argument.starts_with('{') { argument.to_owned() } else { format!("\"{argument}\"") };
    format!(
        "{{\"jsonrpc\":\"2.0\",\"id\":{id},\"method\":\"tools/call\",\"params\":{{\"name\":\"x\",\"arguments\":{{\"a\":{value}}}}}}}"
    )
}

fn modern(method: &str, value: &str) -> String {
    let meta = "\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\",\"io.modelcontextprotocol/clientCapabilities\":{},\"io.modelcontextprotocol/clientInfo\":{\"name\":\"x\",\"version\":\"1\"},\"io.modelcontextprotocol/logLevel\":\"debug\",\"progressToken\":1}";
    format!(
        "{{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"{method}\",\"params\":{{\"name\":\"x\",\"arguments\":{{\"a\":{value}}},\"notifications\":{value},{meta}}}}}"
    )
}

fn long(len: usize) -> String {
    "abcdefghij".repeat(len.div_ceil(10))
}

fn list(count: usize, each: impl Fn(usize) -> String) -> String {
    (0..count).map(each).collect::<Vec<_>>().join(",")
}

/// An object with so many members.
fn keys(count: usize) -> String {
    let mut object = String::from("{");
    for at in 0..count {
        let comma = if at == 0 { "" } else { "," };
        write!(object, "{comma}\"key_{at}\":{at}").expect("text");
    }
    object + "}"
}

/// Objects inside of one another, with so many members each.
fn nested(depth: usize, members: usize) -> String {
    (0..depth).fold("{}".to_owned(), |inner, _| {
        let members = list(members, |at| format!("\"k{at}\":{at}"));
        format!("{{{members},\"in\":{inner}}}")
    })
}

const NOW: mcpe_now = mcpe_now { mono_ns: 1, unix_ms: 1 };

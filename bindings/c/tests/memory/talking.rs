//! Two sides that talk over a duplex transport.

use mcp_engine_c::buffer::*;
use mcp_engine_c::config::*;
use mcp_engine_c::connection::*;
use mcp_engine_c::decoder::*;
use mcp_engine_c::message::*;
use mcp_engine_c::status::*;
use mcp_engine_c::text::*;

use super::script::{NOW, Script};
use super::texts::{keys, long};
use crate::abi::{chars, from, none, read, sized, table, text, to, zero};

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

    pub(super) fn talk(&mut self, revision: u32) {
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
}

//! Every peer really reads every kind it is timed on, and those that yield the same things yield
//! the same values.

use ::rmcp::model::{
    ClientNotification, ClientRequest, JsonRpcMessage, ServerNotification, ServerResult,
};
use ::serde_json::Value;

use super::*;
use crate::corpus::{Kind, Side};
use crate::seen::{Seen, Shape};
use crate::stream::Message;

#[test]
fn slice_yielding_parsers_see_the_same() {
    for kind in Kind::ALL {
        let stream = sample(kind);
        let mut engine = Engine::new(&stream);
        for Message { line, .. } in stream.messages() {
            let seen = serde_json::see(line);
            assert_eq!(seen, expected(line), "{}", kind.name());
            assert_eq!(sonic_rs::see(line), seen, "sonic-rs, {}", kind.name());
            assert_eq!(jiter::see(line, &mut Vec::new()), seen, "jiter, {}", kind.name());
            assert_eq!(engine.envelope(line), seen, "ours, {}", kind.name());
            assert_eq!(engine.envelope_lenient(line), seen, "ours, lenient, {}", kind.name());
        }
    }
}

#[test]
fn whoever_yields_slices_has_validated_the_whole_line() {
    for broken in BROKEN {
        let line = [OPEN, broken, CLOSE].concat();
        let wire = [line.as_slice(), b"\n"].concat();
        let mut engine = Engine::new(&sample(Kind::Result));
        assert_rejects("serde_json", || serde_json::see(&line).fold());
        assert_rejects("sonic-rs", || sonic_rs::see(&line).fold());
        assert_rejects("jiter", || jiter::see(&line, &mut Vec::new()).fold());
        assert_rejects("ours", || engine.envelope(&line).fold());
        assert_rejects("ours, lenient", || engine.envelope_lenient(&line).fold());
        assert_rejects("ours, fused", || engine.fused(&wire));
        assert_rejects("ours, owning", || engine.owning(&wire));
        assert_rejects("ours, typed", || engine.typed(&line));
    }
}

#[test]
fn every_contender_survives_every_kind_and_repeats_itself() {
    for kind in Kind::ALL {
        let stream = sample(kind);
        for mut contender in envelopes(&stream).into_iter().chain(strings(&stream)) {
            assert_eq!(contender.pass(), contender.pass(), "{}, {}", contender.name, kind.name());
        }
    }
}

#[test]
fn all_forms_of_the_engine_sum_to_the_same() {
    for kind in Kind::ALL {
        let stream = sample(kind);
        let sums =
            [in_place(&stream), lenient(&stream), framed(&stream), fused(&stream), owning(&stream)]
                .map(|mut one| one.pass());
        assert!(sums.iter().all(|sum| *sum == sums[0]), "{}: {sums:?}", kind.name());
    }
}

#[test]
fn programs_in_c_see_what_rust_sees() {
    if !c::is_built() {
        return eprintln!("NOT RUN: benches/c/build.sh was not run");
    }
    for kind in [Kind::Progress, Kind::Call, Kind::CallMeta, Kind::Result, Kind::Mixed] {
        let stream = sample(kind);
        let mut sums: Vec<_> =
            c::contenders(&stream).into_iter().map(|mut one| (one.name, one.pass())).collect();
        let trees = sums.split_off(4);
        for sums in [sums, trees] {
            assert!(sums.iter().all(|(_, sum)| *sum == sums[0].1), "{}: {sums:?}", kind.name());
        }
    }
}

#[test]
fn typed_parsers_agree() {
    for kind in
        [Kind::Result, Kind::Code4k, Kind::Utf84k, Kind::Code64k, Kind::Plain64k, Kind::Base641m]
    {
        let stream = sample(kind);
        let mut contenders = typed(&stream);
        assert_eq!(contenders[0].pass(), stream.len() as u64, "one block per message");
        let agreeing: Vec<u64> = contenders[1..6].iter_mut().map(Contender::pass).collect();
        assert!(agreeing.iter().all(|sum| *sum == agreeing[0]), "{}: {agreeing:?}", kind.name());
    }
}

#[test]
fn writers_write_the_same_line() {
    for text in ["", "plain", "a \"quoted\"\tline\r\n\\ \u{1} \u{7f} é 日本 🚀"] {
        let lines =
            [ours::write_text, serde_json::write_text, sonic_rs::write_text, rmcp::write_text].map(
                |write| {
                    let mut line = Vec::new();
                    write(&mut line, 7, text);
                    line
                },
            );
        let value: Value = ::serde_json::from_slice(&lines[0]).expect("valid");
        assert_eq!(value["result"]["content"][0]["text"], text);
        assert!(lines.iter().all(|line| *line == lines[0]), "{:?}", lines.map(String::from_utf8));
    }
}

#[test]
fn rmcp_reads_each_kind_as_its_own_type() {
    for kind in Kind::ALL {
        for message in sample(kind).messages() {
            let name = match message.side {
                Side::Client => client_type(message),
                Side::Server => server_type(message),
            };
            let expected = typed_as(kind).unwrap_or(name);
            assert_eq!(name, expected, "{}", kind.name());
        }
    }
}

/// Contenders have no error to return, since the corpus is valid: they panic.
fn assert_rejects(name: &str, read: impl FnOnce() -> u64) {
    let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(read));
    assert!(outcome.is_err(), "{name} accepted a broken line");
}

fn sample(kind: Kind) -> Stream {
    Stream::of(kind, (2_000_000 / kind.bytes()).clamp(1, 1000))
}

fn expected(line: &[u8]) -> Seen {
    let line = str::from_utf8(line).expect("valid");
    let value: Value = ::serde_json::from_str(line).expect("valid");
    let method = value["method"].as_str().unwrap_or("");
    let shape = match (method.is_empty(), value.get("id"), value.get("error")) {
        (false, Some(_), _) => Shape::Request,
        (false, None, _) => Shape::Notification,
        (true, _, None) => Shape::Result,
        (true, _, Some(_)) => Shape::Error,
    };
    let starts = ["\"params\":", "\"result\":", "\"error\":"]
        .into_iter()
        .filter_map(|key| Some(line.find(key)? + key.len()));
    let id = value.get("id").map_or(0, |id| id.to_string().len());
    // The payload is the last member of every line, so that it ends one brace before the line does.
    let payload = line.len() - starts.min().expect("payload") - 1;
    Seen { shape, id, method: method.len(), payload }
}

fn typed_as(kind: Kind) -> Option<&'static str> {
    match kind {
        Kind::Progress => Some("progress"),
        Kind::Cancelled => Some("cancelled"),
        Kind::Call | Kind::CallMeta | Kind::Deep => Some("call"),
        Kind::Initialize => Some("initialize"),
        Kind::Error => Some("error"),
        Kind::Tools => Some("tools"),
        Kind::Mixed => None,
        _ => Some("result"),
    }
}

fn client_type(message: Message<'_>) -> &'static str {
    match rmcp::from_client(message) {
        JsonRpcMessage::Request(request) => match request.request {
            ClientRequest::CallToolRequest(_) => "call",
            ClientRequest::InitializeRequest(_) => "initialize",
            other => panic!("{}", other.method()),
        },
        JsonRpcMessage::Notification(notification) => match notification.notification {
            ClientNotification::CancelledNotification(_) => "cancelled",
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}

fn server_type(message: Message<'_>) -> &'static str {
    match rmcp::from_server(message) {
        JsonRpcMessage::Response(response) => match response.result {
            ServerResult::CallToolResult(result) => {
                assert!(!result.content.is_empty());
                "result"
            }
            ServerResult::ListToolsResult(result) => {
                assert_eq!(result.tools.len(), 40);
                "tools"
            }
            other => panic!("{other:?}"),
        },
        JsonRpcMessage::Notification(notification) => match notification.notification {
            ServerNotification::ProgressNotification(_) => "progress",
            other => panic!("{other:?}"),
        },
        JsonRpcMessage::Error(_) => "error",
        JsonRpcMessage::Request(request) => panic!("{request:?}"),
    }
}

const OPEN: &[u8] = br#"{"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":""#;
const CLOSE: &[u8] = br#""}],"isError":false}}"#;

/// Invalid UTF-8, an escape that is none, a control character, a string cut short.
const BROKEN: [&[u8]; 4] = [b"caf\xe9 ", b"\\q", b"\x01", b"\","];

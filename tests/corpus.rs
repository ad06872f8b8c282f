//! The messages that were written for this project or recorded from real programs, and, when
//! `MCP_ENGINE_SPEC_DIR` names a folder with the examples of the specification, those too.

#[path = "shared/corpus.rs"]
mod corpus;

use std::env;
use std::path::{Path, PathBuf};

use corpus::{bytes, data, files};
use mcp_engine::{
    BodyDecoder, Decoder, EventDecoder, Flags, Incoming, Kind, Message, Method, Refusal,
};
use serde_json::Value;

type Verdicts = Vec<Result<Message, Refusal>>;

#[test]
fn every_example_is_the_message_that_its_file_name_says() {
    let examples = files(&data().join("examples"), ".json");
    for path in &examples {
        let name = file_name(path);
        let mut parts = name.split('.');
        let (subject, kind) = (parts.next().expect("a name"), parts.next().expect("a kind"));
        let subject = subject.split("--").next().expect("a subject").replace("__", "/");
        let messages = valid(read_body(path), path);
        if subject == "batch" {
            assert!(messages.len() > 1, "{name}");
            continue;
        }
        let [message] = &messages[..] else { panic!("{name}: {} messages", messages.len()) };
        assert_eq!(message.kind(), kind_of(kind), "{name}");
        match message.kind() {
            Kind::Request | Kind::Notification => {
                let method = message.method_name().expect("a method").to_string();
                assert_eq!(method, subject, "{name}");
                assert!(
                    Method::from_name(&method).is_some_and(|known| message.method() == Some(known))
                );
            }
            Kind::Response => assert!(message.result().is_some(), "{name}"),
            Kind::ErrorResponse => {
                let code = message.error().expect("an error").code;
                assert_eq!(format!("error/{code}"), error_name(&name), "{name}");
            }
        }
    }
    assert!(examples.len() > 200, "only {} examples", examples.len());
}

#[test]
fn batches_give_their_messages_in_order() {
    let batches = files(&data().join("examples/2025-03-26"), ".json");
    for path in batches.iter().filter(|path| file_name(path).starts_with("batch")) {
        let text = bytes(path);
        let elements: Vec<Value> = serde_json::from_slice(&text).expect("valid");
        let messages = valid(read_body(path), path);
        assert_eq!(messages.len(), elements.len());
        for (at, (message, element)) in messages.iter().zip(&elements).enumerate() {
            let value: Value = serde_json::from_str(message.as_str()).expect("valid");
            assert_eq!(value, *element);
            let index = message.index();
            let start = index.base as usize;
            assert_eq!(&text[start..start + index.len as usize], message.as_str().as_bytes());
            let last = at + 1 == elements.len();
            assert!(index.flags & Flags::BATCH != 0);
            assert_eq!(index.flags & Flags::BATCH_LAST != 0, last);
        }
    }
}

#[test]
fn every_line_of_a_recorded_session_is_a_valid_message() {
    let captures = files(&data().join("captures"), ".ndjson");
    let sessions = captures.iter().filter(|path| file_name(path) != "faulty.ndjson");
    let mut total = 0;
    for path in sessions {
        let text = bytes(path);
        let lines = text.iter().filter(|byte| **byte == b'\n').count();
        let directions = bytes(&path.with_extension("dir"));
        assert_eq!(directions.split(|byte| *byte == b'\n').count() - 1, lines);
        let messages = valid(read_lines(&text), path);
        assert_eq!(messages.len(), lines, "{path:?}");
        let joined: Vec<u8> = messages
            .iter()
            .flat_map(|message| [message.as_str().as_bytes(), b"\n"].concat())
            .collect();
        assert!(joined == text, "{path:?}: the bytes are those that were sent");
        total += lines;
    }
    assert_eq!(total, 339 + 53 + 256 + 251 + 256 + 257 + 270);
}

#[test]
fn every_event_of_a_recorded_reply_is_read() {
    for name in ["http-2025-11-25.sse", "http-2026-07-28.sse"] {
        let path = data().join("captures").join(name);
        let text = bytes(&path);
        let mut decoder = EventDecoder::default();
        decoder.feed(&text).expect("room");
        let (mut messages, mut others) = (0, 0);
        while let Some(polled) = decoder.poll() {
            match polled.unwrap_or_else(|refusal| panic!("{refusal}: {name}")) {
                Incoming::Message(message) => {
                    let start = message.index().base as usize;
                    let sent = &text[start..start + message.as_str().len()];
                    assert_eq!(sent, message.as_str().as_bytes());
                    messages += 1;
                }
                Incoming::Event(event) => {
                    assert!(event.data.is_empty());
                    others += 1;
                }
            }
        }
        let with_data = text.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii_end);
        let expected = with_data.filter(|line| line.starts_with(b"data: {")).count();
        assert_eq!(messages, expected, "{name}");
        assert!(messages > 10, "{name}: {messages} messages, {others} other events");
    }
}

#[test]
fn the_faulty_lines_have_these_verdicts() {
    let text = bytes(&data().join("captures/faulty.ndjson"));
    let starts: Vec<_> = starts_of_lines(&text).collect();
    let verdicts = read_lines(&text);
    assert_eq!(verdicts.len(), FAULTY.len());
    for (verdict, (line, word)) in verdicts.iter().zip(FAULTY) {
        let start = starts[line - 1] as u64;
        let end = starts[line] as u64;
        match verdict {
            Ok(message) => {
                assert_eq!(message.kind().name(), word, "line {line}");
                assert!((start..end).contains(&message.index().base), "line {line}");
            }
            Err(refusal) => {
                let error = refusal.error();
                assert_eq!(error.rule(), word, "line {line}");
                let offset = error.offset().expect("an offset");
                assert!((start..end).contains(&offset), "line {line}: {offset}");
            }
        }
    }
}

#[test]
fn the_complete_examples_of_the_specification_are_read() {
    let Some(folder) = env::var_os("MCP_ENGINE_SPEC_DIR") else {
        return;
    };
    let folder = PathBuf::from(folder).join("examples");
    let mut read = 0;
    for path in files(&folder, ".json") {
        if file_name(&path) == "INDEX.json" {
            continue;
        }
        let text = bytes(&path);
        let value: Value = serde_json::from_slice(&text).expect("valid");
        // A fragment may hold a placeholder; a complete message has its envelope.
        if value.get("jsonrpc").is_none() {
            continue;
        }
        for message in valid(read_body(&path), &path) {
            assert_eq!(message.kind(), kind_by_members(&value), "{path:?}");
            let method = message.method_name().map(|name| name.to_string());
            assert_eq!(method.as_deref(), value["method"].as_str(), "{path:?}");
        }
        read += 1;
    }
    println!("{read} examples of the specification were read");
    assert!(read > 0, "no complete message below {folder:?}");
}

/// The lines of the faulty capture that give a verdict: the word of their kind, or of the rule they break.
const FAULTY: [(usize, &str); 29] = [
    (1, "request"),
    (2, "response"),
    (3, "notification"),
    (4, "expected-value"),
    (5, "unexpected-end"),
    (6, "utf8"),
    (7, "lone-surrogate"),
    (8, "request"),
    (9, "request"),
    (10, "duplicate-param"),
    (11, "version-missing"),
    (12, "version"),
    (13, "id-null"),
    (14, "id-fraction"),
    (15, "ambiguous"),
    (16, "shapeless"),
    (17, "method-type"),
    (18, "params-type"),
    (19, "trailing-bytes"),
    (20, "byte-order-mark"),
    (21, "control-character"),
    (22, "request"),
    (25, "request"),
    (25, "notification"),
    (26, "number"),
    (27, "expected-value"),
    (28, "depth"),
    (29, "request"),
    (30, "error"),
];

fn read_lines(text: &[u8]) -> Verdicts {
    let mut decoder = Decoder::default();
    let mut verdicts = Vec::new();
    for piece in text.chunks(4096) {
        decoder.feed(piece).expect("everything was polled");
        verdicts.extend(std::iter::from_fn(|| decoder.poll()));
    }
    decoder.end().expect("the last line is whole");
    verdicts
}

fn read_body(path: &Path) -> Verdicts {
    let mut decoder = BodyDecoder::default();
    decoder.feed(&bytes(path)).expect("a short body");
    decoder.end();
    std::iter::from_fn(|| decoder.poll()).collect()
}

fn valid(verdicts: Verdicts, path: &Path) -> Vec<Message> {
    let valid = |verdict: Result<Message, Refusal>| {
        verdict.unwrap_or_else(|refusal| panic!("{refusal}: {}", path.display()))
    };
    verdicts.into_iter().map(valid).collect()
}

/// Where every line begins, and where the last one ends.
fn starts_of_lines(text: &[u8]) -> impl Iterator<Item = usize> {
    let newlines = text.iter().enumerate().filter(|(_, byte)| **byte == b'\n');
    std::iter::once(0).chain(newlines.map(|(at, _)| at + 1))
}

fn file_name(path: &Path) -> String {
    let name = path.file_name().expect("a file");
    name.to_string_lossy().into_owned()
}

fn kind_of(word: &str) -> Kind {
    match word {
        "request" => Kind::Request,
        "notification" => Kind::Notification,
        "result" => Kind::Response,
        "error" => Kind::ErrorResponse,
        other => panic!("no kind: {other}"),
    }
}

fn kind_by_members(value: &Value) -> Kind {
    match (value.get("method").is_some(), value.get("id").is_some()) {
        (true, true) => Kind::Request,
        (true, false) => Kind::Notification,
        _ if value.get("error").is_some() => Kind::ErrorResponse,
        _ => Kind::Response,
    }
}

/// What an error file is named for: `error/-32602`.
fn error_name(file: &str) -> String {
    file.replace("__", "/").replace(".error.json", "")
}

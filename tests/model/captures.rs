//! Sessions that were recorded from real programs: every message is of its type, but for one that is wrong on purpose.

use std::collections::BTreeMap;
use std::path::Path;

use mcp_engine::version::Version;
use mcp_engine::{Decoder, Kind, Message};

use crate::corpus::{bytes, data};
use crate::examples::rewrite;

#[test]
fn every_message_of_a_recorded_session_is_read() {
    let mut refused = Vec::new();
    for (name, version) in CAPTURES {
        let path = data().join("captures").join(name);
        let directions = bytes(&path.with_extension("dir"));
        let directions = directions.split(|byte| *byte == b'\n');
        let mut asked = BTreeMap::new();
        for ((message, direction), line) in lines(&path).iter().zip(directions).zip(1..) {
            let id = message.id().map(|id| id.token().to_owned());
            let method = match (message.kind(), direction) {
                (Kind::Request, _) => {
                    asked.insert((direction, id), message.method());
                    message.method()
                }
                (_, b"<") => asked.remove(&(&b">"[..], id)).flatten(),
                _ => asked.remove(&(&b"<"[..], id)).flatten(),
            };
            let known = method.is_some() || message.kind() == Kind::Notification;
            let rewritten = known.then(|| rewrite(message, method, version));
            if let Some(Err(mismatch)) = rewritten {
                refused.push(format!("{name}:{line}: {mismatch}"));
            }
        }
    }
    assert_eq!(refused, REFUSED);
}

fn lines(path: &Path) -> Vec<Message> {
    let mut decoder = Decoder::default();
    decoder.feed(&bytes(path)).expect("room");
    let messages = std::iter::from_fn(|| decoder.poll());
    messages.map(|it| it.unwrap_or_else(|refusal| panic!("{path:?}: {refusal}"))).collect()
}

const CAPTURES: [(&str, Version); 7] = [
    ("session.ndjson", Version::V2025_11_25),
    ("stdio-2024-11-05.ndjson", Version::V2024_11_05),
    ("stdio-2025-03-26.ndjson", Version::V2025_03_26),
    ("stdio-2025-06-18.ndjson", Version::V2025_06_18),
    ("stdio-2025-11-25.ndjson", Version::V2025_11_25),
    ("stdio-fallback-2025-11-25.ndjson", Version::V2025_11_25),
    ("stdio-2026-07-28.ndjson", Version::V2026_07_28),
];

/// What the recorded programs sent that is not of its type: a log level that does not exist.
const REFUSED: [&str; 1] = [
    "session.ndjson:333: SetLevelRequestParams.level must be one of debug info notice warning error \
     critical alert emergency",
];

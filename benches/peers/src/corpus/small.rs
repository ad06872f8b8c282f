//! The messages of 120 to 350 bytes that make up most of a session.
//!
//! Each function draws one line of its kind; lengths vary with the words drawn, and the mean is the
//! kind's nominal size. They are compact, as every SDK writes them.

use fastrand::Rng;

use super::text::{identifier, phrase, pick, word};

pub(super) fn progress(rng: &mut Rng) -> String {
    let total = rng.u32(100..2000);
    format!(
        r#"{{"jsonrpc":"2.0","method":"notifications/progress","params":{{"progressToken":{},"progress":{},"total":{total},"message":"{}"}}}}"#,
        id(rng),
        rng.u32(0..total),
        phrase(rng, 3),
    )
}

pub(super) fn cancelled(rng: &mut Rng) -> String {
    format!(
        r#"{{"jsonrpc":"2.0","method":"notifications/cancelled","params":{{"requestId":{},"reason":"{}"}}}}"#,
        id(rng),
        phrase(rng, 5),
    )
}

pub(super) fn call(rng: &mut Rng) -> String {
    format!(
        r#"{{"jsonrpc":"2.0","id":{},"method":"tools/call","params":{{{}}}}}"#,
        id(rng),
        named_arguments(rng)
    )
}

pub(super) fn call_meta(rng: &mut Rng) -> String {
    format!(
        r#"{{"jsonrpc":"2.0","id":{},"method":"tools/call","params":{{"_meta":{{"progressToken":"{}-{}","traceparent":"00-{:032x}-{:016x}-01","io.modelcontextprotocol/protocolVersion":"2026-07-28"}},{}}}}}"#,
        id(rng),
        word(rng),
        id(rng),
        rng.u128(..),
        rng.u64(..),
        named_arguments(rng),
    )
}

pub(super) fn initialize(rng: &mut Rng) -> String {
    format!(
        r#"{{"jsonrpc":"2.0","id":{},"method":"initialize","params":{{"protocolVersion":"{}","capabilities":{{"roots":{{"listChanged":{}}},"sampling":{{}},"elicitation":{{}}}},"clientInfo":{{"name":"{}","title":"{}","version":"{}.{}.{}"}}}}}}"#,
        id(rng),
        pick(rng, "2025-03-26 2025-06-18 2025-11-25"),
        rng.bool(),
        identifier(rng),
        phrase(rng, 5),
        rng.u8(0..9),
        rng.u8(0..30),
        rng.u8(0..30),
    )
}

pub(super) fn result(rng: &mut Rng) -> String {
    let text =
        format!("Found {} matches in {} files: {}", rng.u8(2..), rng.u8(2..), phrase(rng, 12));
    format!(
        r#"{{"jsonrpc":"2.0","id":{},"result":{{"content":[{{"type":"text","text":"{text}"}}],"isError":{}}}}}"#,
        id(rng),
        rng.u8(0..10) == 0,
    )
}

pub(super) fn error(rng: &mut Rng) -> String {
    format!(
        r#"{{"jsonrpc":"2.0","id":{},"error":{{"code":{},"message":"Unknown {}: {}","data":{{"{}":"{}","retryable":{}}}}}}}"#,
        id(rng),
        -32_000 - i32::from(rng.u16(0..700)),
        word(rng),
        phrase(rng, 4),
        word(rng),
        identifier(rng),
        rng.bool(),
    )
}

fn named_arguments(rng: &mut Rng) -> String {
    format!(
        r#""name":"{}","arguments":{{"query":"{}","path":"{}","limit":{},"all":{}}}"#,
        identifier(rng),
        phrase(rng, 2),
        word(rng),
        rng.u8(10..),
        rng.bool(),
    )
}

fn id(rng: &mut Rng) -> u32 {
    rng.u32(1..100_000)
}

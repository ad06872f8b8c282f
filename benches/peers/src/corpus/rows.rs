//! A tool result whose `structuredContent` is a table: many small values of every JSON type.
//!
//! It stands for database and API answers, where time goes into tokens and numbers instead of text.

use fastrand::Rng;

use super::text::{identifier, phrase, word};

pub(super) fn table(rng: &mut Rng, bytes: usize) -> String {
    let mut rows = Vec::new();
    let mut filled = FRAME;
    while filled < bytes {
        let row = row(rng);
        filled += row.len() + 1;
        rows.push(row);
    }
    format!(
        r#"{{"jsonrpc":"2.0","id":{},"result":{{"content":[{{"type":"text","text":"{} rows"}}],"structuredContent":{{"rows":[{}],"total":{},"next":null}},"isError":false}}}}"#,
        rng.u32(1..100_000),
        rows.len(),
        rows.join(","),
        rng.u32(..),
    )
}

fn row(rng: &mut Rng) -> String {
    let words = rng.usize(0..4);
    format!(
        r#"{{"id":{},"name":"{}","score":{:.4},"active":{},"parent":{},"tags":["{}","{}"],"at":"2026-0{}-{:02}T{:02}:00:00Z","delta":{:e},"note":"{}"}}"#,
        rng.u32(..),
        identifier(rng),
        rng.f64() * 100.0,
        rng.bool(),
        if rng.bool() { "null".to_owned() } else { rng.u16(..).to_string() },
        word(rng),
        word(rng),
        rng.u8(1..10),
        rng.u8(1..29),
        rng.u8(0..24),
        f64::from(rng.i16(..)) / 1024.0,
        phrase(rng, words),
    )
}

const FRAME: usize = 190;

//! Messages whose size is one text, one image, or depth.
//!
//! Text and image results differ only in the string they carry, so that what a string costs can be
//! read off them; the deep request carries almost no text and as many brackets as a real filter
//! expression.

use fastrand::Rng;

use super::text::{self, word};

pub(super) fn code(rng: &mut Rng, bytes: usize) -> String {
    let body = text::code(rng, bytes - TEXT_FRAME);
    text_result(rng, &body)
}

pub(super) fn multilingual(rng: &mut Rng, bytes: usize) -> String {
    let body = text::multilingual(rng, bytes - TEXT_FRAME);
    text_result(rng, &body)
}

pub(super) fn plain(rng: &mut Rng, bytes: usize) -> String {
    let body = text::plain(rng, bytes - TEXT_FRAME);
    text_result(rng, &body)
}

pub(super) fn image(rng: &mut Rng, bytes: usize) -> String {
    let data = text::base64(rng, (bytes - IMAGE_FRAME) / 4 * 4);
    let id = rng.u32(1..100_000);
    format!(
        r#"{{"jsonrpc":"2.0","id":{id},"result":{{"content":[{{"type":"image","data":"{data}","mimeType":"image/png"}}],"isError":false}}}}"#
    )
}

/// A call whose argument is a filter nested some forty levels.
pub(super) fn deep(rng: &mut Rng) -> String {
    let (id, levels) = (rng.u32(1..100_000), rng.usize(21..26));
    let filter = (0..levels).fold(condition(rng), |inner, _| join(rng, &inner));
    format!(
        r#"{{"jsonrpc":"2.0","id":{id},"method":"tools/call","params":{{"name":"query","arguments":{{"filter":{filter}}}}}}}"#
    )
}

fn join(rng: &mut Rng, inner: &str) -> String {
    let operator = text::pick(rng, "all any none");
    if rng.bool() {
        format!(r#"{{"{operator}":[{inner},{}]}}"#, condition(rng))
    } else {
        format!(r#"{{"{operator}":[{},{inner}]}}"#, condition(rng))
    }
}

fn condition(rng: &mut Rng) -> String {
    let field = word(rng);
    match rng.u8(0..3) {
        0 => format!(r#"{{"field":"{field}","op":"eq","value":{}}}"#, rng.i16(..)),
        1 => format!(
            r#"{{"field":"{field}","op":"in","value":[{},{},null]}}"#,
            rng.u8(..),
            rng.bool()
        ),
        _ => format!(r#"{{"field":"{field}","op":"like","value":"{}"}}"#, word(rng)),
    }
}

fn text_result(rng: &mut Rng, body: &str) -> String {
    let (id, text) = (rng.u32(1..100_000), serde_json::Value::from(body));
    format!(
        r#"{{"jsonrpc":"2.0","id":{id},"result":{{"content":[{{"type":"text","text":{text}}}],"isError":false}}}}"#
    )
}

const TEXT_FRAME: usize = 110;
const IMAGE_FRAME: usize = 128;

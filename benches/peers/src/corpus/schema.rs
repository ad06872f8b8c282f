//! A `tools/list` result: forty tools with descriptions, JSON schemas and annotations.
//!
//! It is the largest message a session cannot avoid, and the densest in tokens.

use fastrand::Rng;

use super::text::{identifier, phrase, word};

pub(super) fn tools(rng: &mut Rng) -> String {
    let tools: Vec<String> = (0..40).map(|number| tool(rng, number)).collect();
    format!(
        r#"{{"jsonrpc":"2.0","id":{},"result":{{"tools":[{}]}}}}"#,
        rng.u32(1..100_000),
        tools.join(",")
    )
}

fn tool(rng: &mut Rng, number: usize) -> String {
    let words = rng.usize(7..21);
    format!(
        r#"{{"name":"{}_{number}","title":"{}","description":"{}.\nReturns \"{}\".","inputSchema":{},"annotations":{{"readOnlyHint":{},"destructiveHint":{},"openWorldHint":false}}}}"#,
        identifier(rng),
        phrase(rng, 2),
        phrase(rng, words),
        word(rng),
        schema(rng),
        rng.bool(),
        rng.bool(),
    )
}

fn schema(rng: &mut Rng) -> String {
    let names: Vec<String> =
        (0..rng.usize(6..9)).map(|number| format!("{}{number}", word(rng))).collect();
    let properties: Vec<String> =
        names.iter().map(|name| format!(r#""{name}":{}"#, property(rng))).collect();
    format!(
        r#"{{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","properties":{{{}}},"required":["{}","{}"],"additionalProperties":false}}"#,
        properties.join(","),
        names[0],
        names[1],
    )
}

fn property(rng: &mut Rng) -> String {
    let about = phrase(rng, 4);
    match rng.u8(0..5) {
        0 => format!(
            r#"{{"type":"string","description":"{about}","minLength":1,"maxLength":{}}}"#,
            rng.u16(8..)
        ),
        1 => format!(
            r#"{{"type":"integer","description":"{about}","minimum":0,"default":{}}}"#,
            rng.u8(..)
        ),
        2 => format!(
            r#"{{"type":"string","enum":["{}","{}","{}"],"description":"{about}"}}"#,
            word(rng),
            word(rng),
            word(rng)
        ),
        3 => format!(
            r#"{{"type":"array","items":{{"type":"string"}},"description":"{about}","maxItems":{}}}"#,
            rng.u8(..)
        ),
        _ => format!(
            r#"{{"anyOf":[{{"type":"boolean"}},{{"type":"null"}}],"description":"{about}","default":null}}"#
        ),
    }
}

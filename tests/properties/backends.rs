//! Every backend says the same as the portable one, down to the offset of an error and the index of a
//! message.

use mcp_engine::{Duplicates, Limits, Pool};
use mcp_engine_proto::internal::{backends, decoder, validate_with};
use proptest::prelude::*;

use crate::inputs::{cases, damaged, line, text};
use crate::stream::{Outcome, read};

proptest! {
    #![proptest_config(cases(150))]

    #[test]
    fn backends_agree_on_any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        agree(&bytes)?;
    }

    #[test]
    fn backends_agree_on_bytes_that_look_like_json(
        text in "[ \\[\\]{}:,\"\\\\untrfale0-9.eE+é\u{0}\t-]{0,120}",
    ) {
        agree(text.as_bytes())?;
    }

    #[test]
    fn backends_agree_on_damaged_messages(text in damaged()) {
        agree(&text)?;
    }

    #[test]
    fn backends_agree_on_lines(text in line()) {
        agree(&text)?;
    }

    #[test]
    fn backends_agree_on_damaged_strings(
        text in text(), at in any::<prop::sample::Index>(), byte in any::<u8>(), before in 0..70usize,
    ) {
        let mut line = " ".repeat(before).into_bytes();
        line.extend_from_slice(serde_json::Value::from(text).to_string().as_bytes());
        let at = at.index(line.len());
        line[at] = byte;
        agree(&line)?;
    }
}

#[test]
fn backends_agree_on_strings_of_every_length_with_specials_at_every_place() {
    let every = std::env::var_os("PROPTEST_CASES").is_some();
    let borders =
        [7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 95, 96, 97, 127, 128, 129, 191, 192, 193];
    for length in 0..200 {
        let all = every || borders.contains(&length);
        for at in 0..=length {
            for (number, special) in SPECIALS.iter().enumerate() {
                // Far from a border one special at each place is enough for a debug build.
                if all && at % 3 == length % 3 || (length * 7 + at) % SPECIALS.len() == number {
                    let text =
                        [&b"\""[..], &vec![b'a'; at], special, &vec![b'b'; length - at], b"\""];
                    same_verdict(&text.concat());
                }
            }
        }
    }
}

#[test]
fn backends_agree_on_messages_whose_strings_have_every_length() {
    for length in 0..200 {
        for (special, key) in
            SPECIALS.iter().zip(["k", "name", "arguments", "\\u006b"].iter().cycle())
        {
            let at = length / 2;
            let text = [&vec![b'a'; at][..], special, &vec![b'b'; length - at]].concat();
            let head = format!(
                r#"{{"jsonrpc":"2.0","id":"{}","method":"tools/call","params":{{"{key}":""#,
                "i".repeat(length)
            );
            agree(&[head.as_bytes(), &text, b"\"}}"].concat()).expect("the same");
        }
    }
}

#[test]
fn backends_agree_on_runs_of_backslashes() {
    for before in 0..70 {
        for run in 0..70 {
            let text = format!("\"{}{}\"", "a".repeat(before), "\\".repeat(run));
            same_verdict(text.as_bytes());
            same_verdict(format!("{text},\"").as_bytes());
        }
    }
}

/// Compares what all backends make of a text alone, as a line with either policy, and inside a message.
fn agree(text: &[u8]) -> Result<(), TestCaseError> {
    same_verdict(text);
    let nested = [&br#"{"jsonrpc":"2.0","id":1,"result":{"content":["#[..], text, b"]}}"].concat();
    for line in [text, &nested] {
        for duplicates in [Duplicates::Deep, Duplicates::Reserved] {
            let portable = outcomes("portable", line, duplicates);
            for backend in backends() {
                prop_assert_eq!(&outcomes(backend, line, duplicates), &portable, "{}", backend);
            }
        }
    }
    Ok(())
}

fn same_verdict(text: &[u8]) {
    let portable = validate_with("portable", text, Duplicates::Reserved);
    for backend in backends() {
        let verdict = validate_with(backend, text, Duplicates::Reserved);
        assert_eq!(verdict, portable, "{backend}: {}", text.escape_ascii());
    }
}

fn outcomes(backend: &str, line: &[u8], duplicates: Duplicates) -> Vec<Outcome> {
    let mut decoder = decoder(backend, &Limits::default(), duplicates, Pool::default());
    let verdicts = read(&mut decoder, [line, b"\n"]);
    verdicts.iter().map(Outcome::from).collect()
}

/// What ends a string, or may not stand in one, or needs a closer look.
const SPECIALS: [&[u8]; 14] = [
    b"",
    b"\"",
    b"\\\"",
    b"\\\\",
    b"\\",
    b"\n",
    b"\x1f",
    b"\x00",
    b"\\u0041",
    b"\\ud83d\\ude00",
    b"\\ud83d",
    b"\xc3\xa9",
    b"\xff",
    b"\\q",
];

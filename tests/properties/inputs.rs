//! Random inputs: JSON values, messages, streams, and the settings of a run.

use std::env;

use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed};
use serde_json::{Map, Value, json};

use crate::mutator::{Random, mutate};

/// As many cases as asked for, else `cases`; the same ones in every run.
pub(crate) fn cases(cases: u32) -> Config {
    let mut config = Config { failure_persistence: None, ..Config::default() };
    if env::var_os("PROPTEST_CASES").is_none() {
        config.cases = cases;
    }
    if config.rng_seed == RngSeed::Random {
        config.rng_seed = RngSeed::Fixed(2026);
    }
    config
}

/// Any text, often with what must be escaped.
pub(crate) fn text() -> BoxedStrategy<String> {
    let special = prop_oneof![
        Just("\""),
        Just("\\"),
        Just("\n"),
        Just("\r\n"),
        Just("\0"),
        Just("é"),
        Just("📦"),
        Just("/"),
        Just("\u{7f}"),
        Just("\u{2028}"),
        Just("\\u0041"),
        Just(" "),
    ];
    let mixed =
        prop::collection::vec(prop_oneof![special.prop_map(str::to_owned), "[a-z]{0,40}"], 0..8);
    prop_oneof![any::<String>(), mixed.prop_map(|parts| parts.concat())].boxed()
}

/// Any JSON value.
pub(crate) fn value() -> BoxedStrategy<Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        text().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((text(), inner), 0..5)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
    .boxed()
}

/// Any JSON object.
pub(crate) fn object() -> BoxedStrategy<Value> {
    let members = prop::collection::vec((text(), value()), 0..5);
    members.prop_map(|members| Value::Object(members.into_iter().collect::<Map<_, _>>())).boxed()
}

/// The spelling of any id.
pub(crate) fn id() -> BoxedStrategy<String> {
    prop_oneof![
        any::<i64>().prop_map(|id| id.to_string()),
        (0..1000i64).prop_map(|id| id.to_string()),
        any::<u64>().prop_map(|id| id.to_string()),
        Just("-0".to_owned()),
        text().prop_map(|id| Value::from(id).to_string()),
        "[a-z]{0,6}"
            .prop_map(|id| format!("\"{}\"", id.replace('a', "\\u0061").replace('z', "\\/"))),
    ]
    .boxed()
}

/// A valid message.
pub(crate) fn message() -> BoxedStrategy<String> {
    let method = prop_oneof![
        Just("ping".to_owned()),
        Just("tools/call".to_owned()),
        Just("notifications/progress".to_owned()),
        text(),
    ];
    let result = (value(), value()).prop_map(|(text, other)| {
        json!({"content": [{"type": "text", "text": text}, other], "isError": true})
    });
    let line = |members: String| format!(r#"{{"jsonrpc":"2.0",{members}}}"#);
    prop_oneof![
        (id(), method.clone(), object()).prop_map(move |(id, method, params)| {
            let method = Value::from(method);
            line(format!(r#""id":{id},"method":{method},"params":{params}"#))
        }),
        (method, object()).prop_map(move |(method, params)| {
            let method = Value::from(method);
            line(format!(r#""method":{method},"params":{params}"#))
        }),
        (id(), prop_oneof![object(), result])
            .prop_map(move |(id, result)| line(format!(r#""result":{result},"id":{id}"#))),
        (id(), any::<i32>(), text(), value()).prop_map(move |(id, code, message, data)| {
            let error = json!({"code": code, "message": message, "data": data});
            line(format!(r#""id":{id},"error":{error}"#))
        }),
    ]
    .boxed()
}

/// A message with damage.
pub(crate) fn damaged() -> BoxedStrategy<Vec<u8>> {
    (message(), message(), any::<u64>())
        .prop_map(|(message, other, seed)| {
            let mut random = Random::new(seed);
            mutate(&mut random, message.as_bytes(), other.as_bytes())
        })
        .boxed()
}

/// One line of a stream, without its end: a message, a batch, a damaged message, white space, or garbage.
pub(crate) fn line() -> BoxedStrategy<Vec<u8>> {
    let batch = prop::collection::vec(message(), 0..4);
    prop_oneof![
        4 => message().prop_map(String::into_bytes),
        3 => damaged(),
        1 => batch.prop_map(|messages| format!("[{}]", messages.join(",")).into_bytes()),
        1 => "[ \t\r]{0,4}".prop_map(String::into_bytes),
        1 => prop::collection::vec(any::<u8>(), 0..80),
    ]
    .boxed()
}

/// Where to cut a stream, as parts of its length.
pub(crate) fn cuts() -> impl Strategy<Value = Vec<prop::sample::Index>> {
    prop::collection::vec(any::<prop::sample::Index>(), 0..12)
}

/// The pieces of a stream that is cut there.
pub(crate) fn pieces<'a>(stream: &'a [u8], cuts: &[prop::sample::Index]) -> Vec<&'a [u8]> {
    let mut places: Vec<usize> = cuts.iter().map(|cut| cut.index(stream.len() + 1)).collect();
    places.extend([0, stream.len()]);
    places.sort_unstable();
    places.windows(2).map(|pair| &stream[pair[0]..pair[1]]).collect()
}

//! What the corpus promises: valid JSON, the stated sizes, no two variants alike, the same bytes
//! every time.

use std::collections::HashSet;

use serde_json::Value;

use super::*;

#[test]
fn every_line_is_one_json_rpc_object() {
    for kind in Kind::ALL {
        for sent in messages(kind, few(kind)) {
            let value: Value = serde_json::from_str(&sent.line)
                .unwrap_or_else(|error| panic!("{}: {error}", kind.name()));
            assert_eq!(value["jsonrpc"], "2.0", "{}", kind.name());
            assert!(!sent.line.contains('\n'), "{}", kind.name());
        }
    }
}

#[test]
fn mean_sizes_are_the_stated_ones() {
    let off = |kind: Kind| {
        let lines = messages(kind, few(kind));
        let mean =
            lines.iter().map(|sent| sent.line.len()).sum::<usize>() as f64 / lines.len() as f64;
        ((mean / kind.bytes() as f64 - 1.0).abs() > 0.03)
            .then(|| format!("{}: {mean:.0} B", kind.name()))
    };
    assert_eq!(Kind::ALL.into_iter().filter_map(off).collect::<Vec<_>>(), [""; 0]);
}

#[test]
fn variants_are_distinct() {
    for kind in Kind::ALL {
        let lines = messages(kind, few(kind));
        let distinct: HashSet<&str> = lines.iter().map(|sent| sent.line.as_str()).collect();
        assert_eq!(distinct.len(), lines.len(), "{}", kind.name());
    }
}

#[test]
fn the_same_variant_is_the_same_line() {
    for kind in Kind::ALL {
        assert_eq!(messages(kind, 3), messages(kind, 3), "{}", kind.name());
    }
    assert_eq!(message(Kind::Cancelled, 0).line, FIRST_CANCELLED);
}

#[test]
fn code_has_an_escape_every_twenty_eight_bytes_or_so() {
    let line = &message(Kind::Code64k, 0).line;
    let escapes = line.replace(r"\\", r"\").matches('\\').count();
    let every = line.len() / escapes;
    assert!((26..=30).contains(&every), "one escape every {every} bytes");
}

#[test]
fn depth_stays_below_sixty() {
    for sent in messages(Kind::Deep, 200) {
        let deepest = depth(&serde_json::from_str(&sent.line).expect("valid"));
        assert!((35..60).contains(&deepest), "{deepest}");
    }
}

fn depth(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Value::Object(members) => 1 + members.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

fn few(kind: Kind) -> usize {
    (4_000_000 / kind.bytes()).clamp(2, 4096)
}

const FIRST_CANCELLED: &str = r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":44381,"reason":"number review filter page engine"}}"#;

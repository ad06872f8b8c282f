//! From a validated message to what somebody wants of it: the walk over all of it, all texts, and a member that stands behind a long one.
//!
//! Cursors walk valid text without checking it again; what they cost is where strings end.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use mcp_engine::json::{Raw, Token};

fn read(criterion: &mut Criterion) {
    let code = "    let it = \"be \\\\ or not\";\n".repeat(150);
    let code = serde_json::json!({"content": [{"type": "text", "text": code}], "isError": false});
    let tool = serde_json::json!({
        "name": "search", "description": "Looks for words in all documents that the user may see.",
        "inputSchema": {"type": "object", "properties": {"words": {"type": "string", "description": "The words"}, "most": {"type": "integer"}}},
    });
    let tools = serde_json::json!({"tools": vec![tool; 80], "ttlMs": 1000});
    for (name, value, last) in [("source code", code, "isError"), ("tools", tools, "ttlMs")] {
        let text = value.to_string();
        let raw = Raw::parse(&text).expect("valid JSON");
        let mut group = criterion.benchmark_group(format!("read/{name}"));
        group.throughput(Throughput::Bytes(text.len() as u64));
        let mut room = Vec::new();
        group.bench_function("tokens", |bencher| bencher.iter(|| tokens(raw, &mut room)));
        group.bench_function("cursors", |bencher| bencher.iter(|| cursors(raw)));
        group
            .bench_function("the last member", |bencher| bencher.iter(|| black_box(raw.get(last))));
        group.finish();
    }
}

/// Every token, and every text without its escapes.
fn tokens(raw: Raw<'_>, room: &mut Vec<u8>) -> usize {
    let (mut tokens, mut bytes) = (raw.tokens(), 0);
    loop {
        if let Some(text) = tokens.text(room) {
            bytes += text.len();
            continue;
        }
        match tokens.next() {
            None => return bytes,
            Some(Token::String(_)) => unreachable!("texts come first"),
            Some(_) => bytes += 1,
        }
    }
}

/// Every value by the cursors of what holds it.
fn cursors(raw: Raw<'_>) -> usize {
    if let Some(members) = raw.members() {
        members.map(|(_, value)| cursors(value)).sum()
    } else if let Some(elements) = raw.elements() {
        elements.map(cursors).sum()
    } else {
        raw.string().map_or(1, |text| text.decode().len())
    }
}

criterion_group!(benches, read);
criterion_main!(benches);

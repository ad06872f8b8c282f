//! From bytes as a transport yields them to messages: real sessions, and long strings of each sort.
//!
//! For comparisons with other parsers see `peers/`; this one shows what a change costs.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use mcp_engine::{Decoder, EventDecoder};

fn sessions(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("decode");
    for (name, stream) in [
        ("2024-11-05", &include_bytes!("../tests/data/captures/stdio-2024-11-05.ndjson")[..]),
        ("2025-11-25", include_bytes!("../tests/data/captures/session.ndjson")),
        ("2026-07-28", include_bytes!("../tests/data/captures/stdio-2026-07-28.ndjson")),
    ] {
        group.throughput(Throughput::Bytes(stream.len() as u64));
        let mut decoder = Decoder::default();
        group.bench_function(name, |bencher| bencher.iter(|| decode(&mut decoder, stream)));
    }
    for (name, text) in [
        ("plain text", "all work and no play makes a dull protocol ".repeat(1500)),
        (
            "source code",
            "\tlet it = \"be\";\\n\n".replace('\n', "\\n").replace('"', "\\\"").repeat(3000),
        ),
        ("non-ASCII text", "Größe, größer, am größten: 大きさ。".repeat(1500)),
    ] {
        let text = text.replace('\t', "\\t");
        let line = format!(
            "{{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{{\"content\":[{{\"type\":\"text\",\"text\":\"{text}\"}}]}}}}\n"
        );
        group.throughput(Throughput::Bytes(line.len() as u64));
        let mut decoder = Decoder::default();
        group
            .bench_function(name, |bencher| bencher.iter(|| decode(&mut decoder, line.as_bytes())));
    }
    group.finish();
}

fn events(criterion: &mut Criterion) {
    let stream = include_bytes!("../tests/data/captures/http-2025-11-25.sse");
    let mut group = criterion.benchmark_group("events");
    group.throughput(Throughput::Bytes(stream.len() as u64));
    let mut decoder = EventDecoder::default();
    group.bench_function("2025-11-25", |bencher| {
        bencher.iter(|| {
            decoder.feed(stream).expect("it fits");
            while let Some(incoming) = decoder.poll() {
                black_box(incoming.expect("a sound event"));
            }
        });
    });
    group.finish();
}

fn decode(decoder: &mut Decoder, stream: &[u8]) {
    for read in stream.chunks(64 << 10) {
        decoder.feed(read).expect("it fits");
        while let Some(message) = decoder.poll() {
            black_box(message.expect("a sound message"));
        }
    }
}

criterion_group!(benches, sessions, events);
criterion_main!(benches);

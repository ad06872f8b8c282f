//! From a text to the line of a tool result.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use mcp_engine::{RequestId, encode, encode::Outcome};

fn text_results(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("encode");
    for (name, text) in [
        ("200 B", "all work and no play ".repeat(10)),
        ("plain text", "all work and no play makes a dull protocol ".repeat(1500)),
        ("source code", include_str!("encode.rs").repeat(32)),
        ("non-ASCII text", "Größe, größer, am größten: 大きさ。".repeat(1500)),
    ] {
        group.throughput(Throughput::Bytes(text.len() as u64));
        let (id, mut out) = (RequestId::from(7), Vec::new());
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                out.clear();
                encode::text_result(&mut out, &id, &text, Outcome::Success);
                black_box(&out);
            });
        });
    }
    group.finish();
}

criterion_group!(benches, text_results);
criterion_main!(benches);

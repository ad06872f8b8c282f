//! From a payload to its type and back: a call, its result, and a list of a hundred tools.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use mcp_engine::Method;
use mcp_engine::json::Raw;
use mcp_engine::model::{ClientRequest, ServerResult};
use mcp_engine::version::Version;

fn requests(criterion: &mut Criterion) {
    let params = r#"{"name":"get_weather","arguments":{"city":"Zürich","days":3},"_meta":{"progressToken":7}}"#;
    let raw = Raw::parse(params).expect("JSON");
    let mut group = criterion.benchmark_group("model/tools/call");
    group.throughput(Throughput::Bytes(params.len() as u64));
    group.bench_function("read", |bencher| {
        bencher.iter(|| ClientRequest::read(Method::CallTool, Some(black_box(raw))));
    });
    let (request, mut out) = (ClientRequest::read(Method::CallTool, Some(raw)), Vec::new());
    let request = request.expect("a call");
    group.bench_function("write", |bencher| {
        bencher.iter(|| {
            out.clear();
            request.write(black_box(&mut out), Version::V2025_11_25);
        });
    });
    group.finish();
}

fn results(criterion: &mut Criterion) {
    for (name, method, text) in [
        ("result", Method::CallTool, call_result()),
        ("hundred tools", Method::ListTools, tools(100)),
    ] {
        let raw = Raw::parse(&text).expect("JSON");
        let mut group = criterion.benchmark_group(format!("model/{name}"));
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_function("read", |bencher| {
            bencher.iter(|| ServerResult::read(method, black_box(raw)));
        });
        let (result, mut out) = (ServerResult::read(method, raw).expect("a result"), Vec::new());
        group.bench_function("write", |bencher| {
            bencher.iter(|| {
                out.clear();
                result.write(black_box(&mut out), Version::V2025_11_25);
            });
        });
        group.finish();
    }
}

fn call_result() -> String {
    let text = "It is sunny in Zürich.\\n".repeat(20);
    format!(
        r#"{{"content":[{{"type":"text","text":"{text}"}}],"structuredContent":{{"sun":true}}}}"#
    )
}

fn tools(number: usize) -> String {
    let tool = r#"{"name":"get_weather","title":"Weather","description":"Tells the weather of a city.","inputSchema":{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]},"annotations":{"readOnlyHint":true}}"#;
    format!(r#"{{"tools":[{}]}}"#, vec![tool; number].join(","))
}

criterion_group!(benches, requests, results);
criterion_main!(benches);

//! The committed corpus and the regressions of every fuzz target, replayed as ordinary tests on stable Rust.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use mcp_engine_executor::internal as executor;
use mcp_engine_proto::internal::fuzz;
use mcp_engine_schema::internal::fuzz as schema;

#[test]
fn frame_corpus_is_read_the_same_however_it_is_cut() {
    replay("frame", fuzz::frame);
}

#[test]
fn sse_corpus_is_read_the_same_however_it_is_cut() {
    replay("sse", fuzz::sse);
}

#[test]
fn json_corpus_is_judged_as_serde_json_does() {
    replay("json", fuzz::json);
}

#[test]
fn message_corpus_is_judged_as_the_model_does() {
    replay("message", fuzz::message);
}

#[test]
fn http_headers_corpus_is_judged_as_plain_readings_do() {
    replay("http_headers", fuzz::http_headers);
}

#[test]
fn uri_corpus_leads_nowhere_but_down() {
    replay("uri", fuzz::uri);
}

#[test]
fn model_corpus_is_written_so_that_it_reads_as_the_same_again() {
    replay("model", fuzz::model);
}

#[test]
fn connection_corpus_keeps_the_rules_of_the_simulation() {
    replay("connection", fuzz::connection);
}

#[test]
fn schema_corpus_is_judged_from_text_as_from_a_tree() {
    replay("schema", schema::schema);
}

#[test]
fn scheduler_corpus_keeps_the_rules_of_the_simulation() {
    replay("scheduler", executor::scheduler);
}

#[test]
fn snapshot_corpus_is_refused_or_goes_on() {
    replay("snapshot", executor::snapshot);
}

#[test]
fn every_target_of_the_fuzz_workspace_is_replayed() {
    let names = files(&fuzz_folder().join("targets"));
    let names: Vec<_> = names.iter().filter_map(|path| path.file_stem()).collect();
    // Those of `capi` are replayed where the pointers of C are: bindings/c/tests/replay.rs.
    let replayed = [
        "capi",
        "connection",
        "frame",
        "http_headers",
        "json",
        "message",
        "model",
        "scheduler",
        "schema",
        "snapshot",
        "sse",
        "uri",
    ];
    assert_eq!(names, replayed);
}

/// Runs every input, and only then tells which ones failed.
fn replay(target: &str, body: fn(&[u8])) {
    let corpus = files(&fuzz_folder().join("corpus").join(target));
    assert!(!corpus.is_empty(), "the corpus of {target} is missing");
    let regressions = files(&fuzz_folder().join("regressions").join(target));
    let mut failed = Vec::new();
    for path in corpus.iter().chain(&regressions) {
        let input = fs::read(path).expect("an input can be read");
        if catch_unwind(AssertUnwindSafe(|| body(&input))).is_err() {
            failed.push(path.strip_prefix(fuzz_folder()).expect("below fuzz/"));
        }
    }
    assert!(failed.is_empty(), "{target} fails on {failed:#?}");
}

/// The files of a folder in order of their names, those that begin with a dot left out.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{folder:?}: {error}"));
    let mut paths: Vec<_> = entries
        .map(|entry| entry.expect("a folder can be listed").path())
        .filter(|path| {
            path.file_name().is_some_and(|name| !name.to_string_lossy().starts_with('.'))
        })
        .collect();
    paths.sort();
    paths
}

fn fuzz_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz")
}

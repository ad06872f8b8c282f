//! The four laws of the architecture, checked: which crate may know which, where I/O and `unsafe` may stand, what is
//! banned because it has no bound, and how long a file may be.
//!
//! Every check is a function from a text or a graph to a list of findings, and each is shown here to find
//! what it looks for.

#[path = "layers/graph.rs"]
mod graph;
#[path = "layers/source.rs"]
mod source;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use graph::Graph;
use source::{listed_places, system_use, token_lines, too_long, unbounded, unexplained_unsafe};

#[test]
fn crates_know_only_what_lies_below_them() {
    let graph = Graph::of_this_workspace();
    assert_eq!(graph.forbidden_edges(MAY_KNOW), NOTHING);
}

#[test]
fn the_ground_does_no_io() {
    let graph = Graph::of_this_workspace();
    for ground in ["mcp-engine-proto", "mcp-engine-executor"] {
        assert_eq!(graph.reaches(ground, IO_CRATES), NOTHING);
    }
}

#[test]
fn the_library_for_c_does_no_io() {
    let tree = Command::new(env!("CARGO"))
        .args(["tree", "-p", "mcp-engine-c", "-e", "normal", "--prefix", "none", "--locked"])
        .current_dir(root())
        .output()
        .expect("cargo tree runs");
    let tree = String::from_utf8(tree.stdout).expect("text");
    let names: BTreeSet<_> = tree.lines().filter_map(|line| line.split(' ').next()).collect();
    assert!(names.contains("mcp-engine-executor"), "{tree}");
    let found: Vec<_> = IO_CRATES.iter().filter(|name| names.contains(**name)).collect();
    assert_eq!(found, Vec::<&&str>::new());
}

#[test]
fn the_product_carries_no_tools_and_builds_no_c() {
    let graph = Graph::of_this_workspace();
    for member in &graph.own {
        assert_eq!(graph.reaches(member, TOOL_CRATES), NOTHING);
        assert_eq!(graph.reaches(member, C_CRATES), NOTHING);
    }
}

#[test]
fn proto_asks_neither_the_clock_nor_the_system() {
    let inside = |path: &str| path.starts_with("core/proto/") && !path.contains("/internal");
    assert_eq!(in_files("core", inside, system_use), NOTHING);
}

#[test]
fn unsafe_stands_only_where_it_may() {
    let outside = |path: &str| !UNSAFE_PLACES.iter().any(|place| path.starts_with(place));
    assert_eq!(in_product(outside, |text| token_lines(&without_exports(text), "unsafe")), NOTHING);
}

#[test]
fn every_unsafe_says_why_it_is_sound() {
    assert_eq!(in_product(|_| true, |text| unexplained_unsafe(&without_exports(text))), NOTHING);
}

#[test]
fn the_list_of_unsafe_places_is_complete() {
    let files = in_product(|_| true, |text| token_lines(&without_exports(text), "unsafe"));
    let with_unsafe: BTreeSet<String> = files.into_iter().map(|found| file_of(&found)).collect();
    let listed = listed_places(&read(&root().join("docs/UNSAFE.md")));
    assert_eq!(listed, with_unsafe);
}

#[test]
fn every_crate_inherits_the_lints_that_deny_unsafe() {
    let workspace = read(&root().join("Cargo.toml"));
    assert!(workspace.contains("unsafe_code = \"deny\""));
    let folders = PRODUCT.map(|folder| files(&root().join(folder), "Cargo.toml"));
    assert!(folders.iter().all(|manifests| !manifests.is_empty()));
    for manifest in folders.iter().flatten().chain([&root().join("Cargo.toml")]) {
        assert!(read(manifest).contains("[lints]\nworkspace = true"), "{manifest:?}");
    }
}

#[test]
fn nothing_is_without_a_bound() {
    assert_eq!(in_product(|_| true, unbounded), NOTHING);
}

#[test]
fn files_are_short() {
    let lengths = in_product(|_| true, |text| vec![text.lines().count().to_string()]);
    let lengths = lengths.iter().map(|found| {
        let (file, length) = found.rsplit_once(": ").expect("a file and its length");
        (file.to_owned(), length.parse().expect("a number"))
    });
    assert_eq!(too_long(&lengths.collect()), NOTHING);
}

/// Which of our crates each of our crates may depend on. A crate that is missing here is a finding.
const MAY_KNOW: &[(&str, &[&str])] = &[
    ("mcp-engine-proto", &[]),
    ("mcp-engine-executor", &[]),
    ("mcp-engine-macros", &[]),
    ("mcp-engine-schema", &["mcp-engine-proto"]),
    ("mcp-engine-runtime", &["mcp-engine-proto", "mcp-engine-executor", "mcp-engine-macros"]),
    ("mcp-engine-agent", &["mcp-engine-runtime"]),
    ("mcp-engine-api", &["mcp-engine-runtime"]),
    (
        "mcp-engine",
        &["mcp-engine-proto", "mcp-engine-schema", "mcp-engine-executor", "mcp-engine-runtime"],
    ),
    ("mcp-engine-python", &["mcp-engine"]),
    ("mcp-engine-cli", &["mcp-engine-proto", "mcp-engine-runtime", "mcp-engine-schema"]),
    ("mcp-engine-c", &["mcp-engine"]),
    ("mcp-engine-c-full", &["mcp-engine", "mcp-engine-c"]),
];

/// Crates that do I/O, ask the clock, start threads or ask the system for randomness.
const IO_CRATES: &[&str] = &[
    "async-io",
    "async-std",
    "axum",
    "chrono",
    "crossbeam-channel",
    "futures-executor",
    "getrandom",
    "hyper",
    "libc",
    "mio",
    "parking_lot",
    "polling",
    "rand",
    "rayon",
    "reqwest",
    "rustix",
    "smol",
    "socket2",
    "time",
    "tokio",
    "tokio-util",
    "windows-sys",
];

/// Crates that only measure, fuzz, test or compare.
const TOOL_CRATES: &[&str] = &[
    "arbitrary",
    "cbindgen",
    "criterion",
    "dhat",
    "jiter",
    "libfuzzer-sys",
    "loom",
    "proptest",
    "rmcp",
    "simd-json",
    "sonic-rs",
];

/// Crates that compile or look for C.
const C_CRATES: &[&str] = &["bindgen", "cc", "cmake", "pkg-config", "vcpkg"];

/// Where `unsafe` may stand.
const UNSAFE_PLACES: &[&str] = &[
    "bindings/c/",
    "bindings/python/buffer.rs",
    "core/proto/json/arch/",
    "core/proto/json/text.rs",
];

/// The folders of the product.
const PRODUCT: [&str; 2] = ["core", "bindings"];

/// Applies a check to all Rust files of the product.
fn in_product(choose: impl Fn(&str) -> bool, check: impl Fn(&str) -> Vec<String>) -> Vec<String> {
    PRODUCT.iter().flat_map(|folder| in_files(folder, &choose, &check)).collect()
}

/// A source without the attribute of exported functions, which is unsafe for its name alone: `bindings/c/tests/programs.rs` shows that all begin
/// alike.
fn without_exports(text: &str) -> String {
    text.replace("#[unsafe(no_mangle)]", "")
}

/// Applies a check to the Rust files below a folder; every finding is prefixed with its file.
fn in_files(
    folder: &str,
    choose: impl Fn(&str) -> bool,
    check: impl Fn(&str) -> Vec<String>,
) -> Vec<String> {
    let paths = files(&root().join(folder), ".rs");
    assert!(paths.len() > 10, "{folder} is missing");
    let mut found = Vec::new();
    for path in paths {
        let relative = path.strip_prefix(root()).expect("below the root");
        let name = relative.to_string_lossy().into_owned();
        if choose(&name) {
            found.extend(check(&read(&path)).into_iter().map(|what| format!("{name}: {what}")));
        }
    }
    found
}

fn file_of(found: &str) -> String {
    found.split(": ").next().unwrap_or_default().to_owned()
}

/// The files below a folder whose name ends so, in order.
fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap_or_else(|error| panic!("{folder:?}: {error}")) {
            let path = entry.expect("a folder can be listed").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.to_string_lossy().ends_with(ending) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{path:?}: {error}"))
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

const NOTHING: Vec<String> = Vec::new();

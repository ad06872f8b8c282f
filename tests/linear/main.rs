//! Twice the input costs at most 2.2 times the instructions, whatever the input is.
//!
//! Valgrind counts the instructions of `examples/decode_stdin.rs`, `examples/judge_request.rs` and `examples/schedule_load.rs`, built for
//! release, so that the figures do not depend on the load of the machine. Where Valgrind is missing nothing is measured, which is an error when `CI` is `true`.

mod http;
mod schedule;

use std::env;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

#[test]
fn time_is_linear_in_the_input() {
    if Command::new("valgrind").arg("--version").output().is_err() {
        let must = env::var("CI").is_ok_and(|ci| ci == "true");
        assert!(!must, "Valgrind is missing");
        // Written past the test harness, which would keep it to itself.
        writeln!(io::stderr(), "NOT RUN: Valgrind is missing").expect("stderr is open");
        return;
    }
    let mut failed = Vec::new();
    let (decode, judge) = (program("decode_stdin"), program("judge_request"));
    let cases = CASES.iter().map(|case| (case, &decode));
    for (case, program) in cases.chain(http::CASES.iter().map(|case| (case, &judge))) {
        let once = instructions(program, case, case.size);
        let twice = instructions(program, case, 2 * case.size);
        let ratio = twice as f64 / once as f64;
        println!("{ratio:.2} {:>12} → {:>12}  {}", once, twice, case.name);
        if ratio > MOST {
            failed.push(case.name);
        }
    }
    failed.extend(schedule::not_linear(&program("schedule_load")));
    assert!(failed.is_empty(), "more than {MOST} times the instructions: {failed:#?}");
}

/// An input of any size, and what the program must count in one of `size`.
struct Case {
    name: &'static str,
    arguments: &'static [&'static str],
    make: fn(usize) -> String,
    size: usize,
    /// A line of the program's report, `N` standing for the size, that shows that the input was read as meant.
    expect: &'static str,
}

const LINES: &[&str] = &[];
const DRIBBLE: &[&str] = &["--read", "1"];
const EVENTS: &[&str] = &["--events"];
const EVENTS_DRIBBLE: &[&str] = &["--events", "--read", "1"];

const TYPES: &[&str] = &["--types"];

const CASES: &[Case] = &[
    Case {
        name: "recorded session",
        arguments: LINES,
        make: session,
        size: 10,
        expect: "refused:json 0",
    },
    Case {
        name: "recorded session, byte by byte",
        arguments: DRIBBLE,
        make: session,
        size: 1,
        expect: "refused:json 0",
    },
    Case {
        name: "long line, byte by byte",
        arguments: DRIBBLE,
        make: long_string,
        size: 200_000,
        expect: ONE,
    },
    Case { name: "long string", arguments: LINES, make: long_string, size: 4_000_000, expect: ONE },
    Case {
        name: "line above the limit",
        arguments: LINES,
        make: long_string,
        size: 20_000_000,
        expect: "refused:limit 1",
    },
    Case {
        name: "deep nesting",
        arguments: LINES,
        make: nested,
        size: 2_000,
        expect: "notification N",
    },
    Case {
        name: "nesting above the limit",
        arguments: LINES,
        make: too_nested,
        size: 1_000_000,
        expect: "refused:limit 1",
    },
    Case { name: "wide object", arguments: LINES, make: wide_object, size: 100_000, expect: ONE },
    Case {
        name: "wide object whose keys collide",
        arguments: LINES,
        make: colliding_object,
        size: 100_000,
        expect: ONE,
    },
    Case {
        name: "objects of 60 keys that collide",
        arguments: LINES,
        make: colliding_objects,
        size: 1_000,
        expect: ONE,
    },
    Case {
        name: "wide object with escaped keys",
        arguments: LINES,
        make: escaped_object,
        size: 20_000,
        expect: ONE,
    },
    Case { name: "wide array", arguments: LINES, make: wide_array, size: 100_000, expect: ONE },
    Case { name: "long number", arguments: LINES, make: long_number, size: 1_000_000, expect: ONE },
    Case { name: "white space", arguments: LINES, make: white_space, size: 1_000_000, expect: ONE },
    Case { name: "escapes", arguments: LINES, make: escapes, size: 100_000, expect: ONE },
    Case {
        name: "text beyond ASCII",
        arguments: LINES,
        make: beyond_ascii,
        size: 500_000,
        expect: ONE,
    },
    Case { name: "batches", arguments: LINES, make: batches, size: 100, expect: "refused:json 0" },
    Case {
        name: "short refused lines",
        arguments: LINES,
        make: refused,
        size: 50_000,
        expect: "refused:json N",
    },
    Case {
        name: "small events",
        arguments: EVENTS,
        make: small_events,
        size: 10_000,
        expect: "notification N",
    },
    Case {
        name: "data of many lines",
        arguments: EVENTS,
        make: data_of_many_lines,
        size: 100_000,
        expect: ONE,
    },
    Case {
        name: "data of many lines, byte by byte",
        arguments: EVENTS_DRIBBLE,
        make: data_of_many_lines,
        size: 20_000,
        expect: ONE,
    },
    Case {
        name: "comments",
        arguments: EVENTS,
        make: comments,
        size: 200_000,
        expect: "refused:frame 0",
    },
    Case {
        name: "types: members that nobody knows",
        arguments: TYPES,
        make: unknown_members,
        size: 100_000,
        expect: ONE_TYPE,
    },
    Case {
        name: "types: arguments of a prompt",
        arguments: TYPES,
        make: prompt_arguments,
        size: 100_000,
        expect: ONE_TYPE,
    },
    Case {
        name: "types: answers that nobody asked for",
        arguments: TYPES,
        make: unasked_answers,
        size: 20_000,
        expect: ONE_TYPE,
    },
    Case {
        name: "types: open values of many lines",
        arguments: TYPES,
        make: open_value,
        size: 200_000,
        expect: ONE_TYPE,
    },
];

fn session(times: usize) -> String {
    include_str!("../data/captures/session.ndjson").repeat(times)
}

fn long_string(size: usize) -> String {
    message(&format!("\"{}\"", "x".repeat(size)))
}

fn nested(size: usize) -> String {
    let (open, close) = ("{\"k\":[".repeat(60), "]}".repeat(60));
    message(&format!("{open}{close}")).repeat(size)
}

fn too_nested(size: usize) -> String {
    message(&"[".repeat(size))
}

fn wide_object(size: usize) -> String {
    message(&object(size, |at| format!("key{at}")))
}

/// The quick hash of a key is made of its length and its first and last eight bytes.
fn colliding_object(size: usize) -> String {
    message(&object(size, |at| format!("aaaaaaaa{at:08}bbbbbbbb")))
}

fn colliding_objects(size: usize) -> String {
    let object = object(60, |at| format!("aaaaaaaa{at:08}bbbbbbbb"));
    message(&format!("[{}]", vec![object; size].join(",")))
}

fn escaped_object(size: usize) -> String {
    message(&object(size, |at| format!("\\u0061{at}")))
}

fn wide_array(size: usize) -> String {
    message(&format!("[{}]", vec!["1"; size].join(",")))
}

fn long_number(size: usize) -> String {
    message(&"1".repeat(size))
}

fn white_space(size: usize) -> String {
    message(&format!("[{}]", " ".repeat(size)))
}

fn escapes(size: usize) -> String {
    message(&format!("\"{}\"", "\\\"\\\\\\n\\u00e9\\ud83d\\ude00".repeat(size)))
}

fn beyond_ascii(size: usize) -> String {
    message(&format!("\"{}\"", "é水".repeat(size)))
}

fn batches(size: usize) -> String {
    let message = message("1");
    format!("[{}]\n", vec![message.trim_end(); 100].join(",")).repeat(size)
}

fn refused(size: usize) -> String {
    "{\"jsonrpc\":\"2.0\",}\n".repeat(size)
}

fn small_events(size: usize) -> String {
    format!("id: 7\nevent: message\ndata: {}\n", message("1")).repeat(size)
}

fn data_of_many_lines(size: usize) -> String {
    let lines = "data: 1,\n".repeat(size);
    let (head, tail) = ("{\"jsonrpc\":\"2.0\",\"method\":\"m\",\"params\":{\"x\":[", "1]}}");
    format!("data: {head}\n{lines}data: {tail}\n\n")
}

fn comments(size: usize) -> String {
    ": still here\n\n".repeat(size)
}

fn unknown_members(size: usize) -> String {
    let members = object(size, |at| format!("unkn\\u006fwn{at}"));
    call("tools/call", &members.replacen('{', "{\"name\":\"a\",\"_meta\":{},", 1))
}

fn prompt_arguments(size: usize) -> String {
    let arguments = object(size, |at| format!("key{at}")).replace(":1", ":\"\\u00e9\"");
    call("prompts/get", &format!("{{\"name\":\"a\",\"arguments\":{arguments}}}"))
}

fn unasked_answers(size: usize) -> String {
    let answer = "{\"role\":\"user\",\"content\":[{\"type\":\"text\"}],\"model\":1}";
    let answers = object(size, |at| format!("key{at}")).replace(":1", &format!(":{answer}"));
    call("tools/call", &format!("{{\"name\":\"a\",\"inputResponses\":{answers}}}"))
}

fn open_value(size: usize) -> String {
    let value = format!("[{}1]", "1,\r".repeat(size));
    call("tools/call", &format!("{{\"name\":\"a\",\"arguments\":{{\"a\":{value}}}}}"))
}

fn call(method: &str, params: &str) -> String {
    format!("{{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"{method}\",\"params\":{params}}}\n")
}

fn object(size: usize, key: impl Fn(usize) -> String) -> String {
    let members: Vec<_> = (0..size).map(|at| format!("\"{}\":1", key(at))).collect();
    format!("{{{}}}", members.join(","))
}

fn message(value: &str) -> String {
    format!("{{\"jsonrpc\":\"2.0\",\"method\":\"m\",\"params\":{{\"x\":{value}}}}}\n")
}

/// Builds the example and yields where it stands.
fn program(example: &str) -> PathBuf {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["build", "--release", "--package", "mcp-engine", "--example", example]);
    cargo.args(["--message-format", "json"]);
    cargo.arg("--manifest-path").arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml"));
    let output = cargo.stderr(Stdio::inherit()).output().expect("cargo runs");
    assert!(output.status.success(), "the example does not build");
    let lines = String::from_utf8(output.stdout).expect("cargo prints text");
    let artifacts = lines.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let mut programs =
        artifacts.filter_map(|artifact| artifact["executable"].as_str().map(PathBuf::from));
    programs.next().expect("cargo names the program")
}

/// How many instructions the program takes for the input of that size.
fn instructions(program: &Path, case: &Case, size: usize) -> u64 {
    let input = Path::new(env!("CARGO_TARGET_TMPDIR")).join("linear-input");
    fs::write(&input, (case.make)(size)).expect("the input can be written");
    let input = File::open(&input).expect("the input is there");
    let arguments = case.arguments.iter().map(|argument| (*argument).to_owned());
    let expected = case.expect.replace('N', &size.to_string());
    counted(program, arguments, input.into(), &expected)
}

/// How many instructions a program takes, which has to report what is expected.
fn counted(
    program: &Path,
    arguments: impl IntoIterator<Item = String>,
    input: Stdio,
    expected: &str,
) -> u64 {
    let mut valgrind = Command::new("valgrind");
    valgrind.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]);
    let output = valgrind.arg(program).args(arguments).stdin(input).output();
    let output = output.expect("Valgrind runs");
    let counted = String::from_utf8_lossy(&output.stderr);
    let report = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{expected}: {counted}");
    assert!(report.lines().any(|line| line == expected), "not {expected}: {report}");
    let total = counted.lines().find_map(|line| line.split_once("Collected : "));
    total.and_then(|(_, total)| total.trim().parse().ok()).expect("callgrind counts")
}

const MOST: f64 = 2.2;
const ONE: &str = "notification 1";
const ONE_TYPE: &str = "types 1";

//! The commands that talk to servers, run as a user runs them, against the everything server of the program itself.

use std::io::{BufRead, BufReader};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

const PROGRAM: &str = env!("CARGO_BIN_EXE_mcp-engine");

fn run(arguments: &[&str]) -> Output {
    Command::new(PROGRAM).args(arguments).output().expect("the program starts")
}

/// Runs a command against a server of the program.
fn against_own(arguments: &[&str]) -> Output {
    run(&[arguments, &[PROGRAM, "serve"]].concat())
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("UTF-8")
}

fn json(output: &Output) -> Value {
    assert!(output.status.success(), "{}", text(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

#[test]
fn list_shows_what_a_server_has() {
    let listed = json(&against_own(&["list", "--json"]));
    assert_eq!(listed["version"], "2026-07-28");
    assert_eq!(listed["server"]["name"], "mcp-engine everything");
    let names = listed["tools"].as_array().expect("an array").iter().map(|tool| &tool["name"]);
    let names: Vec<_> = names.filter_map(Value::as_str).collect();
    assert_eq!(names.first(), Some(&"test_simple_text"));
    for kind in ["prompts", "resources", "resourceTemplates"] {
        assert!(!listed[kind].as_array().expect("an array").is_empty(), "{kind}");
    }
    let shown = text(&against_own(&["list"]).stdout);
    assert!(shown.contains("echo  Says it back."), "{shown}");
}

#[test]
fn call_prints_what_a_tool_answers_and_fails_when_it_fails() {
    let echo = against_own(&["call", "echo", "--arg", "text=hello world"]);
    assert_eq!((text(&echo.stdout).as_str(), echo.status.code()), ("hello world\n", Some(0)));
    let sum = json(&against_own(&["call", "add", "--args", r#"{"a":1,"b":2}"#, "--json"]));
    assert_eq!(sum["structuredContent"]["sum"], 3.0);
    let failed = against_own(&["call", "test_error_handling"]);
    assert_eq!(failed.status.code(), Some(1));
    let unknown = against_own(&["call", "nothing"]);
    assert_eq!(unknown.status.code(), Some(2));
    assert!(text(&unknown.stderr).contains("-32602"), "{}", text(&unknown.stderr));
}

#[test]
fn read_and_prompt_print_what_they_get() {
    let read = against_own(&["read", "test://template/42/data"]);
    assert!(text(&read.stdout).contains(r#""id":"42""#), "{}", text(&read.stdout));
    let prompt =
        against_own(&["prompt", "test_prompt_with_arguments", "-a", "arg1=one", "-a", "arg2=two"]);
    assert!(text(&prompt.stdout).contains("arg1='one', arg2='two'"), "{}", text(&prompt.stdout));
}

#[test]
fn a_server_that_does_not_come_up_is_told_with_what_it_said() {
    let gone = run(&["list", "sh", "-c", "echo no such luck >&2; exit 3"]);
    assert_eq!(gone.status.code(), Some(2));
    assert!(text(&gone.stderr).contains("no such luck"), "{}", text(&gone.stderr));
    let missing = run(&["list", "there-is-no-such-program"]);
    assert_eq!(missing.status.code(), Some(2));
    assert!(text(&missing.stderr).contains("there-is-no-such-program"));
    assert_eq!(run(&["list"]).status.code(), Some(2));
}

#[test]
fn what_a_server_writes_cannot_draw_on_the_terminal() {
    let echo = against_own(&["call", "echo", "--args", r#"{"text":"a\u001b[31mb"}"#]);
    assert_eq!(text(&echo.stdout), "a\\x1b[31mb\n");
}

#[test]
fn rust_log_has_told_on_standard_error_what_was_done_and_not_what_was_said() {
    let told = Command::new(PROGRAM)
        .args(["call", "echo", "-a", "text=hunter2", "--", PROGRAM, "serve"])
        .env("RUST_LOG", "debug")
        .output()
        .expect("the program starts");
    assert_eq!(text(&told.stdout), "hunter2\n");
    let log = text(&told.stderr);
    for part in ["started pid=", "open role=Client", "tools/call", "ended pid="] {
        assert!(log.contains(part), "{part} is not in\n{log}");
    }
    assert!(!log.contains("hunter2"), "{log}");
    let wrong = Command::new(PROGRAM).arg("list").env("RUST_LOG", "a=b=c").output();
    let wrong = wrong.expect("the program starts");
    assert_eq!(wrong.status.code(), Some(2));
    assert!(text(&wrong.stderr).contains("RUST_LOG"), "{}", text(&wrong.stderr));
}

#[test]
fn a_server_of_a_configuration_is_found_by_its_name() {
    let file = tempfile();
    let config =
        serde_json::json!({"mcpServers": {"own": {"command": PROGRAM, "args": ["serve"]}}});
    std::fs::write(&file, config.to_string()).expect("a file");
    let path = file.to_str().expect("UTF-8");
    let echo = run(&["call", "echo", "-a", "text=hi", "--config", path, "--server", "own"]);
    assert_eq!(text(&echo.stdout), "hi\n", "{}", text(&echo.stderr));
    let other = run(&["list", "--config", path, "--server", "other"]);
    assert!(text(&other.stderr).contains("has no other"), "{}", text(&other.stderr));
    std::fs::remove_file(file).expect("it was there");
}

#[test]
fn a_server_listens_on_a_socket_and_serves_many() {
    for kind in ["unix", "tcp", "ws", "http"] {
        let path = tempfile();
        let place = if kind == "unix" { path.to_str().expect("UTF-8") } else { "127.0.0.1:0" };
        let mut server = Command::new(PROGRAM)
            .args(["serve", &format!("--{kind}"), place])
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let stderr = BufReader::new(server.stderr.take().expect("piped"));
        let line = stderr.lines().next().expect("a line").expect("UTF-8");
        let address = line.split_whitespace().last().expect("an address").to_owned();
        let bench = ["bench", "--calls", "20", "--payload", "100", "--concurrency", "4", "--json"];
        let measured = json(&run(&[&bench[..], &[&address]].concat()));
        assert_eq!(measured["cells"][0]["calls"], 20, "{kind}");
        assert_eq!(measured["cells"][0]["server_peak_rss_bytes"], Value::Null, "{kind}");
        for text_sent in ["one", "two"] {
            let echo = run(&["call", "echo", "-a", &format!("text={text_sent}"), &address]);
            assert_eq!(text(&echo.stdout).trim_end(), text_sent, "{}", text(&echo.stderr));
        }
        server.kill().expect("it runs");
        server.wait().expect("it has ended");
    }
}

#[test]
fn demo_shows_everything_and_measures() {
    let figures = json(&run(&["demo", "--json", "--measure", "50"]));
    assert!(figures["one_at_a_time"]["calls_per_second"].as_f64().expect("a number") > 0.0);
    let demo = run(&["demo", "--measure", "10"]);
    let shown = text(&demo.stdout);
    assert!(shown.contains("an hour of sleep is cancelled"), "{shown}");
    assert!(!shown.contains('✗'), "{shown}");
}

#[test]
fn bench_measures_every_cell_of_a_child_and_what_it_has_used() {
    let bench = ["bench", "--json", "--duration", "0.05", "--payload", "100,64k"];
    let figures = json(&against_own(&[&bench[..], &["--concurrency", "1,16"]].concat()));
    let cells = figures["cells"].as_array().expect("an array");
    let sizes: Vec<_> = cells.iter().map(|cell| (&cell["payload"], &cell["outstanding"])).collect();
    let expected = [(100, 1), (100, 16), (65_536, 1), (65_536, 16)];
    assert!(
        sizes.iter().zip(expected).all(|((payload, outstanding), (bytes, calls))| {
            **payload == bytes && **outstanding == calls
        }),
        "{sizes:?}"
    );
    for cell in cells {
        assert_eq!(cell["errors"], 0);
        let number = |value: &Value| value.as_f64().expect("a number");
        let latency = ["p50", "p90", "p99", "max"].map(|name| number(&cell["latency_us"][name]));
        assert!(latency.is_sorted() && latency[0] > 0.0, "{cell}");
        assert!(number(&cell["calls_per_second"]) > 0.0, "{cell}");
        assert!(number(&cell["server_peak_rss_bytes"]) > 1e6, "{cell}");
        assert!(number(&cell["server_cpu_us_per_call"]) >= 0.0, "{cell}");
    }
}

#[test]
fn bench_makes_so_many_calls_and_shows_them_to_people() {
    let bench = ["bench", "--tool", "add", "-a", "a=1", "-a", "b=2", "--calls", "50"];
    let counted = json(&against_own(&[&bench[..], &["--concurrency", "8", "--json"]].concat()));
    let cells = counted["cells"].as_array().expect("an array");
    assert_eq!(
        (cells.len(), &cells[0]["calls"], &cells[0]["payload"]),
        (1, &50.into(), &Value::Null)
    );
    let shown = text(&against_own(&bench).stdout);
    assert!(shown.contains("Calls of add") && shown.contains("256"), "{shown}");
}

#[test]
fn bench_refuses_what_it_cannot_measure_in_words() {
    for (arguments, words) in [
        (&["--tool", "nothing"][..], "-32602"),
        (&["--tool", "test_error_handling", "--args", "{}"], "isError"),
        (&["--payload", "1m", "--concurrency", "33"], "32 MiB"),
        (&["--payload", "lots"], "a number of bytes"),
        (&["--duration", "0"], "a number of seconds"),
        (&["--concurrency", "0"], "0 is not in"),
    ] {
        let refused = against_own(&[&["bench"], arguments].concat());
        assert_eq!(refused.status.code(), Some(2), "{arguments:?}");
        assert!(text(&refused.stderr).contains(words), "{arguments:?}: {}", text(&refused.stderr));
    }
}

/// A path that nothing has.
fn tempfile() -> std::path::PathBuf {
    use std::hash::{BuildHasher, RandomState};
    let unique = RandomState::new().hash_one(std::process::id());
    std::env::temp_dir().join(format!("mcp-engine-{unique:x}"))
}

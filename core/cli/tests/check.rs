//! The program as a process: `mcp-engine check` on captures, broken input and closed pipes.

mod process;

use std::fs;
use std::io::{Read, Write};
use std::process::{Command, Stdio};

use process::{Scratch, capture, finish, program, run};
use serde_json::Value;

type Outcome = Result<(), Box<dyn std::error::Error>>;

const GOOD: &str = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}\n";
const BAD: &str = "{\"jsonrpc\":\"1.0\",\"id\":1,\"method\":\"ping\"}\n";

#[test]
fn sound_captures_have_no_faults() -> Outcome {
    for (name, messages) in [
        ("session.ndjson", 339),
        ("stdio-2024-11-05.ndjson", 53),
        ("stdio-2025-06-18.ndjson", 251),
        ("stdio-2026-07-28.ndjson", 270),
    ] {
        let run = run(&["--json", &capture(name)], b"")?;
        let lines = run.json()?;
        assert_eq!((run.code(), lines.len()), (Some(0), 1), "{name}: {}", run.stdout);
        let summary = lines.first().ok_or("no summary")?;
        assert_eq!((&summary["messages"], &summary["faults"]), (&messages.into(), &0.into()));
        let bytes = fs::metadata(capture(name))?.len();
        assert_eq!(summary["bytes"], bytes, "{name}");
    }
    Ok(())
}

#[test]
fn event_streams_are_recognised_and_sound() -> Outcome {
    for name in ["http-2025-11-25.sse", "http-2026-07-28.sse"] {
        let named = run(&["--json", &capture(name)], b"")?;
        let piped = run(&["--json", "-"], &fs::read(capture(name))?)?;
        for run in [named, piped] {
            assert_eq!(run.code(), Some(0), "{name}: {}", run.stdout);
            let lines = run.json()?;
            let summary = lines.first().ok_or("no summary")?;
            assert_eq!(summary["files"][0]["format"], "sse");
            assert!(summary["messages"].as_u64() > Some(5));
        }
    }
    Ok(())
}

/// The faults of `faulty.ndjson` by line, as its table in `tests/data/README.md` has them.
const FAULTY: [(u64, &str, &str); 19] = [
    (4, "json", "expected-value"),
    (5, "json", "unexpected-end"),
    (6, "json", "utf8"),
    (7, "json", "lone-surrogate"),
    (10, "message", "duplicate-param"),
    (11, "message", "version-missing"),
    (12, "message", "version"),
    (13, "message", "id-null"),
    (14, "message", "id-fraction"),
    (15, "message", "ambiguous"),
    (16, "message", "shapeless"),
    (17, "message", "method-type"),
    (18, "message", "params-type"),
    (19, "json", "trailing-bytes"),
    (20, "json", "byte-order-mark"),
    (21, "json", "control-character"),
    (26, "json", "number"),
    (27, "json", "expected-value"),
    (28, "limit", "depth"),
];

#[test]
fn every_faulty_line_is_found_and_named() -> Outcome {
    let file = capture("faulty.ndjson");
    let run = run(&["--json", &file], b"")?;
    assert_eq!(run.code(), Some(1));
    let lines = run.json()?;
    let (summary, faults) = lines.split_last().ok_or("no summary")?;

    let content = fs::read(&file)?;
    let mut found = Vec::new();
    for fault in faults {
        assert_eq!(fault["file"], file.as_str());
        assert!(fault["reason"].as_str().is_some_and(|reason| !reason.is_empty()));
        let offset = usize::try_from(fault["offset"].as_u64().ok_or("no offset")?)?;
        let newlines = content.iter().take(offset).filter(|byte| **byte == b'\n').count();
        let line = fault["line"].as_u64().ok_or("no line")?;
        assert_eq!(line, newlines as u64 + 1, "{fault}");
        found.push((line, text(&fault["fault"]), text(&fault["rule"])));
    }
    let expected = FAULTY.map(|(line, fault, rule)| (line, fault.into(), rule.into()));
    assert_eq!(found, expected);
    assert_eq!(summary["faults"], FAULTY.len());
    // 30 lines, two of them blank, one of them a batch of two.
    assert_eq!(summary["messages"], 30 - 2 - FAULTY.len() + 1);
    assert_eq!((&summary["blank_lines"], &summary["batches"]), (&2.into(), &1.into()));
    Ok(())
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().into()
}

#[test]
fn text_report_shows_place_rule_and_excerpt() -> Outcome {
    let run = run(&["-"], b"\n{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":007}\n")?;
    assert_eq!(run.code(), Some(1));
    let expected = r#"<stdin>:2: byte 35: json/number: the number does not follow the JSON grammar
    {"jsonrpc":"2.0","id":1,"method":007}
                                      ^
"#;
    assert!(run.stdout.starts_with(expected), "{}", run.stdout);
    assert!(
        run.stdout.contains("also there: 1 blank line\n1 fault, no messages, 39 B, "),
        "{}",
        run.stdout
    );
    assert_eq!(run.stderr, "");
    Ok(())
}

#[test]
fn lines_are_right_however_the_input_is_cut() -> Outcome {
    // Long enough for many reads, with lines of all lengths, so that reads end everywhere in them.
    let mut input = Vec::new();
    let mut bad = Vec::new();
    for line in 1..=4000_u64 {
        let pad = " ".repeat(usize::try_from(line * 37 % 500)?);
        let version = if line % 7 == 0 { "1.0" } else { "2.0" };
        let message =
            format!("{{{pad}\"jsonrpc\":\"{version}\",\"id\":{line},\"method\":\"ping\"}}\n");
        input.extend_from_slice(message.as_bytes());
        bad.extend((line % 7 == 0).then_some(line));
    }
    let file = Scratch::new("cut.ndjson", &input)?;
    for run in [run(&["--json", "-"], &input)?, run(&["--json", &file.path()], b"")?] {
        let lines = run.json()?;
        let found = lines.iter().filter_map(|line| line["line"].as_u64());
        assert_eq!(found.collect::<Vec<_>>(), bad);
    }
    Ok(())
}

#[test]
fn faults_in_events_are_placed_at_their_data() -> Outcome {
    let input =
        b": hello\nid: 1\ndata: {\"jsonrpc\":\"2.0\"}\n\nevent: message\r\ndata: {\"jsonrpc\":\r\n\
        data: \"1.0\",\"id\":1,\"method\":\"ping\"}\r\n\r\ndata: {\n";
    let run = run(&["--json", "--format", "sse", "-"], input)?;
    let lines = run.json()?;
    let place =
        |fault: &Value| (text(&fault["rule"]), fault["line"].as_u64(), fault["joined"].as_bool());
    let found: Vec<_> = lines.iter().take(3).map(place).collect();
    let expected = [
        ("shapeless".into(), Some(3), None),
        ("version".into(), Some(6), Some(true)),
        ("truncated".into(), Some(9), None),
    ];
    assert_eq!(found, expected);
    assert_eq!(lines.iter().filter(|line| line["fault"] == "frame").count(), 1);
    assert_eq!(run.code(), Some(1));
    Ok(())
}

#[test]
fn unfinished_last_line_counts() -> Outcome {
    let run = run(&["--json", "-"], GOOD.trim_end().as_bytes())?;
    let lines = run.json()?;
    assert_eq!((run.code(), &lines[0]["messages"]), (Some(0), &1.into()));
    assert_eq!(
        (&lines[0]["blank_lines"], &lines[0]["bytes"]),
        (&0.into(), &(GOOD.len() - 1).into())
    );
    Ok(())
}

#[test]
fn empty_input_is_sound() -> Outcome {
    let run = run(&["-"], b"")?;
    assert_eq!(run.code(), Some(0));
    assert!(run.stdout.starts_with("no faults, no messages, 0 B, "), "{}", run.stdout);
    Ok(())
}

#[test]
fn what_cannot_be_read_is_named_and_the_rest_is_checked() -> Outcome {
    let folder = env!("CARGO_MANIFEST_DIR");
    let good = Scratch::new("good.ndjson", GOOD.as_bytes())?;
    let run = run(&["--json", "no-such.ndjson", folder, &good.path()], b"")?;
    assert_eq!(run.code(), Some(2));
    assert!(run.stderr.contains("cannot read no-such.ndjson: No such file"), "{}", run.stderr);
    assert!(run.stderr.contains(&format!("cannot read {folder}: ")), "{}", run.stderr);
    let summary = &run.json()?[0];
    assert_eq!((&summary["messages"], &summary["unreadable_files"]), (&1.into(), &2.into()));
    Ok(())
}

#[test]
fn wrong_usage_is_2() -> Outcome {
    assert_eq!(run(&[], b"")?.code(), Some(2));
    let size = run(&["--max-message-bytes", "0", "-"], b"")?;
    assert_eq!(size.code(), Some(2));
    assert!(size.stderr.contains("expected a number of bytes"), "{}", size.stderr);
    Ok(())
}

#[test]
fn line_above_the_cap_is_one_fault() -> Outcome {
    let long = format!("{{\"pad\":\"{}\"}}\n", "x".repeat(1 << 20));
    let input = [GOOD, &long, GOOD].concat();
    let run = run(&["--json", "--max-message-bytes", "1k", "-"], input.as_bytes())?;
    let lines = run.json()?;
    assert_eq!((run.code(), lines.len()), (Some(1), 2));
    assert_eq!((&lines[0]["line"], &lines[0]["rule"]), (&2.into(), &"message-bytes".into()));
    assert_eq!(lines[1]["messages"], 2);
    Ok(())
}

#[test]
fn captured_bytes_never_reach_the_terminal() -> Outcome {
    let name = "evil\\u001b[2J\\u009b2J\u{202e}";
    let good = format!("{{\"jsonrpc\":\"2.0\",\"method\":\"{name}\"}}\n");
    let input = [good.as_bytes(), b"\x1b[2J \x07 \xc2\x9b2J \xff\x08 \r\x1b]0;x\n"].concat();
    for args in [&["-"][..], &["--json", "-"][..]] {
        let run = run(args, &input)?;
        assert_eq!(run.code(), Some(1));
        let harmless = |c: char| c == '\n' || !(c.is_control() || c == '\u{202e}');
        assert!(run.stdout.chars().all(harmless), "{:?}", run.stdout);
    }
    let text = run(&["-"], &input)?.stdout;
    assert!(text.contains(r"\x1b[2J \x07 \u{9b}2J \xff\x08"), "{text}");
    assert!(text.contains(r"evil\x1b[2J\u{9b}2J\u{202e}"), "{text}");
    Ok(())
}

#[test]
fn several_files_share_a_summary() -> Outcome {
    let good = Scratch::new("one.ndjson", GOOD.repeat(3).as_bytes())?;
    let bad = Scratch::new("two.jsonl", BAD.as_bytes())?;
    let json = run(&["--json", &good.path(), &bad.path()], b"")?;
    let lines = json.json()?;
    let summary = lines.last().ok_or("no summary")?;
    assert_eq!((&summary["messages"], &summary["faults"]), (&3.into(), &1.into()));
    let files = summary["files"].as_array().ok_or("no files")?;
    let counts = files.iter().map(|file| (file["messages"].as_u64(), file["faults"].as_u64()));
    assert_eq!(counts.collect::<Vec<_>>(), [(Some(3), Some(0)), (Some(0), Some(1))]);

    let text = run(&[&good.path(), &bad.path()], b"")?.stdout;
    assert!(
        text.contains("one.ndjson") && text.contains("1 fault, 3 messages, 2 files, "),
        "{text}"
    );
    Ok(())
}

#[test]
fn output_can_be_kept_short() -> Outcome {
    let input = BAD.repeat(150);
    let whole = run(&["-"], input.as_bytes())?.stdout;
    assert_eq!(whole.matches("<stdin>:").count(), 100);
    assert!(whole.contains("… and 50 more faults"), "{whole}");

    let few = run(&["--max-faults", "2", "--json", "-"], input.as_bytes())?;
    assert_eq!(few.stdout.lines().count(), 3);
    let quiet = run(&["--quiet", "-"], input.as_bytes())?;
    assert_eq!((quiet.stdout.lines().count(), quiet.code()), (1, Some(1)));
    assert!(quiet.stdout.starts_with("150 faults, no messages, "), "{}", quiet.stdout);
    Ok(())
}

#[test]
fn duplicates_can_be_left_to_the_receiver() -> Outcome {
    let input = br#"{"jsonrpc":"2.0","id":1,"method":"ping","params":{"x":{"a":1,"a":2}}}"#;
    assert_eq!(run(&["-"], input)?.code(), Some(1));
    assert_eq!(run(&["--duplicates", "reserved", "-"], input)?.code(), Some(0));
    Ok(())
}

#[test]
fn pretty_printed_file_brings_advice() -> Outcome {
    let file = Scratch::new("pretty.json", b"{\n  \"jsonrpc\": \"2.0\"\n}\n")?;
    let run = run(&[&file.path()], b"")?;
    assert_eq!(run.code(), Some(1));
    assert!(run.stderr.contains("looks like one JSON text over many lines"), "{}", run.stderr);
    Ok(())
}

#[test]
fn closed_pipe_ends_the_program_quietly() -> Outcome {
    let file = Scratch::new("pipe.ndjson", BAD.repeat(20_000).as_bytes())?;
    let mut child = program(&["--json", &file.path()]).spawn()?;
    drop(child.stdin.take());
    let mut stdout = child.stdout.take().ok_or("no stdout")?;
    let mut first = [0; 16];
    stdout.read_exact(&mut first)?;
    drop(stdout);
    let output = child.wait_with_output()?;
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(String::from_utf8(output.stderr)?, "");
    Ok(())
}

#[test]
fn closed_error_stream_changes_nothing() -> Outcome {
    let mut child = program(&["no-such.ndjson", "no-such.ndjson"]).spawn()?;
    drop(child.stderr.take());
    assert_eq!(child.wait()?.code(), Some(2));
    Ok(())
}

#[test]
fn full_disk_is_told() -> Outcome {
    let Ok(full) = fs::File::create("/dev/full") else {
        return Ok(()); // Not every system has one.
    };
    let child = program(&["no-such.ndjson"]).stdout(full).spawn()?;
    let output = child.wait_with_output()?;
    assert_eq!(output.status.code(), Some(2));
    let stderr = String::from_utf8(output.stderr)?;
    assert!(stderr.contains("cannot write the report: No space left"), "{stderr}");
    Ok(())
}

#[test]
fn faults_are_seen_while_the_input_goes_on() -> Outcome {
    let mut child = program(&["--json", "-"]).spawn()?;
    let mut stdin = child.stdin.take().ok_or("no stdin")?;
    let mut stdout = child.stdout.take().ok_or("no stdout")?;
    stdin.write_all(BAD.as_bytes())?;
    let mut first = [0; 8];
    // Stands still here, until the test is stopped, if the fault is held back.
    stdout.read_exact(&mut first)?;
    assert_eq!(&first, br#"{"file":"#);
    drop(stdin);
    assert_eq!(child.wait()?.code(), Some(1));
    Ok(())
}

#[cfg(target_os = "linux")]
#[test]
fn a_message_for_which_the_system_has_no_memory_is_refused_and_nothing_breaks() -> Outcome {
    let mut line = br#"{"jsonrpc":"2.0","method":"m","params":{"x":""#.to_vec();
    line.resize(128 << 20, b'x');
    // Kibibytes of address space: enough for the program, and not for its line.
    let little = (100 << 10).to_string();
    let mut shell = Command::new("sh");
    shell.args(["-c", "ulimit -v \"$0\" && exec \"$@\"", &little]);
    shell.arg(env!("CARGO_BIN_EXE_mcp-engine"));
    shell.args(["check", "--max-message-bytes", "1g", "--format", "ndjson", "-"]);
    shell.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let run = finish(shell, &line)?;
    assert_eq!(run.code(), Some(2), "{}{}", run.stdout, run.stderr);
    assert!(run.stderr.contains("the system refused the memory"), "{}", run.stderr);
    Ok(())
}

//! The ready clients and servers in `examples/c`, built and run against each other and the program.

#[path = "../../tests/shared/mod.rs"]
mod shared;

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use shared::{Compiler, Link, c_compilers, cpp_compilers, last_word, root, run, server, ways};

#[test]
fn a_client_in_c_calls_a_tool_of_a_program() {
    for (compiler, link) in ways(c_compilers()) {
        let call = example(&compiler, "call", link);
        let arguments = r#"{"text":"grüß \"dich\""}"#;
        let called = run(Command::new(call).args(["echo", arguments]).arg(server()).arg("serve"));
        assert!(String::from_utf8_lossy(&called.stdout).contains(r#"grüß \"dich\""#));
    }
}

#[test]
fn a_server_in_c_serves_its_tool_over_standard_input_and_output() {
    for (compiler, link) in ways(c_compilers()) {
        let call = example(&compiler, "call", Link::Shared);
        let adder = example(&compiler, "tool_server", link);
        let called = run(Command::new(&call).args(["add", r#"{"a":1,"b":2.5}"#]).arg(adder));
        assert!(String::from_utf8_lossy(&called.stdout).contains(r#""text":"3.5""#));
    }
}

#[test]
fn a_server_in_cpp_serves_its_tool_in_both_ways() {
    let call = example(&c_compilers().remove(0), "call", Link::Shared);
    for (compiler, link) in ways(cpp_compilers()) {
        let source = root().join("examples/cpp/tool_server.cpp");
        let adder = compiler.build(&source, link, &["-UMCPE_FULL"]);
        let called = run(Command::new(&call).args(["add", r#"{"a":1,"b":2.5}"#]).arg(&adder));
        assert!(String::from_utf8_lossy(&called.stdout).contains(r#""text":"3.5"#));
        let mut program = Command::new(adder);
        let program = program.arg("127.0.0.1:0").stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = program.spawn().expect("a server");
        let url = last_word(process.stdout.take().expect("its output"));
        let called = run(Command::new(&call).args(["add", r#"{"a":"1"}"#, &url]));
        assert!(String::from_utf8_lossy(&called.stdout).contains("have to be numbers"));
        drop(process.stdin.take());
        assert!(process.wait().expect("its end").success());
    }
}

#[test]
fn a_program_in_c_has_an_http_server_beside_what_it_does() {
    for compiler in c_compilers() {
        let call = example(&compiler, "call", Link::Shared);
        let mut program = Command::new(example(&compiler, "http_server", Link::Shared));
        let program = program.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = program.spawn().expect("a server");
        let mut input = process.stdin.take().expect("its input");
        let mut output = process.stdout.take().expect("its output");
        let url = last_word(&mut output);
        input.write_all(b"one\ntwo\n").expect("lines");
        let counted = (0..1_000).any(|_| {
            let called = run(Command::new(&call).args(["count", "{}", &url]));
            String::from_utf8_lossy(&called.stdout).contains("2 lines so far")
        });
        assert!(counted);
        drop(input);
        assert!(process.wait().expect("its end").success());
    }
}

fn example(compiler: &Compiler, name: &str, link: Link) -> PathBuf {
    compiler.build(&root().join(format!("examples/c/{name}.c")), link, &["-UMCPE_FULL"])
}

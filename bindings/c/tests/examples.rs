//! The clients in `examples/c` and `examples/cpp`, built and run against the everything server of the program.

mod shared;

use std::path::Path;
use std::process::Command;

use shared::{BOTH, c_compilers, cpp_compilers, root, run, server};

#[test]
fn a_poll_loop_in_c_calls_a_tool() {
    for compiler in c_compilers() {
        for link in BOTH {
            calls_a_tool(&compiler.build(&root().join("examples/c/client.c"), link, &[]));
        }
    }
}

#[test]
fn a_poll_loop_in_cpp_calls_a_tool() {
    for compiler in cpp_compilers() {
        for link in BOTH {
            calls_a_tool(&compiler.build(&root().join("examples/cpp/client.cpp"), link, &[]));
        }
    }
}

#[test]
fn a_client_in_c_hears_of_errors_and_of_servers_that_are_gone() {
    let compiler = c_compilers().remove(0);
    let client = compiler.build(&root().join("examples/c/client.c"), BOTH[1], &[]);
    let unknown = run(Command::new(&client).args(["nothing", "{}"]).arg(server()).arg("serve"));
    assert!(String::from_utf8_lossy(&unknown.stdout).contains("-32602"));
    let gone = run(Command::new(&client).args(["echo", "{}", "false"]));
    assert!(String::from_utf8_lossy(&gone.stderr).contains("no answer"));
}

fn calls_a_tool(client: &Path) {
    let arguments = r#"{"text":"grüß \"dich\" \\ dort"}"#;
    let called = run(Command::new(client).args(["echo", arguments]).arg(server()).arg("serve"));
    let said = String::from_utf8(called.stdout).expect("text");
    assert!(said.ends_with("grüß \"dich\" \\ dort\n"), "{said}");
}

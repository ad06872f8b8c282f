//! Programs in C use every function of the library, linked with it in both ways.

mod shared;

use std::process::Command;

use shared::{BOTH, Link, c_compilers, cpp_compilers, functions, here_is, run};

#[test]
fn bytes_become_messages_and_messages_bytes() {
    works("c/decode.c");
}

#[test]
fn two_sides_talk_in_every_revision() {
    works("c/talk.c");
}

#[test]
fn tasks_run_when_they_may() {
    works("c/schedule.c");
}

#[test]
fn the_face_for_cpp_throws_or_does_not() {
    let source = here_is("c/faces.cpp");
    for compiler in cpp_compilers() {
        for link in BOTH {
            run(&mut Command::new(compiler.build(&source, link, &[])));
            let without = ["-DMCPE_NO_EXCEPTIONS", "-fno-exceptions"];
            run(&mut Command::new(compiler.build(&source, link, &without)));
        }
    }
    shared::under_sanitizers(cpp_compilers(), &source, &[]);
}

#[test]
fn the_example_of_the_readme_works() {
    let readme = shared::text_of(&shared::root().join("README.md"));
    let (_, example) = readme.split_once("```c\n").expect("an example in C");
    let (example, _) = example.split_once("```").expect("its end");
    let source = shared::scratch().join("readme.c");
    let around = [README_BEFORE, example, "return 0;\n}\n"].concat();
    std::fs::write(&source, around).expect("a file");
    for compiler in c_compilers() {
        let output = run(&mut Command::new(compiler.build(&source, Link::Static, &[])));
        assert_eq!(String::from_utf8_lossy(&output.stdout), "call of echo\n");
        assert!(String::from_utf8_lossy(&output.stderr).contains("MCPE_ERR_JSON"));
    }
}

#[test]
fn every_function_is_called_by_a_program() {
    let header = shared::header();
    let programs = PROGRAMS.map(|name| shared::text_of(&here_is(name)));
    let programs = programs.concat();
    let called = |name: &&str| programs.contains(&format!("{name}("));
    let functions = functions(&header);
    assert!(functions.len() > 140);
    let missing: Vec<_> = functions.into_iter().filter(|name| !called(name)).collect();
    assert_eq!(missing, Vec::<&str>::new());
}

#[test]
fn nothing_but_our_names_leaves_the_shared_library() {
    let names = run(Command::new("nm").args(["-D", "--defined-only"]).arg(shared::library("so")));
    let names = String::from_utf8(names.stdout).expect("names");
    let names: Vec<_> = names.lines().filter_map(|line| line.split_whitespace().nth(2)).collect();
    assert!(names.len() > 140);
    let foreign: Vec<_> = names.iter().filter(|name| !name.starts_with("mcpe_")).collect();
    assert_eq!(foreign, Vec::<&&str>::new());
    let header = shared::header();
    let mut declared = functions(&header);
    let mut names = names;
    declared.sort_unstable();
    names.sort_unstable();
    assert_eq!(declared, names, "the header and the library say the same");
}

#[test]
fn the_shared_library_has_the_name_that_it_is_installed_by() {
    let dynamic = run(Command::new("readelf").args(["-W", "-d"]).arg(shared::library("so")));
    let dynamic = String::from_utf8(dynamic.stdout).expect("text");
    let named = format!("soname: [{}]", shared::SONAME);
    assert!(dynamic.contains(&named), "{dynamic}");
}

/// Builds a program with every compiler and in both ways, and runs it; once under valgrind, and once with sanitizers, where those are here.
fn works(name: &str) {
    for compiler in c_compilers() {
        for link in BOTH {
            run(&mut Command::new(compiler.build(&here_is(name), link, &[])));
        }
    }
    shared::under_valgrind(&here_is(name), &[]);
    shared::under_sanitizers(c_compilers(), &here_is(name), &[]);
}

const PROGRAMS: [&str; 4] = ["c/check.h", "c/decode.c", "c/talk.c", "c/schedule.c"];

/// What stands around the example of the README.
const README_BEFORE: &str = r#"
#include <stdio.h>
#include "mcp_engine.h"
int main(void) {
const uint8_t bytes[] = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"echo\"}}\n{]\n";
const size_t bytes_len = sizeof bytes - 1;
"#;

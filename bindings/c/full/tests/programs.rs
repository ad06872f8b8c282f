//! Programs in C use every function of the batteries, against real servers and each other, linked with the library in both ways.

#[path = "../../tests/shared/mod.rs"]
mod shared;

use std::process::{Child, Command, Stdio};

use shared::{Link, c_compilers, cpp_compilers, functions, here_is, run, server, ways};

#[test]
fn a_client_does_everything_over_pipes() {
    for (compiler, link) in ways(c_compilers()) {
        let program = compiler.build(&here_is("c/everything.c"), link, &[]);
        for revision in ["2025-11-25", "2026-07-28"] {
            run(Command::new(&program).arg(server()).arg(revision));
        }
    }
    let arguments = [&*server().to_string_lossy(), "2025-11-25"];
    shared::under_valgrind(&here_is("c/everything.c"), &arguments);
    shared::under_sanitizers(c_compilers(), &here_is("c/everything.c"), &arguments);
}

#[test]
fn a_client_does_everything_over_http() {
    for revision in ["2025-11-25", "2026-07-28"] {
        let served = Served::new(revision);
        for compiler in c_compilers() {
            let program = compiler.build(&here_is("c/everything.c"), Link::Shared, &[]);
            run(Command::new(program).args(["--url", &served.url]));
        }
    }
}

#[test]
fn a_server_of_callbacks_serves_both_eras() {
    for (compiler, link) in ways(c_compilers()) {
        run(&mut Command::new(compiler.build(&here_is("c/serving.c"), link, &[])));
    }
    shared::under_valgrind(&here_is("c/serving.c"), &[]);
    shared::under_sanitizers(c_compilers(), &here_is("c/serving.c"), &[]);
}

#[test]
fn calls_run_as_tasks_and_errors_come_with_all_that_was_said() {
    for (compiler, link) in ways(c_compilers()) {
        run(&mut Command::new(compiler.build(&here_is("c/tasks.c"), link, &[])));
    }
    shared::under_valgrind(&here_is("c/tasks.c"), &[]);
}

#[test]
fn every_bound_is_reached_and_says_so() {
    for (compiler, link) in ways(c_compilers()) {
        run(&mut Command::new(compiler.build(&here_is("c/limits.c"), link, &[])));
    }
    shared::under_valgrind(&here_is("c/limits.c"), &[]);
    shared::under_sanitizers(c_compilers(), &here_is("c/limits.c"), &[]);
}

#[test]
fn what_is_wrong_is_refused_where_it_is_given() {
    for (compiler, link) in ways(c_compilers()) {
        run(&mut Command::new(compiler.build(&here_is("c/refusals.c"), link, &[])));
    }
    shared::under_valgrind(&here_is("c/refusals.c"), &[]);
}

#[test]
fn the_classes_for_cpp_throw_or_do_not() {
    let source = here_is("c/classes.cpp");
    for (compiler, link) in ways(cpp_compilers()) {
        run(&mut Command::new(compiler.build(&source, link, &[])));
        let without = ["-DMCPE_NO_EXCEPTIONS", "-fno-exceptions"];
        run(&mut Command::new(compiler.build(&source, link, &without)));
    }
    shared::under_sanitizers(cpp_compilers(), &source, &[]);
}

#[test]
fn every_function_is_called_by_a_program() {
    let header = shared::header();
    let programs = PROGRAMS.map(|name| shared::text_of(&here_is(name))).concat();
    let programs = programs + &shared::text_of(&shared::root().join("examples/c/tool_server.c"));
    let called = |name: &&str| programs.contains(&format!("{name}("));
    let functions = functions(&header);
    assert!(functions.len() > 50);
    let missing: Vec<_> = functions.into_iter().filter(|name| !called(name)).collect();
    assert_eq!(missing, Vec::<&str>::new());
}

#[test]
fn both_halves_and_nothing_but_our_names_leave_the_shared_library() {
    let names = run(Command::new("nm").args(["-D", "--defined-only"]).arg(shared::library("so")));
    let names = String::from_utf8(names.stdout).expect("names");
    let mut names: Vec<_> =
        names.lines().filter_map(|line| line.split_whitespace().nth(2)).collect();
    let header = shared::text_of(&shared::root().join("include/mcp_engine.h"));
    let mut declared = functions(&header);
    declared.sort_unstable();
    names.sort_unstable();
    assert_eq!(declared, names, "the header and the library say the same");
}

/// The everything server over HTTP.
struct Served {
    process: Child,
    url: String,
}

impl Served {
    fn new(revision: &str) -> Self {
        let mut command = Command::new(server());
        command.args(["serve", "--http", "127.0.0.1:0", "--revision", revision]);
        let mut process = command.stderr(Stdio::piped()).spawn().expect("a server");
        let url = shared::last_word(process.stderr.take().expect("its words"));
        Self { process, url }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

const PROGRAMS: [&str; 3] = ["c/everything.c", "c/serving.c", "c/tasks.c"];

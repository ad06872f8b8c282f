//! Programs in C and C++ are compiled, linked with the library in both ways, and run.

#![allow(dead_code, reason = "each test uses a part")]

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// What programs that were linked with the shared library ask for: a change of it leaves them all behind.
pub(crate) const SONAME: &str = "libmcp_engine.so.1";

/// How a program has the library.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Link {
    Static,
    Shared,
}

pub(crate) const BOTH: [Link; 2] = [Link::Static, Link::Shared];

/// A compiler that is here, and the flags that make every doubt an error.
#[derive(Clone, Debug)]
pub(crate) struct Compiler {
    pub(crate) program: &'static str,
    standard: &'static str,
}

/// The compilers of C that are here: one at least.
pub(crate) fn c_compilers() -> Vec<Compiler> {
    here(&["gcc", "clang"], "-std=c11")
}

/// The compilers of C++ that are here: one at least.
pub(crate) fn cpp_compilers() -> Vec<Compiler> {
    here(&["g++", "clang++"], "-std=c++17")
}

fn here(programs: &[&'static str], standard: &'static str) -> Vec<Compiler> {
    let answers = |program: &&&str| Command::new(program).arg("--version").output().is_ok();
    let found: Vec<_> = programs.iter().filter(answers).collect();
    assert!(!found.is_empty(), "none of {programs:?} is here");
    found.into_iter().map(|program| Compiler { program, standard }).collect()
}

impl Compiler {
    /// Compiles a source and links it with the library.
    pub(crate) fn build(&self, source: &Path, link: Link, more: &[&str]) -> PathBuf {
        let stem = source.file_stem().expect("a file").to_string_lossy();
        let program = scratch().join(format!("{stem}-{}-{link:?}", self.program));
        let mut command = Command::new(self.program);
        command.args([self.standard, "-Wall", "-Wextra", "-Werror", "-pedantic", "-O1", "-g"]);
        command.arg("-D_POSIX_C_SOURCE=200809L").args(more);
        command.arg("-I").arg(root().join("include")).arg(source).arg("-o").arg(&program);
        match link {
            Link::Static => command.arg(library("a")).args(["-lm", "-ldl"]),
            Link::Shared => command.arg(shared_library()).arg(rpath()),
        };
        run(command.arg("-lpthread"));
        program
    }
}

/// Runs a command, which has to succeed.
pub(crate) fn run(command: &mut Command) -> Output {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let (out, err) = (&output.stdout, &output.stderr);
    let said = [String::from_utf8_lossy(out), String::from_utf8_lossy(err)].concat();
    assert!(output.status.success(), "{command:?} ended with {}:\n{said}", output.status);
    output
}

/// The library that was built with this test.
pub(crate) fn library(ending: &str) -> PathBuf {
    let path = folder().join(format!("libmcp_engine_c.{ending}"));
    assert!(path.exists(), "{path:?} is missing");
    path
}

/// The same by the name that the loader will look for, so that it finds it beside itself.
fn shared_library() -> PathBuf {
    let (library, named) = (library("so"), folder().join(SONAME));
    match std::os::unix::fs::symlink(library.file_name().expect("a file"), &named) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => panic!("{named:?}: {error}"),
        _ => named,
    }
}

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the repository")
}

pub(crate) fn here_is(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(name)
}

/// The text of a file.
pub(crate) fn text_of(path: &Path) -> String {
    let bytes = std::fs::read(path).unwrap_or_else(|error| panic!("{path:?}: {error}"));
    String::from_utf8(bytes).expect("text")
}

/// A folder for what a test makes.
pub(crate) fn scratch() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("c");
    std::fs::create_dir_all(&folder).expect("a folder");
    folder
}

fn folder() -> PathBuf {
    let test = std::env::current_exe().expect("this test");
    test.parent().expect("a folder").to_owned()
}

fn rpath() -> String {
    format!("-Wl,-rpath,{}", folder().display())
}

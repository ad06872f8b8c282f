//! Programs in C and C++ are compiled, linked with the library in both ways, and run: for both libraries, each with its own tests.

#![allow(dead_code, reason = "each test uses a part")]

use std::collections::BTreeMap;
use std::io::{BufReader, ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{Mutex, OnceLock, PoisonError};

pub(crate) mod rows;

/// What programs that were linked with the shared library ask for: a change of it leaves them all behind.
pub(crate) const SONAME: &str =
    if IS_FULL { "libmcp_engine_full.so.1" } else { "libmcp_engine.so.1" };

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

/// Each compiler that is here with a way to link, and the first one with both: the library with the batteries takes its time to be linked in.
pub(crate) fn ways(compilers: Vec<Compiler>) -> Vec<(Compiler, Link)> {
    let first = compilers.first().cloned().map(|first| (first, Link::Static));
    first.into_iter().chain(compilers.into_iter().map(|one| (one, Link::Shared))).collect()
}

fn here(programs: &[&'static str], standard: &'static str) -> Vec<Compiler> {
    let answers = |program: &&&str| Command::new(program).arg("--version").output().is_ok();
    let found: Vec<_> = programs.iter().filter(answers).collect();
    assert!(!found.is_empty(), "none of {programs:?} is here");
    found.into_iter().map(|program| Compiler { program, standard }).collect()
}

impl Compiler {
    /// Compiles a source and links it with the library: once for all tests of a process, because a program that runs cannot be written.
    pub(crate) fn build(&self, source: &Path, link: Link, more: &[&str]) -> PathBuf {
        static BUILT: Mutex<BTreeMap<String, PathBuf>> = Mutex::new(BTreeMap::new());
        let what = format!("{self:?} {source:?} {link:?} {more:?}");
        let mut built = BUILT.lock().unwrap_or_else(PoisonError::into_inner);
        let number = built.len();
        let make = || {
            let stem = source.file_stem().expect("a file").to_string_lossy();
            let program = scratch().join(format!("{stem}-{}-{link:?}-{number}", self.program));
            self.link(source, link, more, &program);
            program
        };
        built.entry(what).or_insert_with(make).clone()
    }

    /// Whether it has what `SANITIZED` asks for, and a program that was made so can run here.
    fn sanitizes(&self) -> bool {
        static ONE: Mutex<()> = Mutex::new(());
        let _alone = ONE.lock().unwrap_or_else(PoisonError::into_inner);
        let (source, program) = (scratch().join("nothing.c"), scratch().join("nothing"));
        std::fs::write(&source, "int main(void) { return 0; }\n").expect("a file");
        let mut compile = Command::new(self.program);
        compile.args(SANITIZED).arg(source).arg("-o").arg(&program);
        let succeeds =
            |command: &mut Command| command.output().is_ok_and(|output| output.status.success());
        succeeds(&mut compile) && succeeds(&mut Command::new(program))
    }

    fn link(&self, source: &Path, link: Link, more: &[&str], program: &Path) {
        let mut command = Command::new(self.program);
        command.args([self.standard, "-Wall", "-Wextra", "-Wshadow", "-Werror", "-pedantic"]);
        command.args(["-O1", "-g", "-D_POSIX_C_SOURCE=200809L"]);
        if IS_FULL {
            command.arg("-DMCPE_FULL").arg("-I").arg(root().join("bindings/c/tests/c"));
        }
        command.args(more);
        command.arg("-I").arg(root().join("include")).arg(source).arg("-o").arg(program);
        match link {
            // What is only for debuggers, and what is not called, would be most of the program.
            Link::Static => {
                command.arg(library("a")).args(["-lm", "-ldl", "-Wl,--strip-debug,--gc-sections"])
            }
            Link::Shared => command.arg(shared_library()).arg(rpath()),
        };
        run(command.arg("-lpthread"));
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
    let name = if IS_FULL { "libmcp_engine_full" } else { "libmcp_engine_c" };
    let path = folder().join(format!("{name}.{ending}"));
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
    let mut above = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    let root = above.find(|folder| folder.join("include/mcp_engine.h").exists());
    root.expect("the repository").to_owned()
}

/// What the header declares for the library that is tested, and no other one.
pub(crate) fn header() -> String {
    let header = text_of(&root().join("include/mcp_engine.h"));
    let (plain, full) = header.split_once("#ifdef MCPE_FULL\n").expect("both halves");
    if IS_FULL { full.to_owned() } else { plain.to_owned() }
}

/// The functions that a header declares.
pub(crate) fn functions(header: &str) -> Vec<&str> {
    let code = header.split("/**").filter_map(|part| part.split_once("*/")).map(|(_, code)| code);
    let heads = code.filter(|code| !code.contains("static inline") && !code.contains("typedef"));
    heads
        .filter_map(|code| {
            let head = code.split_once('(')?.0;
            head.split([' ', '*']).next_back().filter(|name| name.starts_with("mcpe_"))
        })
        .collect()
}

/// Runs a program with these arguments under valgrind, if that is here.
pub(crate) fn under_valgrind(source: &Path, arguments: &[&str]) {
    let is_here = Command::new("valgrind").arg("--version").output().is_ok();
    if let Some(compiler) = c_compilers().first().filter(|_| is_here) {
        let program = compiler.build(source, Link::Shared, &["-DUNDER_VALGRIND"]);
        let flags = ["--error-exitcode=9", "--leak-check=full", "--errors-for-leak-kinds=definite"];
        run(Command::new("valgrind").args(flags).arg("-q").arg(program).args(arguments));
    }
}

/// Runs a program with these arguments under AddressSanitizer, which looks for leaks as well, and the checks for undefined behaviour: by the first of the
/// compilers that has them.
pub(crate) fn under_sanitizers(compilers: Vec<Compiler>, source: &Path, arguments: &[&str]) {
    if let Some(compiler) = compilers.iter().find(|one| one.sanitizes()) {
        let program = compiler.build(source, Link::Shared, &SANITIZED);
        run(Command::new(program).args(arguments));
    }
}

/// The program `mcp-engine`, which is built once.
pub(crate) fn server() -> &'static Path {
    static SERVER: OnceLock<PathBuf> = OnceLock::new();
    SERVER.get_or_init(|| {
        let build = ["build", "-q", "-p", "mcp-engine-cli", "--locked", "--message-format=json"];
        let built = run(Command::new(env!("CARGO")).args(build).current_dir(root()));
        let built = String::from_utf8(built.stdout).expect("text");
        let program =
            built.split("\"executable\":\"").skip(1).filter_map(|text| text.split_once('"'));
        program.last().map(|(path, _)| path.into()).expect("the program")
    })
}

pub(crate) fn here_is(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(name)
}

/// The text of a file.
pub(crate) fn text_of(path: &Path) -> String {
    let bytes = std::fs::read(path).unwrap_or_else(|error| panic!("{path:?}: {error}"));
    String::from_utf8(bytes).expect("text")
}

/// The last word of the first line that a program says: where it serves.
pub(crate) fn last_word(said: impl Read) -> String {
    let bytes =
        BufReader::new(said).bytes().map_while(Result::ok).take_while(|byte| *byte != b'\n');
    let line = String::from_utf8(bytes.take(1024).collect()).expect("text");
    line.split_whitespace().last().expect("a word").to_owned()
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

/// The flags that make a compiler check what a program does.
const SANITIZED: [&str; 2] = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"];
/// Whether it is the library with the batteries that is tested.
const IS_FULL: bool = matches!(env!("CARGO_PKG_NAME").as_bytes(), b"mcp-engine-c-full");

//! The engine and other parsers as programs in C use them: shared libraries that `benches/c/build.sh` has built, loaded at run time.
//!
//! What was not built does not race; the two forms of the engine must be there.
#![expect(unsafe_code, reason = "functions of shared libraries are called")]

use std::path::Path;

use libloading::Library;

use crate::contender::Contender;
use crate::ours::Engine;
use crate::stream::Stream;

/// The engine for C, by tables.
pub(crate) const DRAIN: &str = "C: drain";
/// The engine for C, by handles.
pub(crate) const NEXT: &str = "C: next";
pub(crate) const SIMDJSON: &str = "C: simdjson DOM";
pub(crate) const CJSON: &str = "C: cJSON";
/// The same loop in Rust: bytes are fed, messages polled, read and dropped.
pub(crate) const RUST: &str = "Rust: poll";
/// The same by tables, as a program in C has them.
pub(crate) const TABLES: &str = "Rust: tables";

/// Line → kind, id, method and payload, by whoever was built.
pub(crate) fn contenders(stream: &Stream) -> Vec<Contender<'_>> {
    let built = FILES.iter().filter_map(|(name, file)| load(name, file, stream));
    [polled(stream), by_tables(stream)].into_iter().chain(built).collect()
}

/// Whether there is anything to load.
#[cfg(test)]
pub(crate) fn is_built() -> bool {
    Path::new(FOLDER).exists()
}

fn polled(stream: &Stream) -> Contender<'_> {
    let mut engine = Engine::new(stream);
    Contender::whole(RUST, move || engine.fed(stream.wire()))
}

fn by_tables(stream: &Stream) -> Contender<'_> {
    let mut engine = Engine::new(stream);
    Contender::whole(TABLES, move || engine.fed_by_tables(stream.wire()))
}

/// The contender of a file; `None` where there is none.
fn load<'s>(name: &'static str, file: &str, stream: &Stream) -> Option<Contender<'s>> {
    let path = Path::new(FOLDER).join(file);
    if !path.exists() {
        assert!(!file.starts_with("engine"), "{}: benches/c/build.sh makes it", path.display());
        eprintln!("NOT RUN: {name}: {} is missing", path.display());
        return None;
    }
    // SAFETY: the libraries are built from `benches/c` and those that Debian has; none does anything when it is loaded but what
    // libraries in C and C++ do.
    let library = unsafe { Library::new(&path) }.unwrap_or_else(|error| panic!("{name}: {error}"));
    // SAFETY: `contender.h` declares it so, and every contender includes that.
    let pass = unsafe { library.get::<Pass>(b"contender_pass\0") }
        .map_or_else(|error| panic!("{name}: {error}"), |pass| *pass);
    let wire = [stream.wire(), &[0; PADDING]].concat();
    let len = stream.wire().len();
    Some(Contender::whole(name, move || {
        let _loaded = &library;
        // SAFETY: `len` bytes that end with a newline, and `PADDING` behind them; the library stays loaded while the closure lives.
        unsafe { pass(wire.as_ptr(), len) }
    }))
}

type Pass = unsafe extern "C" fn(*const u8, usize) -> u64;

/// The contenders, and their files.
const FILES: [(&str, &str); 6] = [
    (DRAIN, "engine-drain.so"),
    (NEXT, "engine-next.so"),
    (SIMDJSON, "simdjson.so"),
    ("C: yyjson", "yyjson.so"),
    (CJSON, "cjson.so"),
    ("C: json-c", "json-c.so"),
];
const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../c/target");
/// What may be read behind a wire.
const PADDING: usize = 64;

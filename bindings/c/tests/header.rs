//! The header in the repository is the one that the sources make. `MCPE_HEADER=write cargo test -p mcp-engine-c --test header` makes it anew.

use std::path::{Path, PathBuf};
use std::{env, fs};

#[test]
fn the_header_is_that_of_the_sources() {
    let (path, made) = (header(), made());
    if env::var("MCPE_HEADER").is_ok_and(|wish| wish == "write") {
        fs::write(&path, &made).expect("the header can be written");
    }
    let kept = fs::read_to_string(&path).expect("there is a header");
    assert!(kept == made, "include/mcp_engine.h is not what the sources make: see tests/header.rs");
}

#[test]
fn every_symbol_is_explained() {
    let made = made();
    let lines: Vec<_> = made.lines().collect();
    let mut found = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let declares = line.contains("mcpe_") && line.starts_with(|first: char| first.is_alphabetic());
        let is_symbol = declares && line.contains('(') || line.starts_with("#define MCPE_");
        let inside = lines[at.saturating_sub(1)];
        let is_explained = inside.ends_with("*/") || INTERNAL.iter().any(|name| line.contains(name));
        if is_symbol && !is_explained {
            found.push(*line);
        }
    }
    assert_eq!(found, Vec::<&str>::new());
}

#[test]
fn every_function_says_how_it_may_be_called_beside_others() {
    let made = made();
    for declaration in made.split("/**").skip(1) {
        let Some((words, code)) = declaration.split_once("*/") else { continue };
        let code = code.split(';').next().unwrap_or_default();
        let Some((_, arguments)) = code.split_once('(') else { continue };
        let first = arguments.split(',').next().unwrap_or_default().trim();
        let on_a_handle = first.starts_with("mcpe_") && !first.contains('*') && !code.contains("inline");
        let is_about_one = code.contains("_free(") || code.contains("mcpe_permit_");
        let says = words.contains("Changes") || words.contains("Reads");
        let is_target = first.starts_with("mcpe_target") || first.starts_with("mcpe_status");
        assert!(!on_a_handle || is_about_one || is_target || says, "{code} says nothing: {words}");
    }
}

/// The header as cbindgen makes it, with the one thing that it cannot say.
fn made() -> String {
    let bindings = cbindgen::generate(Path::new(env!("CARGO_MANIFEST_DIR"))).expect("a header");
    let mut made = Vec::new();
    bindings.write(&mut made);
    let made = String::from_utf8(made).expect("text");
    let base = "  uint64_t base;\n";
    assert_eq!(made.matches(base).count(), 1);
    made.replace(base, "  MCPE_ALIGNAS(8) uint64_t base;\n")
}

fn header() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../include/mcp_engine.h")
}

/// What is for the header itself.
const INTERNAL: [&str; 2] = ["MCPE_ALIGNAS", "MCPE_ASSERT"];

//! The header in the repository is the one that the sources make. `MCPE_HEADER=write cargo test -p mcp-engine-c --test header` makes it anew.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{env, fs};

#[test]
fn the_header_is_that_of_the_sources() {
    let (path, made) = (header(), made());
    if env::var("MCPE_HEADER").is_ok_and(|wish| wish == "write") {
        fs::write(&path, &made).expect("the header can be written");
    }
    let kept = fs::read(&path).expect("there is a header");
    assert!(
        kept == made.as_bytes(),
        "include/mcp_engine.h is not what the sources make: see tests/header.rs"
    );
}

#[test]
fn every_symbol_is_explained() {
    let made = made();
    let lines: Vec<_> = made.lines().collect();
    let mut found = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let declares =
            line.contains("mcpe_") && line.starts_with(|first: char| first.is_alphabetic());
        let is_symbol = declares && line.contains('(') || line.starts_with("#define MCPE_");
        let inside = lines[at.saturating_sub(1)];
        let is_explained =
            inside.ends_with("*/") || INTERNAL.iter().any(|name| line.contains(name));
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
        let first = first.strip_prefix("struct ").unwrap_or(first);
        let on_a_handle =
            first.starts_with("mcpe_") && !first.contains('*') && !code.contains("inline");
        let is_about_one = code.contains("_free(")
            || code.contains("mcpe_permit_")
            || words.contains("is used up");
        let says = words.contains("Changes") || words.contains("Reads");
        let is_target = first.starts_with("mcpe_target") || first.starts_with("mcpe_status");
        assert!(!on_a_handle || is_about_one || is_target || says, "{code} says nothing: {words}");
    }
}

/// The header as cbindgen makes it, but for what it cannot say: pointers where Rust has types for them, and an alignment. What only the library with the
/// batteries has stands behind `MCPE_FULL`, and the guard holds for all of it.
fn made() -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let plain = with_pointers(&text_of(cbindgen::generate(folder).expect("a header")));
    let base = "  uint64_t base;\n";
    assert_eq!(plain.matches(base).count(), 1);
    let plain = plain.replace(base, "  MCPE_ALIGNAS(8) uint64_t base;\n");
    let end = "#endif  /* MCP_ENGINE_H */\n";
    assert_eq!(plain.matches(end).count(), 1);
    let full = with_pointers(&of_the_batteries(folder));
    let full = full.trim_end();
    format!(
        "{}\n#ifdef MCPE_FULL\n{full}\n\n#endif  /* MCPE_FULL */\n\n{end}",
        plain.replace(end, "")
    )
}

/// What the library with the batteries has beside the other one.
fn of_the_batteries(folder: &Path) -> String {
    let mut config = cbindgen::Config::from_root_or_default(folder);
    (config.header, config.after_includes, config.trailer) = (None, None, None);
    (config.include_guard, config.sys_includes, config.export.include) =
        (None, Vec::new(), Vec::new());
    // The pointers are those of the other half; with their definitions beside them, they get their names.
    let builder = cbindgen::Builder::new().with_config(config);
    let builder = builder.with_src(folder.join("pointer.rs")).with_src(folder.join("full/lib.rs"));
    text_of(builder.generate().expect("a header"))
}

fn text_of(bindings: cbindgen::Bindings) -> String {
    let mut made = Vec::new();
    bindings.write(&mut made);
    String::from_utf8(made).expect("text")
}

/// Puts pointers in the place of the names that cbindgen has for `Ptr<T>`, `Out<T>` and `Userdata`.
fn with_pointers(made: &str) -> String {
    let names: BTreeMap<_, _> = made.lines().filter_map(pointer_type).collect();
    assert!(names.len() > 10);
    let mut kept: Vec<&str> = Vec::new();
    for line in made.lines() {
        if pointer_type(line).is_none() {
            kept.push(line);
            continue;
        }
        // Its explanation goes with it.
        while kept.pop().is_some_and(|line| line != "/**") {}
    }
    let mut plain = String::new();
    for line in kept {
        let mut rest = line;
        while let Some(at) = rest.find(is_letter) {
            let (before, word) = rest.split_at(at);
            let (word, behind) = word.split_at(word.find(|c| !is_letter(c)).unwrap_or(word.len()));
            plain.push_str(before);
            plain.push_str(&resolved(word, &names));
            // A pointer stands close to its name.
            rest = if names.contains_key(word) { behind.trim_start_matches(' ') } else { behind };
        }
        plain.push_str(rest);
        plain.push('\n');
    }
    while plain.contains("\n\n\n") {
        plain = plain.replace("\n\n\n", "\n\n");
    }
    plain
}

/// The name of a pointer, and what it points to.
fn pointer_type(line: &str) -> Option<(&str, &str)> {
    let (to, name) = line.strip_prefix("typedef ")?.strip_suffix(';')?.split_once(" *")?;
    let is_ours = name.starts_with("Out_") || name.starts_with("Ptr_") || name == "Userdata";
    is_ours.then_some((name, to))
}

fn resolved(word: &str, names: &BTreeMap<&str, &str>) -> String {
    match names.get(word) {
        None => word.to_owned(),
        Some(to) => {
            let to = resolved(to, names);
            if to.ends_with('*') { format!("{to}*") } else { format!("{to} *") }
        }
    }
}

fn is_letter(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn header() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../include/mcp_engine.h")
}

/// What is for the header itself.
const INTERNAL: [&str; 2] = ["MCPE_ALIGNAS", "MCPE_ASSERT"];

//! What stands in a source: checks from a text to a list of findings.

use std::collections::{BTreeMap, BTreeSet};

/// Modules of `std` that do I/O or ask the system, in code that is no test.
pub(super) fn system_use(source: &str) -> Vec<String> {
    let code = code_of(source);
    let code = code.split("#[cfg(test)]").next().unwrap_or_default();
    let mut found = Vec::new();
    for (at, _) in code.match_indices("std::") {
        let path = &code[at + "std::".len()..];
        let named = match path.strip_prefix('{') {
            Some(group) => group.split('}').next().unwrap_or_default(),
            None => path.split(|c: char| !is_word(c)).next().unwrap_or_default(),
        };
        let words: BTreeSet<_> = named.split(|c: char| !is_word(c)).collect();
        let used = SYSTEM.iter().filter(|module| words.contains(*module));
        found.extend(used.map(|module| format!("std::{module}")));
    }
    found
}

/// The lines in whose code a word stands, as "line N".
pub(super) fn token_lines(source: &str, word: &str) -> Vec<String> {
    let code = code_of(source);
    let with = code.lines().enumerate().filter(|(_, line)| words(line).any(|found| found == word));
    with.map(|(at, _)| format!("line {}", at + 1)).collect()
}

/// Each `unsafe` whose reason does not stand close above: `SAFETY:` for a block, `# Safety` for a function.
pub(super) fn unexplained_unsafe(source: &str) -> Vec<String> {
    let lines: Vec<_> = source.lines().collect();
    let code = code_of(source);
    let mut found = Vec::new();
    for (at, line) in code.lines().enumerate() {
        let Some((_, behind)) =
            line.split_once("unsafe").filter(|_| words(line).any(|word| word == "unsafe"))
        else {
            continue;
        };
        let behind = behind.trim_start();
        if is_type_of_function(behind) {
            continue;
        }
        let declares = ["fn", "extern", "trait"].iter().any(|word| behind.starts_with(word));
        let reason = if declares { "# Safety" } else { "SAFETY:" };
        if !lines[at.saturating_sub(NEAR)..=at].iter().any(|line| line.contains(reason)) {
            found.push(format!("line {} has no {reason}", at + 1));
        }
    }
    found
}

/// Whether `unsafe` belongs to the type of a function: whoever calls it says why that is sound.
fn is_type_of_function(behind: &str) -> bool {
    let of = behind.strip_prefix("extern").and_then(|behind| behind.split_once("fn"));
    of.is_some_and(|(_, behind)| behind.starts_with('('))
}

/// Reads and queues without a bound, and bounds that are none.
pub(super) fn unbounded(source: &str) -> Vec<String> {
    let code = code_of(source);
    let mut found = Vec::new();
    for (at, line) in code.lines().enumerate() {
        let banned = words(line).filter(|word| UNBOUNDED.contains(word));
        found.extend(banned.map(|word| format!("line {} has {word}", at + 1)));
        let largest = ["usize::MAX", "u64::MAX", "u32::MAX"];
        let assigned = largest.iter().filter_map(|number| line.split_once(number));
        for (before, _) in assigned {
            let name = before.trim_end_matches(|c: char| !is_word(c) || c.is_whitespace());
            let name = name.rsplit(|c: char| !is_word(c)).next().unwrap_or_default();
            let constant = line.contains("const ");
            let parts: Vec<_> = name.split('_').map(str::to_lowercase).collect();
            if constant || parts.iter().any(|part| BOUNDS.contains(&part.as_str())) {
                found.push(format!("line {} has a bound that is none", at + 1));
            }
        }
    }
    found
}

/// Files above the limit, and the median when that is.
pub(super) fn too_long(lengths: &BTreeMap<String, usize>) -> Vec<String> {
    let long = lengths.iter().filter(|(_, lines)| **lines > LONGEST_FILE);
    let mut found: Vec<_> = long.map(|(file, lines)| format!("{file} has {lines} lines")).collect();
    let mut sorted: Vec<_> = lengths.values().collect();
    sorted.sort_unstable();
    let median = sorted.get(sorted.len() / 2).map_or(0, |lines| **lines);
    if median > MEDIAN_FILE {
        found.push(format!("the median file has {median} lines"));
    }
    found
}

/// The files in whose rows `docs/UNSAFE.md` speaks of `unsafe`.
pub(super) fn listed_places(document: &str) -> BTreeSet<String> {
    let rows = document.lines().filter_map(|line| line.strip_prefix("| `"));
    let files = rows.filter_map(|row| row.split('`').next());
    files.filter(|file| file.ends_with(".rs")).map(str::to_owned).collect()
}

/// A source with comments, strings and characters blanked, line by line as before.
fn code_of(source: &str) -> String {
    let mut code = String::with_capacity(source.len());
    let mut rest = source;
    while let Some(first) = rest.chars().next() {
        let identifier = code.chars().next_back().is_some_and(is_word);
        let len = match first {
            '/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => block_comment(rest),
            '"' => quoted(rest, '"'),
            'r' if !identifier && raw_string(rest).is_some() => raw_string(rest).unwrap_or(1),
            '\'' if is_character(rest) => quoted(rest, '\''),
            _ => {
                code.push(first);
                rest = &rest[first.len_utf8()..];
                continue;
            }
        };
        let (blanked, behind) = rest.split_at(len);
        code.extend(blanked.chars().map(|c| if c == '\n' { '\n' } else { ' ' }));
        rest = behind;
    }
    code
}

fn block_comment(text: &str) -> usize {
    let (mut depth, mut at) = (0usize, 0);
    while at < text.len() {
        match &text.as_bytes()[at..] {
            [b'/', b'*', ..] => (depth, at) = (depth + 1, at + 2),
            [b'*', b'/', ..] if depth == 1 => return at + 2,
            [b'*', b'/', ..] => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
    }
    text.len()
}

fn quoted(text: &str, quote: char) -> usize {
    let mut letters = text.char_indices().skip(1);
    while let Some((at, letter)) = letters.next() {
        if letter == '\\' {
            letters.next();
        } else if letter == quote {
            return at + 1;
        }
    }
    text.len()
}

/// Length of the raw string at the start of the text.
fn raw_string(text: &str) -> Option<usize> {
    let behind = text.strip_prefix('r')?;
    let hashes = behind.len() - behind.trim_start_matches('#').len();
    let body = behind[hashes..].strip_prefix('"')?;
    let close = format!("\"{}", "#".repeat(hashes));
    let end = body.find(&close).map_or(body.len(), |at| at + close.len());
    Some(1 + hashes + 1 + end)
}

/// Whether a character literal begins here, and not a lifetime.
fn is_character(text: &str) -> bool {
    let mut letters = text.chars().skip(1);
    match letters.next() {
        Some('\\') => true,
        Some(_) => letters.next() == Some('\''),
        None => false,
    }
}

fn words(line: &str) -> impl Iterator<Item = &str> {
    line.split(|c: char| !is_word(c))
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// What `std` offers and the protocol core does not use.
const SYSTEM: &[&str] = &["time", "net", "fs", "io", "thread", "process", "env", "os"];

/// What reads or queues as much as a peer likes.
const UNBOUNDED: &[&str] =
    &["unbounded_channel", "unbounded", "read_to_end", "read_to_string", "read_line"];

/// Names of bounds, of which none may be the largest number there is.
const BOUNDS: &[&str] = &["limit", "cap", "capacity", "bound", "max", "most"];

const LONGEST_FILE: usize = 500;
const MEDIAN_FILE: usize = 200;
/// How many lines above an `unsafe` its reason may begin.
const NEAR: usize = 8;

#[test]
fn use_of_the_system_is_found() {
    for source in [
        "use std::io;",
        "use std::{fmt, time};",
        "let x = std::thread::spawn(f);",
        "::std::fs::read(p)",
    ] {
        assert_eq!(system_use(source).len(), 1, "{source}");
    }
    for source in [
        "// std::io\n/* std::fs */ /// std::net",
        "\"std::io\"",
        "r#\"\" std::fs\"#",
        "use std::fmt;",
        "use std::iota;",
        "#[cfg(test)]\nuse std::fs;",
    ] {
        assert_eq!(system_use(source), Vec::<String>::new(), "{source}");
    }
}

#[test]
fn unsafe_is_found_and_must_be_explained() {
    assert_eq!(token_lines("fn f() {\n    unsafe { g() }\n}", "unsafe"), ["line 2"]);
    assert_eq!(
        token_lines(
            "#![expect(unsafe_code)] // unsafe\n\"unsafe\" 'u' '\\'' b\"unsafe\"",
            "unsafe"
        ),
        Vec::<String>::new()
    );
    assert_eq!(token_lines("fn f<'a>(x: &'a str) { unsafe { g(x) } }", "unsafe"), ["line 1"]);
    assert_eq!(unexplained_unsafe("// SAFETY: it is.\nunsafe { g() }"), Vec::<String>::new());
    assert_eq!(unexplained_unsafe("unsafe { g() }"), ["line 1 has no SAFETY:"]);
    assert_eq!(unexplained_unsafe("// SAFETY: no.\nunsafe fn g() {}"), ["line 2 has no # Safety"]);
    assert_eq!(
        unexplained_unsafe("/// # Safety\n///\n/// Never.\nunsafe fn g() {}"),
        Vec::<String>::new()
    );
    assert_eq!(unexplained_unsafe("unsafe extern \"C\" fn g() {}").len(), 1);
    assert_eq!(unexplained_unsafe("type G = unsafe extern \"C\" fn();"), Vec::<String>::new());
    let far = format!("// SAFETY: far.\n{}unsafe {{ g() }}", "\n".repeat(NEAR + 1));
    assert_eq!(unexplained_unsafe(&far).len(), 1);
}

#[test]
fn missing_bound_is_found() {
    for source in [
        "let (a, b) = unbounded_channel();",
        "file.read_to_end(&mut bytes)?;",
        "input.read_line(&mut line)?;",
        "const LIMIT: usize = usize::MAX;",
        "Limits { max_bytes: usize::MAX }",
        "self.cap = u32::MAX;",
    ] {
        assert_eq!(unbounded(source).len(), 1, "{source}");
    }
    for source in
        ["// read_to_end", "arena.skip(usize::MAX);", "n.unwrap_or(usize::MAX)", "read_line_end(x)"]
    {
        assert_eq!(unbounded(source), Vec::<String>::new(), "{source}");
    }
}

#[test]
fn long_file_and_long_median_are_found() {
    let lengths = |lines: &[usize]| lines.iter().map(|n| (format!("f{n}"), *n)).collect();
    assert_eq!(too_long(&lengths(&[10, 150, 500])), Vec::<String>::new());
    assert_eq!(too_long(&lengths(&[10, 150, 501])), ["f501 has 501 lines"]);
    assert_eq!(too_long(&lengths(&[10, 201, 300])), ["the median file has 201 lines"]);
}

#[test]
fn listed_place_is_found() {
    let document = "See `other.rs`.\n| `a/b.rs` | why | `c.rs` |\n| plain |\n";
    assert_eq!(listed_places(document), BTreeSet::from(["a/b.rs".to_owned()]));
}

//! The body of the fuzz target: bytes become a schema and a value, and two readers of the value must agree.
//!
//! The one is this crate, which reads the text, the other is the validator itself on a tree of `serde_json`. Whatever the
//! schema is, nothing may panic, and what takes long must be refused.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a panic is how a fuzz target reports what it found"
)]

use std::collections::BTreeSet;

use jsonschema::PatternOptions;
use mcp_engine_proto::json::{Outline, Raw, ValueKind};
use mcp_engine_proto::schema::{Completeness, Rejection, Violations};
use serde_json::Value;

use super::generate::Source;
use crate::compiler::{Compiler, Dialect};
use crate::limits::Limits;
use crate::schema::Schema;

/// A schema and a value, on a line each, or made of the bytes when they are not.
pub fn schema(input: &[u8]) {
    let lines = std::str::from_utf8(input).ok().and_then(|text| text.split_once('\n'));
    match lines.filter(|(schema, _)| Raw::parse(schema).is_ok()) {
        Some((schema, instance)) => check(schema, instance),
        None => made(input),
    };
}

/// Makes a schema and a value of some bytes; whether they were judged by both readers.
pub fn made(input: &[u8]) -> bool {
    let mut source = Source::new(input);
    let schema = source.schema().to_string();
    let instance = source.instance();
    check(&schema, &instance)
}

/// Whether both readers judged the value.
fn check(schema: &str, instance: &str) -> bool {
    let Ok(schema_text) = Raw::parse(schema) else { return false };
    let Ok(ours) = Compiler::new(LIMITS).compile(schema_text) else { return false };
    let Ok(instance_text) = Raw::parse(instance) else { return false };
    let verdict = ours.validate(instance_text);
    if let Err(Rejection::Violations(violations)) = &verdict {
        assert_places_exist(violations, instance_text);
    }
    if matches!(verdict, Err(Rejection::LimitExceeded(_)))
        || !is_plain(schema_text)
        || !is_plain(instance_text)
    {
        return false;
    }
    let Ok(tree) = serde_json::from_str::<Value>(instance) else { return false };
    compare(&ours, schema, &tree, verdict);
    true
}

fn compare(ours: &Schema, schema: &str, tree: &Value, verdict: Result<(), Rejection>) {
    let schema: Value = serde_json::from_str(schema).expect("it was read before");
    let draft = match ours.dialect() {
        Dialect::Draft202012 => jsonschema::Draft::Draft202012,
        Dialect::Draft7 => jsonschema::Draft::Draft7,
    };
    let theirs = jsonschema::options()
        .offline()
        .with_draft(draft)
        .with_pattern_options(PatternOptions::regex())
        .should_validate_formats(false)
        .build(&schema)
        .expect("it was compiled before");
    assert_eq!(verdict.is_ok(), theirs.is_valid(tree), "{schema} {tree}");
    let Err(Rejection::Violations(listed)) = verdict else { return };
    if listed.completeness() == Completeness::Complete {
        let listed: BTreeSet<_> =
            listed.iter().map(|one| (one.instance_path.clone(), one.schema_path.clone())).collect();
        let expected: BTreeSet<_> = theirs
            .iter_errors(tree)
            .map(|one| {
                (one.instance_path().as_str().to_owned(), one.schema_path().as_str().to_owned())
            })
            .collect();
        assert_eq!(listed, expected, "{schema} {tree}");
    }
}

/// Every path that was not cut leads to a value.
fn assert_places_exist(violations: &Violations, instance: Raw<'_>) {
    for violation in violations.iter() {
        let mut at = instance;
        for token in violation.instance_path.split('/').skip(1) {
            let token = token.replace("~1", "/").replace("~0", "~");
            let element = || at.elements()?.nth(token.parse().ok()?);
            at = at
                .get(&token)
                .or_else(element)
                .unwrap_or_else(|| panic!("{violation} in {instance}"));
        }
        assert!(!violation.message.is_empty());
    }
}

/// Whether two readers of numbers and keys are bound to agree: no number needs more digits than a double has, and no key
/// appears twice.
fn is_plain(value: Raw<'_>) -> bool {
    let outline = Outline::new(value, u32::MAX).expect("the text is shorter than that");
    let places = 0..outline.len() as u32;
    places.into_iter().all(|place| {
        let value = outline.value(place);
        let spelling = value.spelling();
        let keys = outline.children(place).filter_map(|place| outline.key(place));
        let distinct: BTreeSet<_> = keys.map(|key| key.decode()).collect();
        let members = value.kind() == ValueKind::Object;
        (value.kind() != ValueKind::Number
            || (spelling.len() <= 15 && !spelling.contains(['e', 'E'])))
            && (!members || distinct.len() == outline.size(place) as usize)
    })
}

/// Small enough that whatever is within them takes no time.
const LIMITS: Limits = Limits {
    schema_bytes: 1 << 16,
    schema_depth: 64,
    sub_schemas: 1_000,
    expansion: 500,
    patterns: 16,
    pattern_text: 1 << 10,
    pattern_bytes: 64 << 10,
    headers: 64,
    header_tools: 64,
    values: 10_000,
    nesting: 200,
    steps: 20_000,
    violations: 1_000,
    message_bytes: 1 << 16,
    cached: 0,
};

//! Patterns → what it costs to match a text with them.
//!
//! The engine is linear in the text, but each byte can cost as much as the compiled pattern has states, and a short pattern
//! with counted repetitions has many. How many is told by the smallest of a few limits under which the pattern builds. What
//! the engine does not know, look-around and back-references, it would need time without bound for.

use jsonschema::{PatternOptions, Regex};
use mcp_engine_proto::schema::{SchemaError, SchemaLimit, SchemaRule};
use regex_syntax::ast::parse::Parser;
use serde_json::json;

use crate::graph::{Graph, Pattern};
use crate::limits::Limits;
use crate::pointer;

/// The options with which every pattern is compiled.
pub(crate) fn options(limits: &Limits) -> PatternOptions<Regex> {
    bounded(limits.pattern_bytes)
}

/// The weights of patterns: how many bytes of text cost one step, turned upside down and in sixteenths.
///
/// # Errors
///
/// [`SchemaRule::Pattern`], [`SchemaLimit::PatternText`] or [`SchemaLimit::PatternBytes`].
pub(crate) fn weights(graph: &Graph, limits: &Limits) -> Result<Vec<u64>, SchemaError> {
    let lengths = graph.patterns.iter().map(|pattern| pattern.text.len());
    if lengths.fold(0, usize::saturating_add) > limits.pattern_text as usize {
        return Err(SchemaError::LimitExceeded(SchemaLimit::PatternText));
    }
    let weight = |pattern: &Pattern| {
        weight(&pattern.text, limits).map_err(|error| match error {
            Fault::Size => SchemaError::LimitExceeded(SchemaLimit::PatternBytes),
            Fault::Syntax(why) => SchemaError::Invalid {
                rule: SchemaRule::Pattern,
                path: pointer::cut(graph.path(pattern.node), limits.message_bytes),
                detail: pointer::cut(format!("{why}: {}", pattern.text), limits.message_bytes),
            },
        })
    };
    graph.patterns.iter().map(weight).collect()
}

/// Why a pattern cannot be used.
enum Fault {
    Syntax(String),
    Size,
}

fn weight(pattern: &str, limits: &Limits) -> Result<u64, Fault> {
    // Each of them makes the translation read the whole pattern again.
    if pattern.matches(r"\c").nth(CONTROL_ESCAPES).is_some() {
        return Err(Fault::Syntax("too many control escapes".to_owned()));
    }
    if !builds(pattern, limits.pattern_bytes) {
        return Err(match Parser::new().parse(pattern) {
            Ok(_) => Fault::Size,
            Err(error) => Fault::Syntax(error.kind().to_string()),
        });
    }
    let bytes = SIZES.iter().copied().find(|bytes| builds(pattern, *bytes));
    Ok(u64::from(bytes.unwrap_or(limits.pattern_bytes) / STATE_BYTES))
}

fn builds(pattern: &str, bytes: u32) -> bool {
    let options = jsonschema::options().with_pattern_options(bounded(bytes));
    options.build(&json!({ "pattern": pattern })).is_ok()
}

fn bounded(bytes: u32) -> PatternOptions<Regex> {
    let bytes = bytes as usize;
    PatternOptions::regex().size_limit(bytes).dfa_size_limit(bytes.max(LEAST_CACHE))
}

/// Sizes of compiled patterns that are told apart.
const SIZES: [u32; 4] = [512, 2 << 10, 16 << 10, 128 << 10];

/// About what one state takes.
const STATE_BYTES: u32 = 32;

/// With less the engine's cache would not hold a single step.
const LEAST_CACHE: usize = 64 << 10;

const CONTROL_ESCAPES: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;

    fn one(pattern: &str) -> Result<Vec<u64>, SchemaError> {
        let patterns = vec![Pattern { text: pattern.to_owned(), node: 0 }];
        weights(&Graph { patterns, ..Graph::default() }, &Limits::default())
    }

    #[test]
    fn a_pattern_weighs_what_it_has_states() {
        let light = one("^[a-z]+$").unwrap();
        let heavy = one("[ab]*a[ab]{1000}").unwrap();
        assert!(light[0] <= 64 && heavy[0] >= 1000, "{light:?} {heavy:?}");
    }

    #[test]
    fn what_the_linear_engine_does_not_know_is_refused_by_name() {
        for (pattern, why) in [
            (r"^(?=.*\d)[a-z]+$", "look-around"),
            (r"(a)\1", "backreferences"),
            ("(", "unclosed group"),
            ("a{2,1}", "repetition"),
        ] {
            let Err(SchemaError::Invalid { rule, detail, .. }) = one(pattern) else {
                panic!("{pattern} was accepted");
            };
            assert_eq!(rule, SchemaRule::Pattern);
            assert!(detail.contains(why), "{detail}");
        }
    }

    #[test]
    fn patterns_of_the_javascript_dialect_are_understood() {
        for pattern in [r"^\S*$", r"^\cA$", r"\/", r"[^\s]\d", r"^\p{Letter}+$", r"^.{1,262144}$"] {
            assert!(one(pattern).is_ok(), "{pattern}");
        }
    }

    #[test]
    fn a_pattern_that_grows_too_large_is_refused() {
        let limit = Err(SchemaError::LimitExceeded(SchemaLimit::PatternBytes));
        assert_eq!(one("((a{100}){100}){100}"), limit);
    }

    #[test]
    fn patterns_that_are_too_long_or_slow_to_translate_are_refused() {
        let limit = Err(SchemaError::LimitExceeded(SchemaLimit::PatternText));
        assert_eq!(one(&"a".repeat((16 << 10) + 1)), limit);
        assert!(one(&"a".repeat(1 << 10)).is_ok());
        assert!(matches!(one(&r"\cA".repeat(100)), Err(SchemaError::Invalid { .. })));
    }
}

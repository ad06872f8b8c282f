//! What the validator reports → the violations that are shown.
//!
//! The list is bounded in number, each of its texts in length, and the work behind it in steps and memory: when listing
//! everything costs too much, the first violation stands for all of them, and when even its place is too long to be
//! told, the verdict is all there is.

use std::fmt::{self, Write};

use jsonschema::error::ValidationErrorKind;
use jsonschema::{ValidationError, Validator};
use mcp_engine_proto::json::{Outline, Str};
use mcp_engine_proto::schema::{Completeness, Violation, Violations};
use serde_json::Value;

use crate::cost::Cost;
use crate::instance::Instance;
use crate::limits::Limits;
use crate::node::{Node, Text};
use crate::pointer;

/// Lists where a value does not match, which it is known not to do.
pub(crate) fn list(
    validator: &Validator<Text>,
    instance: &Instance<'_>,
    cost: &Cost,
    limits: &Limits,
) -> Violations {
    if memory(instance, cost) > MOST_MEMORY {
        return Violations::new(unplaced(), Vec::new(), Completeness::Cut);
    }
    let root = Node::Value(instance, 0);
    instance.allow(limits.steps.min(LISTING_STEPS));
    let mut errors = validator.iter_errors(root).take_while(|error| **error.instance() != UNPAID);
    let listed = errors.by_ref().take((limits.violations as usize).max(1));
    let mut listed = listed.map(|error| describe(&error, instance, limits)).collect::<Vec<_>>();
    let all = errors.next().is_none() && !instance.is_exhausted();
    let complete = if all { Completeness::Complete } else { Completeness::Cut };
    if listed.is_empty() {
        instance.allow(limits.steps);
        listed.push(match validator.validate(root) {
            Err(error) if **error.instance() != UNPAID => describe(&error, instance, limits),
            _ => unplaced(),
        });
    }
    let first = listed.remove(0);
    Violations::new(first, listed, complete)
}

/// A key that its object has already had.
pub(crate) fn duplicate(instance: &Instance<'_>, place: u32, limits: &Limits) -> Violations {
    let violation = Violation {
        instance_path: pointer::cut(path_to(&instance.outline, place), limits.message_bytes),
        schema_path: String::new(),
        message: "the key appears twice in its object".to_owned(),
    };
    Violations::new(violation, Vec::new(), Completeness::Cut)
}

fn unplaced() -> Violation {
    Violation {
        message: "the value does not match the schema, and listing where would cost too much"
            .to_owned(),
        ..Violation::default()
    }
}

/// The most memory that a list can take before it is cut, in bytes.
fn memory(instance: &Instance<'_>, cost: &Cost) -> u64 {
    let depth = u64::from(instance.outline.depth()).saturating_add(1);
    let unpaid = cost.expansion.saturating_mul(depth);
    let errors = (LISTING_STEPS / ERROR_STEPS).saturating_add(unpaid);
    let places = cost.longest_path.saturating_mul(depth.saturating_add(1));
    let each = ERROR_BYTES.saturating_add(places).saturating_add(longest_path(&instance.outline));
    errors.saturating_mul(each)
}

/// Length of the longest path to a value, as a JSON Pointer.
fn longest_path(outline: &Outline<'_>) -> u64 {
    let mut open: Vec<(u32, u64)> = Vec::new();
    let mut longest = 0;
    for place in 0..u32::try_from(outline.len()).unwrap_or(u32::MAX) {
        while open.pop_if(|(end, _)| *end <= place).is_some() {}
        let around = open.last().map_or(0, |(_, length)| *length);
        let own = outline.key(place).map_or(INDEX_BYTES, |key| key.spelling().len() as u64);
        let length = around.saturating_add(own).saturating_add(1);
        longest = longest.max(length);
        open.push((outline.end(place), length));
    }
    longest
}

fn describe(error: &ValidationError<'_>, instance: &Instance<'_>, limits: &Limits) -> Violation {
    let path = error.instance_path().as_str();
    let mut message = Bounded { text: String::new(), limit: limits.message_bytes as usize };
    // What does not fit is cut: the formatter gives up when the bound is reached.
    let _ = match error.kind() {
        ValidationErrorKind::AdditionalItems { .. } => {
            message.write_str("Additional items are not allowed")
        }
        ValidationErrorKind::PropertyNames { error } => {
            write!(message, "the name {error}")
        }
        _ => write!(message, "{}", error.masked_with(quote(&instance.outline, path))),
    };
    Violation {
        instance_path: pointer::cut(path.to_owned(), limits.message_bytes),
        schema_path: pointer::cut(error.schema_path().as_str().to_owned(), limits.message_bytes),
        message: pointer::cut(message.text, limits.message_bytes),
    }
}

/// The beginning of the value at a JSON Pointer, as it is spelled.
fn quote(outline: &Outline<'_>, path: &str) -> String {
    let mut place = 0;
    for token in path.split('/').skip(1) {
        let token = token.replace("~1", "/").replace("~0", "~");
        let member = |place: &u32| outline.key(*place).is_some_and(|key| key == *token);
        let index = || token.parse().ok().and_then(|at| outline.children(place).nth(at));
        match outline.children(place).find(member).or_else(index) {
            Some(inner) => place = inner,
            None => return "the value".to_owned(),
        }
    }
    let spelling = outline.value(place).spelling();
    match pointer::start(spelling, QUOTE_BYTES) {
        whole if whole.len() == spelling.len() => whole.to_owned(),
        start => format!("{start}…"),
    }
}

/// The JSON Pointer to a place.
fn path_to(outline: &Outline<'_>, place: u32) -> String {
    let mut path = String::new();
    let mut at = 0;
    while at < place {
        let around = |(_, inner): &(usize, u32)| (*inner..outline.end(*inner)).contains(&place);
        let Some((index, inner)) = outline.children(at).enumerate().find(around) else { break };
        let key = outline.key(inner).map(Str::decode);
        pointer::push(&mut path, &key.unwrap_or_else(|| index.to_string().into()));
        at = inner;
    }
    path
}

/// A text that takes no more when it is longer than its limit.
struct Bounded {
    text: String,
    limit: usize,
}

impl Write for Bounded {
    fn write_str(&mut self, part: &str) -> fmt::Result {
        // One character beyond the limit shows that there was more.
        let room = self.limit.saturating_add(4).saturating_sub(self.text.len());
        self.text.push_str(pointer::start(part, room));
        if self.text.len() > self.limit { Err(fmt::Error) } else { Ok(()) }
    }
}

/// Steps for the list: less than for the verdict, since what they pay for is kept in memory.
const LISTING_STEPS: u64 = 2_000_000;

/// Price of one violation that the validator makes, in steps.
pub(crate) const ERROR_STEPS: u64 = 2_000;

/// The value in a message that was made when nothing was left.
pub(crate) const UNPAID: Value = Value::Bool(true);

/// About what one violation takes without its paths.
const ERROR_BYTES: u64 = 512;

/// What a list may take before it is cut.
const MOST_MEMORY: u64 = 128 << 20;

/// The most that an index in a path takes.
const INDEX_BYTES: u64 = 10;

const QUOTE_BYTES: usize = 64;

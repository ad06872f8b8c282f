//! A schema and all that it refers to → which sub-schema leads to which.
//!
//! The validator does not say what a schema will cost before it has spent it, in time as well as in memory, and it follows some
//! small schemas for ever. So the graph is drawn first, with the same resolution of references that the validator uses;
//! [`cost`](crate::cost) reckons on it. Everything is in it: a sub-schema that is never reached costs little here.

mod drawing;

use mcp_engine_proto::schema::SchemaError;
use referencing::{Draft, Registry, Resolver};
use serde_json::Value;

use self::drawing::Drawing;
use crate::limits::Limits;

/// Sub-schemas by number; the schema itself is number 0.
#[derive(Debug, Default)]
pub(crate) struct Graph {
    pub(crate) nodes: Vec<Node>,
    /// Every pattern once.
    pub(crate) patterns: Vec<Pattern>,
    /// Whether `multipleOf` is among the keywords.
    pub(crate) divides: bool,
}

/// A pattern, and the sub-schema where it was first met.
#[derive(Debug, Default)]
pub(crate) struct Pattern {
    pub(crate) text: String,
    pub(crate) node: u32,
}

/// One sub-schema.
#[derive(Debug, Default)]
pub(crate) struct Node {
    /// Sub-schemas that apply to the same value.
    pub(crate) here: Vec<u32>,
    /// Sub-schemas of which one applies to the same value, as the dynamic scope has it.
    pub(crate) one_of_here: Vec<u32>,
    /// Sub-schemas that apply to members, elements and names.
    pub(crate) below: Vec<u32>,
    /// How many of `unevaluatedProperties` and `unevaluatedItems` it has.
    pub(crate) unevaluated: u64,
    /// How many names it requires: each that is missing is a violation of its own.
    pub(crate) required: u64,
    /// Patterns that every name of an object is matched with.
    pub(crate) name_patterns: Vec<u32>,
    /// Where it was first met: the sub-schema around it, and the rest of the way.
    origin: (u32, String),
}

impl Graph {
    /// Draws the graph of a schema, whose references `resolver` follows. Of the dialects that are not known those are fine
    /// that `documents` describe.
    pub(crate) fn draw(
        root: &Value,
        resolver: &Resolver<'_>,
        draft: Draft,
        documents: Option<&Registry<'_>>,
        limits: &Limits,
    ) -> Result<Self, SchemaError> {
        Drawing::new(documents, limits).draw(root, resolver, draft)
    }

    /// Length of the longest way to a sub-schema, as a JSON Pointer that passes through references.
    pub(crate) fn longest_path(&self) -> u64 {
        let mut lengths: Vec<u64> = Vec::with_capacity(self.nodes.len());
        for node in &self.nodes {
            let around = lengths.get(node.origin.0 as usize).copied().unwrap_or(0);
            lengths.push(around.saturating_add(node.origin.1.len() as u64));
        }
        lengths.into_iter().max().unwrap_or(0)
    }

    /// A way to a sub-schema from the root, as a JSON Pointer that passes through references.
    pub(crate) fn path(&self, number: u32) -> String {
        let mut steps = Vec::new();
        let mut at = number;
        while at != 0 && steps.len() <= MAX_PATH {
            let Some(node) = self.nodes.get(at as usize) else { break };
            steps.push(node.origin.1.as_str());
            at = node.origin.0;
        }
        steps.iter().rev().copied().collect()
    }
}

/// More steps than that are never shown.
const MAX_PATH: usize = 128;

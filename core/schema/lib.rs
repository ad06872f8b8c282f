//! JSON Schema for the Model Context Protocol: 2020-12 and draft-07, bounded, offline, and read from the bytes of the message.
//!
//! Schemas come from peers, and so do the values that are judged by them. So nothing is fetched, every pattern runs in linear
//! time, and what a schema can cost is reckoned before it is used: references that multiply, schemas that lead back to
//! themselves and patterns that explode are refused when they are compiled, and a value that would take too long is
//! refused while it is judged. Values are judged where they stand, as [`Raw`] JSON: no tree is built of them.
//!
//! ```text
//! schema ──▶ value ──▶ graph ──▶ cost ──▶ jsonschema ──▶ Schema      (compiled once, kept by its text)
//! Raw ──▶ outline ──▶ instance: what is left to spend ──▶ verdict, or violations with their places
//! ```
//!
//! [`Compiler`] turns schemas into [`Schema`]s. [`ToolSchemas`] holds those of a tool, [`HeaderTable`] the parameters that a
//! tool has mirrored into HTTP headers, and [`Form`] what an elicitation asks for.
//!
//! ```
//! use mcp_engine_schema::{Compiler, Raw, ToolSchemas, version::Version};
//!
//! let tool = r#"{"name": "weather", "inputSchema": {
//!     "type": "object",
//!     "properties": {"city": {"type": "string"}, "days": {"type": "integer", "minimum": 1}},
//!     "required": ["city"]
//! }}"#;
//! let compiler = Compiler::default();
//! let schemas = ToolSchemas::compile(&compiler, Raw::parse(tool)?, Version::LATEST)?;
//! schemas.check_arguments(Some(Raw::parse(r#"{"city": "Bern", "days": 3}"#)?))?;
//! let refused = schemas.check_arguments(Some(Raw::parse(r#"{"days": 0}"#)?)).unwrap_err();
//! assert_eq!(refused.to_string(), "the root: \"city\" is a required property; /days: 0 is less than the minimum of 1");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![cfg_attr(
    not(test),
    warn(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects
    )
)]

mod cache;
mod compiler;
mod cost;
mod elicitation;
mod equal;
mod graph;
mod header;
mod instance;
#[cfg(feature = "internal")]
#[doc(hidden)]
pub mod internal;
mod limits;
mod node;
mod number;
mod pattern;
mod pointer;
mod schema;
mod tool;
mod value;
mod violation;

pub use compiler::{Compiler, Dialect, Formats};
pub use elicitation::{Answer, Choice, Field, FieldKind, Form};
pub use header::{HeaderTable, HeaderTables, HeaderType, HeaderValue, Mirrored};
pub use limits::Limits;
pub use mcp_engine_proto::json::Raw;
pub use mcp_engine_proto::schema::{
    Compile, Completeness, Rejection, SchemaError, SchemaLimit, SchemaRule, Validate, Violation,
    Violations,
};
pub use mcp_engine_proto::version;
pub use schema::Schema;
pub use tool::ToolSchemas;

//! The types of MCP, of all revisions, under the names of the schema.
//!
//! A type is read from validated JSON and borrows from it; it is written for a revision, which leaves out what that
//! revision lacks and fills in what it requires. Members that no revision knows are kept and written again, so that a
//! message that is passed on loses nothing.
//!
//! Every type has its required members in `new`, a method for each optional one, `read`, `write` and `into_owned`:
//!
//! ```
//! use mcp_engine_proto::json::Raw;
//! use mcp_engine_proto::model::{CallToolResult, ContentBlock, JsonObject, Tool};
//! use mcp_engine_proto::version::Version;
//!
//! let schema = JsonObject::parse(r#"{"type":"object"}"#)?;
//! let tool = Tool::new("add", schema).title("Addition").description("Adds numbers");
//! let (mut old, mut new) = (Vec::new(), Vec::new());
//! tool.write(&mut old, Version::V2024_11_05);
//! tool.write(&mut new, Version::V2026_07_28);
//! assert_eq!(old, br#"{"name":"add","inputSchema":{"type":"object"},"description":"Adds numbers"}"#);
//! assert!(new.starts_with(br#"{"name":"add","inputSchema":{"type":"object"},"title":"Addition","#));
//!
//! let result = Raw::parse(r#"{"content":[{"type":"text","text":"3"}],"isError":false,"ours":[1.0]}"#)?;
//! let result = CallToolResult::read(result)?;
//! assert_eq!(result.content, [ContentBlock::text("3")]);
//! assert_eq!(result.extra.get("ours").unwrap().as_str(), "[1.0]");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What an older revision gets
//!
//! What is written is valid under its revision. Members it lacks are left out; a member it requires is filled in where
//! nothing is as good as something (`resultType`, `ttlMs`, `cacheScope`, the `_meta` of a request). A block of content that
//! it has no type for becomes a text ([`ContentBlock`]), a message of several blocks several messages
//! ([`CreateMessageRequestParams`]), a choice takes the one form there is ([`EnumSchema`]), and structured content that
//! is no object is left out. Three things cannot be made up: which request is cancelled
//! ([`CancelledNotificationParams::request_id`](field@CancelledNotificationParams::request_id)), what the completion of an
//! elicitation refers to ([`elicitation_id`](field@ElicitRequestURLParams::elicitation_id)), and a visit to a URL in
//! 2025-06-18. Open values and blocks of unknown types are written as they are, and a type that a revision lacks
//! altogether in its own form: `REVISIONS` says which have it.

mod cache;
mod capability;
mod completion;
mod content;
mod declare;
mod elicitation;
mod error;
mod exchange;
mod front;
mod implementation;
mod json;
mod lifecycle;
mod logging;
mod map;
mod meta;
mod mismatch;
mod notification;
mod object;
mod pagination;
mod prompt;
mod resource;
mod result;
mod roots;
mod sampling;
mod subscription;
mod task;
mod tool;
mod value;

pub use cache::*;
pub use capability::*;
pub use completion::*;
pub use content::*;
pub use elicitation::*;
pub use error::*;
pub use exchange::*;
pub use front::Front;
pub use implementation::*;
pub use json::{Json, JsonObject};
pub use lifecycle::*;
pub use logging::*;
pub use map::{Extra, Map};
pub use meta::*;
pub use mismatch::Mismatch;
pub use notification::*;
pub use pagination::*;
pub use prompt::*;
pub use resource::*;
pub use result::*;
pub use roots::*;
pub use sampling::*;
pub use subscription::*;
pub use task::*;
pub use tool::*;
pub use value::{Millis, Value};

pub use crate::message::RequestId;

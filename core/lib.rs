//! A zero-copy engine for the Model Context Protocol.
pub use mcp_engine_proto as proto;
pub use mcp_engine_proto::*;

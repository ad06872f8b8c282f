//! Arguments of tools that are repeated in headers.

use mcp_engine_proto::MessageRef;
use mcp_engine_proto::http::Param;

/// Knows which arguments the tools of a server want repeated in headers (`x-mcp-header`, MCP 2026-07-28). That stands in their schemas,
/// which this crate does not read.
pub trait ToolHeaders: Send + Sync {
    /// Hears an answer to `tools/list`.
    fn listed(&self, answer: MessageRef<'_>);

    /// Shows what a call has to repeat: `see` is called once.
    fn of_call(&self, call: MessageRef<'_>, see: &mut dyn FnMut(&[Param<'_>]));
}

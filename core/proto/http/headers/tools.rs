//! Who knows which arguments of which tool are repeated in headers.

use std::sync::Arc;

use super::mirror::Param;
use crate::message::MessageRef;

/// Knows which arguments the tools of a server want repeated in headers (`x-mcp-header`, MCP 2026-07-28, Streamable HTTP).
/// That stands in their schemas, which are read elsewhere: `mcp-engine-schema` has one such reader.
pub trait ToolHeaders: Send + Sync {
    /// Hears an answer to `tools/list`, one page of it.
    fn listed(&self, answer: MessageRef<'_>);

    /// Shows the parameters that a call has to repeat, if there are any. `see` is called once, or not at all.
    fn of_call(&self, call: MessageRef<'_>, see: &mut dyn FnMut(&[Param<'_>]));
}

impl<T: ToolHeaders + ?Sized> ToolHeaders for Arc<T> {
    fn listed(&self, answer: MessageRef<'_>) {
        (**self).listed(answer);
    }

    fn of_call(&self, call: MessageRef<'_>, see: &mut dyn FnMut(&[Param<'_>])) {
        (**self).of_call(call, see);
    }
}

//! Choices out of bytes.

/// What is left of the bytes.
pub(crate) struct Cursor<'a>(&'a [u8]);

impl<'a> Cursor<'a> {
    pub(crate) fn new(input: &'a [u8]) -> Self {
        Self(input)
    }

    pub(crate) fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    /// A number below `end`; 0 when no bytes are left.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        let wide =
            usize::from(self.byte().unwrap_or(0)) << 8 | usize::from(self.byte().unwrap_or(0));
        wide % end.max(1)
    }

    /// A few bytes, as they are.
    pub(crate) fn bytes(&mut self) -> &'a [u8] {
        let len = self.below(64).min(self.0.len());
        let (bytes, rest) = self.0.split_at(len);
        self.0 = rest;
        bytes
    }

    /// A line: one of those that are known, or bytes with something behind them.
    pub(crate) fn line(&mut self) -> Vec<u8> {
        match self.below(LINES.len() + 2) {
            at if at < LINES.len() => [LINES[at].as_bytes(), b"\n"].concat(),
            at if at == LINES.len() => [self.bytes(), b"\n"].concat(),
            _ => {
                let line = LINES[self.below(LINES.len())].as_bytes();
                let (before, behind) = line.split_at(self.below(line.len()));
                [before, self.bytes(), behind, b"\n"].concat()
            }
        }
    }
}

/// Messages that lead somewhere, and some that are none.
pub(crate) const LINES: [&str; 16] = [
    r#"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"c","version":"1"}}}"#,
    r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#,
    r#"{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"ec\u0068o","arguments":{"a":[1,2]},"_meta":{"progressToken":"t"}}}"#,
    r#"{"jsonrpc":"2.0","id":"x","method":"tools/list"}"#,
    r#"{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"x","_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{},"io.modelcontextprotocol/clientInfo":{"name":"x","version":"1"}}}}"#,
    r#"{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":1,"progress":0.5,"total":1,"message":"half"}}"#,
    r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":2,"reason":"no"}}"#,
    r#"{"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":"one\n"},{"type":"image","data":"AA==","mimeType":"image/png"}],"isError":true}}"#,
    r#"{"jsonrpc":"2.0","id":1,"result":{"protocolVersion":"2025-06-18","capabilities":{"tools":{}},"serverInfo":{"name":"s","version":"1"}}}"#,
    r#"{"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"no \"such\"","data":[1]}}"#,
    r#"[{"jsonrpc":"2.0","id":4,"method":"ping"},{"jsonrpc":"2.0","id":5,"method":"ping"},7]"#,
    r#"{"jsonrpc":"2.0","id":6,"method":"ping","params":{"a":1,"a":2}}"#,
    r#"{"jsonrpc":"2.0","id":null,"method":5}"#,
    r#"{"jsonrpc":"2.0","id":1.5,"result":{"é":"日本\ud83d\ude00"}}"#,
    "data: {\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"ping\"}\n\nid: 5\nevent: note\ndata: x\n",
    "",
];

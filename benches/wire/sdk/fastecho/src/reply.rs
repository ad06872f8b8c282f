//! From the bytes of a request to those of its reply.

use memchr::memchr;
use memchr::memmem::find;

/// A reply: what is said before the text, the text as it is spelled in the request, and what is said after it.
pub(crate) struct Reply<'a> {
    pub(crate) id: &'a [u8],
    pub(crate) before: &'static [u8],
    pub(crate) text: &'a [u8],
    pub(crate) after: &'static [u8],
}

impl<'a> Reply<'a> {
    /// The reply to a line, if it wants one.
    pub(crate) fn to(line: &'a [u8]) -> Option<Self> {
        let rest = match line.strip_prefix(HEAD) {
            Some(rest) => rest,
            None => &line[find(line, b"\"id\":")? + 5..],
        };
        let id = &rest[..rest.iter().position(|byte| matches!(byte, b',' | b'}'))?];
        let called = match rest[id.len()..].strip_prefix(CALL) {
            Some(text) => Some(text),
            // Some clients write the id last.
            None => find(line, b"\"tools/call\"")
                .and(find(line, b"\"text\":\"").map(|at| &line[at + 8..])),
        };
        if let Some(text) = called {
            let text = &text[..memchr(b'"', text)?];
            return Some(Self {
                id,
                before: b",\"result\":{\"content\":[{\"type\":\"text\",\"text\":\"",
                text,
                after: b"\"}]}}\n",
            });
        }
        let before: &[u8] = match () {
            () if find(line, b"\"initialize\"").is_some() => INITIALIZED,
            () if find(line, b"\"tools/list\"").is_some() => TOOLS,
            () => UNKNOWN,
        };
        Some(Self { id, before, text: &[], after: b"}\n" })
    }

    pub(crate) fn parts(&self) -> [&'a [u8]; 5] {
        [HEAD, self.id, self.before, self.text, self.after]
    }
}

const HEAD: &[u8] = br#"{"jsonrpc":"2.0","id":"#;
const CALL: &[u8] = br#","method":"tools/call","params":{"name":"echo","arguments":{"text":""#;
const INITIALIZED: &[u8] =
    br#","result":{"protocolVersion":"2025-06-18","capabilities":{"tools":{}},"serverInfo":{"name":"fastecho","version":"0"}}"#;
const TOOLS: &[u8] =
    br#","result":{"tools":[{"name":"echo","inputSchema":{"type":"object","properties":{"text":{"type":"string"}},"required":["text"]}}]}"#;
const UNKNOWN: &[u8] = br#","error":{"code":-32601,"message":"no"}"#;

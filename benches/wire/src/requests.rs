//! The bytes that are sent, made before anything is measured.

use std::io::IoSlice;

/// How calls are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    /// In 2025-06-18.
    Legacy,
    /// The same, and progress is wanted.
    Progress,
    /// In 2026-07-28, which has no handshake.
    Modern,
}

impl Style {
    /// What is sent first, if anything, and whether it is answered.
    pub(crate) fn handshake(self) -> &'static [(&'static str, bool)] {
        match self {
            Self::Legacy | Self::Progress => &[(INITIALIZE, true), (INITIALIZED, false)],
            Self::Modern => &[],
        }
    }

    pub(crate) fn list_tools(self) -> String {
        let params = self.meta().strip_prefix(',').unwrap_or_default();
        format!(
            "{{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"tools/list\",\"params\":{{{params}}}}}\n"
        )
    }

    fn meta(self) -> &'static str {
        match self {
            Self::Legacy => "",
            Self::Progress => r#","_meta":{"progressToken":1}"#,
            Self::Modern => META,
        }
    }
}

/// Calls of `echo` behind one another, as long as each other and with different ids. They are sent again from the first one on.
#[derive(Debug)]
pub(crate) struct Requests {
    /// What differs from call to call; where calls are small, all of it.
    heads: Vec<u8>,
    head: usize,
    /// What all calls end with: sent from the same place, a large text stays in the cache of whoever sends it.
    tail: Vec<u8>,
}

impl Requests {
    /// Enough for a window, so that no two calls in flight have the same id.
    pub(crate) fn new(style: Style, bytes: usize, window: usize) -> Self {
        Self::made(style, bytes, window, |_| String::new(), "\n")
    }

    /// The same as POSTs, with some more headers.
    pub(crate) fn posts(style: Style, bytes: usize, window: usize, headers: &str) -> Self {
        Self::made(style, bytes, window, |len| post_head(len, headers), "")
    }

    fn made(
        style: Style,
        bytes: usize,
        window: usize,
        front: impl Fn(usize) -> String,
        back: &str,
    ) -> Self {
        let mut tail = format!(
            ",\"method\":\"tools/call\",\"params\":{{\"name\":\"echo\",\"arguments\":{{\"text\":\"{}\"}}{}}}}}{back}",
            text(bytes),
            style.meta()
        );
        let id = |number: usize| format!("{{\"jsonrpc\":\"2.0\",\"id\":{}", FIRST + number);
        let front = front(id(0).len() + tail.len());
        let inline = if bytes < LARGE { std::mem::take(&mut tail) } else { String::new() };
        let count = (window * 2).max(COUNT);
        let mut heads = String::new();
        for number in 0..count {
            heads.extend([front.as_str(), &id(number), &inline]);
        }
        Self { head: heads.len() / count, heads: heads.into_bytes(), tail: tail.into_bytes() }
    }

    /// A single line.
    pub(crate) fn line(line: &[u8]) -> Self {
        Self { heads: line.to_vec(), head: line.len(), tail: Vec::new() }
    }

    /// Bytes of a call.
    pub(crate) fn each(&self) -> u64 {
        (self.head + self.tail.len()) as u64
    }

    /// What comes after the first `written` bytes, until the first `end` or less; says how many slices that takes.
    pub(crate) fn fill<'a>(&'a self, written: u64, end: u64, slices: &mut [IoSlice<'a>]) -> usize {
        if self.tail.is_empty() {
            let begin = (written % self.heads.len() as u64) as usize;
            let until = self.heads.len().min(begin + (end - written) as usize);
            slices[0] = IoSlice::new(&self.heads[begin..until]);
            return 1;
        }
        let calls = (self.heads.len() / self.head) as u64;
        let (mut at, mut used) = (written, 0);
        for slice in slices {
            if at >= end {
                break;
            }
            let (call, inside) = (at / self.each() % calls, (at % self.each()) as usize);
            let begin = call as usize * self.head;
            let head = &self.heads[begin..begin + self.head];
            let part = head.get(inside..).filter(|part| !part.is_empty());
            let part = part.unwrap_or_else(|| &self.tail[inside - self.head..]);
            *slice = IoSlice::new(part);
            at += part.len() as u64;
            used += 1;
        }
        used
    }
}

/// A POST, and all of it.
pub(crate) fn post(body: &str, headers: &str) -> String {
    format!("{}{body}", post_head(body.len(), headers))
}

fn post_head(len: usize, headers: &str) -> String {
    format!("{POST}{headers}content-length: {len}\r\n\r\n")
}

/// Prose, as a model writes it.
fn text(bytes: usize) -> String {
    "The quick brown fox jumps over the lazy dog, again and again. "
        .chars()
        .cycle()
        .take(bytes)
        .collect()
}

const INITIALIZE: &str = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\",\"params\":{\"protocolVersion\":\"2025-06-18\",\"capabilities\":{},\"clientInfo\":{\"name\":\"wire\",\"version\":\"0\"}}}\n";
const INITIALIZED: &str = "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}\n";
const POST: &str = "POST /mcp HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\naccept: application/json, text/event-stream\r\n";
const META: &str = r#","_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"wire","version":"0"},"io.modelcontextprotocol/clientCapabilities":{}}"#;

/// From so many bytes on, calls share the text.
const LARGE: usize = 16 << 10;
/// So many different calls at least.
const COUNT: usize = 2048;
/// All ids have as many digits.
const FIRST: usize = 1_000_000;

#[cfg(test)]
mod tests {
    use super::*;

    /// All that is sent of `calls` calls, in steps of at most `step` bytes.
    fn sent(requests: &Requests, calls: u64, step: usize) -> String {
        let (mut out, mut written) = (Vec::new(), 0);
        while written < calls * requests.each() {
            let mut slices = [IoSlice::new(&[]); 3];
            let used = requests.fill(written, calls * requests.each(), &mut slices);
            let bytes: Vec<u8> =
                slices[..used].iter().flat_map(|slice| slice.iter().copied()).collect();
            let taken = bytes.len().min(step);
            out.extend_from_slice(&bytes[..taken]);
            written += taken as u64;
        }
        String::from_utf8(out).expect("text")
    }

    #[test]
    fn calls_are_whole_lines_with_ids_of_their_own_however_they_are_sent() {
        for bytes in [100, LARGE] {
            let requests = Requests::new(Style::Legacy, bytes, 2);
            let all = sent(&requests, 5, usize::MAX);
            assert_eq!(sent(&requests, 5, 77), all);
            let lines: Vec<serde_json::Value> =
                all.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
            let ids: Vec<_> =
                lines.iter().map(|line| line["id"].as_u64().expect("number")).collect();
            assert_eq!(ids, [0, 1, 2, 3, 4].map(|id| id + FIRST as u64));
            let text = lines[4]["params"]["arguments"]["text"].as_str().expect("text");
            assert_eq!(text.len(), bytes);
        }
    }

    #[test]
    fn a_post_is_as_long_as_its_head_says() {
        let requests = Requests::posts(Style::Progress, 100, 1, "a: b\r\n");
        let post = sent(&requests, 1, usize::MAX);
        let (head, body) = post.split_once("\r\n\r\n").expect("a head");
        assert!(head.ends_with(&format!("content-length: {}", body.len())), "{head}");
        assert!(serde_json::from_str::<serde_json::Value>(body).is_ok(), "{body}");
    }
}

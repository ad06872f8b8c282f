//! The name of a task: what lets its owner ask for it.

use core::fmt;

use super::rule::TaskRule;
use crate::connection::{Additions, splice_object};
use crate::json::Raw;

/// The id of a task: 128 random bits, spelled as 32 hexadecimal digits.
///
/// ```
/// use mcp_engine_proto::task::TaskId;
///
/// let id = TaskId::new([0xab; 16]);
/// assert_eq!(id.to_string(), "ab".repeat(16));
/// assert_eq!(TaskId::parse(&id.to_string()), Some(id));
/// assert_eq!(TaskId::parse("AB"), None);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TaskId([u8; 16]);

impl TaskId {
    /// The id made of 16 secret random bytes.
    pub const fn new(entropy: [u8; 16]) -> Self {
        Self(entropy)
    }

    /// The id of exactly that spelling.
    pub fn parse(text: &str) -> Option<Self> {
        let mut id = [0; 16];
        let (pairs, rest) = text.as_bytes().as_chunks::<2>();
        if pairs.len() != id.len() || !rest.is_empty() {
            return None;
        }
        for (byte, [high, low]) in id.iter_mut().zip(pairs) {
            *byte = digit(*high)? << 4 | digit(*low)?;
        }
        Some(Self(id))
    }

    /// The member of `_meta` that everything carries that is said about a task, but for the answers to `tasks/get`, `tasks/list` and
    /// `tasks/cancel` and for its notifications, which name it anyway (MCP 2025-11-25, tasks): an object to be used as `_meta`,
    /// or merged into it.
    ///
    /// ```
    /// use mcp_engine_proto::task::TaskId;
    ///
    /// let meta = TaskId::new([7; 16]).related_meta();
    /// assert!(meta.starts_with(r#"{"io.modelcontextprotocol/related-task":{"taskId":"0707"#));
    /// ```
    pub fn related_meta(self) -> String {
        format!("{{{}}}", self.related_member())
    }

    /// The parameters of a request about a task, with that member in their `_meta`.
    ///
    /// ```
    /// use mcp_engine_proto::task::TaskId;
    /// use mcp_engine_proto::json::Raw;
    ///
    /// let params = TaskId::new([7; 16]).related_params(Some(Raw::parse(r#"{"a":1}"#)?));
    /// assert!(params.starts_with(r#"{"_meta":{"io.modelcontextprotocol/related-task":"#) && params.ends_with(r#""a":1}"#));
    /// # Ok::<(), mcp_engine_proto::Error>(())
    /// ```
    pub fn related_params(self, params: Option<Raw<'_>>) -> String {
        let (meta, mut out) = (self.related_member(), Vec::new());
        let add = Additions { meta: meta.as_bytes(), ..Additions::default() };
        splice_object(&mut out, params.unwrap_or(Raw::new("{}")), add);
        String::from_utf8(out).unwrap_or_default()
    }

    /// The same without braces.
    pub(super) fn related_member(self) -> String {
        format!(r#""io.modelcontextprotocol/related-task":{{"taskId":"{self}"}}"#)
    }

    /// The id that parameters name.
    pub(super) fn named_in(params: Option<Raw<'_>>) -> Result<Self, TaskRule> {
        let text = params.and_then(|params| params.get("taskId")?.string());
        let text = text.ok_or(TaskRule::IdParams)?;
        Self::parse(&text.decode()).ok_or(TaskRule::Unknown)
    }
}

impl fmt::Display for TaskId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for TaskId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TaskId({self})")
    }
}

/// The value of a hexadecimal digit; only lower case is spelled by us.
fn digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte & 0xf),
        b'a'..=b'f' => Some((byte & 0xf).wrapping_add(9)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_read_in_its_own_spelling_only() {
        let id = TaskId::new(*b"\x00\x01\x7f\x80\xff\x10\xa5\x5aabcdefgh");
        let text = id.to_string();
        assert_eq!(TaskId::parse(&text), Some(id));
        assert!(text.bytes().all(|byte| byte.is_ascii_graphic()));
        let others =
            [text.to_uppercase(), format!("{text}0"), format!(" {text}"), text[1..].to_owned()];
        for other in others.iter().map(String::as_str).chain(["", "g", "é"]) {
            assert_eq!(TaskId::parse(other), None, "{other}");
        }
    }
}

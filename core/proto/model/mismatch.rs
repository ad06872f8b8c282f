//! What is said about JSON that is sound but is not the MCP type it was read as.
//!
//! Reading a type ends in the type or in a [`Mismatch`], which names the type and the member of the schema and what
//! should have stood there. It is made of static text, so that a peer cannot make it grow.

use core::fmt;

use crate::error::INVALID_PARAMS;

/// JSON that is not the type it was read as: which type, which member, and what was expected there.
///
/// In the parameters of a request it is the peer's fault and answered with [`code`](Self::code).
///
/// ```
/// use mcp_engine_proto::{json::Raw, model::Tool};
///
/// let raw = Raw::parse(r#"{"name": "add", "inputSchema": true}"#)?;
/// let mismatch = Tool::read(raw).unwrap_err();
/// assert_eq!((mismatch.object(), mismatch.member()), ("Tool", "inputSchema"));
/// assert_eq!(mismatch.to_string(), "Tool.inputSchema must be an object");
/// # Ok::<(), mcp_engine_proto::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Mismatch {
    object: &'static str,
    member: &'static str,
    expected: &'static str,
    part: Part,
}

/// Which part of the member is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Part {
    Whole,
    Element,
    Entry,
}

impl Mismatch {
    /// A value of another type, before it is known whose member it is.
    pub const fn expected(expected: &'static str) -> Self {
        Self { object: "", member: "", expected, part: Part::Whole }
    }

    /// A member that must be there and is not.
    pub const fn missing(object: &'static str, member: &'static str) -> Self {
        Self { object, member, expected: "present", part: Part::Whole }
    }

    /// The same, in that member of that type, unless a deeper place is known already.
    #[must_use]
    pub const fn within(self, object: &'static str, member: &'static str) -> Self {
        if self.object.is_empty() { Self { object, member, ..self } } else { self }
    }

    pub(super) const fn in_an_element(self) -> Self {
        if self.object.is_empty() { Self { part: Part::Element, ..self } } else { self }
    }

    pub(super) const fn in_an_entry(self) -> Self {
        if self.object.is_empty() { Self { part: Part::Entry, ..self } } else { self }
    }

    /// Name of the type in the schema; empty when a bare value was read.
    pub const fn object(self) -> &'static str {
        self.object
    }

    /// Name of the member; empty when the value itself is of another type.
    pub const fn member(self) -> &'static str {
        self.member
    }

    /// What must stand there, as an English phrase: `a string`, `present`.
    pub const fn reason(self) -> &'static str {
        self.expected
    }

    /// The JSON-RPC code with which a request is refused whose parameters these were: -32602, invalid params.
    pub const fn code(self) -> i32 {
        INVALID_PARAMS
    }
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.part {
            Part::Whole => "",
            Part::Element => "every element of ",
            Part::Entry => "every value in ",
        })?;
        match (self.object, self.member) {
            ("", "") => f.write_str("the value")?,
            (place, "") => f.write_str(place)?,
            (object, member) => write!(f, "{object}.{member}")?,
        }
        write!(f, " must be {}", self.expected)
    }
}

impl core::error::Error for Mismatch {}

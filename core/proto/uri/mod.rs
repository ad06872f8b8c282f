//! URIs of resources, and templates of them: judged before anybody opens what they name.
//!
//! A URI that a peer sends becomes a [`Uri`], whose scheme is one that was allowed and whose path leads nowhere but down; a
//! [`Template`] takes such URIs apart and puts them together. It stands between the messages and the handlers of resources, of
//! any transport. Every function takes time proportional to the text.

mod check;
mod percent;
mod positions;
mod template;

pub(crate) use check::is_scheme;
pub use check::{Uri, UriPolicy};
pub use template::{Template, Values};

use crate::error::{INVALID_PARAMS, rules};

/// Bounds on URIs and templates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UriLimits {
    /// Longest URI or template, in bytes. Default 8 KiB.
    pub bytes: u32,
    /// Most variables of a template. Default 32.
    pub variables: u32,
}

impl Default for UriLimits {
    fn default() -> Self {
        Self { bytes: 8 << 10, variables: 32 }
    }
}

rules! {
    /// Why a URI or a template was refused.
    UriRule {
        Bytes = "uri-bytes": "the URI is longer than UriLimits::bytes",
        Variables = "template-variables": "the template has more variables than UriLimits::variables",
        Scheme = "uri-scheme": "the URI must begin with a scheme and a colon",
        SchemeDenied = "uri-scheme-denied": "the scheme of the URI is not allowed here",
        Character = "uri-character": "the URI holds a character that must be percent-encoded",
        Escape = "uri-escape": "a percent sign must be followed by two hexadecimal digits",
        Control = "uri-control": "the URI must not stand for a control character",
        Backslash = "uri-backslash": "the URI must not stand for a backslash",
        Traversal = "uri-traversal": "the path of the URI must not have a segment that is . or ..",
        EmptySegment = "uri-empty-segment": "the path of the URI must not have an empty segment",
        EncodedSlash = "uri-encoded-slash": "the path of the URI must not have a slash that is percent-encoded",
        DoubleEncoding = "uri-double-encoding": "the URI must not be percent-encoded twice",
        Authority = "uri-authority": "the URI must not name a user, and as a file no host",
        Expression = "template-expression": "an expression of the template must be {name} or {+name}",
        DuplicateVariable = "template-duplicate-variable": "a variable must not stand in the template twice",
        ValueMissing = "template-value-missing": "every variable of the template needs a value that is not empty",
        ValueRefused = "template-value-refused": "the value of a variable would lead out of its place in the URI",
    }
}

impl UriRule {
    /// The JSON-RPC error code with which a peer is told: invalid parameters.
    pub const fn code(self) -> i32 {
        INVALID_PARAMS
    }
}

impl std::error::Error for UriRule {}

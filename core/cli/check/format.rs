//! Which framing a stream has: what was asked for, what its name says, or what its first bytes say.

use std::path::Path;

/// How messages are framed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// One message on each line.
    Ndjson,
    /// Server-sent events.
    Sse,
}

/// The choice on the command line.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub(super) enum Wanted {
    Auto,
    Ndjson,
    Sse,
}

impl Format {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Ndjson => "ndjson",
            Self::Sse => "sse",
        }
    }

    /// The format of a file, when it need not be looked at.
    pub(super) fn of(path: &Path, wanted: Wanted) -> Option<Self> {
        let extension = path.extension().and_then(|extension| extension.to_str());
        match wanted {
            Wanted::Ndjson => Some(Self::Ndjson),
            Wanted::Sse => Some(Self::Sse),
            Wanted::Auto => match extension?.to_ascii_lowercase().as_str() {
                "ndjson" | "jsonl" | "json" => Some(Self::Ndjson),
                "sse" => Some(Self::Sse),
                _ => None,
            },
        }
    }

    /// The format that the first bytes of a stream suggest.
    pub(super) fn guess(head: &[u8]) -> Self {
        let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
        let is_field = FIELDS.iter().any(|field| head.trim_ascii_start().starts_with(field));
        if is_field { Self::Sse } else { Self::Ndjson }
    }
}

/// Whether a stream begins like one JSON text that is spread over many lines.
pub(super) fn looks_spread_out(head: &[u8]) -> bool {
    let line = head.split(|byte| *byte == b'\n').next();
    let whole = head.contains(&b'\n');
    whole && line.is_some_and(|line| matches!(line.trim_ascii(), b"{" | b"["))
}

const FIELDS: [&[u8]; 5] = [b"data:", b"event:", b"id:", b"retry:", b":"];

#[cfg(test)]
mod tests {
    use super::{Format, Wanted, looks_spread_out};
    use std::path::Path;

    #[test]
    fn extension_decides_before_content() {
        let of = |path| Format::of(Path::new(path), Wanted::Auto);
        assert_eq!(of("a/b.sse"), Some(Format::Sse));
        assert_eq!(of("a/b.JSONL"), Some(Format::Ndjson));
        assert_eq!(of("a/b.log"), None);
        assert_eq!(of("-"), None);
        assert_eq!(Format::of(Path::new("b.sse"), Wanted::Ndjson), Some(Format::Ndjson));
    }

    #[test]
    fn content_decides_when_nothing_else_does() {
        assert_eq!(Format::guess(b"\xef\xbb\xbf\n: hello\n"), Format::Sse);
        assert_eq!(Format::guess(b"data: {}\n\n"), Format::Sse);
        assert_eq!(Format::guess(b"{\"jsonrpc\":\"2.0\"}"), Format::Ndjson);
        assert_eq!(Format::guess(b""), Format::Ndjson);
    }

    #[test]
    fn pretty_printed_text_is_noticed() {
        assert!(looks_spread_out(b"{\r\n  \"jsonrpc\": \"2.0\""));
        assert!(!looks_spread_out(b"{"));
        assert!(!looks_spread_out(b"{\"a\":1}\n"));
    }
}

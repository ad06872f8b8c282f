//! The arguments of `mcp-engine check`, and the settings they amount to.

use std::path::PathBuf;

use mcp_engine_proto::{Duplicates, Limits};

use super::format::Wanted;

/// Check captured MCP traffic, message by message
///
/// Reads newline-delimited JSON (the stdio transport) or server-sent events (the
/// HTTP transports), holds every message against JSON, JSON-RPC 2.0 and the limits
/// of this program, and prints each fault with its place, then a summary. Input of
/// any size is read in bounded memory.
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment, after_long_help = DETAILS)]
pub(crate) struct Args {
    /// Files to check; "-" is standard input
    #[arg(required = true, value_name = "FILE")]
    pub(super) files: Vec<PathBuf>,

    /// How messages are framed
    ///
    /// "auto" goes by the extension (.ndjson, .jsonl, .json, .sse), else by the
    /// first bytes.
    #[arg(long, value_enum, verbatim_doc_comment, default_value_t = Wanted::Auto)]
    #[arg(value_name = "auto|ndjson|sse", hide_possible_values = true)]
    pub(super) format: Wanted,

    /// Print JSON: one line a fault, one at the end
    ///
    /// Each fault is printed as it is found; the last line is the summary.
    #[arg(long)]
    pub(super) json: bool,

    /// Print only the summary line
    #[arg(short, long)]
    pub(super) quiet: bool,

    /// Faults to print [default: 100, JSON: all]
    ///
    /// The others are only counted.
    #[arg(long, value_name = "N")]
    pub(super) max_faults: Option<u64>,

    /// Longest message or event
    ///
    /// k, M and G stand for 1024 and its powers.
    #[arg(long, value_name = "BYTES", default_value = "16M", value_parser = size)]
    max_message_bytes: u32,

    /// Duplicate keys to refuse
    ///
    /// "deep" means those of every object, "reserved" only those of the members
    /// that the protocol itself reads.
    #[arg(long, value_enum, verbatim_doc_comment, default_value_t = Scope::Deep)]
    #[arg(value_name = "deep|reserved", hide_possible_values = true)]
    duplicates: Scope,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Scope {
    Deep,
    Reserved,
}

impl Args {
    /// How many faults are printed.
    pub(super) fn most_shown(&self) -> u64 {
        let default = if self.json { u64::MAX } else { SHOWN_AS_TEXT };
        if self.quiet { 0 } else { self.max_faults.unwrap_or(default) }
    }

    pub(super) fn limits(&self) -> Limits {
        Limits {
            message_bytes: self.max_message_bytes,
            event_bytes: self.max_message_bytes,
            ..Limits::default()
        }
    }

    pub(super) fn duplicates(&self) -> Duplicates {
        match self.duplicates {
            Scope::Deep => Duplicates::Deep,
            Scope::Reserved => Duplicates::Reserved,
        }
    }
}

/// Parses a number of bytes such as `4096`, `64k` or `16M`.
fn size(text: &str) -> Result<u32, String> {
    let (digits, shift) = match text.as_bytes().last() {
        Some(b'k' | b'K') => (text.get(..text.len() - 1), 10),
        Some(b'm' | b'M') => (text.get(..text.len() - 1), 20),
        Some(b'g' | b'G') => (text.get(..text.len() - 1), 30),
        _ => (Some(text), 0),
    };
    let number: Option<u64> = digits.and_then(|digits| digits.parse().ok());
    let bytes = number.and_then(|number| number.checked_mul(1 << shift));
    match bytes.and_then(|bytes| u32::try_from(bytes).ok()) {
        Some(bytes @ 1..=LARGEST) => Ok(bytes),
        _ => Err("expected a number of bytes from 1 to 1G, such as 4096, 64k or 16M".into()),
    }
}

const SHOWN_AS_TEXT: u64 = 100;
const LARGEST: u32 = 1 << 30;

const DETAILS: &str = "\
Places:
  Lines count from 1, bytes from 0 at the start of the file. In server-sent
  events the line is the one at which the data of the event begins. When an
  event has several data lines, the byte counts in their joined text, as if that
  stood at the first one; such a fault says \"joined\".

Sizes:
  A median is exact when the messages around it have equal sizes, and within an
  eighth otherwise. Messages with a fault are counted as faults only.

Exit status:
  0  no faults
  1  faults
  2  wrong usage, or a file could not be read

Examples:
  mcp-engine check session.ndjson
  mcp-engine check --json captures/*.ndjson > faults.jsonl
  my-server < requests.ndjson | mcp-engine check -
  curl -sN https://example.com/mcp | mcp-engine check --format sse -
  mcp-engine check --quiet --max-message-bytes 64k big.ndjson";

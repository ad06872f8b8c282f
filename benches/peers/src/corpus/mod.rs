//! Deterministic MCP messages: the same kind and variant give the same line on every machine.
//!
//! The corpus turns a kind and a number into one line of JSON-RPC, without its newline, and says
//! who sends it. Sizes follow the kinds the engine's targets were set on; variants differ in names,
//! numbers, lengths and texts, so that a parser cannot be carried by a branch predictor that learnt
//! one message by heart.

mod bulk;
mod mixed;
mod rows;
mod schema;
mod small;
#[cfg(test)]
mod tests;
mod text;

use fastrand::Rng;

pub(crate) use text::{code, multilingual, plain};

/// A message kind, or the session that mixes them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Progress,
    Cancelled,
    Call,
    CallMeta,
    Initialize,
    Result,
    Error,
    Code4k,
    Utf84k,
    Deep,
    Struct,
    Tools,
    Code64k,
    Utf864k,
    Plain64k,
    Base641m,
    Mixed,
}

/// Which peer of the connection sends a message, and so which typed message it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Client,
    Server,
}

/// One line without its newline.
#[derive(Debug, PartialEq)]
pub(crate) struct Sent {
    pub(crate) line: String,
    pub(crate) side: Side,
}

/// The first `count` variants of `kind`.
pub(crate) fn messages(kind: Kind, count: usize) -> Vec<Sent> {
    if kind == Kind::Mixed {
        return mixed::session(count);
    }
    (0..count).map(|variant| message(kind, variant)).collect()
}

fn message(kind: Kind, variant: usize) -> Sent {
    let rng = &mut rng(kind, variant);
    let line = match kind {
        Kind::Progress => small::progress(rng),
        Kind::Cancelled => small::cancelled(rng),
        Kind::Call => small::call(rng),
        Kind::CallMeta => small::call_meta(rng),
        Kind::Initialize => small::initialize(rng),
        Kind::Result => small::result(rng),
        Kind::Error => small::error(rng),
        Kind::Code4k | Kind::Code64k => bulk::code(rng, kind.bytes()),
        Kind::Utf84k | Kind::Utf864k => bulk::multilingual(rng, kind.bytes()),
        Kind::Plain64k => bulk::plain(rng, kind.bytes()),
        Kind::Base641m => bulk::image(rng, kind.bytes()),
        Kind::Deep => bulk::deep(rng),
        Kind::Struct => rows::table(rng, kind.bytes()),
        Kind::Tools => schema::tools(rng),
        Kind::Mixed => unreachable!("a session is dealt, not drawn"),
    };
    Sent { line, side: kind.side() }
}

fn rng(kind: Kind, variant: usize) -> Rng {
    Rng::with_seed(SEED ^ ((kind as u64) << 40) ^ variant as u64)
}

impl Kind {
    pub(crate) const ALL: [Self; 17] = [
        Self::Progress,
        Self::Cancelled,
        Self::Call,
        Self::CallMeta,
        Self::Initialize,
        Self::Result,
        Self::Error,
        Self::Code4k,
        Self::Utf84k,
        Self::Deep,
        Self::Struct,
        Self::Tools,
        Self::Code64k,
        Self::Utf864k,
        Self::Plain64k,
        Self::Base641m,
        Self::Mixed,
    ];

    pub(crate) fn name(self) -> &'static str {
        self.row().0
    }

    /// The mean length of a line of this kind.
    pub(crate) fn bytes(self) -> usize {
        self.row().1
    }

    fn side(self) -> Side {
        self.row().2
    }

    fn row(self) -> (&'static str, usize, Side) {
        match self {
            Self::Progress => ("progress", 143, Side::Server),
            Self::Cancelled => ("cancelled", 127, Side::Client),
            Self::Call => ("call", 158, Side::Client),
            Self::CallMeta => ("call_meta", 331, Side::Client),
            Self::Initialize => ("initialize", 272, Side::Client),
            Self::Result => ("result", 210, Side::Server),
            Self::Error => ("error", 160, Side::Server),
            Self::Code4k => ("code_4k", 3_900, Side::Server),
            Self::Utf84k => ("utf8_4k", 3_900, Side::Server),
            Self::Deep => ("deep", 1_500, Side::Client),
            Self::Struct => ("struct", 13_000, Side::Server),
            Self::Tools => ("tools", 47_000, Side::Server),
            Self::Code64k => ("code_64k", 64_000, Side::Server),
            Self::Utf864k => ("utf8_64k", 63_000, Side::Server),
            Self::Plain64k => ("plain_64k", 65_000, Side::Server),
            Self::Base641m => ("base64_1m", 1 << 20, Side::Server),
            Self::Mixed => ("mixed", 900, Side::Client),
        }
    }
}

const SEED: u64 = 0x4d43_5020_656e_6769;

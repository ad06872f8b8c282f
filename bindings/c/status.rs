//! What every function returns: numbers that never change their meaning, and what they are made from.

use mcp_engine::{Error, Fault, Limit, executor};

/// What became of a call: 0 is success, positive numbers are no failures, negative numbers are failures. A number keeps its meaning
/// forever and is never used again.
pub type mcpe_status = i32;

/// It was done.
pub const MCPE_OK: mcpe_status = 0;
/// There is nothing to give out, for now or at all. Outputs were left alone.
pub const MCPE_NOTHING: mcpe_status = 1;
/// The stream had an event that carries no message: `mcpe_decoder_event` has it.
pub const MCPE_EVENT: mcpe_status = 2;
/// The client is asked first: the callback should return, and is called again when the answer is there.
pub const MCPE_ASKED: mcpe_status = 3;

/// A bug of this library. What the call was changing is poisoned.
pub const MCPE_ERR_PANIC: mcpe_status = -1;
/// A pointer that must not be `NULL` is.
pub const MCPE_ERR_NULL: mcpe_status = -2;
/// A length is above `PTRDIFF_MAX`.
pub const MCPE_ERR_LENGTH: mcpe_status = -3;
/// A text is not UTF-8.
pub const MCPE_ERR_UTF8: mcpe_status = -4;
/// A number stands for nothing, or is out of its range.
pub const MCPE_ERR_VALUE: mcpe_status = -5;
/// The size of a struct cannot be, or it has members that this library does not know.
pub const MCPE_ERR_STRUCT: mcpe_status = -6;
/// The handle names nothing: it was freed, made up, or is that of nothing.
pub const MCPE_ERR_HANDLE: mcpe_status = -7;
/// What the handle names is in use by another call.
pub const MCPE_ERR_BUSY: mcpe_status = -8;
/// An earlier call has left what the handle names in doubt: it can only be freed.
pub const MCPE_ERR_POISONED: mcpe_status = -9;
/// The memory of the caller is too small for what was to be written.
pub const MCPE_ERR_CAPACITY: mcpe_status = -10;
/// There are too many handles of the kind.
pub const MCPE_ERR_HANDLES: mcpe_status = -11;
/// The system refused memory.
pub const MCPE_ERR_MEMORY: mcpe_status = -12;

/// The framing of the transport was broken.
pub const MCPE_ERR_FRAME: mcpe_status = -20;
/// The bytes are not JSON.
pub const MCPE_ERR_JSON: mcpe_status = -21;
/// The JSON is no message that MCP allows.
pub const MCPE_ERR_MESSAGE: mcpe_status = -22;
/// The peer may not say this here and now.
pub const MCPE_ERR_PEER: mcpe_status = -23;
/// The peer cannot do this, and said so.
pub const MCPE_ERR_INCOMPATIBLE: mcpe_status = -24;
/// A limit was reached.
pub const MCPE_ERR_LIMIT: mcpe_status = -25;
/// The caller broke a rule of the library.
pub const MCPE_ERR_MISUSE: mcpe_status = -26;

/// The connection is closed, by whichever side.
pub const MCPE_ERR_CLOSED: mcpe_status = -30;
/// The time for it was up.
pub const MCPE_ERR_TIMEOUT: mcpe_status = -31;
/// It was cancelled.
pub const MCPE_ERR_CANCELLED: mcpe_status = -32;
/// The peer has answered with an error: `mcpe_error_last` has its code.
pub const MCPE_ERR_REFUSED: mcpe_status = -33;
/// The server could not be started or reached, or the way to it is broken; or it has refused a request with a status of HTTP that says nothing else.
pub const MCPE_ERR_UNREACHABLE: mcpe_status = -34;
/// What was said is not what the schema says.
pub const MCPE_ERR_ANSWER: mcpe_status = -35;
/// It is not possible here: not in this revision, or not with this peer.
pub const MCPE_ERR_UNSUPPORTED: mcpe_status = -36;
/// The system refused threads, a socket or a descriptor.
pub const MCPE_ERR_SYSTEM: mcpe_status = -37;
/// A call that waits was made on a thread that must not wait: from inside a destructor.
pub const MCPE_ERR_THREAD: mcpe_status = -38;
/// The server wants credentials, or others than it was given: `mcpe_error_message` says which it wants.
pub const MCPE_ERR_UNAUTHORIZED: mcpe_status = -39;

/// Why a call failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The protocol core says so.
    Proto(Error),
    /// The executor says so.
    Executor(executor::Error),
    /// A bug.
    Panic,
    /// The argument of that name is `NULL`.
    Null(&'static str),
    /// Its length is none of any memory.
    Length(&'static str),
    /// It is not UTF-8.
    Utf8(&'static str),
    /// The protocol core says so of it.
    Json(&'static str, Error),
    /// It stands for nothing.
    Value(&'static str),
    /// It is no object.
    Object(&'static str),
    /// The struct of that name says something in members that are not known.
    Struct(&'static str),
    /// It has a size that it cannot have.
    Size(&'static str),
    /// The handle of that kind names nothing.
    Handle(&'static str),
    /// What it names is in use.
    Busy(&'static str),
    /// What it names is in doubt.
    Poisoned(&'static str),
    /// There are too many of the kind.
    Handles(&'static str),
    /// How many bytes it takes.
    Capacity(usize),
    /// The system refused memory.
    Memory,
}

impl Failure {
    /// The status that the caller gets.
    pub fn status(self) -> mcpe_status {
        match self {
            Self::Proto(error) | Self::Json(_, error) => of_proto(error),
            Self::Executor(executor::Error::LimitExceeded { limit: executor::Limit::Memory }) => {
                MCPE_ERR_MEMORY
            }
            Self::Executor(executor::Error::LimitExceeded { .. }) => MCPE_ERR_LIMIT,
            Self::Executor(_) => MCPE_ERR_MISUSE,
            Self::Panic => MCPE_ERR_PANIC,
            Self::Null(_) => MCPE_ERR_NULL,
            Self::Length(_) => MCPE_ERR_LENGTH,
            Self::Utf8(_) => MCPE_ERR_UTF8,
            Self::Value(_) | Self::Object(_) => MCPE_ERR_VALUE,
            Self::Struct(_) | Self::Size(_) => MCPE_ERR_STRUCT,
            Self::Handle(_) => MCPE_ERR_HANDLE,
            Self::Busy(_) => MCPE_ERR_BUSY,
            Self::Poisoned(_) => MCPE_ERR_POISONED,
            Self::Handles(_) => MCPE_ERR_HANDLES,
            Self::Capacity(_) => MCPE_ERR_CAPACITY,
            Self::Memory => MCPE_ERR_MEMORY,
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Proto(error)
    }
}

impl From<executor::Error> for Failure {
    fn from(error: executor::Error) -> Self {
        Self::Executor(error)
    }
}

/// The status of what the protocol core refuses: one for each fault, and one for what the system refuses.
pub const fn of_proto(error: Error) -> mcpe_status {
    if let Error::LimitExceeded { limit: Limit::Memory, .. } = error {
        return MCPE_ERR_MEMORY;
    }
    match error.fault() {
        Fault::Frame => MCPE_ERR_FRAME,
        Fault::Json => MCPE_ERR_JSON,
        Fault::Message => MCPE_ERR_MESSAGE,
        Fault::Peer => MCPE_ERR_PEER,
        Fault::Incompatible => MCPE_ERR_INCOMPATIBLE,
        Fault::Limit => MCPE_ERR_LIMIT,
        Fault::Misuse => MCPE_ERR_MISUSE,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use mcp_engine::{FrameRule, Incompatible, JsonRule, MessageRule, Misuse, PeerRule};

    use super::*;
    use crate::error::describe;

    /// Every error that the core can give.
    fn all() -> Vec<(Error, mcpe_status)> {
        let offset = 7;
        let frame = FrameRule::ALL.iter().map(|&rule| (Error::InvalidFrame { rule, offset }, -20));
        let json = JsonRule::ALL.iter().map(|&rule| (Error::InvalidJson { rule, offset }, -21));
        let message = MessageRule::ALL.iter();
        let message = message.map(|&rule| (Error::InvalidMessage { rule, offset }, -22));
        let peer = PeerRule::ALL.iter().map(|&rule| (Error::PeerMisbehaved { rule, offset }, -23));
        let cannot = Incompatible::ALL.iter().map(|&rule| (Error::PeerIncompatible(rule), -24));
        let limit = Limit::ALL.iter().map(|&limit| {
            let status = if limit == Limit::Memory { MCPE_ERR_MEMORY } else { -25 };
            (Error::LimitExceeded { limit, offset }, status)
        });
        let misuse = Misuse::ALL.iter().map(|&misuse| (Error::ApiMisuse(misuse), -26));
        frame
            .chain(json)
            .chain(message)
            .chain(peer)
            .chain(cannot)
            .chain(limit)
            .chain(misuse)
            .collect()
    }

    #[test]
    fn every_error_of_the_core_has_its_status_and_its_words() {
        let mut told = BTreeSet::new();
        for (error, status) in all() {
            assert_eq!(Failure::from(error).status(), status, "{error:?}");
            let text = describe(Failure::from(error));
            assert!(text.contains(error.fault().name()) && text.contains(error.rule()), "{text}");
            assert_eq!(text.contains("byte 7"), error.offset().is_some(), "{text}");
            assert!(told.insert(text), "{error:?} is told as another one");
        }
    }

    #[test]
    fn failures_of_the_boundary_have_numbers_of_their_own() {
        let failures = [
            Failure::Panic,
            Failure::Null("x"),
            Failure::Length("x"),
            Failure::Utf8("x"),
            Failure::Value("x"),
            Failure::Struct("x"),
            Failure::Handle("x"),
            Failure::Busy("x"),
            Failure::Poisoned("x"),
            Failure::Capacity(1),
            Failure::Handles("x"),
            Failure::Memory,
        ];
        let numbers: Vec<_> = failures.into_iter().map(Failure::status).collect();
        assert_eq!(numbers, (-12..=-1).rev().collect::<Vec<_>>());
        let told: BTreeSet<_> = failures.into_iter().map(describe).collect();
        assert_eq!(told.len(), failures.len());
    }

    #[test]
    fn the_executor_has_limits_and_misuses() {
        let limit = executor::Error::LimitExceeded { limit: executor::Limit::Tasks };
        assert_eq!(Failure::from(limit).status(), MCPE_ERR_LIMIT);
        let refused = executor::Error::LimitExceeded { limit: executor::Limit::Memory };
        assert_eq!(Failure::from(refused).status(), MCPE_ERR_MEMORY);
        let misuse = executor::Error::ApiMisuse(executor::Misuse::UnknownTask);
        assert_eq!(Failure::from(misuse).status(), MCPE_ERR_MISUSE);
    }
}

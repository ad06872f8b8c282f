//! What the last failure of a thread was.

use core::cell::RefCell;
use core::ffi::{CStr, c_char};
use std::ffi::CString;

use mcp_engine::Error;

use crate::boundary;
use crate::boundary::DONE;
use crate::pointer::Out;
use crate::status::{Failure, MCPE_OK, mcpe_status};
use crate::text::mcpe_str;

/// What the last failure of a thread was, for programs.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct mcpe_error {
    /// What the function returned.
    pub status: mcpe_status,
    /// The JSON-RPC code with which a peer is told, or has answered; 0 where there is none. One that 32 bits do not hold is the nearest that they do,
    /// and is whole in `mcpe_error_message`.
    pub code: i32,
    /// Where in its stream the fault was seen, in bytes; `UINT64_MAX` where no stream is at fault.
    pub offset: u64,
    /// How many bytes of memory it would have taken (`MCPE_ERR_CAPACITY`).
    pub needed: u64,
    /// Whose fault it is: `frame`, `json`, `message`, `peer`, `incompatible`, `limit`, `misuse`, `caller`, `library` or `system`. Static.
    pub fault: mcpe_str,
    /// The stable name of the rule that was broken, or of the argument or the kind of handle that is wrong. Static.
    pub rule: mcpe_str,
}

/// What the last failure on this thread was, in words: what, whose fault, which rule, and where. Empty when there was none.
///
/// The text ends with a zero. It belongs to the thread and is valid until the next call of this function on it.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_error_message() -> *const c_char {
    let text = LAST.try_with(|last| {
        let mut last = last.try_borrow_mut().ok()?;
        let words = last.trouble.as_ref().map(Trouble::words).unwrap_or_default();
        last.text = CString::new(words).unwrap_or_default();
        Some(last.text.as_ptr())
    });
    text.ok().flatten().unwrap_or(NO_WORDS.as_ptr())
}

/// What the last failure on this thread was, for programs. `MCPE_NOTHING` when there was none. Reads nothing but what belongs to the thread.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_error_last(error: Out<mcpe_error>) -> mcpe_status {
    let last = LAST.try_with(|last| last.try_borrow().ok()?.trouble.as_ref().map(Trouble::detail));
    boundary(|| {
        let error = error.required("error")?;
        let Some(last) = last.ok().flatten() else { return Ok(crate::status::MCPE_NOTHING) };
        error.put(last);
        DONE
    })
}

/// The name of a status, like `MCPE_ERR_BUSY`; empty for a number that is none. Static, and ends with a zero.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_status_name(status: mcpe_status) -> *const c_char {
    let named = STATUSES.iter().find(|(known, _)| *known == status);
    named.map_or(NO_WORDS, |(_, name)| *name).as_ptr()
}

#[derive(Default)]
struct Last {
    trouble: Option<Trouble>,
    text: CString,
}

/// What a call has failed with.
#[derive(Clone, Debug)]
pub enum Trouble {
    /// Something that this library knows the words for.
    Plain(Failure),
    /// Something that comes with words of its own.
    Told(Box<Told>),
}

/// A failure in the words of whoever has found it.
#[derive(Clone, Debug)]
pub struct Told {
    /// What the function returns.
    pub status: mcpe_status,
    /// The JSON-RPC code; 0 where there is none.
    pub code: i32,
    /// Whose fault it is.
    pub fault: &'static str,
    /// The name of the rule that was broken.
    pub rule: &'static str,
    /// What has happened.
    pub words: String,
    /// The error that a peer has answered with, where it is that.
    pub peer_error: Option<PeerError>,
}

/// The error of an error response, kept beyond the message.
#[derive(Clone, Debug)]
pub struct PeerError {
    /// The error code.
    pub code: i64,
    /// A short description, as the inside of its JSON string is spelled.
    pub message: String,
    /// The member `data`, as it is spelled.
    pub content: Option<String>,
}

thread_local! {
    static LAST: RefCell<Last> = RefCell::default();
}

/// Keeps a failure for the thread. At the end of a thread there may be nowhere to keep it.
pub fn remember(trouble: Trouble) {
    let _ = LAST.try_with(|last| {
        if let Ok(mut last) = last.try_borrow_mut() {
            last.trouble = Some(trouble);
        }
    });
}

/// Looks at the error that a peer has answered with, if that is the last failure of the thread.
pub fn with_peer_error<R>(look: impl FnOnce(Option<&PeerError>) -> R) -> Option<R> {
    LAST.try_with(|last| Some(look(last.try_borrow().ok()?.trouble.as_ref()?.peer_error()))).ok()?
}

impl Trouble {
    /// What the function returns.
    pub fn status(&self) -> mcpe_status {
        match self {
            Self::Plain(failure) => failure.status(),
            Self::Told(told) => told.status,
        }
    }

    fn words(&self) -> String {
        match self {
            Self::Plain(failure) => describe(*failure),
            Self::Told(told) => {
                let name = name_of(told.status).to_string_lossy();
                format!("{name}: {} (fault {}, rule {})", told.words, told.fault, told.rule)
            }
        }
    }

    fn peer_error(&self) -> Option<&PeerError> {
        match self {
            Self::Plain(_) => None,
            Self::Told(told) => told.peer_error.as_ref(),
        }
    }

    fn detail(&self) -> mcpe_error {
        match self {
            Self::Plain(failure) => detail(*failure),
            Self::Told(told) => mcpe_error {
                status: told.status,
                code: told.code,
                offset: NOWHERE,
                needed: 0,
                fault: mcpe_str::to(told.fault),
                rule: mcpe_str::to(told.rule),
            },
        }
    }
}

impl From<Failure> for Trouble {
    fn from(failure: Failure) -> Self {
        Self::Plain(failure)
    }
}

/// A failure in words.
pub(crate) fn describe(failure: Failure) -> String {
    let name = name_of(failure.status()).to_string_lossy();
    match failure {
        Failure::Proto(error) => {
            format!("{name}: {error} (fault {}, rule {})", error.fault(), error.rule())
        }
        Failure::Json(what, error) => {
            format!("{name}: `{what}`: {error} (fault {}, rule {})", error.fault(), error.rule())
        }
        Failure::Executor(error) => format!("{name}: {error} (fault {})", fault(failure)),
        Failure::Panic => {
            format!("{name}: a bug of the library; what was being changed is in doubt")
        }
        Failure::Null(what) => format!("{name}: `{what}` must not be NULL"),
        Failure::Length(what) => format!("{name}: `{what}` is longer than memory can be"),
        Failure::Utf8(what) => format!("{name}: `{what}` must be UTF-8"),
        Failure::Value(what) => {
            format!("{name}: `{what}` stands for nothing, or is out of its range")
        }
        Failure::Object(what) => format!("{name}: `{what}` must be a JSON object"),
        Failure::Struct(what) => {
            format!(
                "{name}: `{what}` says something in members that are not known and have to be 0"
            )
        }
        Failure::Size(what) => {
            format!("{name}: `{what}` has a size that it cannot have: set it to sizeof({what})")
        }
        Failure::Handle(what) => format!("{name}: the {what} names nothing: was it freed?"),
        Failure::Busy(what) => format!("{name}: the {what} is in use by another call"),
        Failure::Poisoned(what) => format!("{name}: a bug has left the {what} in doubt; free it"),
        Failure::Handles(what) => format!("{name}: there are too many handles {what}"),
        Failure::Capacity(needed) => format!("{name}: {needed} bytes are needed"),
        Failure::Memory => format!("{name}: the system refused memory"),
    }
}

fn detail(failure: Failure) -> mcpe_error {
    let mut error = mcpe_error {
        status: failure.status(),
        code: 0,
        offset: NOWHERE,
        needed: 0,
        fault: mcpe_str::to(fault(failure)),
        rule: mcpe_str::to(rule(failure)),
    };
    match failure {
        Failure::Proto(of_proto) | Failure::Json(_, of_proto) => {
            error.code = of_proto.code();
            error.offset = of_proto.offset().unwrap_or(NOWHERE);
        }
        Failure::Capacity(needed) => error.needed = needed as u64,
        _ => {}
    }
    error
}

fn fault(failure: Failure) -> &'static str {
    match failure {
        Failure::Proto(error) | Failure::Json(_, error) => error.fault().name(),
        Failure::Executor(mcp_engine::executor::Error::LimitExceeded { .. }) => "limit",
        Failure::Executor(_) | Failure::Busy(_) => "misuse",
        Failure::Panic | Failure::Poisoned(_) => "library",
        Failure::Handles(_) | Failure::Memory => "limit",
        _ => "caller",
    }
}

fn rule(failure: Failure) -> &'static str {
    match failure {
        Failure::Proto(error) | Failure::Json(_, error) => Error::rule(error),
        Failure::Executor(mcp_engine::executor::Error::LimitExceeded { limit }) => limit.name(),
        Failure::Null(what)
        | Failure::Length(what)
        | Failure::Utf8(what)
        | Failure::Value(what)
        | Failure::Object(what)
        | Failure::Struct(what)
        | Failure::Size(what)
        | Failure::Handle(what)
        | Failure::Busy(what)
        | Failure::Poisoned(what)
        | Failure::Handles(what) => what,
        Failure::Executor(_) => "executor",
        Failure::Capacity(_) => "capacity",
        Failure::Memory => "memory",
        Failure::Panic => "panic",
    }
}

fn name_of(status: mcpe_status) -> &'static CStr {
    STATUSES.iter().find(|(known, _)| *known == status).map_or(NO_WORDS, |(_, name)| *name)
}

/// No stream is at fault.
const NOWHERE: u64 = !0;
const NO_WORDS: &CStr = c"";

macro_rules! statuses {
    ($($name:ident)+) => {
        /// Every status and its name.
        const STATUSES: &[(mcpe_status, &CStr)] = &[$((crate::status::$name, {
            const NAME: &CStr = match CStr::from_bytes_with_nul(concat!(stringify!($name), "\0").as_bytes()) {
                Ok(name) => name,
                Err(_) => c"",
            };
            NAME
        })),+];
    };
}

statuses! {
    MCPE_OK MCPE_NOTHING MCPE_EVENT MCPE_ASKED
    MCPE_ERR_PANIC MCPE_ERR_NULL MCPE_ERR_LENGTH MCPE_ERR_UTF8 MCPE_ERR_VALUE MCPE_ERR_STRUCT MCPE_ERR_HANDLE MCPE_ERR_BUSY
    MCPE_ERR_POISONED MCPE_ERR_CAPACITY MCPE_ERR_HANDLES MCPE_ERR_MEMORY
    MCPE_ERR_FRAME MCPE_ERR_JSON MCPE_ERR_MESSAGE MCPE_ERR_PEER MCPE_ERR_INCOMPATIBLE MCPE_ERR_LIMIT MCPE_ERR_MISUSE
    MCPE_ERR_CLOSED MCPE_ERR_TIMEOUT MCPE_ERR_CANCELLED MCPE_ERR_REFUSED MCPE_ERR_UNREACHABLE MCPE_ERR_ANSWER MCPE_ERR_UNSUPPORTED MCPE_ERR_SYSTEM
    MCPE_ERR_THREAD MCPE_ERR_UNAUTHORIZED
}

const _: () = assert!(MCPE_OK == 0);

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_number_has_one_name() {
        let numbers: BTreeSet<_> = STATUSES.iter().map(|(number, _)| number).collect();
        let names: BTreeSet<_> = STATUSES.iter().map(|(_, name)| name).collect();
        assert_eq!((numbers.len(), names.len()), (STATUSES.len(), STATUSES.len()));
    }

    #[test]
    fn a_failure_is_told_in_the_words_of_who_has_found_it() {
        let (status, code) = (crate::status::MCPE_ERR_REFUSED, -32602);
        let words = "there is no such tool".to_owned();
        let told = Told { status, code, fault: "peer", rule: "refused", words, peer_error: None };
        let trouble = Trouble::Told(Box::new(told));
        assert_eq!((trouble.status(), trouble.detail().code), (status, code));
        let words = trouble.words();
        assert!(words.contains("MCPE_ERR_REFUSED: there is no such tool (fault peer"), "{words}");
    }
}

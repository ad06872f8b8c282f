//! What calls fail with: one status for each kind of failure, in the words of whoever has found it.

use mcp_engine::server::Error as RuntimeError;
use mcp_engine::workers;
use mcp_engine_c::boundary::boundary_of;
use mcp_engine_c::error::{Told, Trouble};
use mcp_engine_c::status::{
    Failure, MCPE_ERR_ANSWER, MCPE_ERR_CANCELLED, MCPE_ERR_CLOSED, MCPE_ERR_LIMIT,
    MCPE_ERR_REFUSED, MCPE_ERR_SYSTEM, MCPE_ERR_TIMEOUT, MCPE_ERR_UNREACHABLE,
    MCPE_ERR_UNSUPPORTED, MCPE_OK, mcpe_status,
};

use crate::refusal::kept;
use crate::runtime::still_here;

/// Why a call failed.
#[derive(Clone, Debug)]
pub(crate) struct Error(Trouble);

/// Runs the body of an exported function, unless the process was forked: whatever it would look at may be locked for ever.
pub(crate) fn boundary(body: impl FnOnce() -> Result<mcpe_status, Error>) -> mcpe_status {
    boundary_of(|| {
        still_here()?;
        body()
    })
}

/// The end of a body that has done what it was to do.
pub(crate) const DONE: Result<mcpe_status, Error> = Ok(MCPE_OK);

impl Error {
    pub(crate) fn told(
        status: mcpe_status,
        fault: &'static str,
        rule: &'static str,
        words: impl Into<String>,
    ) -> Self {
        let (code, words, peer_error) = (0, words.into(), None);
        Self(Trouble::Told(Box::new(Told { status, code, fault, rule, words, peer_error })))
    }

    pub(crate) fn closed() -> Self {
        Self::told(MCPE_ERR_CLOSED, "peer", "closed", "the connection is closed")
    }

    pub(crate) fn cancelled() -> Self {
        Self::told(MCPE_ERR_CANCELLED, "caller", "cancelled", "the call was cancelled")
    }

    pub(crate) fn timeout() -> Self {
        Self::told(MCPE_ERR_TIMEOUT, "peer", "timeout", "the time for the call was up")
    }

    pub(crate) fn unsupported(words: &str) -> Self {
        Self::told(MCPE_ERR_UNSUPPORTED, "caller", "unsupported", words)
    }

    /// What the system says.
    pub(crate) fn system(what: &str, error: impl std::fmt::Display) -> Self {
        Self::told(MCPE_ERR_SYSTEM, "system", "system", format!("{what}: {error}"))
    }

    pub(crate) fn limit(rule: &'static str, words: &str) -> Self {
        Self::told(MCPE_ERR_LIMIT, "limit", rule, words)
    }

    /// With more to say.
    pub(crate) fn and(mut self, words: &str) -> Self {
        if let Trouble::Told(told) = &mut self.0 {
            told.words.push_str(words);
        }
        self
    }

    /// What the caller has given is wrong, whoever has found that.
    pub(crate) fn by_caller(error: impl Into<Self>) -> Self {
        let mut error = error.into();
        if let Trouble::Told(told) = &mut error.0 {
            told.fault = "caller";
        }
        error
    }

    pub(crate) fn status(&self) -> mcpe_status {
        self.0.status()
    }
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        error.0
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        Self(failure.into())
    }
}

impl From<mcp_engine::Error> for Error {
    fn from(error: mcp_engine::Error) -> Self {
        Failure::from(error).into()
    }
}

impl From<RuntimeError> for Error {
    fn from(error: RuntimeError) -> Self {
        if let Some(error) = error.protocol() {
            return error.into();
        }
        let (status, fault, rule) = kind(&error);
        let code = error.peer().map_or(0, |peer| nearest(peer.code));
        let (words, peer_error) = (error.to_string(), error.peer().map(kept));
        Self(Trouble::Told(Box::new(Told { status, code, fault, rule, words, peer_error })))
    }
}

/// The code, or the nearest that there is room for.
fn nearest(code: i64) -> i32 {
    i32::try_from(code).unwrap_or(if code < 0 { i32::MIN } else { i32::MAX })
}

fn kind(error: &RuntimeError) -> (mcpe_status, &'static str, &'static str) {
    if error.peer().is_some() {
        (MCPE_ERR_REFUSED, "peer", "refused")
    } else if error.is_timeout() {
        (MCPE_ERR_TIMEOUT, "peer", "timeout")
    } else if error.is_cancelled() {
        (MCPE_ERR_CANCELLED, "caller", "cancelled")
    } else if error.is_closed() {
        (MCPE_ERR_CLOSED, "peer", "closed")
    } else if error.is_unsupported() {
        (MCPE_ERR_UNSUPPORTED, "caller", "unsupported")
    } else if error.is_unexpected() {
        (MCPE_ERR_ANSWER, "peer", "answer")
    } else {
        (MCPE_ERR_UNREACHABLE, "system", "transport")
    }
}

impl From<workers::Error> for Error {
    fn from(error: workers::Error) -> Self {
        match error.refusal() {
            Some(refusal) => Failure::from(refusal).into(),
            None if error.is_closed() => Self::closed(),
            None => Self::system("workers", error),
        }
    }
}

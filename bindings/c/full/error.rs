//! What calls fail with: one status for each kind of failure, in the words of whoever has found it.

use mcp_engine::http_client::HttpError;
use mcp_engine::server::Error as RuntimeError;
use mcp_engine::workers;
use mcp_engine_c::boundary::boundary_of;
use mcp_engine_c::error::{Told, Trouble};
use mcp_engine_c::status::{
    Failure, MCPE_ERR_ANSWER, MCPE_ERR_CANCELLED, MCPE_ERR_CLOSED, MCPE_ERR_LIMIT,
    MCPE_ERR_REFUSED, MCPE_ERR_SYSTEM, MCPE_ERR_TIMEOUT, MCPE_ERR_UNAUTHORIZED,
    MCPE_ERR_UNREACHABLE, MCPE_ERR_UNSUPPORTED, MCPE_OK, mcpe_status,
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
        let refused_here = error.refused_here().map(|refusal| refusal.code);
        let code = error.peer().map(|peer| peer.code).or(refused_here).map_or(0, nearest);
        let words = error.to_string() + &challenge(&error).unwrap_or_default();
        let peer_error = error.peer().map(kept);
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
    } else if error.refused_here().is_some() {
        (MCPE_ERR_CANCELLED, "caller", "input-refused")
    } else if let Some(error) = error.http().filter(|_| !error.is_closed()) {
        kind_of_http(error)
    } else if error.is_timeout() {
        (MCPE_ERR_TIMEOUT, "peer", "timeout")
    } else if error.is_cancelled() {
        (MCPE_ERR_CANCELLED, "caller", "cancelled")
    } else if error.is_closed_here() {
        (MCPE_ERR_CLOSED, "caller", "closed")
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

/// What has gone wrong on the way to a server, or was said by its status.
fn kind_of_http(error: &HttpError) -> (mcpe_status, &'static str, &'static str) {
    let (status, fault) = if error.is_limit() {
        (MCPE_ERR_LIMIT, "limit")
    } else if error.is_timeout() {
        (MCPE_ERR_TIMEOUT, "peer")
    } else {
        match error {
            HttpError::Unauthorized { .. } | HttpError::Authorizer(_) => {
                (MCPE_ERR_UNAUTHORIZED, "caller")
            }
            HttpError::Status(_) | HttpError::Refused { .. } => (MCPE_ERR_UNREACHABLE, "peer"),
            _ => (MCPE_ERR_UNREACHABLE, "system"),
        }
    };
    (status, fault, error.name())
}

/// What a server says of the credentials that it wants.
fn challenge(error: &RuntimeError) -> Option<String> {
    let HttpError::Unauthorized { challenge, .. } = error.http()? else { return None };
    Some(format!("; WWW-Authenticate: {}", challenge.as_deref()?))
}

impl From<workers::Error> for Error {
    fn from(error: workers::Error) -> Self {
        match error.refusal() {
            Some(refusal) => Failure::from(refusal).into(),
            None if error.is_closed() => {
                Self::told(MCPE_ERR_CLOSED, "caller", "closed", error.to_string())
            }
            None => Self::system("workers", error),
        }
    }
}

#[cfg(test)]
mod tests {
    use mcp_engine::http::Status;
    use mcp_engine::http_client::HttpClientLimit;

    use super::*;

    #[test]
    fn every_status_of_http_has_its_kind() {
        let unreachable = (MCPE_ERR_UNREACHABLE, "peer");
        let (limit, timeout) = ((MCPE_ERR_LIMIT, "limit"), (MCPE_ERR_TIMEOUT, "peer"));
        for (code, expected) in [
            (400, unreachable),
            (403, unreachable),
            (404, unreachable),
            (405, unreachable),
            (408, timeout),
            (413, limit),
            (414, limit),
            (429, limit),
            (431, limit),
            (500, unreachable),
            (502, unreachable),
            (503, unreachable),
            (504, timeout),
        ] {
            let status = Status::new(code);
            let refused = HttpError::Refused { status, code: -32600, text: String::new() };
            for (error, rule) in [(HttpError::Status(status), "status"), (refused, "refused")] {
                let (status, fault) = expected;
                assert_eq!(kind_of_http(&error), (status, fault, rule), "{error}");
            }
        }
    }

    #[test]
    fn what_is_wrong_on_the_way_has_its_kind() {
        let status = Status::UNAUTHORIZED;
        let unauthorized = HttpError::Unauthorized { status, challenge: None };
        for (error, expected) in [
            (unauthorized, (MCPE_ERR_UNAUTHORIZED, "caller", "unauthorized")),
            (HttpError::Limit(HttpClientLimit::Waiting), (MCPE_ERR_LIMIT, "limit", "waiting")),
            (HttpError::Limit(HttpClientLimit::HeadMs), (MCPE_ERR_TIMEOUT, "peer", "head-ms")),
            (HttpError::Lost(None), (MCPE_ERR_UNREACHABLE, "system", "lost")),
        ] {
            assert_eq!(kind_of_http(&error), expected, "{error}");
        }
    }
}

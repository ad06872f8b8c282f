//! Why a command could not do its work.

use std::fmt;
use std::io;

use mcp_engine_runtime::http_client::HttpError;
use mcp_engine_runtime::transport;
use mcp_engine_runtime::websocket::WebSocketError;

use crate::escape::shown;

/// What is told before the program ends with status 2. Nothing in it can move the cursor of a terminal.
#[derive(Debug)]
pub(crate) struct Failure(String);

impl Failure {
    pub(crate) fn usage(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// For `map_err`: what could not be done.
    pub(crate) fn of(what: impl fmt::Display) -> impl FnOnce(io::Error) -> Self {
        move |error| Self(format!("{what}: {error}"))
    }

    fn with_causes(error: &dyn std::error::Error) -> Self {
        let mut text = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            text.push_str(": ");
            text.push_str(&cause.to_string());
            source = cause.source();
        }
        Self(text)
    }

    /// A server that did not come up, with the end of what it had to say.
    pub(crate) fn started(error: mcp_engine_runtime::Error, stderr: &str) -> Self {
        let said = stderr.trim_end();
        if said.is_empty() {
            return error.into();
        }
        Self(format!("{error}\n\nThe server said:\n{said}"))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, line) in self.0.lines().enumerate() {
            if number > 0 {
                writeln!(f)?;
            }
            write!(f, "{}", shown(line))?;
        }
        Ok(())
    }
}

impl std::error::Error for Failure {}

impl From<mcp_engine_runtime::Error> for Failure {
    fn from(error: mcp_engine_runtime::Error) -> Self {
        Self(error.to_string())
    }
}

impl From<transport::Error> for Failure {
    fn from(error: transport::Error) -> Self {
        Self::with_causes(&error)
    }
}

impl From<WebSocketError> for Failure {
    fn from(error: WebSocketError) -> Self {
        Self::with_causes(&error)
    }
}

impl From<HttpError> for Failure {
    fn from(error: HttpError) -> Self {
        Self::with_causes(&error)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self(error.to_string())
    }
}

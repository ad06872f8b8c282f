//! Responses: status, headers and bodies of answers and refusals.

use std::sync::Arc;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use http::{Response, StatusCode};
use mcp_engine_proto::http::{Carrier, Rejection, Status, response_headers};
use mcp_engine_proto::{RequestId, encode};

use super::body::{AtEnd, ReplyBody};
use super::limits::HttpServerLimit;
use super::pipe::Pipe;
use super::site::Site;

/// Why a request is not served.
#[derive(Debug)]
pub(super) enum Refused {
    /// By the rules of HTTP and of MCP over it.
    Rejected(Rejection),
    /// By a limit of the server.
    Limited(HttpServerLimit),
    /// Its body has broken off, or was not framed as HTTP asks.
    Broken,
    /// There is nothing at that path.
    NoSuchPath,
    /// The server has failed.
    Failed,
}

impl From<Rejection> for Refused {
    fn from(rejection: Rejection) -> Self {
        Self::Rejected(rejection)
    }
}

impl From<HttpServerLimit> for Refused {
    fn from(limit: HttpServerLimit) -> Self {
        Self::Limited(limit)
    }
}

impl Refused {
    fn status(&self) -> Status {
        match self {
            Self::Rejected(rejection) => rejection.status(),
            Self::Limited(limit) => limit.status(),
            Self::Broken => Status::BAD_REQUEST,
            Self::NoSuchPath => Status::NOT_FOUND,
            Self::Failed => Status::INTERNAL_ERROR,
        }
    }

    fn write(&self, out: &mut Vec<u8>, id: Option<&RequestId>) {
        let (code, reason) = match self {
            Self::Rejected(rejection) => return rejection.write(out, id),
            Self::Limited(limit) => (INVALID_REQUEST, limit.reason()),
            Self::Broken => (INVALID_REQUEST, "the body has broken off"),
            Self::NoSuchPath => (INVALID_REQUEST, "there is no endpoint at this path"),
            Self::Failed => (INTERNAL_ERROR, "the server has failed"),
        };
        encode::error(out, id, code, reason, None);
    }

    fn header(&self) -> Option<(&'static str, &'static str)> {
        match self {
            Self::Rejected(rejection) => rejection.header(),
            Self::Limited(limit) if limit.status() == Status::UNAVAILABLE => {
                Some(("retry-after", "10"))
            }
            _ => None,
        }
    }
}

impl Site {
    /// The response to a request that is not served; it is counted.
    pub(super) fn refuse(&self, refused: &Refused, id: Option<&RequestId>) -> Response<ReplyBody> {
        match refused {
            Refused::Rejected(rejection) => self.tally.refuse(rejection),
            Refused::Limited(limit) => self.tally.count(*limit),
            Refused::Broken | Refused::NoSuchPath | Refused::Failed => {}
        }
        let mut body = Vec::new();
        refused.write(&mut body, id);
        let mut response = json(refused.status(), body);
        if let Some((name, value)) = refused.header() {
            let name = HeaderName::from_static(name);
            response.headers_mut().insert(name, HeaderValue::from_static(value));
        }
        response
    }

    /// An event stream, and what is to be done when it is over.
    pub(super) fn events(&self, pipe: Arc<Pipe>, at_end: AtEnd) -> Response<ReplyBody> {
        let body = ReplyBody::events(pipe, self.config.keep_alive, at_end);
        with_headers(Carrier::Events, Response::new(body))
    }
}

/// One message.
pub(super) fn json(status: Status, body: impl Into<Bytes>) -> Response<ReplyBody> {
    let mut response = Response::new(ReplyBody::whole(body));
    *response.status_mut() = status_code(status);
    // What `response_headers` says, without looking the name up for each answer.
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// An event stream that is complete.
pub(super) fn whole_events(body: impl Into<Bytes>) -> Response<ReplyBody> {
    with_headers(Carrier::Events, Response::new(ReplyBody::whole(body)))
}

/// No body.
pub(super) fn nothing(status: Status) -> Response<ReplyBody> {
    let mut response = Response::new(ReplyBody::whole(Bytes::new()));
    *response.status_mut() = status_code(status);
    response
}

fn with_headers(carrier: Carrier, mut response: Response<ReplyBody>) -> Response<ReplyBody> {
    response_headers(carrier, None, |name, value| {
        if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), value.parse()) {
            response.headers_mut().insert(name, value);
        }
    });
    response
}

fn status_code(status: Status) -> StatusCode {
    StatusCode::from_u16(status.code()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

const INVALID_REQUEST: i64 = -32600;
const INTERNAL_ERROR: i64 = -32603;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_head_of_an_answer_is_what_the_protocol_asks_for() {
        let response = json(Status::OK, "{}");
        let expected = with_headers(Carrier::Json, Response::new(ReplyBody::whole("")));
        assert_eq!(response.headers(), expected.headers());
    }
}

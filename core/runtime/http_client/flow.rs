//! Authorization that goes along with each request: it sees the request, and every response to it.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use hyper::header::HeaderMap;
use mcp_engine_proto::http::{Status, Url};

use super::authorizer::Authorizing;
use super::headers::SecretHeaders;

/// Follows one request from before it is sent until a response is taken for the answer. A redirection begins it anew.
///
/// When nobody wants the answer any more, it is dropped, wherever it is.
pub trait AuthorizationFlow: Send {
    /// What the request is sent with.
    fn begin<'a>(&'a mut self, request: Unauthorized<'a>) -> Authorizing<'a, Credentials>;

    /// The head of a response has come, whatever its status. With `None` it is taken; otherwise the request is sent once more.
    fn answered<'a>(&'a mut self, response: Responded<'a>) -> Authorizing<'a, Option<Credentials>>;
}

/// A request that is to be sent.
#[derive(Clone, Copy, Debug)]
pub struct Unauthorized<'a> {
    /// `POST`, `GET` or `DELETE`.
    pub verb: &'a str,
    /// Where it goes, at the origin of the server.
    pub url: &'a Url,
    /// All that it has.
    pub headers: &'a HeaderMap,
    /// The message, when it has one.
    pub body: Option<&'a Bytes>,
}

/// The head of a response.
#[derive(Clone, Copy, Debug)]
pub struct Responded<'a> {
    /// The status.
    pub status: Status,
    /// Its headers.
    pub headers: &'a HeaderMap,
}

/// What a request is sent with.
#[derive(Clone, Debug, Default)]
pub struct Credentials {
    /// Headers, in place of others of the same name.
    pub headers: SecretHeaders,
    /// Another URL at the same origin.
    pub url: Option<Url>,
}

/// Makes a flow for each request.
pub(super) type Flows = Arc<dyn Fn() -> Box<dyn AuthorizationFlow> + Send + Sync>;

/// Where the credentials of an application come from.
#[derive(Clone, Default)]
pub(super) enum Authorization {
    #[default]
    None,
    Tokens(Arc<dyn super::Authorizer>),
    Flows(Flows),
}

impl fmt::Debug for Authorization {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "None",
            Self::Tokens(_) => "Tokens",
            Self::Flows(_) => "Flows",
        })
    }
}

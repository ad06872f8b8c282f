//! Where credentials come from: the seam for OAuth and whatever else gives out tokens.

use std::error::Error as StdError;
use std::pin::Pin;

use mcp_engine_proto::http::{Status, Url};

use super::headers::SecretHeaders;

/// What an [`Authorizer`] works on.
pub type Authorizing<'a, T> =
    Pin<Box<dyn Future<Output = Result<T, Box<dyn StdError + Send + Sync>>> + Send + 'a>>;

/// Gives out the credentials of requests, and hears when they were not good enough.
///
/// ```
/// use std::sync::Mutex;
///
/// use mcp_engine_proto::http::Url;
/// use mcp_engine_runtime::http_client::{Authorizer, Authorizing, Challenge, NextStep, SecretHeaders};
///
/// /// A token that is fetched when the server asks for one.
/// struct Token(Mutex<Option<String>>);
///
/// impl Authorizer for Token {
///     fn headers<'a>(&'a self, _: &'a Url) -> Authorizing<'a, SecretHeaders> {
///         Box::pin(async {
///             let mut headers = SecretHeaders::default();
///             if let Some(token) = self.0.lock().unwrap().as_deref() {
///                 headers.add("authorization", &format!("Bearer {token}"))?;
///             }
///             Ok(headers)
///         })
///     }
///
///     fn challenged<'a>(&'a self, _: Challenge<'a>) -> Authorizing<'a, NextStep> {
///         Box::pin(async {
///             *self.0.lock().unwrap() = Some("fetched".to_owned());
///             Ok(NextStep::TryAgain)
///         })
///     }
/// }
/// ```
pub trait Authorizer: Send + Sync {
    /// The headers of a request to that URL, which is at the origin of the server.
    fn headers<'a>(&'a self, url: &'a Url) -> Authorizing<'a, SecretHeaders>;

    /// The server wants other credentials. It is asked once for each request.
    fn challenged<'a>(&'a self, challenge: Challenge<'a>) -> Authorizing<'a, NextStep>;
}

/// That a server wants other credentials.
#[derive(Clone, Copy, Debug)]
pub struct Challenge<'a> {
    /// The URL of the request.
    pub url: &'a Url,
    /// 401, or 403 when the credentials do not reach far enough.
    pub status: Status,
    /// The header `WWW-Authenticate`, when there is one that is text.
    pub header: Option<&'a str>,
}

/// What to do about a [`Challenge`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NextStep {
    /// There are other credentials: send the request once more.
    TryAgain,
    /// There are none: the request has failed.
    GiveUp,
}

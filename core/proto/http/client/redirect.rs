//! Where a server sends a client, and whether it goes there.

use super::url::Url;
use crate::http::{Field, HttpLimit, HttpLimits, Status, Verb};

/// Why a redirection is not followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RedirectError {
    /// The status asks for another method, or is none of a redirection.
    #[error("the redirection does not keep the method of the request")]
    Method,
    /// There is no `Location`, or more than one, or none that can be read.
    #[error("the header Location is not one URL")]
    Location,
    /// The location has another scheme, host or port.
    #[error("the redirection leads to another origin")]
    Origin,
    /// There were too many in a row, or the location is too long.
    #[error("{}", .0.reason())]
    Limit(HttpLimit),
}

/// Where to send a request once more that was redirected for the `hops`-th time in a row, the first being 0. What goes
/// with a request, its token above all, is meant for the origin it was sent to, so that no other one is followed to.
///
/// ```
/// use mcp_engine_proto::http::{Field, HttpLimits, RedirectError, Status, Url, Verb, redirect};
///
/// let (here, limits) = (Url::parse("https://example.com/mcp").unwrap(), HttpLimits::default());
/// let follow = |location| {
///     redirect(&here, Verb::Post, Status::new(308), Field::One(location), 0, &limits)
/// };
/// assert_eq!(follow(b"/mcp/")?.to_string(), "https://example.com/mcp/");
/// assert_eq!(follow(b"https://evil.example/mcp"), Err(RedirectError::Origin));
/// # Ok::<(), RedirectError>(())
/// ```
///
/// # Errors
///
/// [`RedirectError`] says why it is not followed.
pub fn redirect(
    current: &Url,
    verb: Verb,
    status: Status,
    location: Field<'_>,
    hops: u32,
    limits: &HttpLimits,
) -> Result<Url, RedirectError> {
    if hops >= limits.redirects {
        return Err(RedirectError::Limit(HttpLimit::Redirects));
    }
    let kept = match status.code() {
        307 | 308 => true,
        // Of old these turn a POST into a GET, and leave a GET alone (RFC 9110, section 15.4).
        301..=303 => verb == Verb::Get,
        _ => false,
    };
    if !kept {
        return Err(RedirectError::Method);
    }
    follow(current, location.text(), limits)
}

/// Where messages go over HTTP+SSE (MCP 2024-11-05): what the `endpoint` event says, when that is at the origin of the
/// stream.
///
/// # Errors
///
/// [`RedirectError::Location`] when the data is no URL; [`RedirectError::Origin`] for another origin.
pub fn message_endpoint(
    stream: &Url,
    data: &[u8],
    limits: &HttpLimits,
) -> Result<Url, RedirectError> {
    follow(stream, core::str::from_utf8(data).ok(), limits)
}

/// The URL that a reference leads to, when it stays at the origin.
fn follow(from: &Url, reference: Option<&str>, limits: &HttpLimits) -> Result<Url, RedirectError> {
    let reference = reference.ok_or(RedirectError::Location)?;
    if reference.len() > limits.url_bytes as usize {
        return Err(RedirectError::Limit(HttpLimit::UrlBytes));
    }
    let target = from.join(reference).ok_or(RedirectError::Location)?;
    if target.is_same_origin(from) { Ok(target) } else { Err(RedirectError::Origin) }
}

//! Reading the head of a response.

use super::field::{Field, Name, trim};
use super::media::is_json;

/// The head of a response, as far as a client asks about it.
#[derive(Clone, Copy, Debug, Default)]
pub struct ResponseHead<'a> {
    /// `Content-Type`
    pub content_type: Field<'a>,
    /// `Mcp-Session-Id`
    pub session: Field<'a>,
    /// `Location`
    pub location: Field<'a>,
    /// `Retry-After`
    pub retry_after: Field<'a>,
    /// The first `WWW-Authenticate`, of which there may be several.
    pub challenge: Option<&'a [u8]>,
}

impl<'a> ResponseHead<'a> {
    /// Reads a head from its fields, in the order in which they came. What is not known or not sound is left out: a
    /// client judges the response by what remains.
    pub fn read(fields: impl IntoIterator<Item = (&'a [u8], &'a [u8])>) -> Self {
        let mut head = Self::default();
        for (name, value) in fields {
            let value = trim(value);
            match Name::of(name) {
                Name::ContentType => head.content_type.add(value),
                Name::Session => head.session.add(value),
                Name::Location => head.location.add(value),
                Name::RetryAfter => head.retry_after.add(value),
                Name::Challenge => head.challenge = head.challenge.or(Some(value)),
                _ => {}
            }
        }
        head
    }

    /// Whether the body is JSON, as the head says: then it is read before the response is
    /// [classified](crate::http::classify).
    pub fn is_json(&self) -> bool {
        self.content_type.one().is_some_and(is_json)
    }
}

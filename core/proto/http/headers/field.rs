//! Fields of a head: their names, and how often they came.

/// A header that may stand once in a head.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Field<'a> {
    /// It is not there.
    #[default]
    Absent,
    /// Its value, without the white space around it.
    One(&'a [u8]),
    /// It is there more than once.
    Repeated,
}

/// The fields that are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Name {
    Host,
    Origin,
    Accept,
    ContentType,
    ContentEncoding,
    ContentLength,
    TransferEncoding,
    Version,
    Method,
    Mirrored,
    Session,
    LastEventId,
    Location,
    RetryAfter,
    Challenge,
    Other,
}

impl<'a> Field<'a> {
    /// The value, when there is one.
    pub fn one(self) -> Option<&'a [u8]> {
        match self {
            Self::One(value) => Some(value),
            Self::Absent | Self::Repeated => None,
        }
    }

    /// The value, when there is one and it is UTF-8.
    pub fn text(self) -> Option<&'a str> {
        core::str::from_utf8(self.one()?).ok()
    }

    pub(super) fn add(&mut self, value: &'a [u8]) {
        *self = match self {
            Self::Absent => Self::One(value),
            Self::One(_) | Self::Repeated => Self::Repeated,
        };
    }
}

impl Name {
    /// The field of that name, ignoring case.
    pub(super) fn of(name: &[u8]) -> Self {
        let mut lower = [0; LONGEST_NAME];
        let Some(lower) = lower.get_mut(..name.len()) else { return Self::Other };
        lower.copy_from_slice(name);
        lower.make_ascii_lowercase();
        match &*lower {
            b"host" => Self::Host,
            b"origin" => Self::Origin,
            b"accept" => Self::Accept,
            b"content-type" => Self::ContentType,
            b"content-encoding" => Self::ContentEncoding,
            b"content-length" => Self::ContentLength,
            b"transfer-encoding" => Self::TransferEncoding,
            b"mcp-protocol-version" => Self::Version,
            b"mcp-method" => Self::Method,
            b"mcp-name" => Self::Mirrored,
            b"mcp-session-id" => Self::Session,
            b"last-event-id" => Self::LastEventId,
            b"location" => Self::Location,
            b"retry-after" => Self::RetryAfter,
            b"www-authenticate" => Self::Challenge,
            _ => Self::Other,
        }
    }
}

/// Whether a name is a token (RFC 9110, section 5.6.2).
pub(in crate::http) fn is_token(name: &[u8]) -> bool {
    let of_token = |byte: &u8| {
        matches!(
            byte,
            b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'-' | b'!' | b'#' | b'$' | b'%' | b'&'
                | b'\'' | b'*' | b'+' | b'.' | b'^' | b'_' | b'`' | b'|' | b'~'
        )
    };
    !name.is_empty() && name.iter().all(of_token)
}

/// Cuts optional white space off (RFC 9110, section 5.6.3).
pub(super) fn trim(mut value: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = value {
        value = rest;
    }
    value
}

pub(super) fn lowercase(name: &[u8]) -> impl Iterator<Item = u8> {
    name.iter().map(u8::to_ascii_lowercase)
}

/// No name that is known is longer.
const LONGEST_NAME: usize = 24;

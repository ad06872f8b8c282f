//! Reading a head: the fields that MCP over HTTP knows, out of all that came.
//!
//! The transport's own parser hands over names and values, from whatever holds them; one pass finds those that the rules
//! ask for. A field that may come once and came twice is remembered as such, values lose the white space around them, and
//! what is longer than the limits is refused before anything else is looked at.

use super::field::{Field, Name, is_token, lowercase, trim};
use super::media::Accepts;
use crate::http::{HttpLimit, HttpLimits, HttpRule, Rejection};

/// The head of a request, as far as MCP over HTTP asks about it.
///
/// ```
/// use mcp_engine_proto::http::{Field, Head, HttpLimits};
///
/// let fields = [("Host", "localhost:8080"), ("mcp-method", " tools/list ")];
/// let fields = fields.map(|(name, value)| (name.as_bytes(), value.as_bytes()));
/// let head = Head::read(fields, &HttpLimits::default())?;
/// assert_eq!(head.method, Field::One(b"tools/list"));
/// assert_eq!(head.session, Field::Absent);
/// # Ok::<(), mcp_engine_proto::http::Rejection>(())
/// ```
#[derive(Clone, Debug)]
pub struct Head<'a> {
    /// `Host`
    pub host: Field<'a>,
    /// `Origin`
    pub origin: Field<'a>,
    /// `Accept`
    pub accepts: Accepts,
    /// `Content-Type`
    pub content_type: Field<'a>,
    /// `Content-Encoding`
    pub content_encoding: Field<'a>,
    /// `Content-Length`, in bytes.
    pub content_length: Option<u64>,
    /// `MCP-Protocol-Version`
    pub version: Field<'a>,
    /// `Mcp-Method`
    pub method: Field<'a>,
    /// `Mcp-Name`
    pub name: Field<'a>,
    /// `Mcp-Session-Id`
    pub session: Field<'a>,
    /// `Last-Event-ID`
    pub last_event_id: Field<'a>,
    /// `Mcp-Param-*`: what stands behind the prefix, and the value; in the order of the names, ignoring case.
    params: Vec<(&'a [u8], &'a [u8])>,
}

impl<'a> Head<'a> {
    /// Reads a head from its fields, in the order in which they came.
    ///
    /// # Errors
    ///
    /// 431 above [`HttpLimits::header_bytes`] or [`HttpLimits::header_fields`]; 400 when a name is no token, a value
    /// holds a line break or NUL (RFC 9110, section 5.5), or the length of the body is not told in one way.
    pub fn read(
        fields: impl IntoIterator<Item = (&'a [u8], &'a [u8])>,
        limits: &HttpLimits,
    ) -> Result<Self, Rejection> {
        let mut head = Self::EMPTY;
        let (mut room, mut count) = (limits.header_bytes as usize, 0u32);
        let (mut length, mut framing) = (Field::Absent, Field::Absent);
        let mut accepts = None;
        for (name, value) in fields {
            take_room(&mut room, &mut count, limits, name.len(), value.len())?;
            check_field(name, value)?;
            let value = trim(value);
            match Name::of(name) {
                Name::Accept => accepts.get_or_insert(Accepts::NOTHING).add(value),
                Name::ContentLength => length.add(value),
                Name::TransferEncoding => framing.add(value),
                Name::Other => head.add_param(name, value),
                known => head.add(known, value),
            }
        }
        head.accepts = accepts.unwrap_or(Accepts::ANYTHING);
        head.content_length = content_length(length, framing)?;
        head.params.sort_by(|(one, _), (other, _)| lowercase(one).cmp(lowercase(other)));
        Ok(head)
    }

    /// Takes the authority of the request target (`:authority` of HTTP/2, or the absolute form of HTTP/1.1) for the
    /// host, which it is (RFC 9110, section 7.2).
    ///
    /// # Errors
    ///
    /// 400 when a header `Host` says something else.
    pub fn with_authority(mut self, authority: &'a [u8]) -> Result<Self, Rejection> {
        let same = self.host.one().is_none_or(|host| host.eq_ignore_ascii_case(authority));
        if self.host == Field::Repeated || !same {
            return Err(HttpRule::HostMissing.into());
        }
        self.host = Field::One(authority);
        Ok(self)
    }

    /// The header `Mcp-Param-` with that name behind the prefix, ignoring case.
    pub fn param(&self, name: &str) -> Field<'a> {
        let name = name.as_bytes();
        let first = self.params.partition_point(|(own, _)| lowercase(own).lt(lowercase(name)));
        let mut field = Field::Absent;
        let behind = self.params.get(first..).unwrap_or_default().iter();
        for (_, value) in behind.take(2).take_while(|(own, _)| own.eq_ignore_ascii_case(name)) {
            field.add(value);
        }
        field
    }

    const EMPTY: Self = Self {
        host: Field::Absent,
        origin: Field::Absent,
        accepts: Accepts::ANYTHING,
        content_type: Field::Absent,
        content_encoding: Field::Absent,
        content_length: None,
        version: Field::Absent,
        method: Field::Absent,
        name: Field::Absent,
        session: Field::Absent,
        last_event_id: Field::Absent,
        params: Vec::new(),
    };

    fn add(&mut self, name: Name, value: &'a [u8]) {
        let field = match name {
            Name::Host => &mut self.host,
            Name::Origin => &mut self.origin,
            Name::ContentType => &mut self.content_type,
            Name::ContentEncoding => &mut self.content_encoding,
            Name::Version => &mut self.version,
            Name::Method => &mut self.method,
            Name::Mirrored => &mut self.name,
            Name::Session => &mut self.session,
            Name::LastEventId => &mut self.last_event_id,
            _ => return,
        };
        field.add(value);
    }

    fn add_param(&mut self, name: &'a [u8], value: &'a [u8]) {
        let parts = name.split_at_checked(PARAM_PREFIX.len());
        if let Some((_, param)) = parts.filter(|(own, _)| own.eq_ignore_ascii_case(PARAM_PREFIX)) {
            self.params.push((param, value));
        }
    }
}

/// Counts a field against the limits.
fn take_room(
    room: &mut usize,
    count: &mut u32,
    limits: &HttpLimits,
    name: usize,
    value: usize,
) -> Result<(), Rejection> {
    *count = count.saturating_add(1);
    if *count > limits.header_fields {
        return Err(HttpLimit::HeaderFields.into());
    }
    *room = room.checked_sub(name.saturating_add(value)).ok_or(HttpLimit::HeaderBytes)?;
    Ok(())
}

/// Refuses what could be read as another field, or as the end of the head.
fn check_field(name: &[u8], value: &[u8]) -> Result<(), Rejection> {
    if !is_token(name) {
        return Err(HttpRule::FieldName.into());
    }
    if memchr::memchr3(b'\r', b'\n', 0, value).is_none() {
        return Ok(());
    }
    // Of MCP's own headers the specification says which error it is.
    let own = name.get(..OWN_PREFIX.len()).is_some_and(|own| own.eq_ignore_ascii_case(OWN_PREFIX));
    let rule = if own { HttpRule::HeaderCharacters } else { HttpRule::FieldValue };
    Err(Rejection::header_rule(rule, core::str::from_utf8(name).unwrap_or_default()))
}

/// The length that the head tells. Two ways of telling it would be two readings of the same bytes.
fn content_length(length: Field<'_>, framing: Field<'_>) -> Result<Option<u64>, Rejection> {
    match (length, framing) {
        (Field::Absent, _) => Ok(None),
        (Field::One(digits), Field::Absent) if digits.iter().all(u8::is_ascii_digit) => {
            let length = core::str::from_utf8(digits).ok().and_then(|digits| digits.parse().ok());
            Ok(Some(length.ok_or(HttpRule::ContentLength)?))
        }
        _ => Err(HttpRule::ContentLength.into()),
    }
}

const PARAM_PREFIX: &[u8] = b"mcp-param-";
const OWN_PREFIX: &[u8] = b"mcp-";
#[cfg(test)]
mod tests {
    use super::*;

    fn head<'a>(fields: &[(&'a str, &'a str)]) -> Result<Head<'a>, Rejection> {
        let fields = fields.iter().map(|(name, value)| (name.as_bytes(), value.as_bytes()));
        Head::read(fields, &HttpLimits::default())
    }

    fn refused(fields: &[(&str, &str)]) -> &'static str {
        head(fields).expect_err("a refusal").name()
    }

    #[test]
    fn names_ignore_case_and_values_lose_their_white_space() {
        let head = head(&[
            ("HOST", "a"),
            ("mCp-MeThOd", " \ttools/list\t "),
            ("MCP-Param-Region", "x"),
            ("mcp-param-region-two", "y"),
        ])
        .expect("sound");
        assert_eq!((head.host, head.method), (Field::One(b"a"), Field::One(b"tools/list")));
        assert_eq!(head.param("region"), Field::One(b"x"));
        assert_eq!(head.param("REGION-Two"), Field::One(b"y"));
        assert_eq!(head.param("regio"), Field::Absent);
    }

    #[test]
    fn a_field_that_came_twice_is_known_to_have() {
        let head = head(&[
            ("mcp-name", "a"),
            ("Mcp-Name", "a"),
            ("mcp-param-b", "1"),
            ("mcp-param-a", "1"),
            ("MCP-PARAM-B", "1"),
        ])
        .expect("sound");
        assert_eq!((head.name, head.param("b")), (Field::Repeated, Field::Repeated));
        assert_eq!(head.param("a"), Field::One(b"1"));
    }

    #[test]
    fn lengths_are_told_once() {
        assert_eq!(head(&[("content-length", "42")]).expect("sound").content_length, Some(42));
        for fields in [
            [("content-length", "4"), ("content-length", "4")],
            [("content-length", "4"), ("transfer-encoding", "chunked")],
            [("content-length", "+4"), ("x", "")],
            [("content-length", ""), ("x", "")],
            [("content-length", "99999999999999999999"), ("x", "")],
        ] {
            assert_eq!(refused(&fields), "content-length", "{fields:?}");
        }
    }

    #[test]
    fn limits_of_a_head_are_reached_and_not_passed() {
        let limits = HttpLimits { header_bytes: 10, header_fields: 2, ..HttpLimits::default() };
        let read = |fields: &[(&'static str, &'static str)]| {
            let fields = fields.iter().map(|(name, value)| (name.as_bytes(), value.as_bytes()));
            Head::read(fields, &limits).map(drop).map_err(|rejection| rejection.name())
        };
        assert_eq!(read(&[("abcde", "12345")]), Ok(()));
        assert_eq!(read(&[("abcde", "123456")]), Err("header-bytes"));
        assert_eq!(read(&[("a", ""), ("b", "")]), Ok(()));
        assert_eq!(read(&[("a", ""), ("b", ""), ("c", "")]), Err("header-fields"));
    }

    #[test]
    fn an_authority_is_the_host_unless_a_header_says_otherwise() {
        let with = |host: &[(&'static str, &'static str)]| {
            head(host).expect("sound").with_authority(b"a:1").map(|head| head.host)
        };
        assert_eq!(with(&[]), Ok(Field::One(b"a:1")));
        assert_eq!(with(&[("host", "A:1")]), Ok(Field::One(b"a:1")));
        assert!(with(&[("host", "b:1")]).is_err());
        assert!(with(&[("host", "a:1"), ("host", "a:1")]).is_err());
    }
}

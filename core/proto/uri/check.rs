//! What may be in the URI of a resource.

use super::percent::checked_escape;
use super::{UriLimits, UriRule};

/// Which URIs a server takes from its clients, or a client from a server. No scheme is allowed by default.
///
/// ```
/// use mcp_engine_proto::uri::{UriPolicy, UriRule};
///
/// let policy = UriPolicy::default().allow("notes")?;
/// assert_eq!(policy.check("notes://work/today.md")?.path(), "/today.md");
/// assert_eq!(policy.check("file:///etc/passwd").unwrap_err(), UriRule::SchemeDenied);
/// assert_eq!(policy.check("notes://work/%2e%2e/x").unwrap_err(), UriRule::Traversal);
/// # Ok::<(), UriRule>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct UriPolicy {
    schemes: Vec<Box<str>>,
    limits: UriLimits,
}

/// A URI that was judged: its scheme is allowed, its escapes are sound, its path has no way up and no empty segment, and no
/// part of it stands for a backslash or a control character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Uri<'a> {
    text: &'a str,
    scheme: &'a str,
    authority: Option<&'a str>,
    path: &'a str,
}

impl UriPolicy {
    /// A policy that allows no scheme, with these limits.
    pub fn new(limits: UriLimits) -> Self {
        Self { schemes: Vec::new(), limits }
    }

    /// Allows a scheme.
    ///
    /// # Errors
    ///
    /// [`UriRule::Scheme`] when the name is none of a scheme.
    pub fn allow(mut self, scheme: &str) -> Result<Self, UriRule> {
        if !is_scheme(scheme) {
            return Err(UriRule::Scheme);
        }
        self.schemes.push(scheme.into());
        Ok(self)
    }

    /// Judges a URI.
    ///
    /// # Errors
    ///
    /// The first [`UriRule`] that it breaks; a peer is told `-32602`.
    pub fn check<'a>(&self, uri: &'a str) -> Result<Uri<'a>, UriRule> {
        if uri.len() > self.limits.bytes as usize {
            return Err(UriRule::Bytes);
        }
        let (scheme, _) = split_scheme(uri)?;
        if !self.schemes.iter().any(|allowed| allowed.eq_ignore_ascii_case(scheme)) {
            return Err(UriRule::SchemeDenied);
        }
        Uri::read(uri)
    }
}

impl<'a> Uri<'a> {
    /// The whole of it.
    pub fn as_str(self) -> &'a str {
        self.text
    }

    /// The scheme, as it is spelled.
    pub fn scheme(self) -> &'a str {
        self.scheme
    }

    /// What stands behind `//`: a host, as a rule.
    pub fn authority(self) -> Option<&'a str> {
        self.authority
    }

    /// The path, as it is spelled.
    pub fn path(self) -> &'a str {
        self.path
    }

    /// Reads a URI of any scheme and length.
    pub(super) fn read(text: &'a str) -> Result<Self, UriRule> {
        let (scheme, rest) = split_scheme(text)?;
        let behind_authority = rest.strip_prefix("//");
        let (authority, rest) = match behind_authority {
            Some(rest) => split_at_any(rest, &['/', '?', '#']),
            None => ("", rest),
        };
        let (path, tail) = split_at_any(rest, &['?', '#']);
        check_authority(scheme, authority)?;
        check_path(path)?;
        check_characters(tail, Part::Tail)?;
        Ok(Self { text, scheme, authority: behind_authority.map(|_| authority), path })
    }
}

/// A part of a URI, with rules of its own.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Authority,
    Path,
    /// Query and fragment.
    Tail,
}

/// A user may pass for a host, and a file on a host is fetched with the user's credentials on some systems.
fn check_authority(scheme: &str, authority: &str) -> Result<(), UriRule> {
    check_characters(authority, Part::Authority)?;
    let local = authority.is_empty() || authority.eq_ignore_ascii_case("localhost");
    if authority.contains('@') || (scheme.eq_ignore_ascii_case("file") && !local) {
        return Err(UriRule::Authority);
    }
    Ok(())
}

fn check_path(path: &str) -> Result<(), UriRule> {
    check_characters(path, Part::Path)?;
    let mut segments = path.strip_prefix('/').unwrap_or(path).split('/').peekable();
    while let Some(segment) = segments.next() {
        if is_dots(segment) {
            return Err(UriRule::Traversal);
        }
        if segment.is_empty() && segments.peek().is_some() {
            return Err(UriRule::EmptySegment);
        }
    }
    Ok(())
}

/// Whether a segment is `.` or `..`, also with escapes, or with parameters that some servers leave away.
fn is_dots(segment: &str) -> bool {
    let (mut rest, mut dots) = (segment.split(';').next().unwrap_or_default(), 0u8);
    while dots < 3 && !rest.is_empty() {
        let escaped = || rest.get(..3).filter(|escape| escape.eq_ignore_ascii_case("%2e"));
        let behind = rest.strip_prefix('.').or_else(|| rest.strip_prefix(escaped()?));
        let Some(behind) = behind else { return false };
        (rest, dots) = (behind, dots.saturating_add(1));
    }
    rest.is_empty() && matches!(dots, 1 | 2)
}

fn check_characters(text: &str, part: Part) -> Result<(), UriRule> {
    for (at, letter) in text.char_indices() {
        match letter {
            '%' => {
                let escape = text.as_bytes().get(at..).unwrap_or_default();
                if checked_escape(escape)? == b'/' && part != Part::Tail {
                    return Err(UriRule::EncodedSlash);
                }
            }
            '\\' => return Err(UriRule::Backslash),
            letter if letter.is_control() => return Err(UriRule::Control),
            '"' | '<' | '>' | '^' | '`' | '{' | '|' | '}' => return Err(UriRule::Character),
            letter if letter.is_whitespace() => return Err(UriRule::Character),
            _ => {}
        }
    }
    Ok(())
}

fn split_scheme(uri: &str) -> Result<(&str, &str), UriRule> {
    uri.split_once(':').filter(|(scheme, _)| is_scheme(scheme)).ok_or(UriRule::Scheme)
}

fn split_at_any<'a>(text: &'a str, letters: &[char]) -> (&'a str, &'a str) {
    let at = text.find(letters).unwrap_or(text.len());
    text.split_at_checked(at).unwrap_or((text, ""))
}

/// Whether a text is the scheme of a URI (RFC 3986, section 3.1).
pub(crate) fn is_scheme(text: &str) -> bool {
    let of_scheme = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
    text.starts_with(|first: char| first.is_ascii_alphabetic()) && text.bytes().all(of_scheme)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uri_has_its_parts() {
        let parts = |text| {
            let uri = Uri::read(text).expect("sound");
            (uri.scheme(), uri.authority(), uri.path())
        };
        assert_eq!(parts("test://static-text"), ("test", Some("static-text"), ""));
        assert_eq!(parts("file:///a/b.txt"), ("file", Some(""), "/a/b.txt"));
        assert_eq!(parts("urn:isbn:1?q#f"), ("urn", None, "isbn:1"));
        assert_eq!(parts("x://h/a/?q=../%2F#../"), ("x", Some("h"), "/a/"));
        assert_eq!(parts("x:"), ("x", None, ""));
    }

    #[test]
    fn dots_are_seen_in_every_spelling() {
        for segment in [".", "..", "%2e", ".%2E", "%2e%2e", "..;x=1", ".;"] {
            assert!(is_dots(segment), "{segment}");
        }
        for segment in ["", "...", "..a", "a..", "%2e%2e%2e", ";..", "%2", "%2f"] {
            assert!(!is_dots(segment), "{segment}");
        }
    }
}

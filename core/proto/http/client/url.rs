//! URLs of servers: only what is needed to stay at the server that was named (RFC 3986).
//!
//! A server says where to go in `Location` and in the `endpoint` event of HTTP+SSE; what it says becomes a [`Url`] of the
//! same origin, or nothing. Only `http` and `https` are read, only in spellings that every reader reads alike, and no user
//! stands in a URL.

use core::fmt;

use crate::http::origin::{Authority, default_port};

/// The URL of a server.
///
/// ```
/// use mcp_engine_proto::http::Url;
///
/// let url = Url::parse("https://Example.com:443/mcp?x=1").unwrap();
/// assert_eq!(url.to_string(), "https://example.com/mcp?x=1");
/// assert_eq!(url.join("../sse").unwrap().to_string(), "https://example.com/sse");
/// assert!(!url.is_same_origin(&Url::parse("https://example.org/").unwrap()));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Url {
    scheme: Scheme,
    /// In lowercase, without the scheme's own port.
    authority: Box<str>,
    /// Path and query, which begin with a slash.
    target: Box<str>,
}

/// How a server is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// `http`
    Http,
    /// `https`
    Https,
}

impl Url {
    /// Reads an absolute URL. A fragment is left away, since it is not sent. `None` when it is no URL of a server, has
    /// a user or a character that does not belong into one, or a host in an unusual spelling.
    pub fn parse(text: &str) -> Option<Self> {
        let (scheme, rest) = text.split_once("://")?;
        let scheme = Scheme::of(scheme)?;
        let at = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, target) = rest.split_at_checked(at)?;
        Self::new(scheme, authority, target)
    }

    /// Reads a reference as one that stands in this URL's document: absolute, or relative in any of its forms.
    pub fn join(&self, reference: &str) -> Option<Self> {
        let relative = reference.split(['/', '?', '#']).next().is_none_or(|s| !s.contains(':'));
        if !relative {
            return Self::parse(reference);
        }
        if let Some(rest) = reference.strip_prefix("//") {
            return Self::parse(&format!("{}://{rest}", self.scheme));
        }
        let path = self.path();
        let target = match reference.chars().next() {
            None => self.target.to_string(),
            Some('/') => reference.to_owned(),
            Some('?') => format!("{path}{reference}"),
            Some('#') => format!("{}{reference}", self.target),
            Some(_) => {
                let folder = path.rfind('/').and_then(|at| path.get(..=at)).unwrap_or("/");
                format!("{folder}{reference}")
            }
        };
        Self::new(self.scheme, &self.authority, &target)
    }

    /// Whether both have the same scheme, host and port, so that what is meant for one may be sent to the other.
    pub fn is_same_origin(&self, other: &Self) -> bool {
        self.scheme == other.scheme && self.authority == other.authority
    }

    /// How the server is reached.
    pub fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// Host and port, as the header `Host` has them.
    pub fn authority(&self) -> &str {
        &self.authority
    }

    /// Path and query, as the request line has them.
    pub fn target(&self) -> &str {
        &self.target
    }

    fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    fn new(scheme: Scheme, authority: &str, target: &str) -> Option<Self> {
        let target = target.split('#').next().unwrap_or_default();
        let sound = |byte: u8| byte.is_ascii_graphic() && !b"\\\"<>^`{|}".contains(&byte);
        if !target.bytes().all(sound) {
            return None;
        }
        let parsed = Authority::parse(authority)?.without_default_port(scheme.name());
        let mut authority = authority.to_ascii_lowercase();
        if parsed.port.is_none() {
            let suffix = default_port(scheme.name()).map(|port| format!(":{port}"));
            let shorter = suffix.and_then(|suffix| authority.strip_suffix(&suffix).map(str::len));
            authority.truncate(shorter.unwrap_or(authority.len()));
        }
        let (path, query) = target.split_at_checked(target.find('?').unwrap_or(target.len()))?;
        let target = format!("{}{query}", without_dots(path));
        Some(Self { scheme, authority: authority.into(), target: target.into() })
    }
}

impl Scheme {
    /// The name, as a URL has it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }

    fn of(name: &str) -> Option<Self> {
        [Self::Http, Self::Https]
            .into_iter()
            .find(|scheme| name.eq_ignore_ascii_case(scheme.name()))
    }
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}{}", self.scheme, self.authority, self.target)
    }
}

/// A path with its `.` and `..` resolved (RFC 3986, section 5.2.4).
fn without_dots(path: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    let segments = path.strip_prefix('/').unwrap_or(path).split('/');
    let mut folder = false;
    for segment in segments {
        folder = matches!(segment, "." | "..");
        match segment {
            "." => {}
            ".." => {
                kept.pop();
            }
            _ => kept.push(segment),
        }
    }
    let end = if folder && !kept.is_empty() { "/" } else { "" };
    format!("/{}{end}", kept.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joined(base: &str, reference: &str) -> Option<String> {
        Url::parse(base).expect("a URL").join(reference).map(|url| url.to_string())
    }

    #[test]
    fn references_are_resolved_as_rfc_3986_says() {
        let base = "http://a/b/c/d;p?q";
        for (reference, expected) in [
            ("g", "http://a/b/c/g"),
            ("./g", "http://a/b/c/g"),
            ("g/", "http://a/b/c/g/"),
            ("/g", "http://a/g"),
            ("//g", "http://g/"),
            ("?y", "http://a/b/c/d;p?y"),
            ("g?y", "http://a/b/c/g?y"),
            ("#s", "http://a/b/c/d;p?q"),
            ("g#s", "http://a/b/c/g"),
            ("", "http://a/b/c/d;p?q"),
            (".", "http://a/b/c/"),
            ("./", "http://a/b/c/"),
            ("..", "http://a/b/"),
            ("../g", "http://a/b/g"),
            ("../..", "http://a/"),
            ("../../../g", "http://a/g"),
            ("/./g", "http://a/g"),
            ("/../g", "http://a/g"),
            ("g.", "http://a/b/c/g."),
            ("..g", "http://a/b/c/..g"),
            ("./../g", "http://a/b/g"),
            ("g/./h", "http://a/b/c/g/h"),
            ("g?y/../x", "http://a/b/c/g?y/../x"),
            ("https://h:8/x", "https://h:8/x"),
        ] {
            assert_eq!(joined(base, reference).as_deref(), Some(expected), "{reference}");
        }
    }

    #[test]
    fn what_is_no_url_of_a_server_is_not_read() {
        for text in [
            "",
            "a",
            "//a",
            "http:a",
            "http:/a",
            "http://",
            "ftp://a",
            "file:///etc/passwd",
            "javascript:x",
            "http://user@a/",
            "http://a\\b/",
            "http://a/\\b",
            "http://a b/",
            "http://a/b c",
            "http://a/\u{0}",
            "http://a/\r\nx",
            "http://a:99999/",
            "http://é/",
            "http://a/é",
            "http://[::1/",
            "http://a%2e/",
        ] {
            assert_eq!(Url::parse(text), None, "{text}");
        }
        for reference in
            ["javascript:alert(1)", "\\\\evil/", "/\\evil", "//evil\\", "data:text/plain,x"]
        {
            assert_eq!(joined("http://a/", reference), None, "{reference}");
        }
    }

    #[test]
    fn origins_are_compared_without_regard_to_case_and_default_ports() {
        let origin = |text| Url::parse(text).expect("a URL");
        assert!(origin("HTTP://A:80/x").is_same_origin(&origin("http://a/y")));
        assert!(origin("https://[::1]:443").is_same_origin(&origin("https://[::1]/")));
        for other in ["https://a", "http://a:81", "http://b", "http://a.b", "http://a."] {
            assert!(!origin("http://a").is_same_origin(&origin(other)), "{other}");
        }
    }
}

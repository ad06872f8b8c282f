//! Hosts and ports as they stand in `Host`, in `Origin` and in URLs (RFC 3986, section 3.2).
//!
//! A text becomes a host and a port, or nothing. Only what has one meaning for everybody is read: no user, no percent
//! signs, no address in an unusual spelling, no port with zeros before it; so two hosts are the same when they are equal here.

use core::net::Ipv6Addr;

use crate::uri::is_scheme;

/// A host and, when one is written, a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::http) struct Authority<'a> {
    pub(in crate::http) host: Host<'a>,
    pub(in crate::http) port: Option<u16>,
}

/// A name or an IPv4 address, or an IPv6 address.
#[derive(Clone, Copy, Debug)]
pub(in crate::http) enum Host<'a> {
    Name(&'a str),
    V6(Ipv6Addr),
}

impl<'a> Authority<'a> {
    pub(in crate::http) fn parse(text: &'a str) -> Option<Self> {
        if let Some(inside) = text.strip_prefix('[') {
            let (address, behind) = inside.split_once(']')?;
            return Some(Self { host: Host::V6(address.parse().ok()?), port: port(behind)? });
        }
        let at = text.find(':').unwrap_or(text.len());
        let (name, behind) = text.split_at_checked(at)?;
        let of_name = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
        let sound = !name.is_empty() && name.len() <= LONGEST_NAME && name.bytes().all(of_name);
        sound.then_some(Self { host: Host::Name(name), port: port(behind)? })
    }

    /// Splits an origin: a scheme, and a host and port that are not written when they are the scheme's own.
    pub(in crate::http) fn parse_origin(text: &'a str) -> Option<(&'a str, Self)> {
        let (scheme, rest) = text.split_once("://")?;
        let authority = Self::parse(rest)?;
        is_scheme(scheme).then(|| (scheme, authority.without_default_port(scheme)))
    }

    pub(in crate::http) fn without_default_port(self, scheme: &str) -> Self {
        let own = default_port(scheme);
        Self { port: self.port.filter(|port| Some(*port) != own), ..self }
    }
}

impl PartialEq for Host<'_> {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Name(one), Self::Name(two)) => one.eq_ignore_ascii_case(two),
            (Self::V6(one), Self::V6(two)) => one == two,
            _ => false,
        }
    }
}

impl Eq for Host<'_> {}

pub(in crate::http) fn default_port(scheme: &str) -> Option<u16> {
    let is = |name: &str| scheme.eq_ignore_ascii_case(name);
    if is("http") || is("ws") {
        Some(80)
    } else if is("https") || is("wss") {
        Some(443)
    } else {
        None
    }
}

/// The port behind a host: nothing, or a colon and a number in its shortest spelling.
fn port(behind: &str) -> Option<Option<u16>> {
    if behind.is_empty() {
        return Some(None);
    }
    let digits = behind.strip_prefix(':')?;
    let sound = digits.bytes().all(|byte| byte.is_ascii_digit())
        && (digits == "0" || !digits.starts_with('0'));
    sound.then(|| digits.parse().ok().map(Some))?
}

/// Names of the DNS are not longer (RFC 1035, section 2.3.4).
const LONGEST_NAME: usize = 255;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_names_and_addresses_with_a_port() {
        let name = |text| Some((Host::Name(text), None));
        let read = |text| Authority::parse(text).map(|authority| (authority.host, authority.port));
        assert_eq!(read("localhost"), name("LOCALHOST"));
        assert_eq!(read("127.0.0.1:8080"), Some((Host::Name("127.0.0.1"), Some(8080))));
        assert_eq!(read("[::1]:5"), Some((Host::V6(Ipv6Addr::LOCALHOST), Some(5))));
        assert_eq!(read("[0:0:0::1]"), Some((Host::V6(Ipv6Addr::LOCALHOST), None)));
    }

    #[test]
    fn what_could_be_read_in_two_ways_is_no_host() {
        for text in [
            "",
            ":",
            ":80",
            "a:",
            "a:b",
            "a:65536",
            "a:080",
            "a:80:80",
            "a b",
            "a/b",
            "user@a",
            "a%2eb",
            "a\\b",
            "[::1",
            "::1",
            "[::1]x",
            "[::1]:",
            "[fe80::1%25eth0]",
            "[1.2.3.4]",
            "é",
            "a#b",
            "a?b",
            "a:+80",
            "a: 80",
        ] {
            assert_eq!(Authority::parse(text), None, "{text}");
        }
        assert_eq!(Authority::parse(&"a".repeat(256)), None);
    }

    #[test]
    fn the_port_of_the_scheme_is_the_same_as_none() {
        let read = Authority::parse_origin;
        assert_eq!(read("https://a:443"), read("https://a"));
        assert_ne!(read("https://a:80"), read("https://a"));
        for text in ["null", "a", "http:/a", "http://", "://a", "1x://a", "http://a/", "http://u@a"]
        {
            assert_eq!(read(text), None, "{text}");
        }
    }
}

//! Which addresses a client may connect to, so that no URL makes it speak to what only stands behind its firewall.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Which addresses a client may connect to. It is asked about the address itself, behind the name.
///
/// ```
/// use mcp_engine_runtime::http_client::AddressPolicy;
///
/// assert!(AddressPolicy::Any.allows("127.0.0.1".parse()?));
/// assert!(!AddressPolicy::PublicOnly.allows("169.254.169.254".parse()?));
/// assert!(!AddressPolicy::PublicOnly.allows("::ffff:10.0.0.1".parse()?));
/// assert!(AddressPolicy::PublicOnly.allows("93.184.216.34".parse()?));
/// # Ok::<(), std::net::AddrParseError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AddressPolicy {
    /// Any: the URL comes from somebody who may speak to all that this machine may speak to.
    #[default]
    Any,
    /// Addresses that the whole internet has, for URLs that come from elsewhere. Loopback, private and link-local ones are refused, those of
    /// metadata services among them, and so are multicast, documentation, reserved and unspecified ones, and IPv6 addresses that stand
    /// for an IPv4 address.
    PublicOnly,
}

impl AddressPolicy {
    /// Whether a client may connect there.
    pub fn allows(self, address: IpAddr) -> bool {
        match (self, address) {
            (Self::Any, _) => true,
            (Self::PublicOnly, IpAddr::V4(address)) => is_public_v4(address),
            (Self::PublicOnly, IpAddr::V6(address)) => is_public_v6(address),
        }
    }
}

/// By the registry of special addresses (IANA, RFC 6890 and its updates).
fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let is_special = match (a, b, c) {
        // This network, private, loopback, and from multicast on.
        (0 | 10 | 127 | 224..=255, ..) => true,
        // Shared between a provider and its customers.
        (100, 64..=127, _) => true,
        // Link-local: metadata services stand there.
        (169, 254, _) => true,
        (172, 16..=31, _) | (192, 168, _) => true,
        // Protocol assignments, documentation, the anycast of 6to4.
        (192, 0, 0 | 2) | (192, 88, 99) => true,
        // Benchmarks and documentation.
        (198, 18..=19, _) | (198, 51, 100) | (203, 0, 113) => true,
        // Answers to hosts of a cloud about themselves.
        (168, 63, 129) => true,
        _ => false,
    };
    !is_special
}

/// Only what is given out as global unicast, 2000::/3, without the parts of it that are special.
fn is_public_v6(address: Ipv6Addr) -> bool {
    let [first, second, ..] = address.segments();
    let is_global = first & 0xe000 == 0x2000;
    let is_special = match (first, second) {
        // Teredo, ORCHID, documentation and what else is assigned to protocols.
        (0x2001, 0..=0x01ff | 0x0db8) => true,
        // 6to4 carries an IPv4 address.
        (0x2002, _) => true,
        // Documentation.
        (0x3fff, 0..=0x0fff) => true,
        _ => false,
    };
    is_global && !is_special
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(address: &str) -> bool {
        AddressPolicy::PublicOnly.allows(address.parse().expect("an address"))
    }

    #[test]
    fn addresses_of_this_machine_and_its_networks_are_not_public() {
        for address in [
            "0.0.0.0",
            "127.0.0.1",
            "127.255.255.255",
            "10.1.2.3",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.0.1",
            "100.64.0.1",
            "169.254.169.254",
            "168.63.129.16",
            "192.0.2.1",
            "198.18.0.1",
            "198.51.100.7",
            "203.0.113.9",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "fe80::1",
            "fc00::1",
            "fd00:ec2::254",
            "ff02::1",
            "2001:db8::1",
            "2001::1",
            "2002:7f00:1::",
            "3fff::1",
            "fec0::1",
            "100::1",
        ] {
            assert!(!allowed(address), "{address}");
        }
    }

    #[test]
    fn addresses_that_stand_for_another_one_are_not_public() {
        for address in [
            "::ffff:93.184.216.34",
            "::ffff:127.0.0.1",
            "::127.0.0.1",
            "64:ff9b::7f00:1",
            "64:ff9b:1::1",
        ] {
            assert!(!allowed(address), "{address}");
        }
    }

    #[test]
    fn addresses_of_the_internet_are_public() {
        for address in [
            "1.1.1.1",
            "93.184.216.34",
            "172.15.0.1",
            "172.32.0.1",
            "100.63.0.1",
            "100.128.0.1",
            "192.0.1.1",
            "223.255.255.255",
            "2606:4700::1111",
            "2a00:1450::1",
            "2001:4860:4860::8888",
        ] {
            assert!(allowed(address), "{address}");
        }
    }
}

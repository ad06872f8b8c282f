//! Which revisions an endpoint serves.

use core::fmt;

use crate::version::{Era, Version};

/// A set of revisions.
///
/// ```
/// use mcp_engine_proto::http::Versions;
/// use mcp_engine_proto::version::Version;
///
/// let served = Versions::only(Version::LATEST).with(Version::V2025_06_18);
/// assert_eq!(served.to_string(), "2026-07-28, 2025-06-18");
/// assert!(!served.contains(Version::V2025_11_25));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Versions(u8);

impl Versions {
    /// All of them.
    pub const ALL: Self = Self(0b1_1111);
    /// Those with a handshake.
    pub const LEGACY: Self = Self(0b0_1111);
    /// Those without.
    pub const MODERN: Self = Self(0b1_0000);

    /// One alone.
    pub const fn only(version: Version) -> Self {
        Self(1 << version as u8)
    }

    /// The set with one more.
    #[must_use]
    pub const fn with(self, version: Version) -> Self {
        Self(self.0 | Self::only(version).0)
    }

    /// Whether the set has that one.
    pub const fn contains(self, version: Version) -> bool {
        self.0 & Self::only(version).0 != 0
    }

    /// Whether the set has one of that era.
    pub const fn serves(self, era: Era) -> bool {
        let of_era = match era {
            Era::Legacy => Self::LEGACY,
            Era::Modern => Self::MODERN,
        };
        self.0 & of_era.0 != 0
    }

    /// The newest first.
    pub fn iter(self) -> impl Iterator<Item = Version> {
        Version::ALL.into_iter().rev().filter(move |version| self.contains(*version))
    }
}

impl Default for Versions {
    fn default() -> Self {
        Self::ALL
    }
}

impl FromIterator<Version> for Versions {
    fn from_iter<I: IntoIterator<Item = Version>>(versions: I) -> Self {
        versions.into_iter().fold(Self(0), Self::with)
    }
}

impl fmt::Display for Versions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, version) in self.iter().enumerate() {
            let comma = if at > 0 { ", " } else { "" };
            write!(f, "{comma}{version}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_eras_share_the_revisions_among_them() {
        for version in Version::ALL {
            assert!(Versions::ALL.contains(version));
            assert_eq!(Versions::LEGACY.contains(version), version.era() == Era::Legacy);
            assert_eq!(Versions::MODERN.contains(version), version.era() == Era::Modern);
            assert!(Versions::only(version).serves(version.era()));
        }
        assert_eq!(Version::ALL.into_iter().collect::<Versions>(), Versions::ALL);
        assert!(!Versions::MODERN.serves(Era::Legacy));
    }
}

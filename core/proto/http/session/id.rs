//! Session ids: 192 bits that nobody can guess, as text.

use core::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// Random bytes for one session id. They must come from a cryptographically secure source and be used once: whoever
/// can tell them can tell the id.
#[derive(Clone, Copy)]
pub struct Entropy(pub [u8; 24]);

/// The id of a session: 32 letters, digits, `-` and `_`. It says which session, and proves nothing about who asks.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct SessionId([u8; Self::LEN]);

impl SessionId {
    /// Length of every id, in bytes.
    pub const LEN: usize = 32;

    /// The id that these bytes spell.
    pub(super) fn new(entropy: Entropy) -> Self {
        let mut text = [0; Self::LEN];
        // 24 bytes are 32 digits of base64, so that the room is always enough.
        let written = URL_SAFE_NO_PAD.encode_slice(entropy.0, &mut text);
        debug_assert_eq!(written, Ok(Self::LEN));
        Self(text)
    }

    /// The id as the header has it.
    pub fn as_str(&self) -> &str {
        core::str::from_utf8(&self.0).unwrap_or_default()
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Shows the beginning alone: whoever reads a log must not be able to take part in the session.
impl fmt::Debug for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SessionId({}…)", self.as_str().get(..6).unwrap_or_default())
    }
}

impl fmt::Debug for Entropy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Entropy(…)")
    }
}

/// Whether two texts are the same, in a time that tells nothing about where they differ. How long they are is no
/// secret.
pub(super) fn is_same(one: &[u8], other: &[u8]) -> bool {
    let differing = one.iter().zip(other).fold(0, |bits, (a, b)| bits | (a ^ b));
    one.len() == other.len() && core::hint::black_box(differing) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_visible_ascii_and_is_not_shown_in_full() {
        for byte in [0, 1, 0x7f, 0xff] {
            let id = SessionId::new(Entropy([byte; 24]));
            assert_eq!(id.as_str().len(), SessionId::LEN);
            assert!(id.as_str().bytes().all(|byte| byte.is_ascii_graphic()));
            assert!(!format!("{id:?}").contains(id.as_str()));
        }
        let one = SessionId::new(Entropy([1; 24]));
        assert_ne!(one, SessionId::new(Entropy([2; 24])));
        assert_eq!(format!("{:?}", Entropy([7; 24])), "Entropy(…)");
    }

    #[test]
    fn texts_are_the_same_when_every_byte_is() {
        assert!(is_same(b"", b"") && is_same(b"abc", b"abc"));
        for (one, other) in
            [("abc", "abd"), ("abc", "ab"), ("ab", "abc"), ("", "a"), ("xbc", "abc")]
        {
            assert!(!is_same(one.as_bytes(), other.as_bytes()), "{one} {other}");
        }
    }
}

//! What a server lets its clients carry for it, sealed: `requestState` (MCP 2026-07-28, multi round-trip requests).
//!
//! A server that needs input keeps nothing. It hands its state to the client, who brings it back with the input; on the way it is in
//! the hands of someone who may read it, change it, or bring it to another request. Here it is encrypted and authenticated together
//! with the principal, the request and an expiry, so that none of this works. What it cannot do alone is to be good for
//! one use only: that takes a memory of the used ones on the server.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce};

use crate::Now;
use crate::error::{INVALID_PARAMS, rules};
use crate::json::{Raw, canonical};
use crate::message::Method;

/// A secret key for `requestState`. All processes that serve the same clients share it.
///
/// ```
/// use mcp_engine_proto::state::{Binding, StateKey, StateRule};
/// use mcp_engine_proto::{Method, Now, json::Raw};
///
/// let key = StateKey::new([7; 32]);
/// let params = Raw::parse(r#"{"name":"book","arguments":{"room":12}}"#)?;
/// let binding = Binding { principal: b"alice", method: Method::CallTool, params: Some(params) };
/// let now = Now { mono_ns: 0, unix_ms: 1_000 };
/// let state = key.seal(b"step 2", &binding, now.after(60_000_000_000), [1; 24]);
///
/// assert_eq!(key.open(&state, &binding, now)?, b"step 2");
/// let other = Binding { principal: b"mallory", ..binding };
/// assert_eq!(key.open(&state, &other, now), Err(StateRule::Forged));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct StateKey(XChaCha20Poly1305);

/// What a state is good for: it opens for no one else and for nothing else.
#[derive(Clone, Copy, Debug)]
pub struct Binding<'a> {
    /// Who makes the request, as the server has authenticated it; empty when it has not.
    pub principal: &'a [u8],
    /// The method of the request.
    pub method: Method,
    /// Its parameters. `_meta`, `inputResponses` and `requestState` do not count, nor does how the rest is spelled.
    pub params: Option<Raw<'a>>,
}

rules! {
    /// Why a state is refused.
    StateRule {
        Malformed = "state-malformed": "the request state is not one of ours",
        Expired = "state-expired": "the request state has expired",
        Forged = "state-forged": "the request state was altered, or is not for this request",
    }
}

impl StateRule {
    /// The JSON-RPC error code with which a client is told.
    pub const fn code(self) -> i32 {
        INVALID_PARAMS
    }
}

impl std::error::Error for StateRule {}

impl StateKey {
    /// A key from 32 secret random bytes.
    pub fn new(key: [u8; 32]) -> Self {
        Self(XChaCha20Poly1305::new(&key.into()))
    }

    /// Seals a state until `expires` by the wall clock. `nonce` is 24 random bytes, fresh each time. The result is URL-safe ASCII, 44
    /// bytes longer than four thirds of the state.
    pub fn seal(
        &self,
        state: &[u8],
        binding: &Binding<'_>,
        expires: Now,
        nonce: [u8; 24],
    ) -> String {
        let head = Head { expires_ms: expires.unix_ms, nonce };
        let context = binding.context(&head);
        let payload = Payload { msg: state, aad: &context };
        // Sealing fails above 256 GiB only.
        let sealed = self.0.encrypt(&XNonce::from(nonce), payload).unwrap_or_default();
        let mut bytes = head.to_bytes().to_vec();
        bytes.extend_from_slice(&sealed);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Opens a state that a client has brought back.
    ///
    /// # Errors
    ///
    /// A [`StateRule`], with which the request must be refused. Takes the same time whatever is wrong with the seal.
    pub fn open(
        &self,
        sealed: &str,
        binding: &Binding<'_>,
        now: Now,
    ) -> Result<Vec<u8>, StateRule> {
        let bytes = URL_SAFE_NO_PAD.decode(sealed).map_err(|_| StateRule::Malformed)?;
        let (head, sealed) = Head::from_bytes(&bytes).ok_or(StateRule::Malformed)?;
        let context = binding.context(&head);
        let payload = Payload { msg: sealed, aad: &context };
        let state = self.0.decrypt(&XNonce::from(head.nonce), payload);
        let state = state.map_err(|_| StateRule::Forged)?;
        if head.expires_ms < now.unix_ms { Err(StateRule::Expired) } else { Ok(state) }
    }
}

impl core::fmt::Debug for StateKey {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("StateKey(…)")
    }
}

/// What stands before the sealed bytes, in the clear.
struct Head {
    expires_ms: i64,
    nonce: [u8; 24],
}

impl Head {
    fn to_bytes(&self) -> [u8; HEAD] {
        let mut bytes = [FORMAT; HEAD];
        let (expires, nonce) = bytes.split_at_mut(9);
        expires
            .iter_mut()
            .skip(1)
            .zip(self.expires_ms.to_be_bytes())
            .for_each(|(to, from)| *to = from);
        nonce.copy_from_slice(&self.nonce);
        bytes
    }

    fn from_bytes(bytes: &[u8]) -> Option<(Self, &[u8])> {
        let (format, rest) = bytes.split_first()?;
        let (expires, rest) = rest.split_first_chunk::<8>()?;
        let (nonce, sealed) = rest.split_first_chunk::<24>()?;
        (*format == FORMAT)
            .then(|| (Self { expires_ms: i64::from_be_bytes(*expires), nonce: *nonce }, sealed))
    }
}

impl Binding<'_> {
    /// Everything that the state is bound to, each part behind its length.
    fn context(&self, head: &Head) -> Vec<u8> {
        let mut out = head.to_bytes().to_vec();
        canonical::part(&mut out, self.principal);
        canonical::part(&mut out, self.method.name().as_bytes());
        if let Some(params) = self.params {
            let own = |name: &str| matches!(name, "_meta" | "inputResponses" | "requestState");
            canonical::object(&mut out, params, own);
        }
        out
    }
}

/// The first byte of every state.
const FORMAT: u8 = 1;
/// Format, expiry, nonce.
const HEAD: usize = 1 + 8 + 24;

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Now = Now { mono_ns: 0, unix_ms: 1_000_000 };

    fn key() -> StateKey {
        StateKey::new([3; 32])
    }

    fn binding(params: &str) -> Binding<'_> {
        let params = Some(Raw::parse(params).unwrap());
        Binding { principal: b"alice", method: Method::CallTool, params }
    }

    fn sealed(params: &str) -> String {
        key().seal(b"secret", &binding(params), NOW.after(1_000_000_000), [9; 24])
    }

    #[test]
    fn row_81_a_state_opens_for_the_same_request_only() {
        let state = sealed(r#"{"name":"a","arguments":{"x":1}}"#);
        let open = |params| key().open(&state, &binding(params), NOW);
        assert_eq!(open(r#"{"name":"a","arguments":{"x":1}}"#).unwrap(), b"secret");
        assert_eq!(open(r#"{"name":"b","arguments":{"x":1}}"#), Err(StateRule::Forged));
        assert_eq!(open(r#"{"name":"a","arguments":{"x":2}}"#), Err(StateRule::Forged));
        let prompt = Binding { method: Method::GetPrompt, ..binding(r#"{"name":"a"}"#) };
        assert_eq!(key().open(&state, &prompt, NOW), Err(StateRule::Forged));
    }

    #[test]
    fn what_the_retry_adds_and_how_it_is_spelled_does_not_matter() {
        let state = sealed(r#"{"name":"a","arguments":{"x":1,"y":["\u0061"]}}"#);
        let retry = r#"{ "requestState":"…","_meta":{"progressToken":2},"inputResponses":{"k":{}},
            "arguments":{"y":["a"],"x":1}, "name":"a" }"#;
        assert!(key().open(&state, &binding(retry), NOW).is_ok());
    }

    #[test]
    fn row_81_every_altered_byte_is_noticed() {
        let state = sealed("{}");
        let mut bytes = URL_SAFE_NO_PAD.decode(&state).unwrap();
        for at in 0..bytes.len() {
            bytes[at] ^= 1;
            let altered = URL_SAFE_NO_PAD.encode(&bytes);
            assert!(key().open(&altered, &binding("{}"), NOW).is_err(), "byte {at}");
            bytes[at] ^= 1;
        }
        assert!(key().open(&state, &binding("{}"), NOW).is_ok());
    }

    #[test]
    fn a_state_expires_and_garbage_is_refused() {
        let late = NOW.after(1_001_000_000);
        assert_eq!(key().open(&sealed("{}"), &binding("{}"), late), Err(StateRule::Expired));
        for garbage in ["", "AA", "not base64!", "====", &"A".repeat(500)] {
            assert!(key().open(garbage, &binding("{}"), NOW).is_err(), "{garbage}");
        }
        let other = StateKey::new([4; 32]);
        assert_eq!(other.open(&sealed("{}"), &binding("{}"), NOW), Err(StateRule::Forged));
    }

    #[test]
    fn nothing_of_the_state_can_be_read() {
        let bytes = URL_SAFE_NO_PAD.decode(sealed("{}")).unwrap();
        assert!(!bytes.windows(6).any(|window| window == b"secret"));
    }
}

//! Results that may be used again: the cache of a client (MCP 2026-07-28, caching).

use std::collections::BTreeMap;

use crate::Now;
use crate::json::{Raw, canonical};
use crate::message::{Kind, Message, Method};

/// Results of listings and reads, kept as long as their server allows.
///
/// ```
/// use mcp_engine_proto::endpoint::{Cache, CacheLimits};
/// use mcp_engine_proto::{Decoder, Method, Now};
///
/// let mut decoder = Decoder::default();
/// decoder.feed(b"{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"resultType\":\"complete\",\"tools\":[],\
///     \"ttlMs\":1000,\"cacheScope\":\"public\"}}\n")?;
/// let answer = decoder.poll().unwrap()?;
///
/// let (mut cache, now) = (Cache::new(CacheLimits::default()), Now::default());
/// assert!(cache.store(Method::ListTools, None, b"alice", &answer, now));
/// assert!(cache.look_up(Method::ListTools, None, b"bob", now.after(999_000_000)).is_some());
/// assert!(cache.look_up(Method::ListTools, None, b"bob", now.after(1_000_000_000)).is_none());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Cache {
    limits: CacheLimits,
    entries: BTreeMap<Key, Entry>,
    /// The keys by when they were used last.
    uses: BTreeMap<u64, Key>,
    next_use: u64,
    bytes: usize,
}

/// Bounds of a [`Cache`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CacheLimits {
    /// Most results. The one used longest ago makes room. Default 1,024.
    pub entries: u32,
    /// Most bytes of results. Default 32 MiB.
    pub bytes: u32,
    /// Longest time that a result is kept, whatever the server says, in milliseconds. Default a day.
    pub ttl_ms: u64,
}

/// What a result answers, and for whom.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    method: Method,
    params: Box<[u8]>,
    /// The authorization context that alone may see it; `None` when anyone may.
    principal: Option<Box<[u8]>>,
}

#[derive(Debug)]
struct Entry {
    answer: Message,
    expires_ns: u64,
    used: u64,
}

impl Default for CacheLimits {
    fn default() -> Self {
        Self { entries: 1024, bytes: 32 << 20, ttl_ms: 24 * 60 * 60 * 1000 }
    }
}

impl Cache {
    /// An empty cache.
    pub fn new(limits: CacheLimits) -> Self {
        Self { limits, entries: BTreeMap::new(), uses: BTreeMap::new(), next_use: 0, bytes: 0 }
    }

    /// A result that is still fresh, for the same method and parameters and for that principal.
    pub fn look_up(
        &mut self,
        method: Method,
        params: Option<Raw<'_>>,
        principal: &[u8],
        now: Now,
    ) -> Option<Message> {
        if is_long(params, principal) {
            return None;
        }
        let params = canonical_params(params);
        for principal in [Some(principal), None] {
            let key = Key { method, params: params.clone(), principal: principal.map(Into::into) };
            let Some(entry) = self.entries.get(&key) else { continue };
            if entry.expires_ns <= now.mono_ns {
                self.remove(&key);
                continue;
            }
            return self.touch(&key);
        }
        None
    }

    /// Keeps an answer, if the server allows it, there is memory for it, and parameters and principal have at most 8 KiB; tells whether it does.
    pub fn store(
        &mut self,
        method: Method,
        params: Option<Raw<'_>>,
        principal: &[u8],
        answer: &Message,
        now: Now,
    ) -> bool {
        let Some((ttl_ms, scope)) = permission(method, answer) else { return false };
        if is_long(params, principal) {
            return false;
        }
        let ttl_ns = ttl_ms.min(self.limits.ttl_ms).saturating_mul(1_000_000);
        let principal = match scope {
            Scope::Public => None,
            Scope::Private => Some(principal.into()),
        };
        let key = Key { method, params: canonical_params(params), principal };
        self.remove(&key);
        let size = answer.as_str().len();
        if ttl_ns == 0 || !self.make_room(size) {
            return false;
        }
        // Where there is no memory, nothing is kept.
        let Ok(answer) = answer.try_detach() else { return false };
        let used = self.next_use;
        self.next_use = self.next_use.wrapping_add(1);
        self.bytes = self.bytes.saturating_add(size);
        self.uses.insert(used, key.clone());
        let expires_ns = now.mono_ns.saturating_add(ttl_ns);
        self.entries.insert(key, Entry { answer, expires_ns, used });
        true
    }

    /// Forgets what a notification of the server says has changed.
    pub fn invalidate(&mut self, notification: &Message) {
        match notification.method() {
            Some(Method::ToolListChanged) => self.forget(Method::ListTools),
            Some(Method::PromptListChanged) => self.forget(Method::ListPrompts),
            Some(Method::ResourceListChanged) => {
                self.forget(Method::ListResources);
                self.forget(Method::ListResourceTemplates);
            }
            Some(Method::ResourceUpdated) => {
                let uri = notification.params().and_then(|params| params.get("uri"));
                self.forget_read(uri);
            }
            _ => {}
        }
    }

    /// Forgets all results of a method: all pages of a listing, for instance when the server refuses a cursor.
    pub fn forget(&mut self, method: Method) {
        self.forget_where(|key| key.method == method);
    }

    /// How many results are kept.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether nothing is kept.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Forgets what was read of a resource; of all when it is not said which.
    fn forget_read(&mut self, uri: Option<Raw<'_>>) {
        let mut wanted = Vec::new();
        if let Some(uri) = uri {
            canonical::part(&mut wanted, b"uri");
            canonical::value(&mut wanted, uri);
        }
        self.forget_where(|key| {
            key.method == Method::ReadResource
                && (wanted.is_empty() || memchr::memmem::find(&key.params, &wanted).is_some())
        });
    }

    fn forget_where(&mut self, is_stale: impl Fn(&Key) -> bool) {
        while let Some(key) = self.entries.keys().find(|key| is_stale(key)).cloned() {
            self.remove(&key);
        }
    }

    fn touch(&mut self, key: &Key) -> Option<Message> {
        let used = self.next_use;
        self.next_use = self.next_use.wrapping_add(1);
        let entry = self.entries.get_mut(key)?;
        if let Some(key) = self.uses.remove(&entry.used) {
            self.uses.insert(used, key);
        }
        entry.used = used;
        Some(entry.answer.clone())
    }

    fn remove(&mut self, key: &Key) {
        if let Some(entry) = self.entries.remove(key) {
            self.uses.remove(&entry.used);
            self.bytes = self.bytes.saturating_sub(entry.answer.as_str().len());
        }
    }

    /// Makes room for that many bytes; `false` when that cannot be.
    fn make_room(&mut self, size: usize) -> bool {
        let (entries, bytes) = (self.limits.entries as usize, self.limits.bytes as usize);
        if size > bytes || entries == 0 {
            return false;
        }
        while self.entries.len() >= entries || self.bytes.saturating_add(size) > bytes {
            let Some((_, oldest)) = self.uses.first_key_value() else { break };
            let oldest = oldest.clone();
            self.remove(&oldest);
        }
        true
    }
}

/// For whom a result is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Scope {
    Public,
    Private,
}

/// How long an answer may be kept, in milliseconds, and for whom; `None` when it may not.
fn permission(method: Method, answer: &Message) -> Option<(u64, Scope)> {
    let has_hints = matches!(
        method,
        Method::Discover
            | Method::ListTools
            | Method::ListPrompts
            | Method::ListResources
            | Method::ListResourceTemplates
            | Method::ReadResource
    );
    let result = answer.result().filter(|_| has_hints && answer.kind() == Kind::Response)?;
    let result_type = answer.as_ref().result_type();
    if result_type.is_some_and(|kind| kind.spelling() != r#""complete""#) {
        return None;
    }
    let ttl_ms = result.get("ttlMs")?.as_u64()?;
    // Whoever does not say that others may see it means that they may not.
    let scope = result.get("cacheScope").and_then(Raw::string);
    let is_public = scope.is_some_and(|scope| scope == "public");
    Some((ttl_ms, if is_public { Scope::Public } else { Scope::Private }))
}

/// Whether a key would be longer than what is kept.
fn is_long(params: Option<Raw<'_>>, principal: &[u8]) -> bool {
    let params = params.map_or(0, |params| params.spelling().len());
    params.saturating_add(principal.len()) > LONGEST_KEY
}

/// Longest parameters and principal under which a result is kept, in bytes.
const LONGEST_KEY: usize = 8 << 10;

fn canonical_params(params: Option<Raw<'_>>) -> Box<[u8]> {
    let mut out = Vec::new();
    canonical::object(&mut out, params.unwrap_or(Raw::new("{}")), |name| name == "_meta");
    out.into()
}

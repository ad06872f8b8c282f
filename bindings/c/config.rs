//! What an application decides before it opens something.

use mcp_engine::Limits;
use mcp_engine::connection::{Config, Extend, Patience, Topology, UnknownMethods};
use mcp_engine::json::Raw;
use mcp_engine::version::Version;

use crate::names::version_of;
use crate::pointer::{Ptr, Userdata};
use crate::reading::seed;
use crate::status::Failure;
use crate::text::mcpe_str;

/// Bounds on what one stream may make the library hold or do. Zero in a member is its default.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct mcpe_limits {
    /// `sizeof(mcpe_limits)`.
    pub size: usize,
    /// Longest message, in bytes. Default 16 MiB, at most 1 GiB.
    pub message_bytes: u32,
    /// Longest server-sent event, in bytes. Default 16 MiB, at most 1 GiB.
    pub event_bytes: u32,
    /// Deepest nesting. Default 128, which is the most.
    pub depth: u32,
    /// Most values in one message. Default 500,000.
    pub items: u32,
    /// Most messages in one batch. Default 1,000.
    pub batch: u32,
    /// Longest id or progress token, in bytes. Default 1 KiB.
    pub id_bytes: u32,
    /// Most bytes of arenas that kept messages may pin; beyond it messages are copied out. Default 16 MiB.
    pub retained: u32,
    /// Most requests of the peer that wait for an answer. Default 1,024.
    pub peer_requests: u32,
    /// Most requests of our own that wait for an answer. Default 65,536.
    pub own_requests: u32,
    /// Most bytes that wait to be transmitted. Default 64 MiB.
    pub outbox_bytes: u32,
    /// Most events that wait to be polled. Default 4,096.
    pub events: u32,
    /// Most subscriptions of one peer. Default 1,024.
    pub subscriptions: u32,
    /// Longest URI that is subscribed to, in bytes. Default 8 KiB.
    pub uri_bytes: u32,
    /// 0.
    pub reserved: u32,
}

/// How one side of a conversation presents itself and what it accepts. Zero in a member is its default.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct mcpe_config {
    /// `sizeof(mcpe_config)`.
    pub size: usize,
    /// One of `MCPE_ROLE_…`; there is no default.
    pub role: u32,
    /// One of `MCPE_TOPOLOGY_…`.
    pub topology: u32,
    /// The revisions that are spoken: `1 << MCPE_REVISION_…` for each. 0 for all.
    pub revisions: u32,
    /// The `MCPE_REVISION_…` that a client knows its server to speak, which is tried first. 0 for none.
    pub known_revision: u32,
    /// One of `MCPE_UNKNOWN_METHODS_…`.
    pub unknown_methods: u32,
    /// One of `MCPE_PROGRESS_…`.
    pub progress: u32,
    /// The name of the implementation.
    pub name: mcpe_str,
    /// Its version.
    pub version: mcpe_str,
    /// In place of both, an object as in the schema.
    pub implementation: mcpe_str,
    /// The capabilities: an object as in the schema. None is an empty one.
    pub capabilities: mcpe_str,
    /// How a server says that it wants to be used, if it says so.
    pub instructions: mcpe_str,
    /// How long a client waits for the answer to `server/discover` before it tries `initialize`, in nanoseconds. Default 5 seconds.
    pub probe_ns: u64,
    /// How long a client waits for the answer to `initialize`, in nanoseconds. Default a minute.
    pub handshake_ns: u64,
    /// How long a request may be without a sign of life, in nanoseconds. Default a minute; `MCPE_FOREVER` for no limit.
    pub idle_ns: u64,
    /// How long a request may take in all, in nanoseconds. Default an hour; `MCPE_FOREVER` for no limit.
    pub total_ns: u64,
    /// Secret bits that keep a peer from choosing ids that collide; random ones where all are zero.
    pub seed: [u64; 2],
    /// Bounds; `NULL` for the defaults.
    pub limits: Ptr<mcpe_limits>,
    /// The caller's: `mcpe_connection_userdata` gives it back.
    pub userdata: Userdata,
    /// Is called with `userdata` when what was made is freed, or could not be made; may be `NULL`.
    pub destroy: mcpe_destructor,
}

/// Frees what a caller has given in its care. It is called exactly once, on whichever thread.
pub type mcpe_destructor = Option<unsafe extern "C" fn(userdata: Userdata)>;

/// Calls tools and reads resources.
pub const MCPE_ROLE_CLIENT: u32 = 1;
/// Offers them.
pub const MCPE_ROLE_SERVER: u32 = 2;
/// One stream in each direction: stdio, sockets, WebSocket.
pub const MCPE_TOPOLOGY_DUPLEX: u32 = 0;
/// A stream for each request, and one for what is not part of any: HTTP.
pub const MCPE_TOPOLOGY_HTTP: u32 = 1;
/// Requests with methods that MCP does not have are answered with an error.
pub const MCPE_UNKNOWN_METHODS_REFUSE: u32 = 0;
/// They go to the application, as extensions and proxies need it.
pub const MCPE_UNKNOWN_METHODS_DELIVER: u32 = 1;
/// Progress gives a request more time, up to the total.
pub const MCPE_PROGRESS_EXTENDS: u32 = 0;
/// It does not.
pub const MCPE_PROGRESS_CHANGES_NOTHING: u32 = 1;
/// No limit, where 0 is a default.
pub const MCPE_FOREVER: u64 = 18446744073709551615;

const _: () = assert!(MCPE_FOREVER.checked_add(1).is_none());

/// A pointer of the caller's that was given in our care.
#[derive(Debug)]
pub struct Care {
    userdata: Userdata,
    destroy: mcpe_destructor,
}

impl Care {
    /// A pointer, and what frees it.
    pub fn new(userdata: Userdata, destroy: mcpe_destructor) -> Self {
        Self { userdata, destroy }
    }

    /// Nothing that has to be freed.
    pub(crate) fn none() -> Self {
        Self::new(Userdata::NULL, None)
    }

    /// The pointer.
    pub fn userdata(&self) -> Userdata {
        self.userdata
    }
}

impl Drop for Care {
    fn drop(&mut self) {
        if let Some(destroy) = self.destroy.take() {
            // SAFETY: the caller has promised a function of this type that returns; it is called here and nowhere else.
            unsafe { destroy(self.userdata) };
        }
    }
}

impl mcpe_limits {
    /// The limits, with the defaults where nothing is said.
    pub fn read(&self) -> Result<Limits, Failure> {
        let usual = Limits::default();
        let or = |wanted: u32, usual: u32| if wanted == 0 { usual } else { wanted };
        let depth = or(self.depth, u32::from(usual.depth));
        Ok(Limits {
            message_bytes: or(self.message_bytes, usual.message_bytes),
            event_bytes: or(self.event_bytes, usual.event_bytes),
            depth: u8::try_from(depth).map_err(|_| Failure::Value("depth"))?,
            items: or(self.items, usual.items),
            batch: or(self.batch, usual.batch),
            id_bytes: or(self.id_bytes, usual.id_bytes),
            retained: or(self.retained, usual.retained),
            peer_requests: or(self.peer_requests, usual.peer_requests),
            own_requests: or(self.own_requests, usual.own_requests),
            outbox_bytes: or(self.outbox_bytes, usual.outbox_bytes),
            events: or(self.events, usual.events),
            subscriptions: or(self.subscriptions, usual.subscriptions),
            uri_bytes: or(self.uri_bytes, usual.uri_bytes),
            ..usual
        })
    }
}

impl mcpe_config {
    /// The configuration of one side.
    pub(crate) fn read(&self) -> Result<Config, Failure> {
        let mut config = self.presented()?;
        config.topology = match self.topology {
            MCPE_TOPOLOGY_DUPLEX => Topology::Duplex,
            MCPE_TOPOLOGY_HTTP => Topology::Http,
            _ => return Err(Failure::Value("topology")),
        };
        config.unknown_methods = match self.unknown_methods {
            MCPE_UNKNOWN_METHODS_REFUSE => UnknownMethods::Refuse,
            MCPE_UNKNOWN_METHODS_DELIVER => UnknownMethods::Deliver,
            _ => return Err(Failure::Value("unknown_methods")),
        };
        if self.known_revision != 0 {
            let known = version_of(self.known_revision);
            config.known = Some(known.ok_or(Failure::Value("known_revision"))?);
        }
        if self.revisions != 0 {
            config.versions = revisions(self.revisions)?;
        }
        config.patience = patience(self.idle_ns, self.total_ns, self.progress, config.patience)?;
        config.probe_ns = time(self.probe_ns, config.probe_ns);
        config.handshake_ns = time(self.handshake_ns, config.handshake_ns);
        config.seed = seed(self.seed);
        if !self.limits.is_null() {
            config.limits = self.limits.options()?.read()?;
        }
        Ok(config)
    }

    fn presented(&self) -> Result<Config, Failure> {
        let (name, version) = (self.name.text("name")?, self.version.text("version")?);
        let mut config = match self.role {
            MCPE_ROLE_CLIENT => Config::client(name, version),
            MCPE_ROLE_SERVER => Config::server(name, version),
            _ => return Err(Failure::Value("role")),
        };
        if let Some(implementation) = declared(&self.implementation, "implementation")? {
            config = config.implementation(implementation);
        }
        if let Some(capabilities) = declared(&self.capabilities, "capabilities")? {
            config = config.capabilities(capabilities);
        }
        if let Some(instructions) = self.instructions.optional("instructions")? {
            config = config.instructions(instructions);
        }
        Ok(config)
    }
}

/// How long a request may take: what is said, and what is usual where nothing is.
pub fn patience(
    idle_ns: u64,
    total_ns: u64,
    progress: u32,
    usual: Patience,
) -> Result<Patience, Failure> {
    let progress = match progress {
        MCPE_PROGRESS_EXTENDS => Extend::OnProgress,
        MCPE_PROGRESS_CHANGES_NOTHING => Extend::Never,
        _ => return Err(Failure::Value("progress")),
    };
    let limit = |wanted, usual| match wanted {
        0 => usual,
        MCPE_FOREVER => 0,
        wanted => wanted,
    };
    let idle_ns = limit(idle_ns, usual.idle_ns);
    Ok(Patience { idle_ns, progress, total_ns: limit(total_ns, usual.total_ns) })
}

fn time(wanted: u64, usual: u64) -> u64 {
    if wanted == 0 { usual } else { wanted }
}

/// The revisions that these bits stand for.
pub fn revisions(bits: u32) -> Result<Vec<Version>, Failure> {
    let bit = |version| 1u32.checked_shl(crate::names::number_of(version)).unwrap_or_default();
    let known = Version::ALL.into_iter().fold(0, |all, version| all | bit(version));
    if bits & !known != 0 {
        return Err(Failure::Value("revisions"));
    }
    Ok(Version::ALL.into_iter().filter(|version| bits & bit(*version) != 0).collect())
}

/// What is declared, which must be an object where there is anything.
fn declared<'a>(text: &'a mcpe_str, name: &'static str) -> Result<Option<Raw<'a>>, Failure> {
    let declared = text.json(name)?;
    crate::encode::object(declared, name)
}

const _: () = {
    assert!(size_of::<mcpe_limits>() == 64 && size_of::<mcpe_config>() == 184);
};

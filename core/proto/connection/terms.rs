//! Under which terms a request is made, and why it is refused: what needs no connection to be told.
//!
//! A modern request stands alone, so the same judgement serves one that comes over a byte stream and one that comes in a POST of its
//! own.

use super::capability::{self, needed, needed_by, needed_of_client};
use super::config::{Config, UnknownMethods};
use super::event::Context;
use super::input::{self, Fault};
use super::template::Templates;
use super::{Capabilities, LoggingLevel, refused};
use crate::error::PeerRule;
use crate::json::{Raw, write};
use crate::message::{Message, encode};
use crate::version::{Era, Role, Version};

/// The capabilities that a client declared last. Most say the same in every request.
#[derive(Clone, Debug)]
pub(crate) struct Remembered {
    spelling: Box<str>,
    version: Version,
    capabilities: Capabilities,
}

impl Default for Remembered {
    fn default() -> Self {
        Self {
            spelling: Box::default(),
            version: Version::LATEST,
            capabilities: Capabilities::NONE,
        }
    }
}

impl Remembered {
    /// Reads what a client has declared.
    #[inline]
    fn read(&mut self, declared: Raw<'_>, version: Version) -> Result<Capabilities, PeerRule> {
        if self.version == version && *self.spelling == *declared.spelling() {
            return Ok(self.capabilities);
        }
        if declared.members().is_none() {
            return Err(PeerRule::CapabilitiesMeta);
        }
        let capabilities = Capabilities::read(declared, Role::Client, version);
        if declared.spelling().len() <= LONGEST {
            *self = Self { spelling: declared.spelling().into(), version, capabilities };
        }
        Ok(capabilities)
    }
}

/// Finds the terms of a request that names its revision itself.
pub(crate) fn modern(
    config: &Config,
    message: &Message,
    remembered: &mut Remembered,
) -> Result<Context, PeerRule> {
    let view = message.as_ref();
    let name = view.protocol_version().and_then(Raw::string).ok_or(PeerRule::VersionMeta)?;
    let declared = view.client_capabilities().ok_or(PeerRule::CapabilitiesMeta)?;
    let version = Version::from_name(&name.decode());
    let version = version
        .filter(|version| version.era() == Era::Modern && config.speaks(*version))
        .ok_or(PeerRule::VersionUnsupported)?;
    let capabilities = remembered.read(declared, version)?;
    Ok(Context { version, capabilities, level: level_of(message) })
}

/// Whether a method may be asked for under these terms.
#[inline]
pub(crate) fn admit(
    config: &Config,
    templates: &Templates,
    message: &Message,
    context: Context,
) -> Result<(), PeerRule> {
    let Some(method) = message.method() else {
        return match config.unknown_methods {
            UnknownMethods::Deliver => Ok(()),
            UnknownMethods::Refuse => Err(PeerRule::MethodUnknown),
        };
    };
    if method.is_notification() || !context.version.allows(method, config.role.other()) {
        return Err(PeerRule::MethodNotHere);
    }
    let offered = templates.offered(context.version);
    if !offered.has_any(needed(method, context.version)) {
        return Err(PeerRule::CapabilityNotOffered);
    }
    if !offered.has(needed_by(method, message.params(), context.version)) {
        return Err(PeerRule::ParamsNotOffered);
    }
    input::check_params(method, message.params(), context.version).map_err(Fault::theirs)?;
    if !context.capabilities.has(needed_of_client(message, offered)) {
        return Err(PeerRule::CapabilityRequired);
    }
    Ok(())
}

/// Appends the error that goes with a rule.
#[cold]
pub(crate) fn write_refusal(out: &mut Vec<u8>, config: &Config, message: &Message, rule: PeerRule) {
    let error = refused(rule, message);
    // The answer to the first request of an id must not be taken for this one.
    let id = message.id().filter(|_| rule != PeerRule::IdInFlight).map(|id| id.to_owned());
    let mut data = Vec::new();
    match rule {
        PeerRule::VersionUnsupported => write_unsupported(&mut data, config, message),
        PeerRule::CapabilityRequired => data.extend_from_slice(TASKS_REQUIRED.as_bytes()),
        _ => {}
    }
    let data = String::from_utf8(data).unwrap_or_default();
    let data = Some(Raw::new(&data)).filter(|data| !data.spelling().is_empty());
    encode::error(out, id.as_ref(), i64::from(error.code()), error.reason(), data);
}

/// The result of `server/discover`.
pub(crate) fn discover_result(config: &Config, version: Version) -> String {
    let mut out = br#"{"supportedVersions":"#.to_vec();
    write_versions(&mut out, config);
    out.extend_from_slice(br#","capabilities":"#);
    capability::write(&mut out, Raw::new(&config.capabilities), version);
    write_instructions(&mut out, config);
    out.push(b'}');
    String::from_utf8(out).unwrap_or_default()
}

pub(super) fn write_instructions(out: &mut Vec<u8>, config: &Config) {
    if let Some(instructions) = &config.instructions {
        out.extend_from_slice(br#","instructions":"#);
        write::string(out, instructions);
    }
}

/// The revisions that are spoken, newest first.
fn write_versions(out: &mut Vec<u8>, config: &Config) {
    let mut versions = config.versions.clone();
    versions.sort_unstable();
    out.push(b'[');
    for (at, version) in versions.iter().rev().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        write::string(out, version.name());
    }
    out.push(b']');
}

/// What goes with the error about a revision that is not spoken (MCP 2026-07-28, error codes).
fn write_unsupported(out: &mut Vec<u8>, config: &Config, message: &Message) {
    let named = message.as_ref().protocol_version();
    let named = named.or_else(|| message.params()?.get("protocolVersion"));
    out.extend_from_slice(br#"{"supported":"#);
    write_versions(out, config);
    out.extend_from_slice(br#","requested":"#);
    match named.filter(|named| named.string().is_some()) {
        Some(named) => out.extend_from_slice(named.spelling().as_bytes()),
        None => out.extend_from_slice(b"\"\""),
    }
    out.push(b'}');
}

/// The mildest log messages that a request asks for in its `_meta`.
fn level_of(message: &Message) -> Option<LoggingLevel> {
    let meta = message.meta()?;
    memchr::memmem::find(meta.spelling().as_bytes(), b"logLevel")?;
    let level = meta.get("io.modelcontextprotocol/logLevel")?.string()?;
    LoggingLevel::from_name(&level.decode())
}

/// What goes with the error about the only capability that a request itself can need of a client (MCP 2026-07-28, tasks).
pub(crate) const TASKS_REQUIRED: &str =
    r#"{"requiredCapabilities":{"extensions":{"io.modelcontextprotocol/tasks":{}}}}"#;
/// Longest declaration that is remembered, in bytes.
const LONGEST: usize = 4096;

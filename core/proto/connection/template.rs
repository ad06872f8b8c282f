//! What a connection says again and again, spelled once.

use super::capability::{self, Capabilities};
use super::config::Config;
use crate::json::{Raw, write};
use crate::version::{Era, Role, Version};

/// What one side says of itself: its configuration, and what follows from it. Connections of the same configuration share it.
#[derive(Debug)]
pub(crate) struct Front {
    pub(crate) config: Config,
    pub(crate) templates: Templates,
}

/// Members that stand in every request of a modern client, or every result of a modern server.
#[derive(Debug)]
pub(crate) struct Templates {
    /// Of `_meta` of a request: version, capabilities and implementation of the client.
    pub(crate) request_meta: Vec<u8>,
    /// Of `_meta` of a result: the implementation of the server.
    pub(crate) result_meta: Vec<u8>,
    /// From `"resultType"` to the text of a tool result with one text.
    pub(crate) text_result: Vec<u8>,
    /// What is offered under each revision.
    offered: [Capabilities; Version::ALL.len()],
}

impl Front {
    pub(crate) fn new(config: Config) -> Self {
        Self { templates: Templates::new(&config), config }
    }
}

impl Templates {
    fn new(config: &Config) -> Self {
        let is_client = config.role == Role::Client;
        let version = config.newest(|version| is_client && version.era() == Era::Modern);
        let request_meta = version.map_or_else(Vec::new, |version| request_meta(config, version));
        let mut result_meta = br#""io.modelcontextprotocol/serverInfo":"#.to_vec();
        result_meta.extend_from_slice(config.implementation.as_bytes());
        let mut text_result = br#"{"resultType":"complete","_meta":{"#.to_vec();
        text_result.extend_from_slice(&result_meta);
        text_result.extend_from_slice(br#"},"content":[{"type":"text","text":""#);
        // Outside of strings, in which there are none, newlines mean no more than spaces.
        text_result.iter_mut().filter(|byte| **byte == b'\n').for_each(|byte| *byte = b' ');
        let declared = Raw::new(&config.capabilities);
        let offered =
            Version::ALL.map(|version| Capabilities::read(declared, config.role, version));
        Self { request_meta, result_meta, text_result, offered }
    }

    /// Which of our capabilities a peer of that revision sees.
    #[inline]
    pub(crate) fn offered(&self, version: Version) -> Capabilities {
        self.offered.get(version as usize).copied().unwrap_or_default()
    }
}

fn request_meta(config: &Config, version: Version) -> Vec<u8> {
    let mut out = br#""io.modelcontextprotocol/protocolVersion":"#.to_vec();
    write::string(&mut out, version.name());
    out.extend_from_slice(br#","io.modelcontextprotocol/clientInfo":"#);
    out.extend_from_slice(config.implementation.as_bytes());
    out.extend_from_slice(br#","io.modelcontextprotocol/clientCapabilities":"#);
    capability::write(&mut out, Raw::new(&config.capabilities), version);
    out
}

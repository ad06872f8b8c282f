//! Extensions: what both sides have declared beside the protocol, and what each says about it.
//!
//! An extension is spoken when both sides have declared it (MCP 2026-07-28, extensions). A client declares its own in every request,
//! a server in the result of the probe; earlier revisions have none.

use super::{Connection, State};
use crate::error::{Error, Incompatible, Misuse};
use crate::json::Raw;
use crate::message::Message;
use crate::version::{Era, Role, Version};

impl Connection {
    /// The settings that the peer has declared for an extension which this side has declared too: an object. On a server `request` is
    /// the one that wants to use it, for clients declare their extensions anew in each.
    ///
    /// # Errors
    ///
    /// [`Misuse::NotOffered`] when this side has not declared it; [`Incompatible::Extension`] when the peer has not, or
    /// speaks a revision without extensions: what takes the extension has to be done without it, or refused.
    pub fn extension<'a>(
        &'a self,
        name: &str,
        request: Option<&'a Message>,
    ) -> Result<Raw<'a>, Error> {
        let own = self.front.config.declared();
        let theirs = match (self.front.config.role, &self.state) {
            (Role::Server, _) => request.and_then(declared),
            (Role::Client, State::Open(peer)) if peer.version.era() == Era::Modern => {
                Some(Raw::new(&peer.declared))
            }
            (Role::Client, _) => None,
        };
        spoken(own, theirs, name)
    }
}

/// What a client has declared in a modern request.
pub(crate) fn declared(request: &Message) -> Option<Raw<'_>> {
    let view = request.as_ref();
    let version = Version::from_name(&view.protocol_version()?.string()?.decode())?;
    view.client_capabilities().filter(|_| version.era() == Era::Modern)
}

/// The settings of an extension that both sides have declared.
pub(crate) fn spoken<'a>(
    own: Raw<'_>,
    theirs: Option<Raw<'a>>,
    name: &str,
) -> Result<Raw<'a>, Error> {
    settings(own, name).ok_or(Error::ApiMisuse(Misuse::NotOffered))?;
    let theirs = theirs.and_then(|theirs| settings(theirs, name));
    theirs.ok_or(Error::PeerIncompatible(Incompatible::Extension))
}

fn settings<'a>(declared: Raw<'a>, name: &str) -> Option<Raw<'a>> {
    declared.get("extensions")?.get(name).filter(|settings| settings.members().is_some())
}

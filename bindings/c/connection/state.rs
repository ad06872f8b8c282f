//! How far a conversation is, and what the peer has said of itself.

use core::ffi::c_char;

use mcp_engine::version::Era;

use super::event::why_closed;
use super::mcpe_connection;
use crate::boundary;
use crate::boundary::DONE;
use crate::buffer::mcpe_target;
use crate::decoder::mcpe_counters;
use crate::handle::Handle;
use crate::message::mcpe_message;
use crate::names::{bits_of, number_of};
use crate::pointer::{Out, Ptr};
use crate::status::{Failure, MCPE_NOTHING, mcpe_status};
use crate::text::text;

/// How far a conversation is.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct mcpe_standing {
    /// The `MCPE_REVISION_…` that was agreed on; 0 before the handshake, after the end, and on a server without a session.
    pub revision: u32,
    /// One of `MCPE_ERA_…`, with the revision.
    pub era: u32,
    /// What the peer has declared, bits of `MCPE_CAPABILITY_…`.
    pub peer_capabilities: u32,
    /// The `MCPE_REASON_…` for which the connection is over; 0 while it is not.
    pub closed: u32,
    /// Requests of ours that wait for an answer.
    pub own_requests: u64,
    /// Requests of the peer that wait for an answer, also those that were cancelled.
    pub peer_requests: u64,
    /// Bytes that wait to be transmitted.
    pub waiting_bytes: u64,
}

/// `initialize` first, then a session: up to MCP 2025-11-25.
pub const MCPE_ERA_LEGACY: u32 = 1;
/// No handshake, every request carries its context: MCP 2026-07-28.
pub const MCPE_ERA_MODERN: u32 = 2;

/// What the peer has declared: an object.
pub const MCPE_PEER_CAPABILITIES: u32 = 1;
/// The name and version that it gave: an object.
pub const MCPE_PEER_IMPLEMENTATION: u32 = 2;
/// How a server says that it wants to be used: a text.
pub const MCPE_PEER_INSTRUCTIONS: u32 = 3;

/// How far the conversation is. Reads the connection.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_connection_standing(
    connection: mcpe_connection,
    standing: Out<mcpe_standing>,
) -> mcpe_status {
    boundary(|| {
        let standing = standing.required("standing")?;
        standing.put(connection.read(|one| {
            let connection = &one.connection;
            let era = connection.era().map_or(0, |era| match era {
                Era::Legacy => MCPE_ERA_LEGACY,
                Era::Modern => MCPE_ERA_MODERN,
            });
            Ok(mcpe_standing {
                revision: connection.version().map_or(0, number_of),
                era,
                peer_capabilities: connection.peer_capabilities().map_or(0, bits_of),
                closed: connection.closing().map_or(0, |closing| why_closed(closing).0),
                own_requests: connection.own_requests() as u64,
                peer_requests: connection.peer_requests() as u64,
                waiting_bytes: connection.waiting_bytes() as u64,
            })
        })?);
        DONE
    })
}

/// Appends what the peer has said of itself, one of `MCPE_PEER_…`; `MCPE_NOTHING` when it has not. Reads the connection.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_connection_peer(
    connection: mcpe_connection,
    what: u32,
    to: mcpe_target,
    written: Out<usize>,
) -> mcpe_status {
    boundary(|| {
        let written = written.required("written")?;
        connection.read(|one| {
            let connection = &one.connection;
            let said = match what {
                MCPE_PEER_CAPABILITIES => connection.peer_declared().map(|raw| raw.spelling()),
                MCPE_PEER_IMPLEMENTATION => {
                    connection.peer_implementation().map(|raw| raw.spelling())
                }
                MCPE_PEER_INSTRUCTIONS => connection.instructions(),
                _ => return Err(Failure::Value("what")),
            };
            let Some(said) = said else { return Ok(MCPE_NOTHING) };
            to.write(written, said.len(), |out| out.extend_from_slice(said.as_bytes()))?;
            DONE
        })
    })
}

/// Appends the settings that the peer has declared for an extension which this side has declared too: an object. Reads the connection and the
/// request.
///
/// On a server `request` is the one that wants to use it; on a client it is the message of nothing. `MCPE_ERR_MISUSE` when this side has not
/// declared it, `MCPE_ERR_INCOMPATIBLE` when the peer has not.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_connection_extension(
    connection: mcpe_connection,
    name: Ptr<c_char>,
    name_len: usize,
    request: mcpe_message,
    to: mcpe_target,
    written: Out<usize>,
) -> mcpe_status {
    boundary(|| {
        let written = written.required("written")?;
        let name = text!(name, name_len)?;
        let request = match request.parts() {
            (0, 0) => None,
            _ => Some(request.whole(|message| Ok(message.clone()))?),
        };
        connection.read(|one| {
            let settings = one.connection.extension(name, request.as_ref())?;
            to.write(written, settings.spelling().len(), |out| {
                out.extend_from_slice(settings.spelling().as_bytes());
            })
        })?;
        DONE
    })
}

/// What was seen so far. Reads the connection.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_connection_counters(
    connection: mcpe_connection,
    counters: Out<mcpe_counters>,
) -> mcpe_status {
    boundary(|| {
        let counters = counters.required("counters")?;
        counters.put(connection.read(|one| Ok(mcpe_counters::of(one.connection.counters())))?);
        DONE
    })
}

//! What is said without being asked.

use core::ffi::c_char;

use mcp_engine::connection::Change;

use super::event::level_of;
use super::mcpe_connection;
use super::serving::put;
use crate::boundary;
use crate::boundary::DONE;
use crate::encode::object;
use crate::handle::Handle;
use crate::pointer::{Out, Ptr};
use crate::status::{Failure, mcpe_status};
use crate::text::{
    json, mcpe_id, mcpe_str, optional_id, optional_json, optional_text, required_id, text,
};

/// What has changed on a server.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct mcpe_change {
    /// `sizeof(mcpe_change)`.
    pub size: usize,
    /// One of `MCPE_CHANGE_…`.
    pub kind: u32,
    /// 0.
    pub reserved: u32,
    /// The URI of the resource, or the id of the task.
    pub name: mcpe_str,
    /// The task as in `DetailedTask`: an object.
    pub json: mcpe_str,
}

/// The list of tools.
pub const MCPE_CHANGE_TOOLS: u32 = 1;
/// The list of prompts.
pub const MCPE_CHANGE_PROMPTS: u32 = 2;
/// The list of resources.
pub const MCPE_CHANGE_RESOURCES: u32 = 3;
/// One resource.
pub const MCPE_CHANGE_RESOURCE: u32 = 4;
/// One task (the extension `io.modelcontextprotocol/tasks`).
pub const MCPE_CHANGE_TASK: u32 = 5;

/// Says something to the peer. `params` is an object or `NULL`, `related` the request of the peer that it belongs to, or `NULL`. Changes the
/// connection.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_connection_notify(
    connection: mcpe_connection,
    method: Ptr<c_char>,
    method_len: usize,
    params: Ptr<c_char>,
    params_len: usize,
    related: Ptr<mcpe_id>,
) -> mcpe_status {
    boundary(|| {
        let (method, related) = (text!(method, method_len)?, optional_id(related, "related")?);
        let params = object(optional_json!(params, params_len)?, "params")?;
        connection.change(|one| Ok(one.connection.notify(method, params, related.as_ref())?))?;
        DONE
    })
}

/// Sends a log message, if the client wants those of that `MCPE_LEVEL_…`: in the session, or while `related` is served. `logger` and `related` may
/// be `NULL`; `content` is any JSON value. `delivery` is one of `MCPE_DELIVERY_…`. Changes the connection.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_connection_log(
    connection: mcpe_connection,
    level: u32,
    logger: Ptr<c_char>,
    logger_len: usize,
    content: Ptr<c_char>,
    content_len: usize,
    related: Ptr<mcpe_id>,
    delivery: Out<u32>,
) -> mcpe_status {
    boundary(|| {
        let delivery = delivery.required("delivery")?;
        let (level, related) = (level_of(level)?, optional_id(related, "related")?);
        let logger = optional_text!(logger, logger_len)?;
        let content = json!(content, content_len)?;
        let delivered = connection
            .change(|one| Ok(one.connection.log(level, logger, content, related.as_ref())?))?;
        put(delivered, delivery);
        DONE
    })
}

/// Tells the client that something has changed, where it wants to know: its session, and its subscriptions. Changes the connection.
///
/// `MCPE_ERR_MISUSE` when the capability for it was not declared.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_connection_publish(
    connection: mcpe_connection,
    change: Ptr<mcpe_change>,
) -> mcpe_status {
    boundary(|| {
        let change = required_change(change)?;
        let change = change.read()?;
        connection.change(|one| Ok(one.connection.publish(change)?))?;
        DONE
    })
}

/// Ends a subscription of the client (MCP 2026-07-28). Changes the connection.
///
/// `MCPE_ERR_MISUSE` when there is none of that id.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_connection_end_subscription(
    connection: mcpe_connection,
    id: Ptr<mcpe_id>,
) -> mcpe_status {
    boundary(|| {
        let id = required_id(id, "id")?;
        connection.change(|one| Ok(one.connection.end_subscription(&id)?))?;
        DONE
    })
}

impl mcpe_change {
    /// What has changed.
    pub fn read(&self) -> Result<Change<'_>, Failure> {
        Ok(match self.kind {
            MCPE_CHANGE_TOOLS => Change::Tools,
            MCPE_CHANGE_PROMPTS => Change::Prompts,
            MCPE_CHANGE_RESOURCES => Change::Resources,
            MCPE_CHANGE_RESOURCE => Change::Resource(self.name.text("name")?),
            MCPE_CHANGE_TASK => {
                let task = object(self.json.json("json")?, "json")?;
                Change::Task(self.name.text("name")?, task.ok_or(Failure::Null("json"))?)
            }
            _ => return Err(Failure::Value("kind")),
        })
    }
}

/// The change that a pointer leads to, which must be there.
pub fn required_change(change: Ptr<mcpe_change>) -> Result<mcpe_change, Failure> {
    if change.is_null() { Err(Failure::Null("change")) } else { change.options() }
}

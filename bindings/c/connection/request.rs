//! What we ask the peer.

use core::ffi::c_char;

use mcp_engine::RequestId;
use mcp_engine::connection::Call;
use mcp_engine::json::Raw;

use super::event::level_of;
use super::{mcpe_connection, mcpe_now};
use crate::boundary;
use crate::boundary::DONE;
use crate::config::patience;
use crate::encode::object;
use crate::handle::Handle;
use crate::message::mcpe_message;
use crate::pointer::{Out, Ptr};
use crate::status::{Failure, mcpe_status};
use crate::text::{json, mcpe_id, mcpe_str, optional_id, optional_json, optional_text};

/// A request of ours.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct mcpe_request {
    /// `sizeof(mcpe_request)`.
    pub size: usize,
    /// The method, known or not.
    pub method: mcpe_str,
    /// The parameters: an object, or none.
    pub params: mcpe_str,
    /// 1 to ask for progress.
    pub wants_progress: u32,
    /// Asks for log messages of that `MCPE_LEVEL_…` and above while the request lasts (MCP 2026-07-28). 0 for none.
    pub level: u32,
    /// How long it may be without a sign of life, in nanoseconds. 0 for as long as the configuration says; `MCPE_FOREVER` for no limit.
    pub idle_ns: u64,
    /// How long it may take in all, likewise.
    pub total_ns: u64,
    /// One of `MCPE_PROGRESS_…`; counts when one of the times is given.
    pub progress: u32,
    /// 0.
    pub reserved: u32,
    /// The request of the peer that it belongs to and travels with, or `NULL`.
    pub related: Ptr<mcpe_id>,
}

/// Asks the peer something. The answer comes as an event with the id that is given here. Changes the connection.
///
/// `MCPE_ERR_INCOMPATIBLE` when the revision or the capabilities of the peer do not allow it, `MCPE_ERR_LIMIT` when too much is in flight,
/// `MCPE_ERR_MISUSE` before the handshake is finished and after the end. Nothing was sent then.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_connection_request(
    connection: mcpe_connection,
    request: Ptr<mcpe_request>,
    now: mcpe_now,
    id: Out<i64>,
) -> mcpe_status {
    boundary(|| {
        let id = id.required("id")?;
        let request = required(request)?;
        let related = optional_id(request.related, "related")?;
        connection.change(|one| {
            let asked = one.connection.request(request.call(related.as_ref())?, now.read())?;
            id.put(asked.as_i64().unwrap_or_default());
            Ok(())
        })?;
        DONE
    })
}

/// Asks again, with the input that the server wanted (MCP 2026-07-28). Changes the connection, reads `input`.
///
/// `request` is the original one, `input` the message of `MCPE_EVENT_INPUT_REQUIRED`, and `responses` an object with a result for each key of
/// its `inputRequests`, or `NULL`.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_connection_retry(
    connection: mcpe_connection,
    request: Ptr<mcpe_request>,
    input: mcpe_message,
    responses: Ptr<c_char>,
    responses_len: usize,
    now: mcpe_now,
    id: Out<i64>,
) -> mcpe_status {
    boundary(|| {
        let id = id.required("id")?;
        let request = required(request)?;
        let related = optional_id(request.related, "related")?;
        let responses = optional_json!(responses, responses_len)?;
        let input = input.whole(|message| Ok(message.clone()))?;
        connection.change(|one| {
            let call = request.call(related.as_ref())?;
            let asked = one.connection.retry(call, &input, responses, now.read())?;
            id.put(asked.as_i64().unwrap_or_default());
            Ok(())
        })?;
        DONE
    })
}

/// Asks to be told about changes (MCP 2026-07-28). `MCPE_EVENT_LISTENING` says that it works. `filter` is an object as in the schema. Changes the
/// connection.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_connection_listen(
    connection: mcpe_connection,
    filter: Ptr<c_char>,
    filter_len: usize,
    now: mcpe_now,
    id: Out<i64>,
) -> mcpe_status {
    boundary(|| {
        let id = id.required("id")?;
        let filter = json!(filter, filter_len)?;
        connection.change(|one| {
            let asked = one.connection.listen(filter, now.read())?;
            id.put(asked.as_i64().unwrap_or_default());
            Ok(())
        })?;
        DONE
    })
}

/// Does without the answer to a request of ours: the peer is told, and no event comes for it any more. `reason` may be `NULL`. Changes the
/// connection.
///
/// `MCPE_ERR_MISUSE` when it is not in flight: its event has come or is on its way.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_connection_cancel(
    connection: mcpe_connection,
    id: i64,
    reason: Ptr<c_char>,
    reason_len: usize,
    now: mcpe_now,
) -> mcpe_status {
    boundary(|| {
        let reason = optional_text!(reason, reason_len)?;
        let id = RequestId::from(id);
        connection.change(|one| Ok(one.connection.cancel(&id, reason, now.read())?))?;
        DONE
    })
}

impl mcpe_request {
    fn call<'a>(&'a self, related: Option<&'a RequestId>) -> Result<Call<'a>, Failure> {
        let mut call = Call::named(self.method.text("method")?);
        if let Some(params) = params(&self.params)? {
            call = call.params(params);
        }
        call = match self.wants_progress {
            0 => call,
            1 => call.with_progress(),
            _ => return Err(Failure::Value("wants_progress")),
        };
        if self.level != 0 {
            call = call.level(level_of(self.level)?);
        }
        if (self.idle_ns, self.total_ns) != (0, 0) {
            let usual = Default::default();
            call = call.patience(patience(self.idle_ns, self.total_ns, self.progress, usual)?);
        }
        if let Some(related) = related {
            call = call.related(related);
        }
        Ok(call)
    }
}

fn params(text: &mcpe_str) -> Result<Option<Raw<'_>>, Failure> {
    object(text.json("params")?, "params")
}

fn required(request: Ptr<mcpe_request>) -> Result<mcpe_request, Failure> {
    if request.is_null() { Err(Failure::Null("request")) } else { request.options() }
}

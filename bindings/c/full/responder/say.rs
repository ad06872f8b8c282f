//! What is said about a request while it is being answered.

use core::ffi::c_char;
use std::borrow::Cow;
use std::time::Duration;

use mcp_engine::{Request, StreamClosing};
use mcp_engine_c::buffer::mcpe_target;
use mcp_engine_c::connection::{level_number, level_of};
use mcp_engine_c::names::{bits_of, number_of};
use mcp_engine_c::pointer::{Out, Ptr};
use mcp_engine_c::status::{MCPE_NOTHING, mcpe_status};
use mcp_engine_c::text::{optional_text, text};

use super::{mcpe_responder, part_of_message, work_of};
use crate::output::Output;
use crate::{DONE, boundary};

/// Who asks, and under which terms.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct mcpe_asker {
    /// The `MCPE_REVISION_…` in which it was asked.
    pub revision: u32,
    /// What the client can do, bits of `MCPE_CAPABILITY_…`.
    pub capabilities: u32,
    /// The mildest log messages that it wants, one of `MCPE_LEVEL_…`; 0 for none.
    pub level: u32,
    /// 0.
    pub reserved: u32,
}

/// Says who asks. Reads the responder. `MCPE_ERR_UNSUPPORTED` where it is a server.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_responder_asker(
    responder: mcpe_responder,
    asker: Out<mcpe_asker>,
) -> mcpe_status {
    boundary(|| {
        let asker = asker.required("asker")?;
        let work = work_of(responder)?;
        let context = work.context()?;
        asker.put(mcpe_asker {
            revision: number_of(context.version()),
            capabilities: bits_of(context.capabilities()),
            level: context.level().map_or(0, level_number),
            reserved: 0,
        });
        DONE
    })
}

/// Appends the parameters of the request, as they came. Reads the responder. `MCPE_ERR_UNSUPPORTED` where a server asks.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_responder_params(
    responder: mcpe_responder,
    to: mcpe_target,
    written: Out<usize>,
) -> mcpe_status {
    told(responder, to, written, |request| {
        Some(request.message().params().map_or("{}", |params| params.spelling()).into())
    })
}

/// Appends the id of the task that the call runs as; `MCPE_NOTHING` where it runs as none. Reads the responder. `MCPE_ERR_UNSUPPORTED` where a server asks.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_responder_task(
    responder: mcpe_responder,
    to: mcpe_target,
    written: Out<usize>,
) -> mcpe_status {
    told(responder, to, written, |request| Some(request.context().task()?.to_string().into()))
}

/// Tells how far it is, to a client that has asked for that: `value` has to increase, `total` is 0 where it is not known, and `message` may be `NULL`.
/// What was told before and not sent yet is replaced. Reads the responder.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_responder_progress(
    responder: mcpe_responder,
    value: f64,
    total: f64,
    message: Ptr<c_char>,
    message_len: usize,
) -> mcpe_status {
    boundary(|| {
        let message = optional_text!(message, message_len)?;
        let work = work_of(responder)?;
        work.context()?.progress(value, Some(total).filter(|total| *total != 0.0), message)?;
        DONE
    })
}

/// Sends a log message, if the client wants those of that `MCPE_LEVEL_…`. `logger` may be `NULL`; `content` is any JSON value. Reads the responder.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_responder_log(
    responder: mcpe_responder,
    level: u32,
    logger: Ptr<c_char>,
    logger_len: usize,
    content: Ptr<c_char>,
    content_len: usize,
) -> mcpe_status {
    boundary(|| {
        let (level, logger) = (level_of(level)?, optional_text!(logger, logger_len)?);
        let content = part_of_message(text!(content, content_len)?, 2)?;
        let work = work_of(responder)?;
        work.context()?.log(level, logger, content)?;
        DONE
    })
}

/// 1 when nobody wants the answer any more, and 0 otherwise. What takes long should ask from time to time. Reads the responder.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_responder_is_cancelled(
    responder: mcpe_responder,
    is_cancelled: Out<u32>,
) -> mcpe_status {
    boundary(|| {
        let is_cancelled = is_cancelled.required("is_cancelled")?;
        is_cancelled.put(u32::from(work_of(responder)?.is_cancelled()));
        DONE
    })
}

/// Ends the response that the client reads at present: over Streamable HTTP it comes back for the rest, after `retry_ns` if that is not 0
/// (MCP 2025-11-25). `MCPE_NOTHING` where there is nothing to come back to, and the stream stays as it is. Reads the responder.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_responder_close_stream(
    responder: mcpe_responder,
    retry_ns: u64,
) -> mcpe_status {
    boundary(|| {
        let retry = Some(retry_ns).filter(|ns| *ns != 0).map(Duration::from_nanos);
        match work_of(responder)?.context()?.close_stream(retry) {
            StreamClosing::Closed => DONE,
            StreamClosing::Kept => Ok(MCPE_NOTHING),
        }
    })
}

/// Appends what a request of a client says.
fn told(
    responder: mcpe_responder,
    to: mcpe_target,
    written: Out<usize>,
    find: fn(&Request) -> Option<Cow<'_, str>>,
) -> mcpe_status {
    boundary(|| {
        let output = Output::new(to, written)?;
        output.put_some(find(work_of(responder)?.request()?).as_deref())
    })
}

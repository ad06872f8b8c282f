//! What a peer has answered in place of a result, beyond the words of the failure.

use mcp_engine::ErrorObject;
use mcp_engine::json::Raw;
use mcp_engine_c::error::{PeerError, with_peer_error};
use mcp_engine_c::pointer::Out;
use mcp_engine_c::status::{MCPE_NOTHING, mcpe_status};
use mcp_engine_c::text::mcpe_str;
use mcp_engine_c::view::mcpe_error_object;

use crate::{DONE, boundary};

/// The error that the peer has answered with, when that is the last failure on this thread (`MCPE_ERR_REFUSED`); `MCPE_NOTHING` otherwise. Reads nothing
/// but what belongs to the thread. Valid until another call fails on it.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_error_peer(error: Out<mcpe_error_object>) -> mcpe_status {
    let found = with_peer_error(|found| found.map(object));
    boundary(|| {
        let error = error.required("error")?;
        let Some(found) = found.flatten() else { return Ok(MCPE_NOTHING) };
        error.put(found);
        DONE
    })
}

/// What is kept of the error of a message.
pub(crate) fn kept(error: ErrorObject<'_>) -> PeerError {
    PeerError {
        code: error.code,
        message: error.message.spelling().to_owned(),
        content: error.data.map(Raw::spelling).map(str::to_owned),
    }
}

fn object(error: &PeerError) -> mcpe_error_object {
    mcpe_error_object {
        code: error.code,
        message: mcpe_str::to(&error.message),
        content: mcpe_str::to_optional(error.content.as_deref()),
        message_escaped: u32::from(error.message.contains('\\')),
        reserved: 0,
    }
}

//! The structs of options, all in one place: what a caller writes there is read byte by byte.

use crate::client::{mcpe_call_options, mcpe_client_options};
use crate::pool::mcpe_pool_options;
use crate::server::{mcpe_http_options, mcpe_part, mcpe_server_options, mcpe_task_limits};

mcp_engine_c::options! {
    mcpe_call_options in 64 with reserved,
    mcpe_client_options in 240 with reserved,
    mcpe_http_options in 80 with reserved,
    mcpe_part in 136,
    mcpe_pool_options in 16,
    mcpe_server_options in 120,
    mcpe_task_limits in 64,
}

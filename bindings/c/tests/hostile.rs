//! Row 99 of the hostile inputs: `NULL`, lengths that no memory has, handles that were freed or made up, sizes that no struct has, callbacks that come
//! back, and several threads at once — for every function that the header declares.
//!
//! The rows are made from the header, so that a function has them as soon as it is declared; one whose types are not known here does not compile.

mod shared;

use shared::here_is;
use shared::rows::Scene;

#[test]
fn no_call_harms_anything() {
    let scene = Scene {
        prelude: "hostile.h",
        folder: here_is("c").display().to_string(),
        handles: &[
            "decoder",
            "message",
            "buffer",
            "connection",
            "endpoint",
            "exchange",
            "listening",
            "cache",
            "scheduler",
            "permit",
        ],
        options: &[
            "mcpe_cache_limits",
            "mcpe_change",
            "mcpe_config",
            "mcpe_decoder_options",
            "mcpe_failure",
            "mcpe_key_options",
            "mcpe_policy",
            "mcpe_quota_options",
            "mcpe_reply",
            "mcpe_request",
            "mcpe_scheduler_options",
            "mcpe_sse",
            "mcpe_task",
        ],
        uses_up: &["mcpe_permit_succeed", "mcpe_permit_fail", "mcpe_permit_new"],
        alone: &[],
    };
    let rows = scene.play();
    assert!(rows > 700, "{rows} rows");
}

//! Row 99 of the hostile inputs, for the batteries: as `bindings/c/tests/hostile.rs`.

#[path = "../../tests/shared/mod.rs"]
mod shared;

use shared::here_is;
use shared::rows::Scene;

#[test]
fn no_call_harms_anything() {
    let scene = Scene {
        prelude: "hostile_full.h",
        folder: here_is("c").display().to_string(),
        handles: &["client", "client_task", "server", "responder", "pool"],
        options: &[
            "mcpe_call_options",
            "mcpe_change",
            "mcpe_client_options",
            "mcpe_http_options",
            "mcpe_part",
            "mcpe_pool_options",
            "mcpe_server_options",
            "mcpe_task_limits",
        ],
        uses_up: &[
            "mcpe_client_close",
            "mcpe_responder_ask",
            "mcpe_responder_fail",
            "mcpe_responder_reply",
            "mcpe_responder_reply_text",
            "mcpe_responder_require",
            "mcpe_server_stop",
        ],
        // It would take the standard output of the test.
        alone: &["mcpe_server_serve_stdio", "mcpe_server_wait"],
    };
    let rows = scene.play();
    assert!(rows > 300, "{rows} rows");
}

//! What `RUST_LOG` asks for, told on standard error.

use std::io::{IsTerminal, stderr};

use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::failure::Failure;

/// Tells from now on what `RUST_LOG` wants to hear, as in `debug` or `mcp_engine_runtime=debug,info`; nothing when it is not set.
pub(crate) fn start() -> Result<(), Failure> {
    let Some(wanted) = std::env::var_os("RUST_LOG").filter(|wanted| !wanted.is_empty()) else {
        return Ok(());
    };
    let targets = wanted.to_str().and_then(|wanted| wanted.parse::<Targets>().ok());
    let targets = targets.ok_or_else(|| Failure::usage("RUST_LOG names no levels"))?;
    let lines = tracing_subscriber::fmt::layer();
    let lines = lines.with_ansi(stderr().is_terminal()).with_writer(stderr);
    let started = tracing_subscriber::registry().with(targets).with(lines).try_init();
    started.map_err(|error| Failure::usage(error.to_string()))
}

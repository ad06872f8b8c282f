//! The engine for Python: the module `mcp_engine._core`.
//!
//! Turns what Python hands over into calls of the engine, and what the engine says into Python objects. It stands outside of the ring, on the
//! facade alone. Nothing of a message is turned into Python objects before somebody asks for it, and nothing is copied that can be
//! viewed.

#![warn(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects
)]

mod answers;
mod authorizer;
mod batch;
mod buffer;
mod channel;
mod clock;
mod connection;
mod conversation;
mod cosine;
mod decoder;
mod dump;
mod encode;
mod error;
mod event;
mod ferry;
mod interpreter;
mod limits;
mod load;
mod message;
mod program;
mod remains;
mod remote;
mod running;
mod runs;
mod scheduler;
mod schema;
mod server;
mod unsent;
mod way;
mod wire;

use pyo3::prelude::*;

/// The part of `mcp_engine` that is written in Rust. Import the names from `mcp_engine`.
#[pymodule(gil_used = false)]
mod _core {
    use super::*;

    #[pymodule_export]
    use crate::authorizer::Authorizer;
    #[pymodule_export]
    use crate::batch::Batch;
    #[pymodule_export]
    use crate::buffer::View;
    #[pymodule_export]
    use crate::channel::Channel;
    #[pymodule_export]
    use crate::connection::Connection;
    #[pymodule_export]
    use crate::cosine::cosine;
    #[pymodule_export]
    use crate::decoder::{BodyDecoder, Decoder, EventDecoder};
    #[pymodule_export]
    use crate::dump::dumps;
    #[pymodule_export]
    use crate::encode::{
        encode_error, encode_notification, encode_request, encode_response, encode_text_result,
    };
    #[pymodule_export]
    use crate::event::ConnectionEvent;
    #[pymodule_export]
    use crate::limits::Limits;
    #[pymodule_export]
    use crate::load::loads;
    #[pymodule_export]
    use crate::message::{Event, Message, Refusal};
    #[pymodule_export]
    use crate::program::Program;
    #[pymodule_export]
    use crate::remote::Remote;
    #[pymodule_export]
    use crate::runs::{RunEvent, RunView, Runs};
    #[pymodule_export]
    use crate::scheduler::{Ready, ScheduleEvent, Scheduler, Settled};
    #[pymodule_export]
    use crate::schema::{Schema, compile_schema};
    #[pymodule_export]
    use crate::server::{Call, Serving};
    #[pymodule_export]
    use crate::wire::Wire;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        interpreter::admit(module.py())
    }

    /// The version of the package.
    #[pymodule_export]
    #[expect(non_upper_case_globals, reason = "the name that Python has for it")]
    const __version__: &str = env!("CARGO_PKG_VERSION");

    /// The layout of the rows of `Batch.table`, which changes when they do.
    #[pymodule_export]
    const INDEX_VERSION: u32 = mcp_engine::MsgIndex::VERSION;
}

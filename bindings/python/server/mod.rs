//! Servers whose tools, prompts and resources are functions of Python.
//!
//! All of the protocol is the runtime's: handlers there leave calls on a [desk](desk::Desk), and Python's thread takes them from it. No thread of the
//! engine's ever calls into Python.
//!
//! ```text
//!  client ──▶ driver ──▶ handler ──▶ desk ══ a descriptor can be read ══▶ take ──▶ functions of Python
//!  client ◀── driver ◀── answer ◀─── desk ◀═══════════ flush ════════════ answers ◀──┘
//! ```

mod asking;
mod build;
mod call;
mod desk;
mod front;
mod parts;
mod pending;
mod road;
mod serving;
mod shape;

pub(crate) use call::Call;
pub(crate) use serving::Serving;

//! A program of ours on the other side: its standard input and output as a stream, and its life.
//!
//! A [`Command`] starts a program, never a shell, and gives two things: the [`ChildStream`], which belongs to whoever reads and writes
//! messages, and the [`Child`], which says how the program is and ends it. A task keeps the program: it drains its standard error and, once
//! the stream is gone or the child was told to end, sees to it that nothing is left, whatever the program does.
//!
//! ```text
//! running ─ exit ────────────────────────────────────────────────────────────┐
//!    │ shutdown, or the stream is dropped                                    │
//!    └→ input closed ─ exit_wait → SIGTERM ─ terminate_wait → SIGKILL ─ exit ┴→ SIGKILL to what is left of the group → reaped
//!    kill, or the runtime ends ───────────────────────────────┘
//! ```

mod command;
mod handle;
mod keeper;
mod leader;
mod pipes;
mod shared;
mod stream;
mod tail;

pub use command::{Command, Environment, Stderr};
pub use handle::Child;
pub use pipes::ChildPipes;
pub use stream::ChildStream;
pub use tail::StderrTail;

//! Sessions of the legacy era: who has one, and until when.
//!
//! A session is made once `initialize` was answered, belongs to the principal that made it, and is gone when it is
//! closed or nobody has used it for a while. It stands between the routing and the connections, one of which each session
//! keeps as its value. Whoever asks for a session that is not theirs hears the same as if there were none.

mod id;
mod idle;
mod owners;
mod table;

pub use id::{Entropy, SessionId};
pub use table::{Opened, Session, Sessions};

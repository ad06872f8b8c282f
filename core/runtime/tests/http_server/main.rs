//! The HTTP server over real sockets, spoken to byte by byte.

mod caller;
mod hostile;
mod legacy;
mod modern;
mod serving;
mod stage;

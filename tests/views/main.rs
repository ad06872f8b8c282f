//! What the typed views of a message say, also about members that try to mislead them.

mod ids;
mod lines;
mod members;
mod results;

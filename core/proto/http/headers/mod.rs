//! Headers: the fields of a head, the values that MCP writes into them, and the mirror of 2026-07-28.
//!
//! A head is read in one pass into the fields that matter here; the mirror makes the fields that repeat a message, and
//! checks that those which came do repeat it. It stands between the transport's own HTTP parser and the routing.

mod decimal;
mod field;
mod head;
mod media;
mod mirror;
mod response;
mod tools;
mod value;

pub use field::Field;
pub use head::Head;
pub use media::Accepts;
pub use mirror::{Param, ParamValue, check_mirror, check_params, mirror};
pub use response::ResponseHead;
pub use tools::ToolHeaders;
pub use value::{decode_value, encode_value};

pub(super) use field::is_token;
pub(super) use media::{MediaType, is_json};

#[cfg(feature = "internal")]
pub(crate) use decimal::equal as equal_decimals;

//! Lists that come in pages.

use std::borrow::Cow;

use super::declare::object;
use super::meta::{RequestMetaObject, required};

/// Where a page begins: text that only the server understands. The empty text is a cursor too.
pub type Cursor<'a> = Cow<'a, str>;

object! {
    /// Parameters of a request for a page of a list.
    #[derive(Default)]
    pub struct PaginatedRequestParams<'a> {
        optional {
            /// Where the page begins; without one it is the first.
            cursor: Cursor<'a> = "cursor",
            /// See [`RequestMetaObject`].
            meta: Box<RequestMetaObject<'a>> = "_meta" [else required],
        }
    }
}

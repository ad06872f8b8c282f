//! Roots: the folders that a client lets a server work in.

use std::borrow::Cow;

use super::declare::object;
use super::meta::MetaObject;

object! {
    /// A folder or file.
    pub struct Root<'a> {
        required {
            /// Where it is: a `file` URI.
            uri: Cow<'a, str> = "uri",
        }
        optional {
            /// Name for people.
            name: Cow<'a, str> = "name",
            /// See [`MetaObject`].
            meta: MetaObject<'a> = "_meta" [since V2025_06_18],
        }
    }
}

object! {
    /// A request to list the roots, as 2026-07-28 puts it into a result.
    #[derive(Default)]
    pub struct ListRootsRequest<'a> {
        tag { "method": "roots/list" }
        optional {
            /// Nothing but `_meta`.
            params: ListRootsRequestParams<'a> = "params",
        }
    }
}

object! {
    /// Parameters of `roots/list`.
    #[derive(Default)]
    pub struct ListRootsRequestParams<'a> {
        optional {
            /// See [`MetaObject`].
            meta: MetaObject<'a> = "_meta",
        }
    }
}

object! {
    /// Result of `roots/list`.
    pub struct ListRootsResult<'a> {
        required {
            /// The roots.
            roots: Vec<Root<'a>> = "roots",
        }
        optional {
            /// See [`MetaObject`].
            meta: MetaObject<'a> = "_meta" [until V2025_11_25],
        }
    }
}

//! The macros that declare MCP types: what a type looks like is said once, and read and written accordingly.
//!
//! `object!` declares the objects of the schema, `words!` the enumerations of strings, `union!` the alternatives that
//! a member tells apart, `calls!` and `results!` what is sent in one direction. A member says which revisions have it; nothing else in the model compares revisions.

mod calls;
mod object;
mod union;
mod words;

pub(super) use calls::{calls, results};
pub(super) use object::object;
pub(super) use union::union;
pub(super) use words::words;

/// The revisions that a declaration names.
macro_rules! span {
    () => {
        $crate::version::Revisions::since($crate::version::Version::V2024_11_05)
    };
    (since $first:ident) => {
        $crate::version::Revisions::since($crate::version::Version::$first)
    };
    (until $last:ident) => {
        $crate::version::Revisions {
            first: $crate::version::Version::V2024_11_05,
            last: $crate::version::Version::$last,
        }
    };
    (since $first:ident until $last:ident) => {
        $crate::version::Revisions {
            first: $crate::version::Version::$first,
            last: $crate::version::Version::$last,
        }
    };
    (only $version:ident) => {
        $crate::version::Revisions::only($crate::version::Version::$version)
    };
}
pub(super) use span;

/// The function that a declaration names, or the usual one.
macro_rules! or {
    ($usual:path,) => {
        $usual
    };
    ($usual:path, $named:ident) => {
        $named
    };
}
pub(super) use or;

/// The name of a member under the revision at hand.
macro_rules! name {
    ($object:ident, $name:literal) => {
        $name
    };
    ($object:ident, $name:literal, $later:literal, $from:expr) => {
        if $object.version() >= $from { $later } else { $name }
    };
}
pub(super) use name;

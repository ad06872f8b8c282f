//! The functions of the ABI called from Rust: pointers are made of references, as a compiler of C would.
#![allow(dead_code, reason = "each test uses a part of it")]

use core::ffi::c_char;
use core::mem::{size_of, transmute_copy, zeroed};

use mcp_engine_c::pointer::{Out, Ptr};
use mcp_engine_c::text::mcpe_str;

/// For the library to read.
pub(crate) fn from<T>(value: &T) -> Ptr<T> {
    let pointer: *const T = value;
    // SAFETY: a `Ptr` is a transparent pointer.
    unsafe { transmute_copy(&pointer) }
}

/// For the library to read, as many as there are.
pub(crate) fn first<T>(values: &[T]) -> Ptr<T> {
    let pointer = values.as_ptr();
    // SAFETY: as in `from`.
    unsafe { transmute_copy(&pointer) }
}

/// For the library to write.
pub(crate) fn to<T>(value: &mut T) -> Out<T> {
    let pointer: *mut T = value;
    // SAFETY: an `Out` is a transparent pointer.
    unsafe { transmute_copy(&pointer) }
}

/// The first of many that the library writes.
pub(crate) fn table<T>(values: &mut [T]) -> Out<T> {
    let pointer = values.as_mut_ptr();
    // SAFETY: as in `to`.
    unsafe { transmute_copy(&pointer) }
}

/// `NULL`
pub(crate) fn none<T>() -> Ptr<T> {
    let pointer: *const T = core::ptr::null();
    // SAFETY: as in `from`.
    unsafe { transmute_copy(&pointer) }
}

/// `NULL`
pub(crate) fn nowhere<T>() -> Out<T> {
    let pointer: *mut T = core::ptr::null_mut();
    // SAFETY: as in `to`.
    unsafe { transmute_copy(&pointer) }
}

/// The first character of a text.
pub(crate) fn chars(text: &str) -> Ptr<c_char> {
    let pointer: *const c_char = text.as_ptr().cast();
    // SAFETY: as in `from`.
    unsafe { transmute_copy(&pointer) }
}

pub(crate) fn text(text: &str) -> mcpe_str {
    mcpe_str { ptr: chars(text), len: text.len() }
}

/// What the library has given out.
pub(crate) fn read(text: mcpe_str) -> Vec<u8> {
    // SAFETY: a transparent pointer, to as many bytes as the library says.
    let pointer: *const u8 = unsafe { transmute_copy(&text.ptr) };
    if text.len == 0 {
        return Vec::new();
    }
    // SAFETY: as above.
    unsafe { core::slice::from_raw_parts(pointer, text.len) }.to_vec()
}

/// Writes where the library has said that there is room.
pub(crate) fn write(room: Out<u8>, bytes: &[u8]) {
    // SAFETY: a transparent pointer, to at least as many bytes as the library says, which the caller has compared.
    let pointer: *mut u8 = unsafe { transmute_copy(&room) };
    // SAFETY: as above.
    unsafe { core::ptr::copy_nonoverlapping(bytes.as_ptr(), pointer, bytes.len()) };
}

/// All zero, as `{0}` is in C.
pub(crate) fn zero<T: Copy>() -> T {
    // SAFETY: used for structs of C alone, whose numbers, pointers and functions may all be zero.
    unsafe { zeroed() }
}

/// Zero but for its size, which comes first.
pub(crate) fn sized<T: Copy>() -> T {
    let mut options = zero::<T>();
    let size: *mut T = &raw mut options;
    // SAFETY: the first member of every struct of options is its size.
    unsafe { size.cast::<usize>().write(size_of::<T>()) };
    options
}

//! Which version of the ABI this is.

use core::ffi::{CStr, c_char};

use mcp_engine::MsgIndex;

/// The version of this header. Functions, members at the end of options, and numbers are only added.
pub const MCPE_ABI_VERSION: u32 = 3;
/// The version of the layout of `mcpe_msg_index`.
pub const MCPE_INDEX_VERSION: u32 = 1;

const _: () = assert!(MCPE_INDEX_VERSION == MsgIndex::VERSION);

/// The version of the ABI that the library has; a program wants at least its own `MCPE_ABI_VERSION`.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_abi_version() -> u32 {
    MCPE_ABI_VERSION
}

/// The version of the layout of `mcpe_msg_index` that the library has; a program wants exactly its own `MCPE_INDEX_VERSION`.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_index_version() -> u32 {
    MCPE_INDEX_VERSION
}

/// The version of the library, like `0.1.0`. Static, and ends with a zero.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_library_version() -> *const c_char {
    VERSION.as_ptr()
}

const VERSION: &CStr =
    match CStr::from_bytes_with_nul(concat!(env!("CARGO_PKG_VERSION"), "\0").as_bytes()) {
        Ok(version) => version,
        Err(_) => c"",
    };

//! Gives the shared library the name that programs ask the loader for: `libmcp_engine.so.1`, whatever Cargo calls the file.

use std::env;

/// The number in the soname: another one is another ABI, which `scripts/abi.sh` does not let come by chance.
const ABI: u32 = 1;

pub(crate) fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    // `mcp-engine-c` is installed as `libmcp_engine`.
    let package = env::var("CARGO_PKG_NAME").unwrap_or_default();
    let library = package.replacen("-c", "", 1).replace('-', "_");
    if env::var("CARGO_CFG_TARGET_OS").is_ok_and(|system| system == "linux") {
        // That for libraries alone, `rustc-cdylib-link-arg`, would name those that are made of this one as well.
        println!("cargo::rustc-link-arg=-Wl,-soname,lib{library}.so.{ABI}");
    }
}

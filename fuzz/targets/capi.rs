#![no_main]

#[path = "../../bindings/c/tests/abi/mod.rs"]
mod abi;
#[path = "../../bindings/c/tests/operations/mod.rs"]
mod operations;

libfuzzer_sys::fuzz_target!(|input: &[u8]| operations::play(input));

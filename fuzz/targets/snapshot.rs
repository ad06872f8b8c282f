#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| mcp_engine_executor::internal::snapshot(input));

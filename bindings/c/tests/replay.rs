//! Lists of operations: those that the fuzz target `capi` began with and has found, and many more by chance. One test, for a handle that was made up
//! may find its place in use by another thread.
#![expect(unsafe_code, reason = "the pointers of C")]

mod abi;
mod operations;
mod shared;

use std::fs;

#[test]
fn what_holds_for_all_operations_holds_in_every_list() {
    what_was_found();
    whatever_comes_by_chance();
}

fn what_was_found() {
    let mut played = 0;
    for folder in ["corpus", "regressions"] {
        let folder = shared::root().join("fuzz").join(folder).join("capi");
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.file_name().is_some_and(|name| !name.to_string_lossy().starts_with('.')) {
                println!("{}", path.display());
                operations::play(&fs::read(path).expect("an input"));
                played += 1;
            }
        }
    }
    assert!(played > 10);
}

fn whatever_comes_by_chance() {
    let mut state = 1u64;
    for _ in 0..LISTS {
        let mut input = [0u8; 1_500];
        for byte in &mut input {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            *byte = (state >> 56) as u8;
        }
        operations::play(&input);
    }
}

/// How many lists are played.
const LISTS: usize = 400;

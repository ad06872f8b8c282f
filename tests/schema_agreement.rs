//! Values that are judged from their text have the verdict, and the violations, of the validator on a tree.

use std::cell::Cell;

use mcp_engine_schema::internal::fuzz;
use proptest::collection::vec;
use proptest::prelude::any;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

#[test]
fn small_schemas_and_values_are_judged_from_text_as_from_a_tree() {
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let config = Config { cases: CASES, failure_persistence: None, ..Config::default() };
    let judged = Cell::new(0);
    let outcome = TestRunner::new_with_rng(config, rng).run(&vec(any::<u8>(), 0..200), |bytes| {
        judged.set(judged.get() + u32::from(fuzz::made(&bytes)));
        Ok(())
    });
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
    assert!(judged.get() > CASES / 3, "only {} of {CASES} were judged by both", judged.get());
}

const CASES: u32 = 2_000;

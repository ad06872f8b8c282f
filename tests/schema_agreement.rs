//! Values that are judged from their text have the verdict, and the violations, of the validator on a tree.

use mcp_engine_schema::internal::fuzz;
use proptest::collection::vec;
use proptest::prelude::any;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

#[test]
fn small_schemas_and_values_are_judged_from_text_as_from_a_tree() {
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let config = Config { cases: CASES, failure_persistence: None, ..Config::default() };
    let mut judged = 0;
    let mut runner = TestRunner::new_with_rng(config, rng);
    let counted = std::cell::Cell::new(0u32);
    let outcome = runner.run(&vec(any::<u8>(), 0..200), |bytes| {
        counted.set(counted.get() + u32::from(fuzz::made(&bytes)));
        Ok(())
    });
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
    judged += counted.get();
    assert!(judged > CASES / 2, "only {judged} of {CASES} were judged by both");
}

const CASES: u32 = 5_000;

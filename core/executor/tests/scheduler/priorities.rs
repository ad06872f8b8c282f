//! Who goes first within a key.

use mcp_engine_executor::{KeyConfig, Priority, Task};

use crate::stage::Stage;

const AGE: u64 = 1_000;

#[test]
fn a_higher_priority_goes_first_and_equals_go_in_their_order() {
    let mut stage = Stage::narrow();
    let key = stage.key();
    for (tag, priority) in (0..).zip(Priority::ALL.repeat(2)) {
        stage.submit(Task { tag, priority, ..Task::new(key) });
    }
    assert_eq!(stage.turns(), [3, 7, 2, 6, 1, 5, 0, 4]);
}

#[test]
fn waiting_is_worth_one_priority_for_each_age() {
    for (levels, (low, high)) in pairs() {
        assert_eq!(order(AGE, low, high, levels * AGE - 1), [HIGH, LOW], "a moment too early");
        assert_eq!(order(AGE, low, high, levels * AGE), [HIGH, LOW], "the higher one of equals");
        assert_eq!(order(AGE, low, high, levels * AGE + 1), [LOW, HIGH], "it has waited enough");
    }
}

#[test]
fn without_an_age_the_order_of_arrival_is_all() {
    for (_, (low, high)) in pairs() {
        assert_eq!(order(0, low, high, 1), [LOW, HIGH]);
    }
}

#[test]
fn with_an_age_that_does_not_come_priority_is_all() {
    for (_, (low, high)) in pairs() {
        assert_eq!(order(u64::MAX / 4, low, high, u64::MAX / 8), [HIGH, LOW]);
    }
}

#[test]
fn the_order_does_not_change_with_the_time_at_which_one_looks() {
    for later in [0, 1, AGE, 100 * AGE] {
        let mut stage = Stage::narrow();
        let key = stage.key_with(KeyConfig { age_ns: AGE, ..KeyConfig::default() });
        for (tag, (at, priority)) in (0..).zip(ARRIVALS) {
            stage.at(at);
            stage.submit(Task { tag, priority, ..Task::new(key) });
        }
        stage.at(2 * AGE + later);
        assert_eq!(stage.turns(), [1, 0, 4, 3, 2], "{later}");
    }
}

#[test]
fn a_priority_is_worth_nothing_beside_other_keys() {
    let mut stage = Stage::narrow();
    let (first, second) = (stage.key(), stage.key());
    stage.submit(Task { tag: 1, priority: Priority::Low, ..Task::new(first) });
    stage.submit(Task { tag: 2, priority: Priority::Urgent, ..Task::new(second) });
    assert_eq!(stage.turns(), [1, 2]);
}

const LOW: u64 = 1;
const HIGH: u64 = 2;

/// As if they had come at 2 000, 1, 4 500, 3 900 and 3 000, all of the highest priority.
const ARRIVALS: [(u64, Priority); 5] = [
    (0, Priority::Normal),
    (1, Priority::Urgent),
    (1_500, Priority::Low),
    (1_900, Priority::Normal),
    (2_000, Priority::High),
];

/// All pairs of a lower and a higher priority, and how far they are apart.
fn pairs() -> impl Iterator<Item = (u64, (Priority, Priority))> {
    let places = (0..Priority::ALL.len()).flat_map(|high| (0..high).map(move |low| (low, high)));
    places.map(|(low, high)| ((high - low) as u64, (Priority::ALL[low], Priority::ALL[high])))
}

/// The order of a task and one of a higher priority that comes so much later.
fn order(age_ns: u64, low: Priority, high: Priority, later: u64) -> Vec<u64> {
    let mut stage = Stage::narrow();
    let key = stage.key_with(KeyConfig { age_ns, ..KeyConfig::default() });
    stage.submit(Task { tag: LOW, priority: low, ..Task::new(key) });
    stage.at(later);
    stage.submit(Task { tag: HIGH, priority: high, ..Task::new(key) });
    stage.turns()
}

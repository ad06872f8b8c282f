//! Shares by weight, at the gate of all keys and at a quota that keys share.

use mcp_engine_executor::{HEAVIEST, KeyConfig, KeyId, Limits, QuotaConfig, QuotaId, Task};

use crate::stage::Stage;

const WEIGHTS: [u16; 5] = [1, 2, 3, 7, HEAVIEST];
const TURNS: usize = 20_000;

#[test]
fn keys_share_the_gate_of_all_by_their_weights() {
    let mut stage = Stage::with(roomy(1));
    let keys = crowd(&mut stage, &WEIGHTS, &[]);
    assert_fair(&served(&mut stage, &keys));
}

#[test]
fn keys_share_a_quota_by_their_weights() {
    let mut stage = Stage::with(roomy(100));
    let quota = stage.quota(QuotaConfig { concurrency: Some(1), rate: None });
    let keys = crowd(&mut stage, &WEIGHTS, &[quota]);
    assert_fair(&served(&mut stage, &keys));
}

#[test]
fn keys_share_by_their_weights_where_many_run_at_once() {
    let mut stage = Stage::with(roomy(8));
    let keys = crowd(&mut stage, &WEIGHTS, &[]);
    let mut running = std::collections::VecDeque::new();
    let mut order = Vec::new();
    while order.len() < TURNS {
        while let Some(ready) = stage.next() {
            order.push(ready.tag as usize);
            running.push_back(ready.id);
            refill(&mut stage, &keys, ready.tag);
        }
        let first = running.pop_front().expect("something runs");
        stage.succeed(first);
        stage.events();
    }
    assert_fair(&order);
}

#[test]
fn the_lightest_key_waits_no_longer_than_the_others_outweigh_it() {
    let weights = [1, 50, 50, 50, 50];
    let mut stage = Stage::with(roomy(1));
    let keys = crowd(&mut stage, &weights, &[]);
    let order = served(&mut stage, &keys);
    // The others together get 200 turns for each of its own, and one more each for what is cut off.
    assert!(longest_wait(&order, 0) <= 204, "{}", longest_wait(&order, 0));
}

#[test]
fn a_key_that_was_idle_is_next_but_has_saved_nothing_up() {
    let mut stage = Stage::with(roomy(1));
    let keys = crowd(&mut stage, &[0, 8, 8, 8], &[]);
    let mut order = served(&mut stage, &keys);
    let late = stage.key();
    let before = order.len();
    for tag in [4; 20] {
        stage.submit(Task { tag, ..Task::new(late) });
    }
    while order.len() < before + 300 {
        let tag = stage.turn().expect("tasks wait");
        stage.events();
        order.push(tag as usize);
        if tag < 4 {
            refill(&mut stage, &keys, tag);
        }
    }
    let since = &order[before..];
    let first = since.iter().position(|key| *key == 4).expect("it gets a turn");
    assert!(first <= keys.len(), "it waits for {first} others");
    let own = since.iter().filter(|key| **key == 4).count();
    // A weight of 0 counts as 1, so the sum of all weights is 26.
    assert!(own <= 300 / 26 + 2, "{own} turns");
}

#[test]
fn a_key_alone_has_all_turns() {
    let mut stage = Stage::with(roomy(3));
    let key = stage.key();
    (0..3).for_each(|tag| _ = stage.submit(Task { tag, ..Task::new(key) }));
    assert_eq!(stage.start_all(), [0, 1, 2]);
}

#[test]
fn a_key_on_two_crowded_quotas_is_not_starved() {
    let mut stage = Stage::with(roomy(100));
    let one = QuotaConfig { concurrency: Some(1), rate: None };
    let (left, right) = (stage.quota(one), stage.quota(one));
    let mut key = |quotas| stage.key_with(KeyConfig { quotas, ..unlimited() });
    // The order in which a key names its quotas does not matter.
    let keys = [key(&[left]), key(&[right]), key(&[right, left])];
    (0..3).for_each(|tag| (0..4).for_each(|_| refill(&mut stage, &keys, tag)));
    let order = served(&mut stage, &keys);
    let longest = longest_wait(&order, 2);
    assert!(longest <= 4, "{longest} turns of others");
}

fn roomy(running: u32) -> Limits {
    Limits { running, tasks: 1 << 20, ..Limits::default() }
}

fn unlimited() -> KeyConfig<'static> {
    KeyConfig { queued: 1 << 20, ..KeyConfig::default() }
}

/// Keys of these weights, each with tasks that wait; a task has the place of its key for a tag.
fn crowd(stage: &mut Stage, weights: &[u16], quotas: &[QuotaId]) -> Vec<KeyId> {
    let open = |weight: &u16| stage.key_with(KeyConfig { weight: *weight, quotas, ..unlimited() });
    let keys: Vec<_> = weights.iter().map(open).collect();
    (0..keys.len() as u64).for_each(|tag| (0..20).for_each(|_| refill(stage, &keys, tag)));
    keys
}

/// Another task in place of the one that was handed out.
fn refill(stage: &mut Stage, keys: &[KeyId], tag: u64) {
    stage.submit(Task { tag, ..Task::new(keys[tag as usize]) });
}

/// Whose turn it was while every key always had something to do. What was handed out together is completed in turn.
fn served(stage: &mut Stage, keys: &[KeyId]) -> Vec<usize> {
    let mut order = Vec::new();
    while order.len() < TURNS {
        let ready: Vec<_> = std::iter::from_fn(|| stage.next()).collect();
        assert!(!ready.is_empty(), "something may run");
        for ready in ready {
            order.push(ready.tag as usize);
            refill(stage, keys, ready.tag);
            stage.succeed(ready.id);
        }
        stage.events();
    }
    order
}

/// At each moment any two keys have had as much as they weigh, but for one turn of each: the bound of start-time fair queueing.
fn assert_fair(order: &[usize]) {
    let mut turns = [0u32; WEIGHTS.len()];
    for key in order {
        turns[*key] += 1;
        let shares = turns.iter().zip(WEIGHTS).map(|(turns, weight)| {
            let weight = f64::from(weight);
            (f64::from(*turns) / weight, 1.0 / weight)
        });
        for (one, bound) in shares.clone() {
            for (other, other_bound) in shares.clone() {
                let apart = (one - other).abs();
                // Steps in virtual time are whole numbers, which weights do not divide evenly.
                assert!(apart <= 1.001 * (bound + other_bound) + 0.001, "{turns:?}");
            }
        }
    }
}

/// The most turns that others had between two of a key.
fn longest_wait(order: &[usize], key: usize) -> usize {
    order.split(|other| *other == key).map(<[usize]>::len).max().unwrap_or(0)
}

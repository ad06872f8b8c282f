//! Snapshots that something has happened to.

use mcp_engine_executor::internal::restored::{come_to_an_end, try_bytes};
use mcp_engine_executor::{Error, restore};

use crate::scene::{LIMITS, RUN_LIMITS, Scene};

const HEADER: usize = 24;

/// Decides where damage is done.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % n.max(1) as u64) as usize
    }
}

fn scenes(count: u64) -> Vec<Vec<u8>> {
    let scene = |seed| {
        let mut scene = Scene::new(seed);
        (0..60 + seed * 4).for_each(|_| scene.act());
        scene.snapshot()
    };
    (0..count).map(scene).collect()
}

#[test]
fn whatever_happens_to_a_snapshot_it_is_refused_or_sound() {
    let mutations = std::env::var("MCP_ENGINE_MUTATIONS");
    let mutations = mutations.map_or(100_000, |text| text.parse().expect("a number"));
    let (scenes, mut dice, mut accepted) = (scenes(40), Dice(0x5eed), 0);
    for _ in 0..mutations {
        let mut bytes = scenes[dice.below(scenes.len())].clone();
        for _ in 0..1 + dice.below(3) {
            damage(&mut bytes, &mut dice);
        }
        accepted += usize::from(try_bytes(&bytes));
    }
    println!("{mutations} mutations, {accepted} of them are accepted");
    assert!(accepted > mutations / 100 && accepted < mutations / 10 * 9, "{accepted}");
}

fn damage(bytes: &mut Vec<u8>, dice: &mut Dice) {
    // The header is left alone mostly, or nothing else would be seen.
    let first = if dice.below(20) == 0 { 0 } else { HEADER };
    let at = first + dice.below(bytes.len().saturating_sub(first));
    let Some(byte) = bytes.get_mut(at) else { return };
    match dice.below(8) {
        0 | 1 => *byte ^= 1 << dice.below(8),
        2 => *byte = dice.below(256) as u8,
        3 => *byte = [0, 1, 0x7f, 0xff][dice.below(4)],
        4 => *byte = byte.wrapping_add(1),
        5 => copy_word(bytes, at, dice),
        6 => write_word(bytes, at, dice),
        _ if dice.below(4) == 0 => {
            bytes.truncate(at);
            set_length(bytes);
        }
        _ => bytes.swap(at, HEADER.min(at)),
    }
}

/// A place, a generation or an offset where another stood.
fn copy_word(bytes: &mut [u8], at: usize, dice: &mut Dice) {
    let (to, from) = (at & !3, (HEADER + dice.below(bytes.len() - HEADER)) & !3);
    if to.max(from) + 4 <= bytes.len() {
        bytes.copy_within(from..from + 4, to);
    }
}

fn write_word(bytes: &mut [u8], at: usize, dice: &mut Dice) {
    let number = [0, 1, 2, 5, 40, u32::MAX, u32::MAX - 1, i32::MAX as u32][dice.below(8)];
    if let Some(word) = bytes.get_mut(at & !3..(at & !3) + 4) {
        word.copy_from_slice(&number.to_le_bytes());
    }
}

fn set_length(bytes: &mut [u8]) {
    let length = bytes.len().saturating_sub(HEADER) as u64;
    if let Some(field) = bytes.get_mut(16..HEADER) {
        field.copy_from_slice(&length.to_le_bytes());
    }
}

#[test]
fn a_snapshot_that_is_cut_anywhere_is_refused() {
    let bytes = &scenes(8)[7];
    for length in 0..bytes.len() {
        let mut cut = bytes[..length].to_vec();
        let refused = |bytes: &[u8]| restore(bytes, LIMITS, RUN_LIMITS, 0, 0).is_err();
        assert!(refused(&cut), "{length} bytes");
        set_length(&mut cut);
        assert!(refused(&cut), "{length} bytes that say so");
    }
}

#[test]
fn a_snapshot_of_a_future_version_is_refused() {
    let mut bytes = scenes(1).remove(0);
    bytes[8] += 1;
    let refused = restore(&bytes, LIMITS, RUN_LIMITS, 0, 0);
    assert_eq!(refused.err(), Some(Error::InvalidSnapshot("it is of another version")));
    let refused = restore(b"MCPE", LIMITS, RUN_LIMITS, 0, 0);
    assert_eq!(refused.err(), Some(Error::InvalidSnapshot("it has no beginning")));
}

#[test]
fn a_snapshot_may_stand_anywhere_in_memory() {
    for bytes in scenes(8) {
        for shift in 0..16 {
            let shifted = [&[0; 16][..shift], &bytes].concat();
            let restored = restore(&shifted[shift..], LIMITS, RUN_LIMITS, 0, 0);
            let (scheduler, runs) = restored.expect("it is whole");
            come_to_an_end(scheduler, runs, 0);
        }
    }
}

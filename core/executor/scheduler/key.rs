//! A key: whose tasks they are. Each has a queue and a share of what runs.

use super::gate::Turn;
use super::task::{Entry, Order, Priority};
use crate::chain::{Chain, Links};
use crate::id::QuotaId;
use crate::pace::{Pace, Rate};
use crate::slots::Slots;

/// The most quotas that one key counts against.
pub const QUOTAS_OF_A_KEY: usize = 4;

/// The largest weight of a key.
pub const HEAVIEST: u16 = 1024;

/// What a key may use: of a server, a tenant, an agent, or any mixture of those.
///
/// ```
/// use mcp_engine_executor::{KeyConfig, Limits, QuotaConfig, Scheduler};
///
/// let mut scheduler = Scheduler::new(Limits::default());
/// // All calls to one server count against its quota, whichever tenant makes them …
/// let server = scheduler.open_quota(&QuotaConfig { concurrency: Some(8), rate: None })?;
/// // … and a tenant that pays twice as much gets twice as many of them.
/// let small = scheduler.open_key(&KeyConfig { quotas: &[server], ..KeyConfig::default() })?;
/// let large = scheduler.open_key(&KeyConfig { quotas: &[server], weight: 2, ..KeyConfig::default() })?;
/// # let _ = (small, large);
/// # Ok::<(), mcp_engine_executor::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct KeyConfig<'a> {
    /// How many of its tasks run at the same time; `None` for as many as there is room for.
    pub concurrency: Option<u32>,
    /// Its share beside the other keys that wait, from 1 to [`HEAVIEST`]; 0 counts as 1.
    pub weight: u16,
    /// How fast its tasks start.
    pub rate: Option<Rate>,
    /// How many of its tasks may wait.
    pub queued: u32,
    /// Waiting so long is worth one [`Priority`] more. 0 makes priorities worth nothing.
    pub age_ns: u64,
    /// What it counts against beside the limits of its own, at most [`QUOTAS_OF_A_KEY`].
    pub quotas: &'a [QuotaId],
}

impl Default for KeyConfig<'_> {
    /// Any number at a time, weight 1, 4,096 that wait, ten seconds for a priority.
    fn default() -> Self {
        Self {
            concurrency: None,
            weight: 1,
            rate: None,
            queued: 4_096,
            age_ns: 10_000_000_000,
            quotas: &[],
        }
    }
}

/// A key as the scheduler keeps it.
#[derive(Debug, Default)]
pub(crate) struct Key {
    levels: [Chain<Order>; Priority::ALL.len()],
    /// Which of the levels hold a task, a bit each.
    taken: u8,
    /// How many tasks stand in the levels.
    pub(crate) queued: u32,
    /// How many of its tasks wait for anything.
    pub(crate) waiting: u32,
    pub(crate) waiting_limit: u32,
    pub(crate) running: u32,
    pub(crate) concurrency: Option<u32>,
    pub(crate) pace: Pace,
    pub(crate) weight: u16,
    /// How far a turn moves it ahead in virtual time.
    pub(crate) step: u64,
    pub(crate) age_ns: u64,
    /// Its gates, in the order in which it passes them; the last is the one of all keys.
    pub(crate) turns: Turns,
    pub(crate) place: Place,
}

/// Where a key stands. It goes through its gates one by one, and holds a permit of each one that it has passed.
///
/// ```text
///  Idle ──a task is queued──▶ its own limit, its own rate ──▶ quota, quota, … ──▶ the gate of all ──▶ poll_ready
///                                 Full      Resting               At(0..)              At(last)
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Place {
    /// Nothing is queued.
    #[default]
    Idle,
    /// As many of its tasks run as may.
    Full,
    /// Its rate forbids the next start for a while.
    Resting,
    /// In the line of a gate.
    At(u8),
}

/// The turns of a key at its gates.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Turns {
    turns: [Turn; QUOTAS_OF_A_KEY + 1],
    last: u8,
}

impl Turns {
    /// Turns at gates, which the gate of all keys, in place 0, comes behind.
    pub(crate) fn new(gates: impl Iterator<Item = u32>) -> Self {
        let mut turns = Self::default();
        for (place, gate) in turns.turns.iter_mut().zip(gates).take(QUOTAS_OF_A_KEY) {
            place.gate = gate;
            turns.last = turns.last.saturating_add(1);
        }
        turns
    }

    /// The turn at the gate that a key passes as number `stage`.
    pub(crate) fn at(&self, stage: u8) -> Option<&Turn> {
        self.turns.get(usize::from(stage))
    }

    pub(crate) fn at_mut(&mut self, stage: u8) -> Option<&mut Turn> {
        self.turns.get_mut(usize::from(stage))
    }

    /// Which gate is the last one: that of all keys.
    pub(crate) fn last(&self) -> u8 {
        self.last
    }

    /// The gate that a key passes as number `stage`.
    pub(crate) fn gate(&self, stage: u8) -> u32 {
        self.at(stage).map_or(0, |turn| turn.gate)
    }

    /// The gates that are quotas.
    pub(crate) fn quotas(&self) -> impl Iterator<Item = u32> {
        (0..self.last()).map(|stage| self.gate(stage))
    }
}

impl Key {
    pub(crate) fn new(config: &KeyConfig<'_>, turns: Turns) -> Self {
        Self {
            waiting_limit: config.queued,
            concurrency: config.concurrency,
            pace: Pace::new(config.rate),
            weight: config.weight,
            step: step(config.weight),
            age_ns: config.age_ns,
            turns,
            ..Self::default()
        }
    }

    pub(crate) fn is_full(&self) -> bool {
        self.concurrency.is_some_and(|limit| self.running >= limit)
    }

    pub(crate) fn push(&mut self, orders: &mut Links, task: u32, priority: Priority) {
        self.level(priority).push_back(orders, task);
        self.taken |= 1 << priority as u8;
        self.queued = self.queued.wrapping_add(1);
    }

    /// Takes out the task that goes first.
    #[inline(always)]
    pub(crate) fn pop(&mut self, tasks: &Slots<Entry>, orders: &Links) -> Option<u32> {
        let place = self.first(tasks)?;
        let level = self.levels.get_mut(place)?;
        let task = level.pop_front(orders)?;
        if level.is_empty() {
            self.taken &= !(1u8.wrapping_shl(place as u32));
        }
        self.queued = self.queued.wrapping_sub(1);
        Some(task)
    }

    pub(crate) fn remove(&mut self, orders: &mut Links, task: u32, priority: Priority) {
        let level = self.level(priority);
        level.remove(orders, task);
        if level.is_empty() {
            self.taken &= !(1 << priority as u8);
        }
        self.queued = self.queued.wrapping_sub(1);
    }

    /// The level whose first task goes first.
    ///
    /// Waiting makes up for priority at a fixed rate of exchange, so the order among tasks never changes while they wait, and the first of
    /// each level is all there is to compare.
    fn first(&self, tasks: &Slots<Entry>) -> Option<usize> {
        if self.taken.is_power_of_two() {
            return Some(self.taken.trailing_zeros() as usize);
        }
        let age = self.age_ns;
        let handicaps = (0u64..).map(|levels_below| levels_below.saturating_mul(age));
        let firsts = self.levels.iter().enumerate().rev().zip(handicaps);
        let ranks = firsts.filter_map(|((place, level), handicap)| {
            Some((place, tasks[level.first()?].queued_at.saturating_add(handicap)))
        });
        // The first of equals is that of the higher priority.
        ranks.min_by_key(|(_, rank)| *rank).map(|(place, _)| place)
    }

    /// The tasks of a priority, in the order of their arrival.
    #[expect(clippy::indexing_slicing, reason = "there is a level for each priority")]
    pub(crate) fn level(&mut self, priority: Priority) -> &mut Chain<Order> {
        &mut self.levels[priority as usize]
    }

    /// The tasks of each priority, in the order of their arrival.
    pub(crate) fn chains(&self) -> impl Iterator<Item = &Chain<Order>> {
        self.levels.iter()
    }
}

/// How far a key of some weight moves ahead each time.
fn step(weight: u16) -> u64 {
    const OF_ONE: u64 = 1 << 16;
    OF_ONE.checked_div(u64::from(weight.clamp(1, HEAVIEST))).unwrap_or(OF_ONE)
}

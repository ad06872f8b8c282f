//! What it costs to ask whether something may run: before a piece of work that does nothing, beside an echo call, and while a million
//! others wait.

use super::Bench;
use crate::contender::Contender;
use crate::measure::Clock;
use crate::ours::Turns;
use crate::peers::{OURS, schedules};
use mcp_engine_proto::version::Version;

pub(super) fn run(bench: &mut Bench<'_>) {
    noop(bench);
    scale(bench);
    permit(bench);
}

fn noop(bench: &mut Bench<'_>) {
    let race = bench.race("noop", TASKS as usize, schedules::alone(TASKS));
    bench.metric("noop", "vs_tokio", race.ratio(schedules::TOKIO, OURS));
    bench.metric("noop", "vs_tokio_task", race.ratio(schedules::TOKIO_TASK, OURS));
    bench.metric("inline", "vs_tokio", race.ratio(schedules::TOKIO, schedules::INLINE));
    let race = bench.race_by(Clock::Process, "noop_cpu", TASKS as usize, schedules::shared(TASKS));
    bench.metric("noop_cpu", "vs_tokio_many", race.ratio(schedules::TOKIO_MANY, OURS));
}

fn scale(bench: &mut Bench<'_>) {
    let race = bench.race("scale", LOAD as usize, schedules::loads(LOAD));
    bench.metric("scale", "time_of_small", race.ratio(schedules::MANY, schedules::FEW));
}

/// The same call twice without a permit shows how much of the difference is noise.
fn permit(bench: &mut Bench<'_>) {
    let plain = |name| {
        let mut turns = Turns::new(Version::V2025_11_25);
        Contender::whole(name, move || (0..CALLS).map(|_| turns.call(1)).sum())
    };
    let (mut turns, mut permits) = (Turns::new(Version::V2025_11_25), schedules::One::new());
    let with = Contender::whole(WITH, move || {
        let mut call = || {
            turns.call_within(1, |handle| {
                let ready = permits.start();
                handle();
                permits.done(ready);
            })
        };
        (0..CALLS).map(|_| call()).sum()
    });
    let race = bench.race("permit", CALLS, vec![plain(WITHOUT), with, plain(AGAIN)]);
    bench.metric("permit", "turn_with_over_without", race.ratio(WITH, WITHOUT));
    bench.metric("permit", "turn_over_itself", race.ratio(AGAIN, WITHOUT));
}

const TASKS: u64 = 10_000;
const LOAD: u64 = 10_000;
const CALLS: usize = 512;
const WITH: &str = "echo call under a permit";
const WITHOUT: &str = "echo call";
const AGAIN: &str = "echo call again";

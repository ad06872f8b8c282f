//! What kind of schedule it is: limits, quotas, keys, policies.

use super::choices::Choices;
use super::oracle::{Capacity, Keyed, Oracle};
use crate::{KeyConfig, Limits, Policy, PolicyId, QuotaConfig, Rate, Scheduler};

/// The most that a schedule runs at a time.
const MOST: usize = 4;

/// A scheduler, and the oracle that knows what it was told.
pub(super) fn begin(choices: &mut Choices<'_>) -> (Scheduler, Oracle) {
    let limits = Limits {
        tasks: choices.pick(&[64, 12]),
        running: 1 + choices.below(MOST) as u32,
        keys: 8,
        quotas: 4,
        dependencies: choices.pick(&[64, 4]),
        policies: 2,
    };
    let mut scheduler = Scheduler::new(limits);
    let all = Capacity { running: 0, limit: Some(limits.running), rate: None, starts: Vec::new() };
    let mut oracle = Oracle { limits, capacities: vec![all], ..Oracle::default() };
    policies(choices, &mut scheduler, &mut oracle);
    let mut quotas = Vec::new();
    for _ in 0..choices.below(4) {
        let config = QuotaConfig { concurrency: concurrency(choices), rate: rate(choices) };
        quotas.push(scheduler.open_quota(&config).expect("room for a quota"));
        oracle.capacities.push(Capacity::new(config.concurrency, config.rate));
    }
    for _ in 0..1 + choices.below(4) {
        let counted: Vec<usize> = (0..quotas.len()).filter(|_| choices.one_in(2)).collect();
        let named: Vec<_> = counted.iter().map(|at| quotas[*at]).collect();
        let config = KeyConfig {
            concurrency: concurrency(choices),
            weight: choices.pick(&[1, 2, 5]),
            rate: rate(choices),
            queued: choices.pick(&[64, 3]),
            age_ns: choices.pick(&[10, 0, 1_000]),
            quotas: &named,
        };
        let id = scheduler.open_key(&config).expect("room for a key");
        let own = oracle.capacities.len();
        oracle.capacities.push(Capacity::new(config.concurrency, config.rate));
        let capacities = counted.iter().map(|quota| quota + 1).chain([0, own]).collect();
        oracle.keys.push(Keyed { id, capacities, queued: config.queued });
    }
    (scheduler, oracle)
}

fn policies(choices: &mut Choices<'_>, scheduler: &mut Scheduler, oracle: &mut Oracle) {
    let tries = Policy {
        attempts: 1 + choices.below(3) as u32,
        initial_ns: choices.pick(&[0, 5, 50]),
        jitter: 0.5,
        final_kinds: vec!["fatal".into()],
        ..Policy::default()
    };
    let id = scheduler.set_policy("*", tries.clone()).expect("room for a policy");
    oracle.policies = vec![(PolicyId::ONCE, Policy::ONCE), (id, tries)];
}

fn concurrency(choices: &mut Choices<'_>) -> Option<u32> {
    choices.pick(&[None, Some(1), Some(2), Some(3)])
}

fn rate(choices: &mut Choices<'_>) -> Option<Rate> {
    let rated = Rate { starts: 1, period_ns: 20, burst: 1 };
    choices.pick(&[None, None, None, Some(rated), Some(Rate { burst: 3, ..rated })])
}

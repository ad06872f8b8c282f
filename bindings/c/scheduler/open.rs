//! Keys, quotas and retry policies.

use core::ffi::c_char;

use mcp_engine::executor::{KeyConfig, KeyId, Policy, QuotaConfig, QuotaId, Rate};

use super::mcpe_scheduler;
use crate::boundary;
use crate::boundary::DONE;
use crate::handle::Handle;
use crate::pointer::{Out, Ptr, input, kept, list};
use crate::status::{Failure, mcpe_status};
use crate::text::{mcpe_str, text};

/// At most so many starts in a period, and so many at once. `starts` 0 is no limit.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct mcpe_rate {
    /// Starts in a period.
    pub starts: u32,
    /// Starts that may follow one another at once; 0 counts as 1.
    pub burst: u32,
    /// Nanoseconds.
    pub period_ns: u64,
}

/// What a key may use. Zero in a member is its default.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct mcpe_key_options {
    /// `sizeof(mcpe_key_options)`.
    pub size: usize,
    /// How many of its tasks run at the same time; 0 for as many as there is room for.
    pub concurrency: u32,
    /// Its share beside the other keys that wait, from 1 to 1,024.
    pub weight: u32,
    /// How fast its tasks start.
    pub rate: mcpe_rate,
    /// How many of its tasks may wait. Default 4,096.
    pub queued: u32,
    /// 0.
    pub reserved: u32,
    /// Waiting so long is worth one priority more, in nanoseconds. Default ten seconds.
    pub age_ns: u64,
    /// What it counts against beside, at most four quotas.
    pub quotas: Ptr<u64>,
    /// How many those are.
    pub quotas_len: usize,
}

/// A quota that several keys count against. Zero in a member is no limit.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct mcpe_quota_options {
    /// `sizeof(mcpe_quota_options)`.
    pub size: usize,
    /// How many tasks run at the same time.
    pub concurrency: u32,
    /// 0.
    pub reserved: u32,
    /// How fast tasks start.
    pub rate: mcpe_rate,
}

/// How often a task is tried. Zero in a member is its default.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct mcpe_policy {
    /// `sizeof(mcpe_policy)`.
    pub size: usize,
    /// Attempts in all. Default 3.
    pub attempts: u32,
    /// 0.
    pub reserved: u32,
    /// Nanoseconds before the second attempt. Default 100 ms.
    pub initial_ns: u64,
    /// Nanoseconds that a wait takes at most. Default 30 s.
    pub most_ns: u64,
    /// What each wait is multiplied by to get the next. Default 2.
    pub factor: f64,
    /// The part of a wait that is random, from 0 to 1.
    pub jitter: f64,
    /// Kinds of failure after which there is no further attempt.
    pub final_kinds: Ptr<mcpe_str>,
    /// How many those are.
    pub final_kinds_len: usize,
}

/// How much of a key waits, and how much runs.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct mcpe_load {
    /// Tasks that wait.
    pub waiting: u32,
    /// Tasks that run.
    pub running: u32,
}

/// Opens a key: a queue of its own and a share of what runs. `options` may be `NULL`. Changes the scheduler.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_scheduler_open_key(
    scheduler: mcpe_scheduler,
    options: Ptr<mcpe_key_options>,
    key: Out<u64>,
) -> mcpe_status {
    boundary(|| {
        let key = key.required("key")?;
        let options = options.options()?;
        let quotas = &options.quotas;
        let quotas = input!(quotas, options.quotas_len)?;
        let quotas = list(quotas, |quota| Ok(QuotaId::from_bits(*quota)))?;
        let config = options.read(&quotas)?;
        key.put(scheduler.change(|one| Ok(one.scheduler.open_key(&config)?.to_bits()))?);
        DONE
    })
}

/// Removes a key that no task names any more. Changes the scheduler.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_scheduler_close_key(scheduler: mcpe_scheduler, key: u64) -> mcpe_status {
    boundary(|| {
        scheduler.change(|one| Ok(one.scheduler.close_key(KeyId::from_bits(key))?))?;
        DONE
    })
}

/// How many tasks of a key wait, and how many run. Reads the scheduler.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_scheduler_load(
    scheduler: mcpe_scheduler,
    key: u64,
    load: Out<mcpe_load>,
) -> mcpe_status {
    boundary(|| {
        let load = load.required("load")?;
        let (waiting, running) =
            scheduler.read(|one| Ok(one.scheduler.load(KeyId::from_bits(key))?))?;
        load.put(mcpe_load { waiting, running });
        DONE
    })
}

/// Opens a quota. `options` may be `NULL`. Changes the scheduler.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_scheduler_open_quota(
    scheduler: mcpe_scheduler,
    options: Ptr<mcpe_quota_options>,
    quota: Out<u64>,
) -> mcpe_status {
    boundary(|| {
        let quota = quota.required("quota")?;
        let options = options.options()?;
        let config =
            QuotaConfig { concurrency: some(options.concurrency), rate: options.rate.read() };
        quota.put(scheduler.change(|one| Ok(one.scheduler.open_quota(&config)?.to_bits()))?);
        DONE
    })
}

/// Removes a quota that no key counts against. Changes the scheduler.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_scheduler_close_quota(scheduler: mcpe_scheduler, quota: u64) -> mcpe_status {
    boundary(|| {
        scheduler.change(|one| Ok(one.scheduler.close_quota(QuotaId::from_bits(quota))?))?;
        DONE
    })
}

/// Adds a retry policy for the names that a pattern stands for: a name, the end of a dotted name, a prefix with `*` behind it, or `*`. `policy` may be
/// `NULL`. Changes the scheduler.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_scheduler_set_policy(
    scheduler: mcpe_scheduler,
    pattern: Ptr<c_char>,
    pattern_len: usize,
    policy: Ptr<mcpe_policy>,
    id: Out<u32>,
) -> mcpe_status {
    boundary(|| {
        let id = id.required("id")?;
        let (pattern, policy) = (text!(pattern, pattern_len)?, policy.options()?.read()?);
        id.put(scheduler.change(|one| Ok(one.scheduler.set_policy(pattern, policy)?.to_bits()))?);
        DONE
    })
}

/// The policy for a name; 0, which is one attempt, when no pattern stands for it. Reads the scheduler.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_scheduler_policy_of(
    scheduler: mcpe_scheduler,
    name: Ptr<c_char>,
    name_len: usize,
    id: Out<u32>,
) -> mcpe_status {
    boundary(|| {
        let id = id.required("id")?;
        let name = text!(name, name_len)?;
        id.put(scheduler.read(|one| Ok(one.scheduler.policy_of(name).to_bits()))?);
        DONE
    })
}

impl mcpe_key_options {
    fn read<'a>(&self, quotas: &'a [QuotaId]) -> Result<KeyConfig<'a>, Failure> {
        let usual = KeyConfig::default();
        let weight = u16::try_from(self.weight).map_err(|_| Failure::Value("weight"))?;
        Ok(KeyConfig {
            concurrency: some(self.concurrency),
            weight: if weight == 0 { usual.weight } else { weight },
            rate: self.rate.read(),
            queued: some(self.queued).unwrap_or(usual.queued),
            age_ns: if self.age_ns == 0 { usual.age_ns } else { self.age_ns },
            quotas,
        })
    }
}

impl mcpe_policy {
    fn read(&self) -> Result<Policy, Failure> {
        let usual = Policy::default();
        let or = |wanted, usual| if wanted == 0 { usual } else { wanted };
        let final_kinds = &self.final_kinds;
        let kinds = input!(final_kinds, self.final_kinds_len)?;
        Ok(Policy {
            attempts: some(self.attempts).unwrap_or(usual.attempts),
            initial_ns: or(self.initial_ns, usual.initial_ns),
            most_ns: or(self.most_ns, usual.most_ns),
            factor: if self.factor == 0.0 { usual.factor } else { self.factor },
            jitter: self.jitter,
            final_kinds: list(kinds, |kind| kept(kind.text("final_kinds")?))?,
        })
    }
}

impl mcpe_rate {
    fn read(&self) -> Option<Rate> {
        let Self { starts, burst, period_ns } = *self;
        (starts != 0).then_some(Rate { starts, period_ns, burst })
    }
}

fn some(count: u32) -> Option<u32> {
    (count != 0).then_some(count)
}

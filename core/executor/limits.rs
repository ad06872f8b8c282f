//! Every bound of the executor by name.

use core::fmt;

/// What a [`Scheduler`](crate::Scheduler) may hold and run at a time.
///
/// ```
/// use mcp_engine_executor::{Limits, Scheduler};
///
/// let scheduler = Scheduler::new(Limits { running: 4, ..Limits::default() });
/// assert_eq!(scheduler.running(), 0);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Tasks and scopes that are known, from their submission until their end was polled. Each takes about 200 bytes.
    pub tasks: u32,
    /// Tasks that run at the same time.
    pub running: u32,
    /// Keys.
    pub keys: u32,
    /// Quotas.
    pub quotas: u32,
    /// Dependencies between tasks, in all.
    pub dependencies: u32,
    /// Retry policies.
    pub policies: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            tasks: 65_536,
            running: 256,
            keys: 16_384,
            quotas: 1_024,
            dependencies: 65_536,
            policies: 1_024,
        }
    }
}

/// What a [`Runs`](crate::Runs) may hold.
///
/// ```
/// use mcp_engine_executor::{RunLimits, Runs};
///
/// // Nobody asks for results afterwards: runs are forgotten with their last event.
/// let runs = Runs::new(RunLimits { finished: 0, ..RunLimits::default() });
/// assert_eq!(runs.len(), 0);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RunLimits {
    /// Runs that are known, those that have ended among them. Each takes about 250 bytes beside what it holds.
    pub runs: u32,
    /// Runs that have ended and are kept. The first that ended is forgotten first.
    pub finished: u32,
    /// Nanoseconds that a run is kept after its end.
    pub finished_ns: u64,
    /// Waits and questions whose outcome was not polled, of all runs.
    pub waits: u32,
    /// Signals that are kept for one run.
    pub signals: u32,
    /// Bytes of those, with their names.
    pub signal_bytes: u32,
    /// Bytes of a name: of a workflow, a run, a signal.
    pub name_bytes: u32,
    /// Bytes of a payload: of a signal, a question, an answer, a result, a message.
    pub payload_bytes: u32,
    /// Bytes of all names and payloads together. Runs that have ended are forgotten early where that makes room.
    pub bytes: u64,
}

impl Default for RunLimits {
    fn default() -> Self {
        Self {
            runs: 16_384,
            finished: 1_024,
            finished_ns: 3_600_000_000_000,
            waits: 16_384,
            signals: 64,
            signal_bytes: 1 << 20,
            name_bytes: 256,
            payload_bytes: 256 << 10,
            bytes: 64 << 20,
        }
    }
}

/// The name of a bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Limit {
    /// [`Limits::tasks`]
    Tasks,
    /// [`KeyConfig::queued`](crate::KeyConfig::queued)
    Queued,
    /// [`Limits::keys`]
    Keys,
    /// [`Limits::quotas`]
    Quotas,
    /// [`Limits::dependencies`]
    Dependencies,
    /// [`Limits::policies`]
    Policies,
    /// [`RunLimits::runs`]
    Runs,
    /// [`RunLimits::waits`]
    Waits,
    /// [`RunLimits::signals`]
    Signals,
    /// [`RunLimits::signal_bytes`]
    SignalBytes,
    /// [`RunLimits::name_bytes`]
    NameBytes,
    /// [`RunLimits::payload_bytes`]
    PayloadBytes,
    /// [`RunLimits::bytes`]
    Bytes,
    /// What the system gives: a table could not grow.
    Memory,
}

impl Limit {
    /// The name, as it is spelled in [`Limits`] and [`RunLimits`].
    pub const fn name(self) -> &'static str {
        match self {
            Self::Tasks => "tasks",
            Self::Queued => "queued",
            Self::Keys => "keys",
            Self::Quotas => "quotas",
            Self::Dependencies => "dependencies",
            Self::Policies => "policies",
            Self::Runs => "runs",
            Self::Waits => "waits",
            Self::Signals => "signals",
            Self::SignalBytes => "signal_bytes",
            Self::NameBytes => "name_bytes",
            Self::PayloadBytes => "payload_bytes",
            Self::Bytes => "bytes",
            Self::Memory => "memory",
        }
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

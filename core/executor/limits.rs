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
}

impl Limit {
    /// The name, as it is spelled in [`Limits`].
    pub const fn name(self) -> &'static str {
        match self {
            Self::Tasks => "tasks",
            Self::Queued => "queued",
            Self::Keys => "keys",
            Self::Quotas => "quotas",
            Self::Dependencies => "dependencies",
            Self::Policies => "policies",
        }
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

//! Scenes with the scheduler: what starts when, how things end, and what is refused.

mod cancellation;
mod deadlines;
mod dependencies;
mod ends;
mod fairness;
mod ids;
mod limits;
mod misuse;
mod pausing;
mod permits;
mod priorities;
mod quotas;
mod rates;
mod retries;
mod stage;

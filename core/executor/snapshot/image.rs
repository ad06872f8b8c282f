//! What a snapshot says: the state as plain values, without the links that can be found again.
//!
//! Times are nanoseconds from the moment of the snapshot on, negative for what is past. Places are those of the tables, so that ids survive.

use rkyv::{Archive, Serialize};

#[derive(Archive, Serialize)]
pub(crate) struct Image {
    /// When it was taken.
    pub(crate) unix_ms: i64,
    pub(crate) scheduler: SchedulerImage,
    pub(crate) runs: RunsImage,
}

#[derive(Archive, Serialize)]
pub(crate) struct SchedulerImage {
    /// Of all places, taken or not; the same below.
    pub(crate) gate_generations: Vec<u32>,
    pub(crate) gates: Vec<GateImage>,
    pub(crate) key_generations: Vec<u32>,
    pub(crate) keys: Vec<KeyImage>,
    pub(crate) policies: Vec<PolicyImage>,
    pub(crate) task_generations: Vec<u32>,
    pub(crate) tasks: Vec<TaskImage>,
    /// Children, each behind those that are older.
    pub(crate) children: Vec<u32>,
    pub(crate) edges: Vec<EdgeImage>,
    /// Those in queues, each behind those of its key and priority that go first.
    pub(crate) queued: Vec<u32>,
    /// Those whose end was not polled, in the order of their ends.
    pub(crate) ended: Vec<u32>,
}

#[derive(Archive, Serialize)]
pub(crate) struct GateImage {
    pub(crate) slot: u32,
    pub(crate) concurrency: Option<u32>,
    pub(crate) pace: PaceImage,
}

#[derive(Archive, Serialize)]
pub(crate) struct PaceImage {
    pub(crate) interval: u64,
    pub(crate) slack: u64,
    pub(crate) debt: u64,
}

#[derive(Archive, Serialize)]
pub(crate) struct KeyImage {
    pub(crate) slot: u32,
    pub(crate) concurrency: Option<u32>,
    pub(crate) pace: PaceImage,
    pub(crate) weight: u16,
    pub(crate) waiting_limit: u32,
    pub(crate) age_ns: u64,
    pub(crate) quotas: Vec<u32>,
}

#[derive(Archive, Serialize)]
pub(crate) struct PolicyImage {
    pub(crate) pattern: String,
    pub(crate) attempts: u32,
    pub(crate) initial_ns: u64,
    pub(crate) factor: f64,
    pub(crate) most_ns: u64,
    pub(crate) jitter: f64,
    pub(crate) final_kinds: Vec<String>,
}

#[derive(Archive, Serialize)]
pub(crate) struct TaskImage {
    pub(crate) slot: u32,
    pub(crate) tag: u64,
    pub(crate) queued_at: i64,
    pub(crate) deadline: i64,
    pub(crate) phase_due: i64,
    pub(crate) attempt_ns: u64,
    pub(crate) key: u32,
    pub(crate) policy: u32,
    pub(crate) parent: u32,
    pub(crate) attempt: u32,
    pub(crate) state: u8,
    pub(crate) outcome: u8,
    pub(crate) priority: u8,
    pub(crate) needs: u8,
    pub(crate) unpolled: bool,
    pub(crate) paused_itself: bool,
    pub(crate) paused: bool,
    pub(crate) scope: bool,
}

#[derive(Archive, Serialize)]
pub(crate) struct EdgeImage {
    pub(crate) dependency: u32,
    pub(crate) dependent: u32,
}

#[derive(Archive, Serialize)]
pub(crate) struct RunsImage {
    pub(crate) run_generations: Vec<u32>,
    pub(crate) runs: Vec<RunImage>,
    pub(crate) wait_generations: Vec<u32>,
    pub(crate) waits: Vec<WaitImage>,
    /// All runs, those that something has happened to last first.
    pub(crate) recent: Vec<u32>,
    /// Those that have ended, in the order of their ends.
    pub(crate) finished: Vec<u32>,
    /// Those whose status was not polled, in their order.
    pub(crate) telling: Vec<u32>,
    /// The waits that are open, each behind those of its run that are older.
    pub(crate) open: Vec<u32>,
    /// The waits that are over, in the order of their ends.
    pub(crate) outcomes: Vec<u32>,
}

#[derive(Archive, Serialize)]
pub(crate) struct RunImage {
    pub(crate) slot: u32,
    pub(crate) id: String,
    pub(crate) workflow: String,
    pub(crate) tag: u64,
    pub(crate) scope: u64,
    pub(crate) status: u8,
    pub(crate) before: u8,
    pub(crate) opened: i64,
    pub(crate) updated: i64,
    pub(crate) finished: i64,
    pub(crate) version: u64,
    pub(crate) signals: Vec<SignalImage>,
    pub(crate) result: Option<Vec<u8>>,
    pub(crate) unpolled: bool,
}

#[derive(Archive, Serialize)]
pub(crate) struct SignalImage {
    pub(crate) name: String,
    pub(crate) version: u64,
    pub(crate) payload: Vec<u8>,
}

#[derive(Archive, Serialize)]
pub(crate) struct WaitImage {
    pub(crate) slot: u32,
    pub(crate) run: u32,
    pub(crate) tag: u64,
    pub(crate) deadline: i64,
    pub(crate) kind: KindImage,
    pub(crate) outcome: Option<OutcomeImage>,
}

#[derive(Archive, Serialize)]
pub(crate) enum KindImage {
    Signal { name: String, after: u64 },
    Question { prompt: Vec<u8> },
}

#[derive(Archive, Serialize)]
pub(crate) enum OutcomeImage {
    Signal { version: u64, payload: Vec<u8> },
    Answered(Vec<u8>),
    Refused(String),
    TimedOut,
    RunEnded,
    Withdrawn,
}

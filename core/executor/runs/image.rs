//! The registry as it is written down.

use super::Runs;
use super::wait::{Entry as Waiting, Kind, WaitOutcome};
use crate::snapshot::Taken;
use crate::snapshot::image::{
    KindImage, OutcomeImage, RunImage, RunsImage, SignalImage, WaitImage,
};

impl Runs {
    /// The latest time that the driver has named.
    pub(crate) fn now(&self) -> u64 {
        self.now
    }

    pub(crate) fn image(&self, taken: Taken) -> RunsImage {
        let open = self.runs.iter().flat_map(|(_, run)| run.waits.iter(&self.waits));
        RunsImage {
            run_generations: self.runs.generations().collect(),
            runs: self.runs.iter().map(|(slot, _)| self.run_image(slot, taken)).collect(),
            wait_generations: self.waits.generations().collect(),
            waits: self.waits.iter().map(|(slot, wait)| wait_image(slot, wait, taken)).collect(),
            recent: self.recent.iter(&self.runs).collect(),
            finished: self.finished.iter(&self.runs).collect(),
            telling: self.telling.iter(&self.runs).collect(),
            open: open.collect(),
            outcomes: self.outcomes.iter(&self.waits).collect(),
        }
    }

    fn run_image(&self, slot: u32, taken: Taken) -> RunImage {
        let run = &self.runs[slot];
        let signals = run.mailbox.iter().map(|signal| SignalImage {
            name: signal.name.to_string(),
            version: signal.version,
            payload: signal.payload.to_vec(),
        });
        RunImage {
            slot,
            id: run.id.to_string(),
            workflow: self.workflows[run.workflow].name.to_string(),
            tag: run.tag,
            scope: run.scope.to_bits(),
            status: run.status as u8,
            before: run.before as u8,
            opened: taken.distance(run.opened),
            updated: taken.distance(run.updated),
            finished: taken.distance(run.finished),
            version: run.mailbox.version(),
            signals: signals.collect(),
            result: run.result.as_ref().map(|result| result.to_vec()),
            unpolled: run.unpolled,
        }
    }
}

fn wait_image(slot: u32, wait: &Waiting, taken: Taken) -> WaitImage {
    let kind = match &wait.kind {
        Kind::Signal { name, after } => KindImage::Signal { name: name.to_string(), after: *after },
        Kind::Question { prompt } => KindImage::Question { prompt: prompt.to_vec() },
    };
    WaitImage {
        slot,
        run: wait.run,
        tag: wait.tag,
        deadline: taken.distance(wait.deadline),
        kind,
        outcome: wait.outcome.as_ref().map(outcome_image),
    }
}

fn outcome_image(outcome: &WaitOutcome) -> OutcomeImage {
    match outcome {
        WaitOutcome::Signal { version, payload } => {
            OutcomeImage::Signal { version: *version, payload: payload.to_vec() }
        }
        WaitOutcome::Answered(payload) => OutcomeImage::Answered(payload.to_vec()),
        WaitOutcome::Refused(reason) => OutcomeImage::Refused(reason.to_string()),
        WaitOutcome::TimedOut => OutcomeImage::TimedOut,
        WaitOutcome::RunEnded => OutcomeImage::RunEnded,
        WaitOutcome::Withdrawn => OutcomeImage::Withdrawn,
    }
}

//! Waits: for a signal, for the answer of a human.
//!
//! A wait has exactly one outcome, whichever comes first; what comes later finds no wait and says so.

use std::sync::Arc;

use super::Runs;
use super::run::Payload;
use crate::chain::{Link, linked};
use crate::counters::add;
use crate::error::{Error, Misuse};
use crate::id::{RunId, WaitId};
use crate::limits::Limit;
use crate::slots::NONE;
use crate::wheel::NEVER;

/// What a run waits for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wait<'a> {
    /// Of the signal.
    pub name: &'a str,
    /// The version of the last signal of this name that the caller has, 0 for none. Up to it they are dropped; the first later one is waited
    /// for. [`RunView::version`](crate::RunView::version) stands for whatever was sent up to now.
    pub after: u64,
    /// Until when; `None` for as long as the run lasts.
    pub deadline_ns: Option<u64>,
    /// Yours: it comes back with the outcome.
    pub tag: u64,
}

/// What a wait has led to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Waited {
    /// The signal was there.
    Signal {
        /// What to wait for more after, and by that to say that this one is not needed any more.
        version: u64,
        /// What was sent.
        payload: Payload,
    },
    /// It has to wait; the outcome comes as a [`RunEvent::Wait`](crate::RunEvent::Wait).
    Waits(WaitId),
}

/// A question to a human, or whoever else answers.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ask<'a> {
    /// The question.
    pub prompt: &'a [u8],
    /// Until when; `None` for as long as the run lasts.
    pub deadline_ns: Option<u64>,
    /// Yours: it comes back with the outcome.
    pub tag: u64,
}

/// A question that nobody has answered yet.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Question<'a> {
    /// What to [answer](Runs::answer).
    pub wait: WaitId,
    /// The question.
    pub prompt: &'a Payload,
    /// Until when.
    pub deadline_ns: Option<u64>,
    /// What the caller gave it.
    pub tag: u64,
}

/// How a wait has ended. There is exactly one for each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WaitOutcome {
    /// The signal has come.
    Signal {
        /// What to wait for more after.
        version: u64,
        /// What was sent.
        payload: Payload,
    },
    /// The question was answered.
    Answered(Payload),
    /// There will be no answer, for this reason.
    Refused(Arc<str>),
    /// The deadline came first.
    TimedOut,
    /// The run has ended.
    RunEnded,
    /// The caller does not wait any more.
    Withdrawn,
}

/// A wait as the registry keeps it.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) run: u32,
    pub(crate) tag: u64,
    pub(crate) deadline: u64,
    pub(crate) kind: Kind,
    pub(crate) outcome: Option<WaitOutcome>,
    /// Its place among the open waits of its run, or among those that are over.
    pub(crate) order: Link,
}

#[derive(Debug)]
pub(crate) enum Kind {
    Signal { name: Box<str>, after: u64 },
    Question { prompt: Payload },
}

/// The kind of list that waits are, open or over.
#[derive(Debug)]
pub(crate) enum Order {}

linked! {
    Order: Entry { order }
}

impl Default for Entry {
    fn default() -> Self {
        let kind = Kind::Signal { name: Box::default(), after: 0 };
        Self { run: NONE, tag: 0, deadline: NEVER, kind, outcome: None, order: Link::default() }
    }
}

impl Entry {
    /// The bytes that it holds.
    pub(crate) fn bytes(&self) -> usize {
        let asked = match &self.kind {
            Kind::Signal { name, .. } => name.len(),
            Kind::Question { prompt } => prompt.len(),
        };
        asked.saturating_add(self.outcome.as_ref().map_or(0, WaitOutcome::bytes))
    }

    /// Whether it waits for a signal of this name and version.
    fn wants(&self, signal: &str, version: u64) -> bool {
        matches!(&self.kind, Kind::Signal { name, after } if **name == *signal && *after < version)
    }
}

impl WaitOutcome {
    fn bytes(&self) -> usize {
        match self {
            Self::Signal { payload, .. } | Self::Answered(payload) => payload.len(),
            Self::Refused(reason) => reason.len(),
            Self::TimedOut | Self::RunEnded | Self::Withdrawn => 0,
        }
    }
}

impl Runs {
    /// Sends a signal to a run. All that wait for its name get it, and it is kept for those that come later, until one of them
    /// [acknowledges](Wait::after) it.
    ///
    /// Linear in the number of waits of the run. Returns the version: each signal of a run has a higher one than those before.
    ///
    /// # Errors
    ///
    /// [`Limit::Signals`] and [`Limit::SignalBytes`] when the mailbox of the run is full, [`Limit::NameBytes`], [`Limit::PayloadBytes`],
    /// [`Limit::Bytes`]; [`Misuse::UnknownRun`], [`Misuse::RunEnded`].
    pub fn signal(
        &mut self,
        run: RunId,
        name: &str,
        payload: &[u8],
        now: u64,
    ) -> Result<u64, Error> {
        self.tick(now);
        let sent = self.try_signal(run, name, payload);
        sent.inspect_err(|error| self.counters.refuse(error))
    }

    fn try_signal(&mut self, run: RunId, name: &str, payload: &[u8]) -> Result<u64, Error> {
        let slot = self.live(run)?;
        self.assert_name(name)?;
        self.assert_payload(payload)?;
        let mailbox = &self.runs[slot].mailbox;
        let bytes = name.len().saturating_add(payload.len());
        mailbox.admits(bytes, &self.limits).map_err(Error::limit)?;
        let version = mailbox.version().saturating_add(1);
        let waits = self.runs[slot].waits.iter(&self.waits);
        let wanted = waits.filter(|wait| self.waits[*wait].wants(name, version)).count();
        self.charge(bytes.saturating_add(wanted.saturating_mul(payload.len())))?;
        let payload = Payload::from(payload);
        self.runs[slot].mailbox.put(name, payload.clone());
        self.deliver(slot, name, version, &payload);
        add(&mut self.counters.signals);
        self.touch(slot);
        Ok(version)
    }

    fn deliver(&mut self, run: u32, name: &str, version: u64, payload: &Payload) {
        let mut at = self.runs[run].waits.first();
        while let Some(wait) = at {
            let entry = &self.waits[wait];
            at = (entry.order.next != NONE).then_some(entry.order.next);
            if entry.wants(name, version) {
                self.decide(wait, WaitOutcome::Signal { version, payload: payload.clone() });
            }
        }
    }

    /// Waits for the first signal of a name after a version. One that was sent before the wait is there at once.
    ///
    /// Linear in the number of signals that are kept for the run.
    ///
    /// # Errors
    ///
    /// [`Limit::Waits`], [`Limit::NameBytes`], [`Limit::Bytes`]; [`Misuse::UnknownRun`], [`Misuse::RunEnded`].
    pub fn wait(&mut self, run: RunId, wait: &Wait<'_>, now: u64) -> Result<Waited, Error> {
        self.tick(now);
        let waited = self.try_wait(run, wait);
        waited.inspect_err(|error| self.counters.refuse(error))
    }

    fn try_wait(&mut self, run: RunId, wait: &Wait<'_>) -> Result<Waited, Error> {
        let slot = self.live(run)?;
        let Wait { name, after, deadline_ns, tag } = *wait;
        let there = self.runs[slot].mailbox.first(name, after);
        let there = there.map(|signal| (signal.version, signal.payload.clone()));
        let waited = match there {
            Some((version, payload)) => Waited::Signal { version, payload },
            None => {
                self.assert_name(name)?;
                let kind = Kind::Signal { name: name.into(), after };
                Waited::Waits(self.admit(slot, kind, deadline_ns, tag)?)
            }
        };
        let bytes = self.runs[slot].mailbox.acknowledge(name, after);
        self.release(bytes);
        Ok(waited)
    }

    /// Asks somebody. Whoever shows questions finds this one in [`questions`](Self::questions) until there is an outcome.
    ///
    /// # Errors
    ///
    /// [`Limit::Waits`], [`Limit::PayloadBytes`], [`Limit::Bytes`]; [`Misuse::UnknownRun`], [`Misuse::RunEnded`].
    pub fn ask(&mut self, run: RunId, ask: &Ask<'_>, now: u64) -> Result<WaitId, Error> {
        self.tick(now);
        let asked = self.try_ask(run, ask);
        asked.inspect_err(|error| self.counters.refuse(error))
    }

    fn try_ask(&mut self, run: RunId, ask: &Ask<'_>) -> Result<WaitId, Error> {
        let slot = self.live(run)?;
        self.assert_payload(ask.prompt)?;
        let kind = Kind::Question { prompt: ask.prompt.into() };
        let wait = self.admit(slot, kind, ask.deadline_ns, ask.tag)?;
        self.touch(slot);
        Ok(wait)
    }

    /// Gives the answer to a question, or says why there is none: that comes as [`WaitOutcome::Refused`], never as an answer.
    ///
    /// # Errors
    ///
    /// [`Misuse::UnknownWait`] when the question has its outcome, [`Misuse::NotAsked`]; [`Limit::PayloadBytes`], [`Limit::Bytes`].
    pub fn answer(
        &mut self,
        wait: WaitId,
        answer: Result<&[u8], &str>,
        now: u64,
    ) -> Result<(), Error> {
        self.tick(now);
        let answered = self.try_answer(wait, answer);
        answered.inspect_err(|error| self.counters.refuse(error))
    }

    fn try_answer(&mut self, wait: WaitId, answer: Result<&[u8], &str>) -> Result<(), Error> {
        let slot = self.open_wait(wait)?;
        if matches!(self.waits[slot].kind, Kind::Signal { .. }) {
            return Err(Misuse::NotAsked.into());
        }
        let bytes = answer.unwrap_or_else(str::as_bytes);
        self.assert_payload(bytes)?;
        self.charge(bytes.len())?;
        let outcome = match answer {
            Ok(payload) => WaitOutcome::Answered(payload.into()),
            Err(reason) => WaitOutcome::Refused(reason.into()),
        };
        self.touch(self.waits[slot].run);
        self.decide(slot, outcome);
        Ok(())
    }

    /// Ends a wait that its caller has lost interest in.
    ///
    /// # Errors
    ///
    /// [`Misuse::UnknownWait`] when it has its outcome.
    pub fn withdraw(&mut self, wait: WaitId, now: u64) -> Result<(), Error> {
        self.tick(now);
        let slot = self.open_wait(wait).inspect_err(|error| self.counters.refuse(error))?;
        self.decide(slot, WaitOutcome::Withdrawn);
        Ok(())
    }

    /// The questions of a run that nobody has answered yet, in the order in which they were asked.
    ///
    /// # Errors
    ///
    /// [`Misuse::UnknownRun`].
    pub fn questions(&self, run: RunId) -> Result<impl Iterator<Item = Question<'_>>, Error> {
        let waits = self.runs[self.slot_of(run)?].waits.iter(&self.waits);
        Ok(waits.filter_map(|wait| {
            let Entry { kind: Kind::Question { prompt }, deadline, tag, .. } = &self.waits[wait]
            else {
                return None;
            };
            let deadline_ns = (*deadline != NEVER).then_some(*deadline);
            Some(Question { wait: self.wait_id(wait), prompt, deadline_ns, tag: *tag })
        }))
    }

    fn admit(
        &mut self,
        run: u32,
        kind: Kind,
        deadline_ns: Option<u64>,
        tag: u64,
    ) -> Result<WaitId, Error> {
        if self.waits.room() == 0 {
            return Err(Error::limit(Limit::Waits));
        }
        let deadline = deadline_ns.unwrap_or(NEVER);
        let entry = Entry { run, tag, deadline, kind, ..Entry::default() };
        self.charge(entry.bytes())?;
        let slot = self.waits.insert(entry).ok_or(Error::limit(Limit::Waits))?;
        self.runs[run].waits.push_back(&mut self.waits, slot);
        add(&mut self.counters.waits);
        if deadline <= self.now {
            self.decide(slot, WaitOutcome::TimedOut);
        } else if deadline != NEVER {
            self.timers.set(slot, deadline);
        }
        Ok(self.wait_id(slot))
    }

    /// An open wait gets its outcome.
    pub(super) fn decide(&mut self, wait: u32, outcome: WaitOutcome) {
        if outcome == WaitOutcome::TimedOut {
            add(&mut self.counters.timed_out);
        }
        self.timers.stop(wait);
        let entry = &mut self.waits[wait];
        entry.outcome = Some(outcome);
        let run = &mut self.runs[entry.run];
        run.outcomes = run.outcomes.saturating_add(1);
        run.waits.remove(&mut self.waits, wait);
        self.outcomes.push_back(&mut self.waits, wait);
    }

    fn open_wait(&self, wait: WaitId) -> Result<u32, Error> {
        let (slot, generation) = (wait.slot(), wait.generation());
        if self.waits.holds(slot, generation) && self.waits[slot].outcome.is_none() {
            Ok(slot)
        } else {
            Err(Misuse::UnknownWait.into())
        }
    }

    pub(super) fn wait_id(&self, slot: u32) -> WaitId {
        WaitId::new(slot, self.waits.generation(slot))
    }
}

//! The mailbox against a naive one.

use mcp_engine_executor::{RunEvent, RunLimits, Wait, WaitOutcome, Waited};
use proptest::prelude::*;

use crate::Desk;

#[derive(Clone, Debug)]
enum Step {
    Signal(usize, u8),
    /// For a name, after the last version but so many.
    Wait(usize, u64, Option<u64>),
    Time(u64),
    Poll,
    Restart,
}

const NAMES: [&str; 3] = ["go", "stop", ""];
const SIGNALS: u32 = 5;

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (0..3usize, any::<u8>()).prop_map(|(name, byte)| Step::Signal(name, byte)),
        3 => (0..3usize, 0..6u64, proptest::option::of(0..20u64))
            .prop_map(|(name, back, until)| Step::Wait(name, back, until)),
        1 => (0..10u64).prop_map(Step::Time),
        1 => Just(Step::Poll),
        1 => Just(Step::Restart),
    ]
}

/// Lists and loops.
#[derive(Default)]
struct Model {
    now: u64,
    version: u64,
    /// Name, version, payload.
    kept: Vec<(usize, u64, u8)>,
    /// Tag, name, after, deadline.
    waits: Vec<(u64, usize, u64, u64)>,
    /// Tag, and the signal or that the time was up.
    outcomes: Vec<(u64, Option<(u64, u8)>)>,
}

impl Model {
    fn signal(&mut self, name: usize, byte: u8) -> Option<u64> {
        if self.kept.len() >= SIGNALS as usize {
            return None;
        }
        self.version += 1;
        let version = self.version;
        self.kept.push((name, version, byte));
        let outcomes = &mut self.outcomes;
        self.waits.retain(|(tag, waited, after, _)| {
            let gets = *waited == name && *after < version;
            outcomes.extend(gets.then_some((*tag, Some((version, byte)))));
            !gets
        });
        Some(version)
    }

    fn wait(&mut self, tag: u64, name: usize, after: u64, until: u64) -> Option<(u64, u8)> {
        self.kept.retain(|(kept, version, _)| *kept != name || *version > after);
        let there = self.kept.iter().find(|(kept, ..)| *kept == name);
        let there = there.map(|(_, version, byte)| (*version, *byte));
        if there.is_none() {
            self.waits.push((tag, name, after, until));
            self.pass(0);
        }
        there
    }

    fn pass(&mut self, ns: u64) {
        self.now += ns;
        let mut late = self.waits.clone();
        late.retain(|(.., until)| *until <= self.now);
        late.sort_by_key(|(.., until)| *until);
        self.waits.retain(|(.., until)| *until > self.now);
        self.outcomes.extend(late.iter().map(|(tag, ..)| (*tag, None)));
    }
}

proptest! {
    #[test]
    fn a_mailbox_does_what_a_list_does(steps in proptest::collection::vec(step(), 0..80)) {
        let mut desk = Desk::new(RunLimits { signals: SIGNALS, ..RunLimits::default() });
        let (run, mut model) = (desk.running("a"), Model::default());
        for (tag, step) in (0..).zip(steps) {
            match step {
                Step::Signal(name, byte) => {
                    let sent = desk.runs.signal(run, NAMES[name], &[byte], model.now);
                    prop_assert_eq!(sent.ok(), model.signal(name, byte));
                }
                Step::Wait(name, back, until) => {
                    let after = model.version.saturating_sub(back);
                    let deadline_ns = until.map(|ns| model.now + ns);
                    let wait = Wait { name: NAMES[name], after, deadline_ns, tag };
                    let waited = desk.runs.wait(run, &wait, model.now).expect("room");
                    let there = match waited {
                        Waited::Signal { version, payload } => Some((version, payload[0])),
                        Waited::Waits(_) => None,
                    };
                    prop_assert_eq!(there, model.wait(tag, name, after, deadline_ns.unwrap_or(u64::MAX)));
                }
                Step::Time(ns) => {
                    model.pass(ns);
                    desk.runs.handle_timeout(model.now);
                }
                Step::Restart => desk.restart(model.now),
                Step::Poll => assert_same_outcomes(&mut desk, &mut model),
            }
            desk.runs.assert_sound();
            prop_assert_eq!(desk.runs.view(run).expect("it is kept").version, model.version);
        }
        assert_same_outcomes(&mut desk, &mut model);
    }
}

fn assert_same_outcomes(desk: &mut Desk, model: &mut Model) {
    let mut outcomes = Vec::new();
    for event in desk.events() {
        let RunEvent::Wait { tag, outcome, .. } = event else { panic!("{event:?}") };
        outcomes.push(match outcome {
            WaitOutcome::Signal { version, payload } => (tag, Some((version, payload[0]))),
            WaitOutcome::TimedOut => (tag, None),
            other => panic!("{other:?}"),
        });
    }
    // Those whose time is up together come in any order.
    let mut expected = std::mem::take(&mut model.outcomes);
    expected.sort();
    outcomes.sort();
    assert_eq!(outcomes, expected);
}

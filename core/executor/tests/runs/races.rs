//! Everything that can end a wait, in every order.

use std::collections::BTreeMap;

use mcp_engine_executor::{
    Ask, Finish, Outcome, RunEvent, RunId, RunLimits, Wait, WaitId, WaitOutcome, Waited,
};

use crate::Desk;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Act {
    Signal,
    Answer,
    Refuse,
    TimeOut,
    Withdraw,
    Cancel,
    Finish,
    ScopeEnds,
}

const ACTS: [Act; 8] = [
    Act::Signal,
    Act::Answer,
    Act::Refuse,
    Act::TimeOut,
    Act::Withdraw,
    Act::Cancel,
    Act::Finish,
    Act::ScopeEnds,
];

/// Who waits: one for a signal, one for an answer.
struct Race {
    desk: Desk,
    run: RunId,
    waits: [WaitId; 2],
    restarts: bool,
    outcomes: BTreeMap<WaitId, Vec<WaitOutcome>>,
}

impl Race {
    fn new(restarts: bool) -> Self {
        let mut desk = Desk::new(RunLimits::default());
        let run = desk.running("a");
        let deadline_ns = Some(10);
        let waited = desk.runs.wait(run, &Wait { name: "go", deadline_ns, ..Wait::default() }, 0);
        let Ok(Waited::Waits(signal)) = waited else { panic!("{waited:?}") };
        let ask = Ask { deadline_ns, ..Ask::default() };
        let question = desk.runs.ask(run, &ask, 0).expect("room");
        Self { desk, run, waits: [signal, question], restarts, outcomes: BTreeMap::new() }
    }

    fn act(&mut self, act: Act) {
        let Self { desk: Desk { scheduler, runs, .. }, run, waits, .. } = self;
        let (run, [signal, question]) = (*run, *waits);
        // What comes too late is refused, and that is all.
        let _ = match act {
            Act::Signal => runs.signal(run, "go", b"", 1).map(drop),
            Act::Answer => runs.answer(question, Ok(b""), 1),
            Act::Refuse => runs.answer(question, Err(""), 1),
            Act::TimeOut => {
                runs.handle_timeout(10);
                Ok(())
            }
            Act::Withdraw => {
                runs.withdraw(signal, 1).or(Ok(())).and_then(|()| runs.withdraw(question, 1))
            }
            Act::Cancel => runs.cancel(run, scheduler, 1).map(drop),
            Act::Finish => runs.finish(run, Finish::Completed(b""), scheduler, 1),
            Act::ScopeEnds => {
                let scope = runs.scope(run).expect("it is kept");
                runs.scope_ended(scope, Outcome::Cancelled, 1);
                Ok(())
            }
        };
        runs.assert_sound();
        if self.restarts {
            self.desk.restart(10);
        }
    }

    fn poll(&mut self) {
        for event in self.desk.events() {
            if let RunEvent::Wait { wait, outcome, .. } = event {
                self.outcomes.entry(wait).or_default().push(outcome);
            }
        }
    }
}

/// What the first act that concerns a wait makes of it.
fn expected(order: &[Act], is_question: bool) -> WaitOutcome {
    let first = order.iter().find_map(|act| match act {
        Act::Signal => {
            let payload = b""[..].into();
            (!is_question).then_some(WaitOutcome::Signal { version: 1, payload })
        }
        Act::Answer => is_question.then(|| WaitOutcome::Answered(b""[..].into())),
        Act::Refuse => is_question.then(|| WaitOutcome::Refused("".into())),
        Act::TimeOut => Some(WaitOutcome::TimedOut),
        Act::Withdraw => Some(WaitOutcome::Withdrawn),
        Act::Cancel | Act::Finish | Act::ScopeEnds => Some(WaitOutcome::RunEnded),
    });
    first.expect("every order has one that concerns all")
}

#[test]
fn in_every_order_a_wait_has_exactly_one_outcome() {
    let mut orders = 0;
    for_each_order(&mut ACTS.to_vec(), &mut Vec::new(), &mut |order| {
        for poll_after in 0..=order.len() {
            let mut race = Race::new(poll_after == 1);
            for (at, act) in order.iter().enumerate() {
                race.act(*act);
                if at == poll_after {
                    race.poll();
                }
            }
            race.poll();
            let [signal, question] = race.waits;
            assert_eq!(race.outcomes.get(&signal).map(Vec::len), Some(1), "{order:?}");
            assert_eq!(race.outcomes.get(&question).map(Vec::len), Some(1), "{order:?}");
            assert_eq!(race.outcomes[&signal], [expected(order, false)], "{order:?}");
            assert_eq!(race.outcomes[&question], [expected(order, true)], "{order:?}");
        }
        orders += 1;
    });
    assert_eq!(orders, 1_680);
}

/// Every order of four of the acts in which one concerns all waits.
fn for_each_order(left: &mut Vec<Act>, order: &mut Vec<Act>, each: &mut dyn FnMut(&[Act])) {
    if order.len() == 4 {
        return each(order);
    }
    for at in 0..left.len() {
        order.push(left.remove(at));
        for_each_order(left, order, each);
        let act = order.pop().expect("it was pushed");
        left.insert(at, act);
    }
}

//! The order of things: what is done next.

use super::world::World;
use crate::connection::{StreamId, Topology};
use crate::error::{Error, Misuse};
use crate::version::Role;

/// What can be done next.
#[derive(Clone, Copy, Debug)]
pub(super) enum Act {
    Step,
    Settle,
    Pass,
    Ask(Role),
    Listen,
    Retry,
    Cancel(Role),
    Respond(Role),
    Progress(Role),
    Notify(Role),
    Publish,
    Log,
    EndSubscription,
    Standalone,
    Misuse(Role),
    Trouble,
    Close(Role),
}

impl World<'_> {
    /// Plays the schedule to its end.
    pub(super) fn play(&mut self) {
        self.start();
        for _ in 0..self.plan.length {
            let act = self.choices.weighted(ACTS);
            self.report.acts += 1;
            self.act(act);
            if self.choices.are_over() {
                break;
            }
        }
        self.finish();
        self.report.messages = self.messages();
    }

    fn start(&mut self) {
        let now = self.pair.now;
        if let Err(error) = self.pair.client.connection.start(now) {
            assert!(self.is_for_lack_of_room(error), "{error}");
        }
        self.poll();
        if self.choices.below(4) < 3 {
            self.settle();
        }
    }

    pub(super) fn act(&mut self, act: Act) {
        // Now and then an application does several things before its driver looks.
        if !self.choices.one_in(4)
            || matches!(act, Act::Cancel(_) | Act::Pass | Act::EndSubscription)
        {
            self.poll();
        }
        match act {
            Act::Step => _ = self.step(),
            Act::Settle => self.settle(),
            Act::Pass => self.pass(),
            Act::Ask(role) => self.within_room(role, |world| world.ask(role)),
            Act::Listen => self.within_room(Role::Client, Self::listen),
            Act::Retry => self.within_room(Role::Client, Self::retry),
            Act::Cancel(role) => self.within_room(role, |world| world.cancel(role)),
            Act::Respond(role) => self.within_room(role, |world| _ = world.respond(role)),
            Act::Progress(role) => self.within_room(role, |world| world.progress(role)),
            Act::Notify(role) => self.within_room(role, |world| world.notify(role)),
            Act::Publish => self.within_room(Role::Server, Self::publish),
            Act::Log => self.within_room(Role::Server, Self::log),
            Act::EndSubscription => self.within_room(Role::Server, Self::end_subscription),
            Act::Standalone => self.standalone(),
            Act::Misuse(role) => self.misuse(role),
            Act::Trouble => self.trouble(),
            Act::Close(role) => self.close(role),
        }
    }

    /// Does something, after which no more waits to be sent than the limit and one message.
    fn within_room(&mut self, role: Role, act: impl FnOnce(&mut Self)) {
        let limit = self.pair.side(role).connection.config().limits.outbox_bytes as usize;
        let before = self.pair.side(role).connection.waiting_bytes();
        act(self);
        let after = self.pair.side(role).connection.waiting_bytes();
        // What a batch holds back may leave to make room for one more answer.
        let is_full = before >= limit && !self.holds_batches(role);
        assert!(!is_full || after <= before, "{before} of {limit} bytes waited, now {after}");
        assert!(after <= limit.saturating_add(LONGEST), "{after} bytes wait, the limit is {limit}");
    }

    /// Opens or closes the stream for what belongs to no request.
    fn standalone(&mut self) {
        let has_session = self.pair.client.connection.version().is_some();
        if self.plan.topology == Topology::Http && has_session {
            let stream = (!self.choices.one_in(4)).then_some(STANDALONE);
            self.say(|_| format!("the standalone stream is {stream:?}"));
            self.pair.server.connection.set_standalone(stream);
            self.has_standalone = stream.is_some();
        }
    }

    /// What an application must not do is told to it, and changes nothing.
    fn misuse(&mut self, role: Role) {
        let now = self.pair.now;
        let connection = &mut self.pair.side_mut(role).connection;
        let expected = match (role, connection.closing()) {
            (Role::Server, _) => Misuse::WrongRole,
            (Role::Client, Some(_)) => Misuse::Closed,
            (Role::Client, None) => Misuse::StartedTwice,
        };
        let started = connection.start(now);
        let unknown = Err(Error::ApiMisuse(Misuse::UnknownRequest));
        assert_eq!(connection.end_subscription(&"none".into()), unknown);
        assert_eq!(connection.cancel(&(-1).into(), None, now), unknown);
        assert_eq!(connection.progress(&99_999.into(), 1.0, None, None).map(drop), unknown);
        // Where the first start has found no room, there may be a second.
        assert!(started == Err(Error::ApiMisuse(expected)) || self.plan.tight, "{started:?}");
    }
}

const ACTS: &[(usize, Act)] = &[
    (60, Act::Step),
    (6, Act::Settle),
    (5, Act::Pass),
    (24, Act::Ask(Role::Client)),
    (10, Act::Ask(Role::Server)),
    (5, Act::Listen),
    (5, Act::Retry),
    (6, Act::Cancel(Role::Client)),
    (3, Act::Cancel(Role::Server)),
    (18, Act::Respond(Role::Server)),
    (8, Act::Respond(Role::Client)),
    (8, Act::Progress(Role::Server)),
    (4, Act::Progress(Role::Client)),
    (3, Act::Notify(Role::Client)),
    (3, Act::Notify(Role::Server)),
    (8, Act::Publish),
    (6, Act::Log),
    (2, Act::EndSubscription),
    (5, Act::Standalone),
    (2, Act::Misuse(Role::Client)),
    (1, Act::Misuse(Role::Server)),
    (25, Act::Trouble),
    (1, Act::Close(Role::Client)),
    (1, Act::Close(Role::Server)),
];
/// The stream of HTTP for what belongs to no request.
pub(super) const STANDALONE: StreamId = StreamId(1 << 40);
/// No message is longer here, in bytes.
const LONGEST: usize = 64 << 10;

//! Schedulers, and permits that outlive them.

use mcp_engine_c::scheduler::*;
use mcp_engine_c::status::*;

use super::cursor::Cursor;
use super::held::{Held, Shelf};
use super::{by, known};
use crate::abi::{from, none, sized, to, zero};

#[derive(Default)]
pub(crate) struct Tasks {
    schedulers: Shelf<mcpe_scheduler>,
    permits: Shelf<mcpe_permit>,
    /// Keys and tasks of any scheduler, those that are gone among them.
    ids: Vec<u64>,
}

impl Tasks {
    pub(crate) fn step(&mut self, cursor: &mut Cursor<'_>) {
        let held =
            self.schedulers.pick(cursor, |slot, generation| mcpe_scheduler { slot, generation });
        match cursor.below(8) {
            0 => self.open(cursor),
            1 => self.schedulers.free(cursor, mcpe_scheduler_free),
            2 => {
                let mut key = 0;
                let options = mcpe_key_options { concurrency: cursor.below(3) as u32, ..sized() };
                by(&held, mcpe_scheduler_open_key(held.handle, from(&options), to(&mut key)));
                self.ids.push(key);
            }
            3 | 4 => self.submit(held, cursor),
            5 => self.run(held, cursor),
            6 => self.permits.free(cursor, mcpe_permit_free),
            _ => self.say(held, cursor),
        }
    }

    fn open(&mut self, cursor: &mut Cursor<'_>) {
        if self.schedulers.is_full() {
            return;
        }
        let options = mcpe_scheduler_options { tasks: cursor.below(5) as u32, ..sized() };
        let mut scheduler = zero();
        assert_eq!(known(mcpe_scheduler_new(from(&options), to(&mut scheduler))), MCPE_OK);
        self.schedulers.keep(scheduler);
    }

    fn id(&self, cursor: &mut Cursor<'_>) -> u64 {
        self.ids.get(cursor.below(self.ids.len() + 1)).copied().unwrap_or(u64::MAX)
    }

    fn submit(&mut self, held: Held<mcpe_scheduler>, cursor: &mut Cursor<'_>) {
        let after = [self.id(cursor)];
        let task = mcpe_task {
            key: self.id(cursor),
            after: crate::abi::first(&after),
            after_len: cursor.below(2),
            deadline_ns: cursor.below(3) as u64 * 10,
            priority: cursor.below(4) as u32,
            ..sized()
        };
        let mut id = 0;
        if by(&held, mcpe_scheduler_submit(held.handle, from(&task), 0, to(&mut id))) == MCPE_OK {
            self.ids.push(id);
        }
    }

    fn run(&mut self, held: Held<mcpe_scheduler>, cursor: &mut Cursor<'_>) {
        let mut ready: mcpe_ready = zero();
        let status = by(&held, mcpe_scheduler_poll_ready(held.handle, 5, to(&mut ready)));
        let (mut permit, mut settled) = (zero(), zero());
        if status == MCPE_OK && cursor.below(2) == 0 && !self.permits.is_full() {
            assert_eq!(mcpe_permit_new(held.handle, from(&ready), to(&mut permit)), MCPE_OK);
            self.permits.keep(permit);
        } else {
            let completion = cursor.below(5) as u32;
            by(
                &held,
                mcpe_scheduler_complete(
                    held.handle,
                    ready.task,
                    completion,
                    none(),
                    6,
                    to(&mut settled),
                ),
            );
        }
        by(&held, mcpe_scheduler_collect(held.handle, 7, to(&mut 0)));
        while by(&held, mcpe_scheduler_poll_event(held.handle, to(&mut zero()))) == MCPE_OK {}
    }

    fn say(&self, held: Held<mcpe_scheduler>, cursor: &mut Cursor<'_>) {
        let id = self.id(cursor);
        by(&held, mcpe_scheduler_cancel(held.handle, id, 8, to(&mut 0)));
        by(&held, mcpe_scheduler_pause(held.handle, id, 8));
        by(&held, mcpe_scheduler_resume(held.handle, id, 8));
        by(&held, mcpe_scheduler_state(held.handle, id, to(&mut 0)));
        by(&held, mcpe_scheduler_load(held.handle, id, to(&mut zero())));
        by(&held, mcpe_scheduler_close_key(held.handle, id));
        by(&held, mcpe_scheduler_poll_timeout(held.handle, to(&mut 0)));
        by(&held, mcpe_scheduler_handle_timeout(held.handle, cursor.below(30) as u64));
        by(&held, mcpe_scheduler_totals(held.handle, to(&mut zero())));
    }

    pub(crate) fn end(&mut self) {
        self.permits.end(mcpe_permit_free);
        self.schedulers.end(mcpe_scheduler_free);
    }
}

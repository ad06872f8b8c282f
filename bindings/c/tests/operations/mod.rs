//! Lists of operations on handles, made of bytes: what holds for every function of the ABI is checked after each.
//!
//! Handles are made, used, freed, freed again and made up; spans and lengths lie within and without; callbacks call back. The fuzz target
//! `capi` chooses the bytes, and `replay.rs` runs what it has found.

mod cursor;
mod held;
mod messages;
mod streams;
mod tasks;

use std::ffi::CStr;

use mcp_engine_c::error::mcpe_status_name;
use mcp_engine_c::status::*;

use cursor::Cursor;
use held::Held;
use messages::Messages;
use streams::Streams;
use tasks::Tasks;

/// Does what the bytes say.
pub(crate) fn play(input: &[u8]) {
    let mut cursor = Cursor::new(input);
    let mut world = World::default();
    for _ in 0..MOST {
        let Some(operation) = cursor.byte() else { break };
        match operation % 4 {
            0 => world.streams.step(&mut cursor, &mut world.messages),
            1 => world.messages.step(&mut cursor),
            2 => world.streams.converse(&mut cursor, &mut world.messages),
            _ => world.tasks.step(&mut cursor),
        }
    }
    world.streams.end();
    world.messages.end();
    world.tasks.end();
}

#[derive(Default)]
struct World {
    streams: Streams,
    messages: Messages,
    tasks: Tasks,
}

/// A status that a function may give: one that has a name, and no bug.
pub(crate) fn known(status: mcpe_status) -> mcpe_status {
    // SAFETY: a static text that ends with a zero.
    let name = unsafe { CStr::from_ptr(mcpe_status_name(status)) };
    assert!(!name.is_empty(), "{status}");
    assert!(status != MCPE_ERR_PANIC && status != MCPE_ERR_POISONED, "{status}");
    assert!(status != MCPE_ERR_STRUCT && status != MCPE_ERR_NULL, "{status}");
    status
}

/// The status of a call by a handle: that it names nothing when it was freed or made up, unless something else is wrong, which may be seen before.
pub(crate) fn by<H>(handle: &Held<H>, status: mcpe_status) -> mcpe_status {
    match known(status) {
        MCPE_ERR_HANDLE => assert!(!handle.is_alive),
        MCPE_ERR_VALUE => {}
        status => assert!(handle.is_alive, "{status}"),
    }
    status
}

/// Longest list of operations.
const MOST: usize = 200;

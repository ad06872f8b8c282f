//! A scripted conversation in which the system refuses memory once, at every large allocation in turn: the call says so, and everything goes on.
//!
//! Large is what `docs/C_API.md` promises under "Memory". The allocator is that of the whole program, so that this file has one test.
#![expect(unsafe_code, reason = "an allocator, and the pointers of C")]

mod abi;
#[path = "memory/reading.rs"]
mod reading;
#[path = "memory/script.rs"]
mod script;
#[path = "memory/serving.rs"]
mod serving;
#[path = "memory/talking.rs"]
mod talking;
#[path = "memory/texts.rs"]
mod texts;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use script::Script;

#[test]
fn every_large_allocation_may_fail() {
    for (name, part) in Script::PARTS {
        let (mut failed, mut refused) = (0, 0);
        for nth in 1.. {
            LEFT.set(nth);
            let mut script = Script::default();
            part(&mut script);
            if LEFT.replace(NEVER) > 0 {
                break;
            }
            (failed, refused) = (nth, refused + script.refused);
            assert!(nth < MOST, "{name}: there is no end to it");
        }
        println!("{name}: {failed} large allocations, {refused} of them refused to a call");
        assert!(refused > 0, "{name} never had too little memory");
    }
}

thread_local! {
    /// After how many large allocations one fails.
    static LEFT: Cell<u32> = const { Cell::new(NEVER) };
    /// Whether the library is at work, and not the script.
    static IS_INSIDE: Cell<bool> = const { Cell::new(false) };
}

/// Makes a call into the library, whose allocations may fail.
pub(crate) fn inside<R>(call: impl FnOnce() -> R) -> R {
    IS_INSIDE.set(true);
    let result = call();
    IS_INSIDE.set(false);
    result
}

#[global_allocator]
static ALLOCATOR: Refusing = Refusing;

/// Refuses one large allocation of the thread.
struct Refusing;

impl Refusing {
    fn refuses(bytes: usize) -> bool {
        if bytes < LARGE || !IS_INSIDE.get() {
            return false;
        }
        let left = LEFT.get();
        if left == 0 || left == NEVER {
            return false;
        }
        LEFT.set(left - 1);
        left == 1
    }
}

// SAFETY: that of the system, or nothing, which an allocator may always give.
unsafe impl GlobalAlloc for Refusing {
    /// # Safety
    ///
    /// As for `System`, which does the rest.
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if Self::refuses(layout.size()) {
            return core::ptr::null_mut();
        }
        // SAFETY: the caller's promises are those that the system asks for.
        unsafe { System.alloc(layout) }
    }

    /// # Safety
    ///
    /// As for `System`, which does the rest.
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        if Self::refuses(layout.size()) {
            return core::ptr::null_mut();
        }
        // SAFETY: as above.
        unsafe { System.alloc_zeroed(layout) }
    }

    /// # Safety
    ///
    /// As for `System`, which does the rest.
    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, bytes: usize) -> *mut u8 {
        if Self::refuses(bytes) {
            return core::ptr::null_mut();
        }
        // SAFETY: as above.
        unsafe { System.realloc(pointer, layout, bytes) }
    }

    /// # Safety
    ///
    /// As for `System`, which does the rest.
    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { System.dealloc(pointer, layout) };
    }
}

/// What `docs/C_API.md` calls large.
const LARGE: usize = 16 << 10;
const NEVER: u32 = 1 << 30;
/// More than the script can have.
const MOST: u32 = 20_000;

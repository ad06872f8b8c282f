//! Signals on the threads of the library.

use core::mem::MaybeUninit;

/// Keeps this thread from ending the process when it writes to a pipe that nobody reads: it is told by the write, and what the process does about
/// `SIGPIPE` elsewhere stays as it is. Programs that are started from here begin without that.
pub(crate) fn block_broken_pipes() {
    let mut signals = MaybeUninit::<libc::sigset_t>::uninit();
    // SAFETY: the set is memory of ours, which the first call makes a set of no signals before the others look at it; no other thread sees it, and the
    // mask is that of this thread alone.
    unsafe {
        libc::sigemptyset(signals.as_mut_ptr());
        libc::sigaddset(signals.as_mut_ptr(), libc::SIGPIPE);
        libc::pthread_sigmask(libc::SIG_BLOCK, signals.as_ptr(), core::ptr::null_mut());
    }
}

//! The line that no panic crosses.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::error;
use crate::error::Trouble;
use crate::status::{Failure, MCPE_OK, mcpe_status};

/// Runs the body of an exported function: what it fails with is remembered for the thread, and a panic is a failure like others.
pub(crate) fn boundary(body: impl FnOnce() -> Result<mcpe_status, Failure>) -> mcpe_status {
    boundary_of(body)
}

/// The same for a body whose failures may have words of their own.
pub fn boundary_of<E: Into<Trouble>>(body: impl FnOnce() -> Result<mcpe_status, E>) -> mcpe_status {
    let trouble = match catch_unwind(AssertUnwindSafe(body)) {
        Ok(Ok(status)) => return status,
        Ok(Err(failure)) => failure.into(),
        Err(payload) => {
            // To drop it could panic again.
            core::mem::forget(payload);
            Failure::Panic.into()
        }
    };
    let status = trouble.status();
    error::remember(trouble);
    status
}

/// The end of a body that has done what it was to do.
pub(crate) const DONE: Result<mcpe_status, Failure> = Ok(MCPE_OK);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::status::MCPE_ERR_PANIC;

    #[test]
    fn a_panic_is_a_status() {
        struct Bomb;
        impl Drop for Bomb {
            fn drop(&mut self) {
                panic!("dropped");
            }
        }
        assert_eq!(boundary(|| panic!("a bug")), MCPE_ERR_PANIC);
        assert_eq!(boundary(|| std::panic::panic_any(Bomb)), MCPE_ERR_PANIC);
        assert_eq!(boundary(|| DONE), MCPE_OK);
    }
}

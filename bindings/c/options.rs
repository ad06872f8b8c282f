//! The structs of options, all in one place: what a caller writes there is read byte by byte.

use crate::cache::mcpe_cache_limits;
use crate::config::{mcpe_config, mcpe_limits};
use crate::connection::{mcpe_change, mcpe_reply, mcpe_request};
use crate::decoder::mcpe_decoder_options;
use crate::encode::mcpe_sse;
use crate::scheduler::{
    mcpe_failure, mcpe_key_options, mcpe_policy, mcpe_quota_options, mcpe_scheduler_options,
    mcpe_task,
};

/// Each with the sum of the sizes of its members, and the member that means nothing yet.
#[macro_export]
#[doc(hidden)]
macro_rules! options {
    ($($options:ident in $bytes:literal $(with $reserved:ident)?,)+) => {$(
        const _: () = {
            assert!(core::mem::offset_of!($options, size) == 0);
            assert!(size_of::<$options>() == $bytes, "there is padding");
            assert!($bytes % 8 == 0 && align_of::<$options>() == 8);
        };

        // SAFETY: `#[repr(C)]` integers, floating-point numbers, pointers and functions that may be null, of which every byte is valid; as long
        // as its members together, so without padding, and a multiple of eight; its size comes first.
        unsafe impl $crate::pointer::Options for $options {
            const NAME: &'static str = stringify!($options);

            $(fn reserved(&self) -> u32 {
                self.$reserved
            })?
        }
    )+};
}
pub use options;

options! {
    mcpe_cache_limits in 24,
    mcpe_change in 48 with reserved,
    mcpe_config in 184,
    mcpe_decoder_options in 40,
    mcpe_failure in 40,
    mcpe_key_options in 64 with reserved,
    mcpe_limits in 64 with reserved,
    mcpe_policy in 64 with reserved,
    mcpe_quota_options in 32 with reserved,
    mcpe_reply in 64,
    mcpe_request in 80 with reserved,
    mcpe_scheduler_options in 56,
    mcpe_sse in 64,
    mcpe_task in 80 with reserved,
}

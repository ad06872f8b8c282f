//! Results that may be used again: the cache of a client (MCP 2026-07-28).

use core::ffi::c_char;

use mcp_engine::Method;
use mcp_engine::endpoint::{Cache, CacheLimits};

use crate::boundary;
use crate::boundary::DONE;
use crate::connection::mcpe_now;
use crate::handle::{Handle, handles};
use crate::message::mcpe_message;
use crate::pointer::{Out, Ptr, input};
use crate::status::{Failure, MCPE_NOTHING, mcpe_status};
use crate::text::optional_json;

/// Results of listings and reads, kept as long as their server allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct mcpe_cache {
    /// Its place.
    pub slot: u32,
    /// What tells it from others in the same place.
    pub generation: u32,
}

/// Bounds of a cache. Zero in a member is its default.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct mcpe_cache_limits {
    /// `sizeof(mcpe_cache_limits)`.
    pub size: usize,
    /// Most results. The one used longest ago makes room. Default 1,024.
    pub entries: u32,
    /// Most bytes of results. Default 32 MiB.
    pub bytes: u32,
    /// Longest time that a result is kept, whatever the server says, in milliseconds. Default a day.
    pub ttl_ms: u64,
}

handles! {
    mcpe_cache => Cache,
}

/// Makes an empty cache. `limits` may be `NULL`.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_cache_new(
    limits: Ptr<mcpe_cache_limits>,
    cache: Out<mcpe_cache>,
) -> mcpe_status {
    boundary(|| {
        let cache = cache.required("cache")?;
        let (limits, mut bounds) = (limits.options()?, CacheLimits::default());
        if limits.entries != 0 {
            bounds.entries = limits.entries;
        }
        if limits.bytes != 0 {
            bounds.bytes = limits.bytes;
        }
        if limits.ttl_ms != 0 {
            bounds.ttl_ms = limits.ttl_ms;
        }
        cache.put(mcpe_cache::open(Cache::new(bounds))?);
        DONE
    })
}

/// Frees a cache. Messages that came from it live on.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_cache_free(cache: mcpe_cache) -> mcpe_status {
    boundary(|| {
        cache.free()?;
        DONE
    })
}

/// A result that is still fresh, for the same `MCPE_METHOD_…` and parameters and for that principal; else `MCPE_NOTHING`. Changes the cache; the
/// answer is the caller's to free.
///
/// `params` is a JSON value or `NULL`; the principal is whoever the requests are made for, as bytes.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_cache_look_up(
    cache: mcpe_cache,
    method: u32,
    params: Ptr<c_char>,
    params_len: usize,
    principal: Ptr<u8>,
    principal_len: usize,
    now: mcpe_now,
    answer: Out<mcpe_message>,
) -> mcpe_status {
    boundary(|| {
        let (answer, method) = (answer.required("answer")?, method_of(method)?);
        let params = optional_json!(params, params_len)?;
        let principal = input!(principal, principal_len)?;
        let found =
            cache.change(|cache| Ok(cache.look_up(method, params, principal, now.read())))?;
        let Some(found) = found else { return Ok(MCPE_NOTHING) };
        answer.put(mcpe_message::open(Ok(found))?);
        DONE
    })
}

/// Keeps an answer, if the server allows it; `MCPE_NOTHING` when it does not. Changes the cache, reads the answer.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_cache_store(
    cache: mcpe_cache,
    method: u32,
    params: Ptr<c_char>,
    params_len: usize,
    principal: Ptr<u8>,
    principal_len: usize,
    answer: mcpe_message,
    now: mcpe_now,
) -> mcpe_status {
    boundary(|| {
        let (method, params) = (method_of(method)?, optional_json!(params, params_len)?);
        let principal = input!(principal, principal_len)?;
        let answer = answer.whole(|message| Ok(message.clone()))?;
        let is_kept = cache
            .change(|cache| Ok(cache.store(method, params, principal, &answer, now.read())))?;
        if is_kept { DONE } else { Ok(MCPE_NOTHING) }
    })
}

/// Forgets what a notification of the server says has changed. Changes the cache, reads the notification.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_cache_invalidate(
    cache: mcpe_cache,
    notification: mcpe_message,
) -> mcpe_status {
    boundary(|| {
        let notification = notification.whole(|message| Ok(message.clone()))?;
        cache.change(|cache| {
            cache.invalidate(&notification);
            Ok(())
        })?;
        DONE
    })
}

/// Forgets all results of a `MCPE_METHOD_…`. Changes the cache.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_cache_forget(cache: mcpe_cache, method: u32) -> mcpe_status {
    boundary(|| {
        let method = method_of(method)?;
        cache.change(|cache| {
            cache.forget(method);
            Ok(())
        })?;
        DONE
    })
}

/// How many results are kept. Reads the cache.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_cache_len(cache: mcpe_cache, len: Out<usize>) -> mcpe_status {
    boundary(|| {
        let len = len.required("len")?;
        len.put(cache.read(|cache| Ok(cache.len()))?);
        DONE
    })
}

fn method_of(method: u32) -> Result<Method, Failure> {
    u8::try_from(method).ok().and_then(Method::from_id).ok_or(Failure::Value("method"))
}

//! The state as bytes, and back.
//!
//! A snapshot is what a process writes down before it goes, so that the next one goes on. It is read with care: its layout is checked before
//! anything is looked at, then its meaning, and what does not keep the rules is refused whole. So bytes from a damaged disk or a stranger can
//! make a wrong schedule, but never one that breaks the invariants.
//!
//! ```text
//! "MCPESNAP" │ version, u32 │ 0, u32 │ length of the rest, u64 │ an archive of `rkyv`, its root at the end        (little endian)
//! ```

mod clock;
pub(crate) mod image;
mod rule;

pub(crate) use clock::{Restored, Taken};
pub(crate) use rule::{Named, require};

use image::{ArchivedImage, Image};
use rkyv::rancor::Failure;
use rkyv::util::AlignedVec;

use crate::error::Error;
use crate::limits::{Limits, RunLimits};
use crate::runs::Runs;
use crate::scheduler::Scheduler;

const MAGIC: [u8; 8] = *b"MCPESNAP";
/// Of the archive. Another layout or another meaning is another version.
const VERSION: u32 = 1;
const HEADER: usize = 24;

/// Writes down the state of a scheduler and of the runs in it, at a moment: `now` of their clock, `unix_ms` of the wall's.
///
/// Linear in everything. Between verbs only, as any call; events that were not polled are written too.
///
/// ```
/// use mcp_engine_executor::{KeyConfig, Limits, RunLimits, Runs, Scheduler, Task, restore, snapshot};
///
/// let mut scheduler = Scheduler::new(Limits::default());
/// let key = scheduler.open_key(&KeyConfig::default())?;
/// let task = scheduler.submit(&Task { tag: 7, ..Task::new(key) }, 100)?;
/// assert!(scheduler.poll_ready(100).is_some());
/// let bytes = snapshot(&scheduler, &Runs::new(RunLimits::default()), 100, 1_700_000_000_000)?;
///
/// // Another process, whose clock begins anew. What ran at the snapshot runs again, and counts as an attempt.
/// let (mut scheduler, _) = restore(&bytes, Limits::default(), RunLimits::default(), 0, 1_700_000_060_000)?;
/// scheduler.handle_timeout(0);
/// let ready = scheduler.poll_ready(0).expect("it is queued again");
/// assert_eq!((ready.id, ready.tag, ready.attempt), (task, 7, 2));
/// # Ok::<(), mcp_engine_executor::Error>(())
/// ```
///
/// # Errors
///
/// [`Error::InvalidSnapshot`] where it would not fit into the 2 GiB that an archive may have.
pub fn snapshot(
    scheduler: &Scheduler,
    runs: &Runs,
    now: u64,
    unix_ms: i64,
) -> Result<Vec<u8>, Error> {
    let taken = Taken(now.max(scheduler.now()).max(runs.now()));
    let image = Image { unix_ms, scheduler: scheduler.image(taken), runs: runs.image(taken) };
    let body = rkyv::to_bytes::<Failure>(&image);
    let body = body.map_err(|Failure| Error::InvalidSnapshot("it is too long"))?;
    Ok(with_header(&body))
}

/// Puts the header in front of an archive.
pub(crate) fn with_header(body: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(HEADER.saturating_add(body.len()));
    bytes.extend(MAGIC);
    bytes.extend(VERSION.to_le_bytes());
    bytes.extend([0; 4]);
    bytes.extend((body.len() as u64).to_le_bytes());
    bytes.extend(body);
    bytes
}

/// The scheduler and the runs that a snapshot was taken of, at another moment: `now` of the clock that they go by from now on, which may be
/// another one, and `unix_ms` of the wall's.
///
/// Ids name what they named. The time that has passed counts: call `handle_timeout` of both first, and what was due meanwhile is late. What
/// ran is queued again, before the others of its key and priority: the attempt that was interrupted counts, but there is another one in any
/// case. Whoever should have been told to stop is gone. Queues, dependencies, ends and events that were not polled, debts of rates, mailboxes
/// and questions are as they were; turns among keys and counters begin anew. Where the new clock began after something had happened, that
/// has happened at its 0.
///
/// Linear in the length; it takes memory in proportion.
///
/// # Errors
///
/// [`Error::InvalidSnapshot`] says which rule the bytes do not keep; [`Error::LimitExceeded`], which of the new limits they do not.
pub fn restore(
    bytes: &[u8],
    limits: Limits,
    run_limits: RunLimits,
    now: u64,
    unix_ms: i64,
) -> Result<(Scheduler, Runs), Error> {
    let body = aligned(body_of(bytes)?);
    let image = rkyv::access::<ArchivedImage, Failure>(&body);
    let image = image.map_err(|Failure| Error::InvalidSnapshot("the layout is broken"))?;
    let elapsed_ms = unix_ms.saturating_sub(image.unix_ms.to_native()).max(0);
    let elapsed = (elapsed_ms as u64).saturating_mul(1_000_000);
    let restored = Restored { now, elapsed };
    let scheduler = Scheduler::restored(&image.scheduler, limits, restored)?;
    let runs = Runs::restored(&image.runs, run_limits, restored, &scheduler)?;
    Ok((scheduler, runs))
}

fn body_of(bytes: &[u8]) -> Result<&[u8], Error> {
    let (magic, rest) =
        bytes.split_first_chunk().ok_or(Error::InvalidSnapshot("it has no beginning"))?;
    require(*magic == MAGIC, "it does not begin as one")?;
    let (version, rest) =
        rest.split_first_chunk().ok_or(Error::InvalidSnapshot("it has no version"))?;
    require(u32::from_le_bytes(*version) == VERSION, "it is of another version")?;
    let (padding, rest) =
        rest.split_first_chunk().ok_or(Error::InvalidSnapshot("it has no length"))?;
    let (length, body) =
        rest.split_first_chunk().ok_or(Error::InvalidSnapshot("it has no length"))?;
    require(*padding == [0; 4], "it is of another version")?;
    require(u64::from_le_bytes(*length) == body.len() as u64, "it has another length")?;
    Ok(body)
}

/// Archives want to be aligned, and bytes may stand anywhere.
fn aligned(body: &[u8]) -> AlignedVec {
    let mut aligned = AlignedVec::with_capacity(body.len());
    aligned.extend_from_slice(body);
    aligned
}

//! Workers for functions of the application's: so many at a time, others wait for their turn.

use std::sync::{Arc, Mutex};

use mcp_engine::executor::{KeyConfig, KeyId, Limits, Task};
use mcp_engine::workers::{Attempt, Workers, WorkersConfig};
use mcp_engine_c::config::{Care, mcpe_destructor};
use mcp_engine_c::handle::Handle;
use mcp_engine_c::handles;
use mcp_engine_c::pointer::{Out, Ptr, Userdata};
use mcp_engine_c::status::{Failure, mcpe_status};
use tokio::sync::watch;

use crate::responder::lock;
use crate::runtime::{in_callback, runtime, wait};
use crate::{DONE, Error, boundary};

/// A pool of workers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct mcpe_pool {
    /// Its place.
    pub slot: u32,
    /// What tells it from others in the same place.
    pub generation: u32,
}

/// How large a pool is. Zero in a member is its default.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct mcpe_pool_options {
    /// `sizeof(mcpe_pool_options)`.
    pub size: usize,
    /// Threads, at most 1,024: as many jobs run at a time. Default 4.
    pub threads: u32,
    /// How many jobs may wait for their turn. Default 4,096.
    pub queued: u32,
}

/// A job. It may call every function there is.
pub type mcpe_job_callback = Option<unsafe extern "C" fn(userdata: Userdata)>;

handles! {
    mcpe_pool => Arc<Crew> as Turn,
}

/// Workers, and what they have to do.
#[derive(Debug)]
pub struct Crew {
    workers: Workers,
    key: KeyId,
    /// Jobs that have not come to their end.
    left: watch::Sender<usize>,
}

/// Makes a pool. `options` may be `NULL`.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_pool_new(
    options: Ptr<mcpe_pool_options>,
    pool: Out<mcpe_pool>,
) -> mcpe_status {
    boundary(|| {
        let options = options.options()?;
        let place = pool.required("pool")?;
        place.put(mcpe_pool::open(Arc::new(options.crew()?))?);
        DONE
    })
}

/// Frees a pool: jobs that wait are dropped, those that run come to their end. `mcpe_pool_wait` before it lets all be done.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_pool_free(pool: mcpe_pool) -> mcpe_status {
    boundary(|| {
        if pool.parts() != (0, 0) {
            let crew = pool.take()?;
            runtime()?.spawn(async move { crew.workers.close().await });
        }
        DONE
    })
}

/// Has one of the threads call `job`, some time. `destroy` is called behind it, or when it is dropped, or this fails; it may be `NULL`. Reads the pool.
///
/// `MCPE_ERR_LIMIT` when too many wait.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_pool_submit(
    pool: mcpe_pool,
    job: mcpe_job_callback,
    userdata: Userdata,
    destroy: mcpe_destructor,
) -> mcpe_status {
    boundary(|| {
        let care = Care::new(userdata, destroy);
        let call = job.ok_or(Failure::Null("job"))?;
        let crew = pool.read(|crew| Ok(Arc::clone(crew)))?;
        crew.submit(move || {
            // SAFETY: the caller has promised a function of this type that returns; `destroy` is called behind it.
            unsafe { call(care.userdata()) };
        })?;
        DONE
    })
}

/// How many jobs wait or run. Reads the pool.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_pool_left(pool: mcpe_pool, left: Out<usize>) -> mcpe_status {
    boundary(|| {
        let left = left.required("left")?;
        left.put(pool.read(|crew| Ok(*crew.left.borrow()))?);
        DONE
    })
}

/// Waits until no job is left, also of those that are submitted meanwhile. Reads the pool. In a job of the same pool it would wait for itself.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_pool_wait(pool: mcpe_pool) -> mcpe_status {
    boundary(|| {
        let crew = pool.read(|crew| Ok(Arc::clone(crew)))?;
        wait(async move {
            let mut left = crew.left.subscribe();
            // Its sender is this pool.
            let _ = left.wait_for(|count| *count == 0).await;
            Ok(())
        })?;
        DONE
    })
}

impl mcpe_pool_options {
    fn crew(&self) -> Result<Crew, Error> {
        let usual = WorkersConfig::default();
        let or = |wanted: u32, usual: u32| if wanted == 0 { usual } else { wanted };
        let threads = or(self.threads, 4);
        if threads > MOST_THREADS {
            return Err(Failure::Value("threads").into());
        }
        let queued = or(self.queued, 4_096);
        // Each job is a task in a scope of its own, and as many may have ended without having left yet.
        let known = threads.saturating_add(queued).saturating_mul(4).saturating_add(1);
        let limits = Limits { tasks: known, running: threads, ..usual.limits };
        let blocking_threads = threads as usize;
        let _entered = runtime()?.enter();
        let workers = Workers::new(WorkersConfig { limits, blocking_threads, ..usual })?;
        let config = KeyConfig { queued, ..KeyConfig::default() };
        let key = workers.open_key(&config)?;
        Ok(Crew { workers, key, left: watch::Sender::new(0) })
    }
}

/// Threads of one pool.
const MOST_THREADS: u32 = 1_024;

impl Crew {
    fn submit(self: &Arc<Self>, call: impl FnOnce() + Send + 'static) -> Result<(), Error> {
        let runtime = runtime()?;
        let mut scope = self.workers.scope::<()>()?;
        let job = Mutex::new(Some(call));
        scope.spawn_blocking(Task::new(self.key), move |_: &Attempt| {
            let job = lock(&job).take();
            if let Some(call) = job {
                in_callback(call);
            }
            Ok(())
        })?;
        let ticket = Ticket::new(self);
        runtime.spawn(async move {
            // A job that was dropped has come to its end as well.
            let _ = scope.finish().await;
            drop(ticket);
        });
        Ok(())
    }
}

/// A job that has not come to its end, whichever that is.
struct Ticket(Arc<Crew>);

impl Ticket {
    fn new(crew: &Arc<Crew>) -> Self {
        crew.left.send_modify(|left| *left = left.saturating_add(1));
        Self(Arc::clone(crew))
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.0.left.send_modify(|left| *left = left.saturating_sub(1));
    }
}

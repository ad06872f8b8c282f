//! A server of callbacks: what it has is added first, then it is served, over standard input and output or HTTP.
//!
//! ```text
//! options, tools, resources, prompts ──▶ ServerBuilder ──first serving──▶ Server ──▶ callbacks, on threads of their own
//! ```

mod options;
mod parts;
mod serve;
mod tasks;

use std::mem::replace;
use std::sync::{Arc, Mutex};

use mcp_engine::executor::Limits;
use mcp_engine::server::{Catalogue, Edit, Server, ServerBuilder};
use mcp_engine::workers::{Workers, WorkersConfig};
use mcp_engine_c::connection::{mcpe_change, required_change};
use mcp_engine_c::handle::Handle;
use mcp_engine_c::handles;
use mcp_engine_c::pointer::{Out, Ptr};
use mcp_engine_c::status::{Failure, MCPE_ERR_MISUSE, mcpe_status};
use tokio::sync::{Semaphore, watch};

use crate::responder::lock;
use crate::runtime::{MOST_ANSWERING, runtime};
use crate::{DONE, Error, boundary};

pub use options::*;
pub use parts::*;
pub use serve::*;
pub use tasks::*;

/// A server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct mcpe_server {
    /// Its place.
    pub slot: u32,
    /// What tells it from others in the same place.
    pub generation: u32,
}

handles! {
    mcpe_server => Arc<Site> as Turn,
}

/// A server, and where it is served.
#[derive(Debug)]
pub struct Site {
    stage: Mutex<Stage>,
    /// Held while the server is made: what is dropped then calls functions of the caller's, which may look at the stage.
    making: Mutex<()>,
    /// How many callbacks run at a time.
    room: Arc<Semaphore>,
    /// How many do beside those, for tasks.
    task_room: Arc<Semaphore>,
    /// Whether clients may be told of changes.
    is_watched: bool,
    /// What is to end.
    stop: watch::Sender<Stops>,
    /// How often it is served at present.
    serving: watch::Sender<usize>,
}

/// How often everything that was served was to end, and whether that goes for what comes later, too.
#[derive(Clone, Copy, Debug, Default)]
struct Stops {
    count: u64,
    is_freed: bool,
}

/// How far a server is.
#[derive(Debug)]
enum Stage {
    Open(Box<ServerBuilder>),
    Built(Server),
    /// What was added does not make a server.
    Failed(Error),
}

/// Makes a server that has nothing yet. `destroy` is called also when this fails.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_server_new(
    options: Ptr<mcpe_server_options>,
    server: Out<mcpe_server>,
) -> mcpe_status {
    boundary(|| {
        if options.is_null() {
            return Err(Failure::Null("options").into());
        }
        let options = options.options()?;
        let (builder, room) = options.read()?;
        let task_room = options.task_room()?;
        let place = server.required("server")?;
        let (stop, serving) = (watch::Sender::new(Stops::default()), watch::Sender::new(0));
        let stage = Mutex::new(Stage::Open(Box::new(builder)));
        let making = Mutex::default();
        let is_watched = options.changes != MCPE_CHANGES_NONE;
        let site = Site { stage, making, room, task_room, is_watched, stop, serving };
        place.put(mcpe_server::open(Arc::new(site))?);
        DONE
    })
}

/// Frees a server: everything that it serves ends. Does not wait for that.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_server_free(server: mcpe_server) -> mcpe_status {
    boundary(|| {
        if server.parts() != (0, 0) {
            server.take()?.stop.send_modify(|stops| stops.is_freed = true);
        }
        DONE
    })
}

/// Tells the clients that something has changed, where they want to know. Reads the server.
///
/// `MCPE_ERR_MISUSE` before it is served, and without `changes` in its options.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_server_publish(
    server: mcpe_server,
    change: Ptr<mcpe_change>,
) -> mcpe_status {
    boundary(|| {
        let change = required_change(change)?;
        let change = change.read()?;
        let site = site_of(server)?;
        if !site.is_watched {
            return Err(misuse(FIXED));
        }
        site.built_server()?.changes().publish(change);
        DONE
    })
}

/// What a server is, so that no handle is held while it is worked with.
fn site_of(server: mcpe_server) -> Result<Arc<Site>, Error> {
    Ok(server.read(|site| Ok(Arc::clone(site)))?)
}

impl Site {
    /// Adds something: before it is served, or later to one that may change.
    fn add(
        &self,
        early: impl FnOnce(ServerBuilder) -> ServerBuilder,
        late: impl FnOnce(&mut Edit<'_>) -> Result<(), mcp_engine::server::Error>,
    ) -> Result<(), Error> {
        let mut stage = lock(&self.stage);
        match replace(&mut *stage, Stage::Failed(misuse("a callback has added to the server"))) {
            Stage::Open(builder) => {
                *stage = Stage::Open(Box::new(early(*builder)));
                Ok(())
            }
            Stage::Built(server) => {
                let catalogue = server.catalogue().cloned();
                *stage = Stage::Built(server);
                drop(stage);
                let catalogue = catalogue.ok_or_else(|| misuse(FIXED))?;
                catalogue.change(late).map_err(Error::by_caller)
            }
            Stage::Failed(error) => {
                *stage = Stage::Failed(error.clone());
                Err(error)
            }
        }
    }

    /// What it has, which may change.
    fn catalogue(&self) -> Result<Catalogue, Error> {
        self.built_server()?.catalogue().cloned().ok_or_else(|| misuse(FIXED))
    }

    /// The server, once it was made.
    fn built_server(&self) -> Result<Server, Error> {
        match &*lock(&self.stage) {
            Stage::Built(server) => Ok(server.clone()),
            Stage::Open(_) => Err(misuse("the server is not served yet")),
            Stage::Failed(error) => Err(error.clone()),
        }
    }

    /// The server, which is made with the first serving.
    fn server(&self) -> Result<Server, Error> {
        let _entered = runtime()?.enter();
        let _making = lock(&self.making);
        let being_made = Stage::Failed(misuse("the server is being made"));
        let before = replace(&mut *lock(&self.stage), being_made);
        let next = match before {
            Stage::Open(builder) => match self.built(*builder) {
                Ok(server) => Stage::Built(server),
                Err(error) => Stage::Failed(error),
            },
            other => other,
        };
        let server = match &next {
            Stage::Built(server) => Ok(server.clone()),
            Stage::Failed(error) => Err(error.clone()),
            Stage::Open(_) => Err(misuse("the server is being made")),
        };
        *lock(&self.stage) = next;
        server
    }

    /// As many of its requests are being answered as there may be callbacks of all servers, also by callbacks that have returned.
    fn built(&self, builder: ServerBuilder) -> Result<Server, Error> {
        let usual = WorkersConfig::default();
        let limits = Limits { running: MOST_ANSWERING as u32, ..usual.limits };
        let workers = Workers::new(WorkersConfig { limits, ..usual })?;
        builder.workers(workers).build().map_err(Error::by_caller)
    }

    /// Lets everything end that it serves.
    fn end(&self) {
        self.stop.send_modify(|stops| stops.count = stops.count.wrapping_add(1));
    }
}

fn misuse(words: &str) -> Error {
    Error::told(MCPE_ERR_MISUSE, "caller", "server", words)
}

const FIXED: &str = "a server without `changes` in its options stays as it is when it is served";

//! What a server says of itself.

use std::sync::Arc;

use mcp_engine::schema::HeaderTables;
use mcp_engine::server::{Changes, Server, ServerBuilder};
use mcp_engine::{Handler, Method, Request, Responder, Served};
use mcp_engine_c::config::{Care, MCPE_FOREVER, mcpe_destructor, mcpe_limits, revisions};
use mcp_engine_c::pointer::{Ptr, Userdata};
use mcp_engine_c::text::mcpe_str;
use tokio::sync::Semaphore;
use tower_layer::layer_fn;

use super::parts::serve;
use super::tasks::mcpe_task_limits;
use crate::Error;
use crate::callee::{Callee, callbacks, mcpe_serve_callback};
use crate::runtime::MOST_ANSWERING;

/// What a server says of itself. Zero in a member is its default.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct mcpe_server_options {
    /// `sizeof(mcpe_server_options)`.
    pub size: usize,
    /// Its name.
    pub name: mcpe_str,
    /// Its version.
    pub version: mcpe_str,
    /// How it wants to be used, if it says so.
    pub instructions: mcpe_str,
    /// The revisions that are spoken: `1 << MCPE_REVISION_…` for each. 0 for all.
    pub revisions: u32,
    /// How many callbacks may run at a time, at most 4,096; other requests wait. Default 64.
    pub callbacks: u32,
    /// Not 0 when it sends log messages.
    pub logging: u32,
    /// One of `MCPE_CHANGES_…`.
    pub changes: u32,
    /// How long requests of its own may be without a sign of life, in nanoseconds. Default a minute; `MCPE_FOREVER` for no limit.
    pub idle_ns: u64,
    /// Bounds on what a connection holds; `NULL` for the defaults.
    pub limits: Ptr<mcpe_limits>,
    /// Completes arguments: gets the parameters of `completion/complete`, and answers with a `CompleteResult`. May be `NULL`.
    pub complete: mcpe_serve_callback,
    /// What it is called with.
    pub userdata: Userdata,
    /// Is called with `userdata` when the server and everything that it serves are gone; may be `NULL`.
    pub destroy: mcpe_destructor,
    /// Bounds on its tasks, which may all be defaults; `NULL` for a server without tasks.
    pub tasks: Ptr<mcpe_task_limits>,
}

/// What it has stays as it is, and clients are not told of anything.
pub const MCPE_CHANGES_NONE: u32 = 0;
/// Clients may ask to be told of what `mcpe_server_publish` says.
pub const MCPE_CHANGES_TOLD: u32 = 1;
/// Something may be added and removed while it is served, of which clients are told.
pub const MCPE_CHANGES_CONTENTS: u32 = 2;

impl mcpe_server_options {
    /// A server that has nothing yet, and how many of its callbacks may run at a time.
    pub(super) fn read(&self) -> Result<(ServerBuilder, Arc<Semaphore>), Error> {
        let care = Arc::new(Care::new(self.userdata, self.destroy));
        let room = Arc::new(Semaphore::new(callbacks(self.callbacks, MOST_ANSWERING)?));
        let mut builder = Server::builder(self.name.text("name")?, self.version.text("version")?)
            .tool_headers(HeaderTables::new(mcp_engine::schema::Limits::default()));
        if let Some(instructions) = self.instructions.optional("instructions")? {
            builder = builder.instructions(instructions);
        }
        if self.logging != 0 {
            builder = builder.logging();
        }
        if !self.tasks.is_null() {
            builder = builder.tasks(self.tasks.options()?.read());
        }
        builder = match self.changes {
            MCPE_CHANGES_NONE => builder,
            MCPE_CHANGES_TOLD => builder.watched(&Changes::default()),
            MCPE_CHANGES_CONTENTS => builder.changeable(),
            _ => return Err(mcp_engine_c::status::Failure::Value("changes").into()),
        };
        builder = match self.complete {
            None => builder.layer(layer_fn(move |next| Kept { next, _care: Arc::clone(&care) })),
            Some(complete) => {
                let callee = Callee::new(complete, &care, &room);
                // It says that there is somebody who completes; the layer before it is who does.
                let builder = builder.complete(|_| Vec::new());
                builder.layer(layer_fn(move |next| Completing { next, callee: callee.clone() }))
            }
        };
        Ok((self.configured(builder)?, room))
    }

    /// How many of its callbacks may run for tasks at a time.
    pub(super) fn task_room(&self) -> Result<Arc<Semaphore>, Error> {
        let limits = self.tasks.options()?;
        Ok(Arc::new(Semaphore::new(callbacks(limits.callbacks, MOST_ANSWERING)?)))
    }

    fn configured(&self, builder: ServerBuilder) -> Result<ServerBuilder, Error> {
        let limits = match self.limits.is_null() {
            true => None,
            false => Some(self.limits.options()?.read()?),
        };
        let spoken = if self.revisions == 0 { None } else { Some(revisions(self.revisions)?) };
        let idle_ns = self.idle_ns;
        Ok(builder.configure(|config| {
            if let Some(limits) = limits {
                config.limits = limits;
            }
            if let Some(spoken) = spoken {
                *config = config.clone().versions(spoken);
            }
            config.patience.idle_ns = match idle_ns {
                0 => config.patience.idle_ns,
                MCPE_FOREVER => 0,
                wanted => wanted,
            };
        }))
    }
}

/// A handler that keeps what was given in our care as long as it is there.
struct Kept<H> {
    next: H,
    _care: Arc<Care>,
}

impl<H: Handler> Handler for Kept<H> {
    fn request(&self, request: Request, responder: Responder<'_>) -> Served {
        self.next.request(request, responder)
    }
}

/// A handler that lets a callback complete arguments.
struct Completing<H> {
    next: H,
    callee: Callee,
}

impl<H: Handler> Handler for Completing<H> {
    fn request(&self, request: Request, responder: Responder<'_>) -> Served {
        if request.message().method() != Some(Method::Complete) {
            return self.next.request(request, responder);
        }
        let params = request.message().params().map_or("{}", |params| params.spelling());
        let (name, params) = (Method::Complete.name().to_owned(), params.to_owned());
        serve(&self.callee, request, name, params, responder)
    }
}

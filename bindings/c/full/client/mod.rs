//! A ready client over a program or HTTP.
//!
//! Functions that wait do so on the thread that calls them; any number of threads may use a client at the same time, its own callbacks among them.

mod ask;
mod call;
mod ending;
mod listening;
mod open;
mod options;
mod running;
mod task;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use mcp_engine::client::{Client, Listening};
use mcp_engine::json::write;
use mcp_engine::transport::Child;
use mcp_engine_c::buffer::mcpe_target;
use mcp_engine_c::handle::Handle;
use mcp_engine_c::handles;
use mcp_engine_c::names::number_of;
use mcp_engine_c::pointer::{Out, Ptr};
use mcp_engine_c::status::{Failure, mcpe_status};
use tokio::sync::Semaphore;

use crate::output::Output;
use crate::runtime::wait;
use crate::speaker::Speaker;
use crate::{DONE, Error, boundary};
use running::{Running, Terms};

pub use ask::*;
pub use call::*;
pub use ending::mcpe_done_callback;
pub use listening::*;
pub use open::mcpe_notification_callback;
pub use options::*;
pub use task::*;

/// A client with its connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct mcpe_client {
    /// Its place.
    pub slot: u32,
    /// What tells it from others in the same place.
    pub generation: u32,
}

handles! {
    mcpe_client => Arc<Session> as Turn,
}

/// A client, the program that it talks to when it was started here, and what is under way.
#[derive(Debug)]
pub struct Session {
    client: Client,
    child: Option<Child>,
    speaker: Speaker,
    running: Arc<Running>,
    /// Calls that end in a callback.
    later: Arc<Semaphore>,
    listening: Mutex<HashMap<String, Listening>>,
}

/// Starts a program, or connects to a URL, and waits until the handshake is finished. `destroy` is called also when this fails.
///
/// `MCPE_ERR_UNREACHABLE` when the server cannot be started or reached; when a program ends at once, the words say what it wrote to its standard error.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_client_open(
    options: Ptr<mcpe_client_options>,
    client: Out<mcpe_client>,
) -> mcpe_status {
    boundary(|| {
        if options.is_null() {
            return Err(Failure::Null("options").into());
        }
        let plan = options.options()?.read()?;
        let place = client.required("client")?;
        let session = wait(plan.open())?;
        place.put(mcpe_client::open(Arc::new(session))?);
        DONE
    })
}

/// Frees a client: what waits fails with `MCPE_ERR_CLOSED`, and the program that was started for it ends. Does not wait for that.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_client_free(client: mcpe_client) -> mcpe_status {
    boundary(|| {
        if client.parts() != (0, 0) {
            client.take()?.end();
        }
        DONE
    })
}

/// Says good-bye, and waits until the connection is closed and the program has ended. What waits fails with `MCPE_ERR_CLOSED`. The client is still to
/// be freed. Reads the client.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_client_close(client: mcpe_client) -> mcpe_status {
    boundary(|| {
        let session = session_of(client)?;
        wait(async move {
            session.end();
            session.client.clone().close().await;
            if let Some(child) = &session.child {
                // However it has ended, it is gone.
                let _ = child.shutdown().await;
            }
            Ok(())
        })?;
        DONE
    })
}

/// The `MCPE_REVISION_…` that is spoken. Reads the client.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_client_revision(client: mcpe_client, revision: Out<u32>) -> mcpe_status {
    boundary(|| {
        let revision = revision.required("revision")?;
        revision.put(number_of(session_of(client)?.client.version()));
        DONE
    })
}

/// Appends what the server says of itself: an object with `protocolVersion`, `serverInfo`, `capabilities`, and `instructions` if there are any. Reads the
/// client.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_client_server(
    client: mcpe_client,
    to: mcpe_target,
    written: Out<usize>,
) -> mcpe_status {
    boundary(|| {
        let output = Output::new(to, written)?;
        output.put(&session_of(client)?.server())
    })
}

/// Appends the last that the program has written to its standard error; `MCPE_NOTHING` where there is no program. Bytes that are not UTF-8 are
/// replaced. Reads the client.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_client_stderr(
    client: mcpe_client,
    to: mcpe_target,
    written: Out<usize>,
) -> mcpe_status {
    boundary(|| {
        let output = Output::new(to, written)?;
        let said = session_of(client)?.child.as_ref().map(|child| child.stderr_tail().bytes);
        output.put_some(said.as_deref().map(String::from_utf8_lossy).as_deref())
    })
}

/// How many notifications and steps of progress were left out, for callbacks have not returned in time. Reads the client.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_client_dropped(client: mcpe_client, dropped: Out<u64>) -> mcpe_status {
    boundary(|| {
        let dropped = dropped.required("dropped")?;
        dropped.put(session_of(client)?.speaker.dropped());
        DONE
    })
}

/// What a client is, so that no handle is held while it is worked with.
fn session_of(client: mcpe_client) -> Result<Arc<Session>, Error> {
    Ok(client.read(|session| Ok(Arc::clone(session)))?)
}

impl Session {
    /// Does work on these terms, and waits for it.
    fn wait_within<T: Send + 'static>(
        &self,
        terms: Terms,
        work: impl Future<Output = Result<T, Error>> + Send + 'static,
    ) -> Result<T, Error> {
        wait(self.running.enter(terms).bounded(work))
    }

    /// Ends the conversation. The program ends with its stream.
    fn end(&self) {
        self.client.peer().close();
    }

    fn server(&self) -> String {
        let (peer, empty) = (self.client.peer(), || "{}".to_owned());
        let mut out = Vec::from(*br#"{"protocolVersion":"#);
        write::string(&mut out, self.client.version().name());
        out.extend_from_slice(br#","serverInfo":"#);
        out.extend_from_slice(peer.implementation().unwrap_or_else(empty).as_bytes());
        out.extend_from_slice(br#","capabilities":"#);
        out.extend_from_slice(peer.declared().unwrap_or_else(empty).as_bytes());
        if let Some(instructions) = peer.instructions() {
            out.extend_from_slice(br#","instructions":"#);
            write::string(&mut out, &instructions);
        }
        out.push(b'}');
        String::from_utf8_lossy(&out).into_owned()
    }
}

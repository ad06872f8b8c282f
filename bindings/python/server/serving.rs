//! A server of Python's while it is served.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use mcp_engine::connection::Change;
use mcp_engine::http::HostPolicy;
use mcp_engine::http_server::{HttpServerConfig, HttpService, HttpSsePaths};
use mcp_engine::model::Json;
use mcp_engine::server::{Catalogue, Server};
use mcp_engine::transport::{ByteStream, Stdio, TransportLimits};
use mcp_engine::{Answer, Peer};
use pyo3::exceptions::{PyOSError, PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};
use tokio::sync::watch;

use super::build::{Options, build};
use super::call::Call;
use super::desk::{Desk, Notice, Refused, Taken};
use super::parts;
use super::road::Road;
use crate::load::objects;

/// A server whose functions are Python's, while it is served.
///
/// Calls are taken by `take` when `descriptor` can be read, or by `wait` where the thread of Python does the I/O itself. Each has an `entry`, the number
/// under which its function was registered.
#[pyclass(frozen, module = "mcp_engine")]
pub(crate) struct Serving {
    desk: Arc<Desk>,
    road: Road,
    server: Server,
    peer: Arc<OnceLock<Peer>>,
    stopping: watch::Sender<Stop>,
    is_served: Mutex<bool>,
}

/// Whether the server is to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stop {
    No,
    /// When what is being served is answered.
    Soon,
    Now,
}

#[pymethods]
impl Serving {
    /// A server with what is in `parts`: lists of tuples by "tools" (definition, how results are wrapped, what is asked before a task or None, entry), "prompts", "resources" and
    /// "templates" (definition, entry). Options are `implementation`, `instructions`, `completion` (an entry), `changeable`, `tasks`, `versions`,
    /// `limits`, `calls` (most that run at one time), `waiting` (most that wait for that) and `here` (whether `wait` does the I/O).
    ///
    /// Raises ValueError for what is no definition or is there twice, SchemaError for a schema that cannot be used, TypeError for an option that
    /// there is not, RuntimeError in a process that was forked.
    #[new]
    #[pyo3(signature = (name, version, parts, **options))]
    fn new(
        name: &str,
        version: &str,
        parts: &Bound<'_, PyDict>,
        options: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Self> {
        let options = Options::of(options)?;
        let (road, desk) = if options.here { Road::here()? } else { Road::thread()? };
        let (desk, peer) = (Arc::new(desk), Arc::new(OnceLock::new()));
        let server = {
            let _within = desk.runtime().enter();
            build(&desk, &peer, (name, version), parts, options)?
        };
        let (stopping, _) = watch::channel(Stop::No);
        Ok(Self { desk, road, server, peer, stopping, is_served: Mutex::new(false) })
    }

    /// Serves one client over standard input and output, which belong to the server from now on: what is printed goes to standard error.
    ///
    /// Raises OSError when they are closed, RuntimeError when it is served already.
    fn serve_stdio(&self) -> PyResult<()> {
        self.begin()?;
        let _within = self.desk.runtime().enter();
        let limits = self.server.config().limits;
        let stdio = Stdio::take(&TransportLimits::default())
            .map_err(|error| PyOSError::new_err(error.to_string()))?;
        let (server, peer) = (self.server.clone(), Arc::clone(&self.peer));
        let mut stopping = self.stopping.subscribe();
        self.spawn(async move {
            let served = server.serve(ByteStream::new(stdio, &limits));
            let ending = async {
                // It stops at once as well when the server is forgotten.
                let stop = stopping.wait_for(|stop| *stop != Stop::No).await.map(|stop| *stop);
                match (peer.get(), stop) {
                    (Some(peer), Ok(Stop::Soon)) => peer.end(),
                    _ => return,
                }
                let _ = stopping.wait_for(|stop| *stop == Stop::Now).await;
            };
            match first(served, ending).await {
                Some(Err(error)) => Some(error.to_string()),
                _ => None,
            }
        });
        Ok(())
    }

    /// Serves clients over Streamable HTTP at an address, both eras at one path, and returns the address with its port. Options are `path`,
    /// `allowed_hosts`, `allowed_origins` and `sse` (whether HTTP+SSE is there too, at /sse and /messages).
    ///
    /// Raises OSError when there is no such address or it is taken, ValueError for what is no host, no origin or no path, RuntimeError when it
    /// is served already.
    #[pyo3(signature = (host, port, *, path = "/mcp", allowed_hosts = None, allowed_origins = None, sse = false))]
    #[expect(clippy::too_many_arguments, reason = "keywords in Python")]
    fn serve_http(
        &self,
        py: Python<'_>,
        host: &str,
        port: u16,
        path: &str,
        allowed_hosts: Option<Vec<String>>,
        allowed_origins: Option<Vec<String>>,
        sse: bool,
    ) -> PyResult<(String, u16)> {
        self.begin()?;
        let _within = self.desk.runtime().enter();
        let refused = |error: std::io::Error| PyOSError::new_err(error.to_string());
        let hosts =
            policy(&allowed_hosts.unwrap_or_default(), &allowed_origins.unwrap_or_default())?;
        let http_sse =
            sse.then(|| HttpSsePaths { stream: "/sse".into(), messages: "/messages".into() });
        let config = HttpServerConfig {
            path: Some(path.to_owned()),
            hosts,
            http_sse,
            ..HttpServerConfig::default()
        };
        let service = HttpService::new(self.server.clone(), config)
            .map_err(|error| PyValueError::new_err(error.to_string()))?;
        // Looking a name up may take a while.
        let listener = py.detach(|| listen(host, port)).map_err(refused)?;
        let address = listener.local_addr().map_err(refused)?;
        let mut stopping = self.stopping.subscribe();
        let mut breaking = self.stopping.subscribe();
        self.spawn(async move {
            let end = async move { drop(stopping.wait_for(|stop| *stop != Stop::No).await) };
            let served = service.serve_until(listener, end);
            let broken = async { drop(breaking.wait_for(|stop| *stop == Stop::Now).await) };
            match first(served, broken).await {
                Some(Err(error)) => Some(error.to_string()),
                _ => None,
            }
        });
        Ok((address.ip().to_string(), address.port()))
    }

    /// The descriptor that can be read when there is something to `take`; None where `wait` does the I/O.
    #[getter]
    fn descriptor(&self) -> Option<i32> {
        self.desk.descriptor()
    }

    /// The descriptor for `signal.set_wakeup_fd`, so that a signal ends a `wait`; None where there is no `wait`.
    #[getter]
    fn wakeup(&self) -> Option<i32> {
        self.road.wakeup()
    }

    /// Takes all calls that there are, and all notices: ("cancelled", number of a call, None), ("answered", token, answers by their keys), ("refused",
    /// token, why: "interrupted", "capability", "failed", and a text), ("ended", 0, reason or None).
    fn take<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyList>, Bound<'py, PyList>)> {
        shown(py, self.desk.take())
    }

    /// Gives the answers back, does I/O until there is something to take, and takes it. A signal ends it as well: then nothing may be there.
    ///
    /// Raises RuntimeError where an event loop waits instead.
    fn wait<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyList>, Bound<'py, PyList>)> {
        let Road::Here(here) = &self.road else {
            return Err(PyRuntimeError::new_err("an event loop waits for this server"));
        };
        py.detach(|| {
            self.desk.flush();
            here.wait(&self.desk);
        });
        shown(py, self.desk.take())
    }

    /// Gives the answers back that were made since.
    fn flush(&self) {
        self.desk.flush();
    }

    /// Gives the answers back and does the I/O that there is, without waiting, where `wait` does it: so that a function that is called there can hear
    /// and say something before it returns.
    fn turn(&self, py: Python<'_>) {
        if let Road::Here(here) = &self.road {
            py.detach(|| {
                self.desk.flush();
                here.turn();
            });
        }
    }

    /// Ends it, once what is being served is answered; called again, at once. Says which of the two. The notice "ended" follows.
    fn stop(&self) -> bool {
        self.stopping.send_modify(|stop| {
            *stop = if *stop == Stop::No { Stop::Soon } else { Stop::Now };
        });
        *self.stopping.borrow() == Stop::Now
    }

    /// Adds a part: "tool", "prompt", "resource" or "template". See `Serving`.
    ///
    /// Raises as `Serving` does, and RuntimeError when it is not changeable.
    #[pyo3(signature = (kind, definition, entry, wraps = "no", first = None))]
    fn add(
        &self,
        kind: &str,
        definition: &Bound<'_, PyAny>,
        entry: u64,
        wraps: &str,
        first: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<()> {
        let (catalogue, desk) = (self.catalogue()?, &self.desk);
        let _within = desk.runtime().enter();
        let added = match kind {
            "tool" => catalogue.add_tool(parts::tool(desk, definition, wraps, first, entry)?),
            "prompt" => catalogue.add_prompt(parts::prompt(desk, definition, entry)?),
            "resource" => catalogue.add_resource(parts::resource(desk, definition, entry)?),
            "template" => {
                let template = parts::resource_template(desk, definition, entry)?;
                catalogue.change(|edit| edit.add_resource_template(template))
            }
            _ => return Err(PyValueError::new_err(format!("there is no {kind:?}"))),
        };
        added.map_err(|error| PyValueError::new_err(error.to_string()))
    }

    /// Removes a part by its name or URI. Says whether it was there.
    ///
    /// Raises RuntimeError when it is not changeable.
    fn remove(&self, kind: &str, name: &str) -> PyResult<bool> {
        let catalogue = self.catalogue()?;
        Ok(match kind {
            "tool" => catalogue.remove_tool(name),
            "prompt" => catalogue.remove_prompt(name),
            "resource" => catalogue.remove_resource(name),
            "template" => {
                catalogue.change(|edit| Ok(edit.remove_resource_template(name))).unwrap_or_default()
            }
            _ => return Err(PyValueError::new_err(format!("there is no {kind:?}"))),
        })
    }

    /// Tells the clients that want to know that a resource has changed.
    fn resource_changed(&self, uri: &str) {
        self.server.changes().publish(Change::Resource(uri));
    }
}

impl Serving {
    fn begin(&self) -> PyResult<()> {
        let mut is_served = self.is_served.lock().unwrap_or_else(PoisonError::into_inner);
        if std::mem::replace(&mut *is_served, true) {
            return Err(PyRuntimeError::new_err("it is served already"));
        }
        Ok(())
    }

    fn catalogue(&self) -> PyResult<&Catalogue> {
        self.server.catalogue().ok_or_else(|| {
            PyRuntimeError::new_err("what a server has stays as it is, unless it is changeable")
        })
    }

    /// Serves until there is nothing more to serve, and tells Python.
    fn spawn(&self, serve: impl Future<Output = Option<String>> + Send + 'static) {
        let desk = Arc::clone(&self.desk);
        self.desk.runtime().spawn(async move {
            let reason = serve.await;
            desk.notice(Notice::Ended(reason));
        });
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.stopping.send_replace(Stop::Now);
    }
}

/// What the first of two futures comes to, `None` for the second.
async fn first<T>(one: impl Future<Output = T>, other: impl Future<Output = ()>) -> Option<T> {
    let (mut one, mut other) = (std::pin::pin!(one), std::pin::pin!(other));
    std::future::poll_fn(|cx| match one.as_mut().poll(cx) {
        std::task::Poll::Ready(done) => std::task::Poll::Ready(Some(done)),
        std::task::Poll::Pending => other.as_mut().poll(cx).map(|()| None),
    })
    .await
}

fn listen(host: &str, port: u16) -> std::io::Result<tokio::net::TcpListener> {
    let listener = std::net::TcpListener::bind((host, port))?;
    listener.set_nonblocking(true)?;
    tokio::net::TcpListener::from_std(listener)
}

fn policy(hosts: &[String], origins: &[String]) -> PyResult<HostPolicy> {
    let mut policy = HostPolicy::default();
    for host in hosts {
        policy = match host.as_str() {
            "*" => policy.any_host(),
            host => policy.allow_host(host).map_err(|e| PyValueError::new_err(e.to_string()))?,
        };
    }
    for origin in origins {
        policy = match origin.as_str() {
            "*" => policy.any_origin(),
            own => policy.allow_origin(own).map_err(|e| PyValueError::new_err(e.to_string()))?,
        };
    }
    Ok(policy)
}

/// What was taken, as Python sees it.
fn shown(py: Python<'_>, taken: Taken) -> PyResult<(Bound<'_, PyList>, Bound<'_, PyList>)> {
    let (calls, notices) = (PyList::empty(py), PyList::empty(py));
    for pending in taken.calls {
        calls.append(Bound::new(py, Call { pending })?)?;
    }
    for notice in taken.notices {
        match notice {
            Notice::Cancelled(number) => notices.append(("cancelled", number, py.None()))?,
            Notice::Answered(token, answers) => {
                let own = PyDict::new(py);
                for (key, text) in answers {
                    let json = Json::parse(text).unwrap_or(Json::NULL);
                    own.set_item(key, objects(py, json.raw())?)?;
                }
                notices.append(("answered", token, own))?;
            }
            Notice::Refused(token, refused) => {
                notices.append(("refused", token, why(refused)))?;
            }
            Notice::Ended(reason) => notices.append(("ended", 0, reason))?,
        }
    }
    Ok((calls, notices))
}

/// Why a question was refused: a word, a code, a text.
fn why(refused: Refused) -> (&'static str, i64, String) {
    match refused {
        Refused::Interrupted => ("interrupted", 0, String::new()),
        Refused::Capability => {
            ("capability", 0, "the client has not declared what that needs".to_owned())
        }
        Refused::Failed(Answer::Text(text, _)) => ("failed", 0, text.into_owned()),
        Refused::Failed(Answer::Error { code, message, .. }) => {
            ("error", code, message.into_owned())
        }
        Refused::Failed(_) => ("failed", 0, "the client has not answered".to_owned()),
    }
}

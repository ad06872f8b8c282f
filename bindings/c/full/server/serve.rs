//! Where a server is served, until it ends by itself or is stopped.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use mcp_engine::http::{HostPolicy, Url};
use mcp_engine::http_server::{HttpServerConfig, HttpService, HttpSsePaths};
use mcp_engine::transport::{ByteStream, Stdio, TransportLimits};
use mcp_engine_c::buffer::mcpe_target;
use mcp_engine_c::input;
use mcp_engine_c::pointer::{Out, Ptr};
use mcp_engine_c::status::{Failure, MCPE_ERR_VALUE, mcpe_status};
use mcp_engine_c::text::mcpe_str;
use tokio::net::TcpListener;
use tokio::select;

use super::{Site, Stops, mcpe_server, misuse, site_of};
use crate::output::Output;
use crate::runtime::{runtime, wait};
use crate::{DONE, Error, boundary};

/// Whether standard input and output are gone.
static IS_TAKEN: AtomicBool = AtomicBool::new(false);

/// How a server is served over HTTP. Zero in a member is its default.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct mcpe_http_options {
    /// `sizeof(mcpe_http_options)`.
    pub size: usize,
    /// The address and the port, such as `127.0.0.1:8080`; port 0 takes one that is free. Default `127.0.0.1:0`.
    pub address: mcpe_str,
    /// The path of the endpoint, as a URL has it, without a query. Default `/mcp`.
    pub path: mcpe_str,
    /// Hosts that are answered beside the loopback names: `example.com`, `example.com:8080`, or `example.com:*`.
    pub hosts: Ptr<mcpe_str>,
    /// How many those are.
    pub hosts_len: usize,
    /// Pages of these origins are answered beside those of loopback names: `https://example.com`.
    pub origins: Ptr<mcpe_str>,
    /// How many those are.
    pub origins_len: usize,
    /// Not 0 to serve HTTP+SSE, the transport of 2024-11-05, at `/sse` and `/messages`.
    pub http_sse: u32,
    /// 0.
    pub reserved: u32,
}

/// Serves standard input and output, and waits until the client is gone or `mcpe_server_stop`. Reads the server.
///
/// They are taken away from the rest of the process: from then on, what it prints goes to standard error. Once in the life of a process:
/// `MCPE_ERR_MISUSE` after that.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_server_serve_stdio(server: mcpe_server) -> mcpe_status {
    boundary(|| {
        let site = site_of(server)?;
        let serving = site.serve();
        let built = site.server()?;
        if IS_TAKEN.load(Ordering::Relaxed) {
            return Err(misuse("standard input and output were served before"));
        }
        wait(async move {
            let stdio = Stdio::take(&TransportLimits::default());
            let stdio = stdio.map_err(|error| Error::system("standard input and output", error))?;
            IS_TAKEN.store(true, Ordering::Relaxed);
            let limits = built.config().limits;
            let served = built.serve(ByteStream::new(stdio, &limits));
            select! {
                served = served => drop(served?),
                () = serving.stopped() => {}
            }
            Ok(())
        })?;
        DONE
    })
}

/// Serves HTTP, and appends the URL of the endpoint with the port that it has got. `options` may be `NULL`. Returns when connections are taken;
/// `mcpe_server_stop` ends it. Reads the server.
///
/// A name that is not that of the loopback has to be among the `hosts`, or requests for it are refused.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_server_serve_http(
    server: mcpe_server,
    options: Ptr<mcpe_http_options>,
    to: mcpe_target,
    written: Out<usize>,
) -> mcpe_status {
    boundary(|| {
        let output = Output::new(to, written)?;
        let (address, config) = options.options()?.read()?;
        let path = config.path.clone().unwrap_or_default();
        let site = site_of(server)?;
        let serving = site.serve();
        let service = HttpService::new(site.server()?, config).map_err(Error::by_caller)?;
        let (listener, address) = wait(async move {
            let failed = |error| Error::system("the address", error);
            let listener = TcpListener::bind(address).await.map_err(failed)?;
            let address = listener.local_addr().map_err(failed)?;
            Ok((listener, address))
        })?;
        let url = format!("http://{address}{path}");
        let status = output.put(&url)?;
        runtime()?.spawn(async move {
            // A listener that is broken ends like one that is stopped.
            let _ = service.serve_until(listener, serving.stopped()).await;
            drop(serving);
        });
        Ok(status)
    })
}

/// Waits until the server is not served any more: until `mcpe_server_stop`, as a rule. At once when it is not served. Reads the server.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_server_wait(server: mcpe_server) -> mcpe_status {
    boundary(|| {
        let site = site_of(server)?;
        wait(async move {
            site.ended().await;
            Ok(())
        })?;
        DONE
    })
}

/// Ends everything that the server serves, and waits for that: what is being served over HTTP has ten seconds to come to its end. It may be served
/// again. Reads the server. In a callback or a job it does not wait.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_server_stop(server: mcpe_server) -> mcpe_status {
    boundary(|| {
        let site = site_of(server)?;
        site.end();
        if !crate::runtime::is_in_callback() {
            wait(async move {
                site.ended().await;
                Ok(())
            })?;
        }
        DONE
    })
}

/// That a server is served, until this is dropped.
pub(super) struct Serving {
    site: Arc<Site>,
    stop: tokio::sync::watch::Receiver<Stops>,
    /// How often everything was to end before.
    before: u64,
}

impl Site {
    fn serve(self: &Arc<Self>) -> Serving {
        self.serving.send_modify(|count| *count = count.saturating_add(1));
        let stop = self.stop.subscribe();
        let before = stop.borrow().count;
        Serving { site: Arc::clone(self), stop, before }
    }

    async fn ended(&self) {
        let mut serving = self.serving.subscribe();
        // Its sender is this server.
        let _ = serving.wait_for(|count| *count == 0).await;
    }
}

impl Serving {
    /// Waits until it is to end.
    fn stopped(&self) -> impl Future<Output = ()> + Send + 'static {
        let (mut stop, before) = (self.stop.clone(), self.before);
        async move {
            // Without its server, it is to end, too.
            let _ = stop.wait_for(|stops| stops.is_freed || stops.count != before).await;
        }
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.site.serving.send_modify(|count| *count = count.saturating_sub(1));
    }
}

impl mcpe_http_options {
    fn read(&self) -> Result<(SocketAddr, HttpServerConfig), Error> {
        let address = self.address.optional("address")?.unwrap_or("127.0.0.1:0");
        let address = address.parse().map_err(|_| {
            let words = "`address` must be an IP address and a port, such as 127.0.0.1:8080";
            Error::told(MCPE_ERR_VALUE, "caller", "address", words)
        })?;
        let path = self.path.optional("path")?.unwrap_or("/mcp");
        if !may_be_asked_for(path) || self.http_sse != 0 && [STREAM, MESSAGES].contains(&path) {
            return Err(Failure::Value("path").into());
        }
        let mut policy = HostPolicy::loopback();
        let (hosts, origins) = (&self.hosts, &self.origins);
        for host in input!(hosts, self.hosts_len)? {
            let allowed = policy.allow_host(host.text("hosts")?);
            policy = allowed.map_err(|_| Failure::Value("hosts"))?;
        }
        for origin in input!(origins, self.origins_len)? {
            let allowed = policy.allow_origin(origin.text("origins")?);
            policy = allowed.map_err(|_| Failure::Value("origins"))?;
        }
        let http_sse = HttpSsePaths { stream: STREAM.into(), messages: MESSAGES.into() };
        let config = HttpServerConfig {
            path: Some(path.to_owned()),
            hosts: policy,
            http_sse: Some(http_sse).filter(|_| self.http_sse != 0),
            ..HttpServerConfig::default()
        };
        Ok((address, config))
    }
}

/// Whether a client that has the path in its URL asks for just that.
fn may_be_asked_for(path: &str) -> bool {
    let url = Url::parse(&format!("http://localhost{path}"));
    !path.contains('?') && url.is_some_and(|url| url.target() == path)
}

/// The paths of HTTP+SSE.
const STREAM: &str = "/sse";
const MESSAGES: &str = "/messages";

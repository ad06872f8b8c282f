//! The server as a service: a request in, a response out.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::{Arc, Weak};
use std::task::{Context, Poll};

use bytes::Bytes;
use http::request::Parts;
use http::{Request, Response};
use http_body::Body;
use mcp_engine_proto::http::{Admitted, Post, Route, Verb};

use super::body::ReplyBody;
use super::config::HttpServerConfig;
use super::intake::{self, Verdicts};
use super::limits::HttpServerCounters;
use super::principal::Principal;
use super::response::Refused;
use super::site::{Share, Site};
use super::{http_sse, modern, session};
use crate::error::Error;
use crate::server::{Listening, Server, Sink};

/// A [`Server`] over Streamable HTTP, for clients of both eras: a tower service, to be [served](Self::serve) or mounted in a router. Clones
/// are the same service.
///
/// ```
/// use mcp_engine_runtime::http_server::{HttpServerConfig, HttpService};
/// use mcp_engine_runtime::server::Server;
///
/// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
/// let server = Server::builder("notes", "1.0").build()?;
/// let service = HttpService::new(server, HttpServerConfig::default())?;
/// assert_eq!(service.sessions(), 0);
/// # Ok::<(), mcp_engine_runtime::Error>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct HttpService {
    pub(super) site: Arc<Site>,
    share: Share,
    _open: Arc<Open>,
}

/// That the service is open. With the last clone all streams of the server end.
#[derive(Debug)]
struct Open {
    site: Arc<Site>,
    _told: Listening,
}

impl HttpService {
    /// A service of that server.
    ///
    /// # Errors
    ///
    /// As for [`Endpoint::new`](mcp_engine_proto::endpoint::Endpoint::new); and for a path that no request can have, or that is there twice.
    pub fn new(server: Server, config: HttpServerConfig) -> Result<Self, Error> {
        let site = Arc::new(Site::new(server, config)?);
        let sink = Arc::downgrade(&site) as Weak<dyn Sink>;
        let told = site.server.changes().listen(sink);
        let open = Arc::new(Open { site: Arc::clone(&site), _told: told });
        Ok(Self { site, share: Share::default(), _open: open })
    }

    /// The same service with a share of the workers of its own: for one connection.
    pub(super) fn with_own_share(&self) -> Self {
        Self { share: Share::default(), ..self.clone() }
    }

    /// The server, whose [`changes`](Server::changes) reach all sessions and subscriptions.
    pub fn server(&self) -> &Server {
        &self.site.server
    }

    /// What was refused or ended so far.
    pub fn counters(&self) -> HttpServerCounters {
        self.site.tally.counters()
    }

    /// How many sessions of the legacy era are open.
    pub fn sessions(&self) -> usize {
        self.site.sessions.len()
    }

    /// How many subscriptions of the modern era are open.
    pub fn listeners(&self) -> usize {
        self.site.listeners.len()
    }

    /// Answers one request.
    pub async fn answer<B>(&self, request: Request<B>) -> Response<ReplyBody>
    where
        B: Body<Data = Bytes>,
    {
        let (parts, body) = request.into_parts();
        let response = match self.route(&parts, body).await {
            Ok(response) => response,
            Err(refused) => self.site.refuse(&refused, None),
        };
        crate::trace::http_served(parts.method.as_str(), response.status().as_u16());
        response
    }

    async fn route<B>(&self, parts: &Parts, body: B) -> Result<Response<ReplyBody>, Refused>
    where
        B: Body<Data = Bytes>,
    {
        let site = &self.site;
        let head = site.head(parts)?;
        let verb = Verb::from_name(parts.method.as_str());
        let principal = Principal::of(&parts.extensions);
        let path = parts.uri.path();
        if let Some(paths) = &site.config.http_sse {
            if path == paths.stream {
                return http_sse::open(site, paths, verb, &head, principal);
            }
            if path == paths.messages {
                return http_sse::serve(site, verb, &head, parts, principal, body).await;
            }
        }
        if site.config.path.as_deref().is_some_and(|own| own != path) {
            site.gate.hosts.check(&head)?;
            return Err(Refused::NoSuchPath);
        }
        match site.gate.admit(verb, &head)? {
            Admitted::Post(post) => self.post(post, principal, body).await,
            Admitted::Stream(request) => session::serve_stream(site, principal.as_ref(), request),
            Admitted::Close { session } => session::close(site, principal.as_ref(), session),
        }
    }

    async fn post<B>(
        &self,
        post: Post<'_>,
        principal: Option<Arc<str>>,
        body: B,
    ) -> Result<Response<ReplyBody>, Refused>
    where
        B: Body<Data = Bytes>,
    {
        let site = &self.site;
        let verdicts = intake::read(site, &post, body).await?;
        let route = verdicts.body().ok_or(Refused::Broken).and_then(|body| Ok(post.route(body)?));
        let id = if route.is_err() { verdicts.request_id() } else { None };
        let served = match route {
            Ok(Route::Exchange(_)) => match verdicts {
                Verdicts::One(Ok(message)) => {
                    modern::serve(site, &self.share, post.head(), principal, message).await
                }
                _ => Err(Refused::Failed),
            },
            Ok(Route::Initialize) => session::initialize(site, principal, verdicts),
            Ok(Route::Session(route)) => session::serve(site, principal, route, verdicts).await,
            Err(refused) => Err(refused),
        };
        served.or_else(|refused| Ok(site.refuse(&refused, id.as_ref())))
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.site.end_streams();
    }
}

impl<B> tower_service::Service<Request<B>> for HttpService
where
    B: Body<Data = Bytes> + Send + 'static,
{
    type Response = Response<ReplyBody>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let service = self.clone();
        Box::pin(async move { Ok(service.answer(request).await) })
    }
}

//! What all requests of an HTTP server share.

use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, OnceLock};

use http::request::Parts;
use mcp_engine_proto::connection::Connection;
use mcp_engine_proto::endpoint::Endpoint;
use mcp_engine_proto::http::{Gate, Head, Rejection, Versions};
use mcp_engine_proto::version::{Era, Version};
use mcp_engine_proto::{BodyDecoder, Duplicates, Limits, Now, Pool, Seed};

use super::config::HttpServerConfig;
use super::limits::Tally;
use super::modern::Listeners;
use super::session::Table;
use crate::clock::Clock;
use crate::error::Error;
use crate::host::Seat;
use crate::server::Server;
use crate::workers::lock;

/// A server at its address.
pub(super) struct Site {
    pub(super) server: Server,
    pub(super) config: HttpServerConfig,
    pub(super) gate: Gate,
    pub(super) tally: Tally,
    pub(super) sessions: Table,
    pub(super) listeners: Listeners,
    pub(super) clock: Clock,
    /// What the connections of HTTP+SSE are made after.
    pub(super) http_sse: Connection,
    /// Bytes of bodies that have not come to their end.
    pub(super) unfinished: AtomicU64,
    /// Bytes of events that sessions keep.
    pub(super) kept: AtomicU64,
    endpoint: Option<Endpoint>,
    desks: Mutex<Vec<Desk>>,
    limits: Limits,
    pool: Pool,
}

/// What a request needs for the moment in which it is decoded or judged.
struct Desk {
    decoder: BodyDecoder,
    endpoint: Option<Endpoint>,
}

/// The share of the workers for requests that stand alone: of one connection, or of a service that knows no connections.
#[derive(Clone, Debug, Default)]
pub(super) struct Share {
    seat: Arc<OnceLock<Arc<Seat>>>,
}

impl Site {
    pub(super) fn new(server: Server, config: HttpServerConfig) -> Result<Self, Error> {
        config.check()?;
        let own = server.config();
        let http_sse = Connection::new(own.clone().versions([Version::V2024_11_05]))?;
        let gate = Gate {
            versions: own.versions.iter().copied().collect::<Versions>(),
            sessions: config.sessions,
            hosts: config.hosts.clone(),
            limits: config.limits.http,
        };
        let is_modern = gate.versions.serves(Era::Modern);
        let endpoint = if is_modern { Some(Endpoint::new(own.clone())?) } else { None };
        let message_bytes = own.limits.message_bytes.min(gate.limits.body_bytes);
        let limits = Limits { message_bytes, ..own.limits };
        Ok(Self {
            pool: Pool::new(&limits, Seed::default()),
            sessions: Table::new(&gate.limits),
            listeners: Listeners::new(&config.limits),
            tally: Tally::default(),
            clock: Clock::new(),
            http_sse,
            unfinished: AtomicU64::new(0),
            kept: AtomicU64::new(0),
            desks: Mutex::default(),
            server,
            config,
            gate,
            endpoint,
            limits,
        })
    }

    pub(super) fn now(&self) -> Now {
        self.clock.now()
    }

    /// The head of a request, as the rules see it.
    pub(super) fn head<'a>(&self, parts: &'a Parts) -> Result<Head<'a>, Rejection> {
        let fields =
            parts.headers.iter().map(|(name, value)| (name.as_str().as_bytes(), value.as_bytes()));
        let head = Head::read(fields, &self.gate.limits)?;
        match parts.uri.authority() {
            Some(authority) => head.with_authority(authority.as_str().as_bytes()),
            None => Ok(head),
        }
    }

    pub(super) fn new_decoder(&self) -> BodyDecoder {
        BodyDecoder::new(&self.limits, Duplicates::default(), self.pool.clone())
    }

    pub(super) fn with_decoder<R>(&self, act: impl FnOnce(&mut BodyDecoder) -> R) -> R {
        self.with_desk(|desk| act(&mut desk.decoder))
    }

    /// The judge of requests that stand alone; `None` when only the legacy era is served.
    pub(super) fn with_endpoint<R>(&self, act: impl FnOnce(&mut Endpoint) -> R) -> Option<R> {
        self.with_desk(|desk| desk.endpoint.as_mut().map(act))
    }

    /// Ends everything that would go on by itself: subscriptions and sessions.
    pub(super) fn end_streams(&self) {
        self.listeners.end();
        self.sessions.end();
    }

    fn with_desk<R>(&self, act: impl FnOnce(&mut Desk) -> R) -> R {
        let desk = lock(&self.desks).pop();
        let mut desk = desk.unwrap_or_else(|| Desk {
            decoder: self.new_decoder(),
            endpoint: self.endpoint.clone(),
        });
        let result = act(&mut desk);
        let mut desks = lock(&self.desks);
        if desks.len() < DESKS {
            desks.push(desk);
        }
        result
    }
}

impl Share {
    pub(super) fn seat(&self, server: &Server) -> Result<Arc<Seat>, Error> {
        if let Some(seat) = self.seat.get() {
            return Ok(Arc::clone(seat));
        }
        let seat = Arc::new(server.host().seat()?);
        // Another request of the share may have been faster.
        Ok(Arc::clone(self.seat.get_or_init(|| seat)))
    }
}

impl std::fmt::Debug for Site {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Site").field("config", &self.config).finish_non_exhaustive()
    }
}

/// Most desks that wait for a request: as many as threads work at a time.
const DESKS: usize = 64;

//! One of the servers: how it is reached, how it is, what of it may be used.

use std::collections::BTreeSet;
use std::fmt;
use std::pin::Pin;
use std::sync::Mutex;

use mcp_engine_proto::model::Tool;
use mcp_engine_proto::version::Version;

use super::tools::{Known, Verdict};
use crate::backoff::Backoff;
use crate::client::Client;
use crate::error::Error;
use crate::trace;
use crate::workers::lock;

type Connecting = Pin<Box<dyn Future<Output = Result<Client, Error>> + Send>>;

/// A server that an [`Aggregator`](super::Aggregator) has.
pub struct Member {
    name: String,
    connect: Box<dyn Fn() -> Connecting + Send + Sync>,
    allowed: Option<BTreeSet<String>>,
}

/// How a server is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Health {
    /// Nobody has asked for it yet.
    Idle,
    /// It is connected, in that revision.
    Up(Version),
    /// It is gone, and will be connected anew when somebody asks for it.
    Gone,
    /// It could not be connected, so many times in a row.
    Down {
        /// What went wrong last.
        error: String,
        /// How often.
        attempts: u32,
    },
}

impl Member {
    /// A server of that name. `connect` is called whenever it is to be connected: at first, and when it is gone.
    pub fn new<W>(name: &str, connect: impl Fn() -> W + Send + Sync + 'static) -> Self
    where
        W: Future<Output = Result<Client, Error>> + Send + 'static,
    {
        let connect = Box::new(move || Box::pin(connect()) as Connecting);
        Self { name: name.to_owned(), connect, allowed: None }
    }

    /// Uses these tools of the server and no others, however it lists them.
    #[must_use]
    pub fn allow(mut self, tools: impl IntoIterator<Item: Into<String>>) -> Self {
        self.allowed = Some(tools.into_iter().map(Into::into).collect());
        self
    }
}

/// A server in its place.
pub(super) struct Seat {
    member: Member,
    /// Held while it is being connected, so that this is done once.
    client: tokio::sync::Mutex<Option<Client>>,
    health: Mutex<Health>,
    backoff: Mutex<Backoff>,
    known: Mutex<Known>,
}

impl Seat {
    pub(super) fn new(member: Member) -> Self {
        Self {
            member,
            client: tokio::sync::Mutex::new(None),
            health: Mutex::new(Health::Idle),
            backoff: Mutex::default(),
            known: Mutex::new(Known::new()),
        }
    }

    pub(super) fn name(&self) -> &str {
        &self.member.name
    }

    pub(super) fn health(&self) -> Health {
        let health = lock(&self.health).clone();
        let client = self.client.try_lock();
        let is_gone =
            client.is_ok_and(|client| client.as_ref().is_some_and(|it| it.peer().is_closed()));
        if is_gone { Health::Gone } else { health }
    }

    /// The client, which is connected now if it is not.
    pub(super) async fn client(&self) -> Result<Client, Error> {
        let mut client = self.client.lock().await;
        if let Some(client) = client.as_ref().filter(|client| !client.peer().is_closed()) {
            return Ok(client.clone());
        }
        self.assert_due()?;
        match self.connected().await {
            Ok(connected) => {
                trace::member_up(self.name(), connected.version());
                *lock(&self.health) = Health::Up(connected.version());
                lock(&self.backoff).succeeded();
                Ok(client.insert(connected).clone())
            }
            Err(error) => {
                *client = None;
                self.failed(&error);
                Err(error)
            }
        }
    }

    /// Connects, and lists the tools, so that nothing is called that was not seen.
    async fn connected(&self) -> Result<Client, Error> {
        let client = (self.member.connect)().await?;
        self.take_in(client.list_tools().await?)?;
        Ok(client)
    }

    fn failed(&self, error: &Error) {
        let attempts = lock(&self.backoff).failed();
        trace::member_down(self.name(), attempts, error);
        *lock(&self.health) = Health::Down { error: error.to_string(), attempts };
    }

    /// A server that has just failed is left alone for a while.
    fn assert_due(&self) -> Result<(), Error> {
        match (lock(&self.backoff).until(), &*lock(&self.health)) {
            (Some(_), Health::Down { error, .. }) => {
                Err(Error::unexpected("the server", format!("it is down: {error}")))
            }
            _ => Ok(()),
        }
    }

    /// The tools that may be called, as the server lists them now.
    pub(super) async fn list(&self) -> Result<Vec<Tool<'static>>, Error> {
        let is_new = lock(&self.known).is_empty();
        let client = self.client().await?;
        if !is_new {
            self.take_in(client.list_tools().await?)?;
        }
        Ok(lock(&self.known).callable())
    }

    fn take_in(&self, tools: Vec<Tool<'static>>) -> Result<(), Error> {
        let allowed =
            |tool: &str| self.member.allowed.as_ref().is_none_or(|allowed| allowed.contains(tool));
        lock(&self.known).take_in(tools, allowed)
    }

    /// Whether it has listed a tool of that name that it may have.
    pub(super) fn has(&self, tool: &str) -> bool {
        let verdict = lock(&self.known).verdict(tool);
        verdict.is_some_and(|verdict| verdict != Verdict::NotAllowed)
    }

    pub(super) fn assert_callable(&self, tool: &str) -> Result<(), Error> {
        match lock(&self.known).verdict(tool) {
            Some(Verdict::Callable) => Ok(()),
            Some(Verdict::Changed) => Err(Error::unsupported(
                "the tool is not what was approved of: its definition has changed",
            )),
            Some(Verdict::NotAllowed) => Err(Error::unsupported("the tool is not allowed")),
            None => Err(Error::unsupported("the server has no such tool any more")),
        }
    }

    pub(super) fn approve(&self, tool: &str) -> Result<(), Error> {
        lock(&self.known).approve(tool)
    }
}

impl fmt::Debug for Member {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Member").field("name", &self.name).finish_non_exhaustive()
    }
}

impl fmt::Debug for Seat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Seat").field("name", &self.member.name).finish_non_exhaustive()
    }
}

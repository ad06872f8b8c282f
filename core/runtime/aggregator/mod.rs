//! Many servers behind one handle.
//!
//! Each server has a name, and its tools are known as `server_tool`. Servers are connected at the same time, and connected anew
//! when they are gone; what one of them does wrong is no other's business. A server cannot reach beyond its own tools: it may have those of
//! its allow-list and no others, whether they are listed or called; a tool whose definition changes is not called until somebody has
//! approved of it; and a public name that two tools could mean is refused.

mod member;
mod names;
mod tools;

pub use member::{Health, Member};
pub use names::Ambiguous;

use std::sync::Arc;

use mcp_engine_proto::model::Tool;
use serde::Serialize;

use crate::client::{Client, ToolResult};
use crate::error::Error;
use member::Seat;
use names::{Name, Resolved};

/// Many servers behind one handle. Clones are the same servers.
///
/// ```no_run
/// use mcp_engine_proto::Limits;
/// use mcp_engine_runtime::aggregator::{Aggregator, Member};
/// use mcp_engine_runtime::client::Client;
/// use mcp_engine_runtime::transport::{ByteStream, Command};
///
/// # async fn run() -> Result<(), mcp_engine_runtime::Error> {
/// let files = Member::new("files", || async {
///     let (stream, _child) = Command::new("files-server").spawn()?;
///     let transport = ByteStream::new(stream, &Limits::default());
///     Client::builder("host", "1.0").connect(transport).await
/// });
/// let servers = Aggregator::new([files.allow(["read", "list"])])?;
/// servers.connect().await;
/// for tool in servers.list_tools().await {
///     println!("{}", tool.name); // files_read, files_list
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Aggregator {
    seats: Arc<Vec<Arc<Seat>>>,
}

impl Aggregator {
    /// These servers, none of which is connected yet.
    ///
    /// # Errors
    ///
    /// Two servers have the same name, or one has none.
    pub fn new(members: impl IntoIterator<Item = Member>) -> Result<Self, Error> {
        let seats: Vec<_> = members.into_iter().map(|member| Arc::new(Seat::new(member))).collect();
        let mut names: Vec<_> = seats.iter().map(|seat| seat.name()).collect();
        names.sort_unstable();
        if names.first().is_some_and(|name| name.is_empty())
            || names.windows(2).any(|two| two[0] == two[1])
        {
            return Err(Error::unexpected("the names of the servers", "each needs one of its own"));
        }
        Ok(Self { seats: Arc::new(seats) })
    }

    /// Connects all servers at the same time, and waits for the slowest. How each of them is then, [`health`](Self::health) says.
    pub async fn connect(&self) {
        let connecting = self.seats.iter().map(|seat| {
            let seat = Arc::clone(seat);
            tokio::spawn(async move { seat.client().await.map(drop) })
        });
        for connecting in connecting.collect::<Vec<_>>() {
            // Whatever went wrong is kept as the health of the server.
            let _ = connecting.await;
        }
    }

    /// How each server is, in the order in which they were given.
    pub fn health(&self) -> Vec<(String, Health)> {
        self.seats.iter().map(|seat| (seat.name().to_owned(), seat.health())).collect()
    }

    /// The tools of all servers that can be reached, under their public names; but not those that may not be called.
    pub async fn list_tools(&self) -> Vec<Tool<'static>> {
        let listing = self.seats.iter().map(|seat| {
            let seat = Arc::clone(seat);
            tokio::spawn(async move { seat.list().await.unwrap_or_default() })
        });
        let mut listed = Vec::new();
        for (seat, listing) in self.seats.iter().zip(listing.collect::<Vec<_>>()) {
            let tools = listing.await.unwrap_or_default();
            listed.extend(tools.into_iter().map(|tool| (seat, tool)));
        }
        let listed = listed.into_iter().filter_map(|(seat, mut tool)| {
            let name = names::public(seat.name(), &tool.name);
            let leads_back = matches!(self.place(&name), Ok(back) if Arc::ptr_eq(back.0, seat));
            tool.name = name.into();
            leads_back.then_some(tool)
        });
        listed.collect()
    }

    /// Calls a tool by its public name, or by its own name where just one server has it.
    ///
    /// # Errors
    ///
    /// No tool has that name, or more than one; it is not allowed, or has changed since it was approved of; the server cannot be reached,
    /// refuses, or is gone.
    pub async fn call_tool(
        &self,
        name: &str,
        arguments: &impl Serialize,
    ) -> Result<ToolResult, Error> {
        let (seat, tool) = self.resolve(name).await?;
        let client = seat.client().await?;
        seat.assert_callable(&tool)?;
        client.call_tool(&tool, arguments).await
    }

    /// The client of a server, connected.
    ///
    /// # Errors
    ///
    /// There is no such server, or it cannot be reached.
    pub async fn client(&self, server: &str) -> Result<Client, Error> {
        let seat = self.seats.iter().find(|seat| seat.name() == server);
        let seat = seat.ok_or_else(|| Error::unsupported("there is no server of that name"))?;
        seat.client().await
    }

    /// Approves of a tool as its server has defined it now: it may be called again.
    ///
    /// # Errors
    ///
    /// There is no such server or tool.
    pub async fn approve(&self, server: &str, tool: &str) -> Result<(), Error> {
        let seat = self.seats.iter().find(|seat| seat.name() == server);
        let seat = seat.ok_or_else(|| Error::unsupported("there is no server of that name"))?;
        seat.list().await?;
        seat.approve(tool)
    }

    /// Which tool a name means, after its servers have listed theirs.
    async fn resolve(&self, name: &str) -> Result<(Arc<Seat>, String), Error> {
        match self.place(name) {
            Ok((seat, tool)) => Ok((Arc::clone(seat), tool)),
            Err(Unresolved::Ambiguous(ambiguous)) => Err(Error::unexpected("the name", ambiguous)),
            Err(Unresolved::Unknown) => {
                // A server that was not connected so far, or has new tools.
                for seat in self.seats.iter() {
                    let _ = seat.list().await;
                }
                match self.place(name) {
                    Ok((seat, tool)) => Ok((Arc::clone(seat), tool)),
                    Err(Unresolved::Ambiguous(ambiguous)) => {
                        Err(Error::unexpected("the name", ambiguous))
                    }
                    Err(Unresolved::Unknown) => {
                        Err(Error::unexpected("the name", format!("no tool is called {name}")))
                    }
                }
            }
        }
    }

    /// Which tool a name means, as far as the servers have listed theirs.
    fn place(&self, name: &str) -> Result<(&Arc<Seat>, String), Unresolved> {
        let servers = self.seats.iter().map(|seat| Name { server: seat.name(), has: seat });
        let has = |seat: &&Arc<Seat>, tool: &str| seat.has(tool);
        match names::resolve(name, servers, has) {
            Resolved::One(seat, tool) => Ok((seat, tool.to_owned())),
            Resolved::Many(ambiguous) => Err(Unresolved::Ambiguous(ambiguous)),
            Resolved::None => Err(Unresolved::Unknown),
        }
    }
}

/// Why a name leads to no tool.
enum Unresolved {
    Unknown,
    Ambiguous(Ambiguous),
}

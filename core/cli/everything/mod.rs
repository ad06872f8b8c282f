//! The everything server: one of each thing that MCP has, for trying out clients, for the demonstration and for the conformance suite.

mod asking;
mod content;
mod forms;
mod prompts;
mod resources;
mod talking;
mod tasks;

use mcp_engine_proto::model::{self, JsonObject};
use mcp_engine_proto::version::Version;
use mcp_engine_runtime::Error;
use mcp_engine_runtime::server::{Changes, Server, ServerBuilder};
use mcp_engine_schema::{HeaderTables, Limits};

/// The server, for clients of these revisions.
pub(crate) fn server(revisions: Vec<Version>) -> Result<Server, Error> {
    let changes = Changes::default();
    let builder = Server::builder("mcp-engine everything", env!("CARGO_PKG_VERSION"))
        .instructions("One of each thing that MCP has. Nothing here does any harm.")
        .configure(|config| config.versions = revisions)
        .logging()
        .watched(&changes)
        .tool_headers(HeaderTables::new(Limits::default()))
        .complete(prompts::complete);
    let rooms: [Room; 6] =
        [content::add, talking::add, asking::add, prompts::add, resources::add, tasks::add];
    rooms.iter().try_fold(builder, |builder, add| add(builder, &changes))?.build()
}

/// Adds what a room has.
type Room = fn(ServerBuilder, &Changes) -> Result<ServerBuilder, Error>;

/// The definition of a tool with that schema of its arguments.
fn tool(
    name: &'static str,
    description: &'static str,
    schema: &'static str,
) -> Result<model::Tool<'static>, Error> {
    Ok(model::Tool::new(name, JsonObject::parse(schema)?).description(description))
}

/// The schema of a tool without arguments.
const NOTHING: &str = r#"{"type":"object","properties":{},"additionalProperties":false}"#;

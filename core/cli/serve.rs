//! `mcp-engine serve`: the everything server, on any transport.

use mcp_engine_proto::version::Version;

use crate::everything;
use crate::failure::Failure;
use crate::front::Front;

/// Serve one of each thing that MCP has, for trying out clients
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    front: Front,

    /// Speak this revision of MCP and those that are named beside it, instead of all
    #[arg(long = "revision", value_name = "DATE", value_parser = revision)]
    revisions: Vec<Version>,
}

pub(crate) async fn run(args: Args) -> Result<(), Failure> {
    let Args { front, revisions } = args;
    let revisions = if revisions.is_empty() { Version::ALL.to_vec() } else { revisions };
    front.serve(&everything::server(revisions)?).await
}

fn revision(name: &str) -> Result<Version, String> {
    let known = Version::ALL.map(Version::name).join(", ");
    Version::from_name(name).ok_or_else(|| format!("the revisions are {known}"))
}

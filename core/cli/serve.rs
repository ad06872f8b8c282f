//! `mcp-engine serve`: the everything server, on any transport.

use crate::everything;
use crate::failure::Failure;
use crate::front::Front;

/// Serve one of each thing that MCP has, for trying out clients
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    front: Front,
}

pub(crate) async fn run(args: Args) -> Result<(), Failure> {
    args.front.serve(&everything::server()?).await
}

//! `mcp-engine serve`: the everything server, on any transport.

use std::net::SocketAddr;
use std::path::PathBuf;

use mcp_engine_proto::Limits;
use mcp_engine_runtime::server::Server;
use mcp_engine_runtime::transport::{Bind, ByteStream, Listener, Stdio, TransportLimits};
use tokio::task::JoinSet;

use crate::everything;
use crate::failure::Failure;

/// Serve one of each thing that MCP has, for trying out clients
#[derive(Debug, clap::Args)]
#[group(multiple = false)]
pub(crate) struct Args {
    /// Over standard input and output, which is the default
    #[arg(long)]
    stdio: bool,

    /// Over a Unix socket
    #[arg(long, value_name = "PATH")]
    unix: Option<PathBuf>,

    /// Over TCP, lines of JSON as over standard input
    #[arg(long, value_name = "ADDRESS")]
    tcp: Option<SocketAddr>,
}

pub(crate) async fn run(args: Args) -> Result<(), Failure> {
    let server = everything::server()?;
    match args {
        Args { unix: Some(path), .. } => {
            let listener = Bind::unix(&path).listen()?;
            eprintln!("mcp-engine serves on unix:{}", path.display());
            accept(&server, &listener).await
        }
        Args { tcp: Some(address), .. } => {
            let listener = Bind::tcp(address).listen()?;
            let address = listener.local_address().unwrap_or(address);
            eprintln!("mcp-engine serves on tcp://{address}");
            accept(&server, &listener).await
        }
        Args { .. } => {
            let stdio = Stdio::take(&TransportLimits::default())?;
            server.serve(ByteStream::new(stdio, &Limits::default())).await?;
            Ok(())
        }
    }
}

/// Serves every connection until the program is asked to end.
async fn accept(server: &Server, listener: &Listener) -> Result<(), Failure> {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let (server, socket) = (server.clone(), accepted?);
                connections.spawn(async move {
                    server.serve(ByteStream::new(socket, &Limits::default())).await
                });
            }
            // What goes wrong on one connection is nobody else's business.
            Some(_) = connections.join_next() => {}
            ended = tokio::signal::ctrl_c() => {
                ended?;
                return Ok(());
            }
        }
    }
}

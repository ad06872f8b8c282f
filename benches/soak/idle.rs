//! What it costs a server that clients are there and want nothing.

use std::path::Path;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::client::{ECHO, INITIALIZE, INITIALIZED, Wire, post};
use crate::report::{MB, Report};
use crate::server::Soaked;
use crate::{Failure, Scale};

/// Soaks the program itself, as people run it.
pub(crate) async fn soak(scale: Scale, program: &Path, report: &mut Report) -> Result<(), Failure> {
    if program.as_os_str().is_empty() {
        return Err("the stage \"idle\" needs --program".into());
    }
    sessions(scale.idle, program, report).await?;
    connections(scale.idle.min(MOST_CONNECTIONS), program, report).await?;
    sockets(scale.idle.min(MOST_SOCKETS), program, report).await
}

async fn sessions(count: usize, program: &Path, report: &mut Report) -> Result<(), Failure> {
    let server = Soaked::start_program(program, "--http")?;
    let mut wire = Wire::connect(server.address).await?;
    wire.open_session().await?;
    let empty = server.resident();
    for _ in 1..count {
        wire.open_session().await?;
    }
    tell(report, "idle sessions", count, server.resident().saturating_sub(empty), SESSION);
    Ok(())
}

/// Connections of clients that have asked for something and may again.
async fn connections(count: usize, program: &Path, report: &mut Report) -> Result<(), Failure> {
    let server = Soaked::start_program(program, "--http")?;
    let mut open = vec![Wire::connect(server.address).await?];
    open[0].open_session().await?;
    let empty = server.resident();
    for _ in 0..count {
        let mut wire = Wire::connect(server.address).await?;
        wire.ask(&post("", "{}")).await?;
        open.push(wire);
    }
    let more = server.resident().saturating_sub(empty);
    tell(report, "idle connections over HTTP", count, more, CONNECTION);
    open.into_iter().for_each(Wire::abort);
    Ok(())
}

/// Sockets that carry lines, as standard input and output do.
async fn sockets(count: usize, program: &Path, report: &mut Report) -> Result<(), Failure> {
    let server = Soaked::start_program(program, "--tcp")?;
    let mut open = vec![line_client(&server).await?];
    let empty = server.resident();
    for _ in 0..count {
        open.push(line_client(&server).await?);
    }
    let more = server.resident().saturating_sub(empty);
    tell(report, "idle sockets with lines", count, more, SOCKET);
    Ok(())
}

async fn line_client(server: &Soaked) -> Result<TcpStream, Failure> {
    let mut stream = TcpStream::connect(server.address).await?;
    let mut buffer = vec![0; 64 << 10];
    for text in [format!("{INITIALIZE}\n"), format!("{INITIALIZED}\n{ECHO}\n")] {
        stream.write_all(text.as_bytes()).await?;
        let mut read = 0;
        while !buffer[..read].ends_with(b"\n") {
            match stream.read(&mut buffer[read..]).await? {
                0 => return Err("the server has closed the connection".into()),
                more => read += more,
            }
        }
    }
    Ok(stream)
}

fn tell(report: &mut Report, what: &str, count: usize, bytes: u64, most_each: f64) {
    let each = bytes as f64 / count as f64;
    let (all, each_kb) = (bytes as f64 / MB, each / 1024.0);
    let most = most_each / 1024.0;
    let figure = format!("{count}: {all:.1} MB, {each_kb:.2} KB each (at most {most:.0})");
    report.demand(what, figure, each <= most_each);
}

/// As many as the program lets in.
const MOST_CONNECTIONS: usize = 9_900;
const MOST_SOCKETS: usize = 1_000;
/// Bytes for each: ten thousand sessions in half of 100 MB.
const SESSION: f64 = 5.0 * 1024.0;
/// Most of it are the buffers of the HTTP library.
const CONNECTION: f64 = 24.0 * 1024.0;
/// Futures of a debug build are larger.
const SOCKET: f64 = if cfg!(debug_assertions) { 9.0 * 1024.0 } else { 8.0 * 1024.0 };

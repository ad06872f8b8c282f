//! The limit: a server that finds the id and the text of a call where they have to be, and copies them into its reply. It checks nothing, and
//! allocates nothing while it serves.
//!
//! `fastecho [--core N] [--large-pipes | --http PORT]`

mod http;
mod reply;
mod stdio;

use rustix::thread::{CpuSet, sched_setaffinity};

fn main() -> std::io::Result<()> {
    let mut pipes = stdio::Pipes::AsTheyAre;
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--large-pipes" => pipes = stdio::Pipes::Large,
            "--core" => pin(arguments.next().and_then(|core| core.parse().ok()).unwrap_or(0))?,
            "--http" => {
                let port = arguments.next().and_then(|port| port.parse().ok());
                return http::serve(port.unwrap_or(0));
            }
            other => return Err(std::io::Error::other(format!("what is {other}?"))),
        }
    }
    stdio::serve(pipes)
}

fn pin(core: usize) -> std::io::Result<()> {
    let mut cores = CpuSet::new();
    cores.set(core);
    Ok(sched_setaffinity(None, &cores)?)
}

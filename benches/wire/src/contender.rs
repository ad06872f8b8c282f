//! Who is measured: how each is started, and in which cells it races.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::cell::{Cell, Kind};
use crate::figures::Sample;
use crate::requests::Era;
use crate::{clients, load};

/// A server or a client.
#[derive(Debug)]
pub(crate) struct Contender {
    pub(crate) name: &'static str,
    pub(crate) era: Era,
    program: &'static str,
    arguments: &'static [&'static str],
    races: Races,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Races {
    Server,
    /// Only where that is asked.
    Only(&'static str),
    Client,
}

pub(crate) type Failure = Box<dyn std::error::Error>;

pub(crate) const ALL: &[Contender] = &[
    Contender::server("fastecho", "fastecho", &[]),
    Contender::server("fastecho-1M", "fastecho", &["--large-pipes"]),
    Contender::server("ours", "ours-server", &[]),
    Contender::new("ours-1000", "ours-server", &["1000"], Races::Only("stdio-100B-w16")),
    Contender::new("ours-counted", "ours-counted", &[], Races::Only("mallocs")),
    Contender::server("rmcp-best", "rmcp-server", &["best"]),
    Contender::server("rmcp-pipes", "rmcp-server", &["pipes"]),
    Contender::server("rmcp-default", "rmcp-server", &["default"]),
    Contender::new("ours-client", "ours-client", &[], Races::Client),
    Contender::new("rmcp-client", "rmcp-client", &[], Races::Client),
];

impl Contender {
    const fn server(name: &'static str, program: &'static str, arguments: &'static [&'static str]) -> Self {
        Self::new(name, program, arguments, Races::Server)
    }

    const fn new(
        name: &'static str,
        program: &'static str,
        arguments: &'static [&'static str],
        races: Races,
    ) -> Self {
        Self { name, era: Era::Legacy, program, arguments, races }
    }

    pub(crate) fn races_in(&self, cell: &Cell) -> bool {
        match self.races {
            Races::Server => matches!(cell.kind, Kind::Stdio | Kind::Start),
            Races::Only(name) => cell.name == name,
            Races::Client => cell.kind == Kind::Client,
        }
    }

    pub(crate) fn is_built(&self) -> bool {
        built(self.program).exists()
    }

    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(built(self.program));
        command.args(self.arguments);
        command
    }

    pub(crate) fn measure(&self, cell: &Cell, time: Duration) -> Result<Sample, Failure> {
        match cell.kind {
            Kind::Stdio => load::over_stdio(self, cell, time),
            Kind::Start => load::start(self),
            Kind::Mallocs => load::mallocs(self, cell),
            Kind::Client => clients::measure(self, cell, time),
        }
    }
}

/// Where a program of this workspace lies: beside this one.
pub(crate) fn built(program: &str) -> PathBuf {
    let own = std::env::current_exe().unwrap_or_default();
    own.parent().unwrap_or(Path::new(".")).join(program)
}

//! Who is measured: how each is started, and in which cells it races.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::cell::{Cell, Kind};
use crate::figures::Sample;
use crate::requests::Style;
use crate::{clients, load};

/// A server or a client.
#[derive(Debug)]
pub(crate) struct Contender {
    pub(crate) name: &'static str,
    pub(crate) style: Style,
    program: &'static str,
    arguments: &'static [&'static str],
    races: Races,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Races {
    /// Over stdio.
    Stdio,
    /// Over HTTP: its last argument is the port.
    Http,
    /// Only where that is asked.
    Only(&'static str),
    Client,
}

pub(crate) type Failure = Box<dyn std::error::Error>;

pub(crate) const ALL: &[Contender] = &[
    Contender::new("fastecho", "fastecho", &[], Races::Stdio),
    Contender::new("fastecho-1M", "fastecho", &["--large-pipes"], Races::Stdio),
    Contender::new("ours", "ours-server", &[], Races::Stdio),
    Contender::new("ours-1000", "ours-server", &["--tools", "1000"], Races::Only("stdio-100B-w16")),
    Contender::new("ours-counted", "ours-counted", &[], Races::Only("mallocs")),
    Contender::new("rmcp-best", "rmcp-server", &["best"], Races::Stdio),
    Contender::new("rmcp-pipes", "rmcp-server", &["pipes"], Races::Stdio),
    Contender::new("rmcp-default", "rmcp-server", &["default"], Races::Stdio),
    Contender::new("tower-mcp", "tower-server", &[], Races::Stdio),
    Contender::new("turbomcp", "turbomcp-server", &[], Races::Stdio),
    Contender::new("pmcp", "pmcp-server", &[], Races::Stdio),
    Contender::new("rust-mcp-sdk", "rust-mcp-sdk-server", &[], Races::Stdio).style(Style::Modern),
    Contender::new("TypeScript 1.32", "typescript-server", &[], Races::Stdio),
    Contender::new("Python 2.3", "python-server", &[], Races::Stdio),
    Contender::new("fastecho-http", "fastecho", &["--http"], Races::Http),
    Contender::new("ours-json", "ours-server", &["--http"], Races::Http),
    Contender::new("ours-sse", "ours-server", &["--progress", "--http"], Races::Http)
        .style(Style::Progress),
    Contender::new("rmcp-json", "rmcp-server", &["json"], Races::Http),
    Contender::new("rmcp-sse", "rmcp-server", &["sse"], Races::Http),
    Contender::new("tower-mcp-json", "tower-server", &[], Races::Http),
    Contender::new("ours-client", "ours-client", &[], Races::Client),
    Contender::new("rmcp-client", "rmcp-client", &[], Races::Client),
];

impl Contender {
    const fn new(
        name: &'static str,
        program: &'static str,
        arguments: &'static [&'static str],
        races: Races,
    ) -> Self {
        Self { name, style: Style::Legacy, program, arguments, races }
    }

    const fn style(self, style: Style) -> Self {
        Self { style, ..self }
    }

    pub(crate) fn races_in(&self, cell: &Cell) -> bool {
        match self.races {
            Races::Stdio => matches!(cell.kind, Kind::Stdio | Kind::Start),
            Races::Http => cell.kind == Kind::Http,
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
            Kind::Http => load::over_http(self, cell, time),
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

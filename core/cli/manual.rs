//! What a package installs beside the program: completions for shells, and pages for `man`. Both are made of the same words as `--help`.

use std::fs;
use std::io::{self, ErrorKind, Write};
use std::path::PathBuf;

use clap::Command;
use clap_complete::Shell;

use crate::failure::Failure;

/// Print what a shell needs to complete command lines of this program
#[derive(Debug, clap::Args)]
pub(crate) struct Completions {
    /// The shell
    shell: Shell,
}

/// Write the manual pages, one for each command
#[derive(Debug, clap::Args)]
pub(crate) struct Pages {
    /// Where to: a folder, which is made where there is none
    folder: PathBuf,
}

impl Completions {
    pub(crate) fn run(&self, mut program: Command) -> Result<(), Failure> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut program, "mcp-engine", &mut script);
        match io::stdout().write_all(&script) {
            // A reader that has seen enough.
            Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
            written => written.map_err(Failure::of("standard output")),
        }
    }
}

impl Pages {
    pub(crate) fn run(&self, program: Command) -> Result<(), Failure> {
        let written = fs::create_dir_all(&self.folder)
            .and_then(|()| clap_mangen::generate_to(program, &self.folder));
        written.map_err(Failure::of(self.folder.display()))
    }
}

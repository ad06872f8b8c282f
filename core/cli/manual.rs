//! What a package installs beside the program: completions for shells, and pages for `man`. Both are made of the same words as `--help`.

use std::fs;
use std::io::{self, ErrorKind, Write};
use std::path::PathBuf;

use clap::Command;
use clap_complete::Shell;
use clap_mangen::Man;

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
        let mut program = program.disable_help_subcommand(true);
        program.build();
        let written = fs::create_dir_all(&self.folder).and_then(|()| {
            self.write(program.clone())?;
            let told = program.get_subcommands().filter(|command| !command.is_hide_set());
            told.cloned().try_for_each(|command| self.write(command))
        });
        written.map_err(Failure::of(self.folder.display()))
    }

    fn write(&self, command: Command) -> io::Result<()> {
        // They are made of one state of the sources at any time: no date. One that is empty would be left out, and the next word taken for it.
        let page = Man::new(command).date(" ").source(SOURCE).manual("User commands");
        page.generate_to(&self.folder).map(drop)
    }
}

const SOURCE: &str = concat!("mcp-engine ", env!("CARGO_PKG_VERSION"));

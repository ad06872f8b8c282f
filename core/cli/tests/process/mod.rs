//! Running the program, and the files it runs on.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};

use serde_json::Value;

/// What a run left behind.
pub(super) struct Run {
    status: ExitStatus,
    pub(super) stdout: String,
    pub(super) stderr: String,
}

impl Run {
    pub(super) fn code(&self) -> Option<i32> {
        self.status.code()
    }

    pub(super) fn json(&self) -> Result<Vec<Value>, serde_json::Error> {
        self.stdout.lines().map(serde_json::from_str).collect()
    }
}

pub(super) fn program(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mcp-engine"));
    command.arg("check").args(args).env_remove("CLICOLOR_FORCE");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

pub(super) fn run(args: &[&str], input: &[u8]) -> Result<Run, Box<dyn std::error::Error>> {
    finish(program(args), input)
}

/// Runs a program on that input to its end.
pub(super) fn finish(
    mut program: Command,
    input: &[u8],
) -> Result<Run, Box<dyn std::error::Error>> {
    let mut child = program.spawn()?;
    let mut stdin = child.stdin.take().ok_or("no stdin")?;
    let input = input.to_vec();
    // From a thread of its own: the program may print before it has read everything. It may also stop
    // reading, which is none of the writer's business.
    let writer = std::thread::spawn(move || drop(stdin.write_all(&input)));
    let output = child.wait_with_output()?;
    writer.join().map_err(|_| "the writer panicked")?;
    Ok(Run {
        status: output.status,
        stdout: String::from_utf8(output.stdout)?,
        stderr: String::from_utf8(output.stderr)?,
    })
}

pub(super) fn capture(name: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/data/captures");
    root.join(name).to_string_lossy().into_owned()
}

/// A file that is gone after the test.
pub(super) struct Scratch(PathBuf);

impl Scratch {
    pub(super) fn new(name: &str, content: &[u8]) -> std::io::Result<Self> {
        let name = format!("{}-{name}", std::process::id());
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::write(&path, content)?;
        Ok(Self(path))
    }

    pub(super) fn path(&self) -> String {
        self.0.to_string_lossy().into_owned()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        drop(fs::remove_file(&self.0));
    }
}

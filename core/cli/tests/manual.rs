//! The program as a process: what it gives to packages, for shells and for `man`.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

type Outcome = Result<(), Box<dyn std::error::Error>>;

#[test]
fn every_shell_completes_every_command() -> Outcome {
    let commands = commands()?;
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = String::from_utf8(run(&["completions", shell])?.stdout)?;
        for command in &commands {
            assert!(script.contains(command.as_str()), "{shell} does not know {command}");
        }
    }
    Ok(())
}

#[test]
fn every_command_has_a_page() -> Outcome {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("manual/man1");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    run(&["manual", &folder.to_string_lossy()])?;
    let mut pages = BTreeSet::new();
    for page in fs::read_dir(&folder)? {
        let page = page?;
        assert!(String::from_utf8(fs::read(page.path())?)?.contains(".SH DESCRIPTION"));
        pages.insert(page.file_name().to_string_lossy().into_owned());
    }
    let mut wanted: BTreeSet<_> =
        commands()?.iter().map(|command| format!("mcp-engine-{command}.1")).collect();
    wanted.insert("mcp-engine.1".to_owned());
    assert_eq!(pages, wanted);
    Ok(())
}

#[test]
fn pages_that_cannot_be_written_are_an_error() -> Outcome {
    let output =
        Command::new(env!("CARGO_BIN_EXE_mcp-engine")).args(["manual", "/dev/null/x"]).output()?;
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr)?.starts_with("mcp-engine: /dev/null/x: "));
    Ok(())
}

/// The commands that `--help` tells of.
fn commands() -> Result<BTreeSet<String>, Box<dyn std::error::Error>> {
    let help = String::from_utf8(run(&["--help"])?.stdout)?;
    let (_, listed) = help.split_once("Commands:\n").ok_or("no commands")?;
    let listed = listed.lines().take_while(|line| !line.is_empty());
    let commands: BTreeSet<_> = listed
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|command| *command != "help")
        .map(str::to_owned)
        .collect();
    assert!(commands.len() > 8, "{help}");
    Ok(commands)
}

fn run(args: &[&str]) -> Result<Output, Box<dyn std::error::Error>> {
    let output = Command::new(env!("CARGO_BIN_EXE_mcp-engine")).args(args).output()?;
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(output)
}

//! Clients: each is a program that starts `fastecho` as its child, calls it for a while, and says what it has measured itself.

use std::process::Command;
use std::time::Duration;

use crate::cell::Cell;
use crate::contender::{Contender, Failure, built};
use crate::figures::{Figure, Sample};
use crate::process::{GENERATOR, MEASURED, pin};

/// `PROGRAM FASTECHO CORE BYTES WINDOW MILLIS` prints how many calls there were, in how many seconds, and the processor time of them all.
pub(crate) fn measure(
    contender: &Contender,
    cell: &Cell,
    time: Duration,
) -> Result<Sample, Failure> {
    let mut command: Command = contender.command();
    command.arg(built("fastecho")).arg(GENERATOR.to_string());
    command.args(
        [cell.bytes, cell.window, time.as_millis() as usize].map(|number| number.to_string()),
    );
    pin(MEASURED)?;
    let output = command.output();
    pin(GENERATOR)?;
    let output = output?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let numbers: Vec<f64> =
        said.split_whitespace().filter_map(|number| number.parse().ok()).collect();
    let [calls, seconds, cpu] = numbers[..] else {
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        return Err(format!("it says: {said}{errors}").into());
    };
    Ok(Sample::from([(Figure::Calls, calls / seconds), (Figure::Cpu, cpu * 1e6 / calls)]))
}

//! The questions that are put to a server.

use std::time::Duration;

use crate::cell::Cell;
use crate::contender::{Contender, Failure};
use crate::figures::{Figure, Sample, median};
use crate::process::Process;
use crate::requests::{Requests, handshake, list_tools};
use crate::stdio::{Run, Talk, Until};

/// Calls it for a while.
pub(crate) fn over_stdio(contender: &Contender, cell: &Cell, time: Duration) -> Result<Sample, Failure> {
    let requests = Requests::new(contender.era, cell.bytes, cell.window);
    let (process, _) = greeted(contender)?;
    let mut talk = Talk::with(&process);
    talk.run(&requests, cell.window as u64, Until::Time(time / 4))?;
    let before = process.cpu()?;
    let run = talk.run(&requests, cell.window as u64, Until::Time(time))?;
    let cpu = process.cpu()?.saturating_sub(before);
    let mut sample = of_run(&run, cpu);
    sample.insert(Figure::Rss, process.peak_rss()?);
    process.end()?;
    Ok(sample)
}

/// What a load comes to.
pub(crate) fn of_run(run: &Run, cpu: Duration) -> Sample {
    let calls = run.calls as f64;
    let micros = |time: &Duration| time.as_secs_f64() * 1e6;
    let mut sample =
        Sample::from([(Figure::Calls, calls / run.time.as_secs_f64()), (Figure::Cpu, micros(&cpu) / calls)]);
    if let Some(p50) = median(run.latencies.iter().map(micros).collect()) {
        sample.insert(Figure::P50, p50);
    }
    sample
}

/// Starts it several times.
pub(crate) fn start(contender: &Contender) -> Result<Sample, Failure> {
    let mut millis = Vec::new();
    for _ in 0..STARTS {
        let (process, took) = greeted(contender)?;
        millis.push(took.as_secs_f64() * 1e3);
        drop(process);
    }
    Ok(median(millis).map(|start| (Figure::Start, start)).into_iter().collect())
}

/// How often a server that counts has allocated more, in a run that is longer.
pub(crate) fn mallocs(contender: &Contender, cell: &Cell) -> Result<Sample, Failure> {
    let requests = Requests::new(contender.era, cell.bytes, cell.window);
    let count = |calls: u64| -> Result<f64, Failure> {
        let (process, _) = greeted(contender)?;
        Talk::with(&process).run(&requests, cell.window as u64, Until::Calls(calls))?;
        let said = process.end()?;
        Ok(said.trim().parse().map_err(|_| format!("it says: {said}"))?)
    };
    let more = count(COUNTED * 2)? - count(COUNTED)?;
    Ok(Sample::from([(Figure::Mallocs, more / COUNTED as f64)]))
}

/// A server that has listed its tools, and how long that took.
fn greeted(contender: &Contender) -> Result<(Process, Duration), Failure> {
    let process = Process::start(&mut contender.command())?;
    let mut talk = Talk::with(&process);
    for (line, answered) in handshake(contender.era) {
        talk.exchange(line.as_bytes(), u64::from(*answered))?;
    }
    talk.exchange(list_tools(contender.era).as_bytes(), 1)?;
    let took = process.began.elapsed();
    Ok((process, took))
}

const STARTS: usize = 7;
const COUNTED: u64 = 20_000;

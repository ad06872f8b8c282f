//! The questions that are put to a server.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use crate::cell::Cell;
use crate::contender::{Contender, Failure};
use crate::figures::{Figure, Sample, median};
use crate::http::{self, Line};
use crate::process::Process;
use crate::requests::{Requests, post};
use crate::stdio::{Run, Talk, Until};

/// Calls it for a while.
pub(crate) fn over_stdio(
    contender: &Contender,
    cell: &Cell,
    time: Duration,
) -> Result<Sample, Failure> {
    let requests = Requests::new(contender.style, cell.bytes, cell.window);
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

/// The same over HTTP.
pub(crate) fn over_http(
    contender: &Contender,
    cell: &Cell,
    time: Duration,
) -> Result<Sample, Failure> {
    // Whoever gives it back may get it at once.
    let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    let process = Process::start(contender.command().arg(port.to_string()))?;
    let headers = greeted_over_http(contender, &mut connected(port)?)?;
    let requests = Requests::posts(contender.style, cell.bytes, cell.window, &headers);
    let mut lines = (0..cell.window).map(|_| Line::open(port)).collect::<Result<Vec<_>, _>>()?;
    http::run(&mut lines, &requests, time / 4)?;
    let before = process.cpu()?;
    let run = http::run(&mut lines, &requests, time)?;
    let cpu = process.cpu()?.saturating_sub(before);
    let mut sample = of_run(&run, cpu);
    sample.insert(Figure::Rss, process.peak_rss()?);
    Ok(sample)
}

/// The first connection to a server that has just been started.
fn connected(port: u16) -> Result<Line, Failure> {
    let until = Instant::now() + Duration::from_secs(5);
    loop {
        match Line::open(port) {
            Ok(line) => return Ok(line),
            Err(error) if Instant::now() > until => return Err(error.into()),
            Err(_) => std::thread::sleep(Duration::from_millis(2)),
        }
    }
}

/// Shakes hands, and yields the headers that belong to each request from then on.
fn greeted_over_http(contender: &Contender, line: &mut Line) -> Result<String, Failure> {
    let mut headers = String::new();
    for (message, _) in contender.style.handshake() {
        let head = line.exchange(post(message.trim_end(), &headers).as_bytes())?;
        let session =
            head.lines().find(|line| line.to_ascii_lowercase().starts_with("mcp-session-id:"));
        if let Some(session) = session {
            headers = format!("{session}\r\n");
        }
        if headers.is_empty() || session.is_some() {
            headers.push_str("mcp-protocol-version: 2025-06-18\r\n");
        }
    }
    Ok(headers)
}

/// What a load comes to.
pub(crate) fn of_run(run: &Run, cpu: Duration) -> Sample {
    let calls = run.calls as f64;
    let micros = |time: &Duration| time.as_secs_f64() * 1e6;
    let mut sample = Sample::from([
        (Figure::Calls, calls / run.time.as_secs_f64()),
        (Figure::Cpu, micros(&cpu) / calls),
    ]);
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
    let requests = Requests::new(contender.style, cell.bytes, cell.window);
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
    for (line, answered) in contender.style.handshake() {
        talk.exchange(line.as_bytes(), u64::from(*answered))?;
    }
    talk.exchange(contender.style.list_tools().as_bytes(), 1)?;
    let took = process.began.elapsed();
    Ok((process, took))
}

const STARTS: usize = 7;
const COUNTED: u64 = 20_000;

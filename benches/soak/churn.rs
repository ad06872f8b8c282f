//! Sessions that are opened, used and given up in every way.

use std::cell::Cell;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use tokio::task::{JoinHandle, LocalSet};
use tokio::time::{sleep, timeout};

use crate::client::{ECHO, INITIALIZE, Wire, bare, call, expect, of_session, post};
use crate::process::settles;
use crate::report::{Report, Slope};
use crate::server::{Soaked, Tables};
use crate::{Failure, Scale};

/// How a client leaves.
#[derive(Clone, Copy, Debug)]
enum Way {
    /// It ends its session.
    Ended,
    /// It leaves its session behind.
    Left,
    /// It breaks off in the middle of an answer.
    MidAnswer,
    /// It breaks off while it waits for an answer that never comes.
    Waiting,
    /// It does not even hear that it has a session.
    Unheard,
    /// It breaks its stream off, and ends its session by another connection.
    MidStream,
    /// It never gets a session: its requests are refused.
    Refused,
    /// It breaks off in the middle of a head, or of a body.
    Cut,
    /// It subscribes in the modern era, and breaks off.
    Listening,
}

pub(crate) async fn soak(scale: Scale, report: &mut Report) -> Result<(), Failure> {
    let mut server = Soaked::start()?;
    // One of each first, so that what is made once has been made.
    let mut wire = Wire::connect(server.address).await?;
    for way in Way::ALL {
        way.go(server.address, &mut wire).await?;
    }
    drop(wire);
    let before = empty(&mut server).await?;
    let (begun, slope) = (Instant::now(), churn(&server, scale.sessions).await?);
    let rate = scale.sessions as f64 / begun.elapsed().as_secs_f64();
    let after = empty(&mut server).await?;
    report.show(
        "sessions",
        format!("{} in {} ways, {rate:.0} a second", scale.sessions, Way::ALL.len()),
    );
    report.demand_flat("sessions: memory of the server", &slope);
    report.demand("sessions: left in tables", after.left(), after.sessions + after.listeners == 0);
    report.demand("sessions: tasks", arrow(before.tasks, after.tasks), after.tasks <= before.tasks);
    let (from, to) = (before.held.descriptors, after.held.descriptors);
    report.demand("sessions: descriptors", arrow(from, to), to <= from);
    Ok(())
}

/// The tables once everything that was given up is gone.
pub(crate) async fn empty(server: &mut Soaked) -> Result<Tables, Failure> {
    let mut last = server.tables()?;
    settles(|| match server.tables() {
        Ok(tables) => {
            // Gone is what no longer changes and is nowhere on a list.
            let is_settled = tables == last && tables.sessions + tables.listeners == 0;
            last = tables;
            is_settled && tables.tasks <= IDLE_TASKS
        }
        Err(_) => true,
    })
    .await;
    server.tables()
}

async fn churn(server: &Soaked, sessions: u64) -> Result<Slope, Failure> {
    let (address, next) = (server.address, Rc::new(Cell::new(0)));
    let local = LocalSet::new();
    let workers: Vec<_> = (0..WORKERS)
        .map(|_| local.spawn_local(work(address, Rc::clone(&next), sessions)))
        .collect();
    let mut slope = Slope::default();
    let (step, tenth) = ((sessions / SAMPLES).max(1), (sessions / 10).max(1));
    let (mut sampled, mut told) = (0, 0);
    local
        .run_until(async {
            while next.get() < sessions && !workers.iter().all(JoinHandle::is_finished) {
                sleep(Duration::from_millis(2)).await;
                let done = next.get();
                if done >= sampled + step {
                    sampled = done;
                    slope.sample(done, server.resident());
                }
                if done >= told + tenth {
                    told = done;
                    let mb = server.resident() as f64 / crate::report::MB;
                    println!("    {done} sessions, the server has {mb:.1} MB");
                }
            }
            for worker in workers {
                worker.await??;
            }
            Ok::<_, Failure>(())
        })
        .await?;
    Ok(slope)
}

async fn work(address: SocketAddr, next: Rc<Cell<u64>>, sessions: u64) -> Result<(), Failure> {
    let mut wire = Wire::connect(address).await?;
    for turn in 1.. {
        let number = next.replace(next.get() + 1);
        if number >= sessions {
            return Ok(());
        }
        let way = Way::ALL[usize::try_from(number)? % Way::ALL.len()];
        way.go(address, &mut wire).await?;
        // Now and then a connection ends as most do.
        if turn % 500 == 0 {
            wire = Wire::connect(address).await?;
        }
    }
    Ok(())
}

impl Way {
    const ALL: [Self; 9] = [
        Self::Ended,
        Self::Left,
        Self::MidAnswer,
        Self::Waiting,
        Self::Unheard,
        Self::MidStream,
        Self::Refused,
        Self::Cut,
        Self::Listening,
    ];

    /// Goes that way, on a connection that is kept or on one that is not.
    async fn go(self, address: SocketAddr, kept: &mut Wire) -> Result<(), Failure> {
        let gone = timeout(PATIENCE, self.try_go(address, kept)).await;
        let gone = gone.unwrap_or_else(|_| Err("the server does not answer".into()));
        gone.map_err(|failure| format!("{self:?}: {failure}").into())
    }

    async fn try_go(self, address: SocketAddr, kept: &mut Wire) -> Result<(), Failure> {
        match self {
            Self::Ended => {
                let id = kept.open_session().await?;
                expect(204, &kept.ask(&bare("DELETE", &of_session(&id))).await?)
            }
            Self::Left => kept.open_session().await.map(drop),
            Self::Refused => refused(kept).await,
            Self::MidStream => mid_stream(address, kept).await,
            Self::MidAnswer => {
                let id = kept.open_session().await?;
                let mut wire = Wire::connect(address).await?;
                expect(200, &wire.ask(&post(&of_session(&id), &call("count", "{}"))).await?)?;
                wire.more().await?;
                wire.abort();
                Ok(())
            }
            Self::Waiting => {
                let id = kept.open_session().await?;
                let mut wire = Wire::connect(address).await?;
                wire.send(&post(&of_session(&id), &call("never", "{}"))).await?;
                wire.abort();
                Ok(())
            }
            Self::Unheard => {
                let mut wire = Wire::connect(address).await?;
                wire.send(&post("", INITIALIZE)).await?;
                wire.abort();
                Ok(())
            }
            Self::Cut => cut(address).await,
            Self::Listening => listening(address).await,
        }
    }
}

async fn refused(wire: &mut Wire) -> Result<(), Failure> {
    let broken = INITIALIZE.replace("2025-06-18", "\\ud800");
    expect(400, &wire.ask(&post("", &broken)).await?)?;
    expect(200, &wire.ask(&post("", r#"{"jsonrpc":"2.0","id":1,"method":"initialize"}"#)).await?)?;
    let elsewhere = post("", INITIALIZE).replace("host: localhost", "host: evil.example");
    expect(403, &wire.ask(&elsewhere).await?)?;
    expect(400, &wire.ask(&bare("GET", "")).await?)?;
    expect(404, &wire.ask(&post(&of_session("none"), ECHO)).await?)
}

async fn mid_stream(address: SocketAddr, kept: &mut Wire) -> Result<(), Failure> {
    let id = kept.open_session().await?;
    let mut wire = Wire::connect(address).await?;
    expect(200, &wire.ask(&bare("GET", &of_session(&id))).await?)?;
    wire.abort();
    expect(204, &kept.ask(&bare("DELETE", &of_session(&id))).await?)
}

async fn cut(address: SocketAddr) -> Result<(), Failure> {
    let whole = post("", INITIALIZE);
    for length in [40, whole.len() - 20] {
        let mut wire = Wire::connect(address).await?;
        wire.send(&whole[..length]).await?;
        wire.abort();
    }
    let mut wire = Wire::connect(address).await?;
    wire.send(&bare("HEAD", "")).await?;
    expect(405, &wire.hear_head().await?.0)?;
    wire.abort();
    Ok(())
}

async fn listening(address: SocketAddr) -> Result<(), Failure> {
    let headers = "mcp-protocol-version: 2026-07-28\r\nmcp-method: subscriptions/listen\r\n";
    let body = r#"{"jsonrpc":"2.0","id":7,"method":"subscriptions/listen","params":{"notifications":{"toolsListChanged":true},"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}}}"#;
    let mut wire = Wire::connect(address).await?;
    expect(200, &wire.ask(&post(headers, body)).await?)?;
    wire.abort();
    Ok(())
}

impl Tables {
    fn left(&self) -> String {
        format!("{} sessions, {} subscriptions", self.sessions, self.listeners)
    }
}

pub(crate) fn arrow(from: usize, to: usize) -> String {
    format!("{from} → {to}")
}

const PATIENCE: Duration = Duration::from_secs(20);
const WORKERS: usize = 16;
const SAMPLES: u64 = 200;
/// The listener, and what the workers of the server need.
const IDLE_TASKS: usize = 8;

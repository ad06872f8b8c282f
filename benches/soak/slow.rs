//! Clients that let wait for themselves, and what those notice of it that do not.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::net::{TcpSocket, TcpStream};
use tokio::task::{JoinSet, yield_now};

use crate::churn::{arrow, empty};
use crate::client::{ECHO, Wire, call, expect, of_session, post};
use crate::report::Report;
use crate::server::Soaked;
use crate::{Failure, Scale, Timing};

pub(crate) async fn soak(scale: Scale, report: &mut Report) -> Result<(), Failure> {
    let mut server = Soaked::start()?;
    let address = server.address;
    good_clients(address, CALLS / 10).await?;
    let before = empty(&mut server).await?;
    let quiet = good_clients(address, CALLS).await?;
    let mut slow = JoinSet::new();
    for _ in 0..scale.slow {
        let stalled = stall(address).await?;
        slow.spawn(async move {
            let _unread = stalled;
            std::future::pending().await
        });
        slow.spawn(dribble(address));
    }
    yield_now().await;
    let beside = good_clients(address, CALLS).await?;
    let open = server.tables()?.held.descriptors;
    slow.shutdown().await;
    let after = empty(&mut server).await?;
    report.show(
        "slow clients",
        format!("{} stalled readers, {} slow writers", scale.slow, scale.slow),
    );
    // Some have just been cut off by the server, and come again.
    let least = 2 * scale.slow * 9 / 10;
    report.demand("slow clients: connected meanwhile", open.to_string(), open >= least);
    let figure = format!("{:.0} µs → {:.0} µs", micros(quiet), micros(beside));
    match scale.timing {
        Timing::Shown => report.show("slow clients: p99 of good ones", figure),
        Timing::Judged => {
            report.demand("slow clients: p99 of good ones", figure, beside <= 2 * quiet);
        }
    }
    let (from, to) = (before.held.descriptors, after.held.descriptors);
    report.demand("slow clients: descriptors", arrow(from, to), to <= from);
    report.demand(
        "slow clients: tasks",
        arrow(before.tasks, after.tasks),
        after.tasks <= before.tasks,
    );
    Ok(())
}

/// The time below which 99 of 100 calls of clients take that read what they get.
async fn good_clients(address: SocketAddr, calls: usize) -> Result<Duration, Failure> {
    let mut clients = JoinSet::new();
    for _ in 0..GOOD {
        clients.spawn(async move {
            let mut wire = Wire::connect(address).await?;
            let id = wire.open_session().await?;
            let asked = post(&of_session(&id), ECHO);
            let mut times = Vec::with_capacity(calls);
            while times.len() < calls {
                let began = Instant::now();
                expect(200, &wire.ask(&asked).await?)?;
                times.push(began.elapsed());
            }
            Ok::<_, Failure>(times)
        });
    }
    let mut times = Vec::new();
    while let Some(client) = clients.join_next().await {
        times.extend(client??);
    }
    times.sort_unstable();
    let place = times.len() * 99 / 100;
    Ok(times.get(place).copied().unwrap_or_default())
}

/// Asks for more than the system holds for it, and reads none of it.
async fn stall(address: SocketAddr) -> Result<TcpStream, Failure> {
    let socket = TcpSocket::new_v4()?;
    socket.set_recv_buffer_size(4 << 10)?;
    let mut wire = Wire::over(socket.connect(address).await?);
    let id = wire.open_session().await?;
    wire.send(&post(&of_session(&id), &call("big", r#"{"bytes":262144}"#))).await?;
    wire.stream.set_zero_linger()?;
    Ok(wire.stream)
}

/// Sends a head byte by byte, for ever: when the server has had enough, another one.
async fn dribble(address: SocketAddr) {
    loop {
        let Ok(mut wire) = Wire::connect(address).await else { return };
        let _ = wire.stream.set_zero_linger();
        for byte in post("", ECHO).chars() {
            if wire.send(byte.encode_utf8(&mut [0; 4])).await.is_err() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    }
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

const GOOD: usize = 4;
const CALLS: usize = 2_000;

//! Calls of one tool, so many at a time: how many there were, and how long each took.
//!
//! The callers share one thread with the client, which reads no more of a reply than whether it is one: what is measured is the server and the way
//! to it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use mcp_engine_proto::Method;
use mcp_engine_proto::connection::Call;
use mcp_engine_proto::model::Json;
use mcp_engine_runtime::client::Client;
use mcp_engine_runtime::{Error, Peer};
use tokio::task::JoinSet;

use crate::failure::Failure;
use crate::histogram::Histogram;

/// Nanoseconds, to within a hundredth.
pub(crate) type Latencies = Histogram<7, 64>;

/// What is asked for, and how often.
#[derive(Debug)]
pub(crate) struct Load {
    /// The parameters of `tools/call`.
    pub(crate) params: Json<'static>,
    pub(crate) outstanding: usize,
    pub(crate) until: Until,
}

/// When there are enough calls.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Until {
    Elapsed(Duration),
    Calls(u64),
}

/// What came of a load.
#[derive(Debug, Default)]
pub(crate) struct Measured {
    /// Calls that were answered, with an error or without.
    pub(crate) calls: u64,
    /// Those that were answered with an error, or by a tool that has failed.
    pub(crate) errors: u64,
    pub(crate) elapsed: Duration,
    pub(crate) latencies: Latencies,
}

/// What the callers share.
struct Shared {
    peer: Peer,
    params: Json<'static>,
    began: Instant,
    until: Until,
    begun: AtomicU64,
    measured: Mutex<Measured>,
}

impl Load {
    /// Calls until it is enough, and tells now and then which share of it is done, of 1.
    pub(crate) async fn run(
        self,
        client: &Client,
        tell: impl Fn(f64),
    ) -> Result<Measured, Failure> {
        let shared = Arc::new(Shared {
            peer: client.peer().clone(),
            params: self.params,
            began: Instant::now(),
            until: self.until,
            begun: AtomicU64::new(0),
            measured: Mutex::default(),
        });
        let mut callers = JoinSet::new();
        for _ in 0..self.outstanding {
            callers.spawn(Arc::clone(&shared).call_on());
        }
        let mut ticks = tokio::time::interval(TICK);
        loop {
            tokio::select! {
                ended = callers.join_next() => match ended {
                    Some(ended) => ended.map_err(|error| Failure::usage(error.to_string()))??,
                    None => break,
                },
                _ = ticks.tick() => tell(shared.share()),
            }
        }
        let mut measured = shared.measured.lock().unwrap_or_else(PoisonError::into_inner);
        measured.elapsed = shared.began.elapsed();
        Ok(std::mem::take(&mut *measured))
    }
}

impl Shared {
    /// One caller: one call at a time.
    async fn call_on(self: Arc<Self>) -> Result<(), Error> {
        while self.wants_more() {
            let began = Instant::now();
            let call = Call::new(Method::CallTool).params(self.params.raw());
            let answer = match self.peer.request(call) {
                Ok(calling) => calling.await,
                Err(error) => Err(error),
            };
            let is_good = match answer {
                Ok(message) => message.call_tool_result().is_some_and(|result| !result.is_error),
                Err(error) if error.peer().is_some() => false,
                // The server is gone, or lets wait for ever: there is nothing more to measure.
                Err(error) => return Err(error),
            };
            self.count(began.elapsed(), is_good);
        }
        Ok(())
    }

    fn wants_more(&self) -> bool {
        let begun = self.begun.fetch_add(1, Ordering::Relaxed);
        match self.until {
            Until::Elapsed(duration) => self.began.elapsed() < duration,
            Until::Calls(calls) => begun < calls,
        }
    }

    fn count(&self, took: Duration, is_good: bool) {
        let mut measured = self.measured.lock().unwrap_or_else(PoisonError::into_inner);
        measured.calls += 1;
        measured.errors += u64::from(!is_good);
        measured.latencies.add(u64::try_from(took.as_nanos()).unwrap_or(u64::MAX));
    }

    fn share(&self) -> f64 {
        let share = match self.until {
            Until::Elapsed(duration) => self.began.elapsed().as_secs_f64() / duration.as_secs_f64(),
            Until::Calls(calls) => self.begun.load(Ordering::Relaxed) as f64 / calls as f64,
        };
        share.min(1.0)
    }
}

impl Measured {
    pub(crate) fn calls_per_second(&self) -> f64 {
        self.calls as f64 / self.elapsed.as_secs_f64()
    }

    /// The microseconds of so many of a thousand calls, at most.
    pub(crate) fn micros(&self, per_mille: u64) -> f64 {
        self.latencies.per_mille(per_mille) as f64 / 1e3
    }
}

/// How often it is told how far a load is.
const TICK: Duration = Duration::from_millis(100);

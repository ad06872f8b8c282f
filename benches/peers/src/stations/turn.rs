//! A whole call between two ends in memory: request, handler, response.

use super::Bench;
use crate::contender::Contender;
use crate::ours::Turns;
use crate::peers::{OURS, RMCP, RmcpTurns};
use mcp_engine_proto::version::Version;

pub(super) fn run(bench: &mut Bench<'_>) {
    for (name, version) in [("legacy", Version::V2025_11_25), ("modern", Version::V2026_07_28)] {
        let (mut ours, mut batch, mut rmcp) =
            (Turns::new(version), Turns::new(version), RmcpTurns::new());
        let contenders = vec![
            Contender::whole(OURS, move || (0..CALLS).map(|_| ours.call(1)).sum()),
            Contender::whole(MANY, move || (0..CALLS / WIDTH).map(|_| batch.call(WIDTH)).sum()),
            Contender::whole(RMCP, move || rmcp.calls(CALLS)),
        ];
        let race = bench.race(name, CALLS, contenders);
        bench.metric(name, "vs_rmcp", race.ratio(RMCP, OURS));
        bench.metric(name, "many_vs_rmcp", race.ratio(RMCP, MANY));
    }
}

/// Many requests are made before the other end is asked.
const MANY: &str = "ours, 32 in flight";
const CALLS: usize = 512;
const WIDTH: usize = 32;

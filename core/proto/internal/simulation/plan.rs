//! What a schedule is about: who talks, how, within which limits, and what goes wrong.

use serde_json::Value;

use super::choices::Choices;
use crate::Limits;
use crate::connection::{Config, Extend, Patience, Topology, UnknownMethods};
use crate::json::Raw;
use crate::version::{Role, Version};

/// What is decided before the first word.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) client: Config,
    pub(super) server: Config,
    /// What the two have declared.
    pub(super) declared: [Value; 2],
    pub(super) topology: Topology,
    /// Most bytes of one piece on the network.
    pub(super) chunk: usize,
    /// What chooses the order on the network.
    pub(super) seed: u64,
    /// How many operations there are.
    pub(super) length: usize,
    /// What is not as it should be.
    pub(super) trouble: Trouble,
    /// Whose limits are small.
    pub(super) tight: bool,
}

/// What is not as it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// Nothing.
    None,
    /// Messages and streams are lost.
    Loss,
    /// One side says what it likes.
    Hostile(Role),
}

impl Plan {
    pub(super) fn draw(choices: &mut Choices<'_>) -> Self {
        let trouble = choices.weighted(&[
            (5, Trouble::None),
            (2, Trouble::Loss),
            (3, Trouble::Hostile(Role::Client)),
            (2, Trouble::Hostile(Role::Server)),
        ]);
        let tight = choices.one_in(5);
        let topology = choices.weighted(&[(3, Topology::Duplex), (2, Topology::Http)]);
        let (ours, theirs) = versions(choices);
        let client = declared(choices, &CLIENT);
        let server = declared(choices, &SERVER);
        let mut plan = Self {
            client: Config::client("c", "1").capabilities(Raw::new(&client)).versions(ours),
            server: Config::server("s", "2").capabilities(Raw::new(&server)).versions(theirs),
            declared: [client, server].map(|text| text.parse().expect("JSON")),
            topology,
            chunk: choices.pick(&[usize::MAX, usize::MAX, 300, 64, 64, 20, 20, 2]),
            seed: choices.below(1 << 16) as u64,
            length: choices.pick(&[20, 40, 60, 100, 100, 200]),
            trouble,
            tight,
        };
        for config in [&mut plan.client, &mut plan.server] {
            config.topology = topology;
            config.patience = patience(choices);
            if tight {
                config.limits = limits(choices);
            }
            if choices.one_in(4) {
                config.unknown_methods = UnknownMethods::Deliver;
            }
        }
        if choices.one_in(6) {
            plan.client.known = Some(choices.pick(&plan.client.versions));
        }
        if choices.one_in(3) {
            plan.server = plan.server.instructions("use \"it\"\n");
        }
        plan
    }

    /// Whether nothing may be lost, refused or changed on the way.
    pub(super) fn is_exact(&self) -> bool {
        self.trouble == Trouble::None && !self.tight
    }

    pub(super) fn config(&self, role: Role) -> &Config {
        match role {
            Role::Client => &self.client,
            Role::Server => &self.server,
        }
    }

    /// What a side has declared.
    pub(super) fn declared(&self, role: Role) -> &Value {
        &self.declared[role as usize]
    }

    /// What both sides agree on, when nothing is in the way; a client that knows an earlier revision starts with that.
    pub(super) fn agreed(&self) -> Option<Version> {
        let (ours, theirs) = (&self.client.versions, &self.server.versions);
        let probes = self.client.known.is_none_or(|known| known == Version::V2026_07_28);
        let newest = Version::V2026_07_28;
        if probes && ours.contains(&newest) && theirs.contains(&newest) {
            return Some(newest);
        }
        let legacy = |of: &[Version]| of.iter().copied().filter(|one| *one < newest).max();
        let offered = legacy(ours)?;
        // A server without a handshake names its revisions when it is offered one.
        let Some(latest) = legacy(theirs) else { return ours.contains(&newest).then_some(newest) };
        let answered = if theirs.contains(&offered) { offered } else { latest };
        ours.contains(&answered).then_some(answered)
    }
}

/// How long a request waits.
pub(super) fn patience(choices: &mut Choices<'_>) -> Patience {
    Patience {
        idle_ns: choices.pick(&[60, 60, 2, 1, 0]) * SECOND,
        progress: choices.pick(&[Extend::OnProgress, Extend::OnProgress, Extend::Never]),
        total_ns: choices.pick(&[3600, 3600, 5, 0]) * SECOND,
    }
}

/// The revisions of the client and of the server.
fn versions(choices: &mut Choices<'_>) -> (Vec<Version>, Vec<Version>) {
    // Batches are a world of their own, which only one revision has.
    let one = choices.weighted(&[
        (1, Version::V2024_11_05),
        (2, Version::V2025_03_26),
        (1, Version::V2025_06_18),
        (1, Version::V2025_11_25),
        (2, Version::V2026_07_28),
    ]);
    match choices.below(8) {
        0..4 => (vec![one], vec![one]),
        4..7 => (subset(choices, one), subset(choices, one)),
        _ => {
            let other = choices.pick(&Version::ALL);
            (subset(choices, one), subset(choices, other))
        }
    }
}

fn subset(choices: &mut Choices<'_>, with: Version) -> Vec<Version> {
    let mask = choices.below(32);
    let chosen = |version: &Version| *version == with || mask >> *version as usize & 1 == 1;
    Version::ALL.into_iter().filter(chosen).collect()
}

fn declared(choices: &mut Choices<'_>, of: &[&str]) -> String {
    let all = choices.below(3) < 2;
    let chosen: Vec<&str> = of.iter().copied().filter(|_| all || choices.below(2) == 0).collect();
    ["{", &chosen.join(","), "}"].concat()
}

/// Limits that are soon reached.
fn limits(choices: &mut Choices<'_>) -> Limits {
    let full = Limits::default();
    Limits {
        peer_requests: choices.pick(&[full.peer_requests, 1, 2, 4]),
        own_requests: choices.pick(&[full.own_requests, 1, 2, 4]),
        outbox_bytes: choices.pick(&[full.outbox_bytes, 1, 200, 1000]),
        subscriptions: choices.pick(&[full.subscriptions, 0, 1, 3]),
        uri_bytes: choices.pick(&[full.uri_bytes, 8, 12]),
        events: choices.pick(&[full.events, 1, 3]),
        batch: choices.pick(&[full.batch, 1, 3]),
        id_bytes: choices.pick(&[full.id_bytes, 4, 20]),
        message_bytes: choices.pick(&[full.message_bytes, full.message_bytes, 2000]),
        ..full
    }
}

const CLIENT: [&str; 4] = [
    r#""roots":{"listChanged":true}"#,
    r#""sampling":{"tools":{}}"#,
    r#""elicitation":{"form":{},"url":{}}"#,
    r#""tasks":{"list":{},"cancel":{}},"extensions":{"io.modelcontextprotocol/tasks":{}}"#,
];
const SERVER: [&str; 6] = [
    r#""tools":{"listChanged":true}"#,
    r#""prompts":{"listChanged":true}"#,
    r#""resources":{"listChanged":true,"subscribe":true}"#,
    r#""logging":{}"#,
    r#""completions":{}"#,
    r#""tasks":{"list":{},"cancel":{}},"extensions":{"io.modelcontextprotocol/tasks":{}}"#,
];
pub(super) const SECOND: u64 = 1_000_000_000;

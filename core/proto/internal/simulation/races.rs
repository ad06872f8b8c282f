//! What two honest sides may refuse of each other, because what they said has crossed on the way.
//!
//! Each rule is named here with the reason, and counted against what the other side has done to bring it about. Anything else that
//! is refused between honest sides is a defect.

use super::ledger::Own;
use super::world::World;
use crate::connection::Topology;
use crate::error::{Error, PeerRule};
use crate::version::{Role, Version};

/// Whether an honest peer may have caused this refusal, as often as it has happened by now.
pub(super) fn are_allowed(world: &mut World<'_>, role: Role, error: Error) -> bool {
    let Error::PeerMisbehaved { rule, .. } = error else { return false };
    let seen = world.broken[role as usize].get(rule.name()).copied().unwrap_or_default();
    seen <= allowance(world, role, rule)
}

fn allowance(world: &mut World<'_>, role: Role, rule: PeerRule) -> u64 {
    let is_http = world.plan.topology == Topology::Http;
    // Over HTTP what a client says of its own accord travels alone, and overtakes.
    let is_overtaken = is_http && role == Role::Server;
    let ours = world.ledger(role).crossings + u64::from(world.is_hurried);
    let theirs = world.ledger(role.other()).crossings + u64::from(world.is_hurried);
    let reports = world.ledger(role.other()).reports;
    let follies = world.ledger(role.other()).follies;
    match rule {
        // We gave up, and the answer was on its way.
        PeerRule::ResponseLate => ours,
        // They gave up, and our answer was on its way; or a subscription has ended from both ends.
        PeerRule::CancelUnknown => theirs,
        PeerRule::ProgressUnknown if ours > 0 || is_overtaken => reports,
        PeerRule::ProgressBackwards if is_overtaken => reports,
        // We gave up listening, and they had more to tell.
        PeerRule::SubscriptionUnknown if role == Role::Client && ours > 0 => u64::MAX,
        // The handshake: a probe, or an offer, that an older or newer server does not take; and once more when it was slow to say so.
        PeerRule::VersionUnsupported | PeerRule::VersionMeta if role == Role::Server => {
            1 + u64::from(world.is_hurried)
        }
        // What applications answer is not always what they were asked for.
        PeerRule::ResponseMalformed if role == Role::Server => u64::MAX,
        PeerRule::MethodUnknown
        | PeerRule::UriParams
        | PeerRule::ListenParams
        | PeerRule::LevelParams => follies,
        _ => 0,
    }
}

/// Whether the connection of the peer answers such a request with an error of its own.
pub(super) fn is_folly(own: &Own) -> bool {
    let params = own.params.as_deref().unwrap_or_default();
    own.method == UNKNOWN || params == NO_PARAMS
}

/// A method that MCP does not have.
pub(super) const UNKNOWN: &str = "x/unknown";
/// Parameters in which everything is missing that the connection reads.
pub(super) const NO_PARAMS: &str = r#"{"nothing":0}"#;
/// The revision without a handshake.
pub(super) const MODERN: Version = Version::V2026_07_28;

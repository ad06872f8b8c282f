//! How a conversation begins, and who can talk to whom.

use mcp_engine::connection::{Call, Closing, Connection, Event};
use mcp_engine::version::{Era, Role, Version};
use mcp_engine::{Error, Incompatible, Method, Misuse, Now, PeerRule};

use crate::stage::{LEGACY, SECOND, Scene, broken, client, code, last, open, raw, request, server};

#[test]
fn every_revision_opens_with_itself() {
    for version in Version::ALL {
        let pair = open(version);
        assert_eq!(pair.client.connection.version(), Some(version));
        assert!(pair.client.errors.is_empty() && pair.server.errors.is_empty());
    }
}

#[test]
fn any_two_sides_agree_as_the_rules_of_negotiation_say() {
    for clients in 1u32..32 {
        for servers in 1u32..32 {
            let of = |mask: u32| {
                Version::ALL.into_iter().filter(move |version| mask >> *version as u32 & 1 == 1)
            };
            let common = negotiated(of(clients), of(servers));
            let pair =
                Scene::started(client().versions(of(clients)), server().versions(of(servers)));
            let version = pair.client.connection.version();
            let closing = pair.client.connection.closing();
            match common {
                Some(_) => assert_eq!(version, common, "{clients:b} {servers:b} {pair:?}"),
                None => {
                    assert_eq!(version, None, "{clients:b} {servers:b}");
                    assert!(closing.is_some(), "{clients:b} {servers:b} {pair:?}");
                }
            }
        }
    }
}

/// What two sides agree on: the newest modern revision of both; else the client offers its newest legacy one, and the server takes
/// it or answers with its own newest, which the client has to speak.
fn negotiated(
    client: impl Iterator<Item = Version> + Clone,
    server: impl Iterator<Item = Version> + Clone,
) -> Option<Version> {
    let both = client.clone().filter(|one| server.clone().any(|other| other == *one));
    if let Some(modern) = both.clone().find(|version| version.era() == Era::Modern) {
        return Some(modern);
    }
    let legacy = |version: &Version| version.era() == Era::Legacy;
    let offered = client.clone().filter(legacy).max()?;
    let newest = server.clone().filter(legacy).max()?;
    if both.clone().any(|version| version == offered) {
        return Some(offered);
    }
    client.clone().find(|version| *version == newest)
}

#[test]
fn a_server_that_is_silent_about_the_probe_is_asked_to_initialize() {
    let mut pair = Scene::new(client(), server().versions(LEGACY));
    pair.start();
    pair.lose(Role::Server);
    pair.settle();
    assert_eq!(pair.client.connection.version(), None);
    pair.advance(6 * SECOND);
    assert_eq!(pair.client.connection.version(), Some(Version::V2025_11_25));
}

#[test]
fn a_server_that_never_answers_the_handshake_is_given_up() {
    let mut config = client();
    (config.probe_ns, config.handshake_ns) = (SECOND, 2 * SECOND);
    let mut client = Connection::new(config).expect("a sound configuration");
    let now = Now::default();
    client.start(now).expect("a fresh client");
    client.handle_timeout(now.after(SECOND));
    assert_eq!(client.closing(), None);
    client.handle_timeout(now.after(3 * SECOND));
    assert_eq!(client.closing(), Some(Closing::HandshakeTimeout));
}

#[test]
fn row_50_a_request_before_initialize_is_refused() {
    let mut pair = Scene::new(client(), server());
    pair.hear(Role::Server, r#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#);
    assert_eq!(broken(&pair.server), [PeerRule::BeforeInitialize]);
    assert_eq!(code(&last(&pair, Role::Server)), -32600);
}

#[test]
fn row_50_initialize_is_refused_the_second_time() {
    let mut pair = open(Version::V2025_06_18);
    let params = r#"{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"a","version":"1"}}"#;
    let line = format!(r#"{{"jsonrpc":"2.0","id":9,"method":"initialize","params":{params}}}"#);
    pair.hear(Role::Server, &line);
    assert_eq!(broken(&pair.server), [PeerRule::InitializeTwice]);
}

#[test]
fn nothing_can_be_asked_before_the_handshake_is_finished() {
    let mut pair = Scene::new(client(), server());
    let early = pair.ask(Role::Client, Call::new(Method::ListTools));
    assert_eq!(early, Err(Error::ApiMisuse(Misuse::NotReady)));
}

#[test]
fn a_method_needs_the_capability_of_the_server() {
    let bare = server().capabilities(raw(r#"{"prompts":{}}"#));
    let mut pair = Scene::open(client(), bare);
    let refused = pair.ask(Role::Client, Call::new(Method::ListTools));
    assert_eq!(refused, Err(Error::PeerIncompatible(Incompatible::Capability)));
    request(&mut pair, Role::Client, Call::new(Method::ListPrompts));
}

#[test]
fn sides_without_a_common_revision_part() {
    let pair = Scene::started(
        client().versions([Version::V2024_11_05]),
        server().versions([Version::LATEST]),
    );
    assert!(matches!(
        pair.client.events.back(),
        Some(Event::Closed(Closing::HandshakeRefused | Closing::Incompatible(_)))
    ));
}

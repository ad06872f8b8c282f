//! What is said when a conversation begins, word by word, and what ends it.

use mcp_engine::connection::{Call, Closing, Config, Connection, Event};
use mcp_engine::version::{Era, Role, Version};
use mcp_engine::{Error, Incompatible, Method, Misuse, PeerRule};

use crate::stage::{
    LEGACY, Scene, Solo, broken, client, code, json, last, line, open, raw, server,
};

fn initialize(version: &str) -> String {
    let params = format!(
        r#""protocolVersion":"{version}","capabilities":{{}},"clientInfo":{{"name":"a","version":"1"}}"#
    );
    line(Version::V2025_11_25, "1", "initialize", &params)
}

#[test]
fn the_probe_carries_what_every_modern_request_carries() {
    let scene = Scene::started(client(), server());
    let probe = json(scene.sent_by(Role::Client).next().expect("a probe"));
    let meta = &probe["params"]["_meta"];
    assert_eq!(probe["method"], "server/discover");
    assert_eq!(meta["io.modelcontextprotocol/protocolVersion"], "2026-07-28");
    assert!(meta["io.modelcontextprotocol/clientCapabilities"].is_object());
    assert_eq!(meta["io.modelcontextprotocol/clientInfo"]["name"], "client");
}

#[test]
fn the_result_of_the_probe_names_the_revisions_newest_first() {
    let scene = Scene::started(client(), server().instructions("Be kind."));
    let result = &last(&scene, Role::Server)["result"];
    let names: Vec<_> = Version::ALL.iter().rev().map(|version| version.name()).collect();
    assert_eq!(result["supportedVersions"], serde_json::json!(names));
    assert_eq!(result["resultType"], "complete");
    assert_eq!(result["instructions"], "Be kind.");
    assert_eq!(result["_meta"]["io.modelcontextprotocol/serverInfo"]["name"], "server");
}

#[test]
fn a_modern_client_says_nothing_else_to_open() {
    let scene = open(Version::LATEST);
    assert_eq!(scene.count(Role::Client), 1);
    assert_eq!(scene.count(Role::Server), 1);
    assert_eq!(scene.server.connection.version(), None, "nothing is remembered");
}

#[test]
fn a_legacy_client_initializes_and_confirms() {
    for version in LEGACY {
        let scene = open(version);
        let said = scene.since(Role::Client, 0);
        assert_eq!(said.len(), 2);
        assert_eq!(said[0]["method"], "initialize");
        assert_eq!(said[0]["params"]["protocolVersion"], version.name());
        assert_eq!(said[0]["params"]["clientInfo"]["name"], "client");
        assert_eq!(said[1]["method"], "notifications/initialized");
        assert_eq!(said[1].get("id"), None);
    }
}

#[test]
fn a_server_echoes_the_revision_that_it_is_offered_when_it_speaks_it() {
    for version in LEGACY {
        let mut solo = Solo::new(server());
        solo.hear(0, &initialize(version.name()));
        let answer = json(&solo.said()[0].line);
        assert_eq!(answer["result"]["protocolVersion"], version.name());
        assert_eq!(solo.connection.version(), Some(version));
    }
}

#[test]
fn row_51_a_revision_that_is_not_spoken_is_answered_with_our_newest() {
    for wanted in ["1999-01-01", "2026-07-28", "", "2025-6-18", "latest"] {
        let mut solo = Solo::new(server());
        assert_eq!(solo.hear(0, &initialize(wanted)), [Ok(())]);
        let answer = json(&solo.said()[0].line);
        assert_eq!(answer["result"]["protocolVersion"], "2025-11-25", "{wanted}");
    }
}

#[test]
fn row_51_a_modern_request_of_an_unknown_revision_is_told_which_are_spoken() {
    for wanted in ["2031-01-01", "2025-11-25", ""] {
        let mut solo = Solo::new(server());
        let request = line(Version::LATEST, "7", "tools/list", "").replace("2026-07-28", wanted);
        solo.hear(0, &request);
        let answer = json(&solo.said()[0].line);
        assert_eq!((code(&answer), &answer["id"]), (-32022, &json("7")), "{wanted}");
        assert_eq!(answer["error"]["data"]["requested"], wanted);
        assert_eq!(answer["error"]["data"]["supported"][0], "2026-07-28");
    }
}

#[test]
fn a_server_without_sessions_names_its_revisions_to_initialize() {
    let mut solo = Solo::new(server().versions([Version::LATEST]));
    solo.hear(0, &initialize("2025-11-25"));
    let answer = json(&solo.said()[0].line);
    assert_eq!(code(&answer), -32022);
    let data = r#"{"supported":["2026-07-28"],"requested":"2025-11-25"}"#;
    assert_eq!(answer["error"]["data"], json(data));
}

#[test]
fn initialize_needs_its_three_parameters() {
    for params in [
        "",
        r#""protocolVersion":"2025-11-25""#,
        r#""protocolVersion":"2025-11-25","capabilities":{}"#,
        r#""protocolVersion":"2025-11-25","clientInfo":{"name":"a","version":"1"}"#,
        r#""capabilities":{},"clientInfo":{"name":"a","version":"1"}"#,
        r#""protocolVersion":20251125,"capabilities":{},"clientInfo":{}"#,
        r#""protocolVersion":"2025-11-25","capabilities":[],"clientInfo":{}"#,
        r#""protocolVersion":"2025-11-25","capabilities":{},"clientInfo":"a""#,
    ] {
        let mut solo = Solo::new(server());
        solo.hear(0, &line(Version::V2025_11_25, "1", "initialize", params));
        assert_eq!(code(&json(&solo.said()[0].line)), -32602, "{params}");
        assert_eq!(solo.connection.version(), None);
    }
}

#[test]
fn a_handshake_that_was_refused_can_be_tried_again() {
    let mut solo = Solo::new(server());
    solo.hear(0, &line(Version::V2025_11_25, "1", "initialize", ""));
    assert_eq!(solo.hear(0, &initialize("2025-06-18")), [Ok(())]);
    assert_eq!(solo.connection.version(), Some(Version::V2025_06_18));
}

#[test]
fn a_server_is_ready_when_the_client_has_confirmed() {
    let mut solo = Solo::new(server());
    solo.hear(0, &initialize("2025-06-18"));
    assert!(solo.events().is_empty());
    solo.hear(0, r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#);
    assert!(matches!(solo.events()[..], [Event::Ready(Version::V2025_06_18)]));
}

#[test]
fn a_handshake_is_confirmed_once() {
    for version in LEGACY {
        let mut scene = open(version);
        scene.hear(Role::Server, r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#);
        assert_eq!(broken(&scene.server), [PeerRule::MethodNotHere]);
        assert!(scene.server.events.is_empty());
    }
}

#[test]
fn before_the_handshake_a_server_answers_ping_alone() {
    let mut solo = Solo::new(server());
    solo.hear(0, r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#);
    assert_eq!(json(&solo.said()[0].line)["result"], json("{}"));
    for method in ["tools/list", "resources/subscribe", "logging/setLevel", "no/such"] {
        solo.hear(0, &line(Version::V2025_11_25, "2", method, ""));
        assert_eq!(code(&json(&solo.said()[0].line)), -32600, "{method}");
    }
}

#[test]
fn before_the_client_has_confirmed_a_server_asks_only_ping() {
    let mut solo = Solo::new(server());
    solo.hear(0, &initialize("2025-11-25"));
    for method in [Method::ListRoots, Method::CreateMessage, Method::Elicit] {
        let early = solo.connection.request(Call::new(method), solo.now);
        assert_eq!(early, Err(Error::ApiMisuse(Misuse::NotReady)));
    }
    assert!(solo.connection.request(Call::new(Method::Ping), solo.now).is_ok());
}

#[test]
fn before_the_client_has_confirmed_a_server_tells_of_no_changes() {
    let mut solo = Solo::new(server());
    solo.hear(0, &initialize("2025-11-25"));
    solo.said();
    let early = solo.connection.notify("notifications/tools/list_changed", None, None);
    assert_eq!(early, Err(Error::ApiMisuse(Misuse::NotReady)));
    let log = raw(r#"{"level":"info","data":"up"}"#);
    assert_eq!(solo.connection.notify("notifications/message", Some(log), None), Ok(()));
}

#[test]
fn capabilities_that_a_revision_does_not_know_are_not_shown() {
    let declared = r#"{"tools":{},"completions":{},"tasks":{},"extensions":{},"vendor":{"x":1}}"#;
    for version in Version::ALL {
        let config = server().capabilities(raw(declared)).versions([version]);
        let scene = Scene::open(client().versions([version]), config);
        let shown = scene.client.connection.peer_declared().expect("open").spelling();
        let has = |name: &str| shown.contains(name);
        assert!(has("tools") && has("vendor"), "{shown}");
        assert_eq!(has("completions"), version >= Version::V2025_03_26);
        assert_eq!(has("tasks"), version == Version::V2025_11_25);
        assert_eq!(has("extensions"), version == Version::V2026_07_28);
    }
}

#[test]
fn a_client_does_not_offer_elicitation_to_revisions_without_it() {
    for version in LEGACY {
        let scene = open(version);
        let said = scene.since(Role::Client, 0);
        let offers = said[0]["params"]["capabilities"].get("elicitation").is_some();
        assert_eq!(offers, version >= Version::V2025_06_18);
    }
}

#[test]
fn each_side_learns_who_the_other_is() {
    for version in Version::ALL {
        let config = server().versions([version]).instructions("Ask \"nicely\".");
        let scene = Scene::open(client().versions([version]), config);
        let peer = &scene.client.connection;
        let name = peer.peer_implementation().expect("told").spelling();
        assert_eq!(json(name)["name"], "server");
        assert_eq!(peer.instructions(), Some("Ask \"nicely\"."));
        let of_server = scene.server.connection.peer_implementation().map(|raw| raw.spelling());
        match version.era() {
            Era::Legacy => assert_eq!(json(of_server.expect("told"))["name"], "client"),
            Era::Modern => assert_eq!(of_server, None),
        }
    }
}

#[test]
fn a_result_of_initialize_that_is_none_ends_it() {
    for odd in [
        r#"{"capabilities":{},"serverInfo":{"name":"s","version":"1"}}"#,
        r#"{"protocolVersion":5,"capabilities":{}}"#,
        r#"{"protocolVersion":"2025-11-25"}"#,
        r#"{"protocolVersion":"2025-11-25","capabilities":[]}"#,
    ] {
        let mut solo = initializing();
        solo.hear(0, &format!(r#"{{"jsonrpc":"2.0","id":1,"result":{odd}}}"#));
        assert_eq!(solo.connection.closing(), Some(Closing::HandshakeRefused), "{odd}");
        assert_eq!(solo.said(), []);
    }
}

#[test]
fn a_server_that_insists_on_another_revision_is_left() {
    for other in ["2026-07-28", "2031-01-01", "2024-11-05"] {
        let mut solo = initializing();
        let result = format!(r#"{{"protocolVersion":"{other}","capabilities":{{}}}}"#);
        solo.hear(0, &format!(r#"{{"jsonrpc":"2.0","id":1,"result":{result}}}"#));
        let expected = Closing::Incompatible(Incompatible::NoCommonVersion);
        assert_eq!(solo.connection.closing(), Some(expected));
    }
}

#[test]
fn an_error_for_initialize_ends_it() {
    let mut solo = initializing();
    solo.hear(0, r#"{"jsonrpc":"2.0","id":1,"error":{"code":-32603,"message":"no"}}"#);
    assert_eq!(solo.connection.closing(), Some(Closing::HandshakeRefused));
    assert!(matches!(solo.events()[..], [Event::Closed(Closing::HandshakeRefused)]));
}

#[test]
fn initialize_cannot_be_cancelled() {
    let mut solo = initializing();
    let cancelled = solo.connection.cancel(&1.into(), None, solo.now);
    assert_eq!(cancelled, Err(Error::ApiMisuse(Misuse::UnknownRequest)));
    assert_eq!(solo.said(), []);
    assert!(solo.connection.poll_timeout().is_some(), "the handshake still has a deadline");
}

#[test]
fn an_application_does_not_initialize_again() {
    for version in LEGACY {
        let mut scene = open(version);
        let again = scene.ask(Role::Client, Call::new(Method::Initialize));
        assert_eq!(again, Err(Error::ApiMisuse(Misuse::StartedTwice)));
        let again = scene.client.connection.notify("notifications/initialized", None, None);
        assert_eq!(again, Err(Error::ApiMisuse(Misuse::StartedTwice)));
    }
}

#[test]
fn a_side_starts_once_and_only_a_client_does() {
    let mut solo = initializing();
    let again = solo.connection.start(solo.now);
    assert_eq!(again, Err(Error::ApiMisuse(Misuse::StartedTwice)));
    let mut other = Solo::new(server());
    assert_eq!(other.connection.start(other.now), Err(Error::ApiMisuse(Misuse::WrongRole)));
    let none = Connection::new(Config::client("a", "1").versions([]));
    assert!(matches!(none, Err(Error::ApiMisuse(Misuse::NoVersion))));
}

/// A client that speaks 2025-11-25 and has asked to initialize.
fn initializing() -> Solo {
    let mut solo = Solo::new(client().versions([Version::V2025_11_25]));
    solo.connection.start(solo.now).expect("a fresh client");
    assert_eq!(json(&solo.said()[0].line)["method"], "initialize");
    solo
}

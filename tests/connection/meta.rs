//! `_meta` of requests: what every modern one carries, what the application adds, and what lacks.

use mcp_engine::Method;
use mcp_engine::connection::{Call, Event};
use mcp_engine::version::{Era, Role, Version};

use crate::requests::PLAYS;
use crate::stage::{
    LEGACY, NOTHING, Scene, Solo, answered, call, client, code, json, last, line, open, raw,
    request, server,
};

#[test]
fn every_modern_request_carries_the_revision_and_the_capabilities() {
    let mut scene = open(Version::LATEST);
    for (method, params, _) in PLAYS {
        request(&mut scene, Role::Client, Call::new(*method).params(raw(params)));
        let meta = &last(&scene, Role::Client)["params"]["_meta"];
        assert_eq!(meta["io.modelcontextprotocol/protocolVersion"], "2026-07-28", "{method}");
        assert!(meta["io.modelcontextprotocol/clientCapabilities"]["sampling"].is_object());
        assert_eq!(meta["io.modelcontextprotocol/clientInfo"]["version"], "1.0");
    }
}

#[test]
fn no_legacy_request_carries_what_is_of_the_modern_era() {
    for version in LEGACY {
        let mut scene = open(version);
        for (method, params, _) in PLAYS {
            request(&mut scene, Role::Client, Call::new(*method).params(raw(params)));
            assert_eq!(last(&scene, Role::Client)["params"], json(params), "{method}");
        }
    }
}

#[test]
fn what_the_application_says_in_meta_is_kept_beside_our_own() {
    let names = r#""name":1,"version":2,"roots":3,"listChanged":4,"form":5,"vendor/x":{"a":[1.0]}"#;
    for version in Version::ALL {
        let mut scene = open(version);
        let params = format!(r#"{{"name":"t","_meta":{{{names},"traceparent":"00-0"}}}}"#);
        request(&mut scene, Role::Client, Call::new(Method::CallTool).params(raw(&params)));
        let meta = last(&scene, Role::Client)["params"]["_meta"].clone();
        for (name, value) in json(&format!("{{{names}}}")).as_object().expect("an object") {
            assert_eq!(meta[name], *value, "{version} {name}");
        }
        assert_eq!(meta["traceparent"], "00-0");
    }
}

#[test]
fn what_a_modern_client_says_of_itself_is_not_passed_on_to_a_legacy_server() {
    let modern = r#"{"name":"t","_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28",
        "io.modelcontextprotocol/clientCapabilities":{},"io.modelcontextprotocol/clientInfo":{"name":"a","version":"b"},
        "io.modelcontextprotocol/log\u004cevel":"debug","traceparent":"00-0"}}"#;
    for version in LEGACY {
        let mut scene = open(version);
        request(&mut scene, Role::Client, Call::new(Method::CallTool).params(raw(modern)));
        let meta = &last(&scene, Role::Client)["params"]["_meta"];
        assert_eq!(*meta, json(r#"{"traceparent":"00-0"}"#), "{version}");
    }
}

#[test]
fn what_is_ours_in_meta_wins() {
    let mut scene = open(Version::LATEST);
    let params = r#"{"_meta":{"io.modelcontextprotocol/protocolVersion":"1999-01-01","x":1}}"#;
    request(&mut scene, Role::Client, Call::new(Method::ListTools).params(raw(params)));
    let meta = &last(&scene, Role::Client)["params"]["_meta"];
    assert_eq!(meta["io.modelcontextprotocol/protocolVersion"], "2026-07-28");
    assert_eq!(meta["x"], 1);
}

#[test]
fn a_modern_request_without_capabilities_is_refused_before_its_revision_is_judged() {
    for version in ["2026-07-28", "2031-01-01"] {
        let mut solo = Solo::new(server());
        let meta = format!(r#""_meta":{{"io.modelcontextprotocol/protocolVersion":"{version}"}}"#);
        solo.hear(0, &line(Version::V2025_11_25, "1", "tools/list", &meta));
        assert_eq!(code(&json(&solo.said()[0].line)), -32602, "{version}");
    }
}

#[test]
fn a_modern_request_with_a_wrong_type_in_meta_is_refused() {
    for (version, capabilities) in [("5", "{}"), ("null", "{}"), ("\"2026-07-28\"", "[]")] {
        let mut solo = Solo::new(server());
        let meta = format!(
            r#""_meta":{{"io.modelcontextprotocol/protocolVersion":{version},"io.modelcontextprotocol/clientCapabilities":{capabilities}}}"#
        );
        solo.hear(0, &line(Version::V2025_11_25, "1", "tools/list", &meta));
        assert_eq!(code(&json(&solo.said()[0].line)), -32602, "{version} {capabilities}");
    }
}

#[test]
fn a_server_without_sessions_wants_the_revision_in_every_request() {
    let mut solo = Solo::new(server().versions([Version::LATEST]));
    for (method, params) in
        [("tools/list", ""), ("ping", ""), ("server/discover", r#""_meta":{"progressToken":1}"#)]
    {
        solo.hear(0, &line(Version::V2025_11_25, "1", method, params));
        assert_eq!(code(&json(&solo.said()[0].line)), -32602, "{method}");
    }
}

#[test]
fn requests_of_both_eras_are_served_side_by_side() {
    let mut scene = Scene::open(client().versions(LEGACY), server());
    let (_, legacy) = call(&mut scene);
    scene.hear(Role::Server, &line(Version::LATEST, "\"m\"", "tools/call", r#""name":"a""#));
    let Some(Event::Request { id: modern, context, .. }) = scene.server.event() else {
        panic!("no request");
    };
    assert_eq!(context.version.era(), Era::Modern);
    scene.result(Role::Server, &modern, NOTHING);
    assert_eq!(last(&scene, Role::Server)["result"]["resultType"], "complete");
    scene.result(Role::Server, &legacy, NOTHING);
    assert_eq!(last(&scene, Role::Server)["result"], json(NOTHING));
}

#[test]
fn a_modern_request_changes_nothing_for_the_next_one() {
    let mut solo = Solo::new(server());
    let rich = line(Version::LATEST, "1", "tools/call", r#""name":"a""#)
        .replace(r#"clientCapabilities":{}"#, r#"clientCapabilities":{"sampling":{}}"#);
    let poor = line(Version::LATEST, "2", "tools/call", r#""name":"a""#);
    solo.hear(0, &rich);
    solo.hear(0, &poor);
    let contexts: Vec<_> = solo
        .events()
        .into_iter()
        .filter_map(|event| match event {
            Event::Request { context, .. } => Some(context.capabilities),
            _ => None,
        })
        .collect();
    assert_ne!(contexts[0], contexts[1], "nothing is inferred from an earlier request");
}

#[test]
fn discover_tells_the_same_as_often_as_it_is_asked() {
    let mut scene = open(Version::LATEST);
    let first = last(&scene, Role::Server)["result"].clone();
    for _ in 0..2 {
        request(&mut scene, Role::Client, Call::new(Method::Discover));
        answered(&mut scene.client);
        assert_eq!(last(&scene, Role::Server)["result"], first);
    }
}

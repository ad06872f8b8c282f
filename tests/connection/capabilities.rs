//! Capabilities: what each side may ask of the other.

use mcp_engine::connection::{Call, Capabilities, Event};
use mcp_engine::version::{Role, Version};
use mcp_engine::{Error, Incompatible, Method, Misuse};

use crate::stage::{
    LEGACY, Scene, Solo, client, code, json, last, line, open, raw, request, server,
};

const INCOMPATIBLE: Error = Error::PeerIncompatible(Incompatible::Capability);

/// A pair of which the client has declared this.
fn with_client(version: Version, declared: &str) -> Scene {
    let bare = client().versions([version]).capabilities(raw(declared));
    Scene::open(bare, server().versions([version]))
}

/// A pair of which the server has declared this.
fn with_server(version: Version, declared: &str) -> Scene {
    let bare = server().versions([version]).capabilities(raw(declared));
    Scene::open(client().versions([version]), bare)
}

#[test]
fn a_client_asks_only_for_what_the_server_offers() {
    let rows = [
        (Method::ListTools, r#"{"tools":{}}"#),
        (Method::CallTool, r#"{"tools":{"listChanged":false}}"#),
        (Method::ListPrompts, r#"{"prompts":{}}"#),
        (Method::GetPrompt, r#"{"prompts":{}}"#),
        (Method::ListResources, r#"{"resources":{}}"#),
        (Method::ListResourceTemplates, r#"{"resources":{}}"#),
        (Method::ReadResource, r#"{"resources":{}}"#),
    ];
    for version in Version::ALL {
        for (method, offer) in rows {
            let refused = with_server(version, "{}").ask(Role::Client, Call::new(method));
            assert_eq!(refused, Err(INCOMPATIBLE), "{version} {method}");
            let mut scene = with_server(version, offer);
            let params = raw(r#"{"name":"a","uri":"a:b"}"#);
            request(&mut scene, Role::Client, Call::new(method).params(params));
            assert!(matches!(scene.server.event(), Some(Event::Request { .. })));
        }
    }
}

#[test]
fn subscribing_and_levels_need_their_capabilities() {
    for version in LEGACY {
        for (method, without, with) in [
            (Method::Subscribe, r#"{"resources":{}}"#, r#"{"resources":{"subscribe":true}}"#),
            (
                Method::Unsubscribe,
                r#"{"resources":{"subscribe":false}}"#,
                r#"{"resources":{"subscribe":true}}"#,
            ),
            (Method::SetLevel, "{}", r#"{"logging":{}}"#),
        ] {
            let params = raw(r#"{"uri":"a:b","level":"info"}"#);
            let call = Call::new(method).params(params);
            assert_eq!(with_server(version, without).ask(Role::Client, call), Err(INCOMPATIBLE));
            assert!(with_server(version, with).ask(Role::Client, call).is_ok());
        }
    }
}

#[test]
fn completion_needs_its_capability_since_2025_03_26() {
    let call = Call::new(Method::Complete).params(raw(
        r#"{"ref":{"type":"ref/prompt","name":"p"},"argument":{"name":"a","value":""}}"#,
    ));
    for version in Version::ALL {
        let offered = with_server(version, r#"{"prompts":{}}"#).ask(Role::Client, call);
        assert_eq!(offered.is_ok(), version == Version::V2024_11_05);
        assert!(
            with_server(version, r#"{"completions":{},"prompts":{}}"#)
                .ask(Role::Client, call)
                .is_ok()
        );
    }
}

#[test]
fn a_server_asks_only_for_what_the_client_offers() {
    for version in LEGACY {
        for method in [Method::ListRoots, Method::CreateMessage] {
            let params = raw(r#"{"messages":[],"maxTokens":1}"#);
            let call = Call::new(method).params(params);
            assert_eq!(with_client(version, "{}").ask(Role::Server, call), Err(INCOMPATIBLE));
            let offer = r#"{"roots":{},"sampling":{}}"#;
            assert!(with_client(version, offer).ask(Role::Server, call).is_ok());
        }
    }
}

#[test]
fn a_client_without_roots_or_sampling_does_not_know_the_methods() {
    for version in LEGACY {
        for method in ["roots/list", "sampling/createMessage"] {
            let mut scene = with_client(version, "{}");
            scene.hear(Role::Client, &line(version, "\"s\"", method, ""));
            assert_eq!(code(&last(&scene, Role::Client)), -32601);
        }
    }
}

const FORM: &str = r#"{"message":"?","requestedSchema":{"type":"object","properties":{}}}"#;
const URL: &str = r#"{"mode":"url","message":"?","url":"https://a.b","elicitationId":"e"}"#;

#[test]
fn a_server_elicits_only_in_the_modes_that_the_client_has_declared() {
    for (version, declared, params, is_allowed) in [
        (Version::V2025_06_18, r#"{"elicitation":{}}"#, FORM, true),
        (Version::V2025_06_18, r#"{"elicitation":{}}"#, URL, false),
        (Version::V2025_06_18, "{}", FORM, false),
        (Version::V2025_11_25, r#"{"elicitation":{}}"#, FORM, true),
        (Version::V2025_11_25, r#"{"elicitation":{}}"#, URL, false),
        (Version::V2025_11_25, r#"{"elicitation":{"form":{}}}"#, URL, false),
        (Version::V2025_11_25, r#"{"elicitation":{"url":{}}}"#, FORM, false),
        (Version::V2025_11_25, r#"{"elicitation":{"url":{}}}"#, URL, true),
        (Version::V2025_11_25, r#"{"elicitation":{"form":{},"url":{}}}"#, FORM, true),
    ] {
        let call = Call::new(Method::Elicit).params(raw(params));
        let asked = with_client(version, declared).ask(Role::Server, call);
        assert_eq!(asked.is_ok(), is_allowed, "{version} {declared} {params}");
        assert!(is_allowed || asked == Err(INCOMPATIBLE));
    }
}

#[test]
fn a_client_refuses_to_elicit_in_a_mode_that_it_has_not_declared() {
    for (declared, params) in [
        (r#"{"elicitation":{}}"#, URL),
        (r#"{"elicitation":{"form":{}}}"#, URL),
        (r#"{"elicitation":{"url":{}}}"#, FORM),
    ] {
        let mut scene = with_client(Version::V2025_11_25, declared);
        let members = &params[1..params.len() - 1];
        scene.hear(
            Role::Client,
            &line(Version::V2025_11_25, "\"s\"", "elicitation/create", members),
        );
        assert_eq!(code(&last(&scene, Role::Client)), -32602, "{declared} {params}");
        assert!(scene.client.events.is_empty());
    }
}

#[test]
fn sampling_with_tools_needs_the_capability() {
    let version = Version::V2025_11_25;
    for member in [r#""tools":[]"#, r#""toolChoice":{"mode":"auto"}"#] {
        let params = format!(r#"{{"messages":[],"maxTokens":1,{member}}}"#);
        let call = Call::new(Method::CreateMessage).params(raw(&params));
        let mut scene = with_client(version, r#"{"sampling":{}}"#);
        assert_eq!(scene.ask(Role::Server, call), Err(INCOMPATIBLE), "{member}");
        let members = &params[1..params.len() - 1];
        scene.hear(Role::Client, &line(version, "\"s\"", "sampling/createMessage", members));
        assert_eq!(code(&last(&scene, Role::Client)), -32602, "{member}");
        assert!(
            with_client(version, r#"{"sampling":{"tools":{}}}"#).ask(Role::Server, call).is_ok()
        );
    }
}

#[test]
fn tasks_of_2025_11_25_are_listed_and_cancelled_where_that_is_offered() {
    let version = Version::V2025_11_25;
    let rows = [
        ("tasks/get", r#"{"tasks":{}}"#, r#"{}"#),
        ("tasks/result", r#"{"tasks":{}}"#, r#"{}"#),
        ("tasks/list", r#"{"tasks":{"list":{}}}"#, r#"{"tasks":{"cancel":{}}}"#),
        ("tasks/cancel", r#"{"tasks":{"cancel":{}}}"#, r#"{"tasks":{"list":{}}}"#),
    ];
    for (method, with, without) in rows {
        let text = line(version, "9", method, r#""taskId":"t""#);
        let mut scene = with_server(version, with);
        scene.hear(Role::Server, &text);
        assert!(matches!(scene.server.event(), Some(Event::Request { .. })), "{method}");
        let mut scene = with_server(version, without);
        scene.hear(Role::Server, &text);
        assert_eq!(code(&last(&scene, Role::Server)), -32601, "{method}");
    }
}

#[test]
fn the_extension_for_tasks_needs_both_sides() {
    let offer = r#"{"tools":{},"extensions":{"io.modelcontextprotocol/tasks":{}}}"#;
    for method in ["tasks/get", "tasks/update", "tasks/cancel"] {
        let mut solo = Solo::new(server().capabilities(raw(offer)));
        let text = line(Version::LATEST, "9", method, r#""taskId":"t""#);
        solo.hear(0, &text);
        let answer = json(&solo.said()[0].line);
        assert_eq!(code(&answer), -32021, "{method}");
        let required = r#"{"extensions":{"io.modelcontextprotocol/tasks":{}}}"#;
        assert_eq!(answer["error"]["data"]["requiredCapabilities"], json(required));
        let declared = format!(r#"clientCapabilities":{required}"#);
        solo.hear(0, &text.replace(r#"clientCapabilities":{}"#, &declared));
        solo.requested();
    }
    for method in ["tasks/result", "tasks/list"] {
        let mut solo = Solo::new(server().capabilities(raw(offer)));
        solo.hear(0, &line(Version::LATEST, "9", method, r#""taskId":"t""#));
        assert_eq!(code(&json(&solo.said()[0].line)), -32601, "{method}");
    }
}

#[test]
fn a_client_asks_for_tasks_only_when_it_has_declared_them() {
    let offer = server()
        .capabilities(raw(r#"{"tools":{},"extensions":{"io.modelcontextprotocol/tasks":{}}}"#));
    for method in [Method::GetTask, Method::UpdateTask, Method::CancelTask] {
        let mut scene = Scene::open(client().capabilities(raw("{}")), offer.clone());
        let asked = scene.ask(Role::Client, Call::new(method));
        assert_eq!(asked, Err(Error::ApiMisuse(Misuse::NotOffered)), "{method}");
        let mut scene = Scene::open(client(), offer.clone());
        let params = raw(r#"{"taskId":"t","inputResponses":{}}"#);
        assert!(scene.ask(Role::Client, Call::new(method).params(params)).is_ok(), "{method}");
    }
}

#[test]
fn the_application_learns_what_the_client_can_do() {
    for version in Version::ALL {
        let mut scene = open(version);
        request(&mut scene, Role::Client, Call::new(Method::ListTools));
        let Some(Event::Request { context, .. }) = scene.server.event() else { panic!("none") };
        assert_eq!(context.version, version);
        assert!(context.capabilities.has(Capabilities::ROOTS.with(Capabilities::SAMPLING)));
        let has_form = context.capabilities.has(Capabilities::ELICITATION_FORM);
        assert_eq!(has_form, version >= Version::V2025_06_18);
    }
}

#[test]
fn unknown_capabilities_are_tolerated() {
    for version in Version::ALL {
        let odd = r#"{"tools":{},"future":{"x":[1]},"experimental":{"y":{}}}"#;
        let mut scene = with_server(version, odd);
        request(&mut scene, Role::Client, Call::new(Method::ListTools));
    }
}

#[test]
fn a_capability_of_another_type_counts_as_none() {
    for odd in ["5", "null", "true", "[]", "\"x\""] {
        let mut solo = Solo::new(client().versions([Version::V2025_11_25]));
        solo.connection.start(solo.now).expect("a fresh client");
        let result =
            format!(r#"{{"protocolVersion":"2025-11-25","capabilities":{{"tools":{odd}}}}}"#);
        solo.hear(0, &format!(r#"{{"jsonrpc":"2.0","id":1,"result":{result}}}"#));
        let asked = solo.connection.request(Call::new(Method::ListTools), solo.now);
        assert_eq!(asked, Err(INCOMPATIBLE), "{odd}");
    }
}

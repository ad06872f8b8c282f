//! Requests and their answers: every method of every revision, and what stands around what the application says.

use mcp_engine::connection::{Call, Config, Event, Reply};
use mcp_engine::encode::Outcome;
use mcp_engine::version::{Era, Role, Version};
use mcp_engine::{Error, Incompatible, Method, Misuse, PeerRule};

use crate::stage::{
    LEGACY, NOTHING, Scene, Solo, answered, broken, call, client, code, json, last, line, open,
    raw, request, requested, server,
};

/// What an application asks for and answers, by method.
const PLAYS: &[(Method, &str, &str)] = &[
    (Method::ListTools, "{}", r#"{"tools":[]}"#),
    (Method::CallTool, r#"{"name":"echo"}"#, NOTHING),
    (Method::ListPrompts, r#"{"cursor":""}"#, r#"{"prompts":[],"nextCursor":""}"#),
    (Method::GetPrompt, r#"{"name":"p","arguments":{"a":"b"}}"#, r#"{"messages":[]}"#),
    (Method::ListResources, "{}", r#"{"resources":[]}"#),
    (Method::ListResourceTemplates, "{}", r#"{"resourceTemplates":[]}"#),
    (Method::ReadResource, r#"{"uri":"a:b"}"#, r#"{"contents":[{"uri":"a:b","text":""}]}"#),
    (
        Method::Complete,
        r#"{"ref":{"type":"ref/prompt","name":"p"},"argument":{"name":"a","value":""}}"#,
        r#"{"completion":{"values":[]}}"#,
    ),
];

/// The same for what servers ask.
const PLAYS_OF_SERVERS: &[(Method, &str, &str)] = &[
    (
        Method::CreateMessage,
        r#"{"messages":[],"maxTokens":1}"#,
        r#"{"role":"assistant","model":"m","content":{"type":"text","text":""}}"#,
    ),
    (Method::ListRoots, "{}", r#"{"roots":[]}"#),
    (
        Method::Elicit,
        r#"{"message":"?","requestedSchema":{"type":"object","properties":{}}}"#,
        r#"{"action":"decline"}"#,
    ),
];

#[test]
fn what_a_client_asks_reaches_the_server_and_its_answer_the_client() {
    for version in Version::ALL {
        let mut scene = open(version);
        for (method, params, result) in PLAYS {
            let ours = request(&mut scene, Role::Client, Call::new(*method).params(raw(params)));
            let (theirs, asked) = requested(&mut scene.server);
            assert_eq!(asked.method(), Some(*method));
            scene.result(Role::Server, &theirs, result);
            let (answered, answer) = answered(&mut scene.client);
            assert_eq!(answered, ours);
            for (name, value) in json(result).as_object().expect("an object") {
                let got = answer.result().and_then(|result| result.get(name)).expect("kept");
                assert_eq!(json(got.spelling()), *value);
            }
        }
    }
}

#[test]
fn what_a_server_asks_reaches_the_client_and_its_answer_the_server() {
    for version in LEGACY {
        let mut scene = open(version);
        for (method, params, result) in PLAYS_OF_SERVERS {
            if !version.allows(*method, Role::Server) {
                continue;
            }
            let ours = request(&mut scene, Role::Server, Call::new(*method).params(raw(params)));
            let (theirs, asked) = requested(&mut scene.client);
            assert_eq!(asked.method(), Some(*method));
            scene.result(Role::Client, &theirs, result);
            assert_eq!(answered(&mut scene.server).0, ours);
        }
    }
}

#[test]
fn a_method_that_a_revision_does_not_let_a_side_send_is_not_asked_for() {
    for version in Version::ALL {
        let mut scene = open(version);
        let before = scene.count(Role::Client);
        for method in Method::ALL {
            if version.allows(*method, Role::Client) {
                continue;
            }
            let refused = scene.ask(Role::Client, Call::new(*method));
            let expected = Error::PeerIncompatible(Incompatible::MethodOfVersion);
            assert_eq!(refused, Err(expected), "{version} {method}");
        }
        scene.settle();
        assert_eq!(scene.count(Role::Client), before);
    }
}

#[test]
fn a_method_that_a_revision_does_not_have_is_not_found() {
    for version in Version::ALL {
        for method in Method::ALL {
            if version.allows(*method, Role::Client) && !method.is_notification() {
                continue;
            }
            let mut scene = open(version);
            scene.hear(Role::Server, &line(version, "77", method.name(), ""));
            let answer = last(&scene, Role::Server);
            assert_eq!((code(&answer), &answer["id"]), (-32601, &json("77")), "{version} {method}");
            assert!(scene.server.events.is_empty());
        }
    }
}

#[test]
fn a_client_refuses_what_a_server_may_not_ask() {
    for version in LEGACY {
        for method in Method::ALL {
            if version.allows(*method, Role::Server) && !method.is_notification() {
                continue;
            }
            let mut scene = open(version);
            let line = format!(r#"{{"jsonrpc":"2.0","id":"s","method":"{method}"}}"#);
            scene.hear(Role::Client, &line);
            let answer = last(&scene, Role::Client);
            assert_eq!(
                (code(&answer), &answer["id"]),
                (-32601, &json("\"s\"")),
                "{version} {method}"
            );
        }
    }
}

#[test]
fn a_modern_client_answers_no_request_of_a_server() {
    for (method, id) in [("ping", "1"), ("roots/list", "\"x\""), ("no/such", "2")] {
        let mut scene = open(Version::LATEST);
        let before = scene.count(Role::Client);
        scene.hear(Role::Client, &format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"{method}"}}"#));
        assert_eq!(scene.count(Role::Client), before);
        assert_eq!(broken(&scene.client), [PeerRule::MethodNotHere]);
        assert!(scene.client.events.is_empty());
    }
}

#[test]
fn a_modern_client_answers_no_message_that_is_not_valid_either() {
    for odd in [
        r#"{"jsonrpc":"2.0","id":9,"method":"ping","params":[]}"#,
        r#"{"jsonrpc":"2.0","id":null,"method":"ping"}"#,
        r#"{"jsonrpc":"2.0","id":9,"method":7}"#,
        r#"{"id":9,"method":"ping"}"#,
        "nonsense",
        "[]",
        r#"[{"jsonrpc":"2.0","id":9,"method":"ping"}]"#,
    ] {
        let mut scene = open(Version::LATEST);
        let before = scene.count(Role::Client);
        scene.hear(Role::Client, odd);
        assert_eq!(scene.count(Role::Client), before, "{odd}");
    }
}

#[test]
fn ping_is_answered_at_once_by_both_sides_until_2025_11_25() {
    for version in LEGACY {
        let mut scene = open(version);
        for (by, other) in [(Role::Client, Role::Server), (Role::Server, Role::Client)] {
            let id = request(&mut scene, by, Call::new(Method::Ping));
            let (answered, message) = answered(scene.side_mut(by));
            assert_eq!((answered, message.result().map(|raw| raw.spelling())), (id, Some("{}")));
            assert!(scene.side(other).events.is_empty(), "the application is not asked");
        }
    }
}

#[test]
fn answers_may_come_in_any_order() {
    for version in Version::ALL {
        let mut scene = open(version);
        let asked: Vec<_> = (0..20).map(|_| call(&mut scene)).collect();
        for (ours, theirs) in asked.iter().rev() {
            scene.result(Role::Server, theirs, NOTHING);
            assert_eq!(&answered(&mut scene.client).0, ours);
        }
        assert_eq!(scene.client.connection.own_requests(), 0);
    }
}

#[test]
fn a_request_is_answered_once() {
    for version in Version::ALL {
        let mut scene = open(version);
        let (_, theirs) = call(&mut scene);
        scene.result(Role::Server, &theirs, NOTHING);
        let again = scene.respond(Role::Server, &theirs, Reply::Result(raw(NOTHING)));
        assert_eq!(again, Err(Error::ApiMisuse(Misuse::UnknownRequest)));
    }
}

#[test]
fn an_error_arrives_with_its_code_message_and_data() {
    for version in Version::ALL {
        let mut scene = open(version);
        let (ours, theirs) = call(&mut scene);
        let data = Some(raw(r#"{"uri":"a:b","n":1.0}"#));
        let reply = Reply::Error { code: 4711, message: "not \"here\"", data };
        scene.respond(Role::Server, &theirs, reply).expect("in flight");
        let (id, message) = answered(&mut scene.client);
        let error = message.error().expect("an error");
        assert_eq!((id, error.code, &*error.message.decode()), (ours, 4711, "not \"here\""));
        assert_eq!(error.data.map(|raw| raw.spelling()), Some(r#"{"uri":"a:b","n":1.0}"#));
    }
}

#[test]
fn parameters_and_results_are_objects() {
    for version in Version::ALL {
        let mut scene = open(version);
        for odd in ["5", "[]", "\"x\"", "null", "true"] {
            let call = Call::new(Method::ListTools).params(raw(odd));
            let refused = scene.ask(Role::Client, call);
            assert_eq!(refused, Err(Error::ApiMisuse(Misuse::NotAnObject)), "{odd}");
        }
        let (_, theirs) = call(&mut scene);
        for odd in ["5", "[]", "\"x\"", "null"] {
            let refused = scene.respond(Role::Server, &theirs, Reply::Result(raw(odd)));
            assert_eq!(refused, Err(Error::ApiMisuse(Misuse::NotAnObject)), "{odd}");
        }
        scene.result(Role::Server, &theirs, NOTHING);
    }
}

#[test]
fn a_text_is_the_result_of_a_tool_in_every_revision() {
    for version in Version::ALL {
        for (outcome, is_error) in [(Outcome::Success, false), (Outcome::Failure, true)] {
            let mut scene = open(version);
            let (_, theirs) = call(&mut scene);
            scene
                .respond(Role::Server, &theirs, Reply::Text("a\n\"b\" é", outcome))
                .expect("asked");
            let (_, answer) = answered(&mut scene.client);
            let result = answer.call_tool_result().expect("a result");
            assert_eq!((result.len(), result.is_error), (1, is_error));
            assert_eq!(last(&scene, Role::Server)["result"]["content"][0]["text"], "a\n\"b\" é");
        }
    }
}

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
    for _ in 0..2 {
        request(&mut scene, Role::Client, Call::new(Method::Discover));
        let (_, answer) = answered(&mut scene.client);
        assert_eq!(
            answer.result().and_then(|raw| raw.get("ttlMs")).map(|raw| raw.spelling()),
            Some("0")
        );
    }
    let _: &Config = scene.server.connection.config();
}

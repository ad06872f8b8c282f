//! What a proxy passes on: nothing is lost, and what is large is not copied.

use mcp_engine::connection::{Call, Event, Framing, Reply, TransmitBuf, UnknownMethods};
use mcp_engine::version::{Role, Version};
use mcp_engine::{Decoder, Error, Incompatible, Message, Method, Misuse, PeerRule};

use crate::stage::{
    NOTHING, Scene, Solo, answered, broken, call, client, code, json, last, line, open, raw,
    request, requested, server,
};

fn message(text: &str) -> Message {
    let mut decoder = Decoder::default();
    decoder.feed(format!("{text}\n").as_bytes()).expect("room");
    decoder.poll().expect("a message").expect("a valid one")
}

fn far(result: &str) -> Message {
    message(&format!(r#"{{"jsonrpc":"2.0","id":"far","result":{result},"extra":1}}"#))
}

#[test]
fn a_result_is_passed_on_under_the_id_of_this_side() {
    let result =
        r#"{"content":[{"type":"text","text":"\u0061"}],"future":{"x":[1.0,1e2]},"_meta":{"b":1}}"#;
    for version in Version::ALL {
        let mut scene = open(version);
        let (ours, theirs) = call(&mut scene);
        scene.respond(Role::Server, &theirs, Reply::Relay(&far(result))).expect("in flight");
        let (id, answer) = answered(&mut scene.client);
        assert_eq!(id, ours);
        assert!(answer.as_str().contains(r#""text":"\u0061""#), "as it was spelled");
        let said = last(&scene, Role::Server);
        assert_eq!(said["result"]["future"], json(r#"{"x":[1.0,1e2]}"#));
        assert_eq!(said["result"]["_meta"]["b"], 1);
    }
}

#[test]
fn an_error_is_passed_on() {
    for version in Version::ALL {
        let mut scene = open(version);
        let (_, theirs) = call(&mut scene);
        let error = r#"{"code":4711,"message":"\u0061 \"b\"","data":{"x":1.0}}"#;
        let far = message(&format!(r#"{{"jsonrpc":"2.0","id":1,"error":{error}}}"#));
        scene.respond(Role::Server, &theirs, Reply::Relay(&far)).expect("in flight");
        assert_eq!(last(&scene, Role::Server)["error"], json(error));
    }
}

#[test]
fn that_a_capability_is_required_is_told_in_the_code_of_the_client() {
    let data = r#"{"requiredCapabilities":{"sampling":{}}}"#;
    for version in Version::ALL {
        let is_modern = version == Version::LATEST;
        for (said, data, expected) in [
            (-32021, data, if is_modern { -32021 } else { -32600 }),
            (-32600, data, if is_modern { -32021 } else { -32600 }),
            (-32600, r#"{"requiredCapabilities":5}"#, -32600),
            (-32602, data, -32602),
        ] {
            let mut scene = open(version);
            let (_, theirs) = call(&mut scene);
            let error = format!(r#"{{"code":{said},"message":"no","data":{data}}}"#);
            let far = message(&format!(r#"{{"jsonrpc":"2.0","id":1,"error":{error}}}"#));
            scene.respond(Role::Server, &theirs, Reply::Relay(&far)).expect("in flight");
            let told = last(&scene, Role::Server);
            assert_eq!((code(&told), &told["error"]["data"]), (expected, &json(data)), "{version}");
        }
    }
}

#[test]
fn only_an_answer_is_passed_on_as_one() {
    let mut scene = open(Version::LATEST);
    let (_, theirs) = call(&mut scene);
    for odd in [r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#, r#"{"jsonrpc":"2.0","method":"x"}"#]
    {
        let refused = scene.respond(Role::Server, &theirs, Reply::Relay(&message(odd)));
        assert_eq!(refused, Err(Error::ApiMisuse(Misuse::NotAnObject)));
    }
    scene.result(Role::Server, &theirs, NOTHING);
}

#[test]
fn a_result_that_requires_input_is_passed_on_only_where_that_may_be_asked() {
    let far = far(r#"{"resultType":"input_required","requestState":"s"}"#);
    let misplaced = Err(Error::PeerIncompatible(Incompatible::MethodOfVersion));
    for version in Version::ALL {
        let mut scene = open(version);
        let (_, theirs) = call(&mut scene);
        let said = scene.respond(Role::Server, &theirs, Reply::Relay(&far));
        if version == Version::LATEST {
            assert!(matches!(scene.client.event(), Some(Event::InputRequired { .. })));
        } else {
            assert_eq!(said, misplaced);
            scene.result(Role::Server, &theirs, NOTHING);
        }
        request(&mut scene, Role::Client, Call::new(Method::ListTools));
        let (theirs, _) = requested(&mut scene.server);
        assert_eq!(scene.respond(Role::Server, &theirs, Reply::Relay(&far)), misplaced);
        scene.result(Role::Server, &theirs, r#"{"tools":[]}"#);
    }
}

#[test]
fn a_modern_result_loses_what_an_earlier_client_does_not_know() {
    let modern = far(r#"{"resultType":"complete","ttlMs":5,"cacheScope":"public","content":[]}"#);
    let mut scene = open(Version::V2025_06_18);
    let (_, theirs) = call(&mut scene);
    scene.respond(Role::Server, &theirs, Reply::Relay(&modern)).expect("in flight");
    assert_eq!(last(&scene, Role::Server)["result"], json(NOTHING));
}

#[test]
fn a_large_result_is_shared_and_not_copied() {
    let text = "x".repeat(100_000);
    let large = far(&format!(r#"{{"content":[{{"type":"text","text":"{text}"}}]}}"#));
    for version in Version::ALL {
        let mut solo = Solo::new(server());
        if version < Version::LATEST {
            let params = format!(
                r#""protocolVersion":"{version}","capabilities":{{}},"clientInfo":{{"name":"a","version":"1"}}"#
            );
            solo.hear(0, &line(version, "1", "initialize", &params));
            solo.said();
        }
        solo.hear(0, &line(version, "9", "tools/call", r#""name":"echo""#));
        let id = solo.requested();
        let now = solo.now;
        solo.connection.respond(&id, Reply::Relay(&large), now).expect("in flight");
        let mut out = TransmitBuf::new(Framing::Line);
        let transmit = solo.connection.poll_transmit(&mut out).expect("an answer");
        let body = transmit.body.expect("shared");
        let inside = large.bytes().as_ptr_range();
        assert!(inside.contains(&body.as_ptr()), "the very bytes that were read");
        assert!(out.bytes.len() < 1000);
        let whole = [&out.bytes[transmit.head], &body, &out.bytes[transmit.tail]].concat();
        let answer = json(std::str::from_utf8(&whole).expect("UTF-8"));
        assert_eq!(answer["result"]["content"][0]["text"], text);
        assert_eq!(answer["id"], 9);
    }
}

#[test]
fn a_large_result_with_members_of_ours_is_taken_apart() {
    let text = "x".repeat(100_000);
    let large = far(&format!(
        r#"{{"_meta":{{"a":1}},"resultType":"complete","content":[{{"type":"text","text":"{text}"}}]}}"#
    ));
    for version in Version::ALL {
        let mut scene = open(version);
        let (_, theirs) = call(&mut scene);
        scene.respond(Role::Server, &theirs, Reply::Relay(&large)).expect("in flight");
        let said = last(&scene, Role::Server);
        assert_eq!(said["result"]["content"][0]["text"], text);
        assert_eq!(said["result"]["_meta"]["a"], 1);
        assert_eq!(said["result"].get("resultType").is_some(), version == Version::LATEST);
    }
}

#[test]
fn a_method_that_nobody_knows_is_not_found() {
    for version in Version::ALL {
        let mut scene = open(version);
        scene.hear(Role::Server, &line(version, "9", "vendor/x", ""));
        assert_eq!(code(&last(&scene, Role::Server)), -32601);
        assert_eq!(broken(&scene.server), [PeerRule::MethodUnknown]);
        assert!(scene.server.events.is_empty());
    }
}

#[test]
fn a_method_that_nobody_knows_is_delivered_where_that_is_wanted() {
    for version in Version::ALL {
        let mut config = server().versions([version]);
        config.unknown_methods = UnknownMethods::Deliver;
        let mut scene = Scene::open(client().versions([version]), config);
        let call = Call::named("vendor/x").params(raw(r#"{"a":1.0}"#));
        let ours = request(&mut scene, Role::Client, call);
        let (theirs, message) = requested(&mut scene.server);
        assert_eq!(
            message.method_name().map(|name| name.decode().into_owned()).as_deref(),
            Some("vendor/x")
        );
        scene.result(Role::Server, &theirs, "{}");
        assert_eq!(answered(&mut scene.client).0, ours);
    }
}

#[test]
fn a_notification_that_nobody_knows_is_delivered_where_that_is_wanted() {
    for version in Version::ALL {
        for (delivers, unknown_methods) in
            [(true, UnknownMethods::Deliver), (false, UnknownMethods::Refuse)]
        {
            let mut config = client().versions([version]);
            config.unknown_methods = unknown_methods;
            let mut scene = Scene::open(config, server().versions([version]));
            let before = scene.count(Role::Client);
            scene.hear(Role::Client, r#"{"jsonrpc":"2.0","method":"notifications/vendor/x"}"#);
            let is_told = matches!(scene.client.event(), Some(Event::Notification { .. }));
            assert_eq!(is_told, delivers);
            assert_eq!(scene.count(Role::Client), before);
        }
    }
}

#[test]
fn what_is_known_keeps_its_rules_where_unknown_methods_are_delivered() {
    for version in Version::ALL {
        let mut config = server().versions([version]).capabilities(raw("{}"));
        config.unknown_methods = UnknownMethods::Deliver;
        let mut scene = Scene::open(client().versions([version]), config);
        for method in [Method::ListTools, Method::CreateMessage, Method::Initialized] {
            scene.hear(Role::Server, &line(version, "9", method.name(), ""));
            assert_eq!(code(&last(&scene, Role::Server)), -32601, "{method}");
        }
        assert!(scene.server.events.is_empty());
    }
}

#[test]
fn the_arguments_of_a_call_reach_the_server_as_they_were_spelled() {
    let params = r#"{ "name" : "t", "arguments" : { "n" : 1.0, "big": 12345678901234567890, "s":"\u0061\/" } }"#;
    for version in Version::ALL {
        let mut scene = open(version);
        request(&mut scene, Role::Client, Call::new(Method::CallTool).params(raw(params)));
        let (_, message) = requested(&mut scene.server);
        let arguments = message.call_params().and_then(|params| params.arguments).expect("sent");
        assert_eq!(
            arguments.spelling(),
            r#"{ "n" : 1.0, "big": 12345678901234567890, "s":"\u0061\/" }"#
        );
    }
}

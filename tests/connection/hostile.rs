//! Peers that mean harm or do not know better, by the rows of the table of hostile input. What is refused harms nothing else.

use mcp_engine::connection::{Event, Failure, Pages};
use mcp_engine::version::{Role, Version};
use mcp_engine::{Decoder, Error, Fault, Limit, Limits, Message, MessageRule, PeerRule};

use crate::stage::{
    NOTHING, Scene, broken, call, code, counted, json, last, line, open, requested,
};

/// What a server says to a line, after which it still serves.
fn refusal(version: Version, odd: &str) -> Vec<serde_json::Value> {
    let mut scene = open(version);
    let before = scene.count(Role::Server);
    scene.hear(Role::Server, odd);
    let said = scene.since(Role::Server, before);
    assert!(scene.server.events.is_empty(), "{odd}");
    still_serves(&mut scene);
    said
}

fn still_serves(scene: &mut Scene) {
    let (_, theirs) = call(scene);
    scene.result(Role::Server, &theirs, NOTHING);
    assert!(matches!(scene.client.events.back(), Some(Event::Response { .. })));
}

#[test]
fn row_21_a_member_of_the_envelope_that_comes_twice_is_refused() {
    for odd in [
        r#"{"jsonrpc":"2.0","jsonrpc":"2.0","id":9,"method":"ping"}"#,
        r#"{"jsonrpc":"2.0","id":9,"method":"ping","method":"ping"}"#,
        r#"{"jsonrpc":"2.0","id":9,"method":"ping","params":{},"params":{}}"#,
    ] {
        for version in Version::ALL {
            assert_eq!(code(&refusal(version, odd)[0]), -32600, "{odd}");
        }
    }
}

#[test]
fn row_32_a_null_id_is_refused_and_no_notification() {
    for version in Version::ALL {
        let said = refusal(version, r#"{"jsonrpc":"2.0","id":null,"method":"tools/list"}"#);
        assert_eq!((said.len(), code(&said[0]), said[0].get("id")), (1, -32600, None));
    }
}

#[test]
fn row_36_a_message_of_another_json_rpc_is_refused() {
    for jsonrpc in ["", r#""jsonrpc":2.0,"#, r#""jsonrpc":"1.0","#, r#""jsonrpc":null,"#] {
        for version in Version::ALL {
            let said = refusal(version, &format!(r#"{{{jsonrpc}"id":9,"method":"ping"}}"#));
            assert_eq!((code(&said[0]), &said[0]["id"]), (-32600, &json("9")), "{jsonrpc}");
        }
    }
}

#[test]
fn row_37_a_message_without_a_method_is_refused() {
    for odd in [r#"{"jsonrpc":"2.0","id":9}"#, r#"{"jsonrpc":"2.0","id":9,"method":1}"#] {
        for version in Version::ALL {
            assert_eq!(code(&refusal(version, odd)[0]), -32600, "{odd}");
        }
    }
}

#[test]
fn row_37_a_method_that_nobody_knows_is_not_found() {
    for method in ["", "rpc.x", "Tools/List", "tools/list ", "tools\\/lists", "\\u0000"] {
        for version in Version::ALL {
            let said = refusal(version, &line(version, "9", method, ""));
            assert_eq!((code(&said[0]), &said[0]["id"]), (-32601, &json("9")), "{method}");
        }
    }
}

#[test]
fn row_38_parameters_that_are_no_object_are_refused() {
    for params in ["\"x\"", "1", "[]", "null", "true"] {
        for version in Version::ALL {
            let odd = format!(r#"{{"jsonrpc":"2.0","id":9,"method":"ping","params":{params}}}"#);
            let said = refusal(version, &odd);
            assert_eq!((code(&said[0]), &said[0]["id"]), (-32600, &json("9")), "{params}");
        }
    }
}

#[test]
fn what_is_no_json_is_refused_without_an_id() {
    for odd in ["{", "nonsense", "{\"jsonrpc\":\"2.0\",}", "{'jsonrpc':1}", "\u{feff}{}", "{}}"] {
        for version in Version::ALL {
            let said = refusal(version, odd);
            assert_eq!((said.len(), said[0].get("id")), (1, None), "{odd}");
            assert!([-32700, -32600].contains(&code(&said[0])), "{odd}");
        }
    }
}

#[test]
fn a_notification_that_is_not_valid_is_not_answered() {
    for odd in [
        r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":[]}"#,
        r#"{"jsonrpc":"2.0","method":"notifications/progress","params":5}"#,
        r#"{"jsonrpc":"2.0","method":"notifications/progress","params":{"a":1,"a":2}}"#,
    ] {
        for version in Version::ALL {
            assert_eq!(refusal(version, odd), Vec::<serde_json::Value>::new(), "{odd}");
        }
    }
}

#[test]
fn row_40_an_answer_that_is_both_or_neither_fails_its_request() {
    for odd in [r#""result":{},"error":{"code":1,"message":""}"#, r#""x":1"#] {
        for version in Version::ALL {
            let mut scene = open(version);
            let (ours, _) = call(&mut scene);
            let before = scene.count(Role::Client);
            scene.hear(Role::Client, &format!(r#"{{"jsonrpc":"2.0","id":{ours},{odd}}}"#));
            assert_invalid(scene.client.event(), &ours);
            assert_eq!(scene.count(Role::Client), before, "an answer is not answered");
        }
    }
}

#[test]
fn an_answer_that_is_no_json_fails_its_request() {
    let deep = "[".repeat(200);
    for odd in ["\"a\u{0}b\"", "{\"a\":01}", "{]", "{\"text\":\"cut off", &deep] {
        for version in Version::ALL {
            let mut scene = open(version);
            let (ours, _) = call(&mut scene);
            let before = scene.count(Role::Client);
            scene.hear(Role::Client, &format!(r#"{{"jsonrpc":"2.0","id":{ours},"result":{odd}}}"#));
            assert_invalid(scene.client.event(), &ours);
            scene.hear(Role::Client, &format!(r#"{{"jsonrpc":"2.0","id":{ours},"params":{odd}}}"#));
            assert!(scene.client.event().is_none(), "a request is nobody's answer");
            assert_eq!(scene.count(Role::Client), before, "an answer is not answered");
        }
    }
}

fn assert_invalid(event: Option<Event>, ours: &mcp_engine::RequestId) {
    match event {
        Some(Event::Failed { id, failure: Failure::Invalid(_) }) => assert_eq!(id, *ours),
        other => panic!("{other:?}"),
    }
}

#[test]
fn row_40_a_result_that_is_no_object_fails_its_request() {
    for result in ["5", "null", "[]", "\"ok\"", "true"] {
        let mut scene = open(Version::LATEST);
        let (ours, _) = call(&mut scene);
        scene.hear(Role::Client, &format!(r#"{{"jsonrpc":"2.0","id":{ours},"result":{result}}}"#));
        assert_invalid(scene.client.event(), &ours);
    }
}

#[test]
fn row_42_an_error_that_is_none_fails_its_request() {
    for error in [
        "null",
        "5",
        "\"no\"",
        "{}",
        r#"{"code":1.5,"message":""}"#,
        r#"{"code":"1","message":""}"#,
        r#"{"code":1}"#,
        r#"{"message":"x"}"#,
        r#"{"code":1,"message":null}"#,
        r#"{"code":1e2,"message":""}"#,
    ] {
        for version in Version::ALL {
            let mut scene = open(version);
            let (ours, _) = call(&mut scene);
            scene
                .hear(Role::Client, &format!(r#"{{"jsonrpc":"2.0","id":{ours},"error":{error}}}"#));
            assert_invalid(scene.client.event(), &ours);
            assert!(scene.client.connection.counters().faults(Fault::Message) > 0);
        }
    }
}

#[test]
fn row_43_a_response_to_an_unknown_id_is_ignored() {
    for version in Version::ALL {
        let mut scene = open(version);
        let (ours, _) = call(&mut scene);
        for id in ["999", "0", "-1", "\"x\"", "9223372036854775808"] {
            scene.hear(Role::Client, &format!(r#"{{"jsonrpc":"2.0","id":{id},"result":{{}}}}"#));
        }
        assert_eq!(counted(&scene.client, PeerRule::ResponseUnknown), 5);
        assert!(scene.client.events.is_empty());
        scene.hear(Role::Client, &format!(r#"{{"jsonrpc":"2.0","id":{ours},"result":{{}}}}"#));
        assert_eq!(scene.client.events.len(), 1);
    }
}

#[test]
fn row_43_a_server_that_asked_nothing_ignores_answers() {
    for version in Version::ALL {
        let mut scene = open(version);
        let before = scene.count(Role::Server);
        scene.hear(Role::Server, r#"{"jsonrpc":"2.0","id":1,"result":{}}"#);
        scene.hear(Role::Server, r#"{"jsonrpc":"2.0","id":1,"error":{"code":1,"message":""}}"#);
        scene.hear(Role::Server, r#"{"jsonrpc":"2.0","error":{"code":1,"message":""}}"#);
        assert_eq!(scene.count(Role::Server), before);
        assert!(scene.server.events.is_empty());
    }
}

#[test]
fn row_44_a_second_response_is_ignored() {
    for version in Version::ALL {
        let mut scene = open(version);
        let (ours, theirs) = call(&mut scene);
        scene.result(Role::Server, &theirs, NOTHING);
        scene.client.events.clear();
        for second in [r#""result":{}"#, r#""error":{"code":1,"message":""}"#, r#""result":5"#] {
            scene.hear(Role::Client, &format!(r#"{{"jsonrpc":"2.0","id":{ours},{second}}}"#));
        }
        assert!(scene.client.events.is_empty());
        assert_eq!(broken(&scene.client), [PeerRule::ResponseLate; 2]);
    }
}

#[test]
fn row_41_unknown_members_are_ignored_and_forwarded() {
    for version in Version::ALL {
        let mut scene = open(version);
        let text = line(version, "9", "tools/call", r#""name":"a","future":{"x":[1.0]}"#);
        let text = text.replace(r#""id":9"#, r#""id":9,"extra":null"#);
        scene.hear(Role::Server, &text);
        let (_, message) = requested(&mut scene.server);
        assert_eq!(message.as_str(), text);
        assert!(scene.server.errors.is_empty());
    }
}

#[test]
fn row_52_a_method_of_a_capability_that_is_not_offered_is_not_found() {
    for version in Version::ALL {
        for method in
            ["tools/list", "tools/call", "prompts/get", "resources/read", "completion/complete"]
        {
            let bare =
                crate::stage::server().capabilities(crate::stage::raw("{}")).versions([version]);
            let mut scene = Scene::open(crate::stage::client().versions([version]), bare);
            scene.hear(Role::Server, &line(version, "9", method, ""));
            assert_eq!(code(&last(&scene, Role::Server)), -32601, "{version} {method}");
            assert_eq!(broken(&scene.server), [PeerRule::CapabilityNotOffered]);
        }
    }
}

#[test]
fn row_54_a_listing_that_never_ends_has_a_bound() {
    let mut pages = Pages::new(&Limits { pages: 3, ..Limits::default() });
    for n in 0..3 {
        let next = pages.next(&page(&format!("\"c{n}\"")));
        assert_eq!(next, Ok(Some(format!(r#"{{"cursor":"c{n}"}}"#))));
    }
    assert!(matches!(
        pages.next(&page("\"c4\"")),
        Err(Error::LimitExceeded { limit: Limit::Pages, .. })
    ));
}

#[test]
fn row_54_a_listing_that_goes_in_circles_is_noticed() {
    for cursor in ["\"a\"", "\"\""] {
        let mut pages = Pages::new(&Limits::default());
        assert!(matches!(pages.next(&page(cursor)), Ok(Some(_))), "an empty cursor is one");
        assert!(pages.next(&page(cursor)).is_err());
    }
    for none in ["null", "5", "{}"] {
        assert_eq!(Pages::new(&Limits::default()).next(&page(none)), Ok(None), "{none}");
    }
}

#[test]
fn every_refusal_is_counted_under_its_rule() {
    let mut scene = open(Version::V2025_11_25);
    for _ in 0..3 {
        scene.hear(Role::Server, r#"{"jsonrpc":"2.0","id":[],"method":"ping"}"#);
        scene.hear(Role::Server, r#"{"jsonrpc":"2.0","id":1,"method":"no/such"}"#);
    }
    let counters = scene.server.connection.counters();
    let invalid = Error::InvalidMessage { rule: MessageRule::IdType, offset: 0 };
    assert_eq!(counters.refusals(invalid), 3);
    assert_eq!(counted(&scene.server, PeerRule::MethodUnknown), 3);
    assert_eq!((counters.faults(Fault::Message), counters.faults(Fault::Peer)), (3, 3));
}

fn page(cursor: &str) -> Message {
    let mut decoder = Decoder::default();
    let line = format!("{{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{{\"nextCursor\":{cursor}}}}}\n");
    decoder.feed(line.as_bytes()).expect("room");
    decoder.poll().expect("a message").expect("a valid one")
}

//! What stands in a result beside what the application says, by revision, and what a client makes of it.

use mcp_engine::connection::{Call, Event, Failure, Reply};
use mcp_engine::version::{Era, Role, Version};
use mcp_engine::{Decoder, Method, PeerRule};

use crate::stage::{
    LEGACY, NOTHING, Scene, Solo, answered, broken, call, client, json, last, line, open, raw,
    request, requested, server,
};

/// The methods whose results may be kept, and a result of each.
const LISTINGS: &[(Method, &str, &str)] = &[
    (Method::ListTools, "{}", r#""tools":[]"#),
    (Method::ListPrompts, "{}", r#""prompts":[]"#),
    (Method::ListResources, "{}", r#""resources":[]"#),
    (Method::ListResourceTemplates, "{}", r#""resourceTemplates":[]"#),
    (Method::ReadResource, r#"{"uri":"a:b"}"#, r#""contents":[]"#),
];

/// The answer to a call, as the server spells it.
fn answer(version: Version, result: &str) -> serde_json::Value {
    let mut scene = open(version);
    let (_, theirs) = call(&mut scene);
    scene.result(Role::Server, &theirs, result);
    last(&scene, Role::Server)["result"].clone()
}

#[test]
fn every_modern_result_says_that_it_is_complete_and_whose_it_is() {
    for result in [NOTHING, r#"{ "content" : [] }"#, r#"{"content":[],"_meta":{"a":1}}"#] {
        let said = answer(Version::LATEST, result);
        assert_eq!(said["resultType"], "complete");
        let info = &said["_meta"]["io.modelcontextprotocol/serverInfo"];
        assert_eq!(*info, json(r#"{"name":"server","version":"2.0"}"#));
        assert_eq!(said["content"], json("[]"));
    }
}

#[test]
fn a_legacy_result_is_what_the_application_says() {
    for version in LEGACY {
        let result = r#"{"content":[],"_meta":{"a":1}}"#;
        assert_eq!(answer(version, result), json(result));
    }
}

#[test]
fn a_legacy_result_does_not_have_what_is_of_the_modern_era() {
    for version in LEGACY {
        let result = r#"{"resultType":"complete","ttlMs":5,"cacheScope":"public","content":[]}"#;
        assert_eq!(answer(version, result), json(NOTHING));
        let deeper = r#"{"content":[{"type":"text","text":"","_meta":{"ttlMs":5}}]}"#;
        assert_eq!(answer(version, deeper), json(deeper));
    }
}

#[test]
fn what_the_application_says_of_the_type_is_kept() {
    let mut scene = open(Version::LATEST);
    let (_, theirs) = call(&mut scene);
    scene.result(Role::Server, &theirs, r#"{"resultType":"task","taskId":"t","status":"working"}"#);
    assert_eq!(last(&scene, Role::Server)["result"]["resultType"], "task");
}

#[test]
fn listings_and_reads_say_how_long_they_may_be_kept_and_by_whom() {
    let mut scene = open(Version::LATEST);
    for (method, params, member) in LISTINGS {
        request(&mut scene, Role::Client, Call::new(*method).params(raw(params)));
        let (theirs, _) = requested(&mut scene.server);
        scene.result(Role::Server, &theirs, &format!("{{{member}}}"));
        let said = &last(&scene, Role::Server)["result"];
        assert_eq!((&said["ttlMs"], &said["cacheScope"]), (&json("0"), &json("\"private\"")));
    }
}

#[test]
fn what_the_application_says_of_keeping_is_kept() {
    let mut scene = open(Version::LATEST);
    for (method, params, member) in LISTINGS {
        request(&mut scene, Role::Client, Call::new(*method).params(raw(params)));
        let (theirs, _) = requested(&mut scene.server);
        let result = format!(r#"{{{member},"ttlMs":60000,"cacheScope":"public"}}"#);
        scene.result(Role::Server, &theirs, &result);
        let said = &last(&scene, Role::Server)["result"];
        assert_eq!((&said["ttlMs"], &said["cacheScope"]), (&json("60000"), &json("\"public\"")));
    }
}

#[test]
fn other_results_say_nothing_of_keeping() {
    let said = answer(Version::LATEST, NOTHING);
    assert!(said.get("ttlMs").is_none() && said.get("cacheScope").is_none());
}

#[test]
fn members_of_meta_with_names_like_ours_do_not_displace_ours() {
    let said = answer(Version::LATEST, r#"{"content":[],"_meta":{"name":"x","version":9}}"#);
    assert_eq!((&said["_meta"]["name"], &said["_meta"]["version"]), (&json("\"x\""), &json("9")));
    assert_eq!(said["_meta"]["io.modelcontextprotocol/serverInfo"]["name"], "server");
}

#[test]
fn the_implementation_that_a_relayed_result_names_is_kept() {
    let meta = r#""_meta":{"io.modelcontextprotocol/serverInfo":{"name":"far","version":"9"}}"#;
    let said = answer(Version::LATEST, &format!(r#"{{"content":[],{meta}}}"#));
    assert_eq!(said["_meta"]["io.modelcontextprotocol/serverInfo"]["name"], "far");
}

#[test]
fn a_resource_that_is_not_found_has_the_code_of_the_revision() {
    for version in Version::ALL {
        let mut scene = open(version);
        let (_, theirs) = call(&mut scene);
        let data = Some(raw(r#"{"uri":"a:b"}"#));
        let reply = Reply::Error { code: -32002, message: "none", data };
        scene.respond(Role::Server, &theirs, reply).expect("in flight");
        let error = &last(&scene, Role::Server)["error"];
        let expected = if version.era() == Era::Modern { -32602 } else { -32002 };
        assert_eq!(
            (&error["code"], &error["data"]["uri"]),
            (&json(&expected.to_string()), &json("\"a:b\""))
        );
    }
}

#[test]
fn a_client_accepts_the_old_code_of_a_resource_that_is_not_found() {
    let mut scene = open(Version::LATEST);
    let (ours, _) = call(&mut scene);
    scene.hear(
        Role::Client,
        &format!(r#"{{"jsonrpc":"2.0","id":{ours},"error":{{"code":-32002,"message":"none"}}}}"#),
    );
    assert_eq!(answered(&mut scene.client).1.error().map(|error| error.code), Some(-32002));
}

#[test]
fn that_the_user_has_to_go_to_a_url_is_an_error_of_one_revision() {
    let data =
        r#"{"elicitations":[{"mode":"url","message":"?","url":"https://a","elicitationId":"e"}]}"#;
    let line = format!(
        r#"{{"jsonrpc":"2.0","id":1,"error":{{"code":-32042,"message":"go","data":{data}}}}}"#
    );
    let mut decoder = Decoder::default();
    decoder.feed(format!("{line}\n").as_bytes()).expect("room");
    let far = decoder.poll().expect("a message").expect("a valid one");
    for version in Version::ALL {
        let expected = if version == Version::V2025_11_25 { -32042 } else { -32603 };
        let own = Reply::Error { code: -32042, message: "go", data: Some(raw(data)) };
        for reply in [own, Reply::Relay(&far)] {
            let mut scene = open(version);
            let (_, theirs) = call(&mut scene);
            scene.respond(Role::Server, &theirs, reply).expect("in flight");
            let error = &last(&scene, Role::Server)["error"];
            assert_eq!(
                (&error["code"], &error["data"]),
                (&json(&expected.to_string()), &json(data))
            );
        }
    }
}

#[test]
fn other_codes_are_passed_on_as_they_are() {
    for version in Version::ALL {
        for number in [-32700, -32600, -32601, -32602, -32603, -1, 0, 1, i64::MIN, i64::MAX] {
            let mut scene = open(version);
            let (_, theirs) = call(&mut scene);
            scene.respond(Role::Server, &theirs, Reply::error(number, "x")).expect("in flight");
            assert_eq!(last(&scene, Role::Server)["error"]["code"], number);
        }
    }
}

/// What a modern client makes of a result.
fn taken(method: Method, result: &str) -> (Option<Event>, Vec<PeerRule>) {
    let mut scene = open(Version::LATEST);
    let ours = request(
        &mut scene,
        Role::Client,
        Call::new(method).params(raw(r#"{"name":"a","uri":"a:b"}"#)),
    );
    scene.hear(Role::Client, &format!(r#"{{"jsonrpc":"2.0","id":{ours},"result":{result}}}"#));
    (scene.client.event(), broken(&scene.client))
}

#[test]
fn a_result_without_a_type_is_complete() {
    let (event, broken) = taken(Method::CallTool, NOTHING);
    assert!(matches!(event, Some(Event::Response { .. })) && broken.is_empty());
}

#[test]
fn a_result_of_an_unknown_type_is_no_valid_answer() {
    for odd in ["\"later\"", "\"Complete\"", "\"\"", "5", "null", "{}", "true", "\"task\""] {
        let (event, broken) = taken(Method::CallTool, &format!(r#"{{"resultType":{odd}}}"#));
        let is_failed = matches!(event, Some(Event::Failed { failure: Failure::Invalid(_), .. }));
        assert!(is_failed, "{odd} {event:?}");
        assert_eq!(broken, [PeerRule::ResultTypeUnknown], "{odd}");
    }
}

#[test]
fn a_type_that_is_spelled_with_escapes_is_the_same_type() {
    let (event, broken) = taken(Method::CallTool, r#"{"resultType":"compl\u0065te","content":[]}"#);
    assert!(matches!(event, Some(Event::Response { .. })), "{event:?} {broken:?}");
    let text = r#"{"resultType":"input\u005frequired","requestState":"s"}"#;
    assert!(matches!(taken(Method::CallTool, text).0, Some(Event::InputRequired { .. })));
}

#[test]
fn earlier_revisions_have_no_types_of_results() {
    for version in LEGACY {
        let mut scene = open(version);
        let (ours, _) = call(&mut scene);
        scene.hear(
            Role::Client,
            &format!(r#"{{"jsonrpc":"2.0","id":{ours},"result":{{"resultType":"later"}}}}"#),
        );
        answered(&mut scene.client);
        assert!(broken(&scene.client).is_empty());
    }
}

#[test]
fn a_task_is_a_result_where_the_server_has_the_extension() {
    let extension = r#"{"tools":{},"extensions":{"io.modelcontextprotocol/tasks":{}}}"#;
    let mut scene = Scene::open(client(), server().capabilities(raw(extension)));
    let (ours, _) = call(&mut scene);
    scene.hear(
        Role::Client,
        &format!(
            r#"{{"jsonrpc":"2.0","id":{ours},"result":{{"resultType":"task","taskId":"t"}}}}"#
        ),
    );
    answered(&mut scene.client);
}

#[test]
fn results_of_unknown_methods_are_completed_too() {
    let mut config = server();
    config.unknown_methods = mcp_engine::connection::UnknownMethods::Deliver;
    let mut solo = Solo::new(config);
    solo.hear(0, &line(Version::LATEST, "1", "vendor/x", ""));
    let id = solo.requested();
    let now = solo.now;
    solo.connection.respond(&id, Reply::Result(raw("{}")), now).expect("in flight");
    assert_eq!(json(&solo.said()[0].line)["result"]["resultType"], "complete");
}

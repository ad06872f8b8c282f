//! Requests and their answers: every method of every revision, and what stands around what the application says.

use mcp_engine::connection::{Call, Reply};
use mcp_engine::encode::Outcome;
use mcp_engine::version::{Role, Version};
use mcp_engine::{Error, Incompatible, Method, Misuse, PeerRule};

use crate::stage::{
    LEGACY, NOTHING, answered, broken, call, code, json, last, line, open, raw, request, requested,
};

/// What an application asks for and answers, by method.
pub(crate) const PLAYS: &[(Method, &str, &str)] = &[
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

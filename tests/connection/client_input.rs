//! What a server asks of a client, and what that says to it: forms, samples of a model, roots.

use mcp_engine::connection::{Call, Event, Failure, Reply, check_input};
use mcp_engine::json::Raw;
use mcp_engine::version::{Role, Version};
use mcp_engine::{Error, Method, Misuse, PeerRule};
use mcp_engine_schema::{Answer, Compiler, Form};

use crate::stage::{
    NOTHING, Scene, answered, broken, call, client, code, echo, last, line, open, raw, request,
    requested, server,
};

/// Something a client says, with the method that it answers, and the revisions in which it is sound.
type Said = (Method, &'static str, &'static [Version]);

const ALL: &[Version] = &Version::ALL;
const SINCE_C: &[Version] = &[Version::V2025_06_18, Version::V2025_11_25, Version::V2026_07_28];
const SINCE_D: &[Version] = &[Version::V2025_11_25, Version::V2026_07_28];
const NONE: &[Version] = &[];

const SAID: [Said; 31] = [
    (Method::Elicit, r#"{"action":"accept"}"#, SINCE_C),
    (Method::Elicit, r#"{"action":"decline"}"#, SINCE_C),
    (Method::Elicit, r#"{"\u0061ction":"canc\u0065l","content":null,"more":1}"#, SINCE_C),
    (Method::Elicit, r#"{"action":"accept","content":{"a":"x","b":1.5,"c":true}}"#, SINCE_C),
    (Method::Elicit, r#"{"action":"accept","content":{"a":["x","y"]}}"#, SINCE_D),
    (Method::Elicit, r#"{"action":"accept","content":{"a":["x",1]}}"#, NONE),
    (Method::Elicit, r#"{"action":"accept","content":{"a":{}}}"#, NONE),
    (Method::Elicit, r#"{"action":"accept","content":{"a":null}}"#, NONE),
    (Method::Elicit, r#"{"action":"accept","content":[]}"#, NONE),
    (Method::Elicit, r#"{"action":"maybe"}"#, NONE),
    (Method::Elicit, r#"{"action":1}"#, NONE),
    (Method::Elicit, "{}", NONE),
    (
        Method::CreateMessage,
        r#"{"role":"assistant","model":"m","content":{"type":"text","text":"x"}}"#,
        ALL,
    ),
    (
        Method::CreateMessage,
        r#"{"role":"user","model":"m","content":{"type":"image","data":"","mimeType":"image/png"}}"#,
        ALL,
    ),
    (
        Method::CreateMessage,
        r#"{"role":"assistant","model":"m","content":[{"type":"text","text":"x"}],"stopReason":"toolUse"}"#,
        SINCE_D,
    ),
    (Method::CreateMessage, r#"{"role":"assistant","model":"m","content":[]}"#, SINCE_D),
    (Method::CreateMessage, r#"{"role":"assistant","model":"m","content":[{}]}"#, NONE),
    (Method::CreateMessage, r#"{"role":"assistant","model":"m","content":"x"}"#, NONE),
    (Method::CreateMessage, r#"{"role":"assistant","content":{"type":"text","text":"x"}}"#, NONE),
    (Method::CreateMessage, r#"{"model":"m","content":{"type":"text","text":"x"}}"#, NONE),
    (
        Method::CreateMessage,
        r#"{"role":"system","model":"m","content":{"type":"text","text":"x"}}"#,
        NONE,
    ),
    (Method::CreateMessage, r#"{"role":"assistant","model":"m"}"#, NONE),
    (Method::CreateMessage, "{}", NONE),
    (Method::ListRoots, r#"{"roots":[]}"#, ALL),
    (
        Method::ListRoots,
        r#"{"roots":[{"uri":"file:///a"},{"uri":"FILE:\/\/\/b","name":"b"}]}"#,
        ALL,
    ),
    (Method::ListRoots, r#"{"roots":[{"uri":"file:///a"},{"uri":"https://a"}]}"#, NONE),
    (Method::ListRoots, r#"{"roots":[{"uri":"file"}]}"#, NONE),
    (Method::ListRoots, r#"{"roots":[{"name":"a"}]}"#, NONE),
    (Method::ListRoots, r#"{"roots":[1]}"#, NONE),
    (Method::ListRoots, r#"{"roots":{}}"#, NONE),
    (Method::ListRoots, "{}", NONE),
];

/// What a server of a session asks.
fn asking(method: Method) -> Call<'static> {
    Call::new(method).params(raw(match method {
        Method::Elicit => r#"{"message":"?","requestedSchema":{"type":"object","properties":{}}}"#,
        Method::CreateMessage => r#"{"messages":[],"maxTokens":1}"#,
        _ => "{}",
    }))
}

#[test]
fn an_answer_of_a_client_is_what_it_was_asked_for() {
    for (method, result, sound_in) in SAID {
        for version in
            Version::ALL.into_iter().filter(|version| version.allows(method, Role::Server))
        {
            let mut scene = open(version);
            let ours = request(&mut scene, Role::Server, asking(method));
            scene.hear(
                Role::Server,
                &format!(r#"{{"jsonrpc":"2.0","id":{ours},"result":{result}}}"#),
            );
            match (sound_in.contains(&version), scene.server.event()) {
                (true, Some(Event::Response { id, .. })) => assert_eq!(id, ours),
                (false, Some(Event::Failed { id, failure: Failure::Invalid(_) })) => {
                    assert_eq!(id, ours);
                    assert_eq!(broken(&scene.server), [PeerRule::ResponseMalformed]);
                }
                (_, other) => panic!("{version} {result}: {other:?}"),
            }
            call(&mut scene);
        }
    }
}

#[test]
fn a_response_to_a_request_for_input_is_judged_by_the_same_rules() {
    for (method, result, sound_in) in SAID {
        let said = check_input(method, raw(result), Version::LATEST);
        let is_sound = sound_in.contains(&Version::LATEST);
        assert_eq!(said.is_ok(), is_sound, "{result}");
        assert!(is_sound || said == Err(PeerRule::ResponseMalformed));
    }
}

#[test]
fn an_error_of_a_client_needs_no_shape() {
    let mut scene = open(Version::V2025_11_25);
    request(&mut scene, Role::Server, asking(Method::CreateMessage));
    let (theirs, _) = requested(&mut scene.client);
    scene.respond(Role::Client, &theirs, Reply::error(-1, "User rejected")).expect("in flight");
    assert_eq!(answered(&mut scene.server).1.error().map(|error| error.code), Some(-1));
}

#[test]
fn a_client_may_answer_with_a_task_where_it_has_declared_that() {
    let tasks = r#"{"sampling":{},"elicitation":{},"tasks":{"requests":{"sampling":{"createMessage":{}},"elicitation":{"create":{}}}}}"#;
    let task = r#"{"task":{"taskId":"t","status":"working","createdAt":"2026-01-01T00:00:00Z","lastUpdatedAt":"2026-01-01T00:00:00Z","ttl":null}}"#;
    for (declared, is_task) in [(tasks, true), (r#"{"sampling":{},"elicitation":{}}"#, false)] {
        for method in [Method::CreateMessage, Method::Elicit] {
            let version = Version::V2025_11_25;
            let client = client().versions([version]).capabilities(raw(declared));
            let mut scene = Scene::open(client, server().versions([version]));
            let ours = request(&mut scene, Role::Server, asking(method));
            let answer = format!(r#"{{"jsonrpc":"2.0","id":{ours},"result":{task}}}"#);
            scene.hear(Role::Server, &answer);
            let is_answer = matches!(scene.server.event(), Some(Event::Response { .. }));
            assert_eq!(is_answer, is_task, "{method} {declared}");
        }
    }
}

const USE: &str = r#"{"role":"assistant","content":[{"type":"text","text":"x"},{"type":"tool_use","id":"a","name":"t","input":{}},{"type":"tool_use","id":"b","name":"t","input":{}}]}"#;
const BOTH: &str = r#"{"role":"user","content":[{"type":"tool_result","toolUseId":"\u0062","content":[]},{"type":"tool_result","toolUseId":"a","content":[]}]}"#;
const ONE: &str =
    r#"{"role":"user","content":{"type":"tool_result","toolUseId":"a","content":[]}}"#;
const MIXED: &str = r#"{"role":"user","content":[{"type":"tool_result","toolUseId":"a","content":[]},{"type":"tool_result","toolUseId":"b","content":[]},{"type":"text","text":"x"}]}"#;
const NAMELESS: &str =
    r#"{"role":"assistant","content":{"type":"tool_use","name":"t","input":{}}}"#;
const PLAIN: &str = r#"{"role":"user","content":{"type":"text","text":"x"}}"#;

/// Conversations, and whether the uses of tools in them have their results.
const CONVERSATIONS: [(&[&str], bool); 13] = [
    (&[], true),
    (&[PLAIN, PLAIN], true),
    (&[USE, BOTH], true),
    (&[PLAIN, USE, BOTH, USE, BOTH, PLAIN], true),
    (&[USE], false),
    (&[USE, PLAIN], false),
    (&[USE, PLAIN, BOTH], false),
    (&[USE, ONE], false),
    (&[USE, ONE, ONE], false),
    (&[USE, MIXED], false),
    (&[USE, BOTH, BOTH], false),
    (&[BOTH], false),
    (&[NAMELESS, PLAIN], false),
];

fn sampling(conversation: &[&str]) -> String {
    format!(r#""messages":[{}],"maxTokens":1,"tools":[]"#, conversation.join(","))
}

#[test]
fn a_server_does_not_ask_for_a_sample_of_a_conversation_whose_tools_are_out_of_balance() {
    for (conversation, is_balanced) in CONVERSATIONS {
        let params = format!("{{{}}}", sampling(conversation));
        let call = Call::new(Method::CreateMessage).params(raw(&params));
        let asked = open(Version::V2025_11_25).ask(Role::Server, call);
        let misuse = Err(Error::ApiMisuse(Misuse::SamplingMessages));
        assert_eq!(asked.is_ok(), is_balanced, "{conversation:?}");
        assert!(is_balanced || asked == misuse);
    }
}

#[test]
fn a_client_refuses_a_conversation_whose_tools_are_out_of_balance() {
    let version = Version::V2025_11_25;
    for (conversation, is_balanced) in CONVERSATIONS {
        let mut scene = open(version);
        let text = line(version, "\"s\"", "sampling/createMessage", &sampling(conversation));
        scene.hear(Role::Client, &text);
        match scene.client.event() {
            Some(Event::Request { .. }) => assert!(is_balanced, "{conversation:?}"),
            other => {
                assert!(!is_balanced && other.is_none(), "{conversation:?}: {other:?}");
                assert_eq!(code(&last(&scene, Role::Client)), -32602);
                assert_eq!(broken(&scene.client), [PeerRule::SamplingMessages]);
            }
        }
    }
}

#[test]
fn earlier_revisions_have_no_tools_in_conversations_to_balance() {
    for version in [Version::V2024_11_05, Version::V2025_03_26, Version::V2025_06_18] {
        let mut scene = open(version);
        let text = format!(r#"{{"messages":[{USE}],"maxTokens":1}}"#);
        let call = Call::new(Method::CreateMessage).params(raw(&text));
        assert!(scene.ask(Role::Server, call).is_ok(), "{version}");
    }
}

/// A result of a call that asks for one thing.
fn wanting(method: &str, params: &str) -> String {
    format!(r#"{{"k":{{"method":"{method}","params":{{{params}}}}}}}"#)
}

#[test]
fn a_modern_server_does_not_ask_for_a_sample_out_of_balance_either() {
    for (conversation, is_balanced) in CONVERSATIONS {
        let mut scene = open(Version::LATEST);
        let (_, theirs) = call(&mut scene);
        let requests = wanting("sampling/createMessage", &sampling(conversation));
        let reply = Reply::InputRequired { requests: Some(raw(&requests)), state: None };
        let said = scene.respond(Role::Server, &theirs, reply);
        assert_eq!(said.is_ok(), is_balanced, "{conversation:?}");
        if !is_balanced {
            assert_eq!(said, Err(Error::ApiMisuse(Misuse::SamplingMessages)));
            scene.result(Role::Server, &theirs, NOTHING);
        }
    }
}

#[test]
fn a_modern_client_fails_a_request_for_which_it_is_asked_what_it_may_not_be_asked() {
    let unbalanced = wanting("sampling/createMessage", &sampling(&[USE]));
    let url = wanting("elicitation/create", r#""mode":"url","message":"?","url":"https://a""#);
    let form = wanting("elicitation/create", r#""message":"?","requestedSchema":{}"#);
    let tools = wanting("sampling/createMessage", &sampling(&[]));
    for (declared, members, rule) in [
        (
            r#"{"sampling":{"tools":{}}}"#,
            format!(r#""inputRequests":{unbalanced}"#),
            PeerRule::SamplingMessages,
        ),
        (
            r#"{"sampling":{}}"#,
            format!(r#""inputRequests":{tools}"#),
            PeerRule::CapabilityNotOffered,
        ),
        (
            r#"{"elicitation":{}}"#,
            format!(r#""inputRequests":{url}"#),
            PeerRule::CapabilityNotOffered,
        ),
        (
            "{}",
            format!(r#""inputRequests":{form},"requestState":"s""#),
            PeerRule::CapabilityNotOffered,
        ),
        (
            "{}",
            r#""inputRequests":{"k":{"method":"tools/call"}}"#.to_owned(),
            PeerRule::ResponseMalformed,
        ),
        (
            "{}",
            r#""inputRequests":{"k":{"method":"no/such"}}"#.to_owned(),
            PeerRule::ResponseMalformed,
        ),
        ("{}", r#""inputRequests":{"k":1}"#.to_owned(), PeerRule::ResponseMalformed),
        ("{}", r#""inputRequests":[]"#.to_owned(), PeerRule::ResponseMalformed),
        ("{}", r#""requestState":1"#.to_owned(), PeerRule::ResponseMalformed),
    ] {
        let mut scene = Scene::open(client().capabilities(raw(declared)), server());
        let (ours, _) = call(&mut scene);
        scene.hear(Role::Client, &format!(r#"{{"jsonrpc":"2.0","id":{ours},"result":{{"resultType":"input_required",{members}}}}}"#));
        let event = scene.client.event();
        let Some(Event::Failed { id, failure: Failure::Invalid(_) }) = event else {
            panic!("{members}: {event:?}");
        };
        assert_eq!((id, &broken(&scene.client)[..]), (ours, &[rule][..]), "{members}");
        call(&mut scene);
    }
}

const ASKED: &str = r#"{"message":"How large?","requestedSchema":{"type":"object","properties":{"size":{"type":"integer","minimum":1},"unit":{"type":"string","default":"m"}},"required":["size"]}}"#;

fn form(asked: Raw<'_>, version: Version) -> Form {
    let requested = asked.get("requestedSchema").expect("a form");
    Form::compile(&Compiler::default(), requested, version).expect("a form that can be shown")
}

/// What a client makes of what its user has filled in.
fn filled_in(asked: Raw<'_>, version: Version) -> String {
    form(asked, version).accept(raw(r#"{"size":3}"#)).expect("it fits")
}

/// What a server makes of that.
fn judged(said: Raw<'_>, version: Version) -> String {
    match form(raw(ASKED), version).judge(said).expect("it fits") {
        Answer::Accepted(content) => content.spelling().to_owned(),
        other => panic!("{other:?}"),
    }
}

/// The older of the revisions fills in less.
fn expected(version: Version) -> &'static str {
    if version == Version::V2025_06_18 { r#"{"size":3}"# } else { r#"{"size":3,"unit":"m"}"# }
}

#[test]
fn a_form_is_completed_by_the_client_and_judged_by_the_server() {
    for version in [Version::V2025_06_18, Version::V2025_11_25] {
        let mut scene = open(version);
        request(&mut scene, Role::Server, Call::new(Method::Elicit).params(raw(ASKED)));
        let (theirs, message) = requested(&mut scene.client);
        let result = filled_in(message.params().expect("parameters"), version);
        scene.result(Role::Client, &theirs, &result);
        let answer = answered(&mut scene.server).1;
        assert_eq!(judged(answer.result().expect("a result"), version), expected(version));
    }
}

#[test]
fn a_form_in_a_result_is_completed_and_judged_in_the_same_way() {
    let mut scene = open(Version::LATEST);
    let (_, theirs) = call(&mut scene);
    let wanted = format!(r#"{{"k":{{"method":"elicitation/create","params":{ASKED}}}}}"#);
    let reply = Reply::InputRequired { requests: Some(raw(&wanted)), state: None };
    scene.respond(Role::Server, &theirs, reply).expect("declared");
    let Some(Event::InputRequired { message, .. }) = scene.client.event() else { panic!("none") };
    let asked = message.result().and_then(|result| result.get("inputRequests")?.get("k"));
    let asked = asked.and_then(|request| request.get("params")).expect("a form");
    let responses = format!(r#"{{"k":{}}}"#, filled_in(asked, Version::LATEST));
    let (now, client) = (scene.now, &mut scene.client.connection);
    client.retry(echo(), &message, Some(raw(&responses)), now).expect("open");
    scene.settle();
    let (_, again) = requested(&mut scene.server);
    let said = again.params().and_then(|params| params.get("inputResponses")?.get("k"));
    let said = said.expect("an answer");
    assert_eq!(check_input(Method::Elicit, said, Version::LATEST), Ok(()));
    assert_eq!(judged(said, Version::LATEST), expected(Version::LATEST));
}

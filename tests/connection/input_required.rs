//! Requests that need input first (MCP 2026-07-28, multi round-trip requests).

use mcp_engine::connection::{Call, Event, Reply};
use mcp_engine::version::{Role, Version};
use mcp_engine::{Error, Incompatible, Message, Method, Misuse, PeerRule, RequestId, json::Raw};

use crate::stage::{
    LEGACY, NOTHING, Scene, answered, broken, call, client, json, last, open, raw, request,
    requested, server,
};

const FORM: &str = r#"{"who":{"method":"elicitation/create","params":{"message":"?","requestedSchema":{"type":"object","properties":{}}}}}"#;
const ROOTS: &str = r#"{"r":{"method":"roots/list","params":{}}}"#;
const PARAMS: &str = r#"{"name":"ask","arguments":{"n":1.0}}"#;

fn ask<'a>() -> Call<'a> {
    Call::new(Method::CallTool).params(Raw::parse(PARAMS).expect("JSON"))
}

fn input<'a>(requests: Option<&'a str>, state: Option<&'a str>) -> Reply<'a> {
    Reply::InputRequired { requests: requests.map(raw), state }
}

/// A call for which the server needs this.
fn wanting(requests: Option<&str>, state: Option<&str>) -> (Scene, RequestId, Message) {
    let mut scene = open(Version::LATEST);
    request(&mut scene, Role::Client, ask());
    let (theirs, _) = requested(&mut scene.server);
    scene.respond(Role::Server, &theirs, input(requests, state)).expect("declared");
    let Some(Event::InputRequired { id, message }) = scene.client.event() else { panic!("none") };
    (scene, id, message)
}

fn retry(scene: &mut Scene, message: &Message, responses: Option<&str>) -> RequestId {
    let now = scene.now;
    let connection = &mut scene.client.connection;
    let id = connection.retry(ask(), message, responses.map(raw), now).expect("open");
    scene.settle();
    id
}

#[test]
fn the_original_request_comes_again_with_the_input_and_the_state() {
    let state = "opaque \" \\ \u{1F600} \n state";
    let (mut scene, first, message) = wanting(Some(FORM), Some(state));
    let responses = r#"{"who":{"action":"accept","content":{"a":"b"}}}"#;
    let second = retry(&mut scene, &message, Some(responses));
    assert_ne!(first, second, "with a new id");
    let params = last(&scene, Role::Client)["params"].clone();
    assert_eq!((&params["name"], &params["arguments"]), (&json("\"ask\""), &json(r#"{"n":1.0}"#)));
    assert_eq!(
        (&params["inputResponses"], &params["requestState"]),
        (&json(responses), &state.into())
    );
    let (theirs, _) = requested(&mut scene.server);
    scene.result(Role::Server, &theirs, NOTHING);
    assert_eq!(answered(&mut scene.client).0, second);
}

#[test]
fn the_state_is_brought_back_byte_for_byte() {
    let mut scene = open(Version::LATEST);
    let ours = request(&mut scene, Role::Client, ask());
    let state = r#""\u0061\/\ud83d\ude00""#;
    scene.hear(Role::Client, &format!(r#"{{"jsonrpc":"2.0","id":{ours},"result":{{"resultType":"input_required","requestState":{state}}}}}"#));
    let Some(Event::InputRequired { message, .. }) = scene.client.event() else { panic!("none") };
    retry(&mut scene, &message, None);
    let said = scene.sent_by(Role::Client).last().expect("a message").to_owned();
    assert!(said.contains(&format!(r#""requestState":{state}"#)), "{said}");
}

#[test]
fn without_a_state_none_is_sent() {
    let (mut scene, _, message) = wanting(Some(FORM), None);
    retry(&mut scene, &message, Some(r#"{"who":{"action":"decline"}}"#));
    assert!(last(&scene, Role::Client)["params"].get("requestState").is_none());
}

#[test]
fn with_a_state_alone_it_may_be_asked_again_at_once() {
    let (mut scene, _, message) = wanting(None, Some("s"));
    retry(&mut scene, &message, None);
    let params = last(&scene, Role::Client)["params"].clone();
    assert_eq!((&params["requestState"], params.get("inputResponses")), (&json("\"s\""), None));
}

#[test]
fn there_may_be_several_rounds() {
    let (mut scene, _, mut message) = wanting(Some(FORM), Some("0"));
    for round in 1..5 {
        retry(&mut scene, &message, Some(r#"{"who":{"action":"cancel"}}"#));
        let (theirs, asked) = requested(&mut scene.server);
        let state =
            asked.params().and_then(|params| params.get("requestState")).expect("brought back");
        assert_eq!(json(state.spelling()), (round - 1).to_string());
        let state = round.to_string();
        scene.respond(Role::Server, &theirs, input(Some(FORM), Some(&state))).expect("declared");
        message = match scene.client.event() {
            Some(Event::InputRequired { message, .. }) => message,
            other => panic!("{other:?}"),
        };
    }
}

#[test]
fn the_responses_to_input_requests_are_an_object() {
    let (mut scene, _, message) = wanting(Some(FORM), None);
    let now = scene.now;
    let refused = scene.client.connection.retry(ask(), &message, Some(raw("[]")), now);
    assert_eq!(refused, Err(Error::ApiMisuse(Misuse::NotAnObject)));
}

#[test]
fn only_three_methods_may_ask_for_input() {
    for (method, params, is_allowed) in [
        (Method::CallTool, r#"{"name":"a"}"#, true),
        (Method::GetPrompt, r#"{"name":"a"}"#, true),
        (Method::ReadResource, r#"{"uri":"a:b"}"#, true),
        (Method::ListTools, "{}", false),
        (Method::ListResources, "{}", false),
    ] {
        let mut scene = open(Version::LATEST);
        request(&mut scene, Role::Client, Call::new(method).params(raw(params)));
        let (theirs, _) = requested(&mut scene.server);
        let said = scene.respond(Role::Server, &theirs, input(Some(FORM), None));
        assert_eq!(said.is_ok(), is_allowed, "{method}");
    }
}

#[test]
fn a_client_takes_input_required_from_three_methods_alone() {
    for (method, is_allowed) in
        [(Method::ReadResource, true), (Method::ListTools, false), (Method::Complete, false)]
    {
        let mut scene = open(Version::LATEST);
        let params = raw(
            r#"{"uri":"a:b","ref":{"type":"ref/prompt","name":"p"},"argument":{"name":"a","value":""}}"#,
        );
        let ours = request(&mut scene, Role::Client, Call::new(method).params(params));
        scene.hear(Role::Client, &format!(r#"{{"jsonrpc":"2.0","id":{ours},"result":{{"resultType":"input_required","requestState":"s"}}}}"#));
        let expected: &[PeerRule] =
            if is_allowed { &[] } else { &[PeerRule::InputRequiredMisplaced] };
        assert_eq!(broken(&scene.client), expected, "{method}");
        let is_asked = matches!(scene.client.event(), Some(Event::InputRequired { .. }));
        assert_eq!(is_asked, is_allowed);
    }
}

#[test]
fn earlier_revisions_do_not_ask_for_input() {
    for version in LEGACY {
        let mut scene = open(version);
        let (_, theirs) = call(&mut scene);
        let refused = scene.respond(Role::Server, &theirs, input(None, Some("s")));
        assert_eq!(refused, Err(Error::PeerIncompatible(Incompatible::MethodOfVersion)));
        scene.result(Role::Server, &theirs, NOTHING);
    }
}

#[test]
fn a_server_does_not_ask_a_client_for_what_that_has_not_declared() {
    let url = r#"{"u":{"method":"elicitation/create","params":{"mode":"url","message":"?","url":"https://a"}}}"#;
    let sample =
        r#"{"s":{"method":"sampling/createMessage","params":{"messages":[],"maxTokens":1}}}"#;
    let tools = r#"{"s":{"method":"sampling/createMessage","params":{"messages":[],"maxTokens":1,"tools":[]}}}"#;
    for (declared, requests, is_allowed) in [
        ("{}", FORM, false),
        ("{}", ROOTS, false),
        ("{}", sample, false),
        (r#"{"roots":{}}"#, ROOTS, true),
        (r#"{"elicitation":{}}"#, FORM, true),
        (r#"{"elicitation":{}}"#, url, false),
        (r#"{"elicitation":{"form":{}}}"#, url, false),
        (r#"{"elicitation":{"url":{}}}"#, url, true),
        (r#"{"elicitation":{"url":{}}}"#, FORM, false),
        (r#"{"sampling":{}}"#, sample, true),
        (r#"{"sampling":{}}"#, tools, false),
        (r#"{"sampling":{"tools":{}}}"#, tools, true),
    ] {
        let mut scene = Scene::open(client().capabilities(raw(declared)), server());
        let (_, theirs) = call(&mut scene);
        let said = scene.respond(Role::Server, &theirs, input(Some(requests), None));
        let refused = Err(Error::PeerIncompatible(Incompatible::Capability));
        assert_eq!(said.is_ok(), is_allowed, "{declared} {requests}");
        assert!(is_allowed || said == refused, "{declared} {requests}");
    }
}

#[test]
fn there_is_something_to_bring_or_to_bring_back() {
    for (requests, state) in [(None, None), (Some("{}"), None), (Some("5"), Some("s"))] {
        let mut scene = open(Version::LATEST);
        let (_, theirs) = call(&mut scene);
        let refused = scene.respond(Role::Server, &theirs, input(requests, state));
        assert_eq!(refused, Err(Error::ApiMisuse(Misuse::InputRequest)), "{requests:?}");
    }
}

#[test]
fn an_input_request_names_a_method_that_can_be_embedded() {
    for odd in [
        r#"{"a":{"method":"ping"}}"#,
        r#"{"a":{"method":"tools/call"}}"#,
        r#"{"a":{"method":"no/such"}}"#,
        r#"{"a":{}}"#,
        r#"{"a":5}"#,
    ] {
        let mut scene = open(Version::LATEST);
        let (_, theirs) = call(&mut scene);
        let refused = scene.respond(Role::Server, &theirs, input(Some(odd), None));
        assert_eq!(refused, Err(Error::ApiMisuse(Misuse::InputRequest)), "{odd}");
    }
}

#[test]
fn a_server_that_wants_input_but_says_not_which_gave_no_valid_answer() {
    let mut scene = open(Version::LATEST);
    let (ours, _) = call(&mut scene);
    scene.hear(
        Role::Client,
        &format!(r#"{{"jsonrpc":"2.0","id":{ours},"result":{{"resultType":"input_required"}}}}"#),
    );
    assert_eq!(broken(&scene.client), [PeerRule::ResponseMalformed]);
    assert!(matches!(scene.client.event(), Some(Event::Failed { .. })));
}

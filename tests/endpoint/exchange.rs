//! One request and what is said in return.

use mcp_engine::connection::{Capabilities, Config, Delivery, LoggingLevel, Reply};
use mcp_engine::encode::Outcome;
use mcp_engine::endpoint::{Accepted, Endpoint};
use mcp_engine::version::Version;
use mcp_engine::{Error, Incompatible, Misuse, PeerRule};

use crate::{answered, call, endpoint, exchange, message, raw, request, text};

const INFO: &str =
    r#""_meta":{"io.modelcontextprotocol/serverInfo":{"name":"server","version":"2.0"}}"#;

#[test]
fn a_result_says_its_type_and_who_gave_it() {
    let mut out = Vec::new();
    let reply = Reply::Result(raw(r#"{"content":[]}"#));
    let answer = exchange(call("")).respond(reply, &mut out).expect("an answer");
    assert_eq!(answer.code, None);
    assert_eq!(
        text(&out),
        format!(
            r#"{{"jsonrpc":"2.0","id":7,"result":{{"resultType":"complete",{INFO},"content":[]}}}}"#
        )
    );
}

#[test]
fn a_listing_says_how_long_it_may_be_kept() {
    let mut out = Vec::new();
    let mut listing = exchange(request("1", "tools/list", "", ""));
    listing.respond(Reply::Result(raw(r#"{"tools":[],"ttlMs":5}"#)), &mut out).expect("an answer");
    let text = text(&out);
    assert!(text.contains(r#""cacheScope":"private""#), "{text}");
    assert!(text.contains(r#""ttlMs":5"#) && !text.contains(r#""ttlMs":0"#), "{text}");
}

#[test]
fn an_id_is_echoed_as_it_was_written() {
    for id in [r#""a\u0062""#, "-0", "9007199254740993", r#""""#] {
        let mut out = Vec::new();
        let mut exchange = exchange(request(id, "tools/call", r#""name":"x""#, ""));
        exchange.respond(Reply::Text("", Outcome::Success), &mut out).expect("an answer");
        assert!(text(&out).starts_with(&format!(r#"{{"jsonrpc":"2.0","id":{id},"#)));
    }
}

#[test]
fn discover_is_answered_by_the_endpoint_and_can_be_cached() {
    let (code, text) = answered(request("1", "server/discover", "", ""));
    assert_eq!(code, None);
    assert!(text.contains(r#""supportedVersions":["2026-07-28","2025-11-25""#), "{text}");
    assert!(text.contains(r#""ttlMs":0"#) && text.contains(r#""cacheScope":"private""#), "{text}");
}

#[test]
fn row_51_an_unknown_revision_is_refused_with_those_that_are_spoken() {
    let unknown = r#"{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"_meta":{
        "io.modelcontextprotocol/protocolVersion":"2199-01-01",
        "io.modelcontextprotocol/clientCapabilities":{}}}}"#;
    let (code, text) = answered(message(unknown));
    assert_eq!(code, Some(-32022));
    assert!(text.contains(r#""requested":"2199-01-01""#) && text.contains(r#""supported":["#));
}

#[test]
fn a_request_without_its_terms_is_refused() {
    let version = r#""io.modelcontextprotocol/protocolVersion":"2026-07-28""#;
    let capabilities = r#""io.modelcontextprotocol/clientCapabilities""#;
    for meta in [
        String::new(),
        version.to_owned(),
        format!("{capabilities}:{{}}"),
        format!("{version},{capabilities}:[]"),
        format!(r#""io.modelcontextprotocol/protocolVersion":1,{capabilities}:{{}}"#),
    ] {
        let text = format!(
            r#"{{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{{"_meta":{{{meta}}}}}}}"#
        );
        assert_eq!(answered(message(&text)).0, Some(-32602), "{meta}");
    }
}

#[test]
fn methods_of_the_legacy_era_are_not_found() {
    for method in ["initialize", "ping", "logging/setLevel", "resources/subscribe", "x/y"] {
        let (code, _) = answered(request("1", method, r#""uri":"a:b","level":"info""#, ""));
        assert_eq!(code, Some(-32601), "{method}");
    }
}

#[test]
fn row_52_a_method_behind_a_capability_that_is_not_offered_is_not_found() {
    assert_eq!(answered(request("1", "completion/complete", "", "")).0, Some(-32601));
}

#[test]
fn a_client_sends_neither_responses_nor_notifications_of_a_server() {
    for text in [
        r#"{"jsonrpc":"2.0","id":1,"result":{}}"#,
        r#"{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}"#,
    ] {
        let accepted = endpoint().accept(message(text), &mut Vec::new());
        let rule = PeerRule::MethodNotHere;
        assert!(
            matches!(accepted, Accepted::Refused(Error::PeerMisbehaved { rule: it, .. }) if it == rule)
        );
    }
}

#[test]
fn progress_is_told_with_the_token_of_the_request_and_must_increase() {
    let mut out = Vec::new();
    let mut exchange = exchange(call(r#""progressToken":"t""#));
    assert_eq!(exchange.progress(0.5, Some(2.0), Some("half"), &mut out), Ok(Delivery::Queued));
    assert_eq!(
        text(&out),
        r#"{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":"t","progress":0.5,"total":2,"message":"half"}}"#
    );
    for value in [0.5, 0.1, f64::NAN, f64::INFINITY] {
        let refused = exchange.progress(value, None, None, &mut out);
        assert_eq!(refused, Err(Error::ApiMisuse(Misuse::ProgressValue)));
    }
}

#[test]
fn progress_that_nobody_asked_for_is_dropped() {
    let mut out = Vec::new();
    assert_eq!(exchange(call("")).progress(1.0, None, None, &mut out), Ok(Delivery::Dropped));
    assert!(out.is_empty());
}

#[test]
fn log_messages_are_sent_from_the_level_that_the_request_asks_for() {
    let mut out = Vec::new();
    let content = raw(r#""text""#);
    let mut silent = exchange(call(""));
    assert_eq!(silent.log(LoggingLevel::Emergency, None, content, &mut out), Ok(Delivery::Dropped));
    let mut asking = exchange(call(r#""io.modelcontextprotocol/logLevel":"warning""#));
    assert_eq!(asking.log(LoggingLevel::Notice, None, content, &mut out), Ok(Delivery::Dropped));
    assert!(out.is_empty());
    let sent = asking.log(LoggingLevel::Warning, Some("db"), content, &mut out);
    assert_eq!(sent, Ok(Delivery::Queued));
    assert!(text(&out).ends_with(r#"{"level":"warning","logger":"db","data":"text"}}"#));
}

#[test]
fn input_is_asked_for_only_what_the_client_has_declared() {
    let ask = |requests| Reply::InputRequired { requests: Some(raw(requests)), state: Some("s\"") };
    let mut out = Vec::new();
    let mut exchange = exchange(call(""));
    let sampling = r#"{"k":{"method":"sampling/createMessage","params":{}}}"#;
    let refused = exchange.respond(ask(sampling), &mut out);
    assert_eq!(refused, Err(Error::PeerIncompatible(Incompatible::Capability)));
    let url = r#"{"k":{"method":"elicitation/create","params":{"mode":"url"}}}"#;
    let refused = exchange.respond(ask(url), &mut out);
    assert_eq!(refused, Err(Error::PeerIncompatible(Incompatible::Capability)));
    let form = r#"{"k":{"method":"elicitation/create","params":{"message":"?"}}}"#;
    exchange.respond(ask(form), &mut out).expect("an answer");
    let text = text(&out);
    assert!(
        text.contains(&format!(
            r#""resultType":"input_required",{INFO},"inputRequests":{form},"requestState":"s\"""#
        )),
        "{text}"
    );
}

#[test]
fn input_can_be_asked_for_by_three_methods_only_and_never_for_nothing() {
    let state = Reply::InputRequired { requests: None, state: Some("s") };
    let nothing = Reply::InputRequired { requests: None, state: None };
    let mut out = Vec::new();
    let mut listing = exchange(request("1", "tools/list", "", ""));
    assert!(listing.respond(state, &mut out).is_err());
    for (method, params) in [
        ("tools/call", r#""name":"x""#),
        ("prompts/get", r#""name":"x""#),
        ("resources/read", r#""uri":"a:b""#),
    ] {
        let mut exchange = exchange(request("1", method, params, ""));
        assert_eq!(
            exchange.respond(nothing, &mut out),
            Err(Error::ApiMisuse(Misuse::InputRequest))
        );
        assert!(exchange.respond(state, &mut out).is_ok());
    }
}

#[test]
fn a_capability_that_the_client_lacks_is_named_in_the_error() {
    let mut out = Vec::new();
    let needed = Capabilities::SAMPLING.with(Capabilities::ELICITATION_URL);
    let answer = exchange(call("")).respond(Reply::CapabilityRequired(needed), &mut out);
    assert_eq!(answer.expect("an answer").code, Some(-32021));
    let data = r#""data":{"requiredCapabilities":{"sampling":{},"elicitation":{"url":{}}}}"#;
    assert!(text(&out).contains(data), "{}", text(&out));
}

#[test]
fn a_resource_that_is_not_there_has_no_code_of_its_own_any_more() {
    let mut out = Vec::new();
    let mut read = exchange(request("1", "resources/read", r#""uri":"a:b""#, ""));
    let answer = read.respond(Reply::error(-32002, "no such resource"), &mut out);
    assert_eq!(answer.expect("an answer").code, Some(-32602));
}

#[test]
fn a_request_is_answered_once() {
    let mut out = Vec::new();
    let mut exchange = exchange(call(""));
    exchange.respond(Reply::Text("a", Outcome::Failure), &mut out).expect("an answer");
    let before = out.len();
    let again = exchange.respond(Reply::Text("b", Outcome::Success), &mut out);
    assert_eq!(again, Err(Error::ApiMisuse(Misuse::UnknownRequest)));
    assert!(exchange.progress(1.0, None, None, &mut out).is_err());
    assert_eq!(out.len(), before);
    assert!(text(&out).ends_with(r#""isError":true}}"#));
}

#[test]
fn an_endpoint_needs_a_server_that_speaks_a_modern_revision() {
    let client = Endpoint::new(Config::client("a", "1"));
    assert_eq!(client.err(), Some(Error::ApiMisuse(Misuse::WrongRole)));
    let legacy = Config::server("a", "1").versions([Version::LATEST_LEGACY]);
    assert_eq!(Endpoint::new(legacy).err(), Some(Error::ApiMisuse(Misuse::NoVersion)));
}

#[test]
fn an_extension_is_spoken_when_the_request_and_the_server_declare_it() {
    let name = "com.example/colours";
    let offered = format!(r#"{{"tools":{{}},"extensions":{{"{name}":{{}}}}}}"#);
    let config = Config::server("server", "2.0").capabilities(raw(&offered));
    let text = r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"t","_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{"extensions":{"com.example/colours":{"depth":8}}}}}}"#;
    for (text, expected) in [
        (text.to_owned(), Ok(r#"{"depth":8}"#)),
        (text.replace("colours\":{", "colors\":{"), Err(Incompatible::Extension)),
    ] {
        let mut endpoint = Endpoint::new(config.clone()).expect("an endpoint");
        let accepted = endpoint.accept(message(&text), &mut Vec::new());
        let Accepted::Exchange(exchange) = accepted else { panic!("{accepted:?}") };
        let settings = exchange.extension(name).map(|settings| settings.spelling());
        assert_eq!(settings, expected.map_err(Error::PeerIncompatible));
        let other = exchange.extension("com.example/other").map(drop);
        assert_eq!(other, Err(Error::ApiMisuse(Misuse::NotOffered)));
    }
}

//! What is refused before or without a look at a message; rows 67, 68, 71, 72 and 74.

use mcp_engine::http::{Gate, HttpLimits, Verb, Versions};

use crate::request::{Fields, POST, head, legacy, modern, post, refusal, request, sound_post};

const MODERN: (&str, &str) = ("MCP-Protocol-Version", "2026-07-28");
const DISCOVER: Fields<'static> = &[MODERN, ("Mcp-Method", "server/discover")];

fn gate(versions: Versions) -> Gate {
    Gate { versions, ..Gate::default() }
}

#[test]
fn bodies_that_are_no_message_are_refused_whatever_the_era() {
    for gate in [Gate::default(), gate(Versions::MODERN), gate(Versions::LEGACY)] {
        for (body, outcome) in [
            ("", "400 -32700 expected-value"),
            ("{", "400 -32700 unexpected-end"),
            ("[]", "400 -32600 empty-batch"),
            ("[1]", "400 -32600 not-an-object"),
            ("7", "400 -32600 not-an-object"),
            (r#"{"jsonrpc":"2.0","id":null,"method":"ping"}"#, "400 -32600 id-null"),
        ] {
            assert_eq!(sound_post(&gate, &[], body), outcome, "{body}");
        }
    }
}

#[test]
fn row_67_a_length_that_is_told_twice_is_400() {
    for fields in [
        [("content-length", "4"), ("content-length", "4")],
        [("content-length", "4"), ("Content-Length", "5")],
        [("content-length", "4"), ("transfer-encoding", "chunked")],
        [("content-length", "4, 4"), ("x", "")],
        [("content-length", "-4"), ("x", "")],
    ] {
        let outcome = sound_post(&Gate::default(), &fields, &legacy("initialize"));
        assert_eq!(outcome, "400 -32600 content-length");
    }
    let chunked: Fields<'_> = &[("transfer-encoding", "chunked")];
    assert_eq!(sound_post(&Gate::default(), chunked, &legacy("initialize")), "initialize");
}

#[test]
fn row_68_line_breaks_and_nul_in_a_header_are_400() {
    for value in ["a\r\nb: c", "a\nb", "a\rb", "a\0b", "a\r\n b"] {
        let fields = [POST, &[("x-forwarded", value)]].concat();
        assert_eq!(post(&Gate::default(), &fields, "{}"), "400 -32600 field-value");
    }
    for name in ["", "a b", "a:", "transfer-encoding ", "é", "a\nb"] {
        let fields = [POST, &[(name, "x")]].concat();
        assert_eq!(post(&Gate::default(), &fields, "{}"), "400 -32600 field-name", "{name}");
    }
}

#[test]
fn row_71_a_post_that_is_not_json_is_415() {
    let with = |content_type: Fields<'_>| {
        post(&Gate::default(), &[&POST[..1], content_type].concat(), &legacy("initialize"))
    };
    for other in [
        "text/plain",
        "multipart/form-data; boundary=x",
        "application/x-www-form-urlencoded",
        "application/jsonx",
        "application/json, text/plain",
        "text/plain; application/json",
        "application/json; charset=utf-16",
        "",
    ] {
        assert_eq!(with(&[("content-type", other)]), "415 -32600 content-type", "{other}");
    }
    assert_eq!(with(&[]), "415 -32600 content-type");
    let twice: Fields<'_> = &[POST[1], ("Content-Type", "text/plain")];
    assert_eq!(with(twice), "415 -32600 content-type");
    let spelled: Fields<'_> = &[("CONTENT-TYPE", "Application/JSON;charset=UTF-8")];
    assert_eq!(with(spelled), "initialize");
}

#[test]
fn row_72_a_body_above_the_cap_is_413_and_a_compressed_one_415() {
    let gate =
        Gate { limits: HttpLimits { body_bytes: 100, ..HttpLimits::default() }, ..Gate::default() };
    let body = legacy("initialize");
    let long = format!("{body}{}", " ".repeat(101 - body.len()));
    assert_eq!(sound_post(&gate, &[("content-length", "100")], &body), "initialize");
    assert_eq!(sound_post(&gate, &[("content-length", "101")], &body), "413 -32600 body-bytes");
    assert_eq!(sound_post(&gate, &[], &long[..100]), "initialize");
    assert_eq!(sound_post(&gate, &[], &long), "413 -32600 body-bytes");
    let lying: Fields<'_> = &[("content-length", "5")];
    assert_eq!(sound_post(&gate, lying, &long), "413 -32600 body-bytes");
    for coding in ["gzip", "br", "identity, gzip", "x"] {
        let outcome = sound_post(&gate, &[("content-encoding", coding)], &body);
        assert_eq!(outcome, "415 -32600 content-encoding", "{coding}");
    }
    assert_eq!(sound_post(&gate, &[("content-encoding", "Identity")], &body), "initialize");
}

#[test]
fn a_legacy_client_must_take_json_and_events_a_modern_one_either() {
    let gate = Gate::default();
    let with = |accept: &str, fields: Fields<'_>, body: &str| {
        post(&gate, &[&POST[..2], &[("accept", accept)], fields].concat(), body)
    };
    let (old, new) = (legacy("initialize"), modern("server/discover", ""));
    for accept in ["application/json", "text/event-stream", "text/*", "text/event-stream;q=1"] {
        assert_eq!(with(accept, &[], &old), "406 -32600 not-acceptable", "{accept}");
        assert_eq!(with(accept, DISCOVER, &new), "exchange 2026-07-28, answered", "{accept}");
    }
    for accept in ["*/*", "application/*, text/*", "text/event-stream, application/json;q=0.5"] {
        assert_eq!(with(accept, &[], &old), "initialize", "{accept}");
    }
    for accept in ["text/html", "", "application/json;q=0"] {
        assert_eq!(with(accept, DISCOVER, &new), "406 -32600 not-acceptable", "{accept}");
    }
    assert_eq!(post(&gate, &POST[..2], &old), "initialize", "no Accept means anything");
}

#[test]
fn row_74_other_methods_without_a_session_are_405_or_400() {
    let gate = Gate::default();
    let session: Fields<'_> = &[("mcp-session-id", "s")];
    let both = [POST, session].concat();
    for name in ["HEAD", "OPTIONS", "PUT", "PATCH", "TRACE", "CONNECT", "post", "get", ""] {
        assert_eq!(Verb::from_name(name), Verb::Other);
    }
    assert_eq!(request(&gate, Verb::Other, &both, ""), "405 -32600 http-method");
    assert_eq!(request(&gate, Verb::Get, POST, ""), "400 -32600 session-missing");
    assert_eq!(request(&gate, Verb::Delete, POST, ""), "400 -32600 session-missing");
    assert_eq!(request(&gate, Verb::Get, &both, ""), "stream of s behind the start");
    assert_eq!(request(&gate, Verb::Delete, &both, ""), "close s");
    let resumed = [&both[..], &[("last-event-id", "1-2")]].concat();
    assert_eq!(request(&gate, Verb::Get, &resumed, ""), "stream of s behind 1-2");
    let json_only: Fields<'_> = &[POST[0], ("accept", "application/json"), session[0]];
    assert_eq!(request(&gate, Verb::Get, json_only, ""), "406 -32600 stream-not-acceptable");
    let twice = [&both[..], session].concat();
    assert_eq!(request(&gate, Verb::Get, &twice, ""), "400 -32600 field-repeated");
    let twice = [&resumed[..], &[("last-event-id", "1-2")]].concat();
    assert_eq!(request(&gate, Verb::Get, &twice, ""), "400 -32600 field-repeated");
}

#[test]
fn the_modern_era_has_neither_get_nor_delete() {
    let both = [POST, &[("mcp-session-id", "s"), MODERN]].concat();
    for verb in [Verb::Get, Verb::Delete] {
        assert_eq!(request(&Gate::default(), verb, &both, ""), "405 -32600 http-method");
        let new = gate(Versions::MODERN);
        assert_eq!(request(&new, verb, &both[..4], ""), "405 -32600 http-method");
    }
    // The modern era ignores the headers of sessions and of resumption.
    let extra: Fields<'_> =
        &[DISCOVER[0], DISCOVER[1], ("mcp-session-id", "s"), ("last-event-id", "x")];
    let body = modern("server/discover", "");
    assert_eq!(sound_post(&Gate::default(), extra, &body), "exchange 2026-07-28, answered");
}

#[test]
fn a_405_says_which_methods_there_are() {
    let allow = |gate: &Gate, fields: Fields<'_>, verb| {
        let head = head(gate, fields).expect("sound");
        let rejection = gate.admit(verb, &head).expect_err("refused");
        assert_eq!(refusal(&rejection), "405 -32600 http-method");
        rejection.header()
    };
    let all = Some(("allow", "GET, POST, DELETE"));
    assert_eq!(allow(&Gate::default(), POST, Verb::Other), all);
    assert_eq!(allow(&gate(Versions::MODERN), POST, Verb::Get), Some(("allow", "POST")));
    let modern = [POST, &[MODERN]].concat();
    assert_eq!(allow(&Gate::default(), &modern, Verb::Get), Some(("allow", "POST")));
}

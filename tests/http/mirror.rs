//! Row 79: the headers that repeat a request, made by a client and checked by a server.

use mcp_engine::http::{
    Gate, HttpRule, Outgoing, Peer, Verb, Versions, check_mirror, decode_value, encode_value,
    mirror, request_headers,
};
use mcp_engine::version::Version;
use proptest::prelude::*;
use serde_json::json;

use crate::request::{Fields, META, POST, cases, head, message, modern, sound_post};

const MODERN: (&str, &str) = ("MCP-Protocol-Version", "2026-07-28");
const TAKEN: &str = "exchange 2026-07-28, answered";

fn with(headers: Fields<'_>, body: &str) -> String {
    sound_post(&Gate::default(), &[&[MODERN], headers].concat(), body)
}

#[test]
fn row_79_a_header_that_is_missing_is_refused() {
    let call = modern("tools/call", r#""name":"echo""#);
    assert_eq!(with(&[("mcp-name", "echo")], &call), "400 -32020 header-missing");
    assert_eq!(with(&[("mcp-method", "tools/call")], &call), "400 -32020 header-missing");
    for (method, params) in [
        ("prompts/get", r#""name":"p""#),
        ("resources/read", r#""uri":"x:y""#),
        ("tasks/get", r#""taskId":"t""#),
        ("tasks/update", r#""taskId":"t""#),
        ("tasks/cancel", r#""taskId":"t""#),
    ] {
        let outcome = with(&[("mcp-method", method)], &modern(method, params));
        assert_eq!(outcome, "400 -32020 header-missing", "{method}");
    }
}

#[test]
fn row_79_a_header_that_says_something_else_is_refused() {
    let call = modern("tools/call", r#""name":"echo""#);
    let fields = |method, name| with(&[("mcp-method", method), ("mcp-name", name)], &call);
    assert_eq!(fields("tools/call", "echo"), TAKEN);
    for (method, name) in [
        ("tools/list", "echo"),
        ("TOOLS/CALL", "echo"),
        ("tools\\/call", "echo"),
        ("", "echo"),
        ("tools/call", "Echo"),
        ("tools/call", ""),
        ("tools/call", "echo,echo"),
        ("tools/call", "=?BASE64?ZWNobw==?="),
        ("=?base64?dG9vbHMvY2FsbA==?=", "echo"),
    ] {
        assert_eq!(fields(method, name), "400 -32020 header-mismatch", "{method} {name}");
    }
    for name in ["\u{e9}cho", "echo\u{7f}", "ec\u{1}ho"] {
        assert_eq!(fields("tools/call", name), "400 -32020 header-characters", "{name}");
        assert_eq!(fields(name, "echo"), "400 -32020 header-characters", "{name}");
    }
    assert_eq!(fields("tools/call", "=?base64?ZWNobw?="), "400 -32020 header-encoding");
}

#[test]
fn row_79_a_header_that_came_twice_is_refused() {
    let call = modern("tools/call", r#""name":"echo""#);
    let method = ("mcp-method", "tools/call");
    let name = ("mcp-name", "echo");
    assert_eq!(with(&[method, method, name], &call), "400 -32020 header-repeated");
    assert_eq!(with(&[method, name, ("MCP-NAME", "other")], &call), "400 -32020 header-repeated");
    assert_eq!(with(&[MODERN, method, name], &call), "400 -32020 header-repeated");
}

#[test]
fn names_of_headers_ignore_case_and_white_space_around_values_does_not_count() {
    let call = modern("tools/call", r#""name":"echo""#);
    for method in ["mcp-method", "MCP-METHOD", "McP-mEtHoD"] {
        let fields: Fields<'_> = &[(method, " \ttools/call \t"), ("Mcp-Name", "  echo ")];
        assert_eq!(with(fields, &call), TAKEN);
    }
}

#[test]
fn a_name_is_compared_with_what_the_body_means() {
    let escaped = modern("tools/call", r#""name":"caf\u00e9 \/""#);
    let fields = |name| with(&[("mcp-method", "tools/call"), ("mcp-name", name)], &escaped);
    assert_eq!(fields("=?base64?Y2Fmw6kgLw==?="), TAKEN);
    assert_eq!(fields("=?base64?Y2FmZSAv?="), "400 -32020 header-mismatch");
    let escaped = modern("tools\\/call", r#""name":"echo""#);
    let fields: Fields<'_> = &[("mcp-method", "tools/call"), ("mcp-name", "echo")];
    assert_eq!(with(fields, &escaped), TAKEN);
}

#[test]
fn a_header_for_nothing_in_the_body_is_refused_where_it_means_something() {
    let nameless = modern("tools/call", "");
    let call = ("mcp-method", "tools/call");
    assert_eq!(with(&[call], &nameless), TAKEN, "the handler refuses it as it does over stdio");
    assert_eq!(with(&[call, ("mcp-name", "")], &nameless), "400 -32020 header-mismatch");
    let number = modern("tools/call", r#""name":5"#);
    assert_eq!(with(&[call, ("mcp-name", "5")], &number), "400 -32020 header-mismatch");
    let list: Fields<'_> = &[("mcp-method", "tools/list"), ("mcp-name", "ignored")];
    assert_eq!(with(list, &modern("tools/list", r#""name":"x""#)), TAKEN);
}

#[test]
fn a_method_that_no_header_can_carry_is_not_sent() {
    for method in ["a\\r\\nb", "\\u0000", "é", " x", "x\\t"] {
        let body = modern(method, "");
        let refused = mirror(message(&body).as_ref(), &[], |_, _| {}).expect_err("refused");
        assert_eq!(refused.name(), HttpRule::HeaderCharacters.name());
        assert!(refused.to_string().contains("Mcp-Method"));
    }
}

#[test]
fn a_client_sends_what_a_server_takes() {
    for (method, params) in [
        ("server/discover", ""),
        ("tools/list", r#""cursor":"""#),
        ("tools/call", r#""name":"caf\u00e9""#),
        ("prompts/get", r#""name":" p ""#),
        ("resources/read", r#""uri":"test://a/=?base64?=""#),
        ("tasks/cancel", r#""taskId":"\u0000""#),
        ("subscriptions/listen", r#""notifications":{}"#),
        ("unknown/method", ""),
    ] {
        let body = modern(method, params);
        let message = message(&body);
        let outgoing = Outgoing::Post { message: message.as_ref(), params: &[] };
        let peer = Peer::Modern(Version::V2026_07_28);
        let mut sent = vec![("host".to_owned(), "localhost".to_owned())];
        request_headers(peer, outgoing, |name, value| sent.push((name.into(), value.into())))
            .expect("it can be sent");
        let fields: Vec<_> =
            sent.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(crate::request::post(&Gate::default(), &fields, &body), TAKEN, "{method}");
        let new = Gate { versions: Versions::MODERN, ..Gate::default() };
        assert_eq!(crate::request::request(&new, Verb::Post, &fields, &body), TAKEN);
    }
}

#[test]
fn a_client_does_not_send_a_header_that_meta_contradicts() {
    let body = modern("tools/list", "").replace("2026-07-28", "2027-01-01");
    let message = message(&body);
    let outgoing = Outgoing::Post { message: message.as_ref(), params: &[] };
    let refused = request_headers(Peer::Modern(Version::LATEST), outgoing, |_, _| {});
    assert_eq!(refused.expect_err("refused").name(), "meta-version");
}

#[test]
fn a_refusal_names_the_header_and_not_what_was_in_it() {
    let gate = Gate::default();
    let call = message(&modern("tools/call", r#""name":"echo""#));
    let fields = [POST, &[("mcp-method", "tools/call"), ("mcp-name", "<secret>")]].concat();
    let head = head(&gate, &fields).expect("sound");
    let rejection = check_mirror(&head, call.as_ref()).expect_err("refused");
    let text = rejection.to_string();
    assert_eq!(text, "Header mismatch: the header differs from the value in the body (Mcp-Name)");
    let mut out = Vec::new();
    rejection.write(&mut out, call.id().map(|id| id.to_owned()).as_ref());
    let body: serde_json::Value = serde_json::from_slice(&out).expect("JSON");
    assert_eq!(body, json!({"jsonrpc":"2.0","id":1,"error":{"code":-32020,"message":text}}));
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn any_text_becomes_a_safe_value_and_comes_back(text in any::<String>()) {
        let value = encode_value(&text);
        prop_assert!(value.bytes().all(|byte| matches!(byte, b' '..=b'~')));
        prop_assert_eq!(value.trim(), &*value);
        prop_assert_eq!(decode_value(value.as_bytes()).expect("sound"), &*text);
    }

    #[test]
    fn texts_that_look_like_the_sentinel_come_back(text in "(=\\?base64\\?)?[A-Za-z0-9+/=? ]{0,12}(\\?=)?") {
        let value = encode_value(&text);
        prop_assert_eq!(decode_value(value.as_bytes()).expect("sound"), &*text);
    }

    #[test]
    fn two_texts_never_have_one_value(one in ".{0,4}", other in ".{0,4}") {
        prop_assert_eq!(encode_value(&one) == encode_value(&other), one == other);
    }

    #[test]
    fn what_a_client_makes_of_any_name_a_server_takes(name in any::<String>(), what in 0..5usize) {
        let (method, key) = [
            ("tools/call", "name"), ("prompts/get", "name"), ("resources/read", "uri"),
            ("tasks/get", "taskId"), ("tasks/update", "taskId"),
        ][what];
        let body = modern(method, &format!("{}:{}", json!(key), json!(name)));
        let message = message(&body);
        let mut sent = vec![MODERN.0.to_owned(), MODERN.1.to_owned()];
        mirror(message.as_ref(), &[], |name, value| sent.extend([name.into(), value.into()]))
            .expect("it can be sent");
        let fields: Vec<_> = sent.chunks(2).map(|pair| (&*pair[0], &*pair[1])).collect();
        prop_assert_eq!(sound_post(&Gate::default(), &fields, &body), TAKEN);
        prop_assert!(body.contains(META));
    }
}

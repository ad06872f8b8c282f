//! Which era a request belongs to, and in what order it is judged.

use mcp_engine::http::{Admitted, Body, Gate, Route, SessionMode, Verb, Versions};
use mcp_engine::version::Version;

use crate::request::{Fields, META, POST, head, legacy, modern, request, sound_post};

const MODERN: (&str, &str) = ("MCP-Protocol-Version", "2026-07-28");
const DISCOVER: Fields<'static> = &[MODERN, ("Mcp-Method", "server/discover")];

fn gate(versions: Versions) -> Gate {
    Gate { versions, ..Gate::default() }
}

#[test]
fn a_modern_request_is_judged_in_the_order_of_the_specification() {
    let gate = Gate::default();
    let both = |header: Fields<'_>, meta: &str| {
        let body =
            r#"{"jsonrpc":"2.0","id":1,"method":"server/discover","params":{"_meta":{META}}}"#;
        sound_post(&gate, header, &body.replace("META", meta))
    };
    let version = r#""io.modelcontextprotocol/protocolVersion":"#;
    let capable = r#""io.modelcontextprotocol/clientCapabilities":{}"#;
    let meta = |named: &str| format!("{version}{named},{capable}");
    let wrong_method: Fields<'_> = &[MODERN, ("mcp-method", "tools/list")];
    let v999: Fields<'_> = &[("mcp-protocol-version", "v999.0.0")];

    assert_eq!(both(&[], &meta("\"2026-07-28\"")), "400 -32020 version-missing");
    assert_eq!(both(&[], &format!("{version}7")), "400 -32020 version-missing");
    assert_eq!(both(wrong_method, ""), "400 -32602 meta-version");
    assert_eq!(both(wrong_method, &meta("7")), "400 -32602 meta-version");
    let lacking = format!("{version}\"v999.0.0\"");
    assert_eq!(both(wrong_method, &lacking), "400 -32602 meta-capabilities");
    let wrong = format!("{lacking},{}", capable.replace("{}", "[]"));
    assert_eq!(both(wrong_method, &wrong), "400 -32602 meta-capabilities");
    let other = format!("{lacking},{}", r#""io.modelcontextprotocol/subscriptionId":{}"#);
    assert_eq!(both(wrong_method, &other), "400 -32602 meta-capabilities");
    assert_eq!(both(wrong_method, &meta("\"v999.0.0\"")), "400 -32020 version-mismatch");
    assert_eq!(both(v999, &meta("\"v999.0.0\"")), "400 -32022 version-unsupported");
    assert_eq!(both(wrong_method, &meta("\"2026-07-28\"")), "400 -32020 header-mismatch");
    assert_eq!(both(DISCOVER, &meta("\"2026-07-28\"")), "exchange 2026-07-28, answered");
    assert_eq!(both(DISCOVER, &meta("\"2026\\u002d07-28\"")), "exchange 2026-07-28, answered");
}

#[test]
fn the_version_header_alone_makes_a_request_modern() {
    let gate = Gate::default();
    let bare = legacy("server/discover");
    assert_eq!(sound_post(&gate, DISCOVER, &bare), "400 -32602 meta-version");
    let unknown: Fields<'_> = &[("mcp-protocol-version", "1999-01-01")];
    assert_eq!(sound_post(&gate, unknown, &bare), "400 -32602 meta-version");
    let twice: Fields<'_> = &[MODERN, MODERN];
    let body = modern("server/discover", "");
    assert_eq!(sound_post(&gate, twice, &body), "400 -32020 header-repeated");
}

#[test]
fn a_version_of_the_other_era_in_meta_is_not_served_without_a_handshake() {
    let body = modern("tools/list", "").replace("2026-07-28", "2025-11-25");
    let fields: Fields<'_> =
        &[("mcp-protocol-version", "2025-11-25"), ("mcp-method", "tools/list")];
    assert_eq!(sound_post(&Gate::default(), fields, &body), "400 -32022 version-unsupported");
}

#[test]
fn removed_methods_are_404_and_unknown_ones_are_for_the_handlers() {
    let gate = Gate::default();
    for method in [
        "initialize",
        "ping",
        "logging/setLevel",
        "resources/subscribe",
        "resources/unsubscribe",
        "sampling/createMessage",
        "roots/list",
        "elicitation/create",
        "tasks/list",
        "tasks/result",
    ] {
        let fields: Fields<'_> = &[MODERN, ("mcp-method", method)];
        let outcome = sound_post(&gate, fields, &modern(method, ""));
        assert_eq!(outcome, "404 -32601 method-removed", "{method}");
    }
    for method in ["tools/list", "subscriptions/listen", "unknown/method", "skills/list"] {
        let fields: Fields<'_> = &[MODERN, ("mcp-method", method)];
        let outcome = sound_post(&gate, fields, &modern(method, ""));
        assert_eq!(outcome, "exchange 2026-07-28, answered", "{method}");
    }
}

#[test]
fn clients_of_the_modern_era_send_no_responses() {
    for body in [
        r#"{"jsonrpc":"2.0","id":1,"result":{"resultType":"2026-07-28"}}"#,
        r#"{"jsonrpc":"2.0","id":1,"error":{"code":1,"message":""}}"#,
    ] {
        let outcome = sound_post(&Gate::default(), &[MODERN], body);
        assert_eq!(outcome, "400 -32600 not-from-client");
    }
}

#[test]
fn a_modern_notification_needs_no_headers_but_those_it_has_must_be_right() {
    let gate = Gate::default();
    let body = format!(r#"{{"jsonrpc":"2.0","method":"notifications/x","params":{{{META}}}}}"#);
    let named: Fields<'_> = &[MODERN, ("mcp-method", "notifications/x")];
    let wrong: Fields<'_> = &[MODERN, ("mcp-method", "notifications/y")];
    let other: Fields<'_> = &[("mcp-protocol-version", "2027-01-01")];
    for fields in [&[], named, &[MODERN]] {
        assert_eq!(sound_post(&gate, fields, &body), "exchange 2026-07-28, 202");
    }
    assert_eq!(sound_post(&gate, wrong, &body), "400 -32020 header-mismatch");
    assert_eq!(sound_post(&gate, other, &body), "400 -32020 version-mismatch");
    let bare = r#"{"jsonrpc":"2.0","method":"notifications/cancelled"}"#;
    assert_eq!(sound_post(&gate, &[MODERN], bare), "exchange 2026-07-28, 202");
    assert_eq!(sound_post(&gate, other, bare), "400 -32022 version-unsupported");
}

#[test]
fn a_legacy_client_initializes_and_then_names_its_session() {
    let gate = Gate::default();
    let session: Fields<'_> = &[("mcp-session-id", "abc")];
    let named: Fields<'_> = &[("mcp-session-id", "abc"), ("mcp-protocol-version", "2025-06-18")];
    assert_eq!(sound_post(&gate, &[], &legacy("initialize")), "initialize");
    assert_eq!(sound_post(&gate, &[], &legacy("ping")), "400 -32600 session-missing");
    let ping = legacy("ping");
    assert_eq!(sound_post(&gate, session, &ping), "session abc 2025-03-26, answered");
    assert_eq!(sound_post(&gate, named, &ping), "session abc 2025-06-18, answered");
    let again = sound_post(&gate, named, &legacy("initialize"));
    assert_eq!(again, "session abc 2025-06-18, answered", "the session says that it has begun");
    for silent in [
        r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#,
        r#"{"jsonrpc":"2.0","id":1,"result":{}}"#,
        r#"{"jsonrpc":"2.0","id":1,"error":{"code":-1,"message":"no"}}"#,
    ] {
        assert_eq!(sound_post(&gate, named, silent), "session abc 2025-06-18, 202");
    }
}

#[test]
fn legacy_version_headers_must_name_a_version_that_is_served() {
    let old = gate(Versions::LEGACY);
    for name in ["2026-07-28", "1999-01-01", "latest", ""] {
        let fields: Fields<'_> = &[("mcp-protocol-version", name), ("mcp-session-id", "s")];
        let outcome = sound_post(&old, fields, &legacy("ping"));
        assert_eq!(outcome, "400 -32600 version-invalid", "{name}");
    }
    let one = gate(Versions::only(Version::V2025_06_18));
    let fields: Fields<'_> = &[("mcp-protocol-version", "2025-11-25"), ("mcp-session-id", "s")];
    assert_eq!(sound_post(&one, fields, &legacy("ping")), "400 -32600 version-invalid");
    assert_eq!(sound_post(&one, &fields[..1], &legacy("initialize")), "initialize");
}

#[test]
fn a_server_of_one_era_refuses_the_other_and_names_its_versions() {
    let new = gate(Versions::MODERN);
    assert_eq!(sound_post(&new, &[], &legacy("initialize")), "400 -32020 version-missing");
    let fields: Fields<'_> = &[("mcp-protocol-version", "2025-06-18")];
    let outcome = sound_post(&new, fields, &legacy("initialize"));
    assert_eq!(outcome, "400 -32022 version-unsupported");
    // A server without the modern era reads `_meta` as any other unknown member.
    let old = gate(Versions::LEGACY);
    let outcome = sound_post(&old, &[], &modern("server/discover", ""));
    assert_eq!(outcome, "400 -32600 session-missing");
    assert_eq!(
        sound_post(&old, DISCOVER, &modern("server/discover", "")),
        "400 -32600 version-invalid"
    );
}

#[test]
fn a_server_without_sessions_takes_each_message_alone() {
    let gate = Gate { sessions: SessionMode::Stateless, ..Gate::default() };
    let session: Fields<'_> = &[("mcp-session-id", "ignored")];
    assert_eq!(sound_post(&gate, session, &legacy("ping")), "session none 2025-03-26, answered");
    assert_eq!(sound_post(&gate, session, &legacy("initialize")), "initialize");
    for verb in [Verb::Get, Verb::Delete] {
        assert_eq!(request(&gate, verb, POST, ""), "405 -32600 http-method");
    }
}

#[test]
fn batches_are_taken_under_2025_03_26_alone() {
    let gate = Gate::default();
    let batch = format!("[{},{}]", legacy("ping"), r#"{"jsonrpc":"2.0","method":"x"}"#);
    let with = |version: &str| {
        let fields: Fields<'_> = &[("mcp-session-id", "s"), ("mcp-protocol-version", version)];
        sound_post(&gate, fields, &batch)
    };
    let session: Fields<'_> = &[("mcp-session-id", "s")];
    assert_eq!(sound_post(&gate, session, &batch), "session s 2025-03-26, answered");
    assert_eq!(with("2025-03-26"), "session s 2025-03-26, answered");
    for version in ["2024-11-05", "2025-06-18", "2025-11-25", "2026-07-28"] {
        assert_eq!(with(version), "400 -32600 batch", "{version}");
    }
    let silent = r#"[{"jsonrpc":"2.0","id":1,"result":{}},{"jsonrpc":"2.0","method":"x"}]"#;
    assert_eq!(sound_post(&gate, session, silent), "session s 2025-03-26, 202");
    let faulty = r#"[{"jsonrpc":"2.0","method":"x"},{"jsonrpc":"2.0","id":1,"method":7}]"#;
    assert_eq!(sound_post(&gate, session, faulty), "session s 2025-03-26, answered");
    let opening = format!("[{}]", legacy("initialize"));
    assert_eq!(sound_post(&gate, session, &opening), "400 -32600 initialize-in-batch");
    assert_eq!(sound_post(&self::gate(Versions::MODERN), &[MODERN], &batch), "400 -32600 batch");
}

#[test]
fn a_session_that_negotiated_another_version_takes_no_batch() {
    let gate = Gate::default();
    let fields = [POST, &[("mcp-session-id", "s")]].concat();
    let head = head(&gate, &fields).expect("sound");
    let Ok(Admitted::Post(post)) = gate.admit(Verb::Post, &head) else { panic!("admitted") };
    let messages = crate::request::messages(&format!("[{}]", legacy("ping")));
    let Ok(Route::Session(batch)) = post.route(Body::of(&messages).expect("a batch")) else {
        panic!("routed")
    };
    for version in Version::ALL {
        let taken = batch.settle(Some(version)).is_ok();
        assert_eq!(taken, version == Version::V2025_03_26, "{version}");
    }
}

//! Rows 69 and 70: hosts and origins.

use mcp_engine::http::{Gate, HostPolicy, Verb};

use crate::request::{Fields, head, legacy, refusal, request};

/// What becomes of a request with these headers at every way into a server.
fn checked(policy: &HostPolicy, fields: Fields<'_>) -> String {
    let gate = Gate { hosts: policy.clone(), ..Gate::default() };
    let head = head(&gate, fields).expect("a sound head");
    let alone = policy.check(&head).map_or_else(|rejection| refusal(&rejection), |()| "ok".into());
    let others: Fields<'_> =
        &[("content-type", "application/json"), ("accept", "*/*"), ("mcp-session-id", "s")];
    for verb in [Verb::Post, Verb::Get, Verb::Delete, Verb::Other] {
        let whole = request(&gate, verb, &[fields, others].concat(), &legacy("ping"));
        let refused = ["host", "origin"].iter().any(|rule| whole.contains(rule));
        assert_eq!(refused, alone != "ok", "{verb:?} {whole}");
        assert!(!refused || whole == alone, "{verb:?} {whole}");
    }
    alone
}

const FOREIGN: &str = "403 -32600 host-foreign";
const MALFORMED: &str = "400 -32600 host-malformed";
const MISSING: &str = "400 -32600 host-missing";
const ORIGIN: &str = "403 -32600 origin-foreign";

#[test]
fn row_69_loopback_hosts_are_served_at_any_port() {
    for host in [
        "localhost",
        "LOCALHOST:1",
        "localhost:65535",
        "127.0.0.1",
        "127.0.0.1:8080",
        "[::1]",
        "[::1]:8080",
        "[0:0:0:0:0:0:0:1]:80",
    ] {
        assert_eq!(checked(&HostPolicy::default(), &[("Host", host)]), "ok", "{host}");
    }
}

#[test]
fn row_69_foreign_hosts_are_refused() {
    for host in [
        "evil.com",
        "evil.example.com:3000",
        "localhost.evil.com",
        "localhost.",
        "127.0.0.1.evil.com",
        "127.0.0.2",
        "127.1",
        "2130706433",
        "0x7f.1",
        "0.0.0.0",
        "[::]",
        "[::2]",
        "[::ffff:127.0.0.1]",
        "xn--localhost",
        "localhost-evil",
    ] {
        assert_eq!(checked(&HostPolicy::default(), &[("host", host)]), FOREIGN, "{host}");
    }
}

#[test]
fn row_69_hosts_that_could_be_read_in_two_ways_are_malformed() {
    for host in [
        "",
        " ",
        ":80",
        "localhost:",
        "localhost:http",
        "localhost:080",
        "localhost:65536",
        "user@localhost",
        "localhost@evil.com",
        "evil.com#@localhost",
        "localhost/evil",
        "localhost%2eevil",
        "[::1",
        "::1",
        "[::1]evil",
        "localhost:80:80",
        "localhost evil",
        "localhost,evil",
        "evil\\@localhost",
    ] {
        assert_eq!(checked(&HostPolicy::default(), &[("host", host)]), MALFORMED, "{host}");
    }
}

#[test]
fn row_69_a_host_that_is_missing_or_came_twice_is_refused() {
    assert_eq!(checked(&HostPolicy::default(), &[]), MISSING);
    let twice: Fields<'_> = &[("host", "localhost"), ("Host", "localhost")];
    assert_eq!(checked(&HostPolicy::default(), twice), MISSING);
    let evil_first: Fields<'_> = &[("host", "evil.com"), ("Host", "localhost")];
    assert_eq!(checked(&HostPolicy::default().any_host(), evil_first), MISSING);
}

#[test]
fn row_70_an_absent_origin_and_origins_of_this_machine_are_fine() {
    for origin in [
        "http://localhost",
        "http://localhost:3000",
        "https://LOCALHOST:443",
        "http://127.0.0.1:80",
        "https://[::1]:8443",
    ] {
        let fields: Fields<'_> = &[("host", "localhost"), ("origin", origin)];
        assert_eq!(checked(&HostPolicy::default(), fields), "ok", "{origin}");
    }
    assert_eq!(checked(&HostPolicy::default(), &[("host", "localhost")]), "ok");
}

#[test]
fn row_70_foreign_origins_are_refused() {
    for origin in [
        "null",
        "",
        "http://evil.com",
        "http://evil.example.com:3000",
        "http://127.0.0.1.evil",
        "http://localhost.evil.com",
        "http://user@localhost",
        "http://localhost@evil.com",
        "http://localhost/",
        "http://localhost#@evil",
        "localhost",
        "//localhost",
        "file://",
        "file://localhost",
        "ws://localhost",
        "http://localhost http://localhost",
        "http:localhost",
        "http://localhost:",
        "http://127.1",
        "HTTP://LOCALHOST.EVIL",
        "http://[::1",
        "http://::1",
    ] {
        let fields: Fields<'_> = &[("host", "localhost"), ("origin", origin)];
        assert_eq!(checked(&HostPolicy::default(), fields), ORIGIN, "{origin}");
    }
    let twice: Fields<'_> =
        &[("host", "localhost"), ("origin", "http://localhost"), ("origin", "http://localhost")];
    assert_eq!(checked(&HostPolicy::default(), twice), ORIGIN);
}

#[test]
fn hosts_and_origins_are_allowed_exactly_or_at_any_port() {
    let policy = HostPolicy::nothing()
        .allow_host("mcp.example.com")
        .and_then(|policy| policy.allow_host("any.example.com:*"))
        .and_then(|policy| policy.allow_host("[fd00::1]:8443"))
        .and_then(|policy| policy.allow_origin("https://app.example.com"))
        .and_then(|policy| policy.allow_origin("http://dev.example.com:*"))
        .and_then(|policy| policy.allow_origin("vscode-webview://abc"))
        .expect("sound patterns");
    let host = |host| checked(&policy, &[("host", host)]);
    for allowed in ["mcp.example.com", "MCP.Example.com", "any.example.com:1", "[FD00:0::1]:8443"] {
        assert_eq!(host(allowed), "ok", "{allowed}");
    }
    for foreign in
        ["localhost", "mcp.example.com:8080", "x.any.example.com", "[fd00::1]", "[fd00::1]:8444"]
    {
        assert_eq!(host(foreign), FOREIGN, "{foreign}");
    }
    let origin = |origin| checked(&policy, &[("host", "mcp.example.com"), ("origin", origin)]);
    for allowed in [
        "https://app.example.com",
        "https://app.example.com:443",
        "http://dev.example.com:5173",
        "vscode-webview://abc",
    ] {
        assert_eq!(origin(allowed), "ok", "{allowed}");
    }
    for foreign in [
        "http://app.example.com",
        "https://app.example.com:8443",
        "https://dev.example.com",
        "https://mcp.example.com",
        "vscode-webview://abcd",
        "null",
    ] {
        assert_eq!(origin(foreign), ORIGIN, "{foreign}");
    }
}

#[test]
fn what_is_no_host_cannot_be_allowed() {
    for host in
        ["", "*", "*.example.com", "http://example.com", "example.com:", "a:1:*", "a b", "a:*:*"]
    {
        let refused = HostPolicy::nothing().allow_host(host).expect_err(host);
        assert!(refused.to_string().contains(host));
    }
    for origin in ["", "*", "null", "example.com", "https://", "https://a/", "https://*.a", "1://a"]
    {
        assert!(HostPolicy::nothing().allow_origin(origin).is_err(), "{origin}");
    }
}

#[test]
fn a_server_that_answers_for_every_host_still_wants_one() {
    let policy = HostPolicy::nothing().any_host().any_origin();
    let fields: Fields<'_> = &[("host", "anything.example"), ("origin", "null")];
    assert_eq!(checked(&policy, fields), "ok");
    assert_eq!(checked(&policy, &[]), MISSING);
    assert_eq!(checked(&policy, &[("host", "a@b")]), MALFORMED);
    let loopback_hosts = HostPolicy::default().any_origin();
    let fields: Fields<'_> = &[("host", "evil.com"), ("origin", "http://localhost")];
    assert_eq!(checked(&loopback_hosts, fields), FOREIGN);
}

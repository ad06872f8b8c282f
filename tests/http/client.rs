//! What a client sends, where it goes, and when it comes back; rows 64, 65 and 95.

use mcp_engine::frame::sse::Parser;
use mcp_engine::http::{
    Field, HttpLimits, Next, Outgoing, Peer, Reconnect, RedirectError, ResponseHead, Status, Url,
    Verb, granted_session, message_endpoint, redirect, request_headers,
};
use mcp_engine::version::Version;

use crate::request::{legacy, message, modern};

fn sent(peer: Peer<'_>, outgoing: Outgoing<'_>) -> Vec<String> {
    let mut seen = Vec::new();
    request_headers(peer, outgoing, |name, value| seen.push(format!("{name}: {value}")))
        .expect("it can be sent");
    seen
}

const JSON: &str = "content-type: application/json";
const BOTH: &str = "accept: application/json, text/event-stream";

#[test]
fn every_request_has_the_headers_of_its_era() {
    let call = message(&modern("tools/call", r#""name":"echo""#));
    let post = Outgoing::Post { message: call.as_ref(), params: &[] };
    assert_eq!(
        sent(Peer::Modern(Version::LATEST), post),
        [
            JSON,
            BOTH,
            "mcp-protocol-version: 2026-07-28",
            "mcp-method: tools/call",
            "mcp-name: echo",
        ]
    );
    let ping = message(&legacy("ping"));
    let post = Outgoing::Post { message: ping.as_ref(), params: &[] };
    assert_eq!(sent(Peer::Initializing, post), [JSON, BOTH]);
    let peer = |version, session| Peer::Legacy { version, session };
    assert_eq!(sent(peer(Version::V2025_03_26, None), post), [JSON, BOTH]);
    let session = Some("s1");
    assert_eq!(
        sent(peer(Version::V2025_06_18, session), post),
        [JSON, BOTH, "mcp-protocol-version: 2025-06-18", "mcp-session-id: s1"]
    );
    assert_eq!(
        sent(peer(Version::V2025_03_26, session), Outgoing::Stream { last_event_id: Some("3-1") }),
        ["accept: text/event-stream", "mcp-session-id: s1", "last-event-id: 3-1"]
    );
    assert_eq!(sent(peer(Version::V2024_11_05, None), Outgoing::Close), Vec::<String>::new());
}

#[test]
fn a_session_id_is_taken_when_it_is_one_of_visible_ascii() {
    let limits = HttpLimits { session_id_bytes: 8, ..HttpLimits::default() };
    let take = |fields: &[(&'static str, &'static str)]| {
        let fields = fields.iter().map(|(name, value)| (name.as_bytes(), value.as_bytes()));
        granted_session(&ResponseHead::read(fields), &limits).map_err(|refused| refused.name())
    };
    assert_eq!(take(&[]), Ok(None));
    assert_eq!(take(&[("MCP-Session-Id", " abcdefgh ")]), Ok(Some("abcdefgh")));
    assert_eq!(take(&[("mcp-session-id", "abcdefghi")]), Err("session-id-bytes"));
    for id in ["", "a b", "a\tb", "é", "a\u{0}", "a\r\n"] {
        assert_eq!(take(&[("mcp-session-id", id)]), Err("field-value"), "{id}");
    }
    let twice = [("mcp-session-id", "a"), ("mcp-session-id", "a")];
    assert_eq!(take(&twice), Err("field-repeated"));
}

#[test]
fn row_64_waits_that_a_server_asks_for_are_clamped_and_saturate() {
    for (retry, first) in [
        ("1e99", 1_000),
        ("-1", 1_000),
        ("0", 100),
        ("500", 500),
        ("99999999999999999999999999", 300_000),
        ("18446744073709551615", 300_000),
    ] {
        let mut parser = Parser::default();
        parser.feed(format!("id: 1\nretry: {retry}\ndata:\n\n").as_bytes()).expect("sound");
        parser.poll().expect("an event").expect("sound");
        let mut patience = Reconnect::reply(&HttpLimits::default());
        patience.seen(parser.last_event_id(), parser.retry_ms());
        let mut waits = Vec::new();
        while let Next::Wait { ms, last_event_id } = patience.broken(u64::MAX - 1) {
            assert_eq!(last_event_id, Some("1"));
            waits.push(ms);
        }
        assert_eq!(waits.len(), 8, "{retry}");
        assert!(
            waits.is_sorted() && waits[0] >= first && waits[0] <= first + first / 8,
            "{waits:?}"
        );
        assert!(waits.iter().all(|wait| *wait <= 300_000 + 300_000 / 8), "{waits:?}");
    }
}

#[test]
fn a_stream_that_polls_is_followed_for_as_long_as_it_brings_something() {
    let mut patience = Reconnect::reply(&HttpLimits::default());
    for number in 0..1_000 {
        patience.seen(&format!("1-{number}"), Some(500));
        let next = patience.broken(0);
        assert!(matches!(next, Next::Wait { ms: 500, .. }), "{next:?}");
    }
}

#[test]
fn row_65_a_reply_whose_stream_broke_before_any_id_is_lost_and_not_sent_again() {
    let mut reply = Reconnect::reply(&HttpLimits::default());
    assert_eq!(reply.broken(0), Next::Lost(None));
    let mut standalone = Reconnect::standalone(&HttpLimits::default());
    assert_eq!(standalone.broken(0), Next::Wait { ms: 1_000, last_event_id: None });
}

fn here() -> Url {
    Url::parse("https://mcp.example.com/v1/mcp?key=1").expect("a URL")
}

fn follow(verb: Verb, status: u16, location: &str) -> Result<String, RedirectError> {
    let location = Field::One(location.as_bytes());
    let limits = HttpLimits::default();
    let to = redirect(&here(), verb, Status::new(status), location, 0, &limits)?;
    Ok(to.to_string())
}

#[test]
fn row_95_redirections_to_another_origin_are_not_followed() {
    for location in [
        "https://evil.com/v1/mcp",
        "http://mcp.example.com/v1/mcp",
        "https://mcp.example.com:8443/",
        "https://mcp.example.com.evil.com/",
        "https://example.com/",
        "//evil.com/x",
        "http://169.254.169.254/latest/meta-data",
        "http://localhost/",
        "https://[::1]/",
    ] {
        for status in [307, 308] {
            let outcome = follow(Verb::Post, status, location);
            assert_eq!(outcome, Err(RedirectError::Origin), "{location}");
        }
    }
    for location in [
        "file:///etc/passwd",
        "javascript:alert(1)",
        "data:,x",
        "https://mcp.example.com@evil.com/",
        "https://evil.com\\@mcp.example.com/",
        "\\\\evil.com",
        "/\\evil.com",
        "https:evil.com",
        "https:///evil.com",
        "https://mcp.example.com:443:80/",
        "ftp://mcp.example.com/",
        "/a b",
        "/\u{1}",
    ] {
        let outcome = follow(Verb::Post, 308, location);
        assert_eq!(outcome, Err(RedirectError::Location), "{location}");
    }
}

#[test]
fn redirections_within_the_origin_are_followed_when_they_keep_the_method() {
    for (location, to) in [
        ("/mcp", "https://mcp.example.com/mcp"),
        ("mcp/", "https://mcp.example.com/v1/mcp/"),
        ("https://MCP.example.com:443/x?y", "https://mcp.example.com/x?y"),
        ("?key=2", "https://mcp.example.com/v1/mcp?key=2"),
    ] {
        assert_eq!(follow(Verb::Post, 307, location).as_deref(), Ok(to));
        assert_eq!(follow(Verb::Delete, 308, location).as_deref(), Ok(to));
        assert_eq!(follow(Verb::Get, 302, location).as_deref(), Ok(to));
    }
    for (verb, status) in [
        (Verb::Post, 301),
        (Verb::Post, 302),
        (Verb::Post, 303),
        (Verb::Delete, 301),
        (Verb::Get, 304),
        (Verb::Get, 300),
        (Verb::Post, 200),
    ] {
        assert_eq!(follow(verb, status, "/mcp"), Err(RedirectError::Method), "{verb:?} {status}");
    }
}

#[test]
fn a_redirection_must_say_where_once() {
    let limits = HttpLimits::default();
    for location in [Field::Absent, Field::Repeated, Field::One(b"/\xff")] {
        let outcome = redirect(&here(), Verb::Post, Status::new(308), location, 0, &limits);
        assert_eq!(outcome, Err(RedirectError::Location));
    }
}

#[test]
fn the_endpoint_of_http_sse_must_be_at_the_origin_of_its_stream() {
    let endpoint = |data: &str| {
        let endpoint = message_endpoint(&here(), data.as_bytes(), &HttpLimits::default());
        endpoint.map(|url| url.to_string())
    };
    assert_eq!(
        endpoint("/messages?sessionId=1").as_deref(),
        Ok("https://mcp.example.com/messages?sessionId=1")
    );
    assert_eq!(endpoint("https://mcp.example.com/m").as_deref(), Ok("https://mcp.example.com/m"));
    assert_eq!(endpoint("https://evil.com/m"), Err(RedirectError::Origin));
    assert_eq!(endpoint("//evil.com/m"), Err(RedirectError::Origin));
    assert_eq!(endpoint("http://a b"), Err(RedirectError::Location));
}

//! How a client of both eras finds out what a server speaks, and what every other response means.

use mcp_engine::http::Verdict::{
    self, Accepted, Busy, Challenge, ChooseVersion, CorrectHeaders, Events, Failed, HttpSse,
    Initialize, NotOffered, Redirect, Reply, SessionGone,
};
use mcp_engine::http::classify_discovery;
use mcp_engine::http::{ResponseHead, Sent, Status, Versions, choose_version, classify};
use mcp_engine::version::Version;

use crate::request::messages;

const JSON: &str = "application/json";
const EVENTS: &str = "text/event-stream; charset=utf-8";

fn verdict(sent: Sent, status: u16, content_type: &str, body: &str) -> Verdict {
    let fields = [("content-type", content_type)];
    with(sent, status, &fields, body)
}

fn with(sent: Sent, status: u16, fields: &[(&str, &str)], body: &str) -> Verdict {
    let fields = fields.iter().map(|(name, value)| (name.as_bytes(), value.as_bytes()));
    let head = ResponseHead::read(fields);
    let messages = messages(body);
    let message = messages.first().and_then(|message| message.as_ref().ok());
    classify(sent, Status::new(status), &head, message.map(|message| message.as_ref()))
}

fn error(code: i32) -> String {
    format!(r#"{{"jsonrpc":"2.0","id":1,"error":{{"code":{code},"message":"m"}}}}"#)
}

fn failed(status: u16) -> Verdict {
    Failed(Status::new(status))
}

const DISCOVERED: &str =
    r#"{"jsonrpc":"2.0","id":1,"result":{"supportedVersions":["2026-07-28"],"capabilities":{}}}"#;

#[test]
fn a_server_that_is_discovered_is_modern() {
    assert_eq!(verdict(Sent::Discover, 200, JSON, DISCOVERED), Reply);
    assert_eq!(verdict(Sent::Discover, 200, EVENTS, ""), Events);
    assert_eq!(verdict(Sent::Discover, 404, JSON, &error(-32601)), Reply);
    assert_eq!(verdict(Sent::Discover, 400, JSON, &error(-32022)), ChooseVersion);
    assert_eq!(verdict(Sent::Discover, 400, JSON, &error(-32020)), CorrectHeaders);
    assert_eq!(verdict(Sent::Discover, 400, JSON, &error(-32021)), Reply);
    assert_eq!(verdict(Sent::Discover, 200, JSON, &error(-32022)), ChooseVersion);
}

#[test]
fn a_server_that_has_not_understood_is_legacy() {
    for (status, content_type, body) in [
        (400, "", ""),
        (400, "text/plain", "Bad Request: Session ID required"),
        (400, JSON, r#"{"jsonrpc":"2.0","id":null,"error":{"code":-32000,"message":"m"}}"#),
        (400, JSON, &error(-32000)),
        (400, JSON, &error(-32600)),
        (400, JSON, &error(-32602)),
        (404, "text/html", "<html>"),
        (404, JSON, r#"{"detail":"Not Found"}"#),
        (404, JSON, &error(-32600)),
        (405, "", ""),
        (406, "", ""),
        (415, "", ""),
        (422, "", ""),
        (500, "", ""),
        (501, "", ""),
        (200, JSON, &error(-32601)),
        (200, JSON, r#"{"jsonrpc":"2.0","id":1,"result":{}}"#),
        (200, "text/html", "<html>"),
        (202, "", ""),
    ] {
        let verdict = verdict(Sent::Discover, status, content_type, body);
        assert_eq!(verdict, Initialize, "{status} {body}");
    }
}

#[test]
fn a_modern_error_counts_wherever_its_media_type_is_json_and_nowhere_else() {
    assert_eq!(verdict(Sent::Discover, 400, "text/plain", &error(-32022)), Initialize);
    assert_eq!(verdict(Sent::Discover, 400, "", &error(-32022)), Initialize);
    let request =
        error(-32022).replace("error", "params").replace("\"id\"", "\"method\":\"x\",\"id\"");
    assert_eq!(verdict(Sent::Discover, 400, JSON, &request), Initialize);
}

#[test]
fn the_end_of_an_event_stream_is_judged_like_a_body() {
    for (body, expected) in [
        (DISCOVERED.to_owned(), Reply),
        (error(-32601), Initialize),
        (error(-32022), ChooseVersion),
        (r#"{"jsonrpc":"2.0","id":1,"result":{}}"#.to_owned(), Initialize),
    ] {
        let messages = messages(&body);
        let message = messages[0].as_ref().expect("a message").as_ref();
        assert_eq!(classify_discovery(Status::OK, message), expected, "{body}");
    }
}

#[test]
fn refusals_that_have_nothing_to_do_with_the_era_change_nothing_about_it() {
    for sent in [Sent::Discover, Sent::Initialize] {
        for status in [403, 408, 413, 431, 502, 504] {
            assert_eq!(verdict(sent, status, "", ""), failed(status), "{sent:?}");
        }
        assert_eq!(verdict(sent, 401, "", ""), Challenge);
        assert_eq!(verdict(sent, 503, "", ""), Busy { retry_after_s: None });
        assert_eq!(verdict(sent, 308, "", ""), Redirect);
    }
}

#[test]
fn an_initialize_that_is_not_understood_leads_to_http_sse() {
    for status in [400, 404, 405, 406, 410, 415, 422] {
        assert_eq!(verdict(Sent::Initialize, status, "text/html", "x"), HttpSse, "{status}");
    }
    assert_eq!(verdict(Sent::Initialize, 400, JSON, &error(-32022)), ChooseVersion);
    assert_eq!(verdict(Sent::Initialize, 400, JSON, &error(-32602)), Reply);
    assert_eq!(verdict(Sent::Initialize, 500, "", ""), failed(500));
    assert_eq!(verdict(Sent::Initialize, 200, EVENTS, ""), Events);
    assert_eq!(verdict(Sent::OldStream, 200, EVENTS, ""), Events);
    assert_eq!(verdict(Sent::OldStream, 200, JSON, DISCOVERED), failed(200));
    assert_eq!(verdict(Sent::OldMessage, 202, "text/plain", "Accepted"), Accepted);
}

#[test]
fn an_error_that_answers_a_request_is_an_answer() {
    for (status, code) in [(404, -32601), (400, -32602), (400, -32021), (200, -32603), (500, -1)] {
        assert_eq!(verdict(Sent::Request, status, JSON, &error(code)), Reply, "{status} {code}");
    }
    for sent in [Sent::LegacyRequest, Sent::SessionRequest] {
        assert_eq!(verdict(sent, 400, JSON, &error(-32020)), Reply, "no code of that era");
    }
    assert_eq!(verdict(Sent::Request, 400, JSON, &error(-32020)), CorrectHeaders);
    assert_eq!(verdict(Sent::Request, 404, "text/html", "x"), failed(404));
    assert_eq!(verdict(Sent::Request, 200, JSON, "{}"), failed(200));
    assert_eq!(verdict(Sent::Request, 202, "", ""), failed(202), "a request wants an answer");
}

#[test]
fn a_session_that_is_gone_is_noticed_by_what_names_it() {
    for sent in [Sent::SessionRequest, Sent::SessionNotification, Sent::StreamAgain, Sent::Close] {
        assert_eq!(verdict(sent, 404, "", ""), SessionGone, "{sent:?}");
        assert_eq!(verdict(sent, 404, JSON, &error(-32001)), SessionGone, "{sent:?}");
    }
    for sent in [Sent::LegacyRequest, Sent::Notification] {
        assert_eq!(verdict(sent, 404, "", ""), failed(404), "{sent:?}");
    }
}

#[test]
fn a_server_without_streams_or_without_delete_says_so() {
    for status in [404, 405, 501] {
        assert_eq!(verdict(Sent::Stream, status, "", ""), NotOffered, "{status}");
    }
    assert_eq!(verdict(Sent::StreamAgain, 405, "", ""), NotOffered);
    assert_eq!(verdict(Sent::Close, 405, "", ""), NotOffered);
    assert_eq!(verdict(Sent::Close, 200, "", ""), Accepted);
    assert_eq!(verdict(Sent::Stream, 409, "", ""), failed(409));
    assert_eq!(verdict(Sent::Stream, 200, EVENTS, ""), Events);
    assert_eq!(verdict(Sent::Stream, 200, JSON, DISCOVERED), failed(200));
}

#[test]
fn what_wants_no_answer_is_taken_with_any_success() {
    for sent in [Sent::Notification, Sent::SessionNotification] {
        for status in [200, 202, 204] {
            assert_eq!(verdict(sent, status, "", ""), Accepted);
        }
        assert_eq!(verdict(sent, 400, "", ""), failed(400));
    }
}

#[test]
fn a_challenge_is_a_401_or_a_403_that_has_one() {
    let challenge = [("WWW-Authenticate", "Bearer error=\"insufficient_scope\"")];
    for sent in [Sent::Discover, Sent::Request, Sent::SessionRequest, Sent::Stream] {
        assert_eq!(with(sent, 403, &challenge, ""), Challenge);
        assert_eq!(with(sent, 403, &[], ""), failed(403));
        assert_eq!(with(sent, 401, &[], ""), Challenge);
    }
}

#[test]
fn a_busy_server_may_say_how_long() {
    let after = |value| with(Sent::Request, 429, &[("retry-after", value)], "");
    assert_eq!(after("17"), Busy { retry_after_s: Some(17) });
    for value in ["-1", "1.5", "Wed, 21 Oct 2026 07:28:00 GMT", "99999999999999999999", "+5"] {
        assert_eq!(after(value), Busy { retry_after_s: None }, "{value}");
    }
}

#[test]
fn the_newest_version_of_both_is_chosen() {
    let choose = |data: &str, ours: Versions| {
        let error = r#"{"jsonrpc":"2.0","id":1,"error":{"code":-32022,"message":"","data":DATA}}"#;
        let messages = messages(&error.replace("DATA", data));
        choose_version(messages[0].as_ref().expect("a message").as_ref(), ours)
    };
    let supported = r#"{"supported":["2025-06-18","2026-07-28","2099-01-01",7],"requested":"x"}"#;
    assert_eq!(choose(supported, Versions::ALL), Some(Version::V2026_07_28));
    assert_eq!(choose(supported, Versions::LEGACY), Some(Version::V2025_06_18));
    let ours = Versions::only(Version::V2025_11_25);
    assert_eq!(choose(supported, ours), None);
    for data in ["{}", "[]", "null", r#"{"supported":"2026-07-28"}"#, r#"{"supported":[]}"#] {
        assert_eq!(choose(data, Versions::ALL), None, "{data}");
    }
    let messages = messages(&error(-32020));
    let other = messages[0].as_ref().expect("a message").as_ref();
    assert_eq!(choose_version(other, Versions::ALL), None);
}

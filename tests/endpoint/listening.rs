//! Being told about changes.

use mcp_engine::connection::{Change, StreamId, Watch};
use mcp_engine::endpoint::{Accepted, Listeners, Listening};
use mcp_engine::{Error, Limit, Limits};

use crate::{answered, endpoint, request, text};

fn listening(id: &str, notifications: &str) -> Listening {
    let params = format!(r#""notifications":{notifications}"#);
    let message = request(id, "subscriptions/listen", &params, "");
    match endpoint().accept(message, &mut Vec::new()) {
        Accepted::Listening(listening) => listening,
        other => panic!("{other:?}"),
    }
}

#[test]
fn only_what_the_server_offers_is_agreed_to() {
    let wanted =
        r#"{"toolsListChanged":true,"promptsListChanged":true,"resourceSubscriptions":["a:1"]}"#;
    let listening = listening("5", wanted);
    assert_eq!((listening.filter().tools, listening.filter().prompts), (Watch::On, Watch::Off));
    let mut out = Vec::new();
    listening.acknowledge(&mut out);
    assert_eq!(
        text(&out),
        r#"{"jsonrpc":"2.0","method":"notifications/subscriptions/acknowledged","params":{"_meta":{"io.modelcontextprotocol/subscriptionId":5},"notifications":{"toolsListChanged":true,"resourceSubscriptions":["a:1"]}}}"#
    );
}

#[test]
fn only_what_was_asked_for_is_told_and_it_names_the_subscription() {
    let listening = listening(r#""s""#, r#"{"resourceSubscriptions":["a:1"]}"#);
    let mut out = Vec::new();
    assert!(!listening.tell(Change::Tools, &mut out));
    assert!(!listening.tell(Change::Resource("a:2"), &mut out));
    assert!(out.is_empty());
    assert!(listening.tell(Change::Resource("a:1"), &mut out));
    assert_eq!(
        text(&out),
        r#"{"jsonrpc":"2.0","method":"notifications/resources/updated","params":{"_meta":{"io.modelcontextprotocol/subscriptionId":"s"},"uri":"a:1"}}"#
    );
}

#[test]
fn the_end_is_a_result_that_names_the_subscription() {
    let mut out = Vec::new();
    listening("5", "{}").end(&mut out);
    assert_eq!(
        text(&out),
        r#"{"jsonrpc":"2.0","id":5,"result":{"resultType":"complete","_meta":{"io.modelcontextprotocol/subscriptionId":5}}}"#
    );
}

#[test]
fn what_is_to_be_told_must_be_said() {
    assert_eq!(answered(request("1", "subscriptions/listen", "", "")).0, Some(-32602));
    let wrong = r#""notifications":[]"#;
    assert_eq!(answered(request("1", "subscriptions/listen", wrong, "")).0, Some(-32602));
}

#[test]
fn a_change_reaches_all_who_want_it_and_nobody_after_the_end() {
    let mut listeners = Listeners::new(&Limits::default());
    let tools = r#"{"toolsListChanged":true}"#;
    for (stream, wanted) in [(1, tools), (2, "{}"), (3, tools)] {
        listeners.open(StreamId(stream), listening("1", wanted)).expect("room");
    }
    let told = |listeners: &Listeners| {
        let mut told = Vec::new();
        listeners.publish(Change::Tools, |stream, _| told.push(stream.0));
        told
    };
    assert_eq!(told(&listeners), [1, 3]);
    assert!(listeners.close(StreamId(1)).is_some());
    assert_eq!(told(&listeners), [3]);
}

#[test]
fn the_limit_on_subscriptions_is_kept() {
    let limits = Limits { subscriptions: 1, ..Limits::default() };
    let mut listeners = Listeners::new(&limits);
    listeners.open(StreamId(1), listening("1", "{}")).expect("room");
    assert_eq!(
        listeners.open(StreamId(2), listening("2", "{}")),
        Err(Error::LimitExceeded { limit: Limit::Subscriptions, offset: 0 })
    );
}

#[test]
fn a_uri_that_is_too_long_is_refused() {
    let uri = "a:".repeat(8 << 10);
    let params = format!(r#""notifications":{{"resourceSubscriptions":["{uri}"]}}"#);
    assert_eq!(answered(request("1", "subscriptions/listen", &params, "")).0, Some(-32602));
}

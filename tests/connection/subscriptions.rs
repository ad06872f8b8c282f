//! Subscriptions: `subscriptions/listen` of the modern era, `resources/subscribe` of the earlier ones.

use mcp_engine::connection::{Call, Change, Ending, Event, Failure};
use mcp_engine::version::{Role, Version};
use mcp_engine::{Error, Incompatible, Method, Misuse, PeerRule, RequestId};

use crate::stage::{
    LEGACY, SECOND, Scene, Solo, broken, client, code, counted, json, last, line, open, raw,
    request, server,
};

const ALL: &str = r#"{"toolsListChanged":true,"promptsListChanged":true,"resourcesListChanged":true,"resourceSubscriptions":["a:b"]}"#;
const ID: &str = "io.modelcontextprotocol/subscriptionId";

/// A subscription that is open on both sides.
fn listening(scene: &mut Scene, filter: &str) -> RequestId {
    let now = scene.now;
    let id = scene.client.connection.listen(raw(filter), now).expect("open");
    scene.settle();
    assert!(matches!(scene.client.event(), Some(Event::Listening { id: ours, .. }) if ours == id));
    assert!(matches!(scene.server.event(), Some(Event::Subscribed { .. })));
    id
}

pub(crate) fn publish(scene: &mut Scene, change: Change<'_>) {
    scene.server.connection.publish(change).expect("offered");
    scene.settle();
}

/// The subscription of the notification that the client was told of.
fn told(scene: &mut Scene) -> RequestId {
    match scene.client.event() {
        Some(Event::Notification { subscription: Some(id), .. }) => id,
        other => panic!("no notification but {other:?}"),
    }
}

#[test]
fn the_first_that_is_said_of_a_subscription_is_what_was_agreed_on() {
    let mut scene = open(Version::LATEST);
    let id = listening(&mut scene, ALL);
    let said = last(&scene, Role::Server);
    assert_eq!(said["method"], "notifications/subscriptions/acknowledged");
    assert_eq!(said["params"]["_meta"][ID].as_i64(), id.as_i64());
    assert_eq!(said["params"]["notifications"], json(ALL));
}

#[test]
fn only_what_the_server_offers_is_agreed_on() {
    let offer = r#"{"tools":{"listChanged":true},"prompts":{},"resources":{"subscribe":false}}"#;
    let mut scene = Scene::open(client(), server().capabilities(raw(offer)));
    listening(&mut scene, ALL);
    let said = last(&scene, Role::Server);
    assert_eq!(said["params"]["notifications"], json(r#"{"toolsListChanged":true}"#));
}

#[test]
fn a_subscription_to_nothing_is_acknowledged_too() {
    for filter in ["{}", r#"{"toolsListChanged":false}"#, r#"{"future":true}"#] {
        let mut scene = open(Version::LATEST);
        listening(&mut scene, filter);
        assert_eq!(last(&scene, Role::Server)["params"]["notifications"], json("{}"));
        publish(&mut scene, Change::Tools);
        assert!(scene.client.events.is_empty());
    }
}

#[test]
fn only_what_was_asked_for_is_told() {
    let mut scene = open(Version::LATEST);
    let id =
        listening(&mut scene, r#"{"promptsListChanged":true,"resourceSubscriptions":["a:b"]}"#);
    for change in [Change::Tools, Change::Resources, Change::Resource("a:c")] {
        publish(&mut scene, change);
        assert!(scene.client.events.is_empty(), "{change:?}");
    }
    for change in [Change::Prompts, Change::Resource("a:b")] {
        publish(&mut scene, change);
        assert_eq!(told(&mut scene), id);
        assert_eq!(last(&scene, Role::Server)["params"]["_meta"][ID].as_i64(), id.as_i64());
    }
    assert_eq!(last(&scene, Role::Server)["params"]["uri"], "a:b");
}

#[test]
fn the_id_of_a_subscription_is_repeated_as_it_was_written() {
    for id in ["7", r#""seven""#, r#""\u0037""#, "-0", r#""""#] {
        let mut solo = Solo::new(server());
        let wanted = r#""notifications":{"toolsListChanged":true}"#;
        solo.hear(0, &line(Version::LATEST, id, "subscriptions/listen", wanted));
        solo.connection.publish(Change::Tools).expect("offered");
        for said in solo.said() {
            assert!(said.line.contains(&format!(r#""{ID}":{id}"#)), "{}", said.line);
        }
    }
}

#[test]
fn each_of_several_subscriptions_is_told_for_itself() {
    let mut scene = open(Version::LATEST);
    let one = listening(&mut scene, r#"{"toolsListChanged":true}"#);
    let other = listening(&mut scene, r#"{"toolsListChanged":true}"#);
    publish(&mut scene, Change::Tools);
    assert_eq!((told(&mut scene), told(&mut scene)), (one, other));
}

#[test]
fn a_client_that_does_not_want_to_listen_any_more_says_so() {
    let mut scene = open(Version::LATEST);
    let id = listening(&mut scene, ALL);
    scene.cancel(Role::Client, &id);
    assert_eq!(last(&scene, Role::Client)["method"], "notifications/cancelled");
    assert!(matches!(scene.server.event(), Some(Event::Unsubscribed { message: Some(_), .. })));
    let before = scene.count(Role::Server);
    publish(&mut scene, Change::Tools);
    assert_eq!(scene.count(Role::Server), before, "nothing more is said about it");
}

#[test]
fn a_server_that_ends_a_subscription_sends_its_result_and_a_cancellation() {
    let mut scene = open(Version::LATEST);
    let id = listening(&mut scene, ALL);
    let before = scene.count(Role::Server);
    scene.server.connection.end_subscription(&id).expect("open");
    scene.settle();
    let said = scene.since(Role::Server, before);
    assert_eq!(said[0]["result"]["_meta"][ID].as_i64(), id.as_i64());
    assert_eq!(said[0]["result"]["resultType"], "complete");
    assert_eq!(said[1]["method"], "notifications/cancelled");
    let ended = scene.client.event();
    assert!(matches!(ended, Some(Event::ListeningEnded { ending: Ending::Server(_), .. })));
    assert!(scene.client.events.is_empty(), "it ends once");
    let again = scene.server.connection.end_subscription(&id);
    assert_eq!(again, Err(Error::ApiMisuse(Misuse::UnknownRequest)));
}

#[test]
fn a_subscription_that_the_server_cancels_has_ended() {
    let mut scene = open(Version::LATEST);
    let id = listening(&mut scene, ALL);
    scene.hear(Role::Client, &format!(r#"{{"jsonrpc":"2.0","method":"notifications/cancelled","params":{{"requestId":{id}}}}}"#));
    let ended = scene.client.event();
    assert!(matches!(ended, Some(Event::ListeningEnded { ending: Ending::Server(_), .. })));
    assert_eq!(scene.client.connection.own_requests(), 0);
}

#[test]
fn a_subscription_that_is_refused_has_ended() {
    let mut scene = open(Version::LATEST);
    let now = scene.now;
    let id = scene.client.connection.listen(raw("{}"), now).expect("open");
    scene.hear(
        Role::Client,
        &format!(r#"{{"jsonrpc":"2.0","id":{id},"error":{{"code":-32603,"message":"no"}}}}"#),
    );
    let ended = scene.client.event();
    assert!(matches!(ended, Some(Event::ListeningEnded { ending: Ending::Server(_), .. })));
}

#[test]
fn a_subscription_that_is_not_acknowledged_times_out_and_one_that_is_does_not() {
    let mut scene = open(Version::LATEST);
    let now = scene.now;
    scene.client.connection.listen(raw("{}"), now).expect("open");
    scene.lose(Role::Server);
    scene.advance(60 * SECOND);
    let ended = scene.client.event();
    assert!(matches!(
        ended,
        Some(Event::ListeningEnded { ending: Ending::Failed(Failure::TimedOut), .. })
    ));
    listening(&mut scene, ALL);
    scene.advance(1_000_000 * SECOND);
    assert!(scene.client.events.is_empty());
}

#[test]
fn a_subscription_needs_an_object_to_listen_for() {
    for params in ["", r#""notifications":null"#, r#""notifications":[]"#, r#""notifications":5"#] {
        let mut solo = Solo::new(server());
        solo.hear(0, &line(Version::LATEST, "1", "subscriptions/listen", params));
        assert_eq!(code(&json(&solo.said()[0].line)), -32602, "{params}");
        assert!(solo.events().is_empty());
    }
    let mut scene = open(Version::LATEST);
    let now = scene.now;
    let refused = scene.client.connection.listen(raw("5"), now);
    assert_eq!(refused, Err(Error::ApiMisuse(Misuse::NotAnObject)));
}

#[test]
fn a_notification_of_a_subscription_that_is_not_open_is_dropped() {
    let mut scene = open(Version::LATEST);
    let id = listening(&mut scene, ALL);
    for other in ["99".to_owned(), format!("\"{id}\""), "-1".to_owned()] {
        let meta = format!(r#"{{"_meta":{{"{ID}":{other}}}}}"#);
        scene.hear(
            Role::Client,
            &format!(
                r#"{{"jsonrpc":"2.0","method":"notifications/tools/list_changed","params":{meta}}}"#
            ),
        );
    }
    assert_eq!(counted(&scene.client, PeerRule::SubscriptionUnknown), 3);
    assert!(scene.client.events.is_empty());
}

#[test]
fn an_acknowledgement_of_nothing_is_dropped() {
    let mut scene = open(Version::LATEST);
    let id = listening(&mut scene, ALL);
    for meta in ["{}".to_owned(), format!(r#"{{"{ID}":99}}"#), format!(r#"{{"{ID}":{id}}}"#)] {
        scene.hear(Role::Client, &format!(r#"{{"jsonrpc":"2.0","method":"notifications/subscriptions/acknowledged","params":{{"_meta":{meta},"notifications":{{}}}}}}"#));
    }
    assert_eq!(broken(&scene.client), [PeerRule::SubscriptionUnknown; 3]);
    assert!(scene.client.events.is_empty());
}

#[test]
fn listening_by_a_plain_request_is_listening() {
    let mut scene = open(Version::LATEST);
    let params = raw(r#"{"notifications":{"toolsListChanged":true}}"#);
    let id = request(&mut scene, Role::Client, Call::new(Method::Listen).params(params));
    assert!(matches!(scene.client.event(), Some(Event::Listening { id: ours, .. }) if ours == id));
    publish(&mut scene, Change::Tools);
    assert_eq!(told(&mut scene), id);
}

#[test]
fn earlier_revisions_do_not_listen() {
    for version in LEGACY {
        let mut scene = open(version);
        let now = scene.now;
        let refused = scene.client.connection.listen(raw("{}"), now);
        assert_eq!(refused, Err(Error::PeerIncompatible(Incompatible::MethodOfVersion)));
    }
}

//! The service in its surroundings: its connections, its end, a layer in front of it.

use std::time::Duration;

use http_body_util::{BodyExt, Full};
use mcp_engine_runtime::http_server::{HttpServerConfig, HttpService, HttpSsePaths, Principal};
use mcp_engine_runtime::server::Server;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tower_service::Service;

use crate::caller::{Caller, call, modern, modern_headers};
use crate::legacy::{Sitting, initialize, tool};
use crate::stage::{SHORT, Stage, limited, service};

#[tokio::test]
async fn connections_above_the_limit_wait_for_their_turn() {
    let stage = Stage::new(limited(|limits| limits.connections = 1)).await;
    let mut first = stage.caller().await;
    assert_eq!(first.call("echo", "one").await.status, 200);
    let mut second = stage.caller().await;
    second.send(&call("echo", "two")).await;
    assert_eq!(first.call("echo", "three").await.status, 200);
    drop(first);
    assert_eq!(second.hear().await.status, 200);
    assert!(stage.count("connections") > 0);
}

/// A server that is told to end by the sender.
async fn ending(
    config: HttpServerConfig,
) -> (std::net::SocketAddr, HttpService, oneshot::Sender<()>, tokio::task::JoinHandle<()>) {
    let (service, _) = service(config);
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let (end, ended) = oneshot::channel::<()>();
    let serving = service.clone().serve_until(listener, async move {
        let _ = ended.await;
    });
    let serving = tokio::spawn(async move { serving.await.expect("it ends") });
    (address, service, end, serving)
}

#[tokio::test]
async fn a_server_that_ends_lets_go_of_streams_and_idle_connections() {
    let (address, service, end, serving) = ending(HttpServerConfig::default()).await;
    let (mut idle, mut listener) = (Caller::connect(address).await, Caller::connect(address).await);
    assert_eq!(idle.call("echo", "one").await.status, 200);
    let params = r#""notifications":{"toolsListChanged":true}"#;
    let body = modern("subscriptions/listen", params);
    listener.post(&modern_headers("subscriptions/listen"), &body).await;
    listener.event().await.expect("an acknowledgement");
    let mut opening = Caller::connect(address).await;
    let heard = opening.post("", &initialize("2025-06-18")).await;
    let id = heard.header("mcp-session-id").expect("an id").to_owned();
    opening
        .send(&format!(
            "GET / HTTP/1.1\r\nhost: localhost\r\naccept: text/event-stream\r\nmcp-session-id: {id}\r\n\r\n"
        ))
        .await;
    assert!(opening.hear().await.is_events());
    end.send(()).expect("it is served");
    let last = listener.event().await.expect("a result");
    assert!(last.contains(r#""result""#), "{last}");
    assert_eq!(listener.event().await, None);
    assert_eq!(opening.event().await, None);
    assert!(idle.is_closed().await);
    serving.await.expect("no panic");
    assert_eq!((service.sessions(), service.listeners()), (0, 0));
}

#[tokio::test]
async fn what_does_not_come_to_its_end_is_broken_off() {
    let config = limited(|limits| limits.drain_time = SHORT);
    let (address, service, end, serving) = ending(config).await;
    let mut caller = Caller::connect(address).await;
    caller.call("never", "aloud").await;
    caller.event().await.expect("an event");
    end.send(()).expect("it is served");
    serving.await.expect("no panic");
    assert_eq!(caller.event().await, None);
    let counters = service.counters();
    assert!(counters.rules().any(|rule| rule == ("drain-time", 1)));
}

/// A request as a layer hands it over.
fn request(
    who: Option<&str>,
    more: &[(&str, &str)],
    body: &str,
) -> http::Request<Full<bytes::Bytes>> {
    let mut request = http::Request::post("/")
        .header("host", "localhost")
        .header("content-type", "application/json")
        .header("accept", "application/json, text/event-stream");
    for (name, value) in more {
        request = request.header(*name, *value);
    }
    let mut request = request.body(Full::from(body.to_owned())).expect("a request");
    if let Some(who) = who {
        request.extensions_mut().insert(Principal(who.to_owned()));
    }
    request
}

async fn text(response: http::Response<mcp_engine_runtime::http_server::ReplyBody>) -> String {
    let Ok(body) = response.into_body().collect().await;
    String::from_utf8(body.to_bytes().to_vec()).expect("text")
}

#[tokio::test]
async fn sessions_belong_to_whoever_has_opened_them() {
    let (mut service, _) = service(HttpServerConfig::default());
    let opened = service.call(request(Some("alice"), &[], &initialize("2025-06-18"))).await;
    let Ok(opened) = opened;
    let id = opened.headers()["mcp-session-id"].to_str().expect("an id").to_owned();
    let session = [("mcp-session-id", id.as_str())];
    let who = tool(1, "who", "");
    let heard = service.answer(request(Some("alice"), &session, &who)).await;
    assert!(text(heard).await.contains("alice"));
    for other in [Some("mallory"), None] {
        let heard = service.answer(request(other, &session, &who)).await;
        assert_eq!(heard.status(), 404);
    }
    let headers =
        [("mcp-protocol-version", "2026-07-28"), ("mcp-method", "tools/call"), ("mcp-name", "who")];
    let body = modern("tools/call", r#""name":"who""#);
    let heard = service.answer(request(Some("bob"), &headers, &body)).await;
    assert!(text(heard).await.contains("bob"));
}

#[tokio::test]
async fn the_service_can_be_mounted_in_a_router() {
    let (service, _) = service(HttpServerConfig::default());
    let router =
        axum::Router::new().route_service("/mcp", service.clone()).nest_service("/deep", service);
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move { axum::serve(listener, router).await });
    let mut caller = Caller::connect(address).await;
    assert!(caller.call("echo", "routed").await.body.contains("routed"));
    caller.send(&call("progress", "nested").replace("/mcp", "/deep/er")).await;
    assert!(caller.hear().await.is_events());
    assert_eq!(caller.events().await.len(), 4);
    caller.send(&call("echo", "").replace("/mcp", "/elsewhere")).await;
    assert_eq!(caller.hear().await.status, 404);
}

#[tokio::test]
async fn only_the_path_of_the_endpoint_is_answered() {
    let config = HttpServerConfig { path: Some("/mcp".to_owned()), ..HttpServerConfig::default() };
    let stage = Stage::new(config).await;
    let mut caller = stage.caller().await;
    assert_eq!(caller.call("echo", "").await.status, 200);
    caller.send(&call("echo", "").replace("/mcp", "/other")).await;
    assert_eq!(caller.hear().await.status, 404);
}

#[tokio::test]
async fn paths_that_no_request_can_reach_are_refused() {
    let sse = |stream: &str| HttpSsePaths { stream: stream.into(), messages: "/messages".into() };
    let refusal = |path: &str, http_sse| {
        let path = Some(path.to_owned());
        let config = HttpServerConfig { path, http_sse, ..HttpServerConfig::default() };
        let server = Server::builder("paths", "1.0").build().expect("a runtime");
        HttpService::new(server, config).err().map(|error| error.to_string())
    };
    for path in ["/", "/mcp", "/a/b%20c"] {
        assert_eq!(refusal(path, Some(sse("/sse"))), None, "{path}");
    }
    for path in ["", "mcp", "/mcp?a=1", "/mcp#a", "/m cp", "/m\u{fc}cp", "http://host/mcp", "*"] {
        assert!(
            refusal(path, None).is_some_and(|text| text.contains("begins with a slash")),
            "{path}"
        );
    }
    assert!(refusal("/sse", Some(sse("/sse"))).is_some_and(|text| text.contains("same path")));
    assert!(refusal("/mcp", Some(sse("sse"))).is_some());
}

#[tokio::test]
async fn headers_of_arguments_are_checked_by_whoever_knows_the_schemas() {
    use mcp_engine_proto::MessageRef;
    use mcp_engine_proto::http::{Param, ParamValue, ToolHeaders};
    struct Text;
    impl ToolHeaders for Text {
        fn listed(&self, _: MessageRef<'_>) {}
        fn of_call(&self, call: MessageRef<'_>, see: &mut dyn FnMut(&[Param<'_>])) {
            let text = call.call_params().and_then(|call| call.arguments?.get("text"));
            see(&[Param { header: "Text", value: ParamValue::new(text) }]);
        }
    }
    let tool_headers = Some(std::sync::Arc::new(Text) as _);
    let stage = Stage::new(HttpServerConfig { tool_headers, ..HttpServerConfig::default() }).await;
    let mut caller = stage.caller().await;
    let missing = caller.call("echo", "Hello").await;
    assert!(missing.status == 400 && missing.body.contains("-32020"), "{missing:?}");
    for (value, status) in
        [("Hello", 200), ("=?base64?SGVsbG8=?=", 200), ("=?base64?SGVsbG8?=", 400)]
    {
        let call = call("echo", "Hello")
            .replace("accept:", &format!("Mcp-Param-Text: {value}\r\naccept:"));
        caller.send(&call).await;
        assert_eq!(caller.hear().await.status, status, "{value}");
    }
}

#[tokio::test]
async fn sessions_leave_nothing_behind() {
    let stage = Stage::usual().await;
    for round in 0..200 {
        let mut sitting = Sitting::open(&stage, "2025-11-25").await;
        let mut stream = sitting.beside(&stage).await;
        assert!(stream.get("").await.is_events());
        if round % 2 == 0 {
            assert!(sitting.post(&tool(1, "never", "aloud")).await.is_events());
            let mut closing = stream.beside(&stage).await;
            assert_eq!(closing.delete().await.status, 204);
        } else {
            assert_eq!(sitting.delete().await.status, 204);
        }
    }
    assert_eq!(stage.service.sessions(), 0);
    assert_eq!(stage.service.server().changes().listeners(), 1, "the service itself");
    let tasks = tokio::runtime::Handle::current().metrics();
    let patience = tokio::time::Instant::now() + Duration::from_secs(10);
    while tasks.num_alive_tasks() > 12 && tokio::time::Instant::now() < patience {
        tokio::task::yield_now().await;
    }
    assert!(tasks.num_alive_tasks() <= 12, "{}", tasks.num_alive_tasks());
}

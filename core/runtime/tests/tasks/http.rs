//! Tasks over Streamable HTTP, where nothing is remembered between two requests but the tasks.

use std::sync::Arc;

use http_body_util::{BodyExt, Full};
use mcp_engine_proto::http::SessionMode;
use mcp_engine_proto::model::{
    ElicitAction, ElicitRequestFormParams, ElicitRequestParams, ElicitResult, Map, RequestedSchema,
};
use mcp_engine_runtime::client::{ClientBuilder, Refusal, Task};
use mcp_engine_runtime::http_client::{HttpOptions, HttpTransport};
use mcp_engine_runtime::http_server::{HttpServerConfig, HttpService, Principal, ReplyBody};
use mcp_engine_runtime::server::{Inputs, Server, Tool};
use mcp_engine_runtime::{Answer, Request};
use tokio::net::TcpListener;

use crate::stage::{Running, VERSIONS, client, endless, server, start, tool};

async fn serve(server: Server) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/mcp", listener.local_addr().expect("an address"));
    let service = HttpService::new(server, HttpServerConfig::default()).expect("a service");
    tokio::spawn(service.serve(listener));
    url
}

async fn begin(url: &str, client: ClientBuilder, name: &str) -> Task {
    let transport = HttpTransport::new(url, HttpOptions::default()).expect("a URL");
    let client = client.connect(transport).await.expect("a handshake");
    start(&client, name).await
}

async fn confirm(request: &Request) -> Result<Answer<'static>, Answer<'static>> {
    let form = ElicitRequestFormParams::new("Really?", RequestedSchema::new(Map::new()));
    let mut inputs = Inputs::of(request)?;
    let said = inputs.elicit("sure", &ElicitRequestParams::Form(form)).await?;
    Ok(Answer::text(format!("{:?}", said.action)))
}

fn confirming() -> Tool {
    tool(
        "confirming",
        |request| async move { confirm(&request).await.unwrap_or_else(|answer| answer) },
    )
}

#[tokio::test]
async fn a_task_asks_its_owner_and_is_polled_to_its_end() {
    let url = serve(server().tool(confirming()).build().expect("a server")).await;
    for version in VERSIONS {
        let client = client(version)
            .elicitation(|_| async { Ok::<_, Refusal>(ElicitResult::new(ElicitAction::Decline)) });
        let task = begin(&url, client, "confirming").await;
        assert_eq!(task.wait().await.expect("a result").text(), "Decline", "{version}");
    }
}

#[tokio::test]
async fn a_task_is_cancelled_by_a_request_of_its_own() {
    let running = Running::default();
    let url = serve(server().tool(endless(&running)).build().expect("a server")).await;
    for version in VERSIONS {
        let task = begin(&url, client(version), "endless").await;
        running.reaches(1).await;
        task.cancel().await.expect("it runs");
        running.reaches(0).await;
        assert!(task.wait().await.expect_err("it was cancelled").is_cancelled());
    }
}

#[tokio::test]
async fn a_client_without_a_stream_is_asked_while_it_waits_for_the_result() {
    let server = server().tool(confirming()).build().expect("a server");
    let service = HttpService::new(server, HttpServerConfig::default()).expect("a service");
    let post = async |session: Option<&str>, body: &str| {
        let request = http::Request::post("/mcp")
            .header("host", "localhost")
            .header("content-type", "application/json")
            .header("accept", "application/json, text/event-stream");
        let request = match session {
            Some(id) => request.header("mcp-session-id", id),
            None => request,
        };
        service.answer(request.body(Full::from(body.to_owned())).expect("a request")).await
    };
    let opened = post(None, r#"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{"elicitation":{}},"clientInfo":{"name":"c","version":"1"}}}"#).await;
    let id = opened.headers()["mcp-session-id"].to_str().expect("an id").to_owned();
    let session = Some(id.as_str());
    post(session, r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#).await;
    let call = r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"confirming","task":{}}}"#;
    let created = text(post(session, call).await).await;
    let task = created.split(r#""taskId":""#).nth(1).expect("a task")[..32].to_owned();
    let about = |id: u32, method: &str| {
        format!(
            r#"{{"jsonrpc":"2.0","id":{id},"method":"{method}","params":{{"taskId":"{task}"}}}}"#
        )
    };
    while !text(post(session, &about(2, "tasks/get")).await).await.contains("input_required") {
        tokio::task::yield_now().await;
    }

    let mut stream = post(session, &about(3, "tasks/result")).await.into_body();
    let mut question = String::new();
    while !question.contains("elicitation/create") {
        question = next(&mut stream).await;
    }
    assert!(question.contains("io.modelcontextprotocol/related-task"), "{question}");
    let asked = question.split(r#""id":"#).nth(1).expect("an id");
    let asked = asked.split(&[',', '}']).next().expect("an id");
    let answer = format!(r#"{{"jsonrpc":"2.0","id":{asked},"result":{{"action":"cancel"}}}}"#);
    post(session, &answer).await;
    let result = next(&mut stream).await;
    assert!(result.contains("Cancel") && result.contains("related-task"), "{result}");
}

#[tokio::test]
async fn requests_that_stand_alone_find_a_task_by_its_id_and_list_none() {
    let server = server().tool(endless(&Running::default())).build().expect("a server");
    let config =
        HttpServerConfig { sessions: SessionMode::Stateless, ..HttpServerConfig::default() };
    let service = HttpService::new(server, config).expect("a service");
    let post = async |method: &str, params: &str| {
        let request = http::Request::post("/mcp")
            .header("host", "localhost")
            .header("content-type", "application/json")
            .header("accept", "application/json, text/event-stream")
            .header("mcp-protocol-version", "2025-11-25");
        let body =
            format!(r#"{{"jsonrpc":"2.0","id":1,"method":"{method}","params":{{{params}}}}}"#);
        text(service.answer(request.body(Full::from(body)).expect("a request")).await).await
    };
    let created = post("tools/call", r#""name":"endless","task":{}"#).await;
    let task = &created.split(r#""taskId":""#).nth(1).expect("a task")[..32];
    let shown = post("tasks/get", &format!(r#""taskId":"{task}""#)).await;
    assert!(shown.contains("working"), "{shown}");
    assert!(post("tasks/list", "").await.contains("-32601"));
}

#[tokio::test]
async fn a_task_of_somebody_else_was_never_there() {
    let service = service();
    let id = create(&service, "alice").await;
    let never = "0".repeat(32);
    let (_, alice) = ask(&service, Some("alice"), "tasks/get", &id, "").await;
    assert!(alice.contains(r#""status":"working""#), "{alice}");
    for method in ["tasks/get", "tasks/cancel", "tasks/update"] {
        for who in [Some("bob"), None] {
            let hers = ask(&service, who, method, &id, r#","inputResponses":{}"#).await;
            let none = ask(&service, who, method, &never, r#","inputResponses":{}"#).await;
            assert!(hers.1.contains("-32602"), "{hers:?}");
            assert_eq!(hers, none);
        }
    }
    let (_, alice) = ask(&service, Some("alice"), "tasks/get", &id, "").await;
    assert!(alice.contains(r#""status":"working""#), "{alice}");
}

#[tokio::test]
async fn only_the_owner_of_a_task_is_told_how_it_is_getting_on() {
    let service = service();
    let (hers, his) = (create(&service, "alice").await, create(&service, "bob").await);
    let both = format!(r#""notifications":{{"taskIds":["{hers}","{his}"]}}"#);
    let listen = async |who| {
        let response =
            service.answer(request(Some(who), "subscriptions/listen", None, &both)).await;
        let mut body = response.into_body();
        let acknowledged = next(&mut body).await;
        // What there is, and whose, is not told here.
        assert!(acknowledged.contains(&hers) && acknowledged.contains(&his), "{acknowledged}");
        body
    };
    let (mut alice, mut bob) = (listen("alice").await, listen("bob").await);
    ask(&service, Some("bob"), "tasks/cancel", &his, "").await;
    ask(&service, Some("alice"), "tasks/cancel", &hers, "").await;
    let (to_alice, to_bob) = (next(&mut alice).await, next(&mut bob).await);
    assert!(to_alice.contains(&hers) && to_alice.contains("cancelled"), "{to_alice}");
    assert!(!to_alice.contains(&his), "{to_alice}");
    assert!(to_bob.contains(&his) && !to_bob.contains(&hers), "{to_bob}");
}

fn service() -> Arc<HttpService> {
    let server = server().tool(endless(&Running::default())).build().expect("a server");
    Arc::new(HttpService::new(server, HttpServerConfig::default()).expect("a service"))
}

/// Has somebody call a tool, and yields the id of the task.
async fn create(service: &HttpService, who: &str) -> String {
    let request = request(Some(who), "tools/call", Some("endless"), r#""name":"endless""#);
    let text = text(service.answer(request).await).await;
    let id = text.split(r#""taskId":""#).nth(1).expect("a task");
    id[..32].to_owned()
}

async fn ask(
    service: &HttpService,
    who: Option<&str>,
    method: &str,
    id: &str,
    more: &str,
) -> (u16, String) {
    let params = format!(r#""taskId":"{id}"{more}"#);
    let response = service.answer(request(who, method, Some(id), &params)).await;
    (response.status().as_u16(), text(response).await)
}

/// A request of the modern era, as a layer hands it over that knows who makes it.
fn request(
    who: Option<&str>,
    method: &str,
    name: Option<&str>,
    params: &str,
) -> http::Request<Full<bytes::Bytes>> {
    let meta = r#""io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{"extensions":{"io.modelcontextprotocol/tasks":{}}}"#;
    let body = format!(
        r#"{{"jsonrpc":"2.0","id":7,"method":"{method}","params":{{{params},"_meta":{{{meta}}}}}}}"#
    );
    let mut request = http::Request::post("/mcp")
        .header("host", "localhost")
        .header("content-type", "application/json")
        .header("accept", "application/json, text/event-stream")
        .header("mcp-protocol-version", "2026-07-28")
        .header("mcp-method", method);
    if let Some(name) = name {
        request = request.header("mcp-name", name);
    }
    let mut request = request.body(Full::from(body)).expect("a request");
    if let Some(who) = who {
        request.extensions_mut().insert(Principal(who.to_owned()));
    }
    request
}

async fn text(response: http::Response<ReplyBody>) -> String {
    let Ok(body) = response.into_body().collect().await;
    String::from_utf8(body.to_bytes().to_vec()).expect("text")
}

/// The next events of a stream.
async fn next(body: &mut ReplyBody) -> String {
    let Some(Ok(frame)) = body.frame().await else { panic!("the stream is open") };
    String::from_utf8(frame.into_data().expect("data").to_vec()).expect("text")
}

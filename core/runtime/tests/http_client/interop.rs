//! Our client and our server, over real sockets, in every revision.

use std::time::Duration;

use mcp_engine_proto::connection::Change;
use mcp_engine_proto::model::{self, JsonObject, SubscriptionFilter};
use mcp_engine_proto::version::{Era, Version};
use mcp_engine_runtime::client::{Client, ClientBuilder};
use mcp_engine_runtime::http_client::{HttpOptions, HttpTransport};
use mcp_engine_runtime::http_server::{HttpServerConfig, HttpService};
use mcp_engine_runtime::server::{
    Arguments, Changes, Inputs, Server, ServerBuilder, Tool, ToolOutput,
};
use mcp_engine_runtime::{Answer, Request};
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::time::timeout;

fn tool(name: &'static str) -> model::Tool<'static> {
    model::Tool::new(name, JsonObject::parse(r#"{"type":"object"}"#).expect("an object"))
}

/// Asks the client for its roots, be it on the stream of the call or by an answer that wants to be retried.
async fn count_roots(request: &Request) -> Result<Answer<'static>, Answer<'static>> {
    let roots = Inputs::of(request)?.list_roots("roots").await?;
    Ok(Answer::text(roots.roots.len().to_string()))
}

fn server() -> ServerBuilder {
    Server::builder("interop", "1.0")
        .tool(Tool::new(tool("echo"), |request, responder| {
            let text = Arguments::of(&request).get::<String>("text");
            let version = request.context().version();
            responder.answer(&text.into_answer(version))
        }))
        .tool(Tool::new(tool("steps"), |request, responder| {
            let context = request.context().clone();
            responder.later(async move {
                for step in 1..=3 {
                    context.progress(f64::from(step), None, None).expect("it increases");
                    tokio::task::yield_now().await;
                }
                Answer::text("done")
            })
        }))
        .tool(Tool::new(tool("away"), |request, responder| {
            let context = request.context().clone();
            responder.later(async move {
                let closing = context.close_stream(Some(Duration::from_millis(1)));
                Answer::text(format!("{closing:?}"))
            })
        }))
        .tool(Tool::new(tool("count"), |request, responder| {
            responder
                .later(async move { count_roots(&request).await.unwrap_or_else(|answer| answer) })
        }))
}

async fn serve(server: ServerBuilder) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/mcp", listener.local_addr().expect("an address"));
    let server = server.build().expect("a server");
    let service = HttpService::new(server, HttpServerConfig::default()).expect("a service");
    tokio::spawn(service.serve(listener));
    url
}

async fn connect(url: &str, client: ClientBuilder) -> Client {
    let transport = HttpTransport::new(url, HttpOptions::default()).expect("a URL");
    client.connect(transport).await.expect("a handshake")
}

fn client() -> ClientBuilder {
    Client::builder("test", "1.0").roots([model::Root::new("file:///work")])
}

#[tokio::test]
async fn requests_are_answered_in_every_revision() {
    let url = serve(server()).await;
    for version in Version::ALL {
        let client = connect(&url, client().versions([version])).await;
        assert_eq!(client.version(), version);
        assert_eq!(client.list_tools().await.expect("tools").len(), 4);
        let result = client.call_tool("echo", &json!({"text": "hi"})).await.expect("a result");
        assert_eq!(result.text(), "hi");
        let result = client.call_tool("count", &json!({})).await.expect("a result");
        assert_eq!(result.text(), "1", "{version}");
    }
}

#[tokio::test]
async fn the_newest_revision_is_found_out() {
    let client = connect(&serve(server()).await, client()).await;
    assert_eq!(client.version(), Version::LATEST);
}

#[tokio::test]
async fn progress_comes_before_the_answer() {
    let url = serve(server()).await;
    for version in Version::ALL {
        let client = connect(&url, client().versions([version])).await;
        let (sender, mut heard) = mpsc::channel(8);
        let result = client
            .call_tool("steps", &json!({}))
            .on_progress(move |progress| sender.try_send(progress.progress).expect("room"))
            .await
            .expect("a result");
        assert_eq!(result.text(), "done");
        let mut steps = Vec::new();
        heard.recv_many(&mut steps, 8).await;
        assert_eq!(steps.last(), Some(&3.0), "{version}: {steps:?}");
    }
}

#[tokio::test]
async fn an_answer_comes_when_its_stream_was_closed_meanwhile() {
    let url = serve(server()).await;
    for version in Version::ALL {
        let client = connect(&url, client().versions([version])).await;
        let result = client.call_tool("away", &json!({})).await.expect("a result");
        let closing = if version == Version::V2025_11_25 { "Closed" } else { "Kept" };
        assert_eq!(result.text(), closing, "{version}");
    }
}

#[tokio::test]
async fn many_requests_are_in_flight_at_once() {
    let url = serve(server()).await;
    for version in [Version::V2025_11_25, Version::LATEST] {
        let client = connect(&url, client().versions([version])).await;
        let calls: Vec<_> = (0..300)
            .map(|n| {
                let client = client.clone();
                tokio::spawn(async move {
                    let text = json!({"text": n.to_string()});
                    client.call_tool("echo", &text).await.map(|result| result.text())
                })
            })
            .collect();
        for (n, call) in calls.into_iter().enumerate() {
            let text = call.await.expect("no panic").expect("a result");
            assert_eq!(text, n.to_string());
        }
    }
}

#[tokio::test]
async fn changes_are_heard_of_in_both_eras() {
    let changes = Changes::default();
    let url = serve(server().watched(&changes)).await;
    for version in [Version::V2025_11_25, Version::LATEST] {
        let (sender, mut heard) = mpsc::channel(8);
        let client = client().versions([version]).on_notification(move |message| {
            let _ = sender.try_send(message.method());
        });
        let client = connect(&url, client).await;
        let filter = SubscriptionFilter::new().tools_list_changed(true);
        let _listening = match version.era() {
            Era::Modern => Some(client.listen(&filter).await.expect("a subscription")),
            Era::Legacy => None,
        };
        // In the legacy era the stream is opened beside the first requests.
        let method = loop {
            changes.publish(Change::Tools);
            if let Ok(heard) = timeout(Duration::from_millis(50), heard.recv()).await {
                break heard.expect("the client is there");
            }
        };
        assert_eq!(method, Some(mcp_engine_proto::Method::ToolListChanged));
    }
}

//! What a server has changes while it runs, and its clients see and hear of it: in memory and over HTTP, in both eras.

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use mcp_engine_proto::model::{self, JsonObject, SubscriptionFilter, TextResourceContents};
use mcp_engine_proto::task::TaskSupport;
use mcp_engine_proto::version::{Era, Version};
use mcp_engine_proto::{Limits, Method};
use mcp_engine_runtime::client::{Client, ClientBuilder, Listening};
use mcp_engine_runtime::http_client::{HttpOptions, HttpTransport};
use mcp_engine_runtime::http_server::{HttpServerConfig, HttpService};
use mcp_engine_runtime::server::{
    Catalogue, Prompt, Resource, ResourceTemplate, Server, State, Tool, ToolOutput,
};
use mcp_engine_runtime::transport::ByteStream;
use mcp_engine_runtime::{Answer, Error};
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};

const VERSIONS: [Version; 2] = [Version::V2025_11_25, Version::V2026_07_28];

fn tool(name: &'static str) -> Tool {
    let schema = JsonObject::parse(r#"{"type":"object"}"#).expect("an object");
    Tool::new(model::Tool::new(name, schema), move |_, responder| {
        responder.answer(&Answer::text(name))
    })
}

fn resource(uri: &'static str) -> Resource {
    Resource::text(model::Resource::new(uri, uri), "Buy milk.")
}

fn server() -> (Server, Catalogue) {
    let server = Server::builder("changing", "1.0").changeable().tool(tool("first"));
    let server = server.build().expect("a server");
    let catalogue = server.catalogue().expect("it is changeable").clone();
    (server, catalogue)
}

/// A client, and what it hears of.
async fn connect(
    server: &Server,
    version: Version,
    over: Over,
) -> (Client, mpsc::Receiver<Method>, Option<Listening>) {
    let (sender, heard) = mpsc::channel(64);
    let client =
        Client::builder("test", "1.0").versions([version]).on_notification(move |message| {
            let _ = sender.try_send(message.method().expect("one of MCP"));
        });
    let client = match over {
        Over::Memory => in_memory(server, client).await,
        Over::Http => over_http(server, client).await,
    };
    let filter = SubscriptionFilter::new()
        .tools_list_changed(true)
        .prompts_list_changed(true)
        .resources_list_changed(true);
    let listening = match version.era() {
        Era::Modern => Some(client.listen(&filter).await.expect("a subscription")),
        Era::Legacy => None,
    };
    (client, heard, listening)
}

#[derive(Clone, Copy, Debug)]
enum Over {
    Memory,
    Http,
}

async fn in_memory(server: &Server, client: ClientBuilder) -> Client {
    let (near, far) = tokio::io::duplex(1 << 16);
    let server = server.clone();
    tokio::spawn(async move { server.serve(ByteStream::new(far, &Limits::default())).await });
    client.connect(ByteStream::new(near, &Limits::default())).await.expect("a handshake")
}

async fn over_http(server: &Server, client: ClientBuilder) -> Client {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/mcp", listener.local_addr().expect("an address"));
    let service = HttpService::new(server.clone(), HttpServerConfig::default());
    tokio::spawn(service.expect("a service").serve(listener));
    let transport = HttpTransport::new(&url, HttpOptions::default()).expect("a URL");
    client.connect(transport).await.expect("a handshake")
}

async fn names(client: &Client) -> Vec<String> {
    let tools = client.list_tools().await.expect("tools");
    tools.iter().map(|tool| tool.name.to_string()).collect()
}

#[tokio::test]
async fn clients_see_and_hear_of_what_comes_and_goes() {
    for (version, over) in VERSIONS.into_iter().flat_map(|v| [(v, Over::Memory), (v, Over::Http)]) {
        let (server, catalogue) = server();
        let (client, mut heard, _listening) = connect(&server, version, over).await;
        assert_eq!(names(&client).await, ["first"]);
        while matches!((over, version.era()), (Over::Http, Era::Legacy)) && heard.is_empty() {
            // The stream of a session is opened beside its first requests.
            catalogue.add_tool(tool("hello")).expect("it is new");
            catalogue.remove_tool("hello");
            tokio::task::yield_now().await;
        }
        while heard.try_recv().is_ok() {}

        catalogue.add_tool(tool("second")).expect("it is new");
        until(&mut heard, Method::ToolListChanged).await;
        assert_eq!(names(&client).await, ["first", "second"]);
        let said = client.call_tool("second", &json!({})).await.expect("a result");
        assert_eq!(said.text(), "second", "{version} {over:?}");
        assert!(catalogue.remove_tool("first"));
        until(&mut heard, Method::ToolListChanged).await;
        assert_eq!(names(&client).await, ["second"]);
        let gone = client.call_tool("first", &json!({})).await.expect_err("it is gone");
        assert_eq!(gone.peer().expect("the server").code, -32602);

        catalogue
            .add_prompt(Prompt::immediate(model::Prompt::new("greet"), |_| "Hello."))
            .expect("it is new");
        until(&mut heard, Method::PromptListChanged).await;
        assert_eq!(client.get_prompt("greet", []).await.expect("a prompt").messages.len(), 1);
        catalogue.add_resource(resource("notes://today")).expect("it is new");
        until(&mut heard, Method::ResourceListChanged).await;
        client.read_resource("notes://today").await.expect("contents");
        assert!(catalogue.remove_resource("notes://today") && catalogue.remove_prompt("greet"));
        until(&mut heard, Method::PromptListChanged).await;
        client.read_resource("notes://today").await.expect_err("it is gone");
        client.get_prompt("greet", []).await.expect_err("it is gone");
        client.close().await;
    }
}

async fn until(heard: &mut mpsc::Receiver<Method>, method: Method) {
    while heard.recv().await.expect("the client is there") != method {}
}

#[tokio::test]
async fn several_changes_are_one() {
    let (server, catalogue) = server();
    let (client, mut heard, _listening) = connect(&server, Version::LATEST, Over::Memory).await;
    let family = model::ResourceTemplate::new("logs://{day}", "logs");
    let family = ResourceTemplate::immediate(family, |uri, values| {
        let text = values.get("day").unwrap_or_default().to_owned();
        model::ResourceContents::from(TextResourceContents::new(uri.to_owned(), text))
    });
    catalogue
        .change(|edit| {
            // Another one takes the name.
            assert!(edit.remove_tool("first"));
            edit.add_tool(tool("first"))?;
            edit.add_tool(tool("second"))?;
            edit.add_resource(resource("notes://today"))?;
            edit.add_resource_template(family?)
        })
        .expect("it fits");
    assert_eq!(heard.recv().await, Some(Method::ToolListChanged));
    assert_eq!(heard.recv().await, Some(Method::ResourceListChanged));
    assert_eq!(names(&client).await, ["first", "second"]);
    client.read_resource("logs://monday").await.expect("contents");
    let gone = catalogue.change(|edit| Ok(edit.remove_resource_template("logs://{day}")));
    assert!(gone.expect("a change"));
    client.read_resource("logs://monday").await.expect_err("it is gone");
    assert_eq!(heard.recv().await, Some(Method::ResourceListChanged));
    assert!(heard.is_empty());
}

#[tokio::test]
async fn what_does_not_fit_changes_nothing_and_tells_nobody() {
    let (server, catalogue) = server();
    let (client, heard, _listening) = connect(&server, Version::LATEST, Over::Memory).await;
    let refused = [
        catalogue.add_tool(tool("first")),
        catalogue.add_resource(resource("no scheme")),
        catalogue.add_tool(tool("long").task(TaskSupport::Required)),
        catalogue.add_tool(stateful("late")),
        catalogue.change(|edit| {
            edit.remove_tool("first");
            Err(Error::from(mcp_engine_proto::Error::ApiMisuse(mcp_engine_proto::Misuse::Closed)))
        }),
    ];
    assert!(refused.iter().all(Result::is_err), "{refused:?}");
    assert!(!catalogue.remove_tool("never") && !catalogue.remove_prompt("never"));
    assert_eq!(names(&client).await, ["first"]);
    assert!(heard.is_empty());
}

#[tokio::test]
async fn what_is_added_finds_the_state_of_the_server() {
    let server = Server::builder("stateful", "1.0").changeable().state("Ada".to_owned());
    let server = server.build().expect("a server");
    let catalogue = server.catalogue().expect("it is changeable");
    catalogue.add_tool(stateful("who")).expect("the state is there");
    let (client, ..) = connect(&server, Version::LATEST, Over::Memory).await;
    assert_eq!(client.call_tool("who", &json!({})).await.expect("a result").text(), "Ada");
}

fn stateful(name: &'static str) -> Tool {
    let schema = JsonObject::parse(r#"{"type":"object"}"#).expect("an object");
    Tool::with_state(model::Tool::new(name, schema), |definition, states| {
        let who: State<String> = states.get()?;
        Ok(Tool::new(definition, move |request, responder| {
            responder.answer(&who.as_str().into_answer(request.context().version()))
        }))
    })
}

#[tokio::test]
async fn a_server_that_is_not_changeable_has_no_catalogue() {
    let server = Server::builder("fixed", "1.0").tool(tool("first")).build().expect("a server");
    assert!(server.catalogue().is_none());
    let (client, ..) = connect(&server, Version::V2025_11_25, Over::Memory).await;
    assert_eq!(names(&client).await, ["first"]);
}

#[tokio::test]
async fn a_call_that_has_begun_outlives_its_tool_and_leaves_nothing_behind() {
    let (server, catalogue) = server();
    let (client, ..) = connect(&server, Version::LATEST, Over::Memory).await;
    let (go, gone) = oneshot::channel::<()>();
    let gone = Arc::new(std::sync::Mutex::new(Some(gone)));
    let schema = || JsonObject::parse(r#"{"type":"object"}"#).expect("an object");
    let begun = Arc::new(AtomicUsize::new(0));
    let begins = Arc::clone(&begun);
    let slow = Tool::new(model::Tool::new("slow", schema()), move |_, responder| {
        let gone = gone.lock().expect("no panic").take();
        begins.fetch_add(1, Ordering::SeqCst);
        responder.later(async move {
            match gone {
                Some(gone) => {
                    gone.await.map_or(Answer::failure("dropped"), |()| Answer::text("done"))
                }
                None => pending().await,
            }
        })
    });
    catalogue.add_tool(slow.concurrency(1)).expect("it is new");
    let calling = tokio::spawn({
        let client = client.clone();
        async move { client.call_tool("slow", &json!({})).await.map(|result| result.text()) }
    });
    while begun.load(Ordering::SeqCst) == 0 {
        tokio::task::yield_now().await;
    }
    assert!(catalogue.remove_tool("slow"));
    client.call_tool("slow", &json!({})).await.expect_err("it is gone");
    go.send(()).expect("it runs");
    assert_eq!(calling.await.expect("no panic").expect("a result"), "done");
    // Each bounded tool has a key of the workers: more come and go than there are keys.
    for _ in 0..20_000 {
        catalogue.add_tool(tool("bounded").concurrency(1)).expect("there is a key for it");
        assert!(catalogue.remove_tool("bounded"));
    }
}

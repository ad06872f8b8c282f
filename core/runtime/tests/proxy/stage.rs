//! A server with a proxy before it, and clients of both.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http::Request as HttpRequest;
use http_body_util::{BodyExt, Full};
use mcp_engine_proto::connection::{Call, Change, Patience};
use mcp_engine_proto::json::Raw;
use mcp_engine_proto::model::{
    self, ElicitAction, ElicitRequestFormParams, ElicitRequestParams, ElicitResult, ElicitValue,
    JsonObject, RequestedSchema,
};
use mcp_engine_proto::version::Version;
use mcp_engine_proto::{Limits, LoggingLevel, Method};
use mcp_engine_runtime::client::{Client, ClientBuilder};
use mcp_engine_runtime::http_client::{HttpOptions, HttpTransport};
use mcp_engine_runtime::http_server::{HttpServerConfig, HttpService, Principal, ReplyBody};
use mcp_engine_runtime::proxy::{Proxy, ProxyBuilder, ProxyLimits};
use mcp_engine_runtime::server::{
    Arguments, Changes, Inputs, Prompt, Resource, Server, Tool, ToolOutput,
};
use mcp_engine_runtime::transport::{ByteStream, Memory};
use mcp_engine_runtime::{Answer, Error, Request};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

pub(crate) const ELICITING: [Version; 3] =
    [Version::V2025_06_18, Version::V2025_11_25, Version::V2026_07_28];

/// A server that counts how often it was connected, and what it has dropped.
#[derive(Clone)]
pub(crate) struct Behind {
    server: Server,
    pub(crate) changes: Changes,
    pub(crate) connected: Arc<AtomicUsize>,
    /// How many calls of `never` have begun, and how many were dropped.
    pub(crate) started: Arc<AtomicUsize>,
    pub(crate) dropped: Arc<AtomicUsize>,
    serving: Arc<Mutex<Vec<JoinHandle<()>>>>,
}

impl Behind {
    /// Tools: `echo`, `ask` asks the user twice, `sample` the model, `steps` tells how far it is, `never` does not answer, `log` logs, `touch` tells its own
    /// connection that the tools have changed.
    pub(crate) fn new(version: Version) -> Self {
        let (changes, started) = (Changes::default(), Arc::default());
        let dropped = Arc::default();
        let greet = model::Prompt::new("greet");
        let server = Server::builder("behind", "1.0")
            .instructions("Be kind.")
            .configure(|config| {
                config.versions = vec![version];
                // It waits for answers longer than any proxy.
                config.patience = Patience::ENDLESS;
            })
            .logging()
            .watched(&changes)
            .tool(echo())
            .tool(later("ask", |request| async move { ask(&request).await }))
            .tool(later("sample", |request| async move { sample(&request).await }))
            .tool(later("steps", |request| async move { Ok(steps(&request).await) }))
            .tool(later("log", |request| async move { Ok(log(&request)) }))
            .tool(never(&started, &dropped))
            .tool(later("touch", |request| async move { Ok(touch(&request)) }))
            .prompt(Prompt::immediate(greet, |_| "Greet them.".to_owned()))
            .resource(Resource::text(model::Resource::new("notes://today", "today"), "Buy milk."))
            .complete(|asked| vec![format!("{}!", asked.argument.value)])
            .build()
            .expect("a server");
        Self {
            server,
            changes,
            connected: Arc::default(),
            started,
            dropped,
            serving: Arc::default(),
        }
    }

    pub(crate) fn connections(&self) -> usize {
        self.connected.load(Ordering::SeqCst)
    }

    /// Breaks off every connection.
    pub(crate) fn die(&self) {
        self.serving.lock().expect("no panic").drain(..).for_each(|serving| serving.abort());
    }

    pub(crate) fn proxy(&self) -> ProxyBuilder {
        let behind = self.clone();
        Proxy::builder("proxy", "1.0", move |upstream| {
            let (near, far) = Memory::pair(1 << 16);
            let server = behind.server.clone();
            behind.connected.fetch_add(1, Ordering::SeqCst);
            let serving = tokio::spawn(async move {
                drop(server.serve(ByteStream::new(far, &Limits::default())).await);
            });
            behind.serving.lock().expect("no panic").push(serving);
            upstream.connect(ByteStream::new(near, &Limits::default()))
        })
    }

    /// The same, with HTTP between.
    pub(crate) async fn proxy_over_http(&self) -> ProxyBuilder {
        let service = HttpService::new(self.server.clone(), HttpServerConfig::default());
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}/mcp", listener.local_addr().expect("an address"));
        tokio::spawn(service.expect("a service").serve(listener));
        Proxy::builder("proxy", "1.0", move |upstream| {
            let transport = HttpTransport::new(&url, HttpOptions::default()).expect("a URL");
            upstream.connect(transport)
        })
    }

    /// A client of that revision with this before it.
    pub(crate) async fn client(&self, client: ClientBuilder) -> Client {
        through(&self.proxy().build().expect("a runtime"), client).await
    }
}

/// A client of a proxy.
pub(crate) async fn through(proxy: &Proxy, client: ClientBuilder) -> Client {
    serving(proxy, client).await.0
}

/// The same, with how the proxy has served it.
pub(crate) async fn serving(
    proxy: &Proxy,
    client: ClientBuilder,
) -> (Client, JoinHandle<Result<(), Error>>) {
    let (near, far) = Memory::pair(1 << 16);
    let proxy = proxy.clone();
    let serving = tokio::spawn(async move {
        proxy.serve(ByteStream::new(far, &Limits::default())).await.map(drop)
    });
    let client = client.connect(ByteStream::new(near, &Limits::default())).await;
    (client.expect("a handshake"), serving)
}

pub(crate) fn client(version: Version) -> ClientBuilder {
    Client::builder("test", "1.0").versions([version])
}

/// A client whose user is called Ada Lovelace.
pub(crate) fn ada(version: Version) -> ClientBuilder {
    client(version).elicitation(|asked| async move {
        let ElicitRequestParams::Form(form) = asked else { panic!("a form") };
        let name = if form.message.contains("first") { "Ada" } else { "Lovelace" };
        let mut content = model::Map::new();
        content.insert("name", ElicitValue::String(name.into()));
        Ok(ElicitResult::new(ElicitAction::Accept).content(content))
    })
}

pub(crate) fn limited(change: impl FnOnce(&mut ProxyLimits)) -> ProxyLimits {
    let mut limits = ProxyLimits::default();
    change(&mut limits);
    limits
}

fn tool(name: &'static str) -> model::Tool<'static> {
    model::Tool::new(name, JsonObject::parse(r#"{"type":"object"}"#).expect("an object"))
}

fn echo() -> Tool {
    Tool::new(tool("echo"), |request, responder| {
        let text = Arguments::of(&request).get::<String>("text");
        responder.answer(&text.into_answer(request.context().version()))
    })
}

fn later<W>(name: &'static str, serve: impl Fn(Request) -> W + Send + Sync + 'static) -> Tool
where
    W: Future<Output = Result<Answer<'static>, Answer<'static>>> + Send + 'static,
{
    Tool::new(tool(name), move |request, responder| {
        let serving = serve(request);
        responder.later(async move { serving.await.unwrap_or_else(|answer| answer) })
    })
}

async fn ask(request: &Request) -> Result<Answer<'static>, Answer<'static>> {
    let mut inputs = Inputs::of(request)?;
    let form = |text: &'static str| {
        let schema = RequestedSchema::new(model::Map::new());
        ElicitRequestParams::Form(ElicitRequestFormParams::new(text, schema))
    };
    let first = inputs.elicit("first", &form("Your first name?")).await?;
    let last = inputs.elicit("last", &form("And your last name?")).await?;
    let name = |result: &ElicitResult<'_>| match result.content.as_ref()?.get("name")? {
        ElicitValue::String(name) => Some(name.to_string()),
        _ => None,
    };
    let (first, last) = (name(&first).unwrap_or_default(), name(&last).unwrap_or_default());
    Ok(Answer::text(format!("Hello {first} {last}")))
}

async fn sample(request: &Request) -> Result<Answer<'static>, Answer<'static>> {
    let mut inputs = Inputs::of(request)?;
    let question = model::CreateMessageRequestParams::new([], 10);
    let said = inputs.sample("answer", &question).await?;
    let roots = inputs.list_roots("roots").await?;
    Ok(Answer::text(format!("{} {}", said.model, roots.roots.len())))
}

async fn steps(request: &Request) -> Answer<'static> {
    for step in 1..=3 {
        let told = request.context().progress(f64::from(step), Some(3.0), Some("on it"));
        told.expect("it increases");
        tokio::time::sleep(Duration::from_secs(40)).await;
    }
    Answer::text("done")
}

fn log(request: &Request) -> Answer<'static> {
    for level in [LoggingLevel::Debug, LoggingLevel::Warning] {
        let text = Raw::parse(r#""careful""#).expect("JSON");
        request.context().log(level, Some("behind"), text).expect("it may");
    }
    Answer::text("logged")
}

fn touch(request: &Request) -> Answer<'static> {
    let peer = request.context().peer().expect("a connection");
    peer.publish(Change::Tools).expect("it may");
    Answer::text("touched")
}

fn never(started: &Arc<AtomicUsize>, dropped: &Arc<AtomicUsize>) -> Tool {
    struct Gone(Arc<AtomicUsize>);
    impl Drop for Gone {
        fn drop(&mut self) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }
    let (started, dropped) = (Arc::clone(started), Arc::clone(dropped));
    Tool::new(tool("never"), move |_, responder| {
        started.fetch_add(1, Ordering::SeqCst);
        let gone = Gone(Arc::clone(&dropped));
        responder.later(async move {
            std::future::pending::<()>().await;
            drop(gone);
            Answer::text("")
        })
    })
}

/// A proxy over HTTP, asked request by request.
#[derive(Clone)]
pub(crate) struct Lone {
    service: HttpService,
}

impl Lone {
    pub(crate) async fn new(proxy: &Proxy) -> Self {
        let server = proxy.server().await.expect("a server behind it");
        let service = HttpService::new(server, HttpServerConfig::default()).expect("a service");
        Self { service }
    }

    /// Asks for something in the modern era, as somebody who can be asked everything.
    pub(crate) async fn ask(&self, who: Option<&str>, method: &str, params: Value) -> Value {
        self.ask_with(who, method, params, json!({"elicitation": {}, "sampling": {}, "roots": {}}))
            .await
    }

    pub(crate) async fn ask_with(
        &self,
        who: Option<&str>,
        method: &str,
        mut params: Value,
        capabilities: Value,
    ) -> Value {
        params["_meta"]["io.modelcontextprotocol/clientCapabilities"] = capabilities;
        let body = self.post(who, method, params).await.collect().await.expect("a body").to_bytes();
        let text = str::from_utf8(&body).expect("UTF-8");
        let last = text.lines().rev().find_map(|line| {
            serde_json::from_str(line.strip_prefix("data: ").unwrap_or(line)).ok()
        });
        last.expect("an answer")
    }

    /// Listens, and yields the stream.
    pub(crate) async fn listen(&self, who: Option<&str>, filter: Value) -> Stream {
        let mut params = json!({"notifications": filter});
        params["_meta"]["io.modelcontextprotocol/clientCapabilities"] = json!({});
        let mut stream = Stream(self.post(who, "subscriptions/listen", params).await);
        let acknowledged = stream.next().await;
        assert_eq!(acknowledged["method"], "notifications/subscriptions/acknowledged");
        stream
    }

    async fn post(&self, who: Option<&str>, method: &str, mut params: Value) -> ReplyBody {
        params["_meta"]["io.modelcontextprotocol/protocolVersion"] = json!("2026-07-28");
        let name = params["name"].as_str().or(params["uri"].as_str()).unwrap_or_default();
        let mut request = HttpRequest::post("/")
            .header("host", "localhost")
            .header("content-type", "application/json")
            .header("accept", "application/json, text/event-stream")
            .header("mcp-protocol-version", "2026-07-28")
            .header("mcp-method", method)
            .header("mcp-name", name);
        if let Some(who) = who {
            request = request.extension(Principal(who.to_owned()));
        }
        let body = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
        let request = request.body(Full::new(Bytes::from(body.to_string()))).expect("a request");
        self.service.answer(request).await.into_body()
    }

    pub(crate) async fn call(&self, who: Option<&str>, tool: &str) -> Value {
        self.ask(who, "tools/call", json!({"name": tool, "arguments": {"text": "hi"}})).await
    }

    /// Comes again with what was asked for: the same for every question.
    pub(crate) async fn come_again(&self, who: Option<&str>, tool: &str, asked: &Value) -> Value {
        let answer = |message: &str| {
            let name = if message.contains("first") { "Ada" } else { "Lovelace" };
            json!({"action": "accept", "content": {"name": name}})
        };
        let asked = &asked["result"];
        let responses: serde_json::Map<String, Value> = asked["inputRequests"]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(key, it)| (key.clone(), answer(it["params"]["message"].as_str().unwrap_or(""))))
            .collect();
        let params = json!({
            "name": tool, "arguments": {"text": "hi"},
            "inputResponses": responses, "requestState": asked["requestState"],
        });
        self.ask(who, "tools/call", params).await
    }
}

/// A stream of events, each of which comes in one piece here.
pub(crate) struct Stream(ReplyBody);

impl Stream {
    pub(crate) async fn next(&mut self) -> Value {
        let frame = self.0.frame().await.expect("an event").expect("a body");
        let bytes = frame.into_data().expect("bytes");
        let text = str::from_utf8(&bytes).expect("UTF-8");
        let message = text.lines().find_map(|line| line.strip_prefix("data: "));
        serde_json::from_str(message.expect("a message")).expect("JSON")
    }
}

pub(crate) fn text_of(answer: &Value) -> &str {
    answer["result"]["content"][0]["text"].as_str().unwrap_or_default()
}

/// Anything else, asked by name.
pub(crate) async fn ask_raw(client: &Client, method: &str, params: &str) -> Result<Value, Error> {
    let call = Call::named(method).params(Raw::parse(params).expect("JSON"));
    let message = client.peer().request(call)?.await?;
    Ok(serde_json::from_str(message.as_str()).expect("JSON"))
}

/// What a client hears by the way.
#[derive(Clone, Default)]
pub(crate) struct Heard(Arc<Mutex<Vec<Method>>>);

impl Heard {
    pub(crate) fn by(&self, client: ClientBuilder) -> ClientBuilder {
        let heard = self.clone();
        client.on_notification(move |message| {
            heard.0.lock().expect("no panic").extend(message.method());
        })
    }

    pub(crate) fn take(&self) -> Vec<Method> {
        std::mem::take(&mut self.0.lock().expect("no panic"))
    }

    /// Waits until so much was heard.
    pub(crate) async fn await_some(&self, number: usize) -> Vec<Method> {
        while self.0.lock().expect("no panic").len() < number {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        self.take()
    }
}

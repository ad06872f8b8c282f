//! A server whose tools run as tasks, and clients of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use mcp_engine_proto::Limits;
use mcp_engine_proto::model::{self, JsonObject};
use mcp_engine_proto::task::{TaskLimits, TaskSupport};
use mcp_engine_proto::version::Version;
use mcp_engine_runtime::client::{Client, ClientBuilder, Started, Task};
use mcp_engine_runtime::server::{Server, ServerBuilder, Tool};
use mcp_engine_runtime::transport::ByteStream;
use mcp_engine_runtime::{Answer, Request};
use serde_json::json;

/// The revisions that have tasks.
pub(crate) const VERSIONS: [Version; 2] = [Version::V2025_11_25, Version::V2026_07_28];

pub(crate) fn definition(name: &'static str) -> model::Tool<'static> {
    model::Tool::new(name, JsonObject::parse(r#"{"type":"object"}"#).expect("an object"))
}

/// A tool that may run as a task.
pub(crate) fn tool<W>(
    name: &'static str,
    serve: impl Fn(Request) -> W + Clone + Send + Sync + 'static,
) -> Tool
where
    W: Future<Output = Answer<'static>> + Send + 'static,
{
    let tool = Tool::new(definition(name), move |request, responder| {
        let serve = serve.clone();
        responder.later(async move { serve(request).await })
    });
    tool.task(TaskSupport::Optional)
}

/// A tool that takes ten seconds and tells how far it is.
pub(crate) fn slow() -> Tool {
    tool("slow", |request| async move {
        for step in 1..=10 {
            tokio::time::sleep(Duration::from_secs(1)).await;
            let message = format!("step {step}");
            request.context().progress(f64::from(step), Some(10.0), Some(&message)).expect("more");
        }
        Answer::text("slow and steady")
    })
}

/// A tool that never ends, and counts those of its calls that run.
pub(crate) fn endless(running: &Running) -> Tool {
    let running = running.clone();
    tool("endless", move |_| {
        let runs = running.enter();
        async move {
            let _runs = runs;
            std::future::pending().await
        }
    })
}

/// How many run.
#[derive(Clone, Default)]
pub(crate) struct Running(Arc<AtomicUsize>);

/// One that runs.
pub(crate) struct Runs(Arc<AtomicUsize>);

impl Running {
    pub(crate) fn enter(&self) -> Runs {
        self.0.fetch_add(1, Ordering::SeqCst);
        Runs(Arc::clone(&self.0))
    }

    pub(crate) fn count(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }

    /// Waits until so many run.
    pub(crate) async fn reaches(&self, count: usize) {
        while self.count() != count {
            tokio::task::yield_now().await;
        }
    }
}

impl Drop for Runs {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

pub(crate) fn server() -> ServerBuilder {
    Server::builder("tasks", "1.0").tasks(TaskLimits::default())
}

pub(crate) fn client(version: Version) -> ClientBuilder {
    Client::builder("test", "1.0").tasks().versions([version])
}

pub(crate) async fn connect(server: &Server, client: ClientBuilder) -> Client {
    let (near, far) = tokio::io::duplex(1 << 16);
    let server = server.clone();
    tokio::spawn(async move { server.serve(ByteStream::new(far, &Limits::default())).await });
    client.connect(ByteStream::new(near, &Limits::default())).await.expect("a handshake")
}

/// A server of these tools, and a client of it.
pub(crate) async fn pair(tools: impl IntoIterator<Item = Tool>, client: ClientBuilder) -> Client {
    let server = tools.into_iter().fold(server(), ServerBuilder::tool);
    connect(&server.build().expect("a server"), client).await
}

/// Calls a tool that becomes a task.
pub(crate) async fn start(client: &Client, name: &str) -> Task {
    match client.call_tool(name, &json!({})).start().await.expect("a start") {
        Started::Task(task) => task,
        Started::Done(result) => panic!("no task: {}", result.text()),
    }
}

//! Functions that are tools, called by a client.

mod shared;

use std::borrow::Cow;
use std::fmt;
use std::sync::atomic::{AtomicU32, Ordering};

use mcp_engine::client::{Client, Started};
use mcp_engine::model;
use mcp_engine::server::{Inputs, JsonSchema, Server, ServerBuilder, State, Structured, tool};
use mcp_engine::task::TaskLimits;
use mcp_engine::version::Version;
use mcp_engine::{Answer, Context, Request};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use shared::{caller, connect};

/// Says it back.
///
/// Word by word.
#[tool]
fn echo(text: &str) -> &str {
    text
}

/// Adds two numbers.
#[tool(title = "Addition", read_only, idempotent, destructive = false)]
async fn add(
    /// The first one.
    a: i64,
    b: i64,
) -> i64 {
    tokio::task::yield_now().await;
    a + b
}

/// One of each kind.
#[expect(clippy::too_many_arguments, reason = "one of each kind")]
#[tool(name = "kinds.all", description = "All of them.")]
fn kinds(
    owned: String,
    either: Cow<'_, str>,
    byte: u8,
    float: f64,
    flag: bool,
    maybe: Option<&str>,
    words: Vec<&str>,
    numbers: &[i32],
    r#type: Option<Vec<Option<bool>>>,
) -> String {
    format!("{owned} {either} {byte} {float} {flag} {maybe:?} {words:?} {numbers:?} {type:?}")
}

/// A point on a map.
#[derive(Deserialize, JsonSchema)]
#[schemars(crate = "mcp_engine::server::schemars")]
struct Place {
    /// Degrees north.
    latitude: f64,
    name: Option<String>,
}

mod other {
    /// Another type of the same name.
    #[derive(serde::Deserialize, super::JsonSchema)]
    #[schemars(crate = "mcp_engine::server::schemars")]
    pub(crate) struct Place {
        pub(crate) rank: u8,
    }
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[schemars(crate = "mcp_engine::server::schemars")]
struct Report {
    lines: Vec<String>,
}

/// What may go wrong.
#[derive(Debug)]
struct Lost;

impl fmt::Display for Lost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the way is lost")
    }
}

#[tool(blocking, concurrency = 2)]
fn survey(
    context: &Context,
    /// Where to begin.
    from: Place,
    to: Option<other::Place>,
) -> Result<Structured<Report>, Lost> {
    let to = to.ok_or(Lost)?;
    let lines = vec![
        format!("{}", context.version()),
        format!("{} {:?} {}", from.latitude, from.name, to.rank),
    ];
    Ok(Structured(Report { lines }))
}

#[tool(output = Report)]
fn relay() -> Answer<'static> {
    Answer::text("structured otherwise")
}

/// Counts calls.
#[tool]
async fn count(calls: State<AtomicU32>, prefix: &str, request: &Request) -> String {
    assert!(request.message().id().is_some());
    format!("{prefix}{}", calls.fetch_add(1, Ordering::Relaxed))
}

#[tool]
fn peek(State(calls): State<AtomicU32>, again: &State<AtomicU32>) -> String {
    format!("{} {}", calls.load(Ordering::Relaxed), again.load(Ordering::Relaxed))
}

#[tool(blocking)]
fn peek_blocking(calls: State<AtomicU32>) -> u32 {
    calls.load(Ordering::Relaxed)
}

#[tool]
async fn progress(context: Context, steps: u8) {
    for step in 1..=steps {
        context.progress(f64::from(step), Some(f64::from(steps)), None).expect("it increases");
        tokio::task::yield_now().await;
    }
}

/// Sells by region.
#[tool]
fn sell(
    /// Where.
    #[header("X-Region")]
    region: &str,
    #[header("X-Amount")] amount: Option<u32>,
) -> String {
    format!("{region} {amount:?}")
}

#[tool]
async fn roots(mut inputs: Inputs) -> Result<String, Answer<'static>> {
    let roots = inputs.list_roots("roots").await?;
    Ok(roots.roots.iter().map(|root| &*root.uri).collect::<Vec<_>>().join(" "))
}

/// A tool by the name of a parameter of another tool.
#[tool]
pub fn text<'a>(first: &'a str, _second: &'a str) -> Result<&'a str, Lost> {
    if first.is_empty() { Err(Lost) } else { Ok(first) }
}

fn server() -> ServerBuilder {
    let server = Server::builder("tools", "1.0").tool(echo).tool(add).tool(kinds).tool(survey);
    let server = server.tool(relay).tool(count).tool(peek).tool(peek_blocking).tool(progress);
    server.tool(sell).tool(roots).tool(text).state(AtomicU32::new(7))
}

async fn said(client: &Client, name: &str, arguments: Value) -> String {
    let result = client.call_tool(name, &arguments).await.expect("a result");
    assert!(!result.is_error(), "{}", result.text());
    result.text()
}

async fn refused(client: &Client, name: &str, arguments: Value) -> String {
    let result = client.call_tool(name, &arguments).await.expect("a result");
    assert!(result.is_error(), "{}", result.text());
    result.text()
}

#[tokio::test]
async fn arguments_arrive_in_every_revision() {
    for version in Version::ALL {
        let client = connect(server(), caller(version)).await;
        assert_eq!(said(&client, "echo", json!({"text": "a\nb"})).await, "a\nb");
        assert_eq!(said(&client, "add", json!({"a": 40, "b": 2})).await, "42");
        assert_eq!(said(&client, "text", json!({"first": "1", "_second": "2"})).await, "1");
        let all = json!({
            "owned": "o", "either": "e", "byte": 255, "float": 0.5, "flag": true, "maybe": "m",
            "words": ["a", "b\"c"], "numbers": [1, -2], "type": [true, null],
        });
        let expected =
            r#"o e 255 0.5 true Some("m") ["a", "b\"c"] [1, -2] Some([Some(true), None])"#;
        assert_eq!(said(&client, "kinds.all", all).await, expected);
    }
}

#[tokio::test]
async fn arguments_that_are_wrong_are_told_to_the_model() {
    let client = connect(server(), caller(Version::V2026_07_28)).await;
    for name in ["echo", "count"] {
        let key = if name == "echo" { "text" } else { "prefix" };
        let missing = refused(&client, name, json!({})).await;
        assert_eq!(missing, format!("the argument `{key}` is missing"));
        let wrong = refused(&client, name, json!({key: 1})).await;
        assert_eq!(wrong, format!("the argument `{key}` must be a string"));
    }
    let missing = refused(&client, "survey", json!({})).await;
    assert_eq!(missing, "the argument `from` is missing");
    let wrong = refused(&client, "survey", json!({"from": {}})).await;
    assert!(wrong.starts_with("the argument `from` is not right: missing field `latitude`"));
    let failed = refused(&client, "survey", json!({"from": {"latitude": 1}})).await;
    assert_eq!(failed, "the way is lost");
    assert_eq!(
        refused(&client, "text", json!({"first": "", "_second": ""})).await,
        "the way is lost"
    );
}

#[tokio::test]
async fn structured_results_come_from_threads_that_block() {
    let client = connect(server(), caller(Version::V2025_11_25)).await;
    let arguments = json!({"from": {"latitude": 1.5}, "to": {"rank": 3}});
    let result = client.call_tool("survey", &arguments).await.expect("a result");
    let report: Report = result.deserialize().expect("a report");
    assert_eq!(report.lines[0], Version::V2025_11_25.to_string());
    assert_eq!(report.lines[1], "1.5 None 3");
}

#[tokio::test]
async fn handlers_share_the_state_of_their_server() {
    let client = connect(server(), caller(Version::V2025_11_25)).await;
    assert_eq!(said(&client, "count", json!({"prefix": "n"})).await, "n7");
    assert_eq!(said(&client, "peek", json!({})).await, "8 8");
    assert_eq!(said(&client, "peek_blocking", json!({})).await, "8");
    let other = connect(server(), caller(Version::V2025_11_25)).await;
    assert_eq!(said(&other, "peek", json!({})).await, "7 7");
}

#[tokio::test]
async fn a_server_without_a_state_that_is_needed_is_not_built() {
    let error = Server::builder("tools", "1.0").tool(count).build().expect_err("no state");
    assert!(error.to_string().contains("AtomicU32"), "{error}");
    let twice = Server::builder("tools", "1.0").state(1u8).state(2u8).build();
    assert!(twice.expect_err("two states").to_string().contains("u8"));
}

#[tokio::test]
async fn progress_is_told_through_the_context() {
    use std::sync::{Arc, Mutex};
    let client = connect(server(), caller(Version::V2025_11_25)).await;
    let heard = Arc::new(Mutex::new(Vec::new()));
    let hear = Arc::clone(&heard);
    let arguments = json!({"steps": 3});
    let call = client.call_tool("progress", &arguments);
    let call =
        call.on_progress(move |progress| hear.lock().expect("no panic").push(progress.progress));
    let result = call.await.expect("a result");
    assert_eq!(result.content().count(), 0);
    assert_eq!(heard.lock().expect("no panic").last(), Some(&3.0));
}

#[tokio::test]
async fn tools_ask_their_client_or_answer_that_it_cannot() {
    for version in Version::ALL {
        let without = connect(server(), caller(version)).await;
        let error = without.call_tool("roots", &json!({})).await.expect_err("it has no roots");
        assert!(error.peer().is_some(), "{error}");
        let roots = [model::Root::new("file:///home")];
        let client = connect(server(), caller(version).roots(roots)).await;
        assert_eq!(said(&client, "roots", json!({})).await, "file:///home");
    }
}

async fn listed(version: Version, name: &str) -> model::Tool<'static> {
    let client = connect(server(), caller(version)).await;
    let tools = client.list_tools().await.expect("tools");
    tools.into_iter().find(|tool| tool.name == name).expect("the tool")
}

fn schema(tool: &model::Tool<'_>) -> Value {
    serde_json::from_str(tool.input_schema.as_str()).expect("a schema")
}

#[tokio::test]
async fn definitions_say_what_the_source_says_in_every_revision() {
    for version in Version::ALL {
        let tool = listed(version, "echo").await;
        assert_eq!(tool.description.as_deref(), Some("Says it back.\n\nWord by word."));
        let expected = json!({
            "type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"],
        });
        assert_eq!(schema(&tool), expected);
        let tool = listed(version, "add").await;
        assert_eq!(tool.title.is_some(), version >= Version::V2025_06_18);
        let hints = tool.annotations.as_ref();
        assert_eq!(hints.is_some(), version >= Version::V2025_03_26);
        if let Some(hints) = hints {
            assert_eq!((hints.read_only_hint, hints.idempotent_hint), (Some(true), Some(true)));
            assert_eq!((hints.destructive_hint, hints.open_world_hint), (Some(false), None));
        }
        let output = listed(version, "survey").await.output_schema;
        assert_eq!(output.is_some(), version >= Version::V2025_06_18);
        let output = listed(version, "relay").await.output_schema;
        assert_eq!(output.is_some(), version >= Version::V2025_06_18);
    }
}

#[tokio::test]
async fn schemas_of_simple_types_are_literal() {
    let tool = listed(Version::V2026_07_28, "kinds.all").await;
    assert_eq!(tool.description.as_deref(), Some("All of them."));
    let schema = schema(&tool);
    assert_eq!(
        schema["properties"],
        json!({
            "owned": {"type": "string"},
            "either": {"type": "string"},
            "byte": {"type": "integer", "minimum": 0, "maximum": 255},
            "float": {"type": "number"},
            "flag": {"type": "boolean"},
            "maybe": {"type": "string"},
            "words": {"type": "array", "items": {"type": "string"}},
            "numbers": {"type": "array", "items":
                {"type": "integer", "minimum": -2147483648, "maximum": 2147483647}},
            "type": {"type": "array", "items": {"anyOf": [{"type": "boolean"}, {"type": "null"}]}},
        })
    );
    let required = ["owned", "either", "byte", "float", "flag", "words", "numbers"];
    assert_eq!(schema["required"], json!(required));
}

#[tokio::test]
async fn schemas_of_other_types_are_defined_without_clashes() {
    let schema = schema(&listed(Version::V2026_07_28, "survey").await);
    assert_eq!(schema["required"], json!(["from"]));
    let from = &schema["properties"]["from"];
    assert_eq!(from["description"], "Where to begin.");
    let definition = |own: &Value| {
        let name = own["$ref"].as_str().and_then(|own| own.strip_prefix("#/$defs/"));
        schema["$defs"][name.expect("a reference")].clone()
    };
    assert_eq!(definition(from)["description"], "A point on a map.");
    assert_eq!(definition(from)["required"], json!(["latitude"]));
    let to = definition(&schema["properties"]["to"]);
    assert_eq!(to["description"], "Another type of the same name.");
    let output = listed(Version::V2026_07_28, "survey").await.output_schema.expect("a schema");
    let output: Value = serde_json::from_str(output.as_str()).expect("a schema");
    assert_eq!((&output["type"], &output["required"]), (&json!("object"), &json!(["lines"])));
}

#[tokio::test]
async fn arguments_are_mirrored_into_headers() {
    let schema = schema(&listed(Version::V2026_07_28, "sell").await);
    let expected = json!({
        "region": {"type": "string", "description": "Where.", "x-mcp-header": "X-Region"},
        "amount": {"type": "integer", "minimum": 0, "maximum": 4294967295u32,
                   "x-mcp-header": "X-Amount"},
    });
    assert_eq!(schema["properties"], expected);
}

#[test]
fn a_tool_can_be_changed_before_it_is_added() {
    let tool = echo().define(|mut own| {
        own.name = "shout".into();
        own
    });
    assert_eq!(tool.name(), "shout");
}

/// Takes its time.
#[tool(task = "optional")]
async fn brew(minutes: State<AtomicU32>) -> String {
    tokio::task::yield_now().await;
    format!("Tea after {} minutes.", minutes.load(Ordering::Relaxed))
}

#[tokio::test]
async fn a_function_runs_as_a_task() {
    let server = Server::builder("kitchen", "1.0").tool(brew).state(AtomicU32::new(5));
    let client = Client::builder("test", "1.0").tasks();
    let client = connect(server.tasks(TaskLimits::default()), client).await;
    let started = client.call_tool("brew", &json!({})).start().await.expect("a start");
    let Started::Task(task) = started else { panic!("a task") };
    assert_eq!(task.wait().await.expect("a result").text(), "Tea after 5 minutes.");
}

//! How much clients may make a server hold, and for how long.

use std::time::Duration;

use mcp_engine_proto::connection::Call;
use mcp_engine_proto::json::Raw;
use mcp_engine_proto::task::{TaskLimits, TaskRule};
use mcp_engine_proto::version::Version;
use mcp_engine_proto::{LoggingLevel, Method};
use mcp_engine_runtime::client::Client;
use mcp_engine_runtime::server::Server;
use mcp_engine_runtime::{Answer, Error};
use serde_json::json;

use crate::stage::{Running, VERSIONS, client, connect, endless, start, tool};

fn limited(running: &Running, limits: TaskLimits) -> Server {
    let long = tool("long", |_| async { Answer::text("a".repeat(1 << 10)) });
    let server = Server::builder("small", "1.0").tasks(limits);
    server.tool(endless(running)).tool(long).build().expect("a server")
}

async fn refused(client: &Client, name: &str) -> Error {
    client.call_tool(name, &json!({})).start().await.expect_err("it is full")
}

#[tokio::test(start_paused = true)]
async fn a_principal_has_no_more_tasks_than_it_may_until_they_are_forgotten() {
    for version in VERSIONS {
        let running = Running::default();
        let limits = TaskLimits { tasks_per_principal: 1, ttl_ms: 60_000, ..TaskLimits::default() };
        let server = limited(&running, limits);
        let client = connect(&server, client(version)).await;
        let mut task = start(&client, "endless").await;
        let error = refused(&client, "endless").await;
        assert_eq!(error.peer().expect("the server").code, -32603, "{error}");
        assert_eq!(server.task_counters().expect("tasks").refusals(TaskRule::OwnTasks), 1);

        // Nobody asks meanwhile: it is forgotten by itself.
        running.reaches(1).await;
        tokio::time::sleep(Duration::from_secs(61)).await;
        running.reaches(0).await;
        assert_eq!(server.task_counters().expect("tasks").expired, 1);
        let error = task.poll().await.expect_err("it is gone");
        assert_eq!(error.peer().expect("the server").code, -32602, "{error}");
        start(&client, "endless").await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_task_that_is_due_sooner_is_forgotten_sooner() {
    let running = Running::default();
    let server = limited(&running, TaskLimits::default());
    let client = connect(&server, client(Version::V2025_11_25)).await;
    start(&client, "endless").await;
    let short = client.call_tool("endless", &json!({})).ttl(Duration::from_secs(5));
    short.start().await.expect("a task");
    running.reaches(2).await;
    tokio::time::sleep(Duration::from_secs(6)).await;
    running.reaches(1).await;
}

#[tokio::test(start_paused = true)]
async fn a_result_that_is_too_long_fails_its_task() {
    for version in VERSIONS {
        let limits = TaskLimits { result_bytes: 512, ..TaskLimits::default() };
        let client = connect(&limited(&Running::default(), limits), client(version)).await;
        let error = start(&client, "long").await.wait().await.expect_err("too long");
        assert_eq!(error.peer().expect("the server").code, -32603, "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn who_does_not_wait_any_more_makes_room_for_another() {
    let limits = TaskLimits { waiters: 1, ..TaskLimits::default() };
    let server = limited(&Running::default(), limits);
    let client = connect(&server, client(Version::V2025_11_25)).await;
    let task = start(&client, "endless").await;
    let params = format!(r#"{{"taskId":"{}"}}"#, task.id());
    let ask = || {
        let call = Call::new(Method::TaskResult).params(Raw::parse(&params).expect("JSON"));
        client.peer().request(call).expect("a request")
    };
    let first = ask();
    let error = ask().await.expect_err("one waits already");
    assert_eq!(error.peer().expect("the server").code, -32603);
    drop(first);
    let mut second = ask();
    loop {
        // Until the cancellation has arrived, somebody else waits.
        match tokio::time::timeout(Duration::from_secs(1), &mut second).await {
            Err(_) => break,
            Ok(answer) => assert!(answer.is_err(), "it cannot end"),
        }
        second = ask();
    }
}

#[tokio::test(start_paused = true)]
async fn a_status_message_is_cut_and_logs_go_where_they_are_wanted() {
    let talkative = tool("talkative", |request| async move {
        let context = request.context();
        context.progress(1.0, None, Some(&"é".repeat(1 << 10))).expect("it is more");
        assert!(context.progress(0.5, None, None).is_err(), "it is less");
        let said = Raw::parse(r#""word""#).expect("JSON");
        let logged = context.log(LoggingLevel::Error, None, said);
        tokio::time::sleep(Duration::from_secs(5)).await;
        Answer::text(format!("{logged:?}"))
    });
    let limits = TaskLimits { message_bytes: 9, ..TaskLimits::default() };
    let server = Server::builder("talk", "1.0").tasks(limits).logging().tool(talkative);
    let server = server.build().expect("a server");
    for (version, logged) in VERSIONS.into_iter().zip(["Queued", "Dropped"]) {
        let client = connect(&server, client(version)).await;
        let mut task = start(&client, "talkative").await;
        task.poll().await.expect("it is there");
        assert_eq!(task.message(), Some("éééé"), "{version}");
        let result = task.wait().await.expect("a result");
        assert_eq!(result.text(), format!("Ok({logged})"), "{version}");
    }
}

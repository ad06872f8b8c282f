//! Whose tasks are seen by whom.

use mcp_engine_proto::connection::Call;
use mcp_engine_proto::json::Raw;
use mcp_engine_proto::version::Version;
use mcp_engine_proto::{ErrorObject, Method};
use mcp_engine_runtime::client::Client;

use crate::stage::{Running, client, connect, endless, server, start};

#[tokio::test(start_paused = true)]
async fn a_connection_without_a_principal_sees_its_own_tasks_alone() {
    let server = server().tool(endless(&Running::default())).build().expect("a server");
    let alice = connect(&server, client(Version::V2025_11_25)).await;
    let bob = connect(&server, client(Version::V2025_11_25)).await;
    let task = start(&alice, "endless").await;
    let params = format!(r#"{{"taskId":"{}"}}"#, task.id());
    let never = format!(r#"{{"taskId":"{}"}}"#, "0".repeat(32));
    for method in [Method::GetTask, Method::TaskResult, Method::CancelTask] {
        let hers = told(&bob, method, &params).await;
        assert_eq!(hers, told(&bob, method, &never).await, "{method:?}");
    }
    assert_eq!(listed(&bob).await, 0);
    assert_eq!(listed(&alice).await, 1);
}

#[tokio::test(start_paused = true)]
async fn tasks_of_one_form_are_unknown_in_the_other() {
    let server = server().tool(endless(&Running::default())).build().expect("a server");
    let legacy = connect(&server, client(Version::V2025_11_25)).await;
    let modern = connect(&server, client(Version::LATEST)).await;
    for (own, other) in [(&legacy, &modern), (&modern, &legacy)] {
        let task = start(own, "endless").await;
        let params = format!(r#"{{"taskId":"{}"}}"#, task.id());
        assert_eq!(told(other, Method::GetTask, &params).await.0, -32602);
    }
}

#[tokio::test(start_paused = true)]
async fn who_knows_the_id_of_a_task_of_the_extension_finds_it_over_another_connection() {
    let server = server().tool(endless(&Running::default())).build().expect("a server");
    let first = connect(&server, client(Version::LATEST)).await;
    let task = start(&first, "endless").await;
    let params = format!(r#"{{"taskId":"{}"}}"#, task.id());
    first.close().await;
    let second = connect(&server, client(Version::LATEST)).await;
    let call = Call::new(Method::GetTask).params(Raw::parse(&params).expect("JSON"));
    let shown = second.peer().request(call).expect("a request").await.expect("it is there");
    assert!(shown.as_str().contains("working"));
}

async fn told(client: &Client, method: Method, params: &str) -> (i64, String) {
    let call = Call::new(method).params(Raw::parse(params).expect("JSON"));
    let error = client.peer().request(call).expect("a request").await.expect_err("unknown");
    let ErrorObject { code, message, .. } = error.peer().expect("the server");
    (code, message.decode().into_owned())
}

async fn listed(client: &Client) -> usize {
    let answer = client.peer().request(Call::new(Method::ListTasks)).expect("a request").await;
    let answer = answer.expect("an answer");
    let tasks = answer.result().and_then(|result| result.get("tasks")?.elements());
    tasks.expect("tasks").count()
}

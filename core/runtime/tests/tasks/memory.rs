//! Tasks from their beginning to their end.

use mcp_engine_proto::connection::Call;
use mcp_engine_proto::json::Raw;
use mcp_engine_proto::model::SubscriptionFilter;
use mcp_engine_proto::task::{Status, TaskLimits, TaskSupport};
use mcp_engine_proto::version::{Era, Version};
use mcp_engine_proto::{Limits, Message, Method};
use mcp_engine_runtime::Answer;
use mcp_engine_runtime::client::Client;
use mcp_engine_runtime::server::{Server, Tool};
use mcp_engine_runtime::transport::ByteStream;
use serde_json::json;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::sync::mpsc;

use crate::stage::{
    Running, VERSIONS, client, connect, definition, endless, pair, server, slow, start, tool,
};

#[tokio::test(start_paused = true)]
async fn a_call_runs_as_a_task_that_its_client_polls_to_its_end() {
    for version in VERSIONS {
        let client = pair([slow()], client(version)).await;
        let mut task = start(&client, "slow").await;
        assert_eq!((task.status(), task.id().len()), (Status::Working, 32));
        assert_eq!(task.poll().await.expect("it is there"), Status::Working);
        assert!(task.message().is_some_and(|message| message.starts_with("step ")), "{version}");
        let result = task.wait().await.expect("a result");
        assert_eq!((result.text().as_str(), result.is_error()), ("slow and steady", false));
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_awaited_comes_to_the_same_whether_it_is_a_task_or_not() {
    for version in Version::ALL {
        let client = pair([slow()], client(version)).await;
        let result = client.call_tool("slow", &json!({})).await.expect("a result");
        assert_eq!(result.text(), "slow and steady", "{version}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_client_that_polls_nothing_gets_no_task() {
    let server = server().tool(slow()).build().expect("a server");
    let plain = Client::builder("test", "1.0").versions([Version::LATEST]);
    let client = connect(&server, plain).await;
    assert_eq!(
        client.call_tool("slow", &json!({})).await.expect("a result").text(),
        "slow and steady"
    );
    assert_eq!(server.task_counters().expect("it has tasks").created, 0);
}

#[tokio::test(start_paused = true)]
async fn a_tool_says_whether_it_runs_as_a_task() {
    let never = tool("never", |_| async { Answer::text("at once") }).task(TaskSupport::Forbidden);
    let always = tool("always", |_| async { Answer::text("later") }).task(TaskSupport::Required);
    let server = server().tool(never).tool(always).build().expect("a server");

    let legacy = connect(&server, client(Version::V2025_11_25)).await;
    let listed = legacy.list_tools().await.expect("tools");
    assert!(listed[1].execution.is_some(), "{listed:?}");
    let refused = legacy.call_tool("never", &json!({})).start().await.expect_err("no task");
    assert_eq!(refused.peer().expect("the server").code, -32601);
    let refused = legacy.call_tool("always", &json!({})).await.expect_err("a task only");
    assert_eq!(refused.peer().expect("the server").code, -32601);
    assert_eq!(start(&legacy, "always").await.wait().await.expect("a result").text(), "later");

    let plain = Client::builder("test", "1.0").versions([Version::LATEST]);
    let plain = connect(&server, plain).await;
    let refused = plain.call_tool("always", &json!({})).await.expect_err("a task only");
    assert_eq!(refused.peer().expect("the server").code, -32021);
    let modern = connect(&server, client(Version::LATEST)).await;
    assert!(modern.list_tools().await.expect("tools")[1].execution.is_none());
    assert_eq!(modern.call_tool("never", &json!({})).await.expect("a result").text(), "at once");
    assert_eq!(start(&modern, "always").await.wait().await.expect("a result").text(), "later");
}

#[tokio::test]
async fn a_tool_that_needs_tasks_needs_a_server_that_has_them() {
    let always = tool("always", |_| async { Answer::text("later") }).task(TaskSupport::Required);
    let error = Server::builder("none", "1.0").tool(always).build().expect_err("no tasks");
    assert!(error.to_string().contains("always"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn extensions_of_the_server_are_declared_beside_its_tasks() {
    let other = mcp_engine_proto::model::Json::parse(r#"{"com.example/maps":{"zoom":3}}"#);
    let server = server().tool(slow()).capability("extensions", other.expect("JSON"));
    let client = connect(&server.build().expect("a server"), client(Version::LATEST)).await;
    let said = client.peer().request(Call::new(Method::Discover)).expect("a request");
    let said = said.await.expect("an answer");
    let extensions = said.result().and_then(|result| result.get("capabilities")?.get("extensions"));
    let extensions = extensions.expect("extensions");
    assert_eq!(extensions.get("com.example/maps").map(Raw::spelling), Some(r#"{"zoom":3}"#));
    assert!(extensions.get("io.modelcontextprotocol/tasks").is_some());
}

#[tokio::test(start_paused = true)]
async fn what_a_tool_fails_with_is_what_the_call_comes_to() {
    let failing = tool("failing", |_| async { Answer::failure("out of tea") });
    let broken = tool("broken", |_| async { Answer::error(-32050, "no kettle") });
    let panicking = tool("panicking", |_| async { panic!("on purpose") });
    let server = server().tool(failing).tool(broken).tool(panicking).build().expect("a server");
    for version in VERSIONS {
        let client = connect(&server, client(version)).await;
        let result = start(&client, "failing").await.wait().await.expect("a result");
        assert_eq!((result.text().as_str(), result.is_error()), ("out of tea", true));
        let error = start(&client, "broken").await.wait().await.expect_err("an error");
        let error = error.peer().expect("the server");
        assert_eq!((error.code, &*error.message.decode()), (-32050, "no kettle"));
        let error = start(&client, "panicking").await.wait().await.expect_err("an error");
        assert_eq!(error.peer().expect("the server").code, -32603);
    }
}

#[tokio::test]
async fn work_that_blocks_and_answers_at_once_run_as_tasks_too() {
    let blocking = Tool::blocking(definition("blocking"), |_| "from a thread");
    let at_once = Tool::new(definition("at once"), |_, responder| {
        responder.answer(&Answer::text("from the call"))
    });
    let bounded = tool("bounded", |_| async { Answer::text("under a bound") }).concurrency(1);
    let server = server()
        .tool(blocking.task(TaskSupport::Optional))
        .tool(at_once.task(TaskSupport::Optional))
        .tool(bounded)
        .build()
        .expect("a server");
    for version in VERSIONS {
        let client = connect(&server, client(version)).await;
        for (name, text) in [
            ("blocking", "from a thread"),
            ("at once", "from the call"),
            ("bounded", "under a bound"),
        ] {
            let result = start(&client, name).await.wait().await.expect("a result");
            assert_eq!(result.text(), text, "{version}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_task_that_is_cancelled_is_not_worked_on() {
    for version in VERSIONS {
        let running = Running::default();
        let client = pair([endless(&running)], client(version)).await;
        let task = start(&client, "endless").await;
        running.reaches(1).await;
        task.cancel().await.expect("it runs");
        running.reaches(0).await;
        let error = task.wait().await.expect_err("it was cancelled");
        assert!(error.is_cancelled(), "{error}");
    }
}

#[tokio::test]
async fn a_handler_that_blocks_sees_that_it_is_not_wanted() {
    let (told, mut heard) = mpsc::channel(4);
    let waiting = Tool::blocking(definition("waiting"), move |request| {
        told.blocking_send(request.context().task()).expect("the test waits");
        while !request.context().is_cancelled() {
            std::thread::yield_now();
        }
        told.blocking_send(None).expect("the test waits");
        "too late"
    });
    let client = pair([waiting.task(TaskSupport::Optional)], client(Version::LATEST)).await;
    let task = start(&client, "waiting").await;
    let id = heard.recv().await.flatten().expect("it knows its task");
    assert_eq!(id.to_string(), task.id());
    task.cancel().await.expect("it runs");
    assert_eq!(heard.recv().await, Some(None));
    assert!(task.wait().await.expect_err("it was cancelled").is_cancelled());
}

#[tokio::test(start_paused = true)]
async fn its_owner_is_told_how_a_task_is_getting_on() {
    for version in VERSIONS {
        let (sender, mut heard) = mpsc::channel(64);
        let client = client(version).on_notification(move |message: &Message| {
            let status = message.params().and_then(|params| params.get("status")?.string());
            let _ = sender
                .try_send((message.method(), status.map(|status| status.decode().into_owned())));
        });
        let client = pair([slow()], client).await;
        let task = start(&client, "slow").await;
        let filter = SubscriptionFilter::new().task_ids([task.id().to_owned().into()]);
        let listening = match version.era() {
            Era::Modern => Some(client.listen(&filter).await.expect("a subscription")),
            Era::Legacy => None,
        };
        task.wait().await.expect("a result");
        let method =
            if listening.is_some() { Method::TaskNotification } else { Method::TaskStatus };
        loop {
            let (own, status) = heard.recv().await.expect("the client is there");
            assert_eq!(own, Some(method));
            if status.as_deref() == Some("completed") {
                break;
            }
            assert_eq!(status.as_deref(), Some("working"));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn progress_of_a_task_reaches_a_client_that_asked_for_it_in_the_legacy_era() {
    let server = server().tool(slow()).build().expect("a server");
    let (near, far) = tokio::io::duplex(1 << 16);
    tokio::spawn(async move { server.serve(ByteStream::new(far, &Limits::default())).await });
    let (read, mut write) = tokio::io::split(near);
    let says = [
        r#"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"c","version":"1"}}}"#,
        r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#,
        r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"slow","task":{},"_meta":{"progressToken":"mine"}}}"#,
    ];
    write.write_all(format!("{}\n", says.join("\n")).as_bytes()).await.expect("it reads");
    let mut heard = BufReader::new(read).lines();
    let mut next = async || heard.next_line().await.expect("it is there").expect("it is open");
    assert!(next().await.contains("protocolVersion"));
    assert!(next().await.contains(r#""result":{"task":"#), "the task comes first");
    let told = [next().await, next().await].concat();
    assert!(told.contains(r#""method":"notifications/tasks/status""#), "{told}");
    assert!(told.contains(r#""progressToken":"mine","progress":1"#), "{told}");
    assert!(told.contains("io.modelcontextprotocol/related-task"), "{told}");
}

#[tokio::test(start_paused = true)]
async fn a_result_can_be_waited_for_and_is_the_same_for_all_who_wait() {
    let client = pair([slow()], client(Version::V2025_11_25)).await;
    let task = start(&client, "slow").await;
    let params = format!(r#"{{"taskId":"{}"}}"#, task.id());
    let ask = || {
        let call = Call::new(Method::TaskResult).params(Raw::parse(&params).expect("JSON"));
        client.peer().request(call).expect("a request")
    };
    for waited in [ask(), ask()] {
        let result = waited.await.expect("a result");
        assert!(result.as_str().contains("slow and steady"), "{result:?}");
        assert!(result.as_str().contains("io.modelcontextprotocol/related-task"), "{result:?}");
    }
}

#[tokio::test]
async fn with_its_server_everything_ends() {
    let running = Running::default();
    let server = server().tool(endless(&running)).build().expect("a server");
    let client = connect(&server, client(Version::LATEST)).await;
    start(&client, "endless").await;
    running.reaches(1).await;
    drop(server);
    client.close().await;
    running.reaches(0).await;
}

#[tokio::test(start_paused = true)]
async fn tasks_that_wait_take_no_place_from_requests() {
    let running = Running::default();
    let quick = tool("quick", |_| async { Answer::text("here") }).task(TaskSupport::Forbidden);
    let server = server().tool(endless(&running)).tool(quick).build().expect("a server");
    let client = connect(&server, client(Version::V2025_11_25)).await;
    let mut waiting = Vec::new();
    for _ in 0..300 {
        let task = start(&client, "endless").await;
        if waiting.len() < TaskLimits::default().waiters_per_principal as usize {
            let params = format!(r#"{{"taskId":"{}"}}"#, task.id());
            let call = Call::new(Method::TaskResult).params(Raw::parse(&params).expect("JSON"));
            waiting.push(client.peer().request(call).expect("a request"));
        }
    }
    running.reaches(300).await;
    assert_eq!(client.call_tool("quick", &json!({})).await.expect("a result").text(), "here");
    drop(waiting);
}

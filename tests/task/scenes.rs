//! Both ends over connections, in both eras, under virtual time.

use mcp_engine::connection::{Call, Delivery, Event, Reply};
use mcp_engine::task::{Augmentation, NewTask, Observed, TaskEvent, TaskSupport, augmented};
use mcp_engine::version::{Role, Version};
use mcp_engine::{Error, Method, Misuse, PeerRule};
use serde_json::{Value, json};

use crate::scene::*;
use crate::stage::{ALICE, SECOND, raw, text};

#[test]
fn a_call_of_the_extension_is_polled_until_it_has_its_result() {
    let mut scene = scene(Version::V2026_07_28);
    let mut task = scene.call();
    let mut polls = 0;
    loop {
        let wait = task.poll_timeout().unwrap() - scene.pair.now.mono_ns;
        scene.pair.advance(wait);
        let params = task.poll(scene.pair.now).expect("it is time");
        polls += 1;
        if polls == 3 {
            scene.finish(text("42"));
        }
        scene.ask(Method::GetTask, &serde_json::from_str(&params).unwrap());
        let answer = scene.answer().expect("an answer");
        match task.observe(answer.result().unwrap(), scene.pair.now).unwrap() {
            Observed::Working => {}
            Observed::Completed(Some(result)) => {
                assert!(result.spelling().contains("42"));
                break;
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((polls, task.poll_timeout()), (3, None));
}

#[test]
fn a_call_of_the_core_waits_for_its_result() {
    let mut scene = scene(Version::V2025_11_25);
    let task = scene.call();
    assert_eq!(task.ttl_ms(), Some(60_000));
    let params: Value = serde_json::from_str(&task.params()).unwrap();
    scene.ask(Method::TaskResult, &params);
    assert!(scene.answer().is_none(), "it waits");
    assert_eq!(scene.asked(Method::GetTask, &params)["result"]["status"], "working");
    scene.finish(text("42"));
    let answer = value(&scene.answer().expect("the result"));
    assert_eq!(answer["result"]["content"][0]["text"], "42");
    let related = &answer["result"]["_meta"]["io.modelcontextprotocol/related-task"];
    assert_eq!(related["taskId"], task.id());
    assert!(answer["result"].get("resultType").is_none());
    assert_eq!(scene.pair.server.connection.peer_requests(), 0);
}

#[test]
fn an_error_reaches_whoever_waits_as_it_is() {
    let mut scene = scene(Version::V2025_11_25);
    let task = scene.call();
    scene.ask(Method::TaskResult, &json!({ "taskId": task.id() }));
    scene.serve();
    scene.finish(Reply::Error { code: -32603, message: "no", data: Some(raw("[1]")) });
    let answer = value(&scene.answer().unwrap());
    assert_eq!(answer["error"], json!({ "code": -32603, "message": "no", "data": [1] }));
}

#[test]
fn a_wait_can_be_cancelled_without_the_task() {
    let mut scene = scene(Version::V2025_11_25);
    let task = scene.call();
    let id = scene.ask(Method::TaskResult, &json!({ "taskId": task.id() }));
    scene.serve();
    let now = scene.pair.now;
    scene.pair.client.connection.cancel(&id, None, now).unwrap();
    assert!(scene.answer().is_none(), "the answer is dropped");
    assert_eq!(scene.pair.server.connection.peer_requests(), 0);
    scene.finish(text("42"));
    let answer = scene.asked(Method::TaskResult, &json!({ "taskId": task.id() }));
    assert_eq!(answer["result"]["content"][0]["text"], "42");
}

#[test]
fn input_of_the_core_is_asked_for_while_the_result_is_waited_for() {
    let mut scene = scene(Version::V2025_11_25);
    let task = scene.call();
    scene.ask(Method::TaskResult, &json!({ "taskId": task.id() }));
    scene.serve();
    let (id, now) = (scene.work[0], scene.pair.now);
    scene.tasks.require_input(id, None, now).unwrap();
    let waiter = scene.tasks.waiters(id).next().expect("the wait").clone();
    let meta = id.related_meta();
    let params = format!(
        r#"{{"message":"Who?","requestedSchema":{{"type":"object","properties":{{}}}},"_meta":{meta}}}"#
    );
    let elicit = Call::new(Method::Elicit).params(raw(&params)).related(&waiter);
    scene.pair.server.connection.request(elicit, now).unwrap();
    scene.pair.settle();
    let Some(Event::Request { id: asked, message, .. }) = scene.pair.client.event() else {
        panic!("no request");
    };
    let related = &value(&message)["params"]["_meta"]["io.modelcontextprotocol/related-task"];
    assert_eq!(related["taskId"], task.id());
    let decline = Reply::Result(raw(r#"{"action":"decline"}"#));
    scene.pair.client.connection.respond(&asked, decline, now).unwrap();
    scene.tasks.resume(id, now).unwrap();
    scene.finish(text("nobody"));
    assert!(scene.answer().is_some());
}

#[test]
fn input_of_the_extension_is_provided_by_update() {
    let mut scene = scene(Version::V2026_07_28);
    let mut task = scene.call();
    let (id, now) = (scene.work[0], scene.pair.now);
    let requests = crate::stage::inputs(&["name"]).to_string();
    scene.tasks.require_input(id, Some(raw(&requests)), now).unwrap();
    scene.ask(Method::GetTask, &json!({ "taskId": task.id() }));
    let answer = scene.answer().unwrap();
    let seen = task.observe(answer.result().unwrap(), now).unwrap();
    let Observed::InputRequired(asked) = seen else { panic!("{seen:?}") };
    assert_eq!(asked[0].0, "name");
    let params =
        task.update_params(raw(r#"{"name":{"action":"accept","content":{"name":"Luca"}}}"#));
    let answer = scene.asked(Method::UpdateTask, &serde_json::from_str(&params).unwrap());
    let result = answer["result"].as_object().unwrap();
    assert_eq!(result["resultType"], "complete");
    assert!(result.keys().all(|key| key == "resultType" || key == "_meta"), "{result:?}");
    let Some(TaskEvent::InputProvided { responses, .. }) = scene.tasks.poll_event() else {
        panic!("no input");
    };
    assert_eq!(&*responses, r#"{"name":{"action":"accept","content":{"name":"Luca"}}}"#);
    let answer = scene.asked(Method::GetTask, &json!({ "taskId": task.id() }));
    assert_eq!(answer["result"]["status"], "working");
}

#[test]
fn a_client_runs_tasks_for_its_server() {
    let mut scene = Scene { runs: Role::Client, ..scene(Version::V2025_11_25) };
    let params = r#"{"messages":[],"maxTokens":9}"#;
    let params = serde_json::from_str(&augmented(raw(params), None)).unwrap();
    let created = scene.asked(Method::CreateMessage, &params);
    let id = json!({ "taskId": created["result"]["task"]["taskId"] });
    assert_eq!(scene.asked(Method::GetTask, &id)["result"]["status"], "working");
    scene.ask(Method::TaskResult, &id);
    scene.serve();
    scene.finish(Reply::Result(raw(r#"{"role":"assistant","content":{},"model":"m"}"#)));
    assert_eq!(value(&scene.answer().unwrap())["result"]["model"], "m");
    let listed = scene.asked(Method::ListTasks, &json!({}));
    assert_eq!(listed["result"]["tasks"][0]["status"], "completed");
    let cancelled = scene.asked(Method::CancelTask, &id);
    assert_eq!(cancelled["error"]["code"], -32602);
}

#[test]
fn the_answers_of_the_extension_carry_what_every_result_carries() {
    let mut scene = scene(Version::V2026_07_28);
    scene.ask(Method::CallTool, &json!({ "name": "long", "task": { "ttl": 1 } }));
    let created = value(&scene.answer().unwrap());
    assert_eq!(created["result"]["resultType"], "task");
    assert_eq!(created["result"]["ttlMs"], 3_600_000, "the parameter `task` is ignored");
    assert!(created["result"]["_meta"]["io.modelcontextprotocol/serverInfo"].is_object());
    let id = json!({ "taskId": created["result"]["taskId"] });
    for method in [Method::GetTask, Method::CancelTask] {
        let answer = scene.asked(method, &id);
        assert_eq!(answer["result"]["resultType"], "complete");
        assert!(answer["result"]["_meta"]["io.modelcontextprotocol/serverInfo"].is_object());
    }
}

#[test]
fn the_status_of_a_task_of_the_core_is_told_to_the_session() {
    let mut scene = scene(Version::V2025_11_25);
    let mut task = scene.call();
    scene.finish(text("42"));
    scene.publish().unwrap();
    let Some(Event::Notification { message, subscription: None }) = scene.pair.client.event()
    else {
        panic!("no notification");
    };
    assert_eq!(message.method(), Some(Method::TaskStatus));
    let seen = task.observe(message.params().unwrap(), scene.pair.now).unwrap();
    assert!(matches!(seen, Observed::Completed(None)) && task.wants_result());
}

#[test]
fn only_subscriptions_that_name_a_task_are_told_about_it() {
    let mut scene = scene(Version::V2026_07_28);
    let (mut task, other) = (scene.call(), scene.call());
    let now = scene.pair.now;
    let filter = json!({ "taskIds": [task.id(), "unknown"] }).to_string();
    let listen = scene.pair.client.connection.listen(raw(&filter), now).unwrap();
    let lists = scene.pair.client.connection.listen(raw(r#"{"toolsListChanged":true}"#), now);
    assert!(lists.is_ok());
    assert!(scene.answer().is_none());
    let acknowledged: Vec<_> = scene.heard.drain(..).collect();
    let Event::Listening { message, .. } = &acknowledged[0] else { panic!("{acknowledged:?}") };
    assert_eq!(
        value(message)["params"]["notifications"],
        json!({ "taskIds": [task.id(), "unknown"] })
    );
    let Event::Listening { message, .. } = &acknowledged[1] else { panic!("{acknowledged:?}") };
    assert_eq!(value(message)["params"]["notifications"], json!({ "toolsListChanged": true }));

    for id in scene.work.clone() {
        scene.tasks.finish(id, text("42"), now).unwrap();
    }
    scene.publish().unwrap();
    let Some(Event::Notification { message, subscription }) = scene.pair.client.event() else {
        panic!("no notification");
    };
    assert_eq!((message.method(), subscription), (Some(Method::TaskNotification), Some(listen)));
    assert!(scene.pair.client.event().is_none(), "nobody listens to {}", other.id());
    let seen = task.observe(message.params().unwrap(), now).unwrap();
    assert!(matches!(seen, Observed::Completed(Some(_))));
}

#[test]
fn a_client_without_the_extension_is_refused_by_the_connection() {
    let mut scene = declaring(Version::V2026_07_28, "{}", SERVER);
    let lacking = json!({
        "requiredCapabilities": { "extensions": { "io.modelcontextprotocol/tasks": {} } },
    });
    for method in [Method::GetTask, Method::UpdateTask, Method::CancelTask] {
        let terms = json!({
            "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientCapabilities": {},
        });
        let params = json!({ "taskId": "a", "_meta": terms });
        // Our own client would not ask.
        let asked =
            json!({ "jsonrpc": "2.0", "id": 99, "method": method.name(), "params": params });
        scene.pair.inject(Role::Server, &asked.to_string());
        scene.pair.settle();
        let answer = scene.pair.sent_by(Role::Server).last().expect("an answer");
        let answer: Value = serde_json::from_str(answer).expect("JSON");
        assert_eq!(
            (&answer["error"]["code"], &answer["error"]["data"]),
            (&json!(-32021), &lacking)
        );
    }
    let now = scene.pair.now;
    for filter in [r#"{"taskIds":["a"]}"#, r#"{"taskIds":[]}"#, "{}"] {
        scene.pair.client.connection.listen(raw(filter), now).unwrap();
    }
    assert!(scene.answer().is_none());
    let ended: Vec<_> = scene
        .heard
        .drain(..)
        .map(|event| match event {
            Event::ListeningEnded {
                ending: mcp_engine::connection::Ending::Server(answer),
                ..
            } => value(&answer)["error"]["code"].clone(),
            Event::Listening { .. } => json!("open"),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(ended, [json!(-32021), json!("open"), json!("open")]);
    assert_eq!(scene.broken(), [PeerRule::CapabilityRequired; 4]);
}

#[test]
fn a_client_without_the_extension_is_answered_without_a_task() {
    let mut scene = declaring(Version::V2026_07_28, "{}", SERVER);
    scene.ask(Method::CallTool, &json!({ "name": "long" }));
    scene.pair.settle();
    let Some(Event::Request { message, context, .. }) = scene.pair.server.event() else { panic!() };
    let offered = scene.pair.server.connection.offered(context.version);
    let of = |support| Augmentation::of(&message, context, offered, support);
    assert_eq!(of(TaskSupport::Optional), Ok(Augmentation::Inline));
    assert!(of(TaskSupport::Required).is_err());
}

#[test]
fn what_was_not_declared_is_no_method() {
    let bare = r#"{"tools":{},"tasks":{"requests":{"tools":{"call":{}}}}}"#;
    let mut scene = declaring(Version::V2025_11_25, CLIENT, bare);
    for method in ["tasks/list", "tasks/cancel"] {
        let line = json!({ "jsonrpc": "2.0", "id": method, "method": method, "params": { "taskId": "a" } });
        scene.pair.inject(Role::Server, &line.to_string());
    }
    scene.serve();
    assert_eq!(scene.broken(), [PeerRule::CapabilityNotOffered; 2]);
    let answer = scene.asked(Method::GetTask, &json!({ "taskId": "a" }));
    assert_eq!(answer["error"]["code"], -32602);
}

#[test]
fn the_extension_has_no_method_for_results_and_lists() {
    let mut scene = scene(Version::V2026_07_28);
    let meta = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": { "extensions": { "io.modelcontextprotocol/tasks": {} } },
    });
    for method in ["tasks/result", "tasks/list"] {
        let params = json!({ "taskId": "a", "_meta": meta });
        let line = json!({ "jsonrpc": "2.0", "id": method, "method": method, "params": params });
        scene.pair.inject(Role::Server, &line.to_string());
    }
    scene.serve();
    assert_eq!(scene.broken(), [PeerRule::MethodNotHere; 2]);
    assert!(scene.pair.sent_by(Role::Server).last().unwrap().contains("-32601"));
}

#[test]
fn a_server_without_the_extension_ignores_tasks_in_a_filter() {
    let mut scene = declaring(Version::V2026_07_28, CLIENT, r#"{"tools":{"listChanged":true}}"#);
    let now = scene.pair.now;
    let filter = raw(r#"{"taskIds":["a"],"toolsListChanged":true}"#);
    scene.pair.client.connection.listen(filter, now).unwrap();
    scene.answer();
    let Event::Listening { message, .. } = &scene.heard[0] else { panic!("{:?}", scene.heard) };
    assert_eq!(value(message)["params"]["notifications"], json!({ "toolsListChanged": true }));
}

#[test]
fn a_filter_names_so_many_tasks_of_so_long_ids_and_no_more() {
    for ids in [vec!["x".repeat(1_025)], (0..1_024).map(|n| n.to_string()).collect::<Vec<_>>()] {
        let mut scene = scene(Version::V2026_07_28);
        let (now, filter) = (scene.pair.now, json!({ "taskIds": ids }).to_string());
        scene.pair.client.connection.listen(raw(&filter), now).unwrap();
        scene.answer();
        assert!(matches!(scene.heard[0], Event::ListeningEnded { .. }), "{:?}", scene.heard);
        assert!(matches!(scene.pair.server.errors[..], [Error::LimitExceeded { .. }]));
    }
}

#[test]
fn a_task_in_place_of_a_result_that_cannot_be_one_is_invalid() {
    let mut scene = scene(Version::V2026_07_28);
    scene.ask(Method::ListTools, &json!({}));
    scene.pair.settle();
    let Some(Event::Request { id, .. }) = scene.pair.server.event() else { panic!() };
    let forged = r#"{"resultType":"task","taskId":"a","status":"working","ttlMs":null}"#;
    scene.respond(&id, Reply::Result(raw(forged)));
    assert!(scene.answer().is_none());
    assert!(matches!(scene.heard[0], Event::Failed { .. }), "{:?}", scene.heard);
    let rule = match scene.pair.client.errors[..] {
        [Error::PeerMisbehaved { rule, .. }] => rule,
        ref other => panic!("{other:?}"),
    };
    assert_eq!(rule, PeerRule::ResultTypeUnknown);
}

#[test]
fn a_side_that_has_declared_no_tasks_tells_nothing_about_them() {
    for version in [Version::V2025_11_25, Version::V2026_07_28] {
        let mut scene = declaring(version, CLIENT, r#"{"tools":{}}"#);
        let capabilities = mcp_engine::connection::Capabilities::TASKS_EXTENSION;
        let context = mcp_engine::connection::Context { version, capabilities, level: None };
        let new = NewTask::new(Method::CallTool, context, ALICE);
        let (id, _) = scene.tasks.create(new, [1; 16], scene.pair.now).unwrap();
        scene.tasks.finish(id, text("42"), scene.pair.now).unwrap();
        assert_eq!(scene.publish(), Err(Error::ApiMisuse(Misuse::NotOffered)));
    }
}

#[test]
fn a_session_of_another_revision_is_not_told_about_a_task_of_the_core() {
    let mut scene = scene(Version::V2025_06_18);
    let context = crate::stage::core();
    let new = NewTask::new(Method::CallTool, context, ALICE);
    let (id, _) = scene.tasks.create(new, [1; 16], scene.pair.now).unwrap();
    scene.tasks.finish(id, text("42"), scene.pair.now).unwrap();
    let notice = scene.tasks.poll_notice().unwrap();
    assert_eq!(notice.send(&mut scene.pair.server.connection), Ok(Delivery::Dropped));
}

#[test]
fn whoever_waits_is_answered_when_the_task_expires() {
    let mut scene = scene(Version::V2025_11_25);
    let task = scene.call();
    scene.ask(Method::TaskResult, &json!({ "taskId": task.id() }));
    scene.serve();
    assert_eq!(scene.tasks.poll_timeout(), Some(scene.pair.now.mono_ns + 60 * SECOND));
    scene.pair.advance(60 * SECOND);
    let now = scene.pair.now;
    scene.tasks.handle_timeout(now);
    assert_eq!(value(&scene.answer().unwrap())["error"]["code"], -32602);
    assert!(task.is_expired(now.after(1)));
}

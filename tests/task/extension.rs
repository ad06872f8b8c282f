//! Requests about tasks in the extension `io.modelcontextprotocol/tasks`.

use mcp_engine::Method;
use mcp_engine::connection::{Capabilities, Context, Reply};
use mcp_engine::task::{TaskEvent, TaskRule};
use serde_json::{Value, json};

use crate::stage::{Bench, error, extension, inputs, named, raw, result, text, tool, update};

/// The answers that whoever works on a task was told of.
fn provided(bench: &mut Bench) -> Option<Value> {
    match bench.tasks.poll_event()? {
        TaskEvent::InputProvided { responses, .. } => {
            Some(serde_json::from_str(&responses).unwrap())
        }
        other => panic!("no input but {other:?}"),
    }
}

fn undeclared() -> Context {
    Context { capabilities: Capabilities::NONE, ..extension() }
}

#[test]
fn get_is_complete_and_has_what_goes_with_the_status() {
    let mut bench = Bench::new();
    let id = bench.create(extension());
    let task = bench.get(extension(), id);
    assert_eq!((&task["resultType"], &task["status"]), (&json!("complete"), &json!("working")));
    bench.require(id, &["a", "b"]).unwrap();
    let task = bench.get(extension(), id);
    assert_eq!(
        (&task["resultType"], &task["status"]),
        (&json!("complete"), &json!("input_required"))
    );
    assert_eq!(task["inputRequests"], inputs(&["a", "b"]));
    bench.finish(id, text("42")).unwrap();
    let task = bench.get(extension(), id);
    assert_eq!(task["result"], json!({ "content": [{ "type": "text", "text": "42" }] }));
    for member in ["error", "inputRequests", "_meta", "requestState", "ttl", "pollInterval"] {
        assert!(task.get(member).is_none(), "{member}");
    }
}

#[test]
fn a_task_that_failed_has_its_error_and_no_result() {
    let mut bench = Bench::new();
    let id = bench.create(extension());
    let data = Some(raw("[1]"));
    bench.finish(id, Reply::Error { code: -32603, message: "no", data }).unwrap();
    let task = bench.get(extension(), id);
    assert_eq!(task["error"], json!({ "code": -32603, "message": "no", "data": [1] }));
    assert!(task.get("result").is_none());
}

#[test]
fn input_is_provided_key_by_key_and_the_last_one_sets_the_task_to_work() {
    let mut bench = Bench::new();
    let id = bench.create(extension());
    bench.require(id, &["a", "b"]).unwrap();
    let answer = bench.ask(extension(), Method::UpdateTask, &update(id, &["b"])).unwrap();
    assert_eq!(result(&answer), json!({ "resultType": "complete" }), "an empty acknowledgement");
    assert_eq!(provided(&mut bench), Some(json!({ "b": { "action": "decline" } })));
    let task = bench.get(extension(), id);
    assert_eq!(task["status"], "input_required");
    assert_eq!(task["inputRequests"], inputs(&["a"]));
    bench.ask(extension(), Method::UpdateTask, &update(id, &["a"])).unwrap();
    assert_eq!(provided(&mut bench), Some(json!({ "a": { "action": "decline" } })));
    assert_eq!(bench.get(extension(), id)["status"], "working");
}

#[test]
fn responses_that_nobody_waits_for_are_ignored() {
    let mut bench = Bench::new();
    let id = bench.create(extension());
    bench.require(id, &["a", "b"]).unwrap();
    for (keys, taken) in [(&["x"][..], None), (&["x", "a"], Some("a")), (&["a"], None)] {
        let answer = bench.ask(extension(), Method::UpdateTask, &update(id, keys)).unwrap();
        assert_eq!(result(&answer), json!({ "resultType": "complete" }));
        let expected = taken.map(|key| json!({ key: { "action": "decline" } }));
        assert_eq!(provided(&mut bench), expected, "{keys:?}");
    }
    let now = bench.now;
    bench.tasks.resume(id, now).unwrap();
    bench.ask(extension(), Method::UpdateTask, &update(id, &["b"])).unwrap();
    assert_eq!(provided(&mut bench), None, "the request was given up");
}

#[test]
fn a_key_with_escapes_is_the_key_that_it_spells() {
    let mut bench = Bench::new();
    let id = bench.create(extension());
    bench.require(id, &["a\n\"é\""]).unwrap();
    bench.ask(extension(), Method::UpdateTask, &update(id, &["a\n\"é\""])).unwrap();
    assert_eq!(provided(&mut bench), Some(json!({ "a\n\"é\"": { "action": "decline" } })));
}

#[test]
fn malformed_responses_are_refused_and_nothing_is_taken() {
    let mut bench = Bench::new();
    let id = bench.create(extension());
    bench.require(id, &["a", "b"]).unwrap();
    let responses = [json!([]), json!("a"), json!(null), json!({ "a": {}, "b": 1 })];
    let with = |responses: &Value| json!({ "taskId": id.to_string(), "inputResponses": responses });
    for params in responses.iter().map(with).chain([named(id)]) {
        let answer = bench.ask(extension(), Method::UpdateTask, &params).unwrap();
        assert_eq!(answer.rule(), Some(TaskRule::InputParams), "{params}");
        assert_eq!(error(&answer).0, -32602);
    }
    assert_eq!(provided(&mut bench), None);
    assert_eq!(bench.get(extension(), id)["inputRequests"], inputs(&["a", "b"]));
}

#[test]
fn an_update_of_a_task_that_has_ended_is_acknowledged() {
    let mut bench = Bench::new();
    let id = bench.create(extension());
    bench.require(id, &["a"]).unwrap();
    bench.finish(id, text("42")).unwrap();
    let answer = bench.ask(extension(), Method::UpdateTask, &update(id, &["a"])).unwrap();
    assert_eq!(result(&answer), json!({ "resultType": "complete" }));
    assert_eq!(provided(&mut bench), None);
}

#[test]
fn a_key_is_never_used_again_in_the_life_of_a_task() {
    let mut bench = Bench::new();
    let (id, now) = (bench.create(extension()), bench.now);
    bench.require(id, &["a", "b"]).unwrap();
    assert_eq!(bench.require(id, &["a"]), Err(TaskRule::InputKey), "it is open");
    bench.ask(extension(), Method::UpdateTask, &update(id, &["a"])).unwrap();
    assert_eq!(bench.require(id, &["a"]), Err(TaskRule::InputKey), "it was answered");
    bench.tasks.resume(id, now).unwrap();
    assert_eq!(bench.require(id, &["c", "b"]), Err(TaskRule::InputKey), "it was given up");
    bench.require(id, &["c"]).unwrap();
    assert_eq!(bench.get(extension(), id)["inputRequests"], inputs(&["c"]));
    let other = bench.create(extension());
    bench.require(other, &["a"]).unwrap();
}

#[test]
fn more_input_may_be_asked_for_while_some_is_open() {
    let mut bench = Bench::new();
    let id = bench.create(extension());
    bench.require(id, &["a"]).unwrap();
    bench.require(id, &["b"]).unwrap();
    assert_eq!(bench.get(extension(), id)["inputRequests"], inputs(&["a", "b"]));
}

#[test]
fn only_what_the_client_can_do_is_asked_for() {
    let mut bench = Bench::new();
    let (id, now) = (bench.create(extension()), bench.now);
    for requests in [
        r#"{"a":{"method":"sampling/createMessage","params":{}}}"#,
        r#"{"a":{"method":"roots/list"}}"#,
        r#"{"a":{"method":"elicitation/create","params":{"mode":"url"}}}"#,
        r#"{"a":{"method":"tools/call"}}"#,
        r#"{"a":{}}"#,
        r#"{"a":7}"#,
        "{}",
        "[]",
    ] {
        let refused = bench.tasks.require_input(id, Some(raw(requests)), now);
        assert_eq!(refused, Err(TaskRule::InputRequest), "{requests}");
    }
    assert_eq!(bench.tasks.require_input(id, None, now), Err(TaskRule::InputRequest));
    assert_eq!(bench.get(extension(), id)["status"], "working");
}

#[test]
fn cancelling_is_a_wish_that_is_acknowledged_however_often_it_comes() {
    let mut bench = Bench::new();
    let id = bench.create(extension());
    for _ in 0..3 {
        let answer = bench.about(extension(), Method::CancelTask, id);
        assert_eq!(result(&answer), json!({ "resultType": "complete" }));
    }
    assert_eq!(bench.tasks.poll_event(), Some(TaskEvent::CancelRequested(id)));
    assert_eq!(bench.tasks.poll_event(), None, "one event for one wish");
    assert_eq!(bench.get(extension(), id)["status"], "working", "it is cooperative");
    let now = bench.now;
    bench.tasks.cancel(id, Some("as you wish"), now).unwrap();
    let task = bench.get(extension(), id);
    assert_eq!(
        (&task["status"], &task["statusMessage"]),
        (&json!("cancelled"), &json!("as you wish"))
    );
}

#[test]
fn the_work_may_be_quicker_than_the_wish_to_cancel_it() {
    let mut bench = Bench::new();
    let id = bench.create(extension());
    bench.about(extension(), Method::CancelTask, id);
    bench.finish(id, text("42")).unwrap();
    assert_eq!(bench.get(extension(), id)["status"], "completed");
    bench.tasks.poll_event();
    let answer = bench.about(extension(), Method::CancelTask, id);
    assert_eq!(result(&answer), json!({ "resultType": "complete" }));
    assert_eq!(bench.tasks.poll_event(), None);
}

#[test]
fn the_extension_has_neither_results_nor_lists() {
    let mut bench = Bench::new();
    let id = bench.create(extension());
    for method in [Method::TaskResult, Method::ListTasks] {
        assert_eq!(error(&bench.about(extension(), method, id)).0, -32601);
    }
}

#[test]
fn a_client_that_has_not_declared_the_extension_is_told_what_it_lacks() {
    let mut bench = Bench::new();
    let id = bench.create(extension());
    let lacking = json!({
        "requiredCapabilities": { "extensions": { "io.modelcontextprotocol/tasks": {} } },
    });
    for method in [Method::GetTask, Method::UpdateTask, Method::CancelTask] {
        for params in [named(id), json!({ "taskId": "unknown" })] {
            let (code, _, data) = error(&bench.ask(undeclared(), method, &params).unwrap());
            assert_eq!((code, data), (-32021, Some(lacking.clone())), "{method}");
        }
    }
    let refused = bench.try_create(tool(undeclared()));
    assert_eq!(refused.unwrap_err(), TaskRule::CapabilityRequired);
}

#[test]
fn a_notice_says_what_get_would_have_said() {
    let mut bench = Bench::new();
    let id = bench.create(extension());
    let check = |bench: &mut Bench| {
        let notice = bench.tasks.poll_notice().expect("a change");
        assert_eq!(notice.method(), Method::TaskNotification);
        let mut params: Value = serde_json::from_str(notice.params().spelling()).unwrap();
        params["resultType"] = json!("complete");
        assert_eq!(params, bench.get(extension(), id));
        assert!(bench.tasks.poll_notice().is_none());
    };
    bench.require(id, &["a"]).unwrap();
    check(&mut bench);
    bench.ask(extension(), Method::UpdateTask, &update(id, &["a"])).unwrap();
    check(&mut bench);
    bench.finish(id, crate::stage::tool_error("no")).unwrap();
    check(&mut bench);
}

#[test]
fn revisions_without_tasks_have_no_methods_for_them() {
    use mcp_engine::version::Version;
    let mut bench = Bench::new();
    for version in [Version::V2024_11_05, Version::V2025_03_26, Version::V2025_06_18] {
        let context = Context { version, ..extension() };
        let answer = bench.ask(context, Method::GetTask, &json!({ "taskId": "a" })).unwrap();
        assert_eq!(error(&answer).0, -32601);
        assert_eq!(bench.try_create(tool(context)).unwrap_err(), TaskRule::MethodNotHere);
    }
}

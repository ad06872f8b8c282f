//! The life of a task, as whoever works on it leads it.

use mcp_engine::Method;
use mcp_engine::connection::Reply;
use mcp_engine::task::{Status, TaskId, TaskRule, Ttl};
use serde_json::{Value, json};

use crate::stage::{Bench, core, extension, forms, message, raw, result, text, tool, tool_error};

#[test]
fn a_created_task_is_nested_in_the_core_and_flat_in_the_extension() {
    let mut bench = Bench::new();
    let (id, answer) = bench.try_create(tool(core()).message("Off we go")).unwrap();
    let moment = "2025-11-25T10:30:00.000Z";
    let expected = json!({ "task": {
        "taskId": id.to_string(), "status": "working", "statusMessage": "Off we go",
        "createdAt": moment, "lastUpdatedAt": moment, "ttl": 3_600_000, "pollInterval": 1_000,
    }});
    assert_eq!(result(&answer), expected);

    let (id, answer) = bench.try_create(tool(extension())).unwrap();
    let expected = json!({
        "resultType": "task", "taskId": id.to_string(), "status": "working",
        "createdAt": moment, "lastUpdatedAt": moment, "ttlMs": 3_600_000, "pollIntervalMs": 1_000,
    });
    assert_eq!(result(&answer), expected);
}

#[test]
fn a_task_can_be_asked_for_as_soon_as_it_is_created() {
    for context in forms() {
        let mut bench = Bench::new();
        let id = bench.create(context);
        assert_eq!(bench.get(context, id)["status"], "working");
    }
}

#[test]
fn a_model_may_be_told_something_at_once() {
    let mut bench = Bench::new();
    let (_, answer) = bench.try_create(tool(core()).immediate_response("On it")).unwrap();
    let told = &result(&answer)["_meta"]["io.modelcontextprotocol/model-immediate-response"];
    assert_eq!(told, "On it");
}

#[test]
fn poll_interval_and_time_to_live_are_what_was_asked_for() {
    let mut bench = Bench::new();
    let new = tool(core()).poll_interval_ms(250).ttl(Ttl::Milliseconds(90_000));
    let (_, answer) = bench.try_create(new).unwrap();
    let task = &result(&answer)["task"];
    assert_eq!((&task["pollInterval"], &task["ttl"]), (&json!(250), &json!(90_000)));

    let (_, answer) = bench.try_create(tool(core()).ttl(Ttl::Unlimited)).unwrap();
    assert_eq!(result(&answer)["task"]["ttl"], Value::Null);
}

#[test]
fn ids_are_visible_ascii_of_all_the_entropy() {
    let mut bench = Bench::new();
    let (one, other) = (bench.create(core()), bench.create(core()));
    assert_ne!(one, other);
    let spelled = one.to_string();
    assert!(spelled.len() == 32 && spelled.bytes().all(|byte| byte.is_ascii_graphic()));
}

#[test]
fn entropy_is_not_used_twice() {
    let mut bench = Bench::new();
    let now = bench.now;
    bench.tasks.create(tool(core()), [1; 16], now).unwrap();
    let again = bench.tasks.create(tool(extension()), [1; 16], now);
    assert_eq!(again.unwrap_err(), TaskRule::Entropy);
    assert_eq!(bench.tasks.len(), 1);
}

/// Brings a new task to a status.
fn at(bench: &mut Bench, status: Status) -> TaskId {
    let id = bench.create(extension());
    match status {
        Status::Working => {}
        Status::InputRequired => bench.require(id, &["a"]).unwrap(),
        Status::Completed => bench.finish(id, text("done")).unwrap(),
        Status::Failed => bench.finish(id, Reply::error(-32603, "no")).unwrap(),
        Status::Cancelled => bench.cancel(id).unwrap(),
    }
    assert_eq!(bench.tasks.status(id), Some(status));
    id
}

#[test]
fn nothing_changes_a_task_that_has_ended() {
    for status in Status::ALL.into_iter().filter(|status| status.is_terminal()) {
        let mut bench = Bench::new();
        let id = at(&mut bench, status);
        let before = bench.get(extension(), id);
        bench.wait(500);
        let now = bench.now;
        let refused = [
            bench.finish(id, text("again")),
            bench.finish(id, Reply::error(1, "again")),
            bench.cancel(id),
            bench.require(id, &["b"]),
            bench.tasks.resume(id, now),
            bench.tasks.describe(id, Some("again"), now),
        ];
        assert_eq!(refused, [Err(TaskRule::Transition); 6], "{status}");
        assert_eq!(bench.get(extension(), id), before);
        assert_eq!(bench.tasks.counters().refusals(TaskRule::Transition), 6);
    }
}

#[test]
fn only_a_task_that_waits_for_input_can_be_resumed() {
    for context in forms() {
        let mut bench = Bench::new();
        let (id, now) = (bench.create(context), bench.now);
        assert_eq!(bench.tasks.resume(id, now), Err(TaskRule::Transition));
        match context == core() {
            true => bench.tasks.require_input(id, None, now).unwrap(),
            false => bench.require(id, &["a"]).unwrap(),
        }
        assert_eq!(bench.get(context, id)["status"], "input_required");
        bench.tasks.resume(id, now).unwrap();
        assert_eq!(bench.get(context, id)["status"], "working");
        assert!(bench.get(context, id).get("inputRequests").is_none());
    }
}

#[test]
fn a_task_may_end_while_it_waits_for_input() {
    for reply in [text("never mind"), Reply::error(-32603, "too late")] {
        let mut bench = Bench::new();
        let id = at(&mut bench, Status::InputRequired);
        bench.finish(id, reply).unwrap();
        assert!(bench.tasks.status(id).unwrap().is_terminal());
        assert!(bench.get(extension(), id).get("inputRequests").is_none());
    }
}

#[test]
fn what_is_said_about_a_task_is_shown_until_it_is_taken_back() {
    let mut bench = Bench::new();
    let (id, now) = (bench.create(core()), bench.now);
    bench.tasks.describe(id, Some("50 %\n\"half\""), now).unwrap();
    assert_eq!(bench.get(core(), id)["statusMessage"], "50 %\n\"half\"");
    bench.tasks.describe(id, None, now).unwrap();
    assert!(bench.get(core(), id).get("statusMessage").is_none());
}

#[test]
fn the_time_of_the_last_update_follows_changes_and_never_goes_back() {
    let mut bench = Bench::new();
    let id = bench.create(core());
    bench.wait(1_500);
    assert_eq!(bench.get(core(), id)["lastUpdatedAt"], "2025-11-25T10:30:00.000Z");
    let now = bench.now;
    bench.tasks.describe(id, Some("still there"), now).unwrap();
    assert_eq!(bench.get(core(), id)["lastUpdatedAt"], "2025-11-25T10:30:01.500Z");
    bench.now.unix_ms -= 3_600_000;
    bench.finish(id, text("done")).unwrap();
    assert_eq!(bench.get(core(), id)["lastUpdatedAt"], "2025-11-25T10:30:01.500Z");
    assert_eq!(bench.get(core(), id)["createdAt"], "2025-11-25T10:30:00.000Z");
}

#[test]
fn a_tool_error_fails_the_task_in_the_core_and_completes_it_in_the_extension() {
    let mut bench = Bench::new();
    let id = bench.create(core());
    bench.finish(id, tool_error("out of paper")).unwrap();
    let task = bench.get(core(), id);
    assert_eq!(
        (&task["status"], &task["statusMessage"]),
        (&json!("failed"), &json!("out of paper"))
    );

    let id = bench.create(extension());
    bench.finish(id, tool_error("out of paper")).unwrap();
    let task = bench.get(extension(), id);
    assert_eq!(task["status"], "completed");
    assert_eq!(task["result"]["isError"], true);
    let counters = bench.tasks.counters();
    assert_eq!((counters.completed, counters.failed), (1, 1));
}

#[test]
fn an_error_flag_means_nothing_in_the_result_of_another_request() {
    let mut bench = Bench::new();
    let new = mcp_engine::task::NewTask::new(Method::CreateMessage, core(), b"server");
    let (id, _) = bench.try_create(new).unwrap();
    bench.finish(id, Reply::Result(raw(r#"{"isError":true,"role":"assistant"}"#))).unwrap();
    assert_eq!(bench.tasks.status(id), Some(Status::Completed));
}

#[test]
fn a_json_rpc_error_fails_the_task_in_both_forms_and_says_why() {
    for context in forms() {
        let mut bench = Bench::new();
        let id = bench.create(context);
        bench.finish(id, Reply::error(-32603, "the disk is full")).unwrap();
        let task = bench.get(context, id);
        assert_eq!(task["status"], "failed");
        assert_eq!(task["statusMessage"], "the disk is full");
    }
}

#[test]
fn a_result_after_the_cancellation_is_refused_and_the_task_stays_cancelled() {
    let mut bench = Bench::new();
    let id = bench.create(core());
    bench.about(core(), Method::CancelTask, id);
    assert_eq!(bench.finish(id, text("42")), Err(TaskRule::Transition));
    assert_eq!(bench.get(core(), id)["status"], "cancelled");
}

#[test]
fn answers_of_others_end_a_task_as_they_are_relayed() {
    let mut bench = Bench::new();
    let id = bench.create(extension());
    let answer = message(&json!({ "jsonrpc": "2.0", "id": 1, "result": { "content": [] } }));
    bench.finish(id, Reply::Relay(&answer)).unwrap();
    assert_eq!(bench.get(extension(), id)["result"], json!({ "content": [] }));

    let id = bench.create(extension());
    let error = json!({ "code": 7, "message": "né", "data": [1, { "a": null }] });
    let answer = message(&json!({ "jsonrpc": "2.0", "id": 1, "error": error }));
    bench.finish(id, Reply::Relay(&answer)).unwrap();
    assert_eq!(bench.get(extension(), id)["error"], error);
}

#[test]
fn what_is_no_final_answer_ends_no_task() {
    let mut bench = Bench::new();
    let id = bench.create(extension());
    let request = message(&json!({ "jsonrpc": "2.0", "id": 1, "method": "ping" }));
    let input = Reply::InputRequired { requests: None, state: Some("s") };
    for reply in [Reply::Result(raw("[1]")), Reply::Relay(&request), input] {
        assert_eq!(bench.finish(id, reply), Err(TaskRule::Answer));
    }
    assert_eq!(bench.tasks.status(id), Some(Status::Working));
}

#[test]
fn only_some_requests_run_as_tasks() {
    let mut bench = Bench::new();
    for method in Method::ALL {
        for context in forms() {
            let new = mcp_engine::task::NewTask::new(*method, context, b"alice");
            let is_allowed = match (context == core(), method) {
                (_, Method::CallTool) => true,
                (is_core, Method::CreateMessage | Method::Elicit) => is_core,
                _ => false,
            };
            assert_eq!(bench.try_create(new).is_ok(), is_allowed, "{method}");
        }
    }
}

#[test]
fn a_task_that_was_removed_is_unknown() {
    let mut bench = Bench::new();
    let id = bench.create(core());
    let waiter = bench.wait_for(id);
    assert!(bench.tasks.remove(id) && !bench.tasks.remove(id));
    let answers = bench.answers();
    assert_eq!((answers[0].0, answers[0].1.rule()), (waiter, Some(TaskRule::Unknown)));
    assert_eq!(bench.finish(id, text("42")), Err(TaskRule::Unknown));
    assert!(bench.tasks.is_empty() && bench.tasks.held_bytes() == 0);
}

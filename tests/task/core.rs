//! Requests about tasks in MCP 2025-11-25.

use mcp_engine::Method;
use mcp_engine::connection::Reply;
use mcp_engine::task::{TaskEvent, TaskLimits, TaskRule};
use serde_json::{Value, json};

use crate::stage::{Bench, core, error, named, raw, result, text};

const RELATED: &str = "io.modelcontextprotocol/related-task";

#[test]
fn get_shows_a_task_without_its_result_and_without_related_metadata() {
    let mut bench = Bench::new();
    let id = bench.create(core());
    bench.finish(id, text("42")).unwrap();
    let task = bench.get(core(), id);
    assert_eq!(task["status"], "completed");
    for member in ["result", "error", "_meta", "resultType", "ttlMs", "pollIntervalMs"] {
        assert!(task.get(member).is_none(), "{member}");
    }
}

#[test]
fn the_result_of_a_task_that_has_ended_comes_at_once() {
    let mut bench = Bench::new();
    let id = bench.create(core());
    bench.finish(id, text("42")).unwrap();
    let expected = json!({
        "content": [{ "type": "text", "text": "42" }],
        "_meta": { RELATED: { "taskId": id.to_string() } },
    });
    assert_eq!(result(&bench.about(core(), Method::TaskResult, id)), expected);
    assert_eq!(result(&bench.about(core(), Method::TaskResult, id)), expected, "and again");
}

#[test]
fn a_result_is_exactly_the_original_but_for_the_related_task() {
    let mut bench = Bench::new();
    let id = bench.create(core());
    let original =
        r#"{"content":[],"structuredContent":{"n":1.50e1},"_meta":{"a/b":[1]},"x":"\u00e9"}"#;
    bench.finish(id, Reply::Result(raw(original))).unwrap();
    let answer = bench.about(core(), Method::TaskResult, id);
    let spelled = answer.result().unwrap().spelling().to_owned();
    assert!(spelled.contains(r#""structuredContent":{"n":1.50e1}"#) && spelled.contains(r"\u00e9"));
    let mut result = result(&answer);
    let meta = result["_meta"].as_object_mut().unwrap();
    assert_eq!(meta.remove(RELATED), Some(named(id)));
    assert_eq!(result, serde_json::from_str::<Value>(original).unwrap());
}

#[test]
fn a_result_cannot_claim_to_be_of_another_task() {
    let mut bench = Bench::new();
    let id = bench.create(core());
    let forged = json!({ "content": [], "_meta": { RELATED: { "taskId": "other" } } }).to_string();
    bench.finish(id, Reply::Result(raw(&forged))).unwrap();
    let answer = bench.about(core(), Method::TaskResult, id);
    assert_eq!(result(&answer)["_meta"], json!({ RELATED: named(id) }));
}

#[test]
fn a_tool_error_is_still_a_result() {
    let mut bench = Bench::new();
    let id = bench.create(core());
    bench.finish(id, crate::stage::tool_error("no")).unwrap();
    assert_eq!(result(&bench.about(core(), Method::TaskResult, id))["isError"], true);
}

#[test]
fn the_result_of_a_task_that_failed_is_the_same_error() {
    let mut bench = Bench::new();
    let id = bench.create(core());
    let data = Some(raw(r#"{"retry":false}"#));
    bench.finish(id, Reply::Error { code: 4711, message: "no \"way\"", data }).unwrap();
    let told = error(&bench.about(core(), Method::TaskResult, id));
    assert_eq!(told, (4711, "no \"way\"".to_owned(), Some(json!({ "retry": false }))));
}

#[test]
fn the_result_of_a_cancelled_task_is_an_error() {
    let mut bench = Bench::new();
    let id = bench.create(core());
    bench.cancel(id).unwrap();
    let answer = bench.about(core(), Method::TaskResult, id);
    assert_eq!(answer.rule(), Some(TaskRule::Cancelled));
}

#[test]
fn the_result_is_waited_for_until_the_task_has_ended() {
    let mut bench = Bench::new();
    let (id, other) = (bench.create(core()), bench.create(core()));
    let waiters = [bench.wait_for(id), bench.wait_for(id)];
    let elsewhere = bench.wait_for(other);
    assert!(bench.answers().is_empty());
    let now = bench.now;
    bench.tasks.require_input(id, None, now).unwrap();
    bench.tasks.resume(id, now).unwrap();
    assert!(bench.answers().is_empty(), "input does not end the wait");

    bench.finish(id, text("42")).unwrap();
    let answers = bench.answers();
    assert_eq!(answers.iter().map(|(waiter, _)| *waiter).collect::<Vec<_>>(), waiters);
    for (_, answer) in &answers {
        assert_eq!(result(answer)["content"][0]["text"], "42");
    }
    assert_eq!(bench.tasks.waiters(other).collect::<Vec<_>>(), [&elsewhere]);
    assert!(bench.answers().is_empty(), "everyone is answered once");
}

#[test]
fn who_waits_is_told_of_errors_and_cancellations_too() {
    let mut bench = Bench::new();
    let (failing, cancelled) = (bench.create(core()), bench.create(core()));
    let (one, other) = (bench.wait_for(failing), bench.wait_for(cancelled));
    bench.finish(failing, Reply::error(-32603, "no")).unwrap();
    bench.about(core(), Method::CancelTask, cancelled);
    let answers = bench.answers();
    assert_eq!((answers[0].0, error(&answers[0].1).1.as_str()), (one, "no"));
    assert_eq!((answers[1].0, answers[1].1.rule()), (other, Some(TaskRule::Cancelled)));
}

#[test]
fn a_request_that_is_withdrawn_waits_no_longer_and_the_task_goes_on() {
    let mut bench = Bench::new();
    let id = bench.create(core());
    let (gone, stays) = (bench.wait_for(id), bench.wait_for(id));
    assert!(bench.tasks.withdraw(&gone) && !bench.tasks.withdraw(&gone));
    let answers = bench.answers();
    assert_eq!((answers[0].0, answers[0].1.rule()), (gone, Some(TaskRule::Withdrawn)));
    bench.finish(id, text("42")).unwrap();
    assert_eq!(bench.answers().len(), 1);
    assert!(!bench.tasks.withdraw(&stays), "it was answered");
}

#[test]
fn requests_of_a_connection_that_is_gone_are_dropped_without_an_answer() {
    let mut bench = Bench::new();
    let (id, ended) = (bench.create(core()), bench.create(core()));
    let (gone, stays, answered) = (bench.wait_for(id), bench.wait_for(id), bench.wait_for(ended));
    bench.finish(ended, text("1")).unwrap();
    bench.tasks.retain_waiters(|waiter| *waiter == stays);
    bench.finish(id, text("2")).unwrap();
    let answers = bench.answers();
    assert_eq!(answers.iter().map(|(waiter, _)| *waiter).collect::<Vec<_>>(), [stays]);
    assert!(gone != stays && answered != stays);
}

#[test]
fn cancelling_a_task_shows_it_cancelled_and_tells_whoever_works_on_it() {
    let mut bench = Bench::new();
    let id = bench.create(core());
    let task = result(&bench.about(core(), Method::CancelTask, id));
    assert_eq!(task["taskId"], id.to_string());
    assert_eq!(task["status"], "cancelled");
    assert_eq!(task["statusMessage"], "The task was cancelled by request.");
    assert_eq!(bench.tasks.poll_event(), Some(TaskEvent::CancelRequested(id)));
    assert_eq!(bench.tasks.poll_event(), None);
}

#[test]
fn a_task_that_has_ended_cannot_be_cancelled() {
    let mut bench = Bench::new();
    for reply in [text("42"), Reply::error(-32603, "no")] {
        let id = bench.create(core());
        bench.finish(id, reply).unwrap();
        assert_eq!(error(&bench.about(core(), Method::CancelTask, id)).0, -32602);
    }
    let id = bench.create(core());
    bench.about(core(), Method::CancelTask, id);
    assert_eq!(error(&bench.about(core(), Method::CancelTask, id)).0, -32602);
    assert_eq!(bench.tasks.counters().refusals(TaskRule::CancelTerminal), 3);
}

#[test]
fn the_list_goes_through_every_task_once_in_the_order_of_creation() {
    let mut bench = Bench::with(TaskLimits { page: 3, ..TaskLimits::default() });
    let ids: Vec<_> = (0..8).map(|_| bench.create(core()).to_string()).collect();
    let (mut seen, mut params, mut pages) = (Vec::new(), json!({}), 0);
    loop {
        let page = result(&bench.ask(core(), Method::ListTasks, &params).unwrap());
        let tasks = page["tasks"].as_array().unwrap();
        seen.extend(tasks.iter().map(|task| task["taskId"].as_str().unwrap().to_owned()));
        pages += 1;
        match page.get("nextCursor") {
            Some(cursor) => params = json!({ "cursor": cursor }),
            None => break,
        }
    }
    assert_eq!((seen, pages), (ids, 3));
}

#[test]
fn a_full_last_page_has_no_cursor_and_no_tasks_are_an_empty_list() {
    let mut bench = Bench::with(TaskLimits { page: 2, ..TaskLimits::default() });
    assert_eq!(
        result(&bench.ask(core(), Method::ListTasks, &json!({})).unwrap()),
        json!({ "tasks": [] })
    );
    bench.create(core());
    bench.create(core());
    let page = result(&bench.ask(core(), Method::ListTasks, &json!({})).unwrap());
    assert_eq!(page["tasks"].as_array().unwrap().len(), 2);
    assert!(page.get("nextCursor").is_none());
}

#[test]
fn a_cursor_outlives_the_task_it_points_at() {
    let mut bench = Bench::with(TaskLimits { page: 1, ..TaskLimits::default() });
    let ids: Vec<_> = (0..3).map(|_| bench.create(core())).collect();
    let page = result(&bench.ask(core(), Method::ListTasks, &json!({})).unwrap());
    bench.tasks.remove(ids[1]);
    let next = json!({ "cursor": page["nextCursor"] });
    let page = result(&bench.ask(core(), Method::ListTasks, &next).unwrap());
    assert_eq!(page["tasks"][0]["taskId"], ids[2].to_string());
}

#[test]
fn a_cursor_that_is_not_ours_is_refused() {
    let mut bench = Bench::with(TaskLimits { page: 1, ..TaskLimits::default() });
    bench.create(core());
    bench.create(core());
    let page = result(&bench.ask(core(), Method::ListTasks, &json!({})).unwrap());
    let real = page["nextCursor"].as_str().unwrap();
    let altered = format!("{}{}", &real[..31], if real.ends_with('0') { "1" } else { "0" });
    for cursor in
        [json!(""), json!("é"), json!(altered), json!(7), json!(null), json!("0".repeat(32))]
    {
        let answer = bench.ask(core(), Method::ListTasks, &json!({ "cursor": cursor })).unwrap();
        assert_eq!(answer.rule(), Some(TaskRule::CursorParams), "{cursor}");
        assert_eq!(error(&answer).0, -32602);
    }
}

#[test]
fn the_parameter_names_the_task_whatever_the_metadata_says() {
    let mut bench = Bench::new();
    let (id, other) = (bench.create(core()), bench.create(core()));
    let params = json!({ "taskId": id.to_string(), "_meta": { RELATED: named(other) } });
    let task = result(&bench.ask(core(), Method::GetTask, &params).unwrap());
    assert_eq!(task["taskId"], id.to_string());
}

#[test]
fn a_task_id_must_be_a_string_and_known() {
    let mut bench = Bench::new();
    for method in [Method::GetTask, Method::TaskResult, Method::CancelTask] {
        for params in [json!({}), json!({ "taskId": 7 }), json!({ "taskId": null })] {
            let answer = bench.ask(core(), method, &params).unwrap();
            assert_eq!((answer.rule(), error(&answer).0), (Some(TaskRule::IdParams), -32602));
        }
        for id in ["", "x", &"0".repeat(32), &"é".repeat(16)] {
            let answer = bench.ask(core(), method, &json!({ "taskId": id })).unwrap();
            assert_eq!((answer.rule(), error(&answer).0), (Some(TaskRule::Unknown), -32602));
        }
    }
}

#[test]
fn the_core_has_no_update_and_asks_for_input_in_messages_of_its_own() {
    let mut bench = Bench::new();
    let id = bench.create(core());
    let answer = bench.about(core(), Method::UpdateTask, id);
    assert_eq!(error(&answer).0, -32601);
    assert_eq!(bench.require(id, &["a"]), Err(TaskRule::InputRequest));
    let meta: Value = serde_json::from_str(&id.related_meta()).unwrap();
    assert_eq!(meta, json!({ RELATED: named(id) }));
}

#[test]
fn a_change_is_told_once_with_the_newest_state() {
    let mut bench = Bench::new();
    let id = bench.create(core());
    assert!(bench.tasks.poll_notice().is_none(), "its creation was answered");
    let now = bench.now;
    bench.tasks.describe(id, Some("half"), now).unwrap();
    bench.finish(id, text("42")).unwrap();
    let notice = bench.tasks.poll_notice().unwrap();
    assert_eq!((notice.id, &*notice.principal), (id, crate::stage::ALICE));
    assert_eq!(notice.method(), Method::TaskStatus);
    let params: Value = serde_json::from_str(notice.params().spelling()).unwrap();
    assert_eq!(params, bench.get(core(), id));
    assert!(bench.tasks.poll_notice().is_none());
}

//! Every limit is reached, says its name, is counted, and gives back what it has taken.

use mcp_engine::Method;
use mcp_engine::connection::Reply;
use mcp_engine::task::{NewTask, TaskLimits, TaskRule};
use serde_json::json;

use crate::stage::{
    Bench, MALLORY, core, error, extension, forms, named, raw, text, tool, tool_error, update,
};

/// Registries in which one limit is lower.
fn bench(lower: impl FnOnce(&mut TaskLimits)) -> Bench {
    let mut limits = TaskLimits::default();
    lower(&mut limits);
    Bench::with(limits)
}

fn reached(bench: &Bench, rule: TaskRule) {
    assert_eq!(bench.tasks.counters().refusals(rule), 1, "{rule}");
    assert_eq!(bench.tasks.counters().rules().collect::<Vec<_>>(), [(rule, 1)]);
    assert_eq!((rule.fault(), rule.code()), (mcp_engine::Fault::Limit, -32603));
    assert!(rule.reason().contains("TaskLimits::"), "{}", rule.reason());
}

#[test]
fn so_many_tasks_and_no_more() {
    let mut bench = bench(|limits| limits.tasks = 2);
    let id = bench.create(core());
    bench.try_create(NewTask::new(Method::CallTool, core(), MALLORY)).unwrap();
    assert_eq!(bench.try_create(tool(core())).unwrap_err(), TaskRule::Tasks);
    reached(&bench, TaskRule::Tasks);
    bench.tasks.remove(id);
    bench.create(core());
}

#[test]
fn so_many_tasks_of_a_principal_and_others_are_not_kept_from_theirs() {
    let mut bench = bench(|limits| limits.tasks_per_principal = 2);
    let id = bench.create(core());
    bench.create(extension());
    assert_eq!(bench.try_create(tool(core())).unwrap_err(), TaskRule::OwnTasks);
    reached(&bench, TaskRule::OwnTasks);
    bench.try_create(NewTask::new(Method::CallTool, core(), MALLORY)).unwrap();
    bench.tasks.remove(id);
    bench.create(core());
}

#[test]
fn a_result_that_is_too_long_does_not_end_the_task() {
    for context in forms() {
        let mut bench = bench(|limits| limits.result_bytes = 100);
        let id = bench.create(context);
        let long = "x".repeat(100);
        assert_eq!(bench.finish(id, text(&long)), Err(TaskRule::ResultBytes));
        reached(&bench, TaskRule::ResultBytes);
        assert_eq!(bench.finish(id, Reply::error(1, &long)), Ok(()), "an error of 100 bytes");
    }
}

#[test]
fn requests_for_input_are_no_longer_than_results() {
    let mut bench = bench(|limits| limits.result_bytes = 100);
    let id = bench.create(extension());
    assert_eq!(bench.require(id, &["a"]), Err(TaskRule::ResultBytes));
    reached(&bench, TaskRule::ResultBytes);
}

#[test]
fn all_that_is_held_is_bounded_and_given_back() {
    let mut bench = bench(|limits| limits.bytes = 6_000);
    let id = bench.create(core());
    let long = "x".repeat(6_000);
    assert_eq!(bench.finish(id, text(&long)), Err(TaskRule::Bytes));
    reached(&bench, TaskRule::Bytes);
    bench.finish(id, text("short")).unwrap();
    assert!(bench.tasks.held_bytes() > "alice".len());
    bench.tasks.remove(id);
    assert_eq!(bench.tasks.held_bytes(), 0);
}

#[test]
fn every_kind_of_text_counts() {
    let mut bench = bench(|limits| limits.bytes = 4);
    assert_eq!(bench.try_create(tool(core())).unwrap_err(), TaskRule::Bytes, "a principal");
    let mut bench = self::bench(|limits| limits.bytes = 50);
    let (id, now) = (bench.create(extension()), bench.now);
    let long = "x".repeat(50);
    assert_eq!(bench.tasks.describe(id, Some(&long), now), Err(TaskRule::Bytes), "a message");
    assert_eq!(bench.tasks.cancel(id, Some(&long), now), Err(TaskRule::Bytes), "a reason");
    assert_eq!(bench.require(id, &["a"]), Err(TaskRule::Bytes), "a request for input");
    assert_eq!(bench.finish(id, Reply::error(1, &long)), Err(TaskRule::Bytes), "an error");
}

#[test]
fn responses_count_until_they_are_polled() {
    let mut bench = bench(|limits| limits.bytes = 2_000);
    let id = bench.create(extension());
    bench.require(id, &["a", "b"]).unwrap();
    let held = bench.tasks.held_bytes();
    let long =
        json!({ "taskId": id.to_string(), "inputResponses": { "a": { "x": "x".repeat(2_000) } } });
    let answer = bench.ask(extension(), Method::UpdateTask, &long).unwrap();
    assert_eq!(answer.rule(), Some(TaskRule::Bytes));
    reached(&bench, TaskRule::Bytes);
    bench.ask(extension(), Method::UpdateTask, &update(id, &["a", "b"])).unwrap();
    let with_event = bench.tasks.held_bytes();
    bench.tasks.poll_event().unwrap();
    assert!(bench.tasks.held_bytes() < with_event && bench.tasks.held_bytes() < held);
}

#[test]
fn a_status_message_that_is_too_long_is_refused() {
    let mut bench = bench(|limits| limits.message_bytes = 8);
    let (id, now) = (bench.create(core()), bench.now);
    assert_eq!(bench.tasks.describe(id, Some("nine char"), now), Err(TaskRule::MessageBytes));
    reached(&bench, TaskRule::MessageBytes);
    assert_eq!(bench.tasks.cancel(id, Some("nine char"), now), Err(TaskRule::MessageBytes));
    assert_eq!(
        bench.try_create(tool(core()).message("nine char")).unwrap_err(),
        TaskRule::MessageBytes
    );
    bench.tasks.describe(id, Some("8 bytes!"), now).unwrap();
}

#[test]
fn what_an_error_says_is_cut_between_characters() {
    let mut bench = bench(|limits| limits.message_bytes = 8);
    for reply in [Reply::error(-32603, "ööööööö"), tool_error("xöööööö")] {
        let id = bench.create(core());
        bench.finish(id, reply).unwrap();
        let said = bench.get(core(), id)["statusMessage"].as_str().unwrap().to_owned();
        assert!(said == "öööö" || said == "xööö", "{said}");
    }
}

#[test]
fn so_many_inputs_in_the_life_of_a_task() {
    let mut bench = bench(|limits| limits.input_keys = 2);
    let id = bench.create(extension());
    bench.require(id, &["a", "b"]).unwrap();
    bench.ask(extension(), Method::UpdateTask, &update(id, &["a", "b"])).unwrap();
    assert_eq!(bench.require(id, &["c"]), Err(TaskRule::InputKeys));
    reached(&bench, TaskRule::InputKeys);
}

#[test]
fn so_many_requests_wait_and_those_that_were_not_polled_count() {
    let mut bench = bench(|limits| limits.waiters = 2);
    let (id, ended) = (bench.create(core()), bench.create(core()));
    bench.wait_for(id);
    bench.wait_for(ended);
    bench.finish(ended, text("42")).unwrap();
    let answer = bench.ask(core(), Method::TaskResult, &named(id)).unwrap();
    assert_eq!((answer.rule(), error(&answer).0), (Some(TaskRule::Waiters), -32603));
    reached(&bench, TaskRule::Waiters);
    assert_eq!(bench.answers().len(), 1);
    bench.wait_for(id);
}

#[test]
fn so_many_requests_of_a_principal_wait_and_others_are_not_kept_from_it() {
    let mut bench = bench(|limits| limits.waiters_per_principal = 1);
    let id = bench.create(core());
    bench.wait_for(id);
    let answer = bench.ask(core(), Method::TaskResult, &named(id)).unwrap();
    assert_eq!(answer.rule(), Some(TaskRule::OwnWaiters));
    reached(&bench, TaskRule::OwnWaiters);
    let (theirs, _) = bench.try_create(NewTask::new(Method::CallTool, core(), MALLORY)).unwrap();
    assert!(bench.ask_as(MALLORY, core(), Method::TaskResult, &named(theirs)).is_none());
}

#[test]
fn events_that_nobody_polls_stop_new_ones() {
    let mut bench = bench(|limits| limits.events = 1);
    let (one, other) = (bench.create(extension()), bench.create(extension()));
    for id in [one, other] {
        bench.require(id, &["a"]).unwrap();
    }
    bench.ask(extension(), Method::UpdateTask, &update(one, &["a"])).unwrap();
    let answer = bench.ask(extension(), Method::UpdateTask, &update(other, &["a"])).unwrap();
    assert_eq!(answer.rule(), Some(TaskRule::Events));
    reached(&bench, TaskRule::Events);
    assert_eq!(bench.get(extension(), other)["status"], "input_required", "nothing was taken");
    assert_eq!(bench.try_create(tool(core())).unwrap_err(), TaskRule::Events);
    bench.tasks.poll_event().unwrap();
    bench.ask(extension(), Method::UpdateTask, &update(other, &["a"])).unwrap();
    assert!(bench.tasks.poll_event().is_some());
}

#[test]
fn a_page_has_at_least_one_task() {
    let mut bench = bench(|limits| limits.page = 0);
    bench.create(core());
    let page = bench.ask(core(), Method::ListTasks, &json!({})).unwrap();
    assert!(page.result().unwrap().spelling().contains("taskId"));
}

#[test]
fn changes_of_tasks_that_are_gone_are_forgotten() {
    let mut bench = Bench::new();
    for _ in 0..1_000 {
        let id = bench.create(core());
        bench.finish(id, text("42")).unwrap();
        bench.tasks.remove(id);
    }
    assert!(bench.tasks.poll_notice().is_none());
    assert_eq!(bench.tasks.held_bytes(), 0);
}

#[test]
fn duplicate_keys_count_once_wherever_they_come_from() {
    let mut bench = Bench::new();
    let (id, now) = (bench.create(extension()), bench.now);
    let twice = r#"{"a":{"method":"elicitation/create"},"a":{"method":"elicitation/create"}}"#;
    assert_eq!(bench.tasks.require_input(id, Some(raw(twice)), now), Err(TaskRule::InputKey));
    bench.require(id, &["a", "b"]).unwrap();
    let params = format!(r#"{{"taskId":"{id}","inputResponses":{{"a":{{}},"a":{{"x":1}}}}}}"#);
    let request = mcp_engine::task::TaskRequest {
        method: Method::UpdateTask,
        params: Some(raw(&params)),
        context: extension(),
        principal: crate::stage::ALICE,
    };
    bench.tasks.handle(0, &request, now).unwrap();
    let event = format!("{:?}", bench.tasks.poll_event());
    assert!(event.contains(r#"responses: "{\"a\":{}}""#), "{event}");
}

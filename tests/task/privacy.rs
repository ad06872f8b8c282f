//! A task is there for its principal alone, in the form in which it was created.

use mcp_engine::Method;
use mcp_engine::task::TaskLimits;
use serde_json::json;

use crate::stage::{
    ALICE, Bench, MALLORY, core, error, extension, forms, named, result, text, update,
};

const ABOUT: [Method; 4] =
    [Method::GetTask, Method::TaskResult, Method::CancelTask, Method::UpdateTask];

#[test]
fn a_task_of_another_principal_is_as_unknown_as_one_that_never_was() {
    for context in forms() {
        let mut bench = Bench::new();
        let theirs = bench.create(context);
        let nobodys = "0".repeat(32);
        for method in ABOUT {
            let found = bench.ask_as(MALLORY, context, method, &update(theirs, &["a"])).unwrap();
            let params = json!({ "taskId": nobodys, "inputResponses": {} });
            let missed = bench.ask_as(MALLORY, context, method, &params).unwrap();
            assert_eq!(error(&found), error(&missed), "{method}");
        }
        assert_eq!(bench.get(context, theirs)["status"], "working", "nothing happened to it");
        assert_eq!(bench.tasks.poll_event(), None);
    }
}

#[test]
fn no_prefix_and_no_extension_of_a_principal_passes_for_it() {
    let mut bench = Bench::new();
    let id = bench.create(core());
    for other in [&b""[..], b"alic", b"alice\0", b"Alice"] {
        let answer = bench.ask_as(other, core(), Method::GetTask, &named(id)).unwrap();
        assert_eq!(error(&answer).0, -32602);
    }
}

#[test]
fn a_task_is_unknown_in_the_form_in_which_it_was_not_created() {
    let mut bench = Bench::new();
    let (old, new) = (bench.create(core()), bench.create(extension()));
    let answer = bench.about(extension(), Method::GetTask, old);
    assert_eq!(error(&answer).0, -32602);
    let answer = bench.about(core(), Method::GetTask, new);
    assert_eq!(error(&answer).0, -32602);
}

#[test]
fn a_list_has_ones_own_tasks_of_the_core_and_no_others() {
    let mut bench = Bench::new();
    let own = bench.create(core());
    bench.create(extension());
    let theirs = mcp_engine::task::NewTask::new(Method::CallTool, core(), MALLORY);
    let (theirs, _) = bench.try_create(theirs).unwrap();
    for (principal, id) in [(ALICE, own), (MALLORY, theirs)] {
        let page = bench.ask_as(principal, core(), Method::ListTasks, &json!({})).unwrap();
        let tasks = result(&page)["tasks"].as_array().unwrap().clone();
        assert_eq!(tasks.len(), 1);
        assert_eq!(tasks[0]["taskId"], id.to_string());
    }
}

#[test]
fn a_cursor_is_of_no_use_to_another_principal() {
    let mut bench = Bench::with(TaskLimits { page: 1, ..TaskLimits::default() });
    bench.create(core());
    bench.create(core());
    let page = result(&bench.ask(core(), Method::ListTasks, &json!({})).unwrap());
    let params = json!({ "cursor": page["nextCursor"] });
    let answer = bench.ask_as(MALLORY, core(), Method::ListTasks, &params).unwrap();
    assert_eq!(error(&answer).0, -32602);
    assert!(bench.ask(core(), Method::ListTasks, &params).unwrap().result().is_some());
}

#[test]
fn a_cursor_does_not_tell_how_many_tasks_others_have() {
    let cursor_after = |others: usize| {
        let mut bench = Bench::with(TaskLimits { page: 1, ..TaskLimits::default() });
        for _ in 0..others {
            let new = mcp_engine::task::NewTask::new(Method::CallTool, core(), MALLORY);
            bench.try_create(new).unwrap();
        }
        bench.create(core());
        bench.create(core());
        result(&bench.ask(core(), Method::ListTasks, &json!({})).unwrap())["nextCursor"].clone()
    };
    assert_eq!(cursor_after(0), cursor_after(9));
}

#[test]
fn a_waiting_stranger_does_not_learn_when_a_task_ends() {
    let mut bench = Bench::new();
    let id = bench.create(core());
    assert!(bench.ask_as(MALLORY, core(), Method::TaskResult, &named(id)).is_some());
    bench.finish(id, text("secret")).unwrap();
    assert!(bench.answers().is_empty());
}

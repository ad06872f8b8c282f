//! The side that polls.

use mcp_engine::Now;
use mcp_engine::task::{Form, Observed, Polling, Status, TaskHandle, TaskRule};
use mcp_engine::version::Version;
use serde_json::{Value, json};

use crate::stage::{SECOND, raw};

const NOW: Now = Now { mono_ns: 100 * SECOND, unix_ms: 0 };

fn created(version: Version, result: &Value) -> Result<Option<TaskHandle>, TaskRule> {
    TaskHandle::created(raw(&result.to_string()), version, Polling::default(), NOW)
}

/// A task of the extension, with more members.
fn extension(more: Value) -> TaskHandle {
    let mut task = json!({ "resultType": "task", "taskId": "7", "status": "working" });
    task.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    created(Version::V2026_07_28, &task).unwrap().unwrap()
}

fn core() -> TaskHandle {
    let task = json!({ "taskId": "7", "status": "working", "ttl": 60_000 });
    created(Version::V2025_11_25, &json!({ "task": task })).unwrap().unwrap()
}

/// What is observed, by its name and the text in it.
fn observe(task: &mut TaskHandle, seen: &Value, now: Now) -> String {
    let seen = seen.to_string();
    match task.observe(raw(&seen), now) {
        Ok(Observed::InputRequired(requests)) => {
            let keys: Vec<_> = requests.iter().map(|(key, _)| key.as_str()).collect();
            format!("input {}", keys.join(","))
        }
        Ok(observed) => format!("{observed:?}"),
        Err(rule) => rule.name().to_owned(),
    }
}

#[test]
fn a_task_is_recognised_in_either_form_and_a_plain_result_is_none() {
    let flat = json!({ "resultType": "task", "taskId": "a", "status": "working" });
    let nested = json!({ "task": { "taskId": "a", "status": "working" } });
    let plain = json!({ "content": [] });
    assert!(created(Version::V2026_07_28, &flat).unwrap().unwrap().form() == Form::Extension);
    assert!(created(Version::V2025_11_25, &nested).unwrap().unwrap().form() == Form::Core);
    for version in Version::ALL {
        assert!(created(version, &plain).unwrap().is_none());
    }
    assert!(created(Version::V2026_07_28, &nested).unwrap().is_none());
    assert!(created(Version::V2025_11_25, &flat).unwrap().is_none());
    assert!(created(Version::V2025_06_18, &nested).unwrap().is_none());
}

#[test]
fn a_malformed_task_is_refused() {
    let long = "x".repeat(1_025);
    for task in [
        json!({}),
        json!({ "taskId": 7, "status": "working" }),
        json!({ "taskId": "", "status": "working" }),
        json!({ "taskId": long, "status": "working" }),
        json!({ "taskId": "a" }),
        json!({ "taskId": "a", "status": "sleeping" }),
    ] {
        let refused = created(Version::V2025_11_25, &json!({ "task": task }));
        assert_eq!(refused.unwrap_err(), TaskRule::Malformed, "{task}");
    }
}

#[test]
fn it_is_polled_as_often_as_the_other_side_suggests() {
    let mut task = extension(json!({ "pollIntervalMs": 2_000 }));
    assert_eq!(task.poll_timeout(), Some(NOW.mono_ns + 2 * SECOND));
    assert_eq!(task.poll(NOW.after(2 * SECOND - 1)), None);
    let now = NOW.after(2 * SECOND);
    assert_eq!(task.poll(now).as_deref(), Some(r#"{"taskId":"7"}"#));
    assert_eq!((task.poll(now), task.poll_timeout()), (None, None), "one poll at a time");
    observe(
        &mut task,
        &json!({ "taskId": "7", "status": "working", "pollIntervalMs": 5_000 }),
        now,
    );
    assert_eq!(task.poll_timeout(), Some(now.mono_ns + 5 * SECOND));
}

#[test]
fn no_suggestion_makes_it_poll_too_often_or_too_seldom() {
    let Polling { shortest_ns, longest_ns, .. } = Polling::default();
    for (suggested, wait) in [
        (json!(0), shortest_ns),
        (json!(-5), shortest_ns),
        (json!(1.5), shortest_ns),
        (json!(u64::MAX), longest_ns),
        (json!(1e300), longest_ns),
        (json!("soon"), SECOND),
        (json!(null), SECOND),
    ] {
        let task = extension(json!({ "pollIntervalMs": suggested }));
        assert_eq!(task.poll_timeout(), Some(NOW.mono_ns + wait), "{suggested}");
    }
}

#[test]
fn without_a_suggestion_it_waits_longer_until_something_changes() {
    let mut task = extension(json!({}));
    let (mut now, mut waits) = (NOW, Vec::new());
    let same = json!({ "taskId": "7", "status": "working" });
    for _ in 0..9 {
        let wait = task.poll_timeout().unwrap() - now.mono_ns;
        waits.push(wait / SECOND);
        now = now.after(wait);
        task.poll(now).unwrap();
        observe(&mut task, &same, now);
    }
    assert_eq!(waits, [1, 2, 4, 8, 16, 32, 60, 60, 60]);
    observe(&mut task, &json!({ "taskId": "7", "status": "working", "statusMessage": "!" }), now);
    assert_eq!(task.poll_timeout(), Some(now.mono_ns + SECOND));
}

#[test]
fn a_poll_without_an_answer_doubles_the_wait_and_never_overflows() {
    let mut task = extension(json!({ "pollIntervalMs": 10_000 }));
    let mut now = NOW;
    for wait in [20, 40, 60, 60] {
        now = Now { mono_ns: task.poll_timeout().unwrap(), ..now };
        task.poll(now).unwrap();
        task.missed(now);
        assert_eq!(task.poll_timeout(), Some(now.mono_ns + wait * SECOND));
    }
    let end = Now { mono_ns: u64::MAX, unix_ms: 0 };
    task.poll(end).unwrap();
    task.missed(end);
    assert_eq!(task.poll_timeout(), Some(u64::MAX));
}

#[test]
fn a_terminal_status_is_the_last_that_is_asked_for() {
    for (status, more) in [
        ("completed", json!({ "result": { "content": [] } })),
        ("failed", json!({ "error": { "code": 1, "message": "no" } })),
        ("cancelled", json!({})),
    ] {
        let mut task = extension(json!({}));
        let mut seen = json!({ "taskId": "7", "status": status });
        seen.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        observe(&mut task, &seen, NOW);
        assert_eq!(task.status().name(), status);
        assert_eq!((task.poll_timeout(), task.poll(NOW.after(u64::MAX))), (None, None));
        let late = observe(&mut task, &json!({ "taskId": "7", "status": "working" }), NOW);
        assert_eq!((late.as_str(), task.status().name()), ("Outdated", status));
    }
}

#[test]
fn results_and_errors_stand_inline_in_the_extension() {
    let mut task = extension(json!({}));
    let seen =
        json!({ "taskId": "7", "status": "completed", "result": { "content": [1] } }).to_string();
    let Ok(Observed::Completed(Some(result))) = task.observe(raw(&seen), NOW) else { panic!() };
    assert_eq!(result.spelling(), r#"{"content":[1]}"#);
    let mut task = extension(json!({}));
    let seen = json!({ "taskId": "7", "status": "failed", "error": { "code": 1 } }).to_string();
    let Ok(Observed::Failed(Some(error))) = task.observe(raw(&seen), NOW) else { panic!() };
    assert_eq!(error.spelling(), r#"{"code":1}"#);
    assert!(!task.wants_result());
}

#[test]
fn in_the_core_the_result_is_asked_for_when_the_task_has_ended_or_needs_input() {
    let mut task = core();
    assert!(!task.wants_result());
    observe(&mut task, &json!({ "taskId": "7", "status": "input_required" }), NOW);
    assert!(task.wants_result() && task.poll_timeout().is_some());
    observe(&mut task, &json!({ "taskId": "7", "status": "working" }), NOW);
    assert!(!task.wants_result());
    assert_eq!(
        observe(&mut task, &json!({ "taskId": "7", "status": "completed" }), NOW),
        "Completed(None)"
    );
    assert!(task.wants_result());
}

#[test]
fn a_request_for_input_is_shown_once() {
    let mut task = extension(json!({}));
    let asking = |keys: &[&str]| json!({ "taskId": "7", "status": "input_required", "inputRequests": crate::stage::inputs(keys) });
    assert_eq!(observe(&mut task, &asking(&["a"]), NOW), "input a");
    assert_eq!(observe(&mut task, &asking(&["a"]), NOW), "input ");
    assert_eq!(observe(&mut task, &asking(&["a", "b"]), NOW), "input b");
    let params = task.update_params(raw(r#"{"b":{"action":"cancel"}}"#));
    let params: Value = serde_json::from_str(&params).unwrap();
    assert_eq!(params, json!({ "taskId": "7", "inputResponses": { "b": { "action": "cancel" } } }));
}

#[test]
fn so_many_requests_for_input_and_no_more() {
    let polling = Polling { input_keys: 2, ..Polling::default() };
    let result = json!({ "resultType": "task", "taskId": "7", "status": "working" }).to_string();
    let task = TaskHandle::created(raw(&result), Version::LATEST, polling, NOW);
    let mut task = task.unwrap().unwrap();
    for (keys, seen) in [(&["a", "b"][..], "input a,b"), (&["b", "c"], "task-input-keys")] {
        let asking = json!({ "taskId": "7", "status": "input_required", "inputRequests": crate::stage::inputs(keys) });
        assert_eq!(observe(&mut task, &asking, NOW), seen);
    }
    assert_eq!(TaskRule::InputKeys.name(), "task-input-keys");
}

#[test]
fn what_is_about_another_task_or_about_none_is_refused_and_asked_again() {
    let mut task = extension(json!({ "pollIntervalMs": 1_000 }));
    let now = NOW.after(SECOND);
    for (seen, rule) in [
        (json!({ "taskId": "8", "status": "completed", "result": {} }), "task-other"),
        (json!({ "status": "completed", "result": {} }), "task-malformed"),
        (json!({ "taskId": "7" }), "task-malformed"),
        (json!({ "taskId": "7", "status": "completed" }), "task-malformed"),
        (json!({ "taskId": "7", "status": "failed", "error": "no" }), "task-malformed"),
        (json!({ "taskId": "7", "status": "input_required" }), "task-malformed"),
        (json!([]), "task-malformed"),
    ] {
        assert_eq!(observe(&mut task, &seen, now), rule, "{seen}");
        assert_eq!(task.status(), Status::Working);
    }
    task.poll(now).unwrap();
    observe(&mut task, &json!({}), now);
    assert_eq!(task.poll_timeout(), Some(now.mono_ns + 2 * SECOND));
}

#[test]
fn a_task_may_be_given_up() {
    let mut task = extension(json!({}));
    task.abandon();
    observe(&mut task, &json!({ "taskId": "7", "status": "working" }), NOW);
    assert_eq!(task.poll_timeout(), None);
}

#[test]
fn a_task_that_outlives_its_time_is_expired_unless_it_has_ended() {
    let mut task = core();
    assert_eq!(task.ttl_ms(), Some(60_000));
    assert!(!task.is_expired(NOW.after(60 * SECOND)));
    assert!(task.is_expired(NOW.after(60 * SECOND + 1)));
    let longer = json!({ "taskId": "7", "status": "working", "ttl": null });
    observe(&mut task, &longer, NOW);
    assert!(!task.is_expired(NOW.after(u64::MAX)));
}

#[test]
fn what_is_said_about_a_status_is_kept_in_bounds() {
    let task = extension(json!({ "statusMessage": "ö".repeat(10_000) }));
    assert_eq!(task.message().unwrap().len(), 4_096);
}

#[test]
fn an_id_is_spelled_back_as_it_is() {
    let result = json!({ "resultType": "task", "taskId": "a\"\\\u{1}é", "status": "working" });
    let task = created(Version::LATEST, &result).unwrap().unwrap();
    let params: Value = serde_json::from_str(&task.params()).unwrap();
    assert_eq!(params["taskId"], "a\"\\\u{1}é");
    assert_eq!(task.id(), "a\"\\\u{1}é");
}

//! Which requests become tasks.

use mcp_engine::connection::{Capabilities, Context};
use mcp_engine::task::{Augmentation, TaskRule, TaskSupport, Ttl};
use mcp_engine::version::{Role, Version};
use serde_json::{Value, json};

use crate::stage::{core, extension, message, raw};

const ALL: [TaskSupport; 3] =
    [TaskSupport::Forbidden, TaskSupport::Optional, TaskSupport::Required];

fn offers(context: Context, role: Role) -> Capabilities {
    let declared = json!({
        "tasks": { "list": {}, "cancel": {}, "requests": {
            "tools": { "call": {} },
            "sampling": { "createMessage": {} },
            "elicitation": { "create": {} },
        }},
        "extensions": { "io.modelcontextprotocol/tasks": {} },
    });
    Capabilities::read(raw(&declared.to_string()), role, context.version)
}

fn of(
    context: Context,
    offers: Capabilities,
    method: &str,
    params: Value,
    support: TaskSupport,
) -> Result<Augmentation, TaskRule> {
    let request =
        message(&json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params }));
    Augmentation::of(&request, context, offers, support)
}

/// A call of a tool.
fn call(context: Context, params: Value, support: TaskSupport) -> Result<Augmentation, TaskRule> {
    of(context, offers(context, Role::Server), "tools/call", params, support)
}

#[test]
fn a_tool_that_does_not_run_as_a_task_must_not_be_asked_to() {
    let plain = call(core(), json!({ "name": "a" }), TaskSupport::Forbidden);
    assert_eq!(plain, Ok(Augmentation::Inline));
    let asked = call(core(), json!({ "name": "a", "task": {} }), TaskSupport::Forbidden);
    assert_eq!(asked, Err(TaskRule::Forbidden));
    assert_eq!(TaskRule::Forbidden.code(), -32601);
}

#[test]
fn a_tool_that_may_run_as_a_task_does_what_it_is_asked_to() {
    let plain = call(core(), json!({ "name": "a" }), TaskSupport::Optional);
    assert_eq!(plain, Ok(Augmentation::Inline));
    let asked =
        call(core(), json!({ "name": "a", "task": { "ttl": 60_000 } }), TaskSupport::Optional);
    assert_eq!(asked, Ok(Augmentation::Task(Ttl::Milliseconds(60_000))));
}

#[test]
fn a_tool_that_runs_as_a_task_only_must_be_asked_to() {
    let plain = call(core(), json!({ "name": "a" }), TaskSupport::Required);
    assert_eq!(plain, Err(TaskRule::Required));
    assert_eq!(TaskRule::Required.code(), -32601);
    let asked = call(core(), json!({ "name": "a", "task": {} }), TaskSupport::Required);
    assert_eq!(asked, Ok(Augmentation::Task(Ttl::Default)));
}

#[test]
fn a_side_that_has_declared_no_tasks_ignores_that_it_is_asked_for_one() {
    for support in ALL {
        let params = json!({ "name": "a", "task": { "ttl": 1 } });
        let partial = Capabilities::TASKS.with(Capabilities::TASKS_LIST);
        for offers in [Capabilities::NONE, partial] {
            let plain = of(core(), offers, "tools/call", params.clone(), support);
            assert_eq!(plain, Ok(Augmentation::Inline));
        }
    }
}

#[test]
fn a_client_runs_sampling_and_elicitation_as_tasks() {
    let offered = offers(core(), Role::Client);
    for method in ["sampling/createMessage", "elicitation/create"] {
        let asked = of(core(), offered, method, json!({ "task": {} }), TaskSupport::Optional);
        assert_eq!(asked, Ok(Augmentation::Task(Ttl::Default)));
        let plain = of(core(), offered, method, json!({}), TaskSupport::Required);
        assert_eq!(plain, Err(TaskRule::AugmentationRequired));
        let ignored =
            of(core(), Capabilities::NONE, method, json!({ "task": {} }), TaskSupport::Required);
        assert_eq!(ignored, Ok(Augmentation::Inline));
    }
    assert_eq!(TaskRule::AugmentationRequired.code(), -32600);
    let other = of(core(), offered, "roots/list", json!({ "task": {} }), TaskSupport::Required);
    assert_eq!(other, Ok(Augmentation::Inline));
}

#[test]
fn the_parameter_task_must_be_an_object_with_a_number_of_milliseconds() {
    for task in
        [json!(1), json!([]), json!({ "ttl": "1" }), json!({ "ttl": -1 }), json!({ "ttl": 1.5 })]
    {
        let refused = call(core(), json!({ "name": "a", "task": task }), TaskSupport::Optional);
        assert_eq!(refused, Err(TaskRule::TaskParams), "{task}");
    }
    let none = call(core(), json!({ "name": "a", "task": { "ttl": null } }), TaskSupport::Optional);
    assert_eq!(none, Ok(Augmentation::Task(Ttl::Default)));
}

#[test]
fn in_the_extension_the_server_decides_and_the_parameter_is_ignored() {
    for params in [json!({ "name": "a" }), json!({ "name": "a", "task": { "ttl": "nonsense" } })] {
        let decided = ALL.map(|support| call(extension(), params.clone(), support));
        let expected =
            [Augmentation::Inline, Augmentation::Either, Augmentation::Task(Ttl::Default)];
        assert_eq!(decided, expected.map(Ok));
    }
}

#[test]
fn a_client_without_the_extension_gets_no_task() {
    let context = Context { capabilities: Capabilities::NONE, ..extension() };
    let decided = ALL.map(|support| call(context, json!({ "name": "a" }), support));
    let inline = Ok(Augmentation::Inline);
    assert_eq!(decided, [inline, inline, Err(TaskRule::CapabilityRequired)]);
    assert_eq!(TaskRule::CapabilityRequired.code(), -32021);
}

#[test]
fn a_server_without_the_extension_gives_no_task() {
    for support in ALL {
        let decided =
            of(extension(), Capabilities::NONE, "tools/call", json!({ "name": "a" }), support);
        assert_eq!(decided, Ok(Augmentation::Inline));
    }
}

#[test]
fn revisions_without_tasks_ignore_them() {
    for version in [Version::V2024_11_05, Version::V2025_03_26, Version::V2025_06_18] {
        let context = Context { version, ..extension() };
        for support in ALL {
            let decided = call(context, json!({ "name": "a", "task": {} }), support);
            assert_eq!(decided, Ok(Augmentation::Inline));
        }
    }
}

#[test]
fn what_a_tool_declares_is_forbidden_unless_it_says_otherwise() {
    for (tool, support) in [
        (json!({}), TaskSupport::Forbidden),
        (json!({ "execution": {} }), TaskSupport::Forbidden),
        (json!({ "execution": { "taskSupport": "forbidden" } }), TaskSupport::Forbidden),
        (json!({ "execution": { "taskSupport": "sometimes" } }), TaskSupport::Forbidden),
        (json!({ "execution": { "taskSupport": "optional" } }), TaskSupport::Optional),
        (json!({ "execution": { "taskSupport": "required" } }), TaskSupport::Required),
    ] {
        assert_eq!(TaskSupport::of(raw(&tool.to_string())), support, "{tool}");
    }
}

#[test]
fn parameters_that_ask_for_a_task_keep_what_they_had() {
    let params = r#"{"name":"a","task":{"ttl":1},"_meta":{"x":1}}"#;
    let augmented = mcp_engine::task::augmented(raw(params), None);
    let augmented: Value = serde_json::from_str(&augmented).unwrap();
    assert_eq!(augmented, json!({ "name": "a", "task": {}, "_meta": { "x": 1 } }));
}

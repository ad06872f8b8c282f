//! What is emitted, against the schema, and the examples of the specification as a poller reads them.
//!
//! `MCP_ENGINE_SPEC_DIR` names a folder with the official schemas and examples. The extension is not part of them: the rules of its
//! text stand here as a schema of their own, which is always checked.

use std::path::PathBuf;
use std::{env, fs};

use jsonschema::Validator;
use mcp_engine::connection::{Context, Reply};
use mcp_engine::task::{Notice, Polling, Status, TaskHandle, Ttl};
use mcp_engine::version::Version;
use mcp_engine::{Method, Now};
use serde_json::{Value, json};

use crate::stage::{Bench, core, error, extension, raw, result, text, tool, tool_error, update};

/// Everything that a form emits, by the name of its type.
fn emitted(context: Context) -> Vec<(&'static str, Value)> {
    let mut bench = Bench::new();
    let mut all = Vec::new();
    let fresh = tool(context).message("Off we go").ttl(Ttl::Unlimited).immediate_response("On it");
    for new in [tool(context), fresh] {
        let (id, answer) = bench.try_create(new).unwrap();
        all.push(("CreateTaskResult", result(&answer)));
        all.push(("GetTaskResult", bench.get(context, id)));
    }
    let endings =
        [Some(text("42")), Some(tool_error("no")), Some(Reply::error(-32603, "no")), None];
    for ending in endings {
        let id = bench.create(context);
        let now = bench.now;
        match context == core() {
            true => bench.tasks.require_input(id, None, now).unwrap(),
            false => bench.require(id, &["a", "b"]).unwrap(),
        }
        all.push(("GetTaskResult", bench.get(context, id)));
        all.extend(notices(&mut bench));
        if context == extension() {
            let answer = bench.ask(context, Method::UpdateTask, &update(id, &["a"])).unwrap();
            all.push(("UpdateTaskResult", result(&answer)));
        }
        match ending {
            Some(reply) => bench.finish(id, reply).unwrap(),
            None => {
                let answer = bench.about(context, Method::CancelTask, id);
                all.push(("CancelTaskResult", result(&answer)));
                let _ = bench.cancel(id);
            }
        }
        all.push(("GetTaskResult", bench.get(context, id)));
        all.extend(notices(&mut bench));
        if context == core() {
            let answer = bench.about(context, Method::TaskResult, id);
            let payload = answer.result().is_some().then(|| result(&answer));
            all.extend(payload.map(|payload| ("GetTaskPayloadResult", payload)));
        }
    }
    if context == core() {
        let page = bench.ask(context, Method::ListTasks, &json!({})).unwrap();
        all.push(("ListTasksResult", result(&page)));
    }
    all
}

fn notices(bench: &mut Bench) -> Vec<(&'static str, Value)> {
    let message = |notice: Notice| {
        let params: Value = serde_json::from_str(notice.params().spelling()).unwrap();
        json!({ "jsonrpc": "2.0", "method": notice.method().name(), "params": params })
    };
    let notices = std::iter::from_fn(|| bench.tasks.poll_notice());
    notices.map(|notice| ("TaskStatusNotification", message(notice))).collect()
}

/// Validators for the types of a schema.
struct Types(Value);

impl Types {
    fn of(version: Version) -> Option<Self> {
        let text = fs::read_to_string(spec(&format!("schema/{version}.json"))?);
        Some(Self(serde_json::from_str(&text.expect("a schema")).expect("JSON")))
    }

    fn check(&self, name: &str, value: &Value) {
        let mut schema = self.0.clone();
        schema["$ref"] = json!(format!("#/$defs/{name}"));
        let validator: Validator = jsonschema::validator_for(&schema).expect("a schema");
        let errors: Vec<_> = validator.iter_errors(value).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{name}: {errors:?} in {value}");
    }
}

fn spec(path: &str) -> Option<PathBuf> {
    env::var_os("MCP_ENGINE_SPEC_DIR").map(|folder| PathBuf::from(folder).join(path))
}

/// The rules of the text of the extension.
fn extension_types() -> Types {
    let task = json!({
        "type": "object",
        "required": ["taskId", "status", "createdAt", "lastUpdatedAt", "ttlMs"],
        "properties": {
            "taskId": { "type": "string", "minLength": 22, "pattern": "^[!-~]+$" },
            "status": { "enum": ["working", "input_required", "completed", "cancelled", "failed"] },
            "statusMessage": { "type": "string" },
            "createdAt": { "pattern": "^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z$" },
            "lastUpdatedAt": { "pattern": "^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z$" },
            "ttlMs": { "type": ["integer", "null"], "minimum": 0 },
            "pollIntervalMs": { "type": "integer", "minimum": 0 },
        },
        "not": { "anyOf": [{ "required": ["requestState"] }, { "required": ["task"] }] },
    });
    let only_with = |status: &str, member: &str, kind: Value| {
        json!({
            "if": { "properties": { "status": { "const": status } } },
            "then": { "required": [member], "properties": { member: kind } },
            "else": { "properties": { member: false } },
        })
    };
    let error = json!({
        "type": "object",
        "required": ["code", "message"],
        "properties": { "code": { "type": "integer" }, "message": { "type": "string" } },
    });
    let detailed = json!({ "allOf": [
        { "$ref": "#/$defs/Task" },
        only_with("input_required", "inputRequests", json!({ "type": "object", "minProperties": 1 })),
        only_with("completed", "result", json!({ "type": "object" })),
        only_with("failed", "error", error),
    ]});
    let typed = |kind: &str| json!({ "required": ["resultType"], "properties": { "resultType": { "const": kind } } });
    let acknowledged = json!({ "const": { "resultType": "complete" } });
    Types(json!({ "$defs": {
        "Task": task,
        "DetailedTask": detailed,
        "CreateTaskResult": { "allOf": [{ "$ref": "#/$defs/Task" }, typed("task")] },
        "GetTaskResult": { "allOf": [{ "$ref": "#/$defs/DetailedTask" }, typed("complete")] },
        "UpdateTaskResult": acknowledged,
        "CancelTaskResult": acknowledged,
        "TaskStatusNotification": {
            "required": ["jsonrpc", "method", "params"],
            "properties": {
                "method": { "const": "notifications/tasks" },
                "params": { "allOf": [{ "$ref": "#/$defs/DetailedTask" }, { "properties": { "resultType": false } }] },
            },
        },
    }}))
}

#[test]
fn what_the_extension_emits_follows_its_text() {
    let types = extension_types();
    let all = emitted(extension());
    assert!(all.len() > 20, "{}", all.len());
    all.iter().for_each(|(name, value)| types.check(name, value));
}

#[test]
#[should_panic(expected = "GetTaskResult")]
fn the_rules_of_the_extension_find_what_breaks_them() {
    let mut task = emitted(extension()).swap_remove(1).1;
    task["result"] = json!({});
    extension_types().check("GetTaskResult", &task);
}

#[test]
fn what_the_extension_emits_is_valid_where_the_protocol_has_a_type_for_it() {
    let Some(types) = Types::of(Version::V2026_07_28) else { return };
    for (name, value) in emitted(extension()) {
        match name {
            "TaskStatusNotification" => types.check("JSONRPCNotification", &value),
            _ => types.check("Result", &value),
        }
        if let Some(requests) = value.get("inputRequests") {
            types.check("InputRequests", requests);
        }
    }
    let mut bench = Bench::new();
    let context =
        Context { capabilities: mcp_engine::connection::Capabilities::NONE, ..extension() };
    let refused = bench.ask(context, Method::GetTask, &json!({ "taskId": "a" })).unwrap();
    let (code, message, data) = error(&refused);
    let error = json!({ "code": code, "message": message, "data": data });
    let response = json!({ "jsonrpc": "2.0", "id": 1, "error": error });
    types.check("MissingRequiredClientCapabilityError", &response);
}

#[test]
fn what_the_core_emits_is_valid_under_the_official_schema() {
    let Some(types) = Types::of(Version::V2025_11_25) else { return };
    let all = emitted(core());
    assert!(all.len() > 20, "{}", all.len());
    for (name, value) in &all {
        types.check(name, value);
        if *name == "GetTaskPayloadResult" {
            types.check("CallToolResult", value);
        }
    }
}

#[test]
fn the_examples_of_the_specification_are_read() {
    let example = |name: &str| {
        let path =
            spec("examples/2025-11-25")?.join(format!("docs__basic-utilities-tasks__{name}.json"));
        let text = fs::read_to_string(path).expect("an example");
        Some(serde_json::from_str::<Value>(&text).expect("JSON"))
    };
    let Some(created) = example("04__result") else { return };
    let now = Now::default();
    let created = created["result"].to_string();
    let read = TaskHandle::created(raw(&created), Version::V2025_11_25, Polling::default(), now);
    let handle = read.unwrap().expect("a task");
    assert_eq!((handle.ttl_ms(), handle.status()), (Some(60_000), Status::Working));
    assert_eq!(handle.message(), Some("The operation is now in progress."));
    assert_eq!(handle.poll_timeout(), Some(5_000_000_000));
    for (name, member, status) in [
        ("06__result", "result", Status::Working),
        ("09__notification__notifications_tasks_status", "params", Status::Completed),
        ("13__result", "result", Status::Cancelled),
    ] {
        let (mut handle, task) = (handle.clone(), example(name).unwrap()[member].to_string());
        handle.observe(raw(&task), now).unwrap();
        assert_eq!(handle.status(), status, "{name}");
    }
    let asked = example("05__request__tasks_get").unwrap();
    assert_eq!(asked["params"], serde_json::from_str::<Value>(&handle.params()).unwrap());
}

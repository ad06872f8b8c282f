//! Whether what was said is what the official schema of its revision describes.
//!
//! A record of a conversation is turned into findings: each message of ours is checked as JSON-RPC and as the request, notification or
//! result that its method names. It stands behind every scene, and works when `MCP_ENGINE_SPEC_DIR` names a folder with the schemas.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock};
use std::{env, fs, thread};

use jsonschema::Validator;
use mcp_engine::version::{Role, Version};
use serde_json::{Value, json};

/// A conversation, as it was on the wire.
#[derive(Debug, Default)]
pub(crate) struct Record {
    lines: Vec<(Role, Origin, String)>,
}

/// Who made a message up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// A connection: it has to be right.
    Connection,
    /// A test, in place of a peer.
    Test,
}

impl Record {
    /// Adds what a side has said.
    pub(crate) fn add(&mut self, by: Role, origin: Origin, line: &str) {
        self.lines.push((by, origin, line.to_owned()));
    }

    /// Stops the test when a connection has said something that the schema does not know.
    pub(crate) fn check(&self) {
        if thread::panicking() || schema_of(Version::LATEST).is_none() {
            return;
        }
        let mut reader = Reader::default();
        for (by, origin, line) in &self.lines {
            let Ok(message) = serde_json::from_str::<Value>(line) else { continue };
            for finding in reader.read(*by, &message) {
                assert_ne!(*origin, Origin::Connection, "{by:?} said {line}\n{finding}");
            }
        }
    }
}

/// What is known of a conversation so far.
#[derive(Default)]
struct Reader {
    /// The revision of the session.
    session: Option<Version>,
    /// The method and revision of requests, by their sender and the spelling of their id.
    asked: HashMap<(Role, String), (String, Version)>,
}

impl Reader {
    /// What is wrong with a message.
    fn read(&mut self, by: Role, message: &Value) -> Vec<String> {
        if let Some(batch) = message.as_array() {
            return batch.iter().flat_map(|message| self.read(by, message)).collect();
        }
        if !message.is_object() {
            return vec!["no object".to_owned()];
        }
        let id = message.get("id").map(Value::to_string);
        match (message.get("method").and_then(Value::as_str), id) {
            (Some(method), Some(id)) => self.read_request(by, id, method, message),
            (Some(method), None) => self.read_notification(method, message),
            (None, id) => self.read_answer(by, id, message),
        }
    }

    fn read_request(&mut self, by: Role, id: String, method: &str, message: &Value) -> Vec<String> {
        let params = &message["params"];
        let named = match method {
            "initialize" => params["protocolVersion"].as_str(),
            _ => params["_meta"]["io.modelcontextprotocol/protocolVersion"].as_str(),
        };
        let version = named.and_then(Version::from_name).or(self.session);
        let version = version.unwrap_or(Version::LATEST_LEGACY);
        self.asked.insert((by, id), (method.to_owned(), version));
        let specific = REQUESTS.iter().find(|row| row.0 == method).map(|row| row.1);
        check(version, &["JSONRPCRequest"], specific, message)
    }

    fn read_notification(&self, method: &str, message: &Value) -> Vec<String> {
        let subscription =
            message["params"]["_meta"].get("io.modelcontextprotocol/subscriptionId").is_some();
        let version = self.session.filter(|_| !subscription).unwrap_or(Version::LATEST);
        let specific = NOTIFICATIONS.iter().find(|row| row.0 == method).map(|row| row.1);
        check(version, &["JSONRPCNotification"], specific, message)
    }

    fn read_answer(&mut self, by: Role, id: Option<String>, message: &Value) -> Vec<String> {
        let asked = id.as_ref().and_then(|id| self.asked.get(&(by.other(), id.clone()))).cloned();
        let latest = (String::new(), self.session.unwrap_or(Version::LATEST));
        let (method, mut version) = asked.unwrap_or(latest);
        let Some(result) = message.get("result") else {
            return check_error(version, id.is_none(), message);
        };
        if method == "initialize" {
            let named = result["protocolVersion"].as_str().and_then(Version::from_name);
            version = named.unwrap_or(version);
            self.session = Some(version);
        }
        let specific = match result["resultType"].as_str() {
            Some("input_required") => Some("InputRequiredResult"),
            Some("complete") | None => REQUESTS.iter().find(|row| row.0 == method).map(|row| row.2),
            Some(_) => None,
        };
        let mut findings =
            check(version, &["JSONRPCResponse", "JSONRPCResultResponse"], None, message);
        findings.extend(check(version, &[], specific, result));
        findings
    }
}

/// Checks an error. Earlier schemas want an id in it; where none could be read there is none (see the digest of the rules).
fn check_error(version: Version, is_without_id: bool, message: &Value) -> Vec<String> {
    let mut message = message.clone();
    if is_without_id {
        message["id"] = json!(0);
    }
    let code = message["error"]["code"].as_i64();
    let specific = ERRORS.iter().find(|row| Some(row.0) == code).map(|row| row.1);
    check(version, &["JSONRPCError", "JSONRPCErrorResponse"], specific, &message)
}

/// Checks a message as the first of `general` that the schema has, and as `specific`.
fn check(
    version: Version,
    general: &[&str],
    specific: Option<&str>,
    message: &Value,
) -> Vec<String> {
    let general = general.iter().find_map(|name| validator(version, name));
    let specific = specific.and_then(|name| validator(version, name));
    let validators = general.into_iter().chain(specific);
    let errors = |validator: Arc<Validator>| {
        let found = validator.iter_errors(message).map(|error| {
            format!("{version}: {error} at {} ({})", error.instance_path(), error.schema_path())
        });
        found.collect::<Vec<_>>()
    };
    validators.flat_map(errors).collect()
}

/// The validator of a definition, when the schema of the revision has it.
fn validator(version: Version, name: &str) -> Option<Arc<Validator>> {
    type Known = HashMap<(Version, String), Option<Arc<Validator>>>;
    static KNOWN: OnceLock<Mutex<Known>> = OnceLock::new();
    let mut known = KNOWN.get_or_init(Mutex::default).lock().expect("no panic inside");
    let compiled = known.entry((version, name.to_owned())).or_insert_with(|| {
        let mut schema = schema_of(version)?.clone();
        let folder = if schema.get("$defs").is_some() { "$defs" } else { "definitions" };
        schema[folder].get(name)?;
        schema["$ref"] = json!(format!("#/{folder}/{name}"));
        Some(Arc::new(jsonschema::validator_for(&schema).expect("a sound schema")))
    });
    compiled.clone()
}

/// The official schema of a revision, when it is at hand.
fn schema_of(version: Version) -> Option<&'static Value> {
    static SCHEMAS: OnceLock<Option<Vec<Value>>> = OnceLock::new();
    let schemas = SCHEMAS.get_or_init(|| {
        let folder = PathBuf::from(env::var_os("MCP_ENGINE_SPEC_DIR")?).join("schema");
        let read = |version: Version| {
            let path = folder.join(version.name()).with_extension("json");
            let text = fs::read(&path).unwrap_or_else(|error| panic!("{path:?}: {error}"));
            serde_json::from_slice(&text).expect("JSON")
        };
        Some(Version::ALL.into_iter().map(read).collect())
    });
    schemas.as_ref()?.get(version as usize)
}

/// Methods, and the definitions of their requests and results.
const REQUESTS: &[(&str, &str, &str)] = &[
    ("initialize", "InitializeRequest", "InitializeResult"),
    ("ping", "PingRequest", "EmptyResult"),
    ("server/discover", "DiscoverRequest", "DiscoverResult"),
    ("tools/list", "ListToolsRequest", "ListToolsResult"),
    ("tools/call", "CallToolRequest", "CallToolResult"),
    ("prompts/list", "ListPromptsRequest", "ListPromptsResult"),
    ("prompts/get", "GetPromptRequest", "GetPromptResult"),
    ("resources/list", "ListResourcesRequest", "ListResourcesResult"),
    ("resources/templates/list", "ListResourceTemplatesRequest", "ListResourceTemplatesResult"),
    ("resources/read", "ReadResourceRequest", "ReadResourceResult"),
    ("resources/subscribe", "SubscribeRequest", "EmptyResult"),
    ("resources/unsubscribe", "UnsubscribeRequest", "EmptyResult"),
    ("subscriptions/listen", "SubscriptionsListenRequest", "SubscriptionsListenResult"),
    ("completion/complete", "CompleteRequest", "CompleteResult"),
    ("logging/setLevel", "SetLevelRequest", "EmptyResult"),
    ("sampling/createMessage", "CreateMessageRequest", "CreateMessageResult"),
    ("roots/list", "ListRootsRequest", "ListRootsResult"),
    ("elicitation/create", "ElicitRequest", "ElicitResult"),
    ("tasks/get", "GetTaskRequest", "GetTaskResult"),
    ("tasks/cancel", "CancelTaskRequest", "CancelTaskResult"),
    ("tasks/list", "ListTasksRequest", "ListTasksResult"),
    ("tasks/result", "GetTaskPayloadRequest", "GetTaskPayloadResult"),
];

/// Methods, and the definitions of their notifications.
const NOTIFICATIONS: &[(&str, &str)] = &[
    ("notifications/initialized", "InitializedNotification"),
    ("notifications/cancelled", "CancelledNotification"),
    ("notifications/progress", "ProgressNotification"),
    ("notifications/message", "LoggingMessageNotification"),
    ("notifications/tools/list_changed", "ToolListChangedNotification"),
    ("notifications/prompts/list_changed", "PromptListChangedNotification"),
    ("notifications/resources/list_changed", "ResourceListChangedNotification"),
    ("notifications/resources/updated", "ResourceUpdatedNotification"),
    ("notifications/roots/list_changed", "RootsListChangedNotification"),
    ("notifications/elicitation/complete", "ElicitationCompleteNotification"),
    ("notifications/tasks/status", "TaskStatusNotification"),
    ("notifications/subscriptions/acknowledged", "SubscriptionsAcknowledgedNotification"),
];

/// Codes whose errors the schema describes.
const ERRORS: &[(i64, &str)] = &[
    (-32020, "HeaderMismatchError"),
    (-32021, "MissingRequiredClientCapabilityError"),
    (-32022, "UnsupportedProtocolVersionError"),
];

#[test]
fn a_record_finds_what_the_schema_does_not_know() {
    if schema_of(Version::LATEST).is_none() {
        return;
    }
    let mut reader = Reader::default();
    let meta = json!({"io.modelcontextprotocol/protocolVersion": "2026-07-28"});
    let params = json!({"_meta": meta});
    let request = json!({"jsonrpc": "2.0", "id": 1, "method": "server/discover", "params": params});
    assert_ne!(reader.read(Role::Client, &request), Vec::<String>::new());
    let result = json!({"supportedVersions": [], "capabilities": {}, "resultType": "complete"});
    let response = json!({"jsonrpc": "2.0", "id": 1, "result": result});
    assert_ne!(reader.read(Role::Server, &response), Vec::<String>::new());
    let error = json!({"jsonrpc": "2.0", "error": {"code": -32600, "message": "no"}});
    assert_eq!(reader.read(Role::Server, &error), Vec::<String>::new());
}

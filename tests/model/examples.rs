//! The example messages of this repository and of the specification: each is read as its types and written again as it
//! was, unknown members included.

use std::collections::BTreeMap;
use std::path::Path;

use mcp_engine::json::Raw;
use mcp_engine::model::{
    ClientNotification, ClientRequest, ClientResult, ErrorObject, Mismatch, ServerNotification,
    ServerRequest, ServerResult,
};
use mcp_engine::version::{Role, Version};
use mcp_engine::{BodyDecoder, Kind, Message, Method};
use mcp_engine_proto::internal::model::TYPES;
use serde_json::{Value, json};

use crate::corpus::{bytes, data, files};
use crate::same::same;
use crate::spec;

#[test]
fn every_example_of_this_repository_is_written_again_as_it_was() {
    let mut read = 0;
    for version in Version::ALL {
        for path in files(&data().join("examples").join(version.name()), ".json") {
            for message in messages(&path) {
                let method = method_of(&path).or_else(|| asked_in_batch(&message, &path));
                check_message(&message, method, version, &path);
                read += 1;
            }
        }
    }
    assert!(read > 290, "only {read} messages");
}

#[test]
fn every_example_of_the_specification_is_written_again_as_it_was() {
    let Some(folder) = spec::folder() else { return };
    let mut counts = BTreeMap::<&str, usize>::new();
    for version in Version::ALL {
        let mut asked = None;
        for path in files(&folder.join("examples").join(version.name()), ".json") {
            let name = file_name(&path);
            if name == "INDEX.json" {
                continue;
            }
            let value: Value = serde_json::from_slice(&bytes(&path)).expect("JSON");
            let way = if value.get("jsonrpc").is_some() {
                let [message] = &messages(&path)[..] else { panic!("{name}") };
                if message.kind() == Kind::Request {
                    asked = message.method();
                }
                check_message(message, asked, version, &path);
                "message"
            } else if let Some(kind) = type_of(&name, &value) {
                check_type(kind, &completed(value), version, &path);
                "value"
            } else {
                "other"
            };
            *counts.entry(way).or_default() += 1;
        }
    }
    println!("{counts:?}");
    assert_eq!(counts.get("other"), Some(&OTHER), "{counts:?}");
}

fn check_message(message: &Message, method: Option<Method>, version: Version, path: &Path) {
    let written = rewrite(message, method, version);
    let payload = message.payload();
    let written = written.unwrap_or_else(|mismatch| panic!("{path:?}: {mismatch}"));
    let original = payload.map_or("{}", Raw::spelling);
    let original: Value = serde_json::from_str(original).expect("JSON");
    let kept = without_required(written.clone(), &original);
    assert!(same(&kept, &original), "{path:?}: {original:#} became {written:#}");
}

/// Reads the payload of a message as its type and writes it again.
pub(crate) fn rewrite(
    message: &Message,
    method: Option<Method>,
    version: Version,
) -> Result<Value, Mismatch> {
    match message.kind() {
        Kind::Request | Kind::Notification => match message.method() {
            Some(method) => rewrite_params(method, message.params(), version),
            None => Ok(params_of(message)),
        },
        Kind::Response => {
            let method = method.expect("whose result is it?");
            rewrite_result(method, message.result().expect("a result"), version)
        }
        Kind::ErrorResponse => {
            let error = ErrorObject::read(message.payload().expect("an error"))?;
            Ok(write(|out| error.write(out, version)))
        }
    }
}

fn params_of(message: &Message) -> Value {
    serde_json::from_str(message.params().map_or("{}", Raw::spelling)).expect("JSON")
}

/// The value without the members that the writer had to fill in.
fn without_required(mut written: Value, original: &Value) -> Value {
    if let Value::Object(members) = &mut written {
        members
            .retain(|name, _| original.get(name).is_some() || !REQUIRED.contains(&name.as_str()));
        if let (Some(meta), Some(original)) = (members.get_mut("_meta"), original.get("_meta")) {
            *meta = without_required(meta.take(), original);
        }
    }
    written
}

/// Rewrites parameters as those of whichever side may send the method.
fn rewrite_params(
    method: Method,
    params: Option<Raw<'_>>,
    version: Version,
) -> Result<Value, Mismatch> {
    Ok(match (clients_send(method), method.is_notification()) {
        (true, false) => {
            let request = ClientRequest::read(method, params)?;
            write(|out| request.write(out, version))
        }
        (false, false) => {
            let request = ServerRequest::read(method, params)?;
            write(|out| request.write(out, version))
        }
        (true, true) => {
            let notification = ClientNotification::read(method, params)?;
            write(|out| notification.write(out, version))
        }
        (false, true) => {
            let notification = ServerNotification::read(method, params)?;
            write(|out| notification.write(out, version))
        }
    })
}

fn rewrite_result(method: Method, result: Raw<'_>, version: Version) -> Result<Value, Mismatch> {
    Ok(if clients_send(method) {
        let result = ServerResult::read(method, result)?;
        write(|out| result.write(out, version))
    } else {
        let result = ClientResult::read(method, result)?;
        write(|out| result.write(out, version))
    })
}

/// Whether clients may send a method under some revision: programs do not always stay within theirs.
fn clients_send(method: Method) -> bool {
    Version::ALL.iter().any(|version| version.allows(method, Role::Client))
}

fn check_type(name: &str, value: &Value, version: Version, path: &Path) {
    let kind = TYPES.iter().find(|kind| kind.name == name);
    let kind = kind.unwrap_or_else(|| panic!("{path:?}: no type {name}"));
    if let Value::Array(elements) = value {
        return elements.iter().for_each(|element| check_type(name, element, version, path));
    }
    let text = value.to_string();
    let written = kind.rewrite(Raw::parse(&text).expect("JSON"), version);
    let written = written.unwrap_or_else(|mismatch| panic!("{path:?}: {mismatch}"));
    let written: Value = serde_json::from_str(&written.text).expect("JSON");
    let kept = without_required(written.clone(), value);
    assert!(same(&kept, value), "{path:?}: {value:#} became {written:#}");
}

/// The type of an example that is no whole message: by the name that its file has from the schema, or by its members.
fn type_of(name: &str, value: &Value) -> Option<&'static str> {
    if let Some(name) = name.strip_prefix("schema__") {
        let (name, _) = name.split_once("__")?;
        let name = name.strip_suffix("Error").map_or(name, |_| "ErrorObject");
        return TYPES.iter().map(|kind| kind.name).find(|known| *known == name);
    }
    if let Some(capabilities) = value.get("capabilities") {
        let of_client = ["/roots", "/sampling", "/elicitation", "/tasks/requests/sampling"];
        let client = of_client.iter().any(|path| capabilities.pointer(path).is_some());
        return Some(if client { "InitializeRequestParams" } else { "InitializeResult" });
    }
    let first = value.get(0).unwrap_or(value);
    let has = |member: &str| first.get(member).is_some();
    Some(match value["type"].as_str() {
        _ if has("inputSchema") => "Tool",
        _ if has("method") => "InputRequest",
        Some("text" | "image" | "audio" | "resource" | "resource_link") => "ContentBlock",
        Some("ref/prompt" | "ref/resource") => "CompletionReference",
        Some("string" | "number" | "integer" | "boolean" | "array") => "PrimitiveSchemaDefinition",
        _ if has("hints") => "ModelPreferences",
        _ if has("model") => "CreateMessageResult",
        _ if has("role") => "SamplingMessage",
        _ if has("roots") => "ListRootsResult",
        _ if has("action") => "ElicitResult",
        _ if has("text") || has("blob") => "ResourceContents",
        _ if has("uri") && has("name") && has("mimeType") => "Resource",
        _ if has("uri") && has("name") => "Root",
        _ if has("resultType") => "InputRequiredResult",
        _ if has("_meta") => "RequestParams",
        _ if has("github_login") && value["github_login"].get("method").is_some() => {
            "InputRequests"
        }
        _ if has("github_login") => "InputResponses",
        _ => return None,
    })
}

/// An example of capabilities alone, with the rest of the handshake around it.
fn completed(mut value: Value) -> Value {
    if value.get("capabilities").is_some() {
        let someone = json!({ "name": "someone", "version": "1" });
        value["protocolVersion"] = json!("any");
        value["clientInfo"] = someone.clone();
        value["serverInfo"] = someone;
    }
    value
}

fn write(write: impl FnOnce(&mut Vec<u8>)) -> Value {
    let mut out = Vec::new();
    write(&mut out);
    serde_json::from_slice(&out).expect("the model writes JSON")
}

fn messages(path: &Path) -> Vec<Message> {
    let mut decoder = BodyDecoder::default();
    decoder.feed(&bytes(path)).expect("a short body");
    decoder.end();
    let messages = std::iter::from_fn(|| decoder.poll());
    messages.map(|it| it.unwrap_or_else(|refusal| panic!("{path:?}: {refusal}"))).collect()
}

/// The method that a file is named for, which a result does not say.
fn method_of(path: &Path) -> Option<Method> {
    let name = file_name(path);
    let subject = name.split('.').next()?.split("--").next()?.replace("__", "/");
    Method::from_name(&subject)
}

/// The method of the request in the batch beside this one that a response answers.
fn asked_in_batch(response: &Message, path: &Path) -> Option<Method> {
    let batched = file_name(path) == "batch.result.json";
    let asked = batched.then(|| messages(&path.with_file_name("batch.request.json")))?;
    let request = asked.iter().find(|it| it.id() == response.id())?;
    request.method()
}

fn file_name(path: &Path) -> String {
    path.file_name().expect("a file").to_string_lossy().into_owned()
}

/// What 2026-07-28 requires and its own examples sometimes leave out.
const REQUIRED: [&str; 6] = [
    "resultType",
    "ttlMs",
    "cacheScope",
    "_meta",
    "io.modelcontextprotocol/protocolVersion",
    "io.modelcontextprotocol/clientCapabilities",
];

/// Examples of something else: metadata of authorization, bare JSON Schemas, and parts of `_meta` and `params`.
const OTHER: usize = 10;

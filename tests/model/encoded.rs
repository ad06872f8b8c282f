//! Whole messages: read from made-up ones by method, encoded for every revision that has the method, and then what the
//! schema of that revision allows and the decoder accepts.

use mcp_engine::json::Raw;
use mcp_engine::model::{
    ClientCapabilities, ClientNotification, ClientRequest, ClientResult, ElicitRequestURLParams,
    ErrorObject, SamplingCapability, ServerNotification, ServerRequest, ServerResult,
    UnsupportedProtocolVersion,
};
use mcp_engine::version::{Role, Version};
use mcp_engine::{BodyDecoder, Kind, Message, Method, RequestId};
use serde_json::Value;

use crate::instances::{Fill, Instances};
use crate::spec::{Schema, schemas};

#[test]
fn a_request_or_notification_is_encoded_for_every_revision_that_has_it() {
    let (schemas, mut checked) = (schemas(), 0);
    let ends = [Role::Client, Role::Server];
    for (method, sender) in Method::ALL.iter().flat_map(|method| ends.map(|end| (*method, end))) {
        let with_method = schemas.iter().filter(|it| it.version.allows(method, sender));
        let places = with_method.filter_map(|schema| Some((schema, schema.message(method)?)));
        let places: Vec<_> = places.collect();
        for (to, target) in &places {
            let validator = to.validator(target);
            for (from, source) in &places {
                checked +=
                    check_call(method, sender, (*from, source.as_str()), to.version, &validator);
            }
        }
    }
    assert!(schemas.is_empty() || checked > 2_500, "{checked}");
}

/// Encodes made-up messages of one revision for another and says how many.
fn check_call(
    method: Method,
    sender: Role,
    (from, source): (&Schema, &str),
    to: Version,
    validator: &jsonschema::Validator,
) -> usize {
    let messages = (0..SEEDS).map(|seed| Instances::new(from, seed, Fill::Some).of(source));
    let messages: Vec<_> = messages.filter(|message| !cannot_be_said(message, to)).collect();
    for message in &messages {
        let params = message.get("params").map(Value::to_string);
        let params = params.as_deref().map(|text| Raw::parse(text).expect("JSON"));
        let encoded = encode_call(method, sender, params, to);
        let errors: Vec<_> = validator.iter_errors(&encoded).collect();
        assert!(errors.is_empty(), "{} → {to} {method}: {encoded:#}: {errors:#?}", from.version);
    }
    messages.len()
}

#[test]
fn a_result_is_encoded_for_every_revision_that_has_it() {
    let (schemas, mut checked) = (schemas(), 0);
    for (method, sender, name) in RESULTS {
        let places = schemas.iter().filter_map(|schema| Some((schema, schema.place_of(name)?)));
        let places: Vec<_> = places.collect();
        assert!(schemas.is_empty() || !places.is_empty(), "{name}");
        for (to, target) in &places {
            let validator = to.validator(target);
            for (from, source) in &places {
                checked +=
                    check_result(method, sender, (*from, source.as_str()), to.version, &validator);
            }
        }
    }
    assert!(schemas.is_empty() || checked > 2_000, "{checked}");
}

/// Encodes made-up results of one revision for another and says how many.
fn check_result(
    method: Method,
    sender: Role,
    (from, source): (&Schema, &str),
    to: Version,
    validator: &jsonschema::Validator,
) -> u64 {
    for seed in 0..SEEDS {
        let mut result = Instances::new(from, seed, Fill::Some).of(source);
        if let Some(ended) = result.get_mut("resultType") {
            // To the schema it is any text.
            *ended = "complete".into();
        }
        let encoded = encode_result(method, sender, &result, to);
        let errors: Vec<_> = validator.iter_errors(&encoded).collect();
        assert!(errors.is_empty(), "{} → {to} {method}: {encoded:#}: {errors:#?}", from.version);
    }
    SEEDS
}

#[test]
fn errors_with_data_of_their_own_are_what_their_schemas_allow() {
    let sampling = ClientCapabilities::default().sampling(SamplingCapability::default());
    let visit = ElicitRequestURLParams::new("Sign in", "https://example.com").elicitation_id("e1");
    let unsupported = UnsupportedProtocolVersion::new(["2026-07-28".into()], "1900-01-01");
    let errors = [
        (
            "UnsupportedProtocolVersionError",
            ErrorObject::unsupported_protocol_version(&unsupported),
        ),
        (
            "MissingRequiredClientCapabilityError",
            ErrorObject::missing_required_client_capability(sampling),
        ),
        ("URLElicitationRequiredError", ErrorObject::url_elicitation_required(vec![visit])),
    ];
    for schema in schemas() {
        for (name, error) in &errors {
            let Some(place) = schema.place_of(name) else { continue };
            let validator = schema.validator(&place);
            let encoded = encode_error(error, None);
            assert!(validator.is_valid(&encoded), "{encoded:#}");
            assert!(validator.is_valid(&encode_error(error, Some(&RequestId::from(1)))));
        }
    }
}

#[test]
fn a_missing_resource_has_the_code_of_the_revision() {
    for version in Version::ALL {
        let error = ErrorObject::resource_not_found("file:///a", version);
        let code = if version == Version::LATEST { -32602 } else { -32002 };
        assert_eq!(error.code, code);
        assert_eq!(encode_error(&error, None)["error"]["data"]["uri"], "file:///a");
    }
}

fn encode_call(method: Method, sender: Role, params: Option<Raw<'_>>, version: Version) -> Value {
    let (mut out, id) = (Vec::new(), RequestId::from("id"));
    let mismatch = match (sender, method.is_notification()) {
        (Role::Client, false) => {
            ClientRequest::read(method, params).map(|it| it.encode(&mut out, &id, version))
        }
        (Role::Server, false) => {
            ServerRequest::read(method, params).map(|it| it.encode(&mut out, &id, version))
        }
        (Role::Client, true) => {
            ClientNotification::read(method, params).map(|it| it.encode(&mut out, version))
        }
        (Role::Server, true) => {
            ServerNotification::read(method, params).map(|it| it.encode(&mut out, version))
        }
    };
    mismatch.unwrap_or_else(|mismatch| panic!("{mismatch}: {params:?}"));
    let message = decode(&out);
    assert_eq!(message.method(), Some(method));
    assert_eq!(message.kind() == Kind::Notification, method.is_notification());
    serde_json::from_slice(&out).expect("JSON")
}

fn encode_result(method: Method, sender: Role, result: &Value, version: Version) -> Value {
    let (mut out, id, text) = (Vec::new(), RequestId::from(7), result.to_string());
    let raw = Raw::parse(&text).expect("JSON");
    let mismatch = match sender {
        Role::Server => ServerResult::read(method, raw).map(|it| it.encode(&mut out, &id, version)),
        Role::Client => ClientResult::read(method, raw).map(|it| it.encode(&mut out, &id, version)),
    };
    mismatch.unwrap_or_else(|mismatch| panic!("{mismatch}: {result:#}"));
    assert_eq!(decode(&out).kind(), Kind::Response);
    let mut message: Value = serde_json::from_slice(&out).expect("JSON");
    message["result"].take()
}

fn encode_error(error: &ErrorObject<'_>, id: Option<&RequestId>) -> Value {
    let mut out = Vec::new();
    error.encode(&mut out, id);
    assert_eq!(decode(&out).kind(), Kind::ErrorResponse);
    serde_json::from_slice(&out).expect("JSON")
}

fn decode(encoded: &[u8]) -> Message {
    let mut decoder = BodyDecoder::default();
    decoder.feed(encoded).expect("room");
    decoder.end();
    decoder.poll().expect("a message").unwrap_or_else(|refusal| panic!("{refusal}"))
}

/// What a revision requires and no writer can make up; see `generated`.
fn cannot_be_said(message: &Value, version: Version) -> bool {
    let params = &message["params"];
    match message["method"].as_str() {
        Some("notifications/cancelled") => {
            params.get("requestId").is_none() && version != Version::V2025_11_25
        }
        Some("elicitation/create") => params["mode"] == "url" && version == Version::V2025_06_18,
        _ => false,
    }
}

impl Schema {
    /// Where the definition of the message with a method is.
    fn message(&self, method: Method) -> Option<String> {
        let of_method = |schema: &Value| {
            schema.pointer("/properties/method/const").is_some_and(|it| it == method.name())
        };
        let found = self.definitions().iter().find(|(_, schema)| of_method(schema));
        found.and_then(|(name, _)| self.place_of(name))
    }
}

const SEEDS: u64 = 8;

const RESULTS: [(Method, Role, &str); 25] = [
    (Method::Initialize, Role::Server, "InitializeResult"),
    (Method::Ping, Role::Server, "EmptyResult"),
    (Method::Discover, Role::Server, "DiscoverResult"),
    (Method::ListTools, Role::Server, "ListToolsResult"),
    (Method::CallTool, Role::Server, "CallToolResult"),
    (Method::CallTool, Role::Server, "CreateTaskResult"),
    (Method::ListPrompts, Role::Server, "ListPromptsResult"),
    (Method::GetPrompt, Role::Server, "GetPromptResult"),
    (Method::ListResources, Role::Server, "ListResourcesResult"),
    (Method::ListResourceTemplates, Role::Server, "ListResourceTemplatesResult"),
    (Method::ReadResource, Role::Server, "ReadResourceResult"),
    (Method::Listen, Role::Server, "SubscriptionsListenResult"),
    (Method::Complete, Role::Server, "CompleteResult"),
    (Method::GetTask, Role::Server, "GetTaskResult"),
    (Method::CancelTask, Role::Server, "CancelTaskResult"),
    (Method::TaskResult, Role::Server, "GetTaskPayloadResult"),
    (Method::ListTasks, Role::Server, "ListTasksResult"),
    (Method::Ping, Role::Client, "EmptyResult"),
    (Method::CreateMessage, Role::Client, "CreateMessageResult"),
    (Method::CreateMessage, Role::Client, "CreateTaskResult"),
    (Method::ListRoots, Role::Client, "ListRootsResult"),
    (Method::Elicit, Role::Client, "ElicitResult"),
    (Method::GetTask, Role::Client, "GetTaskResult"),
    (Method::CancelTask, Role::Client, "CancelTaskResult"),
    (Method::ListTasks, Role::Client, "ListTasksResult"),
];

//! Every definition of the official schemas has its type, and every type its definition.

use std::collections::BTreeSet;

use mcp_engine_proto::internal::model::{TYPES, Type};

use crate::spec::schemas;

#[test]
fn every_definition_of_every_schema_has_a_type() {
    let mut findings = Vec::new();
    for schema in schemas() {
        for name in schema.definitions().keys() {
            let of_name =
                |kind: &&Type| kind.name == name && kind.revisions.contains(schema.version);
            let has_type = TYPES.iter().any(|kind| of_name(&kind));
            let is_elsewhere = match elsewhere(name) {
                Some(Place::Type(other)) => TYPES.iter().any(|kind| kind.name == other),
                other => other.is_some(),
            };
            if has_type == is_elsewhere {
                findings.push(format!("{} {name}", schema.version));
            }
        }
    }
    assert_eq!(findings, Vec::<String>::new());
}

#[test]
fn types_without_a_definition_in_any_schema_are_known() {
    let schemas = schemas();
    if schemas.is_empty() {
        return;
    }
    let defined = |kind: &&Type| {
        let of_revision = schemas.iter().filter(|it| kind.revisions.contains(it.version));
        of_revision.map(|schema| schema.place_of(kind.name)).any(|place| place.is_some())
    };
    let undefined = TYPES.iter().filter(|kind| !defined(kind)).map(|kind| kind.name);
    let told = [WRITTEN_OUT, OF_THE_EXTENSION, OF_THIS_LIBRARY].concat();
    assert_eq!(undefined.collect::<BTreeSet<_>>(), told.into_iter().collect());
}

#[test]
fn types_are_listed_once() {
    let mut names: Vec<_> = TYPES.iter().map(|kind| kind.name).collect();
    names.sort_unstable();
    let len = names.len();
    names.dedup();
    assert_eq!(names.len(), len);
}

/// Where a definition is that has no type of its name.
#[derive(Clone, Copy, Debug)]
enum Place {
    /// A type of another name.
    Type(&'static str),
    /// `mcp_engine::model::exchange`, or `encode` and `Message`: whole messages and their alternatives.
    Message,
    /// Members that the types which have them declare themselves.
    Members,
    /// One of the alternatives of [`EnumSchema`](mcp_engine::model::EnumSchema).
    EnumSchema,
    /// A code of [`ErrorObject`](mcp_engine::model::ErrorObject).
    Error,
}

fn elsewhere(name: &str) -> Option<Place> {
    Some(match name {
        "Annotated"
        | "BaseMetadata"
        | "CacheableResult"
        | "Icons"
        | "InputResponseRequestParams"
        | "PaginatedResult"
        | "TaskAugmentedRequestParams" => Place::Members,
        "MultiSelectEnumSchema" | "SingleSelectEnumSchema" => Place::EnumSchema,
        "JSONArray" | "JSONValue" => Place::Type("Json"),
        "JSONObject" => Place::Type("JsonObject"),
        "ResourceReference" => Place::Type("ResourceTemplateReference"),
        "Result" => Place::Type("EmptyResult"),
        "Error" => Place::Type("ErrorObject"),
        "HeaderMismatchError"
        | "InternalError"
        | "InvalidParamsError"
        | "InvalidRequestError"
        | "MethodNotFoundError"
        | "ParseError" => Place::Error,
        "MissingRequiredClientCapabilityError" => Place::Type("MissingRequiredClientCapability"),
        "URLElicitationRequiredError" => Place::Type("URLElicitationRequired"),
        "UnsupportedProtocolVersionError" => Place::Type("UnsupportedProtocolVersion"),
        "CreateMessageRequest" | "ElicitRequest" | "InputRequest" | "ListRootsRequest" => {
            return None;
        }
        "ClientResult" | "ServerResult" => Place::Message,
        _ if name.starts_with("JSONRPC") => Place::Message,
        _ => {
            let message = ["Request", "Notification", "ResultResponse"];
            message.iter().any(|ending| name.ends_with(ending)).then_some(Place::Message)?
        }
    })
}

/// Types that the schemas write out where they stand, without a name.
const WRITTEN_OUT: &[&str] = &[
    "CacheScope",
    "ClientTaskRequests",
    "ClientTasksCapability",
    "CompleteArgument",
    "CompleteContext",
    "Completion",
    "CompletionReference",
    "ElicitAction",
    "ElicitValue",
    "ElicitationCapability",
    "ElicitationTaskRequests",
    "EnumOption",
    "IncludeContext",
    "MissingRequiredClientCapability",
    "NumberType",
    "PromptsCapability",
    "RequestedSchema",
    "ResourcesCapability",
    "RootsCapability",
    "SamplingCapability",
    "SamplingContent",
    "SamplingTaskRequests",
    "ServerTaskRequests",
    "ServerTasksCapability",
    "StopReason",
    "StringFormat",
    "TaskSupport",
    "Theme",
    "TitledItems",
    "ToolChoiceMode",
    "ToolTaskRequests",
    "ToolsCapability",
    "URLElicitationRequired",
    "UnsupportedProtocolVersion",
    "UntitledItems",
];

/// Types of the tasks extension, for which there is no schema.
const OF_THE_EXTENSION: &[&str] = &["TaskNotificationParams", "UpdateTaskRequestParams"];

/// Types under a name of our own: `JSONValue`, `JSONObject`, `Error`, and data that is described in words alone.
const OF_THIS_LIBRARY: &[&str] = &["ErrorObject", "Json", "JsonObject", "ResourceNotFound"];

//! Every type of the model by name, so that one test can say something of all of them.

use crate::json::Raw;
use crate::model::{self, Mismatch, Value};
use crate::version::{Revisions, Version};

/// A type of the model.
#[derive(Clone, Copy, Debug)]
pub struct Type {
    /// The name in the schema, or the one it would have there.
    pub name: &'static str,
    /// The revisions that have it.
    pub revisions: Revisions,
    read: fn(Raw<'_>, Version) -> Result<Rewritten, Mismatch>,
}

/// What came of reading and writing a value.
#[derive(Clone, Debug)]
pub struct Rewritten {
    /// The value as it was written again.
    pub text: String,
    /// Whether the type that owns its parts is equal to the one that borrows them, and written alike.
    pub owned_is_equal: bool,
}

impl Type {
    /// Reads a value as this type and writes it for a revision.
    ///
    /// # Errors
    ///
    /// As for [`Value::read`].
    pub fn rewrite(&self, raw: Raw<'_>, version: Version) -> Result<Rewritten, Mismatch> {
        (self.read)(raw, version)
    }
}

/// Lists the types that say which revisions have them, and behind them those that all revisions have.
macro_rules! types {
    ($($name:ident)* ; $($everywhere:ident)*) => {
        &[
            $(Type {
                name: stringify!($name),
                revisions: model::$name::REVISIONS,
                read: |raw, version| {
                    let (read, again) = (model::$name::read(raw)?, model::$name::read(raw)?);
                    let text = written(&read, version);
                    let owned = again.into_owned();
                    Ok(Rewritten { owned_is_equal: owned == read && written(&owned, version) == text, text })
                },
            },)*
            $(Type {
                name: stringify!($everywhere),
                revisions: Revisions::since(Version::V2024_11_05),
                read: |raw, version| {
                    let read = <model::$everywhere as Value>::read(raw)?;
                    let text = written(&read, version);
                    Ok(Rewritten { owned_is_equal: Value::into_owned(read.clone()) == read, text })
                },
            },)*
        ]
    };
}

/// All types.
pub const TYPES: &[Type] = types! {
    Annotations AudioContent BlobResourceContents BooleanSchema CallToolRequestParams CallToolResult
    CancelTaskRequestParams CancelTaskResult CancelledNotificationParams ClientCapabilities
    ClientTaskRequests ClientTasksCapability CompleteArgument CompleteContext CompleteRequestParams
    CompleteResult Completion CompletionReference ContentBlock CreateMessageRequest
    CreateMessageRequestParams CreateMessageResult CreateTaskResult DiscoverResult ElicitRequest
    ElicitRequestFormParams ElicitRequestParams ElicitRequestURLParams ElicitResult
    ElicitationCapability ElicitationCompleteNotificationParams ElicitationTaskRequests EmbeddedResource
    EmptyResult EnumOption EnumSchema ErrorObject GetPromptRequestParams GetPromptResult
    GetTaskPayloadRequestParams GetTaskPayloadResult GetTaskRequestParams GetTaskResult Icon
    ImageContent Implementation InitializeRequestParams InitializeResult InputRequest
    InputRequiredResult InputResponse LegacyTitledEnumSchema ListPromptsResult
    ListResourceTemplatesResult ListResourcesResult ListRootsRequest ListRootsRequestParams
    ListRootsResult ListTasksResult ListToolsResult LoggingMessageNotificationParams
    MissingRequiredClientCapability ModelHint ModelPreferences NotificationMetaObject NotificationParams
    NumberSchema PaginatedRequestParams PrimitiveSchemaDefinition ProgressNotificationParams Prompt
    PromptArgument PromptMessage PromptReference PromptsCapability ReadResourceRequestParams
    ReadResourceResult RelatedTaskMetadata RequestMetaObject RequestParams RequestedSchema Resource
    ResourceContents ResourceLink ResourceNotFound ResourceRequestParams ResourceTemplate
    ResourceTemplateReference ResourceUpdatedNotificationParams ResourcesCapability ResultMetaObject Root
    RootsCapability SamplingCapability SamplingMessage SamplingMessageContentBlock SamplingTaskRequests
    ServerCapabilities ServerTaskRequests ServerTasksCapability SetLevelRequestParams StringSchema
    SubscribeRequestParams SubscriptionFilter SubscriptionsAcknowledgedNotificationParams
    SubscriptionsListenRequestParams SubscriptionsListenResult SubscriptionsListenResultMetaObject Task
    TaskMetadata TaskNotificationParams TaskStatusNotificationParams TextContent TextResourceContents
    TitledItems TitledMultiSelectEnumSchema TitledSingleSelectEnumSchema Tool ToolAnnotations ToolChoice
    ToolExecution ToolResultContent ToolTaskRequests ToolUseContent ToolsCapability URLElicitationRequired
    UnsubscribeRequestParams UnsupportedProtocolVersion UntitledItems UntitledMultiSelectEnumSchema
    UntitledSingleSelectEnumSchema UpdateTaskRequestParams
    ;
    CacheScope Cursor ElicitAction ElicitValue IncludeContext InputRequests InputResponses Json JsonObject
    LoggingLevel MetaObject NumberType ProgressToken RequestId ResultType Role SamplingContent StopReason
    StringFormat TaskStatus TaskSupport Theme ToolChoiceMode
};

fn written<'a>(value: &impl Value<'a>, version: Version) -> String {
    let mut out = Vec::new();
    value.write(&mut out, version);
    String::from_utf8_lossy(&out).into_owned()
}

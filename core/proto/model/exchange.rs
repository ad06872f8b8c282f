//! What a client and a server say to each other, by method: the way from a message to its types and back.
//!
//! A message says its method, a response does not: whoever sent the request knows. Reading here is for those who want
//! the types; nothing on the way of a message needs it.

use super::declare::{calls, results};
use super::{
    CallToolRequestParams, CallToolResult, CancelTaskRequestParams, CancelTaskResult,
    CancelledNotificationParams, CompleteRequestParams, CompleteResult, CreateMessageRequestParams,
    CreateMessageResult, CreateTaskResult, DiscoverResult, ElicitRequestParams, ElicitResult,
    ElicitationCompleteNotificationParams, EmptyResult, GetPromptRequestParams, GetPromptResult,
    GetTaskPayloadRequestParams, GetTaskPayloadResult, GetTaskRequestParams, GetTaskResult,
    InitializeRequestParams, InitializeResult, InputRequiredResult, ListPromptsResult,
    ListResourceTemplatesResult, ListResourcesResult, ListRootsRequestParams, ListRootsResult,
    ListTasksResult, ListToolsResult, LoggingMessageNotificationParams, Mismatch,
    NotificationParams, PaginatedRequestParams, ProgressNotificationParams,
    ReadResourceRequestParams, ReadResourceResult, RequestParams,
    ResourceUpdatedNotificationParams, ResultType, SetLevelRequestParams, SubscribeRequestParams,
    SubscriptionsAcknowledgedNotificationParams, SubscriptionsListenRequestParams,
    SubscriptionsListenResult, TaskNotificationParams, TaskStatusNotificationParams,
    UnsubscribeRequestParams, UpdateTaskRequestParams, Value,
};
use crate::json::Raw;
use crate::message::{Method, RequestId, encode};
use crate::version::Version;

calls! {
    /// A request of a client.
    ///
    /// ```
    /// use mcp_engine_proto::{Method, RequestId, json::Raw, version::Version};
    /// use mcp_engine_proto::model::ClientRequest;
    ///
    /// let params = Raw::parse(r#"{"name":"add","arguments":{"a":1}}"#)?;
    /// let request = ClientRequest::read(Method::CallTool, Some(params))?;
    /// let ClientRequest::CallTool(call) = &request else { unreachable!() };
    /// assert_eq!(call.name, "add");
    ///
    /// let mut out = Vec::new();
    /// request.encode(&mut out, &RequestId::from(7), Version::V2025_11_25);
    /// assert!(out.starts_with(br#"{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"add","#));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[expect(clippy::large_enum_variant, reason = "`initialize` is large, and comes once")]
    pub enum ClientRequest<'a> {
        Initialize(InitializeRequestParams),
        Ping(RequestParams),
        Discover(RequestParams),
        ListTools(PaginatedRequestParams),
        CallTool(CallToolRequestParams),
        ListPrompts(PaginatedRequestParams),
        GetPrompt(GetPromptRequestParams),
        ListResources(PaginatedRequestParams),
        ListResourceTemplates(PaginatedRequestParams),
        ReadResource(ReadResourceRequestParams),
        Subscribe(SubscribeRequestParams),
        Unsubscribe(UnsubscribeRequestParams),
        Listen(SubscriptionsListenRequestParams),
        Complete(CompleteRequestParams),
        SetLevel(SetLevelRequestParams),
        GetTask(GetTaskRequestParams),
        UpdateTask(UpdateTaskRequestParams),
        CancelTask(CancelTaskRequestParams),
        TaskResult(GetTaskPayloadRequestParams),
        ListTasks(PaginatedRequestParams),
    }
}

calls! {
    /// A request of a server, until 2025-11-25. Since then it asks by an [`InputRequiredResult`].
    pub enum ServerRequest<'a> {
        Ping(RequestParams),
        CreateMessage(CreateMessageRequestParams),
        ListRoots(ListRootsRequestParams),
        Elicit(ElicitRequestParams),
        GetTask(GetTaskRequestParams),
        CancelTask(CancelTaskRequestParams),
        TaskResult(GetTaskPayloadRequestParams),
        ListTasks(PaginatedRequestParams),
    }
}

calls! {
    /// A notification of a client.
    pub enum ClientNotification<'a> {
        Initialized(NotificationParams),
        Cancelled(CancelledNotificationParams),
        Progress(ProgressNotificationParams),
        RootsListChanged(NotificationParams),
        TaskStatus(TaskStatusNotificationParams),
    }
}

calls! {
    /// A notification of a server.
    pub enum ServerNotification<'a> {
        Cancelled(CancelledNotificationParams),
        Progress(ProgressNotificationParams),
        LoggingMessage(LoggingMessageNotificationParams),
        ToolListChanged(NotificationParams),
        PromptListChanged(NotificationParams),
        ResourceListChanged(NotificationParams),
        ResourceUpdated(ResourceUpdatedNotificationParams),
        ElicitationComplete(ElicitationCompleteNotificationParams),
        TaskStatus(TaskStatusNotificationParams),
        SubscriptionsAcknowledged(SubscriptionsAcknowledgedNotificationParams),
        TaskNotification(TaskNotificationParams),
    }
}

results! {
    /// The result of a request of a client.
    pub enum ServerResult<'a> {
        /// It is done.
        Empty(EmptyResult) = Ping | Subscribe | Unsubscribe | SetLevel | UpdateTask,
        /// Of `initialize`.
        Initialize(InitializeResult) = Initialize,
        /// Of `server/discover`.
        Discover(DiscoverResult) = Discover,
        /// Of `tools/list`.
        ListTools(ListToolsResult) = ListTools,
        /// Of `tools/call`.
        CallTool(CallToolResult) = CallTool,
        /// Of `prompts/list`.
        ListPrompts(ListPromptsResult) = ListPrompts,
        /// Of `prompts/get`.
        GetPrompt(GetPromptResult) = GetPrompt,
        /// Of `resources/list`.
        ListResources(ListResourcesResult) = ListResources,
        /// Of `resources/templates/list`.
        ListResourceTemplates(ListResourceTemplatesResult) = ListResourceTemplates,
        /// Of `resources/read`.
        ReadResource(ReadResourceResult) = ReadResource,
        /// Of `subscriptions/listen`.
        Listen(SubscriptionsListenResult) = Listen,
        /// Of `completion/complete`.
        Complete(CompleteResult) = Complete,
        /// Of `tasks/get`.
        GetTask(GetTaskResult) = GetTask,
        /// Of `tasks/cancel` in 2025-11-25; in the extension it is [`Empty`](Self::Empty).
        CancelTask(CancelTaskResult) = CancelTask,
        /// Of `tasks/result`.
        TaskResult(GetTaskPayloadResult) = TaskResult,
        /// Of `tasks/list`.
        ListTasks(ListTasksResult) = ListTasks,
        /// The request has become a task.
        CreateTask(CreateTaskResult),
        /// The server needs input first.
        InputRequired(InputRequiredResult),
    }
}

results! {
    /// The result of a request of a server, until 2025-11-25. Since then a client answers by
    /// [`InputResponses`](super::InputResponses).
    pub enum ClientResult<'a> {
        /// It is done.
        Empty(EmptyResult) = Ping,
        /// Of `sampling/createMessage`.
        CreateMessage(CreateMessageResult) = CreateMessage,
        /// Of `roots/list`.
        ListRoots(ListRootsResult) = ListRoots,
        /// Of `elicitation/create`.
        Elicit(ElicitResult) = Elicit,
        /// Of `tasks/get`.
        GetTask(GetTaskResult) = GetTask,
        /// Of `tasks/cancel`.
        CancelTask(CancelTaskResult) = CancelTask,
        /// Of `tasks/result`.
        TaskResult(GetTaskPayloadResult) = TaskResult,
        /// Of `tasks/list`.
        ListTasks(ListTasksResult) = ListTasks,
        /// The request has become a task.
        CreateTask(CreateTaskResult),
    }
}

impl ClientRequest<'_> {
    /// Appends the whole request, without a line end.
    pub fn encode(&self, out: &mut Vec<u8>, id: &RequestId, version: Version) {
        encode::request_with(out, id, self.method().name(), |out| self.write(out, version));
    }
}

impl ServerRequest<'_> {
    /// Appends the whole request, without a line end.
    pub fn encode(&self, out: &mut Vec<u8>, id: &RequestId, version: Version) {
        encode::request_with(out, id, self.method().name(), |out| self.write(out, version));
    }
}

impl ClientNotification<'_> {
    /// Appends the whole notification, without a line end.
    pub fn encode(&self, out: &mut Vec<u8>, version: Version) {
        encode::notification_with(out, self.method().name(), |out| self.write(out, version));
    }
}

impl ServerNotification<'_> {
    /// Appends the whole notification, without a line end.
    pub fn encode(&self, out: &mut Vec<u8>, version: Version) {
        encode::notification_with(out, self.method().name(), |out| self.write(out, version));
    }
}

impl<'a> ServerResult<'a> {
    /// Reads the result of a request with that method: what it asks for, a task that it has become, or the input that
    /// the server needs first.
    ///
    /// # Errors
    ///
    /// A [`Mismatch`] when the method is not one that a server answers, its result is of another type, or the
    /// `resultType` is one that the protocol does not know.
    pub fn read(method: Method, result: Raw<'a>) -> Result<Self, Mismatch> {
        let outline = Outline::of(result);
        let ended = outline.result_type.map(<ResultType<'_> as Value>::read).transpose();
        let ended = ended.map_err(|mismatch| mismatch.within(Self::NAME, "resultType"))?;
        match ended {
            Some(ResultType::InputRequired) => {
                InputRequiredResult::read(result).map(Self::InputRequired)
            }
            Some(ResultType::Task) => CreateTaskResult::read(result).map(Self::CreateTask),
            Some(ResultType::Other(_)) => {
                Err(Mismatch::expected("one of complete input_required task")
                    .within(Self::NAME, "resultType"))
            }
            Some(ResultType::Complete) if method == Method::CancelTask => {
                EmptyResult::read(result).map(Self::Empty)
            }
            _ if method == Method::CallTool && outline.is_task() => {
                CreateTaskResult::read(result).map(Self::CreateTask)
            }
            _ => Self::read_by_method(method, result),
        }
    }

    /// Appends the whole response, without a line end.
    pub fn encode(&self, out: &mut Vec<u8>, id: &RequestId, version: Version) {
        encode::response_with(out, id, |out| self.write(out, version));
    }
}

impl<'a> ClientResult<'a> {
    /// Reads the result of a request with that method: what it asks for, or a task that it has become.
    ///
    /// # Errors
    ///
    /// A [`Mismatch`] when the method is not one that a client answers, or its result is of another type.
    pub fn read(method: Method, result: Raw<'a>) -> Result<Self, Mismatch> {
        let may_be = matches!(method, Method::CreateMessage | Method::Elicit);
        if may_be && Outline::of(result).is_task() {
            return CreateTaskResult::read(result).map(Self::CreateTask);
        }
        Self::read_by_method(method, result)
    }

    /// Appends the whole response, without a line end.
    pub fn encode(&self, out: &mut Vec<u8>, id: &RequestId, version: Version) {
        encode::response_with(out, id, |out| self.write(out, version));
    }
}

/// The members of a result that say what it is.
#[derive(Default)]
struct Outline<'a> {
    result_type: Option<Raw<'a>>,
    has_task: bool,
    has_answer: bool,
}

impl<'a> Outline<'a> {
    fn of(result: Raw<'a>) -> Self {
        let mut outline = Self::default();
        for (name, value) in result.members().into_iter().flatten() {
            outline.has_task |= name == "task";
            outline.has_answer |= name == "content" || name == "action";
            if name == "resultType" {
                outline.result_type = Some(value);
            }
        }
        outline
    }

    /// Whether the result is that of a request which has become a task in 2025-11-25: it has a task, and nothing that the
    /// request asked for.
    fn is_task(&self) -> bool {
        self.has_task && !self.has_answer
    }
}

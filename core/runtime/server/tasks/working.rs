//! What a handler speaks through while its request runs as a task.
//!
//! The request was answered when the task began, so that nothing goes to its stream any more. Progress becomes what the task says of itself, and
//! in MCP 2025-11-25 what is asked of the client travels with the name of the task, on the stream of a request that waits for it.

use std::borrow::Cow;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, Weak};

use mcp_engine_proto::connection::{Call, Delivery};
use mcp_engine_proto::json::Raw;
use mcp_engine_proto::model::{Json, ProgressNotificationParams};
use mcp_engine_proto::state::StateKey;
use mcp_engine_proto::task::{TaskId, TaskRule};
use mcp_engine_proto::version::{Era, Version};
use mcp_engine_proto::{Error as ProtoError, LoggingLevel, Message, Misuse, RequestId};
use tokio::sync::Notify;

use super::TaskHost;
use super::asking::Asking;
use super::inbox::Inbox;
use crate::answer::{Answer, INTERNAL_ERROR};
use crate::context::{Channel, Report};
use crate::error::Error;
use crate::handler::Request;
use crate::peer::{Calling, Peer};
use crate::workers::lock;

/// The channel of a request that runs as a task.
pub(crate) struct Working {
    host: Weak<TaskHost>,
    id: TaskId,
    version: Version,
    principal: Option<Arc<str>>,
    state_key: Option<Arc<StateKey>>,
    peer: Option<Peer>,
    connection: Option<u64>,
    token: Option<RequestId>,
    progress: Mutex<f64>,
    called_off: AtomicBool,
    inbox: Inbox,
    waited_for: Notify,
}

impl Working {
    pub(super) fn new(host: Weak<TaskHost>, id: TaskId, request: &Request) -> Self {
        let context = request.context();
        Self {
            host,
            id,
            version: context.version(),
            principal: context.principal().map(Arc::from),
            state_key: context.state_key().cloned(),
            peer: context.peer(),
            connection: context.connection(),
            token: request.message().token().map(|token| token.to_owned()),
            progress: Mutex::new(f64::NEG_INFINITY),
            called_off: AtomicBool::new(false),
            inbox: Inbox::default(),
            waited_for: Notify::new(),
        }
    }

    pub(crate) fn id(&self) -> TaskId {
        self.id
    }

    pub(super) fn inbox(&self) -> &Inbox {
        &self.inbox
    }

    pub(super) fn call_off(&self) {
        self.called_off.store(true, Ordering::Release);
    }

    pub(super) fn is_called_off(&self) -> bool {
        self.called_off.load(Ordering::Acquire)
    }

    /// Asks the owner, by the task: a request for each key (MCP 2026-07-28). Waits for all answers, which come in the same order.
    ///
    /// # Errors
    ///
    /// What the task has to end with, when it may not ask that.
    pub(crate) async fn ask(
        &self,
        requests: &[(String, String)],
    ) -> Result<Vec<Json<'static>>, Answer<'static>> {
        let refused = |rule: TaskRule| Answer::error(i64::from(rule.code()), rule.reason());
        let host = self.host.upgrade().ok_or_else(ended)?;
        let keys = host.require_input(self.id, requests).map_err(refused)?;
        drop(host);
        let _asking = Asking::new(&self.host, self.id);
        Ok(self.inbox.take(&keys).await)
    }

    /// Says that the task waits for its owner, until what is given out here is dropped (MCP 2025-11-25).
    pub(crate) fn wait_for_owner(&self) -> Option<Asking> {
        self.host.upgrade()?.wait_for_owner(self.id);
        Some(Asking::new(&self.host, self.id))
    }

    /// Asks the client in the name of the task, once there is a stream for that: at the latest that of a request for the result (MCP
    /// 2025-11-25).
    pub(crate) async fn ask_client(&self, call: Call<'_>) -> Result<Message, Error> {
        let peer = self.peer.as_ref().ok_or_else(Error::closed)?;
        loop {
            match self.request(peer, call) {
                Ok(asked) => return asked.await,
                Err(error) if error.protocol() == Some(NO_STREAM) => {
                    self.waited_for.notified().await
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Somebody waits for the result.
    pub(super) fn is_waited_for(&self) {
        self.waited_for.notify_one();
    }

    /// Asks the client in the name of the task (MCP 2025-11-25).
    pub(crate) fn request(&self, peer: &Peer, call: Call<'_>) -> Result<Calling, Error> {
        let params = self.id.related_params(call.given_params());
        let call = call.params(Raw::parse(&params)?);
        let host = self.host.upgrade();
        let waiting = host.and_then(|host| host.waiting_request(self.id, self.connection));
        match &waiting {
            Some(request) => peer.request(call.related(request)),
            None => peer.request(call),
        }
    }

    /// The client, where it can be told anything beside the task.
    fn listener(&self) -> Option<&Peer> {
        self.peer.as_ref().filter(|_| self.version.era() == Era::Legacy)
    }

    fn advance(&self, report: &Report<'_>) -> Result<(), Error> {
        let Report { value, total, .. } = *report;
        let mut progress = lock(&self.progress);
        if !value.is_finite() || value <= *progress || !total.is_none_or(f64::is_finite) {
            return Err(ProtoError::ApiMisuse(Misuse::ProgressValue).into());
        }
        *progress = value;
        Ok(())
    }

    /// The parameters of a notification of progress.
    fn progressed(&self, token: &RequestId, report: &Report<'_>) -> String {
        let mut params = ProgressNotificationParams::new(token.clone(), report.value);
        params.total = report.total;
        params.message = report.message.map(Cow::Borrowed);
        let params = Json::of(&params, self.version);
        self.id.related_params(Some(params.raw()))
    }
}

impl Channel for Working {
    fn progress(&self, _: &RequestId, report: Report<'_>) -> Result<Delivery, Error> {
        self.advance(&report)?;
        let host = self.host.upgrade().ok_or_else(Error::closed)?;
        let text = match (report.message, report.total) {
            (Some(message), _) => message.to_owned(),
            (None, Some(total)) => format!("{} of {total}", report.value),
            (None, None) => report.value.to_string(),
        };
        host.describe(self.id, &text).map_err(|_| Error::closed())?;
        if let (Some(peer), Some(token)) = (self.listener(), &self.token) {
            let params = self.progressed(token, &report);
            // Whoever polls sees it in any case.
            let _ = peer.notify("notifications/progress", Raw::parse(&params).ok());
        }
        Ok(Delivery::Queued)
    }

    fn log(
        &self,
        _: &RequestId,
        level: LoggingLevel,
        logger: Option<&str>,
        content: Raw<'_>,
    ) -> Result<Delivery, Error> {
        let Some(peer) = self.listener() else { return Ok(Delivery::Dropped) };
        peer.shared().attempt(|state, _| state.connection.log(level, logger, content, None))
    }

    fn notify(&self, _: &RequestId, method: &str, params: Option<Raw<'_>>) -> Result<(), Error> {
        let Some(peer) = self.listener() else { return Ok(()) };
        let params = self.id.related_params(params);
        peer.notify(method, Some(Raw::parse(&params)?))
    }

    fn is_cancelled(&self, _: &RequestId) -> bool {
        self.is_called_off()
    }

    fn state_key(&self) -> Option<&Arc<StateKey>> {
        self.state_key.as_ref()
    }

    fn connection(&self) -> Option<u64> {
        self.connection
    }

    fn working(&self) -> Option<&Self> {
        Some(self)
    }

    fn peer(&self) -> Option<Peer> {
        self.peer.clone()
    }

    fn principal(&self) -> Option<&str> {
        self.principal.as_deref()
    }
}

const NO_STREAM: ProtoError = ProtoError::ApiMisuse(Misuse::NoStream);

fn ended() -> Answer<'static> {
    Answer::error(INTERNAL_ERROR, "the server has ended")
}

impl fmt::Debug for Working {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Working").field("id", &self.id).finish_non_exhaustive()
    }
}

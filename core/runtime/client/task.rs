//! A call of a tool that its server runs as a task, as its client sees it.

use std::fmt;
use std::time::Duration;

use mcp_engine_proto::connection::{Call, Patience};
use mcp_engine_proto::json::Raw;
use mcp_engine_proto::task::{Observed, Polling, Status, TaskHandle, TaskRule};
use mcp_engine_proto::{BodyDecoder, Message, Method, encode};
use tokio::time::sleep_until;

use super::Client;
use super::call::ToolResult;
use crate::clock::Clock;
use crate::error::Error;

/// What a call has come to at once.
#[derive(Debug)]
pub enum Started {
    /// Its result: the server did not make a task of it.
    Done(ToolResult),
    /// A task.
    Task(Task),
}

/// A task of a server. To drop it leaves the task alone: [`cancel`](Self::cancel) it where it is not wanted.
pub struct Task {
    client: Client,
    handle: Box<TaskHandle>,
    clock: Clock,
    result: Option<Message>,
    input: Input,
}

/// Whether the task has everything that it has asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Input {
    Given,
    /// It was not brought all of it, for whoever polled has given up.
    Owed,
}

impl Started {
    pub(super) fn of(client: &Client, message: Message) -> Result<Self, Error> {
        let clock = Clock::new();
        let result = message.result().unwrap_or(Raw::parse("{}")?);
        let polling = Polling::default();
        let handle = TaskHandle::created(result, client.version(), polling, clock.now());
        match handle.map_err(unexpected)? {
            Some(handle) => {
                let (client, handle) = (client.clone(), Box::new(handle));
                Ok(Self::Task(Task { client, handle, clock, result: None, input: Input::Given }))
            }
            None => Ok(Self::Done(ToolResult::new(message)?)),
        }
    }

    /// The result, for which it waits where there is a task.
    ///
    /// # Errors
    ///
    /// As for [`Task::wait`].
    pub async fn wait(self) -> Result<ToolResult, Error> {
        match self {
            Self::Done(result) => Ok(result),
            Self::Task(task) => task.wait().await,
        }
    }
}

impl Task {
    /// Its id.
    pub fn id(&self) -> &str {
        self.handle.id()
    }

    /// What it was doing when it was last asked about.
    pub fn status(&self) -> Status {
        self.handle.status()
    }

    /// What was said about that.
    pub fn message(&self) -> Option<&str> {
        self.handle.message()
    }

    /// Asks about it when that is due next, and brings it what it needs, as far as the client has somebody who answers. Says what it is
    /// doing; at once, when it has ended. It may be dropped: the next one asks again.
    ///
    /// # Errors
    ///
    /// The server does not know it any more, says something else than the schema, or is gone; what it needs is refused.
    pub async fn poll(&mut self) -> Result<Status, Error> {
        // The answer to one that was dropped does not come any more.
        self.handle.missed(self.clock.now());
        if let Some(due) = self.handle.poll_timeout() {
            sleep_until(self.clock.at(due)).await;
        }
        let Some(params) = self.handle.poll(self.clock.now()) else { return Ok(self.status()) };
        let call = Call::new(Method::GetTask).params(Raw::parse(&params)?);
        match self.client.ask(call, None).await {
            Ok(message) => self.observe(&message).await?,
            Err(error) if error.is_timeout() && !self.handle.is_expired(self.clock.now()) => {
                self.handle.missed(self.clock.now());
            }
            Err(error) => return Err(error),
        }
        Ok(self.status())
    }

    /// Waits until it has ended, and yields what the call would have come to without it.
    ///
    /// # Errors
    ///
    /// That of the call; [`Error::is_cancelled`] when somebody has cancelled it; else as for [`poll`](Self::poll).
    pub async fn wait(mut self) -> Result<ToolResult, Error> {
        self.result().await
    }

    /// The same for a task that stays: it may be dropped, and asked for again.
    ///
    /// # Errors
    ///
    /// As for [`wait`](Self::wait).
    pub async fn result(&mut self) -> Result<ToolResult, Error> {
        while self.result.is_none() && !self.poll().await?.is_terminal() {}
        if self.status() == Status::Cancelled {
            return Err(Error::cancelled());
        }
        let message = match self.result.take() {
            Some(message) => message,
            None => self.ask_result().await?,
        };
        self.result = Some(message.clone());
        if message.error().is_some() {
            return Err(Error::of_peer(message));
        }
        ToolResult::new(message)
    }

    /// Calls it off. It may come to its end all the same.
    ///
    /// # Errors
    ///
    /// The server does not know it, it has ended (MCP 2025-11-25), or the server is gone.
    pub async fn cancel(&self) -> Result<(), Error> {
        let params = self.handle.params();
        let call = Call::new(Method::CancelTask).params(Raw::parse(&params)?);
        self.client.ask(call, None).await.map(drop)
    }

    async fn observe(&mut self, message: &Message) -> Result<(), Error> {
        let task = message.result().ok_or_else(|| unexpected(TaskRule::Malformed))?;
        let now = self.clock.now();
        match self.handle.observe(task, now).map_err(unexpected)? {
            Observed::InputRequired(requests)
                if !requests.is_empty() || self.input == Input::Owed =>
            {
                self.input = Input::Owed;
                self.bring(message).await?;
                self.input = Input::Given;
                Ok(())
            }
            Observed::Completed(Some(result)) => self.take(|out| {
                encode::response(out, &0.into(), result);
            }),
            Observed::Failed(Some(error)) => self.take(|out| write_error(out, error)),
            _ if self.handle.wants_result() && self.status() == Status::InputRequired => {
                // What it needs is asked for while this waits (MCP 2025-11-25).
                self.result = Some(self.ask_result().await?);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Brings the task what it needs.
    async fn bring(&self, message: &Message) -> Result<(), Error> {
        let responses = self.client.inputs.gather(message, self.client.version()).await?;
        let Some(responses) = responses else { return Ok(()) };
        let params = self.handle.update_params(responses.raw());
        let call = Call::new(Method::UpdateTask).params(Raw::parse(&params)?);
        self.client.ask(call, None).await.map(drop)
    }

    /// What the call has come to, for which the server may let wait (MCP 2025-11-25).
    async fn ask_result(&self) -> Result<Message, Error> {
        let params = self.handle.params();
        let for_ever = Patience { idle_ns: 0, total_ns: 0, ..Patience::default() };
        let call = Call::new(Method::TaskResult).params(Raw::parse(&params)?).patience(for_ever);
        self.client.ask(call, None).await
    }

    /// Keeps what the call has come to, as the message that it would have been.
    fn take(&mut self, write: impl FnOnce(&mut Vec<u8>)) -> Result<(), Error> {
        let mut out = Vec::new();
        write(&mut out);
        let mut body = BodyDecoder::default();
        body.feed(&out)?;
        body.end();
        let message = body.poll().and_then(Result::ok);
        self.result = Some(message.ok_or_else(|| unexpected(TaskRule::Malformed))?);
        Ok(())
    }
}

fn write_error(out: &mut Vec<u8>, error: Raw<'_>) {
    let code = error.get("code").and_then(Raw::as_i64).unwrap_or(INTERNAL_ERROR);
    let message = error.get("message").and_then(Raw::string).map(|text| text.decode());
    encode::error(out, Some(&0.into()), code, &message.unwrap_or_default(), error.get("data"));
}

fn unexpected(rule: TaskRule) -> Error {
    Error::unexpected("what the server says about a task", rule)
}

impl fmt::Debug for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Task").field("handle", &self.handle).finish_non_exhaustive()
    }
}

/// The time that a task is wanted to be kept, as MCP 2025-11-25 asks for it.
pub(super) fn milliseconds(ttl: Duration) -> u64 {
    u64::try_from(ttl.as_millis()).unwrap_or(u64::MAX)
}

const INTERNAL_ERROR: i64 = -32603;

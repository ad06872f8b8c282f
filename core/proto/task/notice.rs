//! What the owner of a task may be told about it unasked.

use std::sync::Arc;

use super::entry::Task;
use super::id::TaskId;
use super::status::Form;
use super::wire;
use crate::connection::{Change, Connection, Delivery};
use crate::error::Error;
use crate::json::Raw;
use crate::message::Method;
use crate::version::Feature;

/// A task that has changed, as its notification tells: `notifications/tasks/status` (MCP 2025-11-25) or `notifications/tasks`
/// (extension). Clients poll all the same: nobody has to send it.
#[derive(Clone, Debug)]
pub struct Notice {
    /// The task.
    pub id: TaskId,
    /// Its owner: nobody else may be told.
    pub principal: Arc<[u8]>,
    /// Which of the two notifications it is.
    pub form: Form,
    params: String,
}

impl Notice {
    pub(super) fn of(task: &Task) -> Self {
        let mut params = Vec::new();
        wire::notification_params(&mut params, task);
        let params = String::from_utf8(params).unwrap_or_default();
        Self { id: task.id, principal: task.principal.clone(), form: task.form, params }
    }

    /// The method of the notification.
    pub fn method(&self) -> Method {
        match self.form {
            Form::Core => Method::TaskStatus,
            Form::Extension => Method::TaskNotification,
        }
    }

    /// Its parameters: an object.
    pub fn params(&self) -> Raw<'_> {
        Raw::new(&self.params)
    }

    /// Sends it over a connection of the owner. In MCP 2025-11-25 it goes to the session, in the extension to the subscriptions that name
    /// the task.
    ///
    /// # Errors
    ///
    /// As for [`Connection::notify`] and [`Connection::publish`].
    pub fn send(&self, connection: &mut Connection) -> Result<Delivery, Error> {
        match self.form {
            Form::Extension => {
                connection.publish(Change::Task(&self.id.to_string(), self.params()))?;
            }
            Form::Core => {
                let version = connection.version();
                if !version.is_some_and(|version| version.has(Feature::CoreTasks)) {
                    return Ok(Delivery::Dropped);
                }
                connection.notify(self.method().name(), Some(self.params()), None)?;
            }
        }
        Ok(Delivery::Queued)
    }
}

//! What a task wants to know from its owner, as the registry keeps it.

use std::sync::Weak;

use mcp_engine_proto::RequestId;
use mcp_engine_proto::json::{Raw, write};
use mcp_engine_proto::task::{Status, TaskId, TaskRule};

use super::TaskHost;
use crate::workers::lock;

/// That somebody waits for the owner of a task. With the last one of them the task works on.
pub(crate) struct Asking {
    host: Weak<TaskHost>,
    id: TaskId,
}

impl Asking {
    pub(super) fn new(host: &Weak<TaskHost>, id: TaskId) -> Self {
        Self { host: Weak::clone(host), id }
    }
}

impl TaskHost {
    /// Has a task ask its owner, by keys that it has not used before. Says which.
    pub(super) fn require_input(
        &self,
        id: TaskId,
        requests: &[(String, String)],
    ) -> Result<Vec<String>, TaskRule> {
        self.act(|state, now| {
            let work = state.works.get_mut(&id).ok_or(TaskRule::Unknown)?;
            let mut keys = Vec::with_capacity(requests.len());
            let mut out = Vec::new();
            for (own, request) in requests {
                let key =
                    fresh(own, |key| work.keys.contains(key) || keys.iter().any(|k| k == key));
                out.push(if keys.is_empty() { b'{' } else { b',' });
                write::string(&mut out, &key);
                out.push(b':');
                out.extend_from_slice(request.as_bytes());
                keys.push(key);
            }
            out.push(b'}');
            let requests = Raw::parse_bytes(&out).map_err(|_| TaskRule::InputRequest)?;
            state.tasks.require_input(id, Some(requests), now)?;
            work.keys.extend(keys.iter().cloned());
            work.asking = work.asking.saturating_add(1);
            Ok(keys)
        })
    }

    pub(super) fn wait_for_owner(&self, id: TaskId) {
        self.act(|state, now| {
            let Some(work) = state.works.get_mut(&id) else { return };
            work.asking = work.asking.saturating_add(1);
            if state.tasks.status(id) == Some(Status::Working) {
                // It works and may wait.
                let _ = state.tasks.require_input(id, None, now);
            }
        });
    }

    fn stop_waiting(&self, id: TaskId) {
        self.act(|state, now| {
            let Some(work) = state.works.get_mut(&id) else { return };
            work.asking = work.asking.saturating_sub(1);
            if work.asking == 0 && state.tasks.status(id) == Some(Status::InputRequired) {
                // It waits and may work.
                let _ = state.tasks.resume(id, now);
            }
        });
    }

    /// A request of that connection that waits for the result of a task.
    pub(super) fn waiting_request(&self, id: TaskId, connection: Option<u64>) -> Option<RequestId> {
        let state = lock(&self.state);
        let mut waiters = state.tasks.waiters(id);
        waiters.find(|waiter| waiter.connection == connection).map(|waiter| waiter.request.clone())
    }
}

impl Drop for Asking {
    fn drop(&mut self) {
        if let Some(host) = self.host.upgrade() {
            host.stop_waiting(self.id);
        }
    }
}

/// A key that begins with that one and is not taken.
fn fresh(own: &str, is_taken: impl Fn(&str) -> bool) -> String {
    let mut key = own.to_owned();
    let mut number = 1_u32;
    while is_taken(&key) {
        number = number.saturating_add(1);
        key = format!("{own}-{number}");
    }
    key
}

//! What the owner of a task has answered, until whoever has asked takes it.

use std::collections::HashMap;
use std::pin::pin;
use std::sync::Mutex;

use mcp_engine_proto::json::Raw;
use mcp_engine_proto::model::Json;
use tokio::sync::Notify;

use crate::workers::lock;

/// Answers by their keys. There are no more than were asked for, which the limits of tasks bound.
#[derive(Debug, Default)]
pub(super) struct Inbox {
    given: Mutex<HashMap<String, Json<'static>>>,
    arrived: Notify,
}

impl Inbox {
    /// Puts in what has come: an object with an answer for each key.
    pub(super) fn put(&self, responses: &str) {
        let Ok(responses) = Raw::parse(responses) else { return };
        let members = responses.members().into_iter().flatten();
        let members = members
            .map(|(key, response)| (key.decode().into_owned(), Json::from(response).into_owned()));
        lock(&self.given).extend(members);
        self.arrived.notify_waiters();
    }

    /// Waits for an answer to each of these keys, and takes them out.
    pub(super) async fn take(&self, keys: &[String]) -> Vec<Json<'static>> {
        loop {
            let mut arrived = pin!(self.arrived.notified());
            // What comes from here on is not missed.
            arrived.as_mut().enable();
            if let Some(all) = self.take_all(keys) {
                return all;
            }
            arrived.await;
        }
    }

    fn take_all(&self, keys: &[String]) -> Option<Vec<Json<'static>>> {
        let mut given = lock(&self.given);
        if !keys.iter().all(|key| given.contains_key(key)) {
            return None;
        }
        keys.iter().map(|key| given.remove(key)).collect()
    }
}

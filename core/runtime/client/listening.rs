//! A subscription of the modern era: to be told of changes (MCP 2026-07-28, subscriptions).

use std::future::poll_fn;

use mcp_engine_proto::json::Raw;
use mcp_engine_proto::model::{
    Json, SubscriptionFilter, SubscriptionsAcknowledgedNotificationParams,
};
use mcp_engine_proto::version::{Era, Version};
use mcp_engine_proto::{Message, RequestId};

use super::Client;
use crate::driver::Settled;
use crate::error::Error;
use crate::peer::Peer;

/// A subscription that is open. What it brings goes to whoever hears notifications; to drop it is to end it.
#[derive(Debug)]
#[must_use = "to drop it is to end it"]
pub struct Listening {
    peer: Peer,
    id: RequestId,
    acknowledged: Option<Message>,
}

impl Client {
    /// Wants to be told of changes, and waits until the server has agreed.
    ///
    /// # Errors
    ///
    /// In the legacy era, where a client is told without asking, and of resources by [`subscribe`](Self::subscribe); the server refuses, or is
    /// gone.
    pub async fn listen(&self, filter: &SubscriptionFilter<'_>) -> Result<Listening, Error> {
        if self.version.era() == Era::Legacy {
            return Err(Error::unsupported("a subscription to changes in the legacy era"));
        }
        self.listen_to(Json::of(filter, Version::V2026_07_28).raw()).await
    }

    /// The same with a filter as it is spelled.
    pub(crate) async fn listen_to(&self, filter: Raw<'_>) -> Result<Listening, Error> {
        let id = self.peer.shared().attempt(|state, now| {
            let id = state.connection.listen(filter, now)?;
            state.calls.wait(&id, None);
            Ok(id)
        })?;
        let mut listening = Listening { peer: self.peer.clone(), id, acknowledged: None };
        match listening.settled().await {
            Settled::Answered(message) if message.error().is_some() => Err(Error::of_peer(message)),
            Settled::Failed(error) => Err(error),
            Settled::Answered(message) | Settled::InputRequired(message, _) => {
                listening.acknowledged = Some(message);
                Ok(listening)
            }
        }
    }
}

impl Listening {
    /// The id of the subscription, which its notifications carry.
    pub fn id(&self) -> &RequestId {
        &self.id
    }

    /// What the server has agreed to tell, which may be less than was asked for.
    ///
    /// # Errors
    ///
    /// The server has said something else than the schema.
    pub fn agreed(&self) -> Result<SubscriptionFilter<'_>, Error> {
        let params = self.acknowledged.as_ref().and_then(Message::params);
        let params = params.ok_or_else(Error::closed)?;
        let read = SubscriptionsAcknowledgedNotificationParams::read(params);
        let read = read.map_err(|error| Error::unexpected("the acknowledgement", error))?;
        Ok(read.notifications)
    }

    async fn settled(&self) -> Settled {
        let shared = self.peer.shared();
        poll_fn(|cx| match shared.lock().calls.poll(&self.id, cx.waker()) {
            Some(settled) => std::task::Poll::Ready(settled),
            None => std::task::Poll::Pending,
        })
        .await
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        let Self { peer, id, .. } = self;
        peer.shared().lock().calls.forget(id);
        // It may have ended before.
        let _ = peer.shared().with(|state, now| state.connection.cancel(id, None, now));
    }
}

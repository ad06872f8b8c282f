//! Subscriptions: to be told when a resource, or what the server has, changes.

use core::ffi::c_char;
use std::sync::Arc;

use mcp_engine::model::SubscriptionFilter;
use mcp_engine::version::Era;
use mcp_engine_c::pointer::Ptr;
use mcp_engine_c::status::{Failure, MCPE_ERR_ANSWER, mcpe_status};
use mcp_engine_c::text::{json, text};

use super::{Session, mcpe_client, session_of};
use crate::responder::lock;
use crate::runtime::wait;
use crate::{DONE, Error, boundary};

/// Wants to be told when a resource changes, in every revision: the client's `notification` hears it. Waits until the server has agreed. Reads the client.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_client_subscribe(
    client: mcpe_client,
    uri: Ptr<c_char>,
    uri_len: usize,
) -> mcpe_status {
    about_resource(client, text!(uri, uri_len), |session, uri| async move {
        match session.client.version().era() {
            Era::Legacy => Ok(session.client.subscribe(&uri).await?),
            Era::Modern => {
                let filter = SubscriptionFilter::new();
                let filter = filter.resource_subscriptions(vec![uri.clone().into()]);
                session.listen(uri, &filter).await
            }
        }
    })
}

/// Does not want that any more. Waits. Reads the client.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_client_unsubscribe(
    client: mcpe_client,
    uri: Ptr<c_char>,
    uri_len: usize,
) -> mcpe_status {
    about_resource(client, text!(uri, uri_len), |session, uri| async move {
        match session.client.version().era() {
            Era::Legacy => Ok(session.client.unsubscribe(&uri).await?),
            Era::Modern => {
                let ended = lock(&session.listening).remove(&uri);
                drop(ended);
                Ok(())
            }
        }
    })
}

/// Wants to be told of what a `SubscriptionFilter` names, in place of what an earlier call has named (MCP 2026-07-28; before that, a server tells without
/// being asked, and this is `MCPE_ERR_UNSUPPORTED`). Waits until the server has agreed. Reads the client.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_client_listen(
    client: mcpe_client,
    filter: Ptr<c_char>,
    filter_len: usize,
) -> mcpe_status {
    boundary(|| {
        let filter = json!(filter, filter_len)?;
        let filter = SubscriptionFilter::read(filter).map(SubscriptionFilter::into_owned);
        let filter = filter
            .map_err(|error| Error::told(MCPE_ERR_ANSWER, "caller", "schema", error.to_string()))?;
        let session = session_of(client)?;
        wait(async move { session.listen(String::new(), &filter).await })?;
        DONE
    })
}

/// Does something about one resource, and waits for it.
fn about_resource<W>(
    client: mcpe_client,
    uri: Result<&str, Failure>,
    work: impl FnOnce(Arc<Session>, String) -> W,
) -> mcpe_status
where
    W: Future<Output = Result<(), Error>> + Send + 'static,
{
    boundary(|| {
        let uri = uri?.to_owned();
        wait(work(session_of(client)?, uri))?;
        DONE
    })
}

impl Session {
    async fn listen(&self, key: String, filter: &SubscriptionFilter<'_>) -> Result<(), Error> {
        let listening = self.client.listen(filter).await?;
        let before = lock(&self.listening).insert(key, listening);
        // It ends when the other one is open, and outside of the lock.
        drop(before);
        Ok(())
    }
}

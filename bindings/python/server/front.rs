//! What stands before the router of a server: completions, which Python makes, and the connection, which is remembered so that it can be ended.

use std::sync::{Arc, OnceLock};

use mcp_engine::connection::Event;
use mcp_engine::{Handler, Method, Notification, Origin, Peer, Request, Responder, Served};
use tower_layer::Layer;

use super::desk::Desk;
use super::pending::{Matter, Pending};

/// Puts a [`Front`] before a handler.
pub(crate) struct Fronts {
    pub(crate) desk: Arc<Desk>,
    /// What Python has registered for completions, if anything.
    pub(crate) completion: Option<u64>,
    pub(crate) peer: Arc<OnceLock<Peer>>,
}

/// A handler with something before it.
pub(crate) struct Front {
    fronts: Fronts,
    behind: Arc<dyn Handler>,
}

impl Layer<Arc<dyn Handler>> for Fronts {
    type Service = Front;

    fn layer(&self, behind: Arc<dyn Handler>) -> Front {
        let (desk, peer) = (Arc::clone(&self.desk), Arc::clone(&self.peer));
        Front { fronts: Self { desk, completion: self.completion, peer }, behind }
    }
}

impl Handler for Front {
    fn request(&self, request: Request, responder: Responder<'_>) -> Served {
        let Fronts { desk, completion, peer } = &self.fronts;
        if let (None, Some(own)) = (peer.get(), request.context().peer()) {
            // Whoever was first is as good.
            let _ = peer.set(own);
        }
        match (request.message().method(), completion) {
            (Some(Method::Complete), Some(entry)) => {
                Pending::serve(desk, *entry, Matter::Completion, request, responder)
            }
            _ => self.behind.request(request, responder),
        }
    }

    fn notification(&self, notification: Notification) {
        self.behind.notification(notification);
    }

    fn event(&self, event: Event, origin: &Origin) {
        if let Some(own) = origin.peer() {
            // Whoever was first is as good.
            let _ = self.fronts.peer.set(own);
        }
        self.behind.event(event, origin);
    }
}

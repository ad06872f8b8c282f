//! Who is told when something has changed: every connection of a server, each as far as its client wants to know.

use std::fmt;
use std::sync::{Arc, Mutex, Weak};

use mcp_engine_proto::connection::Change;
use mcp_engine_proto::task::Notice;
use slab::Slab;

use crate::workers::lock;

/// Tells the clients of a server what has changed. Clones speak to the same clients.
///
/// ```
/// use mcp_engine_proto::connection::Change;
/// use mcp_engine_runtime::server::Changes;
///
/// let changes = Changes::default();
/// changes.publish(Change::Resource("notes://today"));
/// assert_eq!(changes.listeners(), 0, "nobody is connected");
/// ```
#[derive(Clone, Default)]
pub struct Changes {
    sinks: Arc<Mutex<Slab<Weak<dyn Sink>>>>,
}

/// Something that passes changes on to clients.
pub(crate) trait Sink: Send + Sync {
    fn publish(&self, change: Change<'_>);

    /// Tells those who listen alone, of one principal.
    fn publish_to(&self, principal: Option<&str>, change: Change<'_>) {
        let _ = (principal, change);
    }

    /// Tells the owner of a task, and nobody else, that it has changed.
    fn tell(&self, notice: &Notice);
}

/// That a sink is told of changes, until this is dropped.
pub(crate) struct Listening {
    changes: Changes,
    key: usize,
}

impl Changes {
    /// Tells every client that wants to know.
    pub fn publish(&self, change: Change<'_>) {
        self.sinks().for_each(|sink| sink.publish(change));
    }

    /// Tells the subscriptions of one principal that stand alone, as in the modern era over HTTP; those of connections are not told.
    pub(crate) fn publish_to(&self, principal: Option<&str>, change: Change<'_>) {
        self.sinks().for_each(|sink| sink.publish_to(principal, change));
    }

    pub(crate) fn tell(&self, notice: &Notice) {
        self.sinks().for_each(|sink| sink.tell(notice));
    }

    /// How many connections are told.
    pub fn listeners(&self) -> usize {
        lock(&self.sinks).len()
    }

    fn sinks(&self) -> impl Iterator<Item = Arc<dyn Sink>> + use<> {
        // A sink may take locks of its own, so none is held while it is told.
        let sinks: Vec<_> = lock(&self.sinks).iter().map(|(_, sink)| Weak::clone(sink)).collect();
        sinks.into_iter().filter_map(|sink| sink.upgrade())
    }

    pub(crate) fn listen(&self, sink: Weak<dyn Sink>) -> Listening {
        Listening { changes: self.clone(), key: lock(&self.sinks).insert(sink) }
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        lock(&self.changes.sinks).try_remove(self.key);
    }
}

impl fmt::Debug for Changes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Changes").field("listeners", &self.listeners()).finish()
    }
}

impl fmt::Debug for Listening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Listening").field("key", &self.key).finish_non_exhaustive()
    }
}

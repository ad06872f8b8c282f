//! `mcp-engine proxy`: a server on any transport and of any revision, for clients on any other.

use std::sync::{Arc, Mutex, PoisonError};

use mcp_engine_runtime::proxy::{Proxy, ProxyLimits};
use mcp_engine_runtime::transport::Child;
use mcp_engine_schema::{HeaderTables, Limits};

use crate::failure::Failure;
use crate::front::Front;
use crate::target::Target;

/// Serve a server again: on another transport, and for clients of every revision
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    front: Front,

    #[command(flatten)]
    target: Target,
}

pub(crate) async fn run(args: Args) -> Result<(), Failure> {
    let Args { front, target } = args;
    let limits = ProxyLimits { silence: target.patience(), ..ProxyLimits::default() };
    let (target, children) = (Arc::new(target), Children::default());
    target.assert_sound()?;
    let started = children.clone();
    let connect = move |upstream| {
        let (target, started) = (Arc::clone(&target), started.clone());
        async move {
            let connected = target.connect(upstream).await?;
            connected.child.into_iter().for_each(|child| started.add(child));
            Ok::<_, Failure>(connected.client)
        }
    };
    let proxy = Proxy::builder("mcp-engine", env!("CARGO_PKG_VERSION"), connect);
    let tables = HeaderTables::new(Limits::default());
    let proxy = proxy.limits(limits).tool_headers(tables).build()?;
    let served = front.serve(&proxy).await;
    proxy.close().await;
    children.end().await;
    served
}

/// The programs that were started, to be waited for in the end.
#[derive(Clone, Default)]
struct Children(Arc<Mutex<Vec<Child>>>);

impl Children {
    fn add(&self, child: Child) {
        let mut children = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        children.retain(|child| child.status().is_none());
        children.push(child);
    }

    async fn end(&self) {
        let children = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        for child in children {
            // However it has ended, it is gone.
            let _ = child.shutdown().await;
        }
    }
}

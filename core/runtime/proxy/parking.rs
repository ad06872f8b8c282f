//! Requests that wait until their clients come again with what the server has asked for.
//!
//! The request stays open at the server; its client got a result that asks, and the number of the request, sealed for one principal and one
//! request. It is good for one time: whoever comes again takes the request out.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use tokio::task::AbortHandle;
use tokio::time::sleep;

use super::Shared;
use super::limits::ProxyLimit;
use super::relay::Relay;
use crate::workers::lock;

/// The requests that are parked, by number.
#[derive(Debug, Default)]
pub(super) struct Parking {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    next: u64,
    parked: BTreeMap<u64, Parked>,
}

#[derive(Debug)]
struct Parked {
    relay: Relay,
    principal: Option<Arc<str>>,
    alarm: Alarm,
}

/// What ends a request that is parked for too long, unless this is dropped before.
#[derive(Debug)]
struct Alarm(AbortHandle);

impl Shared {
    /// Parks a request, and says under which number.
    ///
    /// # Errors
    ///
    /// There are too many.
    pub(super) fn park(
        self: &Arc<Self>,
        relay: Relay,
        principal: Option<Arc<str>>,
    ) -> Result<u64, ProxyLimit> {
        let mut state = lock(&self.parking.state);
        let own = state.parked.values().filter(|parked| parked.principal == principal).count();
        let refused = if state.parked.len() >= self.limits.parked as usize {
            Some(ProxyLimit::Parked)
        } else if own >= self.limits.parked_each as usize {
            Some(ProxyLimit::ParkedEach)
        } else {
            None
        };
        if let Some(limit) = refused {
            // To drop a request is to tell the server.
            drop(state);
            drop(relay);
            return Err(self.tally.count(limit));
        }
        let number = state.next;
        state.next = number.wrapping_add(1);
        let (proxy, parked_time) = (Arc::downgrade(self), self.limits.parked_time);
        let alarm = tokio::spawn(async move {
            sleep(parked_time).await;
            let Some(proxy) = proxy.upgrade() else { return };
            if proxy.unpark(number).is_some() {
                proxy.tally.count(ProxyLimit::ParkedTime);
            }
        });
        let alarm = Alarm(alarm.abort_handle());
        state.parked.insert(number, Parked { relay, principal, alarm });
        Ok(number)
    }

    /// Takes a request out again.
    pub(super) fn unpark(&self, number: u64) -> Option<Relay> {
        let parked = lock(&self.parking.state).parked.remove(&number)?;
        let Parked { relay, alarm, .. } = parked;
        drop(alarm);
        Some(relay)
    }
}

impl Parking {
    pub(super) fn len(&self) -> usize {
        lock(&self.state).parked.len()
    }

    /// Everything is over.
    pub(super) fn clear(&self) {
        let parked = std::mem::take(&mut lock(&self.state).parked);
        drop(parked);
    }
}

impl Drop for Alarm {
    fn drop(&mut self) {
        self.0.abort();
    }
}

//! Requests that wait until their clients come again with what the server has asked for.
//!
//! The request stays open at the server; its client got a result that asks, and the number of the request, sealed for one principal and one
//! request. It is good for one time: whoever comes again takes the request out.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use tokio::task::AbortHandle;
use tokio::time::sleep;

use super::Shared;
use super::limits::ProxyLimit;
use super::lines::Owner;
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
    parked: HashMap<u64, Parked>,
}

#[derive(Debug)]
struct Parked {
    relay: Relay,
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
    pub(super) fn park(self: &Arc<Self>, relay: Relay) -> Result<u64, ProxyLimit> {
        let mut state = lock(&self.parking.state);
        let is_own = |parked: &&Parked| parked.relay.owner() == relay.owner();
        let own = state.parked.values().filter(is_own).count();
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
            let late = lock(&proxy.parking.state).parked.remove(&number);
            if late.is_some() {
                proxy.tally.count(ProxyLimit::ParkedTime);
            }
        });
        let alarm = Alarm(alarm.abort_handle());
        state.parked.insert(number, Parked { relay, alarm });
        Ok(number)
    }

    /// Takes a request out again, for whoever it is of.
    pub(super) fn unpark(&self, number: u64, owner: &Owner) -> Option<Relay> {
        let mut state = lock(&self.parking.state);
        if state.parked.get(&number)?.relay.owner() != owner {
            return None;
        }
        let Parked { relay, alarm } = state.parked.remove(&number)?;
        drop(alarm);
        Some(relay)
    }
}

impl Parking {
    /// Gives up those of a connection that is over.
    pub(super) fn forget(&self, owner: &Owner) {
        let mut state = lock(&self.state);
        let own = state.parked.extract_if(|_, parked| parked.relay.owner() == owner);
        let own: Vec<_> = own.collect();
        drop(state);
        drop(own);
    }

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

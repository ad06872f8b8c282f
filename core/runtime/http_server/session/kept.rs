//! The event streams of a session, and what they keep of what all sessions may keep.

use std::sync::atomic::Ordering;

use bytes::Bytes;
use mcp_engine_proto::Now;
use mcp_engine_proto::http::{Attachment, Published, StreamNumber, Streams};

use crate::http_server::limits::HttpServerLimit;
use crate::http_server::site::Site;

/// The streams, made with the first of them: most sessions have none.
#[derive(Default)]
pub(super) struct Kept {
    streams: Option<Box<Streams>>,
    /// Bytes that count as kept by all sessions together.
    counted: u64,
}

impl Kept {
    /// The streams, for what can only make them keep less.
    pub(super) fn made(&mut self, site: &Site) -> &mut Streams {
        self.streams.get_or_insert_with(|| Box::new(Streams::new(&site.gate.limits)))
    }

    /// Puts a message onto a stream, and keeps it where there is room for it.
    pub(super) fn publish(
        &mut self,
        stream: StreamNumber,
        message: Bytes,
        site: &Site,
    ) -> Option<Published> {
        let published = self.streams.as_mut()?.publish(stream, message)?;
        self.count(site);
        if site.kept.load(Ordering::Relaxed) > site.config.limits.kept_bytes {
            site.tally.count(HttpServerLimit::KeptBytes);
            self.streams.as_mut()?.forget_kept();
            self.count(site);
        }
        Some(published)
    }

    pub(super) fn finish(&mut self, stream: StreamNumber, now: Now) {
        if let Some(streams) = &mut self.streams {
            streams.finish(stream, now);
        }
    }

    pub(super) fn detach(&mut self, attachment: Attachment) {
        if let Some(streams) = &mut self.streams {
            streams.detach(attachment);
        }
    }

    /// Nothing is kept any more.
    pub(super) fn give_back(&mut self, site: &Site) {
        self.streams = None;
        self.count(site);
    }

    fn count(&mut self, site: &Site) {
        let kept = self.streams.as_ref().map_or(0, |streams| streams.kept_bytes() as u64);
        // What is less now is added as its complement: the sum wraps to what it should be.
        site.kept.fetch_add(kept.wrapping_sub(self.counted), Ordering::Relaxed);
        self.counted = kept;
    }
}

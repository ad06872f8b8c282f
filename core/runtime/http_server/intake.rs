//! Bodies of requests: read within their limits, and decoded in place.
//!
//! Nearly every body has come with its head, in one piece; it is decoded at once, by a decoder that is borrowed for no longer than that.
//! One that comes in pieces goes into a decoder of its own as it comes, and is counted until it is complete.

use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::Body;
use mcp_engine_proto::http::{self as rules, HttpLimit, Post, Rejection};
use mcp_engine_proto::{BodyDecoder, Message, Refusal, RequestId};
use tokio::time::Sleep;

use super::limits::HttpServerLimit;
use super::response::Refused;
use super::site::Site;

/// What a body held.
#[derive(Debug)]
pub(super) enum Verdicts {
    One(Result<Message, Refusal>),
    /// A batch.
    Many(Vec<Result<Message, Refusal>>),
}

impl Verdicts {
    pub(super) fn as_slice(&self) -> &[Result<Message, Refusal>] {
        match self {
            Self::One(verdict) => std::slice::from_ref(verdict),
            Self::Many(verdicts) => verdicts,
        }
    }

    pub(super) fn body(&self) -> Option<rules::Body<'_>> {
        rules::Body::of(self.as_slice())
    }

    /// The id to refuse a request with.
    pub(super) fn request_id(&self) -> Option<RequestId> {
        let [verdict] = self.as_slice() else { return None };
        let id = match verdict {
            Ok(message) => message.method_name().and(message.id()),
            // The id of a broken answer is that of a request of our own.
            Err(refusal) => refusal.id().filter(|_| refusal.message().is_some() || refusal.asks()),
        };
        id.map(|id| id.to_owned())
    }

    pub(super) fn into_vec(self) -> Vec<Result<Message, Refusal>> {
        match self {
            Self::One(verdict) => vec![verdict],
            Self::Many(verdicts) => verdicts,
        }
    }
}

/// Refuses a body that is longer than it may be.
pub(super) trait CheckLength {
    fn check_length(&self, bytes: u64) -> Result<(), Rejection>;
}

impl CheckLength for Post<'_> {
    fn check_length(&self, bytes: u64) -> Result<(), Rejection> {
        Post::check_length(self, bytes)
    }
}

impl CheckLength for rules::SsePost<'_> {
    fn check_length(&self, bytes: u64) -> Result<(), Rejection> {
        rules::SsePost::check_length(self, bytes)
    }
}

/// Reads the body of a request.
pub(super) async fn read<B>(
    site: &Arc<Site>,
    post: &impl CheckLength,
    body: B,
) -> Result<Verdicts, Refused>
where
    B: Body<Data = Bytes>,
{
    let mut body = pin!(body);
    let mut reading = Reading { site, alarm: None, unfinished: 0 };
    let first = reading.next(body.as_mut()).await?.unwrap_or_default();
    post.check_length(first.len() as u64)?;
    if body.is_end_stream() {
        return site.with_decoder(|decoder| {
            feed(decoder, &first)?;
            Ok(decoded(decoder))
        });
    }
    let mut decoder = site.new_decoder();
    reading.count(first.len())?;
    feed(&mut decoder, &first)?;
    drop(first);
    while let Some(piece) = reading.next(body.as_mut()).await? {
        reading.count(piece.len())?;
        post.check_length(reading.unfinished)?;
        feed(&mut decoder, &piece)?;
    }
    Ok(decoded(&mut decoder))
}

fn feed(decoder: &mut BodyDecoder, piece: &[u8]) -> Result<(), Refused> {
    decoder.feed(piece).map_err(|_| Rejection::from(HttpLimit::BodyBytes).into())
}

fn decoded(decoder: &mut BodyDecoder) -> Verdicts {
    decoder.end();
    // There is always one: an empty body is no JSON, which is said.
    let mut verdicts = std::iter::from_fn(|| decoder.poll());
    match (verdicts.next(), verdicts.next()) {
        (Some(only), None) => Verdicts::One(only),
        (first, second) => {
            Verdicts::Many(first.into_iter().chain(second).chain(verdicts).collect())
        }
    }
}

/// A body that is being read. What has come of it counts until it is complete or given up.
struct Reading<'a> {
    site: &'a Site,
    /// Set when the body lets wait for itself.
    alarm: Option<Pin<Box<Sleep>>>,
    unfinished: u64,
}

impl Reading<'_> {
    async fn next<B>(&mut self, mut body: Pin<&mut B>) -> Result<Option<Bytes>, Refused>
    where
        B: Body<Data = Bytes>,
    {
        loop {
            let frame = std::future::poll_fn(|cx| self.poll_frame(body.as_mut(), cx)).await?;
            let Some(frame) = frame else { return Ok(None) };
            // Trailers say nothing here.
            if let Ok(data) = frame.into_data() {
                return Ok(Some(data));
            }
        }
    }

    fn poll_frame<B: Body<Data = Bytes>>(
        &mut self,
        body: Pin<&mut B>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Option<http_body::Frame<Bytes>>, Refused>> {
        match body.poll_frame(cx) {
            Poll::Ready(Some(Ok(frame))) => return Poll::Ready(Ok(Some(frame))),
            Poll::Ready(Some(Err(_))) => return Poll::Ready(Err(Refused::Broken)),
            Poll::Ready(None) => return Poll::Ready(Ok(None)),
            Poll::Pending => {}
        }
        let time = self.site.config.limits.body_time;
        let alarm = self.alarm.get_or_insert_with(|| Box::pin(tokio::time::sleep(time)));
        alarm.as_mut().poll(cx).map(|()| Err(HttpServerLimit::BodyTime.into()))
    }

    fn count(&mut self, bytes: usize) -> Result<(), Refused> {
        let bytes = bytes as u64;
        self.unfinished = self.unfinished.saturating_add(bytes);
        let before = self.site.unfinished.fetch_add(bytes, Ordering::Relaxed);
        let most = u64::from(self.site.config.limits.unfinished_bytes);
        if before.saturating_add(bytes) > most {
            return Err(HttpServerLimit::UnfinishedBytes.into());
        }
        Ok(())
    }
}

impl Drop for Reading<'_> {
    fn drop(&mut self) {
        give_back(&self.site.unfinished, self.unfinished);
    }
}

fn give_back(count: &AtomicU64, bytes: u64) {
    if bytes > 0 {
        count.fetch_sub(bytes, Ordering::Relaxed);
    }
}

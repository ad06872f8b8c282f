//! The transport: text messages of a WebSocket.

use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_util::{Sink, Stream};
use mcp_engine_proto::connection::{Fin, Framing, StreamId, Transmit, TransmitBuf};
use mcp_engine_proto::{BodyDecoder, Duplicates, Limits, Pool};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::error::ProtocolError;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Error, Message as Frame, Utf8Bytes};

use crate::transport::{Arrival, Read, Transport};

/// Messages over a WebSocket, as a transport.
#[derive(Debug)]
pub struct WebSocket<S> {
    stream: WebSocketStream<S>,
    limits: Limits,
    duplicates: Duplicates,
    pool: Pool,
    decoder: BodyDecoder,
    buffer: TransmitBuf,
    waiting: VecDeque<Utf8Bytes>,
    waiting_bytes: usize,
    most_waiting: usize,
    closing: Closing,
}

/// How far the connection is on its way to the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Closing {
    Not,
    /// It was said that nothing more comes.
    Said,
}

impl<S> WebSocket<S> {
    pub(super) fn new(stream: WebSocketStream<S>, limits: &Limits) -> Self {
        Self {
            stream,
            limits: *limits,
            duplicates: Duplicates::default(),
            decoder: BodyDecoder::new(limits, Duplicates::default(), Pool::default()),
            pool: Pool::default(),
            buffer: TransmitBuf::new(Framing::Bare),
            waiting: VecDeque::new(),
            waiting_bytes: 0,
            most_waiting: super::WRITE_AHEAD,
            closing: Closing::Not,
        }
    }

    /// One of many, all of which read into memory of that pool: one on which nothing comes holds none of it. For servers. To be said before
    /// anything is read.
    ///
    /// ```no_run
    /// use mcp_engine_proto::http::HostPolicy;
    /// use mcp_engine_proto::{Limits, Pool};
    /// use mcp_engine_runtime::server::Server;
    /// use mcp_engine_runtime::websocket;
    ///
    /// async fn serve(server: Server, listener: tokio::net::TcpListener) -> std::io::Result<()> {
    ///     let pool = Pool::default();
    ///     loop {
    ///         let (socket, _) = listener.accept().await?;
    ///         let (server, pool) = (server.clone(), pool.clone());
    ///         tokio::spawn(async move {
    ///             let (hosts, limits) = (HostPolicy::default(), Limits::default());
    ///             if let Ok(socket) = websocket::accept(socket, &hosts, &limits).await {
    ///                 drop(server.serve(socket.pooled(&pool)).await);
    ///             }
    ///         });
    ///     }
    /// }
    /// ```
    #[must_use]
    pub fn pooled(self, pool: &Pool) -> Self {
        Self { pool: pool.clone(), ..self }.reading()
    }

    /// One that judges equal keys in one object so. To be said before anything is read.
    #[must_use]
    pub fn duplicates(self, duplicates: Duplicates) -> Self {
        Self { duplicates, ..self }.reading()
    }

    fn reading(self) -> Self {
        let decoder = BodyDecoder::new(&self.limits, self.duplicates, self.pool.clone());
        Self { decoder, ..self }
    }
}

impl<S: AsyncRead + AsyncWrite + Send + Unpin + 'static> WebSocket<S> {
    /// Tells the other side why this is over, and takes in what has come already: to close a socket with something unread in it resets the
    /// connection, which may overtake the reason.
    fn refuse(&mut self, cx: &mut Context<'_>, code: CloseCode, reason: &'static str) {
        crate::trace::websocket_refused(code.into(), reason);
        let close = Frame::Close(Some(CloseFrame { code, reason: reason.into() }));
        // Whether there is room for it or not, the connection is broken off.
        if Pin::new(&mut self.stream).poll_ready(cx).is_ready()
            && Pin::new(&mut self.stream).start_send(close).is_ok()
        {
            let _ = Pin::new(&mut self.stream).poll_flush(cx);
        }
        self.closing = Closing::Said;
        self.discard(cx);
    }

    fn discard(&mut self, cx: &mut Context<'_>) {
        let mut discarded = [0; 4 << 10];
        for _ in 0..DISCARDED {
            let mut buffer = ReadBuf::new(&mut discarded);
            let read = Pin::new(self.stream.get_mut()).poll_read(cx, &mut buffer);
            if !matches!(read, Poll::Ready(Ok(()))) || buffer.filled().is_empty() {
                return;
            }
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Send + Unpin + 'static> Transport for WebSocket<S> {
    fn next(&mut self) -> Option<Arrival> {
        self.decoder.poll().map(|verdict| Arrival::Message(StreamId::MAIN, verdict))
    }

    fn poll_read(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Read>> {
        loop {
            match ready!(Pin::new(&mut self.stream).poll_next(cx)) {
                Some(Ok(Frame::Text(text))) => {
                    self.decoder.feed(text.as_bytes()).map_err(io::Error::other)?;
                    self.decoder.end();
                    return Poll::Ready(Ok(Read::More));
                }
                Some(Ok(Frame::Binary(_))) => {
                    self.refuse(cx, CloseCode::Unsupported, "messages are text");
                    return Poll::Ready(Err(io::Error::other("a binary message has come")));
                }
                // The library answers them by itself.
                Some(Ok(Frame::Ping(_) | Frame::Pong(_) | Frame::Frame(_))) => {}
                Some(Ok(Frame::Close(_))) | None => return Poll::Ready(Ok(Read::End)),
                Some(Err(error)) => {
                    if let Some((code, reason)) = reproach(&error) {
                        self.refuse(cx, code, reason);
                    }
                    return Poll::Ready(ended(error));
                }
            }
        }
    }

    fn buffer(&mut self) -> Option<&mut TransmitBuf> {
        (self.waiting_bytes < self.most_waiting).then(|| {
            self.buffer.clear();
            &mut self.buffer
        })
    }

    fn send(&mut self, transmit: Transmit) {
        debug_assert_eq!(transmit.fin, Fin::Open, "there is one stream, which does not end");
        let copied =
            |range: std::ops::Range<usize>| self.buffer.bytes.get(range).unwrap_or_default();
        let (head, tail) = (copied(transmit.head), copied(transmit.tail));
        let body = transmit.body.as_deref().unwrap_or_default();
        let message = [head, body, tail].concat();
        if message.is_empty() {
            return;
        }
        self.waiting_bytes = self.waiting_bytes.saturating_add(message.len());
        // What a connection writes is JSON, and so UTF-8.
        let text = String::from_utf8(message).unwrap_or_default();
        self.waiting.push_back(text.into());
    }

    fn poll_write(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.waiting.is_empty() {
            ready!(Pin::new(&mut self.stream).poll_ready(cx)).map_err(failed)?;
            let Some(text) = self.waiting.pop_front() else { break };
            self.waiting_bytes = self.waiting_bytes.saturating_sub(text.len());
            Pin::new(&mut self.stream).start_send(Frame::Text(text)).map_err(failed)?;
        }
        Pin::new(&mut self.stream).poll_flush(cx).map_err(failed)
    }

    fn poll_close(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.closing == Closing::Not {
            ready!(self.poll_write(cx))?;
            self.closing = Closing::Said;
        }
        Pin::new(&mut self.stream).poll_close(cx).map_err(failed)
    }
}

/// What is told to the other side when it is its fault.
fn reproach(error: &Error) -> Option<(CloseCode, &'static str)> {
    match error {
        Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => None,
        Error::Protocol(_) => Some((CloseCode::Protocol, "the frame is none of RFC 6455")),
        Error::Utf8(_) => Some((CloseCode::Invalid, "text is UTF-8")),
        Error::Capacity(_) => Some((CloseCode::Size, "the message is too long")),
        _ => None,
    }
}

/// What an error of reading means: some are just the end.
fn ended(error: Error) -> io::Result<Read> {
    match error {
        Error::ConnectionClosed | Error::AlreadyClosed => Ok(Read::End),
        error => Err(failed(error)),
    }
}

fn failed(error: Error) -> io::Error {
    match error {
        Error::Io(error) => error,
        Error::ConnectionClosed | Error::AlreadyClosed => io::ErrorKind::BrokenPipe.into(),
        Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => {
            io::ErrorKind::ConnectionReset.into()
        }
        error => io::Error::other(error),
    }
}

/// So many pieces of what comes after a refusal are taken in before the connection is closed.
const DISCARDED: usize = 1 << 10;

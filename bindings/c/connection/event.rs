//! What a connection tells its application.

use mcp_engine::connection::{Closing, Context, Ending, Event, Failure as Lost, LoggingLevel};
use mcp_engine::{Message, RequestId};

use super::{Conversation, mcpe_connection};
use crate::boundary;
use crate::boundary::DONE;
use crate::handle::Handle;
use crate::message::mcpe_message;
use crate::names::{bits_of, number_of};
use crate::pointer::Out;
use crate::status::{Failure, MCPE_ERR_INCOMPATIBLE, MCPE_NOTHING, MCPE_OK, mcpe_status, of_proto};
use crate::text::mcpe_id;

/// Something that an application has to know. What a kind has nothing to say of is zero.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct mcpe_event {
    /// One of `MCPE_EVENT_…`.
    pub kind: u32,
    /// The `MCPE_REVISION_…` that was agreed on (`READY`), or under which a request was made (`REQUEST`).
    pub revision: u32,
    /// The request or the subscription that it is about. Valid until the next event is polled.
    pub id: mcpe_id,
    /// Our subscription that a notification belongs to (`NOTIFICATION`). Valid until the next event is polled.
    pub subscription: mcpe_id,
    /// The message, which is the caller's to free; that of nothing when there is none.
    pub message: mcpe_message,
    /// What the peer can do, bits of `MCPE_CAPABILITY_…` (`REQUEST`).
    pub capabilities: u32,
    /// The mildest log messages that the client wants, one of `MCPE_LEVEL_…`; 0 for none (`REQUEST`).
    pub level: u32,
    /// One of `MCPE_REASON_…` (`FAILED`, `LISTENING_ENDED`, `CLOSED`).
    pub reason: u32,
    /// Why an answer was not valid (`MCPE_REASON_INVALID`), or the sides are incompatible.
    pub status: mcpe_status,
    /// 0.
    pub reserved: [u64; 2],
}

/// One that this header does not know.
pub const MCPE_EVENT_OTHER: u32 = 0;
/// The handshake is finished: requests can be made.
pub const MCPE_EVENT_READY: u32 = 1;
/// The peer asks something: it wants exactly one `mcpe_connection_respond`, also when it is cancelled.
pub const MCPE_EVENT_REQUEST: u32 = 2;
/// The peer says something.
pub const MCPE_EVENT_NOTIFICATION: u32 = 3;
/// The answer to a request of ours: a result or an error.
pub const MCPE_EVENT_RESPONSE: u32 = 4;
/// The server needs input before it can answer: gather it and `mcpe_connection_retry` (MCP 2026-07-28). The request is finished.
pub const MCPE_EVENT_INPUT_REQUIRED: u32 = 5;
/// The newest progress of a request of ours.
pub const MCPE_EVENT_PROGRESS: u32 = 6;
/// A request of ours has no answer and will have none.
pub const MCPE_EVENT_FAILED: u32 = 7;
/// The peer does not want the answer to its request any more. Stop, and respond: nothing will be sent.
pub const MCPE_EVENT_CANCELLED: u32 = 8;
/// Our subscription is open; the message says what the server agreed to.
pub const MCPE_EVENT_LISTENING: u32 = 9;
/// Our subscription has ended.
pub const MCPE_EVENT_LISTENING_ENDED: u32 = 10;
/// The client wants to be told about something: watch it.
pub const MCPE_EVENT_SUBSCRIBED: u32 = 11;
/// The client does not want that any more.
pub const MCPE_EVENT_UNSUBSCRIBED: u32 = 12;
/// The connection is over. Nothing comes after it.
pub const MCPE_EVENT_CLOSED: u32 = 13;

/// A request of ours took longer than it may. The peer was told.
pub const MCPE_REASON_TIMED_OUT: u32 = 1;
/// The peer is gone, or the stream that it was on has ended.
pub const MCPE_REASON_STREAM_CLOSED: u32 = 2;
/// What came as its answer is no valid one: `status` says why.
pub const MCPE_REASON_INVALID: u32 = 3;
/// The server has ended the subscription; the message says so.
pub const MCPE_REASON_SERVER: u32 = 4;
/// The application closed the connection.
pub const MCPE_REASON_LOCAL: u32 = 5;
/// The peer is gone.
pub const MCPE_REASON_PEER: u32 = 6;
/// The two sides have nothing in common.
pub const MCPE_REASON_INCOMPATIBLE: u32 = 7;
/// The handshake was not answered in time.
pub const MCPE_REASON_HANDSHAKE_TIMEOUT: u32 = 8;
/// The handshake was answered with an error, or not as MCP asks.
pub const MCPE_REASON_HANDSHAKE_REFUSED: u32 = 9;
/// One that this header does not know.
pub const MCPE_REASON_OTHER: u32 = 10;

/// `debug`
pub const MCPE_LEVEL_DEBUG: u32 = 1;
/// `info`
pub const MCPE_LEVEL_INFO: u32 = 2;
/// `notice`
pub const MCPE_LEVEL_NOTICE: u32 = 3;
/// `warning`
pub const MCPE_LEVEL_WARNING: u32 = 4;
/// `error`
pub const MCPE_LEVEL_ERROR: u32 = 5;
/// `critical`
pub const MCPE_LEVEL_CRITICAL: u32 = 6;
/// `alert`
pub const MCPE_LEVEL_ALERT: u32 = 7;
/// `emergency`
pub const MCPE_LEVEL_EMERGENCY: u32 = 8;

/// The spellings of ids that a caller was shown.
#[derive(Debug, Default)]
pub struct Shown {
    id: String,
    subscription: String,
}

/// The next event; `MCPE_NOTHING` when there is none. Changes the connection.
///
/// Call it until there is nothing after every call that changes the connection. The message of an event is the caller's to free.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_connection_poll_event(
    connection: mcpe_connection,
    event: Out<mcpe_event>,
) -> mcpe_status {
    boundary(|| {
        let event = event.required("event")?;
        let told = connection.change(Conversation::next_event)?;
        let Some(told) = told else { return Ok(MCPE_NOTHING) };
        event.put(told);
        DONE
    })
}

impl Conversation {
    fn next_event(&mut self) -> Result<Option<mcpe_event>, Failure> {
        let next = self.stalled.take().or_else(|| self.connection.poll_event());
        let Some(event) = next else { return Ok(None) };
        let told = told(&event);
        let message = match told.message {
            None => mcpe_message { slot: 0, generation: 0 },
            Some(message) => match mcpe_message::open(Ok(message.clone())) {
                Ok(handle) => handle,
                Err(failure) => {
                    self.stalled = Some(event);
                    return Err(failure);
                }
            },
        };
        let context = told.context;
        Ok(Some(mcpe_event {
            kind: told.kind,
            revision: told.revision,
            id: show(&mut self.shown.id, told.id),
            subscription: show(&mut self.shown.subscription, told.subscription),
            message,
            capabilities: context.map_or(0, |context| bits_of(context.capabilities)),
            level: context.and_then(|context| context.level).map_or(0, level_number),
            reason: told.reason,
            status: told.status,
            reserved: [0; 2],
        }))
    }
}

/// What an event says, before it has handles and pointers.
#[derive(Default)]
struct Told<'a> {
    kind: u32,
    revision: u32,
    id: Option<&'a RequestId>,
    subscription: Option<&'a RequestId>,
    message: Option<&'a Message>,
    context: Option<&'a Context>,
    reason: u32,
    status: mcpe_status,
}

impl<'a> Told<'a> {
    fn about(kind: u32, id: &'a RequestId, message: Option<&'a Message>) -> Self {
        Self { kind, id: Some(id), message, ..Self::default() }
    }

    fn because(self, (reason, status): (u32, mcpe_status)) -> Self {
        Self { reason, status, ..self }
    }
}

fn told(event: &Event) -> Told<'_> {
    let plain = |kind| Told { kind, ..Told::default() };
    match event {
        Event::Ready(version) => Told { revision: number_of(*version), ..plain(MCPE_EVENT_READY) },
        Event::Request { id, message, context } => Told {
            context: Some(context),
            revision: number_of(context.version),
            ..Told::about(MCPE_EVENT_REQUEST, id, Some(message))
        },
        Event::Notification { message, subscription } => Told {
            message: Some(message),
            subscription: subscription.as_ref(),
            ..plain(MCPE_EVENT_NOTIFICATION)
        },
        Event::Response { id, message } => Told::about(MCPE_EVENT_RESPONSE, id, Some(message)),
        Event::InputRequired { id, message } => {
            Told::about(MCPE_EVENT_INPUT_REQUIRED, id, Some(message))
        }
        Event::Progress { id, message } => Told::about(MCPE_EVENT_PROGRESS, id, Some(message)),
        Event::Failed { id, failure } => {
            Told::about(MCPE_EVENT_FAILED, id, None).because(why_lost(failure))
        }
        Event::Cancelled { id, message } => Told::about(MCPE_EVENT_CANCELLED, id, message.as_ref()),
        Event::Listening { id, message } => Told::about(MCPE_EVENT_LISTENING, id, Some(message)),
        Event::ListeningEnded { id, ending } => ended(id, ending),
        Event::Subscribed { id, message } => Told::about(MCPE_EVENT_SUBSCRIBED, id, Some(message)),
        Event::Unsubscribed { id, message } => {
            Told::about(MCPE_EVENT_UNSUBSCRIBED, id, message.as_ref())
        }
        Event::Closed(closing) => plain(MCPE_EVENT_CLOSED).because(why_closed(*closing)),
        _ => plain(MCPE_EVENT_OTHER),
    }
}

fn ended<'a>(id: &'a RequestId, ending: &'a Ending) -> Told<'a> {
    let told = Told::about(MCPE_EVENT_LISTENING_ENDED, id, None);
    match ending {
        Ending::Server(message) => {
            Told { message: Some(message), reason: MCPE_REASON_SERVER, ..told }
        }
        Ending::Failed(failure) => told.because(why_lost(failure)),
        _ => told.because((MCPE_REASON_OTHER, MCPE_OK)),
    }
}

fn why_lost(failure: &Lost) -> (u32, mcpe_status) {
    match failure {
        Lost::TimedOut => (MCPE_REASON_TIMED_OUT, MCPE_OK),
        Lost::Closed => (MCPE_REASON_STREAM_CLOSED, MCPE_OK),
        Lost::ClosedHere => (MCPE_REASON_LOCAL, MCPE_OK),
        Lost::Invalid(error) => (MCPE_REASON_INVALID, of_proto(*error)),
        _ => (MCPE_REASON_OTHER, MCPE_OK),
    }
}

pub(super) fn why_closed(closing: Closing) -> (u32, mcpe_status) {
    match closing {
        Closing::Local => (MCPE_REASON_LOCAL, MCPE_OK),
        Closing::Peer => (MCPE_REASON_PEER, MCPE_OK),
        Closing::Incompatible(_) => (MCPE_REASON_INCOMPATIBLE, MCPE_ERR_INCOMPATIBLE),
        Closing::HandshakeTimeout => (MCPE_REASON_HANDSHAKE_TIMEOUT, MCPE_OK),
        Closing::HandshakeRefused => (MCPE_REASON_HANDSHAKE_REFUSED, MCPE_OK),
        _ => (MCPE_REASON_OTHER, MCPE_OK),
    }
}

/// Keeps the spelling of an id for the caller to read.
fn show(kept: &mut String, id: Option<&RequestId>) -> mcpe_id {
    use core::fmt::Write;
    let Some(id) = id else { return mcpe_id::ABSENT };
    kept.clear();
    let _ = write!(kept, "{id}");
    mcpe_id::spelled(kept, id.as_i64())
}

/// The number of a level.
pub fn level_number(level: LoggingLevel) -> u32 {
    (level as u32).saturating_add(1)
}

/// The level of a number.
pub fn level_of(number: u32) -> Result<LoggingLevel, Failure> {
    let found = LoggingLevel::ALL.into_iter().find(|level| level_number(*level) == number);
    found.ok_or(Failure::Value("level"))
}

const _: () = assert!(MCPE_LEVEL_EMERGENCY == LoggingLevel::Emergency as u32 + 1);

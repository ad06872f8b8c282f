//! The modern era over HTTP: every request in a POST of its own, and nothing remembered between two.

use core::ffi::c_char;

use mcp_engine::Message;
use mcp_engine::endpoint::{Accepted, Answer, Endpoint, Exchange, Listening};

use crate::boundary;
use crate::boundary::DONE;
use crate::buffer::{mcpe_buffer, mcpe_target};
use crate::config::{Care, mcpe_config};
use crate::connection::{
    finite, level_number, level_of, mcpe_change, mcpe_reply, put, required_change, required_reply,
};
use crate::encode::object;
use crate::handle::{Handle, handles};
use crate::message::mcpe_message;
use crate::names::{bits_of, number_of};
use crate::pointer::{Out, Ptr};
use crate::status::{Failure, MCPE_NOTHING, MCPE_OK, mcpe_status, of_proto};
use crate::text::{json, optional_json, optional_text, text};

/// What all requests to a server share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct mcpe_endpoint {
    /// Its place.
    pub slot: u32,
    /// What tells it from others in the same place.
    pub generation: u32,
}

/// One request and its reply stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct mcpe_exchange {
    /// Its place.
    pub slot: u32,
    /// What tells it from others in the same place.
    pub generation: u32,
}

/// One request to be told about changes, whose stream stays open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct mcpe_listening {
    /// Its place.
    pub slot: u32,
    /// What tells it from others in the same place.
    pub generation: u32,
}

/// What became of the message of a POST. Its handle, if its kind has one, is the caller's to free.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct mcpe_accepted {
    /// One of `MCPE_ACCEPTED_…`.
    pub kind: u32,
    /// Why it was refused (`REFUSED`).
    pub status: mcpe_status,
    /// The exchange (`EXCHANGE`).
    pub exchange: mcpe_exchange,
    /// The subscription (`LISTENING`).
    pub listening: mcpe_listening,
    /// The code of the error with which it was answered; 0 when it was none (`ANSWERED`). The status of HTTP depends on it.
    pub code: i64,
}

/// The terms under which a request was made.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct mcpe_terms {
    /// One of `MCPE_REVISION_…`.
    pub revision: u32,
    /// What the client can do, bits of `MCPE_CAPABILITY_…`.
    pub capabilities: u32,
    /// The mildest log messages that it wants, one of `MCPE_LEVEL_…`; 0 for none.
    pub level: u32,
    /// 0.
    pub reserved: u32,
}

/// One that this header does not know.
pub const MCPE_ACCEPTED_OTHER: u32 = 0;
/// A request for the application.
pub const MCPE_ACCEPTED_EXCHANGE: u32 = 1;
/// A request to be told about changes. Its stream stays open: `mcpe_listening_acknowledge` comes first.
pub const MCPE_ACCEPTED_LISTENING: u32 = 2;
/// A notification, which needs no answer.
pub const MCPE_ACCEPTED_NOTIFICATION: u32 = 3;
/// A request that was answered or refused here: the answer was appended.
pub const MCPE_ACCEPTED_ANSWERED: u32 = 4;
/// Something that a client must not send.
pub const MCPE_ACCEPTED_REFUSED: u32 = 5;

handles! {
    mcpe_endpoint => Served,
    mcpe_exchange => Exchange,
    mcpe_listening => Listening,
}

/// An endpoint, and what its caller has given in its care.
#[derive(Debug)]
pub struct Served {
    endpoint: Endpoint,
    _care: Care,
}

/// Makes an endpoint of the configuration of a server. Revisions of the legacy era are left out of account. `destroy` is called also when this
/// fails.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_endpoint_new(
    config: Ptr<mcpe_config>,
    endpoint: Out<mcpe_endpoint>,
) -> mcpe_status {
    boundary(|| {
        if config.is_null() {
            return Err(Failure::Null("config"));
        }
        let config = config.options()?;
        let _care = Care::new(config.userdata, config.destroy);
        let place = endpoint.required("endpoint")?;
        let endpoint = Endpoint::new(config.read()?)?;
        place.put(mcpe_endpoint::open(Served { endpoint, _care })?);
        DONE
    })
}

/// Frees an endpoint. Exchanges and subscriptions live on.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_endpoint_free(endpoint: mcpe_endpoint) -> mcpe_status {
    boundary(|| {
        endpoint.free()?;
        DONE
    })
}

/// Another handle for the same configuration: give each thread its own. Reads the endpoint; the copy is the caller's to free. The userdata stays
/// with the first.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_endpoint_clone(
    endpoint: mcpe_endpoint,
    copy: Out<mcpe_endpoint>,
) -> mcpe_status {
    boundary(|| {
        let copy = copy.required("copy")?;
        let endpoint = endpoint.read(|served| Ok(served.endpoint.clone()))?;
        copy.put(mcpe_endpoint::open(Served { endpoint, _care: Care::none() })?);
        DONE
    })
}

/// Takes in the message of a POST. What it is answered with at once is appended to the buffer. Changes the endpoint and the buffer, reads the
/// message.
///
/// What the decoder has refused gets its status here; answer it by `mcpe_encode_error`.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_endpoint_accept(
    endpoint: mcpe_endpoint,
    message: mcpe_message,
    buffer: mcpe_buffer,
    accepted: Out<mcpe_accepted>,
    written: Out<usize>,
) -> mcpe_status {
    boundary(|| {
        let written = written.required("written")?;
        let place = accepted.required("accepted")?;
        let message = message.whole(|message| Ok(message.clone()))?;
        let accepted = buffer.append(written, 0, |out| {
            endpoint.change(|served| mcpe_accepted::of(served.endpoint.accept(message, out)))
        })?;
        place.put(accepted);
        DONE
    })
}

/// Frees an exchange. To free one that was not answered is to stop caring.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_exchange_free(exchange: mcpe_exchange) -> mcpe_status {
    boundary(|| {
        exchange.free()?;
        DONE
    })
}

/// The request. Reads the exchange; the message is the caller's to free.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_exchange_message(
    exchange: mcpe_exchange,
    message: Out<mcpe_message>,
) -> mcpe_status {
    boundary(|| {
        let message = message.required("message")?;
        message.put(share(exchange.read(|one| Ok(one.message().clone()))?)?);
        DONE
    })
}

/// Under which terms the request was made. Reads the exchange.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_exchange_terms(
    exchange: mcpe_exchange,
    terms: Out<mcpe_terms>,
) -> mcpe_status {
    boundary(|| {
        let terms = terms.required("terms")?;
        let context = exchange.read(|one| Ok(one.context()))?;
        terms.put(mcpe_terms {
            revision: number_of(context.version),
            capabilities: bits_of(context.capabilities),
            level: context.level.map_or(0, level_number),
            reserved: 0,
        });
        DONE
    })
}

/// Appends the settings that the client has declared in this request for an extension which the server has declared too: an object. Reads the
/// exchange.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_exchange_extension(
    exchange: mcpe_exchange,
    name: Ptr<c_char>,
    name_len: usize,
    to: mcpe_target,
    written: Out<usize>,
) -> mcpe_status {
    boundary(|| {
        let written = written.required("written")?;
        let name = text!(name, name_len)?;
        exchange.read(|one| {
            let settings = one.extension(name)?;
            to.write(written, settings.spelling().len(), |out| {
                out.extend_from_slice(settings.spelling().as_bytes());
            })
        })?;
        DONE
    })
}

/// Appends how far the request is. `total` and `message` may be `NULL`; `delivery` is one of `MCPE_DELIVERY_…`. Changes the exchange and the buffer.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_exchange_progress(
    exchange: mcpe_exchange,
    value: f64,
    total: Ptr<f64>,
    message: Ptr<c_char>,
    message_len: usize,
    buffer: mcpe_buffer,
    delivery: Out<u32>,
    written: Out<usize>,
) -> mcpe_status {
    boundary(|| {
        let written = written.required("written")?;
        let delivery = delivery.required("delivery")?;
        let (total, message) = (finite(total)?, optional_text!(message, message_len)?);
        let delivered = buffer.append(written, 0, |out| {
            exchange.change(|one| Ok(one.progress(value, total, message, out)?))
        })?;
        put(delivered, delivery);
        DONE
    })
}

/// Appends a log message, if the request asks for those of that `MCPE_LEVEL_…`. `logger` may be `NULL`; `content` is any JSON value. Changes the
/// exchange and the buffer.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_exchange_log(
    exchange: mcpe_exchange,
    level: u32,
    logger: Ptr<c_char>,
    logger_len: usize,
    content: Ptr<c_char>,
    content_len: usize,
    buffer: mcpe_buffer,
    delivery: Out<u32>,
    written: Out<usize>,
) -> mcpe_status {
    boundary(|| {
        let written = written.required("written")?;
        let delivery = delivery.required("delivery")?;
        let (level, logger) = (level_of(level)?, optional_text!(logger, logger_len)?);
        let content = json!(content, content_len)?;
        let delivered = buffer.append(written, 0, |out| {
            exchange.change(|one| Ok(one.log(level, logger, content, out)?))
        })?;
        put(delivered, delivery);
        DONE
    })
}

/// Appends another notification that belongs to the request. `params` is an object or `NULL`. Changes the exchange and the buffer.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_exchange_notify(
    exchange: mcpe_exchange,
    method: Ptr<c_char>,
    method_len: usize,
    params: Ptr<c_char>,
    params_len: usize,
    buffer: mcpe_buffer,
    written: Out<usize>,
) -> mcpe_status {
    boundary(|| {
        let written = written.required("written")?;
        let method = text!(method, method_len)?;
        let params = object(optional_json!(params, params_len)?, "params")?;
        buffer.append(written, 0, |out| {
            exchange.change(|one| Ok(one.notify(method, params, out)?))
        })?;
        DONE
    })
}

/// Appends the answer, which is the last that is said. `code` is that of the error, and 0 when it is none: the status of HTTP depends on it.
/// Changes the exchange and the buffer.
///
/// With a failure that is not `MCPE_ERR_MISUSE` the request still wants its answer.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_exchange_respond(
    exchange: mcpe_exchange,
    reply: Ptr<mcpe_reply>,
    buffer: mcpe_buffer,
    code: Out<i64>,
    written: Out<usize>,
) -> mcpe_status {
    boundary(|| {
        let written = written.required("written")?;
        let code = code.required("code")?;
        let reply = required_reply(reply)?;
        let relayed = reply.relayed()?;
        let reply = reply.read(relayed.as_ref())?;
        let Answer { code: answered } =
            buffer.append(written, 0, |out| exchange.change(|one| Ok(one.respond(reply, out)?)))?;
        code.put(answered.unwrap_or_default());
        DONE
    })
}

/// Frees a subscription.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_listening_free(listening: mcpe_listening) -> mcpe_status {
    boundary(|| {
        listening.free()?;
        DONE
    })
}

/// The request. Reads the subscription; the message is the caller's to free.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_listening_message(
    listening: mcpe_listening,
    message: Out<mcpe_message>,
) -> mcpe_status {
    boundary(|| {
        let message = message.required("message")?;
        message.put(share(listening.read(|one| Ok(one.message().clone()))?)?);
        DONE
    })
}

/// Appends the acknowledgement, which is the first that is said. Reads the subscription.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_listening_acknowledge(
    listening: mcpe_listening,
    to: mcpe_target,
    written: Out<usize>,
) -> mcpe_status {
    boundary(|| {
        let written = written.required("written")?;
        listening.read(|one| to.write(written, one.longest(None), |out| one.acknowledge(out)))?;
        DONE
    })
}

/// Appends the notification of a change; `MCPE_NOTHING` when the subscription is not for it. Reads the subscription.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_listening_tell(
    listening: mcpe_listening,
    change: Ptr<mcpe_change>,
    to: mcpe_target,
    written: Out<usize>,
) -> mcpe_status {
    boundary(|| {
        let written = written.required("written")?;
        let change = required_change(change)?;
        let change = change.read()?;
        let mut told = Vec::new();
        let is_wanted = listening.read(|one| {
            told.try_reserve(one.longest(Some(change))).map_err(|_| Failure::Memory)?;
            Ok(one.tell(change, &mut told))
        })?;
        if !is_wanted {
            return Ok(MCPE_NOTHING);
        }
        to.write(written, told.len(), |out| out.extend_from_slice(&told))?;
        DONE
    })
}

/// Appends the result that ends the subscription. Reads it.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_listening_end(
    listening: mcpe_listening,
    to: mcpe_target,
    written: Out<usize>,
) -> mcpe_status {
    boundary(|| {
        let written = written.required("written")?;
        listening.read(|one| to.write(written, one.longest(None), |out| one.end(out)))?;
        DONE
    })
}

impl mcpe_accepted {
    fn of(accepted: Accepted) -> Result<Self, Failure> {
        let mut of = Self {
            kind: MCPE_ACCEPTED_OTHER,
            status: MCPE_OK,
            exchange: mcpe_exchange { slot: 0, generation: 0 },
            listening: mcpe_listening { slot: 0, generation: 0 },
            code: 0,
        };
        match accepted {
            Accepted::Exchange(exchange) => {
                (of.kind, of.exchange) = (MCPE_ACCEPTED_EXCHANGE, mcpe_exchange::open(exchange)?);
            }
            Accepted::Listening(listening) => {
                of.kind = MCPE_ACCEPTED_LISTENING;
                of.listening = mcpe_listening::open(listening)?;
            }
            Accepted::Notification(_) => of.kind = MCPE_ACCEPTED_NOTIFICATION,
            Accepted::Answered(answer) => {
                (of.kind, of.code) = (MCPE_ACCEPTED_ANSWERED, answer.code.unwrap_or_default());
            }
            Accepted::Refused(error) => {
                (of.kind, of.status) = (MCPE_ACCEPTED_REFUSED, of_proto(error));
            }
            _ => {}
        }
        Ok(of)
    }
}

/// A handle of a message that somebody else has too.
fn share(message: Message) -> Result<mcpe_message, Failure> {
    mcpe_message::open(Ok(message))
}

//! A client is opened: the program is started or the address asked, and the callbacks get what the server says.

use std::error::Error as _;
use std::io::ErrorKind;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use mcp_engine::Limits;
use mcp_engine::client::{Client, ClientBuilder, Refusal};
use mcp_engine::http_client::{HttpOptions, HttpTransport};
use mcp_engine::model::{
    CreateMessageResult, ElicitResult, Json, JsonObject, ListRootsResult, Mismatch,
};
use mcp_engine::transport::{ByteStream, Child, Command, Error as TransportError};
use mcp_engine::version::Version;
use mcp_engine::{Answer, Message};
use mcp_engine_c::config::Care;
use mcp_engine_c::pointer::Userdata;
use mcp_engine_c::status::MCPE_ERR_UNREACHABLE;
use mcp_engine_c::text::mcpe_str;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::Session;
use super::running::Running;
use crate::Error;
use crate::callee::{Callee, INTERNAL_ERROR, NO_ANSWER, mcpe_serve_callback};
use crate::responder::Asked;
use crate::speaker::Speaker;

/// Hears a notification. Both texts are valid until it returns. Those of one client, steps of progress and the ends of calls come one after the other.
pub type mcpe_notification_callback =
    Option<unsafe extern "C" fn(userdata: Userdata, method: mcpe_str, params: mcpe_str)>;

/// What is to be done.
pub(super) struct Plan {
    pub(super) way: Way,
    pub(super) builder: ClientBuilder,
    pub(super) open: Duration,
    pub(super) limits: Limits,
    pub(super) asks: Asks,
    pub(super) care: Arc<Care>,
    pub(super) queue: usize,
    pub(super) callbacks: usize,
    pub(super) calls: usize,
}

/// Where the server is.
pub(super) enum Way {
    Program(Command),
    Url(String, Box<HttpOptions>),
}

/// Who answers the server, and who hears it.
pub(super) struct Asks {
    pub(super) sampling: mcpe_serve_callback,
    pub(super) elicitation: mcpe_serve_callback,
    pub(super) list_roots: mcpe_serve_callback,
    pub(super) notification: mcpe_notification_callback,
}

impl Plan {
    pub(super) async fn open(self) -> Result<Session, Error> {
        let speaker = Speaker::new(self.queue);
        let room = Arc::new(Semaphore::new(self.callbacks));
        let builder = self.asks.give_to(self.builder, &self.care, &room, &speaker);
        let opened = connect(builder, self.way, &self.limits);
        let opened = timeout(self.open, opened).await;
        let (client, child) = opened.unwrap_or_else(|_| Err(Error::timeout()))?;
        Ok(Session {
            client,
            child,
            speaker,
            running: Arc::new(Running::default()),
            later: Arc::new(Semaphore::new(self.calls)),
            listening: Mutex::default(),
        })
    }
}

async fn connect(
    builder: ClientBuilder,
    way: Way,
    limits: &Limits,
) -> Result<(Client, Option<Child>), Error> {
    match way {
        Way::Url(url, options) => {
            // Whatever is wrong with it before anything is sent was given by the caller.
            let transport = HttpTransport::new(&url, *options).map_err(unreachable);
            let transport = transport.map_err(Error::by_caller)?;
            Ok((builder.connect(transport).await?, None))
        }
        Way::Program(command) => {
            let (stream, child) = command.spawn().map_err(not_started)?;
            match builder.connect(ByteStream::new(stream, limits)).await {
                Ok(client) => Ok((client, Some(child))),
                Err(error) => {
                    // Only then all is read that it has said. However it has ended, it is gone.
                    let _ = child.shutdown().await;
                    let said = child.stderr_tail().bytes;
                    let said = String::from_utf8_lossy(&said);
                    let words = format!("; the program said: {}", said.trim_end());
                    let error = Error::from(error);
                    Err(if said.trim_end().is_empty() { error } else { error.and(&words) })
                }
            }
        }
    }
}

fn unreachable(error: impl std::fmt::Display) -> Error {
    Error::told(MCPE_ERR_UNREACHABLE, "system", "transport", error.to_string())
}

/// Why a program does not run, in the words of the system, too. What no system could have started was given by the caller.
fn not_started(error: TransportError) -> Error {
    let reason = error.source().map(|reason| format!(": {reason}")).unwrap_or_default();
    let told = unreachable(&error).and(&reason);
    match error.io_kind() {
        Some(ErrorKind::InvalidInput) => Error::by_caller(told),
        _ => told,
    }
}

impl Asks {
    fn give_to(
        self,
        mut builder: ClientBuilder,
        care: &Arc<Care>,
        room: &Arc<Semaphore>,
        speaker: &Speaker,
    ) -> ClientBuilder {
        if let Some(serve) = self.sampling {
            let callee = Callee::new(serve, care, room);
            builder = builder.sampling(move |params| {
                let params = Json::of(&params, ASKED_IN);
                ask(callee.clone(), "sampling/createMessage", &params, |result| {
                    CreateMessageResult::read(result.raw()).map(CreateMessageResult::into_owned)
                })
            });
        }
        if let Some(serve) = self.elicitation {
            let callee = Callee::new(serve, care, room);
            builder = builder.elicitation(move |params| {
                let params = Json::of(&params, ASKED_IN);
                ask(callee.clone(), "elicitation/create", &params, |result| {
                    ElicitResult::read(result.raw()).map(ElicitResult::into_owned)
                })
            });
        }
        if let Some(serve) = self.list_roots {
            let callee = Callee::new(serve, care, room);
            builder = builder.list_roots(move || {
                let nothing = JsonObject::EMPTY.into();
                ask(callee.clone(), "roots/list", &nothing, |result| {
                    ListRootsResult::read(result.raw()).map(ListRootsResult::into_owned)
                })
            });
        }
        let (care, speaker) = (Arc::clone(care), speaker.clone());
        builder.on_notification(move |message| {
            if let Some(hear) = self.notification {
                let (method, params) = said(message);
                let care = Arc::clone(&care);
                speaker.say(move || {
                    let (method, params) = (mcpe_str::to(&method), mcpe_str::to(&params));
                    // SAFETY: the caller has promised a function of this type that returns, until `destroy` is called.
                    unsafe { hear(care.userdata(), method, params) };
                });
            }
        })
    }
}

/// What a notification says.
fn said(message: &Message) -> (String, String) {
    let method = message.method_name().map(|name| name.decode().into_owned());
    let params = message.params().map_or("{}", |params| params.spelling());
    (method.unwrap_or_default(), params.to_owned())
}

/// Lets the application answer what the server asks.
fn ask<T>(
    callee: Callee,
    method: &str,
    params: &Json<'_>,
    read: fn(JsonObject<'static>) -> Result<T, Mismatch>,
) -> impl Future<Output = Result<T, Refusal>> + use<T> {
    let (method, params) = (method.to_owned(), params.as_str().to_owned());
    let asked = callee.call(Asked::ByServer, method, params);
    async move {
        match asked.await {
            Answer::Result(result) => {
                read(result).map_err(|error| Refusal::new(INTERNAL_ERROR, error.to_string()))
            }
            Answer::Text(text, _) => Err(Refusal::rejected(text)),
            Answer::Error { code, message, data } => {
                let refusal = Refusal::new(code, message);
                Err(data.into_iter().fold(refusal, Refusal::with_data))
            }
            _ => Err(Refusal::new(INTERNAL_ERROR, NO_ANSWER)),
        }
    }
}

/// What a server asks, with the members that any revision has for it.
const ASKED_IN: Version = Version::V2026_07_28;

//! Long-running tasks: a request is answered with a handle at once, and with its result later.
//!
//! Requests about tasks go in; answers, and events for whoever does the work, come out. It stands beside `connection` on the ring, which
//! carries both, and knows both forms: the tasks of MCP 2025-11-25, and the extension `io.modelcontextprotocol/tasks` of MCP
//! 2026-07-28. A task is seen by its principal alone, every waiting request gets exactly one answer, and everything that is held is
//! bounded by [`TaskLimits`].
//!
//! ```text
//!   tools/call ─▶ create ─▶ Task ◀─ describe, require_input, finish ─ who works on it
//!                            │                                          ▲
//!   tasks/* ────▶ handle ────┤────▶ poll_event: cancelled, input, expired
//!                            ├────▶ Answer, poll_answer: those who waited
//!   time ─▶ handle_timeout ──┴────▶ poll_notice: what clients may be told
//! ```
//!
//! [`Tasks`] is the side that runs them, [`TaskHandle`] the side that polls, [`Augmentation`] says which request becomes one. The
//! glue between a connection and its tasks:
//!
//! ```
//! use mcp_engine_proto::connection::{Connection, Event, Reply};
//! use mcp_engine_proto::task::{Augmentation, NewTask, TaskId, TaskRequest, TaskSupport, Tasks, Ttl};
//! use mcp_engine_proto::{Error, Now, encode::Outcome};
//! # use mcp_engine_proto::connection::{Call, Config, Delivery, TransmitBuf};
//! # use mcp_engine_proto::{Decoder, Method, json::Raw, task::{Observed, Polling, TaskHandle}, version::Version};
//!
//! /// Serves what has arrived. Yields the tasks that are to be worked on.
//! fn serve(server: &mut Connection, tasks: &mut Tasks, now: Now) -> Result<Vec<TaskId>, Error> {
//!     let (alice, mut work) = (b"alice", Vec::new());
//!     while let Some(event) = server.poll_event() {
//!         match event {
//!             Event::Request { id, message, context } => {
//!                 let request = TaskRequest::of(&message, context, alice);
//!                 let answer = match request {
//!                     Some(request) => tasks.handle(id.clone(), &request, now),
//!                     None => {
//!                         let offered = server.offered(context.version);
//!                         let may = Augmentation::of(&message, context, offered, TaskSupport::Optional);
//!                         let new = NewTask::new(message.method().unwrap(), context, alice);
//!                         let entropy = [7; 16]; // Ask the system for it.
//!                         Some(match may {
//!                             Ok(Augmentation::Task(ttl)) => tasks.create(new.ttl(ttl), entropy, now),
//!                             Ok(Augmentation::Either) => tasks.create(new, entropy, now),
//!                             Ok(Augmentation::Inline) => panic!("a plain call"),
//!                             Err(rule) => Err(rule),
//!                         }
//!                         .map_or_else(Into::into, |(id, answer)| { work.push(id); answer }))
//!                     }
//!                 };
//!                 if let Some(answer) = answer {
//!                     server.respond(&id, answer.reply(), now)?;
//!                 }
//!             }
//!             Event::Cancelled { id, .. } => { tasks.withdraw(&id); }
//!             _ => {}
//!         }
//!     }
//!     while let Some((id, answer)) = tasks.poll_answer() {
//!         server.respond(&id, answer.reply(), now)?;
//!     }
//!     while let Some(notice) = tasks.poll_notice() {
//!         notice.send(server)?;
//!     }
//!     Ok(work)
//! }
//! #
//! # fn carry(from: &mut Connection, to: &mut Connection, now: Now) {
//! #     let (mut out, mut decoder) = (TransmitBuf::default(), Decoder::default());
//! #     while from.poll_transmit(&mut out).is_some() {}
//! #     decoder.feed(&out.bytes).unwrap();
//! #     while let Some(message) = decoder.poll() {
//! #         to.receive(Default::default(), message.unwrap(), now).unwrap();
//! #     }
//! # }
//! # let now = Now { mono_ns: 0, unix_ms: 1_790_000_000_000 };
//! # let tools = Raw::parse(r#"{"tools":{},"extensions":{"io.modelcontextprotocol/tasks":{}}}"#)?;
//! # let ours = Raw::parse(r#"{"extensions":{"io.modelcontextprotocol/tasks":{}}}"#)?;
//! # let mut server = Connection::new(Config::server("jobs", "1").capabilities(tools))?;
//! # let mut client = Connection::new(Config::client("shell", "1").capabilities(ours))?;
//! # let mut tasks = Tasks::default();
//! # client.start(now)?;
//! # carry(&mut client, &mut server, now);
//! # carry(&mut server, &mut client, now);
//! # client.poll_event();
//! # let call = Call::new(Method::CallTool).params(Raw::parse(r#"{"name":"long"}"#)?);
//! # client.request(call, now)?;
//! # carry(&mut client, &mut server, now);
//!
//! let work = serve(&mut server, &mut tasks, now)?;
//! # carry(&mut server, &mut client, now);
//! # let Some(Event::Response { message, .. }) = client.poll_event() else { panic!() };
//! # let result = message.result().unwrap();
//! # let mut handle = TaskHandle::created(result, Version::LATEST, Polling::default(), now)?.unwrap();
//! // … and when the work is done:
//! tasks.finish(work[0], Reply::Text("42", Outcome::Success), now)?;
//! # let later = now.after(1_000_000_000);
//! # let params = handle.poll(later).unwrap();
//! # client.request(Call::new(Method::GetTask).params(Raw::parse(&params)?), later)?;
//! # carry(&mut client, &mut server, later);
//! # serve(&mut server, &mut tasks, later)?;
//! # carry(&mut server, &mut client, later);
//! # let Some(Event::Response { message, .. }) = client.poll_event() else { panic!() };
//! # let Observed::Completed(Some(result)) = handle.observe(message.result().unwrap(), later)? else { panic!() };
//! # assert!(result.spelling().contains("42"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod answer;
mod augmentation;
mod book;
mod entry;
mod handle;
mod id;
mod limits;
mod notice;
mod polling;
mod registry;
mod request;
mod rule;
mod serving;
mod status;
mod timestamp;
mod waiting;
mod wire;
mod work;

pub use answer::Answer;
pub use augmentation::{Augmentation, TaskSupport, augmented};
pub use handle::{Observed, TaskHandle};
pub use id::TaskId;
pub use limits::TaskLimits;
pub use notice::Notice;
pub use polling::Polling;
pub use registry::{TaskEvent, Tasks};
pub use request::{NewTask, TaskRequest, Ttl};
pub use rule::{TaskCounters, TaskRule};
pub use status::{Form, Status};

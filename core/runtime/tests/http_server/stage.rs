//! A server to be spoken to.

use std::net::SocketAddr;
use std::time::Duration;

use mcp_engine_proto::connection::{Call, Config, Reply};
use mcp_engine_proto::encode::Outcome;
use mcp_engine_proto::{LoggingLevel, Method, json::Raw};
use mcp_engine_runtime::http_server::{HttpServerConfig, HttpService};
use mcp_engine_runtime::server::Server;
use mcp_engine_runtime::{Answer, Handler, Request, Responder, Served};
use tokio::net::TcpListener;
use tokio::sync::mpsc::{Receiver, Sender, channel};

use crate::caller::Caller;

/// A server at its address. It is gone with the runtime of its test.
pub(crate) struct Stage {
    pub(crate) address: SocketAddr,
    pub(crate) service: HttpService,
    /// Says so each time that the work of a tool `never` was dropped.
    pub(crate) dropped: Receiver<()>,
}

/// Tools: `echo` answers at once, `later` from a future, `progress` tells something before it answers, `talk` at once too, `never` does
/// not answer, `ask` asks the client something, `away` closes its stream and goes on, `who` tells who asks, `panic` panics.
struct Tools {
    dropped: Sender<()>,
}

/// Tells when it is dropped.
struct Told(Sender<()>);

impl Drop for Told {
    fn drop(&mut self) {
        // The test may not want to know.
        let _ = self.0.try_send(());
    }
}

impl Handler for Tools {
    fn request(&self, request: Request, responder: Responder<'_>) -> Served {
        if request.message().method() == Some(Method::ListTools) {
            return responder.send(Reply::Result(Raw::parse(r#"{"tools":[]}"#).expect("JSON")));
        }
        let Some(call) = request.message().call_params() else {
            return responder.send(Reply::error(-32601, "there is nothing of the kind here"));
        };
        let text = call.arguments.and_then(|arguments| arguments.get("text")?.string());
        let text = text.map(|text| text.decode().into_owned()).unwrap_or_default();
        let context = request.context().clone();
        match &*call.name.decode() {
            "echo" => responder.send(Reply::Text(&text, Outcome::Success)),
            "later" => responder.later(async move {
                tokio::task::yield_now().await;
                Answer::text(text)
            }),
            "block" => responder.blocking(move || Answer::text(text)),
            "progress" => responder.later(async move {
                for step in 1..=3 {
                    context.progress(f64::from(step), Some(3.0), None).expect("it increases");
                    tokio::task::yield_now().await;
                }
                Answer::text(text)
            }),
            "talk" => {
                let content = Raw::parse(r#""word""#).expect("JSON");
                for _ in 0..text.parse().unwrap_or(1) {
                    context.log(LoggingLevel::Error, None, content).expect("it may");
                }
                responder.send(Reply::Text("said", Outcome::Success))
            }
            "never" => {
                let told = Told(self.dropped.clone());
                let speaks = text == "aloud";
                responder.later(async move {
                    let _told = told;
                    if speaks {
                        context.progress(1.0, None, None).expect("it increases");
                    }
                    std::future::pending().await
                })
            }
            "ask" => responder.later(async move {
                let call = Call::new(Method::ListRoots);
                match context.request(call) {
                    Ok(answer) => match answer.await {
                        Ok(roots) => Answer::text(roots.as_str().to_owned()),
                        Err(error) => Answer::failure(error.to_string()),
                    },
                    Err(error) => Answer::failure(error.to_string()),
                }
            }),
            "away" => responder.later(async move {
                if text == "aloud" {
                    let asked = context.request(Call::new(Method::ListRoots)).expect("it may");
                    asked.await.expect("roots");
                }
                let closing = context.close_stream(Some(Duration::from_millis(5)));
                context.progress(2.0, None, None).expect("it increases");
                Answer::text(format!("{closing:?} and {:?}", context.close_stream(None)))
            }),
            "who" => {
                let who = context.principal().unwrap_or("nobody").to_owned();
                responder.send(Reply::Text(&who, Outcome::Success))
            }
            "panic" => panic!("on purpose"),
            _ => responder.send(Reply::error(-32602, "no such tool")),
        }
    }
}

impl Stage {
    pub(crate) async fn new(config: HttpServerConfig) -> Self {
        let (service, dropped) = service(config);
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        tokio::spawn(service.clone().serve(listener));
        Self { address, service, dropped }
    }

    pub(crate) async fn usual() -> Self {
        Self::new(HttpServerConfig::default()).await
    }

    pub(crate) async fn caller(&self) -> Caller {
        Caller::connect(self.address).await
    }

    /// How often a rule or limit has refused something.
    pub(crate) fn count(&self, rule: &str) -> u64 {
        let counters = self.service.counters();
        let mut rules = counters.rules();
        rules.find(|(name, _)| *name == rule).map_or(0, |(_, count)| count)
    }
}

/// A service, and who hears of tools `never` that are dropped.
pub(crate) fn service(config: HttpServerConfig) -> (HttpService, Receiver<()>) {
    let (told, dropped) = channel(16);
    let declared = r#"{"tools":{"listChanged":true},"resources":{"subscribe":true},"logging":{}}"#;
    let declared = Raw::parse(declared).expect("JSON");
    let server = Config::server("tools", "1.0").capabilities(declared);
    let server = Server::with_handler(server, Tools { dropped: told }).expect("a runtime");
    (HttpService::new(server, config).expect("a server"), dropped)
}

/// A configuration with other bounds.
pub(crate) fn limited(
    change: impl FnOnce(&mut mcp_engine_runtime::http_server::HttpServerLimits),
) -> HttpServerConfig {
    let mut config = HttpServerConfig::default();
    change(&mut config.limits);
    config
}

/// A time that is short enough to be waited for.
pub(crate) const SHORT: Duration = Duration::from_millis(50);

//! The faces of a server and a client, in memory, in every revision.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use mcp_engine_proto::connection::{Call, Change};
use mcp_engine_proto::json::Raw;
use mcp_engine_proto::model::{
    self, CreateMessageResult, ElicitAction, ElicitRequestFormParams, ElicitRequestParams,
    ElicitResult, ElicitValue, Json, JsonObject, ListRootsResult, PromptArgument, RequestedSchema,
    Root, SamplingContent, SubscriptionFilter, TextResourceContents,
};
use mcp_engine_proto::version::{Era, Version};
use mcp_engine_proto::{Limits, Method};
use mcp_engine_runtime::client::{Client, ClientBuilder, Refusal};
use mcp_engine_runtime::server::{
    Arguments, Changes, Inputs, Prompt, Resource, ResourceTemplate, Server, ServerBuilder, Tool,
    ToolOutput, argument_of,
};
use mcp_engine_runtime::transport::ByteStream;
use mcp_engine_runtime::{Answer, DriverLimits, Handler, Notification, Request, Responder, Served};
use serde_json::json;

fn tool(name: &'static str) -> model::Tool<'static> {
    model::Tool::new(name, JsonObject::parse(r#"{"type":"object"}"#).expect("an object"))
}

fn echo() -> Tool {
    Tool::new(tool("echo"), |request, responder| {
        let text = Arguments::of(&request).get::<String>("text");
        let version = request.context().version();
        responder.answer(&text.into_answer(version))
    })
}

fn server() -> ServerBuilder {
    let greet = model::Prompt::new("greet").arguments([PromptArgument::new("who").required(true)]);
    let family = model::ResourceTemplate::new("notes://{day}/{+path}", "notes");
    Server::builder("faces", "1.0")
        .instructions("Be kind.")
        .tool(echo())
        .prompt(Prompt::immediate(greet, |request| {
            format!("Greet {}.", argument_of(request, "who").unwrap_or_default())
        }))
        .resource(Resource::text(model::Resource::new("notes://today", "today"), "Buy milk."))
        .resource_template(
            ResourceTemplate::immediate(family, |uri, values| {
                let text = values.get("path").unwrap_or_default().to_owned();
                model::ResourceContents::from(TextResourceContents::new(uri.to_owned(), text))
            })
            .expect("a template"),
        )
        .complete(|asked| vec![format!("{}!", asked.argument.value)])
}

async fn connect(server: Server, client: ClientBuilder) -> Client {
    let (near, far) = tokio::io::duplex(1 << 16);
    tokio::spawn(async move { server.serve(ByteStream::new(far, &Limits::default())).await });
    client.connect(ByteStream::new(near, &Limits::default())).await.expect("a handshake")
}

fn client(version: Version) -> ClientBuilder {
    Client::builder("test", "1.0").versions([version])
}

#[tokio::test(start_paused = true)]
async fn everything_is_listed_and_served_in_every_revision() {
    for version in Version::ALL {
        let client = connect(server().build().expect("a server"), client(version)).await;
        assert_eq!(client.peer().instructions().as_deref(), Some("Be kind."));
        let tools = client.list_tools().await.expect("tools");
        assert_eq!(tools.iter().map(|tool| &*tool.name).collect::<Vec<_>>(), ["echo"]);
        let result = client.call_tool("echo", &json!({"text": "hi"})).await.expect("a result");
        assert_eq!((result.text().as_str(), result.is_error()), ("hi", false));
        let prompt = client.get_prompt("greet", [("who", "Ada")]).await.expect("a prompt");
        assert_eq!(prompt.messages.len(), 1);
        assert_eq!(client.list_prompts().await.expect("prompts")[0].name, "greet");
        assert_eq!(client.list_resources().await.expect("resources")[0].uri, "notes://today");
        assert_eq!(client.list_resource_templates().await.expect("templates").len(), 1);
        for (uri, text) in [("notes://today", "Buy milk."), ("notes://monday/a/b", "a/b")] {
            let read = client.read_resource(uri).await.expect("a resource");
            let model::ResourceContents::Text(contents) = &read.contents[0] else { panic!("text") };
            assert_eq!(contents.text, text);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_not_there_is_an_error_that_says_so() {
    for version in Version::ALL {
        let client = connect(server().build().expect("a server"), client(version)).await;
        let code = |error: mcp_engine_runtime::Error| error.peer().map(|error| error.code);
        let none = client.call_tool("none", &json!({})).await.expect_err("no such tool");
        assert_eq!(code(none), Some(-32602));
        let missing = client.get_prompt("greet", []).await.expect_err("an argument is missing");
        assert!(missing.to_string().contains("who"), "{missing}");
        let expected = if version.era() == Era::Modern { -32602 } else { -32002 };
        for uri in ["notes://nowhere", "notes://monday/../x", "file:///etc/passwd"] {
            let gone = client.read_resource(uri).await.expect_err("no such resource");
            assert_eq!(code(gone), Some(expected), "{uri}");
        }
        let wrong = client.call_tool("echo", &json!({"text": 1})).await.expect("a result");
        assert!(wrong.is_error());
        assert_eq!(wrong.text(), "the argument `text` must be a string");
    }
}

#[tokio::test(start_paused = true)]
async fn listings_are_cut_into_pages_and_read_whole() {
    let tools = (0..25).map(|n| {
        let definition = tool("").define_name(format!("tool{n:02}"));
        Tool::new(definition, |_, responder| responder.answer(&Answer::text("")))
    });
    let server = tools.fold(Server::builder("many", "1.0").page(10), ServerBuilder::tool);
    let client = connect(server.build().expect("a server"), Client::builder("test", "1.0")).await;
    let tools = client.list_tools().await.expect("tools");
    assert_eq!(tools.len(), 25);
    assert!(tools.is_sorted_by_key(|tool| tool.name.clone()));
}

trait DefineName {
    fn define_name(self, name: String) -> Self;
}

impl DefineName for model::Tool<'static> {
    fn define_name(mut self, name: String) -> Self {
        self.name = name.into();
        self
    }
}

/// A tool that asks the user twice, and works the same in every revision.
fn asking() -> Tool {
    Tool::new(tool("ask"), |request, responder| {
        responder.later(async move { ask(&request).await.unwrap_or_else(|answer| answer) })
    })
}

async fn ask(request: &Request) -> Result<Answer<'static>, Answer<'static>> {
    let mut inputs = Inputs::of(request)?;
    let form = |text: &'static str| {
        ElicitRequestParams::Form(ElicitRequestFormParams::new(
            text,
            RequestedSchema::new(model::Map::new()),
        ))
    };
    let first = inputs.elicit("first", &form("Your first name?")).await?;
    let last = inputs.elicit("last", &form("And your last name?")).await?;
    let name = |result: &ElicitResult<'_>| match result.content.as_ref()?.get("name")? {
        ElicitValue::String(name) => Some(name.to_string()),
        _ => None,
    };
    let (first, last) = (name(&first), name(&last));
    Ok(Answer::text(format!("Hello {} {}", first.unwrap_or_default(), last.unwrap_or_default())))
}

#[tokio::test(start_paused = true)]
async fn the_user_is_asked_in_the_way_of_each_revision() {
    for version in [Version::V2025_06_18, Version::V2025_11_25, Version::V2026_07_28] {
        let server = Server::builder("asking", "1.0").tool(asking()).build().expect("a server");
        let client = client(version).elicitation(|asked| async move {
            let ElicitRequestParams::Form(form) = asked else { panic!("a form") };
            let name = if form.message.contains("first") { "Ada" } else { "Lovelace" };
            let mut content = model::Map::new();
            content.insert("name", ElicitValue::String(name.into()));
            Ok(ElicitResult::new(ElicitAction::Accept).content(content))
        });
        let client = connect(server, client).await;
        let result = client.call_tool("ask", &json!({})).await.expect("a result");
        assert_eq!(result.text(), "Hello Ada Lovelace", "{version:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn progress_is_heard_while_a_call_lasts() {
    let steps = Tool::new(tool("steps"), |request, responder| {
        let context = request.context().clone();
        responder.later(async move {
            for step in 1..=3 {
                context.progress(f64::from(step), Some(3.0), None).expect("it increases");
                tokio::time::sleep(Duration::from_secs(40)).await;
            }
            Answer::text("done")
        })
    });
    let server = Server::builder("steps", "1.0").tool(steps).build().expect("a server");
    let client = connect(server, Client::builder("test", "1.0")).await;
    let heard = Arc::new(Mutex::new(Vec::new()));
    let listener = Arc::clone(&heard);
    let result = client
        .call_tool("steps", &json!({}))
        .on_progress(move |progress| listener.lock().expect("no panic").push(progress.progress))
        .await
        .expect("a result, since progress gives it time");
    assert_eq!(result.text(), "done");
    assert_eq!(*heard.lock().expect("no panic"), [1.0, 2.0, 3.0]);
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_dropped_drops_the_future_that_served_it() {
    struct Gone(Arc<AtomicUsize>);
    impl Drop for Gone {
        fn drop(&mut self) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
    let dropped = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&dropped);
    let never = Tool::new(tool("never"), move |_, responder| {
        let gone = Gone(Arc::clone(&counter));
        responder.later(async move {
            std::future::pending::<()>().await;
            drop(gone);
            Answer::text("")
        })
    });
    let server = Server::builder("never", "1.0").tool(never).build().expect("a server");
    let client = connect(server, Client::builder("test", "1.0")).await;
    let call = client.call_tool("never", &json!({})).into_future();
    assert!(tokio::time::timeout(Duration::from_secs(1), call).await.is_err());
    while dropped.load(Ordering::Relaxed) == 0 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    client.ping().await.expect("the connection goes on");
}

#[tokio::test(start_paused = true)]
async fn a_tool_with_a_limit_runs_no_more_calls_than_that() {
    let (running, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (now, peak) = (Arc::clone(&running), Arc::clone(&most));
    let busy = Tool::new(tool("busy"), move |_, responder| {
        let (now, peak) = (Arc::clone(&now), Arc::clone(&peak));
        responder.later(async move {
            peak.fetch_max(now.fetch_add(1, Ordering::Relaxed) + 1, Ordering::Relaxed);
            tokio::time::sleep(Duration::from_secs(1)).await;
            now.fetch_sub(1, Ordering::Relaxed);
            Answer::text("done")
        })
    });
    let server =
        Server::builder("busy", "1.0").tool(busy.concurrency(2)).build().expect("a server");
    let client = connect(server, Client::builder("test", "1.0")).await;
    let calls = (0..10).map(|_| {
        let client = client.clone();
        tokio::spawn(async move { client.call_tool("busy", &json!({})).await.map(|it| it.text()) })
    });
    for call in calls.collect::<Vec<_>>() {
        assert_eq!(call.await.expect("no panic").expect("a result"), "done");
    }
    assert_eq!(most.load(Ordering::Relaxed), 2);
}

#[tokio::test(start_paused = true)]
async fn requests_are_answered_when_the_client_has_closed_its_side() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let slow = Tool::new(tool("slow"), |_, responder| {
        responder.later(async {
            tokio::time::sleep(Duration::from_secs(2)).await;
            Answer::text("late but there")
        })
    });
    let server = Server::builder("slow", "1.0").tool(slow).build().expect("a server");
    let (mut near, far) = tokio::io::duplex(1 << 16);
    let serving =
        tokio::spawn(async move { server.serve(ByteStream::new(far, &Limits::default())).await });
    let meta = r#""_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}"#;
    let call = format!(
        r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{"name":"slow","arguments":{{}},{meta}}}}}"#
    );
    near.write_all(format!("{call}\n").as_bytes()).await.expect("room");
    near.shutdown().await.expect("open");
    let mut answers = [0; 1024];
    let read = near.read(&mut answers).await.expect("open");
    let answers = str::from_utf8(&answers[..read]).expect("UTF-8");
    assert!(answers.contains("late but there"), "{answers}");
    assert_eq!(near.read(&mut [0; 1]).await.expect("an end"), 0);
    serving.await.expect("no panic").expect("an end");
}

#[tokio::test(start_paused = true)]
async fn changes_reach_the_clients_that_want_to_know() {
    for version in Version::ALL.into_iter().filter(|version| version.era() == Era::Legacy) {
        let changes = Changes::default();
        let server = server().watched(&changes).build().expect("a server");
        let heard = Arc::new(Mutex::new(Vec::new()));
        let listener = Arc::clone(&heard);
        let client = client(version).on_notification(move |message| {
            listener.lock().expect("no panic").extend(message.method());
        });
        let client = connect(server, client).await;
        client.subscribe("notes://today").await.expect("a subscription");
        changes.publish(Change::Tools);
        changes.publish(Change::Resource("notes://today"));
        changes.publish(Change::Resource("notes://tomorrow"));
        client.ping().await.expect("the answer comes behind the notifications");
        let heard = heard.lock().expect("no panic");
        assert_eq!(*heard, [Method::ToolListChanged, Method::ResourceUpdated]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_subscription_brings_what_was_agreed_until_it_is_dropped() {
    let changes = Changes::default();
    let server = server().watched(&changes).build().expect("a server");
    let heard = Arc::new(Mutex::new(Vec::new()));
    let listener = Arc::clone(&heard);
    let client = client(Version::V2026_07_28).on_notification(move |message| {
        listener.lock().expect("no panic").extend(message.method());
    });
    let client = connect(server, client).await;
    let filter = SubscriptionFilter::new()
        .tools_list_changed(true)
        .resource_subscriptions(["notes://today".into()]);
    let listening = client.listen(&filter).await.expect("a subscription");
    assert_eq!(listening.agreed().expect("a filter").tools_list_changed, Some(true));
    changes.publish(Change::Tools);
    changes.publish(Change::Prompts);
    changes.publish(Change::Resource("notes://today"));
    client.ping().await.expect("the answer comes behind the notifications");
    let expected = [Method::ToolListChanged, Method::ResourceUpdated];
    assert_eq!(*heard.lock().expect("no panic"), expected);
    drop(listening);
    client.ping().await.expect("the cancellation is there");
    changes.publish(Change::Tools);
    client.ping().await.expect("nothing more");
    assert_eq!(*heard.lock().expect("no panic"), expected);
}

#[tokio::test(start_paused = true)]
async fn a_subscription_that_is_refused_is_an_error() {
    let server = server().watched(&Changes::default()).configure(|it| it.limits.subscriptions = 0);
    let client = connect(server.build().expect("a server"), client(Version::V2026_07_28)).await;
    let filter = SubscriptionFilter::new().tools_list_changed(true);
    let refused = client.listen(&filter).await.expect_err("there is no room");
    assert_eq!(refused.peer().map(|error| error.code), Some(-32603), "{refused}");
}

#[tokio::test(start_paused = true)]
async fn a_server_reads_no_further_while_its_answers_are_not_read() {
    use tokio::io::AsyncWriteExt;
    let served = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&served);
    let large = Tool::new(tool("large"), move |_, responder| {
        counter.fetch_add(1, Ordering::Relaxed);
        responder.answer(&Answer::text("x".repeat(10_000)))
    });
    let limits = DriverLimits { unsent_bytes: 100_000, ..DriverLimits::default() };
    let server = Server::builder("large", "1.0").tool(large).limits(limits);
    let server = server.build().expect("a server");
    let (mut near, far) = tokio::io::duplex(1 << 12);
    tokio::spawn(async move { server.serve(ByteStream::new(far, &Limits::default())).await });
    let meta = r#""_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}"#;
    let flood = async {
        for id in 0.. {
            let call = format!(
                "{{\"jsonrpc\":\"2.0\",\"id\":{id},\"method\":\"tools/call\",\"params\":{{\"name\":\"large\",{meta}}}}}\n"
            );
            near.write_all(call.as_bytes()).await.expect("open");
        }
    };
    let stuck = tokio::time::timeout(Duration::from_secs(60), flood).await;
    assert!(stuck.is_err(), "the server reads without an end");
    let (served, ahead) = (served.load(Ordering::Relaxed), 256 << 10);
    assert!(served <= (ahead + 100_000) / 10_000 + 2, "{served} were served");
}

#[tokio::test]
async fn sampling_and_roots_are_answered() {
    let asks = Tool::new(tool("asks"), |request, responder| {
        let context = request.context().clone();
        responder.later(async move {
            let params = r#"{"messages":[],"maxTokens":10}"#;
            let params = Raw::parse(params).expect("JSON");
            let call = Call::new(Method::CreateMessage).params(params);
            let sampled = context.request(call).expect("allowed").await.expect("an answer");
            let call = Call::new(Method::ListRoots);
            let roots = context.request(call).expect("allowed").await.expect("an answer");
            let model = sampled.result().and_then(|it| it.get("model")?.string()).expect("a model");
            let roots = roots.result().and_then(|it| it.get("roots")?.elements()).expect("roots");
            Answer::text(format!("{} {}", model.decode(), roots.count()))
        })
    });
    let server = Server::builder("asks", "1.0").tool(asks).build().expect("a server");
    let client =
        client(Version::V2025_11_25).roots([Root::new("file:///work")]).sampling(|_| async {
            let content = SamplingContent::text("42");
            Ok(CreateMessageResult::new(model::Role::Assistant, content, "deep-thought"))
        });
    let client = connect(server, client).await;
    let result = client.call_tool("asks", &json!({})).await.expect("a result");
    assert_eq!(result.text(), "deep-thought 1");
}

#[tokio::test(start_paused = true)]
async fn a_question_is_refused_with_a_code_a_message_and_data() {
    let asks = Tool::new(tool("asks"), |request, responder| {
        let context = request.context().clone();
        responder.later(async move {
            let params = Raw::parse(
                r#"{"message":"?","requestedSchema":{"type":"object","properties":{}}}"#,
            )
            .expect("JSON");
            let call = Call::new(Method::Elicit).params(params);
            let error = context.request(call).expect("allowed").await.expect_err("refused");
            let error = error.peer().expect("an error of the client");
            let until = error.data.expect("data").spelling();
            Answer::text(format!("{} {} {until}", error.code, error.message.decode()))
        })
    });
    let refuses = |version| {
        client(version).elicitation(|_| async {
            let until = Json::parse(r#"{"until":"9:00"}"#).expect("JSON");
            Err(Refusal::new(-32050, "nobody is there").with_data(until))
        })
    };
    let server = Server::builder("asks", "1.0").tool(asks).tool(asking()).build();
    let server = server.expect("a server");
    let told = connect(server.clone(), refuses(Version::V2025_11_25)).await;
    let result = told.call_tool("asks", &json!({})).await.expect("a result");
    assert_eq!(result.text(), r#"-32050 nobody is there {"until":"9:00"}"#);
    // A server that asks by its answer hears nothing: the call that has to bring it ends here.
    let told = connect(server, refuses(Version::V2026_07_28)).await;
    let error = told.call_tool("ask", &json!({})).await.expect_err("refused");
    let refusal = error.refused_here().expect("a refusal");
    assert_eq!((refusal.code, &*refusal.message), (-32050, "nobody is there"));
    assert!(error.to_string().contains("nobody is there") && error.peer().is_none());
}

#[tokio::test]
async fn roots_are_listed_anew_each_time_and_a_server_hears_that_they_have_changed() {
    for version in [Version::V2025_11_25, Version::V2026_07_28] {
        let asks = Tool::new(tool("asks"), |request, responder| {
            responder.later(async move {
                let ask = async || {
                    let roots = Inputs::of(&request)?.list_roots("roots").await?;
                    Ok(Answer::text(roots.roots.len().to_string()))
                };
                ask().await.unwrap_or_else(|answer| answer)
            })
        });
        let (heard, mut hearing) = tokio::sync::mpsc::channel(1);
        let server = Server::builder("asks", "1.0").tool(asks);
        let server =
            server.layer(tower_layer::layer_fn(move |next| Hearing { next, heard: heard.clone() }));
        let count = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&count);
        let client = client(version).list_roots(move || {
            let roots = vec![Root::new("file:///work"); counted.fetch_add(1, Ordering::Relaxed)];
            async { Ok(ListRootsResult::new(roots)) }
        });
        let client = connect(server.build().expect("a server"), client).await;
        for expected in ["0", "1", "2"] {
            let result = client.call_tool("asks", &json!({})).await.expect("a result");
            assert_eq!(result.text(), expected, "{version}");
        }
        client.roots_changed().expect("allowed");
        if version == Version::V2025_11_25 {
            let heard = hearing.recv().await.expect("a notification");
            assert_eq!(heard, "notifications/roots/list_changed");
        }
        client.close().await;
        assert_eq!(hearing.recv().await, None, "{version}");
    }
}

/// Hears of what a client says, but for the end of its handshake.
struct Hearing<H> {
    next: H,
    heard: tokio::sync::mpsc::Sender<String>,
}

impl<H: Handler> Handler for Hearing<H> {
    fn request(&self, request: Request, responder: Responder<'_>) -> Served {
        self.next.request(request, responder)
    }

    fn notification(&self, notification: Notification) {
        let method = notification.message().method_name().map(|name| name.decode().into_owned());
        if let Some(method) = method.filter(|method| method != "notifications/initialized") {
            self.heard.try_send(method).expect("room");
        }
    }
}

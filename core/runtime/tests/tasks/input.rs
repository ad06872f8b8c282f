//! Tasks that need something from their owner.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use mcp_engine_proto::connection::Call;
use mcp_engine_proto::json::Raw;
use mcp_engine_proto::model::{
    ElicitAction, ElicitRequestFormParams, ElicitRequestParams, ElicitResult, ElicitValue,
    JsonObject, Map, RequestedSchema,
};
use mcp_engine_proto::task::{Status, TaskSupport};
use mcp_engine_proto::version::{Era, Version};
use mcp_engine_proto::{Message, Method};
use mcp_engine_runtime::client::{Client, ClientBuilder, Refusal};
use mcp_engine_runtime::server::{Inputs, Tool};
use mcp_engine_runtime::{Answer, Request};

use tokio::sync::Notify;

use crate::stage::{VERSIONS, client, pair, slow, start, tool};

fn form(message: &'static str) -> ElicitRequestParams<'static> {
    ElicitRequestParams::Form(ElicitRequestFormParams::new(
        message,
        RequestedSchema::new(Map::new()),
    ))
}

fn said(result: &ElicitResult<'_>) -> String {
    match result.content.as_ref().and_then(|content| content.get("name")) {
        Some(ElicitValue::String(name)) => name.to_string(),
        _ => "nothing".to_owned(),
    }
}

/// A client whose user repeats what is asked, and counts.
fn answering(version: Version, asked: &Arc<AtomicUsize>) -> ClientBuilder {
    let asked = Arc::clone(asked);
    client(version).elicitation(move |params| {
        asked.fetch_add(1, Ordering::SeqCst);
        let ElicitRequestParams::Form(form) = params else { panic!("a form") };
        let mut content = Map::new();
        content.insert("name", ElicitValue::String(form.message));
        async move { Ok::<_, Refusal>(ElicitResult::new(ElicitAction::Accept).content(content)) }
    })
}

/// A tool that asks twice, one after the other, and counts how often it begins.
fn asking(begun: &Arc<AtomicUsize>) -> Tool {
    let begun = Arc::clone(begun);
    tool("asking", move |request| {
        begun.fetch_add(1, Ordering::SeqCst);
        async move { ask_twice(&request).await.unwrap_or_else(|answer| answer) }
    })
}

async fn ask_twice(request: &Request) -> Result<Answer<'static>, Answer<'static>> {
    let mut inputs = Inputs::of(request)?;
    let one = inputs.elicit("one", &form("Ada")).await?;
    let two = inputs.elicit("two", &form("Lovelace")).await?;
    Ok(Answer::text(format!("{} {}", said(&one), said(&two))))
}

#[tokio::test(start_paused = true)]
async fn a_handler_asks_the_owner_of_its_task_and_goes_on_where_it_is() {
    for version in VERSIONS {
        let (begun, asked) = <(Arc<AtomicUsize>, Arc<AtomicUsize>)>::default();
        let client = pair([asking(&begun)], answering(version, &asked)).await;
        let result = start(&client, "asking").await.wait().await.expect("a result");
        assert_eq!(result.text(), "Ada Lovelace", "{version}");
        assert_eq!(begun.load(Ordering::SeqCst), 1, "{version}");
        assert_eq!(asked.load(Ordering::SeqCst), 2, "{version}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_poll_that_is_dropped_is_made_again() {
    for version in VERSIONS {
        let client = pair([slow()], client(version)).await;
        let mut task = start(&client, "slow").await;
        tokio::time::sleep(Duration::from_secs(2)).await;
        tokio::select! {
            biased;
            status = task.poll() => panic!("{status:?} without an answer"),
            () = std::future::ready(()) => {}
        }
        assert_eq!(task.wait().await.expect("a result").text(), "slow and steady", "{version}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_a_task_was_not_brought_is_brought_by_whoever_polls_next() {
    let (asked, count) = (Arc::new(Notify::new()), AtomicUsize::new(0));
    let heard = Arc::clone(&asked);
    let client = client(Version::LATEST).elicitation(move |_| {
        heard.notify_one();
        let is_first = count.fetch_add(1, Ordering::SeqCst) == 0;
        async move {
            if is_first {
                std::future::pending::<()>().await;
            }
            Ok(ElicitResult::new(ElicitAction::Accept))
        }
    });
    let client = pair([asking(&Arc::default())], client).await;
    let mut task = start(&client, "asking").await;
    tokio::select! {
        result = task.result() => panic!("{result:?} without input"),
        () = asked.notified() => {}
    }
    assert_eq!(task.result().await.expect("a result").text(), "nothing nothing");
    assert_eq!(task.result().await.expect("the same").text(), "nothing nothing");
}

#[tokio::test(start_paused = true)]
async fn a_task_says_that_it_waits_for_its_owner_until_it_has_everything() {
    let several = tool("several", |request| async move {
        let ask = async || {
            let mut inputs = Inputs::of(&request)?;
            inputs.want_elicited("one", &form("one"));
            inputs.want_elicited("two", &form("two"));
            inputs.gather().await?;
            let (one, two) = (inputs.elicited("one")?, inputs.elicited("two")?);
            Ok(Answer::text(format!("{} {}", said(&one), said(&two))))
        };
        ask().await.unwrap_or_else(|answer| answer)
    });
    let client = pair([several], answering(Version::LATEST, &Arc::default())).await;
    let task = start(&client, "several").await;
    let id = format!(r#""taskId":"{}""#, task.id());
    let shown = until_asked(&client, &id).await;
    assert_eq!(keys(&shown), ["one", "two"]);

    let give = |key: &str| {
        format!(
            r#"{{{id},"inputResponses":{{"{key}":{{"action":"accept","content":{{"name":"{key}!"}}}}}}}}"#
        )
    };
    ask(&client, Method::UpdateTask, &give("one")).await;
    assert_eq!(keys(&until_asked(&client, &id).await), ["two"]);
    ask(&client, Method::UpdateTask, &give("two")).await;
    assert_eq!(task.wait().await.expect("a result").text(), "one! two!");
}

#[tokio::test(start_paused = true)]
async fn what_does_not_fit_the_question_is_asked_again_under_another_key() {
    let one = tool("one", |request| async move {
        let ask = async || {
            let said_now = Inputs::of(&request)?.elicit("name", &form("name")).await?;
            Ok(Answer::text(said(&said_now)))
        };
        ask().await.unwrap_or_else(|answer| answer)
    });
    let client = pair([one], answering(Version::LATEST, &Arc::default())).await;
    let task = start(&client, "one").await;
    let id = format!(r#""taskId":"{}""#, task.id());
    assert_eq!(keys(&until_asked(&client, &id).await), ["name"]);
    let nonsense = format!(r#"{{{id},"inputResponses":{{"name":{{"action":"dance"}}}}}}"#);
    ask(&client, Method::UpdateTask, &nonsense).await;
    assert_eq!(keys(&until_asked(&client, &id).await), ["name-2"]);
    let sense = r#"{"action":"accept","content":{"name":"Ada"}}"#;
    let sense = format!(r#"{{{id},"inputResponses":{{"name-2":{sense}}}}}"#);
    ask(&client, Method::UpdateTask, &sense).await;
    assert_eq!(task.wait().await.expect("a result").text(), "Ada");
}

#[tokio::test(start_paused = true)]
async fn a_handler_that_asks_by_its_answer_is_called_again_with_what_was_given() {
    let raw = tool("raw", |request| async move {
        let params = request.message().params().expect("parameters");
        let state = params.get("requestState").and_then(Raw::string);
        let given = params.get("inputResponses").map(Raw::spelling);
        match (state, given) {
            (Some(state), Some(given)) if state == "round 1" => Answer::text(given.to_owned()),
            _ => Answer::InputRequired {
                requests: JsonObject::parse(
                    r#"{"who":{"method":"elicitation/create","params":{"mode":"form","message":"Ada","requestedSchema":{"type":"object","properties":{}}}}}"#,
                )
                .ok(),
                state: Some("round 1".into()),
            },
        }
    });
    let client = pair([raw], answering(Version::LATEST, &Arc::default())).await;
    let result = start(&client, "raw").await.wait().await.expect("a result");
    assert!(result.text().contains(r#"{"who":{"action":"accept""#), "{}", result.text());
}

#[tokio::test(start_paused = true)]
async fn a_tool_that_asks_first_has_its_answer_when_its_task_begins() {
    let begun = Arc::<AtomicUsize>::default();
    let patient = asking(&begun).task(TaskSupport::Required).ask_first(|inputs| {
        inputs.want_elicited("one", &form("Ada"));
        inputs.want_elicited("two", &form("Lovelace"));
    });
    let client = pair([patient], answering(Version::LATEST, &Arc::default())).await;
    let params = Raw::parse(r#"{"name":"asking"}"#).expect("JSON");
    let call = Call::new(Method::CallTool).params(params);
    let first = client.peer().request(call).expect("a request").await.expect("an answer");
    let first = first.result().expect("a result");
    assert_eq!(first.get("resultType").map(Raw::spelling), Some(r#""input_required""#));
    assert!(first.get("taskId").is_none());
    assert_eq!(begun.load(Ordering::SeqCst), 0);

    let mut task = start(&client, "asking").await;
    while task.poll().await.expect("it is there") == Status::Working {}
    assert_eq!(task.wait().await.expect("a result").text(), "Ada Lovelace");
}

#[tokio::test(start_paused = true)]
async fn a_client_that_cannot_be_asked_has_its_task_fail() {
    for version in VERSIONS {
        let client = pair([asking(&Arc::default())], client(version)).await;
        let error = start(&client, "asking").await.wait().await.expect_err("nobody to ask");
        // The legacy era has no code of its own for that.
        let code = if version.era() == Era::Modern { -32021 } else { -32600 };
        assert_eq!(error.peer().expect("the server").code, code, "{version}: {error}");
    }
}

/// The task, when it asks for something.
async fn until_asked(client: &Client, id: &str) -> Message {
    loop {
        let shown = ask(client, Method::GetTask, &format!("{{{id}}}")).await;
        if shown.as_str().contains("input_required") {
            return shown;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

async fn ask(client: &Client, method: Method, params: &str) -> Message {
    let call = Call::new(method).params(Raw::parse(params).expect("JSON"));
    client.peer().request(call).expect("a request").await.expect("an answer")
}

fn keys(shown: &Message) -> Vec<String> {
    let requests = shown.result().and_then(|task| task.get("inputRequests")?.members());
    requests.expect("requests").map(|(key, _)| key.decode().into_owned()).collect()
}

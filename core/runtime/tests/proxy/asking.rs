//! A server of the legacy era asks clients of the modern one, whose requests are parked meanwhile.

use std::sync::atomic::Ordering;
use std::time::Duration;

use mcp_engine_proto::model::{ElicitAction, ElicitResult};
use mcp_engine_proto::version::Version;
use mcp_engine_runtime::client::{Client, Refusal};
use mcp_engine_runtime::proxy::{Proxy, ProxyLimit, ProxyLimits};
use serde_json::{Value, json};

use crate::stage::{Behind, Lone, ada, ask_raw, client, limited, text_of, through};

const ALICE: Option<&str> = Some("alice");

async fn lone(change: impl FnOnce(&mut ProxyLimits)) -> Scene {
    let behind = Behind::new(Version::V2025_11_25);
    let proxy = behind.proxy().limits(limited(change)).build().expect("a runtime");
    Scene { lone: Lone::new(&proxy).await, behind, proxy }
}

struct Scene {
    lone: Lone,
    behind: Behind,
    proxy: Proxy,
}

impl Scene {
    fn count(&self, limit: ProxyLimit) -> u64 {
        self.proxy.counters().limit(limit)
    }
}

fn code(answer: &Value) -> i64 {
    answer["error"]["code"].as_i64().unwrap_or_default()
}

#[tokio::test(start_paused = true)]
async fn a_request_is_parked_until_its_client_comes_again() {
    let scene = lone(|_| {}).await;
    for who in [None, ALICE] {
        let first = scene.lone.call(who, "ask").await;
        assert_eq!(first["result"]["resultType"], "input_required", "{first}");
        let (_, question) = first["result"]["inputRequests"]
            .as_object()
            .expect("questions")
            .iter()
            .next()
            .expect("one");
        assert_eq!(question["method"], "elicitation/create");
        assert_eq!(question["params"]["message"], "Your first name?");
        assert_eq!(scene.proxy.parked(), 1);
        let second = scene.lone.come_again(who, "ask", &first).await;
        assert_eq!(second["result"]["resultType"], "input_required", "{second}");
        let third = scene.lone.come_again(who, "ask", &second).await;
        assert_eq!(text_of(&third), "Hello Ada Lovelace", "{third}");
        assert_eq!(scene.proxy.parked(), 0);
        let replayed = scene.lone.come_again(who, "ask", &second).await;
        assert_eq!(code(&replayed), -32602, "{replayed}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_parked_request_is_for_its_principal_and_its_parameters_alone() {
    let scene = lone(|_| {}).await;
    let asked = scene.lone.call(ALICE, "ask").await;
    for (who, tool) in [(Some("mallory"), "ask"), (None, "ask"), (ALICE, "never")] {
        let refused = scene.lone.come_again(who, tool, &asked).await;
        assert_eq!(code(&refused), -32602, "{who:?} {tool}: {refused}");
    }
    let mut altered = asked.clone();
    altered["result"]["requestState"] = json!("AQAA");
    assert_eq!(code(&scene.lone.come_again(ALICE, "ask", &altered).await), -32602);
    let second = scene.lone.come_again(ALICE, "ask", &asked).await;
    assert_eq!(second["result"]["resultType"], "input_required", "it waits still: {second}");
}

#[tokio::test(start_paused = true)]
async fn what_was_not_answered_as_it_was_asked_is_asked_again() {
    let scene = lone(|limits| limits.rounds = 3).await;
    let asked = scene.lone.call(None, "ask").await;
    let questions = asked["result"]["inputRequests"].as_object().expect("questions");
    let key = questions.keys().next().expect("one").clone();
    let mut state = asked["result"]["requestState"].clone();
    let wrong = [json!({}), json!({&key: {"action": "perhaps"}}), json!({"other": {}})];
    for (round, responses) in wrong.into_iter().enumerate() {
        let params = json!({
            "name": "ask", "arguments": {"text": "hi"},
            "inputResponses": responses, "requestState": state,
        });
        let again = scene.lone.ask(None, "tools/call", params).await;
        if round == 2 {
            assert_eq!(code(&again), -32603, "{again}");
            assert_eq!(scene.count(ProxyLimit::Rounds), 1);
        } else {
            assert!(again["result"]["inputRequests"][&key].is_object(), "{again}");
            state = again["result"]["requestState"].clone();
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_request_is_parked_for_a_while_and_then_given_up_at_the_server() {
    let scene = lone(|limits| limits.parked_time = Duration::from_secs(90)).await;
    let asked = scene.lone.call(None, "ask").await;
    tokio::time::sleep(Duration::from_secs(89)).await;
    assert_eq!(scene.proxy.parked(), 1, "no silence counts while the client is asked");
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!((scene.proxy.parked(), scene.count(ProxyLimit::ParkedTime)), (0, 1));
    let late = scene.lone.come_again(None, "ask", &asked).await;
    assert_eq!(code(&late), -32602, "{late}");
    assert_eq!(text_of(&scene.lone.call(None, "echo").await), "hi");
}

#[tokio::test(start_paused = true)]
async fn so_many_requests_are_parked_of_all_and_of_each() {
    let scene = lone(|limits| (limits.parked, limits.parked_each) = (3, 2)).await;
    let mut parked = Vec::new();
    for who in [ALICE, ALICE, Some("bob")] {
        parked.push((who, scene.lone.call(who, "ask").await));
    }
    assert_eq!(scene.proxy.parked(), 3);
    let refused = scene.lone.call(Some("carol"), "ask").await;
    assert_eq!((code(&refused), scene.count(ProxyLimit::Parked)), (-32603, 1), "{refused}");
    let (bob, asked) = parked.pop().expect("three");
    let second = scene.lone.come_again(bob, "ask", &asked).await;
    scene.lone.come_again(bob, "ask", &second).await;
    let refused = scene.lone.call(ALICE, "ask").await;
    assert_eq!((code(&refused), scene.count(ProxyLimit::ParkedEach)), (-32603, 1), "{refused}");
    assert_eq!(scene.proxy.parked(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_is_gone_takes_its_request_along() {
    let scene = lone(|_| {}).await;
    let (lone, dropped) = (scene.lone.clone(), &scene.behind.dropped);
    let call = tokio::spawn(async move { lone.call(None, "never").await });
    while scene.proxy.upstreams() == 0 {
        tokio::task::yield_now().await;
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    call.abort();
    while dropped.load(Ordering::SeqCst) == 0 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test(start_paused = true)]
async fn what_a_modern_server_gives_out_is_sealed_for_who_is_known() {
    let behind = Behind::new(Version::V2026_07_28);
    let proxy = behind.proxy().build().expect("a runtime");
    let lone = Lone::new(&proxy).await;
    for who in [None, ALICE] {
        let first = lone.call(who, "ask").await;
        let second = lone.come_again(who, "ask", &first).await;
        assert!(second["result"]["requestState"].is_string(), "{second}");
        let theirs = lone.come_again(Some("mallory"), "ask", &second).await;
        assert_eq!(code(&theirs), -32602, "{theirs}");
        let third = lone.come_again(who, "ask", &second).await;
        assert_eq!(text_of(&third), "Hello Ada Lovelace", "{third}");
    }
    assert_eq!(proxy.parked(), 0, "a modern server keeps nothing open");
}

#[tokio::test(start_paused = true)]
async fn a_parked_request_is_for_its_connection_alone_and_goes_with_it() {
    let behind = Behind::new(Version::V2025_11_25);
    let proxy = behind.proxy().build().expect("a runtime");
    let call = |client: Client, more: Value| async move {
        let mut params = json!({"name": "ask", "arguments": {}});
        params.as_object_mut().expect("one").extend(more.as_object().cloned().unwrap_or_default());
        ask_raw(&client, "tools/call", &params.to_string()).await
    };
    let (alice, mallory) =
        (through(&proxy, ada(Version::LATEST)).await, through(&proxy, ada(Version::LATEST)).await);
    let asked = call(alice.clone(), json!({})).await.expect("a question");
    let brought = json!({"requestState": asked["result"]["requestState"]});
    let refused = call(mallory, brought.clone()).await.expect_err("it is not hers");
    assert_eq!(refused.peer().map(|error| error.code), Some(-32602));
    let again = call(alice.clone(), brought).await.expect("the same question");
    assert_eq!(again["result"]["inputRequests"], asked["result"]["inputRequests"]);
    assert_eq!((proxy.parked(), proxy.upstreams()), (1, 1));
    alice.close().await;
    while proxy.parked() + proxy.upstreams() > 0 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_client_of_the_legacy_era_has_its_time_to_answer() {
    for up in [Version::V2025_11_25, Version::LATEST] {
        let slow = client(Version::V2025_11_25).elicitation(|_| async {
            tokio::time::sleep(Duration::from_secs(5 * 60)).await;
            Ok(ElicitResult::new(ElicitAction::Decline))
        });
        let limits = limited(|limits| limits.silence = Duration::from_secs(10));
        let proxy = Behind::new(up).proxy().limits(limits).build().expect("a runtime");
        let client = through(&proxy, slow).await;
        let call = client.call_tool("ask", &json!({})).timeout(Duration::from_secs(3600));
        assert_eq!(call.await.expect("a result").text(), "Hello  ", "{up}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_client_of_the_legacy_era_takes_no_longer_than_the_limit() {
    for up in [Version::V2025_11_25, Version::LATEST] {
        let never = client(Version::V2025_11_25)
            .elicitation(|_| std::future::pending::<Result<ElicitResult<'static>, Refusal>>());
        let limits = limited(|limits| limits.parked_time = Duration::from_secs(100));
        let proxy = Behind::new(up).proxy().limits(limits).build().expect("a runtime");
        let client = through(&proxy, never).await;
        let call = client.call_tool("ask", &json!({})).timeout(Duration::from_secs(3600));
        let began = tokio::time::Instant::now();
        let late = call.await.map(|result| result.is_error());
        assert!(late.is_err() || late.is_ok_and(|is_error| is_error), "{up}");
        assert_eq!(began.elapsed().as_secs(), 100, "{up}");
        assert_eq!(proxy.counters().limit(ProxyLimit::ParkedTime), 1, "{up}");
    }
}

/// Answers what is asked, as long as something is.
async fn finish(lone: &Lone, who: Option<&str>) -> Value {
    let mut answer = lone.call(who, "ask").await;
    while answer["result"]["resultType"] == "input_required" {
        answer = lone.come_again(who, "ask", &answer).await;
    }
    answer
}

#[tokio::test(start_paused = true)]
async fn requests_that_are_asked_at_the_same_time_all_come_to_their_end() {
    let scene = lone(|_| {}).await;
    let calls = (0..20).map(|_| {
        let lone = scene.lone.clone();
        tokio::spawn(async move { finish(&lone, ALICE).await })
    });
    for call in calls.collect::<Vec<_>>() {
        let answer = call.await.expect("no panic");
        assert_eq!(text_of(&answer), "Hello Ada Lovelace", "{answer}");
    }
    assert_eq!(scene.behind.connections(), 2, "one for them all, beside the look at the server");
}

#[tokio::test]
async fn over_http_a_question_goes_to_the_request_that_it_is_about() {
    let behind = Behind::new(Version::V2025_11_25);
    let proxy = behind.proxy_over_http().await.build().expect("a runtime");
    let lone = Lone::new(&proxy).await;
    let first = lone.call(ALICE, "ask").await;
    assert_eq!(first["result"]["resultType"], "input_required", "{first}");
    // This one came later, and would be asked if nothing else were known.
    let other = lone.clone();
    let never = tokio::spawn(async move { other.call(ALICE, "never").await });
    while behind.started.load(Ordering::SeqCst) == 0 {
        tokio::task::yield_now().await;
    }
    let second = lone.come_again(ALICE, "ask", &first).await;
    assert_eq!(second["result"]["resultType"], "input_required", "{second}");
    let third = lone.come_again(ALICE, "ask", &second).await;
    assert_eq!(text_of(&third), "Hello Ada Lovelace", "{third}");
    never.abort();
}

//! Rows 11, 13, 40 to 49, 53 and 54: what servers say to a client that they should not.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use mcp_engine_proto::{self as proto, Limit};
use serde_json::json;
use tokio::time::timeout;

use crate::played::{Played, well};
use crate::way::{LIMITS, Way};

/// What comes of something that is said while a call waits for its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// Nothing: the answer behind it is the answer.
    PassedOver,
    /// The call has failed.
    Failed,
    /// It was the answer.
    Answered,
}

/// Says each of these on every way, with the id of the call for `ID`, and then makes a good call on the same connection.
async fn play(texts: &[&str], outcome: Outcome) {
    for way in Way::ALL {
        let played = async {
            let mut played = Played::open(way, LONG).await;
            for text in texts {
                say(&mut played, text, outcome, &format!("{way:?}: {text}")).await;
                played.good().await;
            }
        };
        assert!(timeout(LONG, played).await.is_ok(), "{way:?}: nothing has come");
    }
}

async fn say(played: &mut Played, text: &str, outcome: Outcome, about: &str) {
    let call = played.calling();
    let id = played.asked("tools/call").await;
    played.say(&text.replace("ID", &id.to_string())).await;
    match outcome {
        Outcome::PassedOver => {
            played.answer(&id).await;
            let answer = call.await.expect("no panic");
            assert_eq!(answer.unwrap_or_else(|error| panic!("{about}: {error}")), "well");
        }
        Outcome::Answered => {
            let answer = call.await.expect("no panic");
            assert_eq!(answer.unwrap_or_else(|error| panic!("{about}: {error}")), "well");
            played.finish();
        }
        Outcome::Failed => {
            let answer = call.await.expect("no panic");
            let error = answer.expect_err(about);
            assert!(!error.is_timeout() && !error.is_closed(), "{about}: {error}");
            played.finish();
        }
    }
}

#[tokio::test]
async fn row_11_what_is_no_message_is_passed_over() {
    let logs = [
        "starting up…",
        "INFO listening on stdio",
        "{oops",
        "\u{1b}[32mready\u{1b}[0m",
        "[]",
        "{}",
        "17",
    ];
    play(&logs, Outcome::PassedOver).await;
}

#[tokio::test]
async fn row_40_an_answer_that_is_both_or_neither_fails_its_call() {
    let answers = [
        r#"{"jsonrpc":"2.0","id":ID,"result":{},"error":{"code":1,"message":"m"}}"#,
        r#"{"jsonrpc":"2.0","id":ID}"#,
        r#"{"jsonrpc":"2.0","id":ID,"result":7}"#,
    ];
    play(&answers, Outcome::Failed).await;
}

#[tokio::test]
async fn row_41_unknown_members_of_an_answer_are_passed_over() {
    let answers = [
        r#"{"jsonrpc":"2.0","id":ID,"x":{"y":1},"result":{"resultType":"complete","z":[],"content":[{"type":"text","text":"well","w":1}],"_meta":{"v":2}}}"#,
    ];
    play(&answers, Outcome::Answered).await;
}

#[tokio::test]
async fn row_42_an_error_that_is_none_fails_its_call() {
    let answers = [
        r#"{"jsonrpc":"2.0","id":ID,"error":{"code":1.5,"message":"m"}}"#,
        r#"{"jsonrpc":"2.0","id":ID,"error":{"code":"x","message":"m"}}"#,
        r#"{"jsonrpc":"2.0","id":ID,"error":null}"#,
        r#"{"jsonrpc":"2.0","id":ID,"error":{}}"#,
    ];
    play(&answers, Outcome::Failed).await;
}

#[tokio::test]
async fn an_answer_above_the_limit_fails_its_call_with_that_limit_and_no_other_one() {
    let text = "x".repeat(LIMITS.message_bytes as usize);
    let result = format!(r#""result":{{"content":[{{"type":"text","text":"{text}"}}]}}"#);
    let first = format!(r#"{{"jsonrpc":"2.0","id":ID,{result}}}"#);
    let last = format!(r#"{{{result},"jsonrpc":"2.0","id":ID}}"#);
    // A message that is too long ends a WebSocket, and on one stream of events for all the id has to come first.
    for way in Way::ALL.into_iter().filter(|way| *way != Way::WebSocket) {
        let answers = if way == Way::HttpSse { &[&first][..] } else { &[&first, &last] };
        let mut played = Played::open(way, LONG).await;
        for answer in answers {
            let call = played.calling();
            let id = played.asked("tools/call").await;
            let other = played.calling();
            played.say(&answer.replace("ID", &id.to_string())).await;
            played.finish();
            let error = call.await.expect("no panic").expect_err("it was too long");
            let limit = match error.protocol() {
                Some(proto::Error::LimitExceeded { limit, .. }) => Some(limit),
                _ => None,
            };
            let is_it = matches!(limit, Some(Limit::MessageBytes | Limit::EventBytes));
            assert!(is_it, "{way:?}: {error}");
            let id = played.asked("tools/call").await;
            played.answer(&id).await;
            assert_eq!(other.await.expect("no panic").expect("an answer"), "well", "{way:?}");
        }
    }
}

#[tokio::test]
async fn row_43_answers_to_nothing_are_passed_over() {
    let answers = [
        r#"{"jsonrpc":"2.0","id":987654,"result":{}}"#,
        r#"{"jsonrpc":"2.0","id":"ID","result":{}}"#,
        r#"{"jsonrpc":"2.0","id":"","error":{"code":1,"message":"m"}}"#,
    ];
    play(&answers, Outcome::PassedOver).await;
}

#[tokio::test]
async fn row_44_a_second_answer_is_passed_over() {
    for way in Way::ALL {
        let mut played = Played::open(way, LONG).await;
        let call = played.calling();
        let id = played.asked("tools/call").await;
        let other = well(&id).to_string().replace("well", "other");
        played.say(&well(&id).to_string()).await;
        played.say(&other).await;
        played.say(&other).await;
        played.finish();
        assert_eq!(call.await.expect("no panic").expect("an answer"), "well", "{way:?}");
        played.good().await;
    }
}

#[tokio::test]
async fn row_45_an_answer_to_a_cancelled_call_is_passed_over() {
    for way in Way::ALL {
        let mut played = Played::open(way, LONG).await;
        let call = played.calling();
        let id = played.asked("tools/call").await;
        call.abort();
        assert!(call.await.expect_err("it was cancelled").is_cancelled());
        played.say(&well(&id).to_string()).await;
        played.finish();
        played.good().await;
    }
}

#[tokio::test]
async fn row_48_progress_of_nothing_is_passed_over() {
    let progress = [
        r#"{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":987654,"progress":1}}"#,
        r#"{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":"x","progress":1}}"#,
        r#"{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":ID,"progress":1}}"#,
        r#"{"jsonrpc":"2.0","method":"notifications/progress","params":{}}"#,
        r#"{"jsonrpc":"2.0","method":"notifications/progress"}"#,
    ];
    play(&progress, Outcome::PassedOver).await;
}

#[tokio::test]
async fn row_49_progress_that_does_not_increase_is_dropped() {
    for way in Way::ALL {
        let mut played = Played::open(way, LONG).await;
        let told = Arc::new(Mutex::new(Vec::new()));
        let (client, hears) = (played.client.clone(), Arc::clone(&told));
        let call = tokio::spawn(async move {
            let arguments = json!({"text": "x"});
            let call = client.call_tool("echo", &arguments).on_progress(move |message| {
                hears.lock().expect("no panic").push(message.progress);
            });
            Ok::<_, mcp_engine_runtime::Error>(call.await?.text())
        });
        let request = played.request("tools/call").await;
        let token = &request["params"]["_meta"]["progressToken"];
        assert!(!token.is_null(), "{request}");
        for progress in ["5", "3", "5", "1e999", "-1", "\"7\"", "6"] {
            played.say(&format!(r#"{{"jsonrpc":"2.0","method":"notifications/progress","params":{{"progressToken":{token},"progress":{progress}}}}}"#)).await;
        }
        for _ in 0..5_000 {
            played.say(&format!(r#"{{"jsonrpc":"2.0","method":"notifications/progress","params":{{"progressToken":{token},"progress":6}}}}"#)).await;
        }
        played.answer(&request["id"]).await;
        assert_eq!(call.await.expect("no panic").expect("an answer"), "well", "{way:?}");
        let told = told.lock().expect("no panic").clone();
        assert_eq!(told.last(), Some(&6.0), "{way:?}: {told:?}");
        assert!(told.is_sorted() && told.len() <= 2, "{way:?}: {told:?}");
        played.good().await;
    }
}

#[tokio::test]
async fn row_53_a_server_that_never_answers_is_given_up() {
    for way in Way::ALL {
        let mut played = Played::open(way, SHORT).await;
        let call = played.calling();
        played.asked("tools/call").await;
        let error = call.await.expect("no panic").expect_err("no answer");
        assert!(error.is_timeout(), "{way:?}: {error}");
        played.finish();
    }
}

#[tokio::test]
async fn row_13_a_server_that_reads_nothing_is_given_up() {
    for way in Way::ALL {
        let played = Played::open(way, SHORT).await;
        let text = "x".repeat(50_000);
        let calls: Vec<_> = (0..200)
            .map(|_| {
                let (client, text) = (played.client.clone(), text.clone());
                tokio::spawn(async move { client.call_tool("echo", &json!({"text": text})).await })
            })
            .collect();
        for call in calls {
            let ended = timeout(LONG, call).await.expect("nobody waits for ever");
            assert!(ended.expect("no panic").is_err(), "{way:?}");
        }
    }
}

#[tokio::test]
async fn row_54_listings_have_an_end() {
    for (way, is_same) in Way::ALL.into_iter().flat_map(|way| [(way, false), (way, true)]) {
        let mut played = Played::open(way, LONG).await;
        let client = played.client.clone();
        let mut listing = tokio::spawn(async move { client.list_tools().await });
        let mut pages = 0;
        let error = loop {
            let id = tokio::select! {
                listed = &mut listing => break listed.expect("no panic").expect_err("no end"),
                id = played.asked("tools/list") => id,
            };
            pages += 1;
            let cursor = if is_same { "same".to_owned() } else { format!("page {pages}") };
            let page = json!({"jsonrpc": "2.0", "id": id, "result": {"resultType": "complete",
                "tools": [], "nextCursor": cursor, "ttlMs": 0, "cacheScope": "private"}});
            played.say(&page.to_string()).await;
            played.finish();
        };
        assert!(pages <= if is_same { 2 } else { 11 }, "{way:?}: {pages} pages, {error}");
        played.good().await;
    }
}

/// Longer than anything takes.
const LONG: Duration = Duration::from_secs(20);
/// Short enough to be waited for.
const SHORT: Duration = Duration::from_millis(300);

//! Rows 41 to 54: sound messages at the wrong time, or for nobody.

use crate::table::Cell::{Cases, Gap, Test};
use crate::table::{Expect, INVALID_REQUEST, METHOD_NOT_FOUND, case, refused, rows};
use crate::talk::{Talk, call, initialize};
use crate::way::Way;

rows! {
    row_41_unknown_members_are_passed_over => |_| Cases(vec![
        case(r#"{"jsonrpc":"2.0","id":5,"method":"tools/call","x":{"y":[1]},"params":{"name":"echo","arguments":{"text":"x"},"z":1,META}}"#, Expect::Answered("5".into())),
    ]);
    row_43_answers_to_nothing_are_passed_over => |way| match way {
        Way::PostModern => Cases(vec![case(ANSWER, Expect::Status(400))]),
        _ => Cases(vec![case(ANSWER, Expect::Silence), case(ANSWER, Expect::Silence)]),
    };
    row_46_cancellations_of_nothing_are_passed_over => |way| {
        let cancel = |id: &str| case(format!(r#"{{"jsonrpc":"2.0","method":"notifications/cancelled","params":{{"requestId":{id},META}}}}"#), Expect::Silence);
        match way {
            Way::PostModern => Gap("a modern exchange is cancelled by hanging up, and notifications have no exchange to belong to"),
            _ => Cases(["77", "\"good-1\"", "\"hello\"", "{}"].map(cancel).into()),
        }
    };
    row_48_progress_of_nothing_is_passed_over => |way| {
        let progress = |token: &str| case(format!(r#"{{"jsonrpc":"2.0","method":"notifications/progress","params":{{"progressToken":{token},"progress":1,META}}}}"#), Expect::Silence);
        match way {
            Way::PostModern => Gap("a server hears no progress in the modern era: it asks nothing of its client"),
            _ => Cases(["77", "\"x\"", "{}"].map(progress).into()),
        }
    };
    row_50_initialize_comes_once => |way| match way {
        Way::PostLegacy | Way::PostModern => Gap("every initialize opens a session of its own over HTTP"),
        Way::Modern => Gap("a connection that speaks the modern era has no handshake to repeat"),
        way => Cases(vec![refused(initialize(way.version()), INVALID_REQUEST, Some("\"hello\""))]),
    };
    row_50_of_the_table => |way| match way {
        way if way.is_modern() => Gap("the modern era has no handshake that could be missing"),
        _ => Test(HERE, "row_50_a_request_before_initialize_is_refused"),
    };
    row_51_an_unknown_revision_is_told_which_are_spoken => |way| match way.is_modern() {
        true => Test(HERE, "row_51_an_unknown_modern_revision_is_told_which_are_spoken"),
        false => Test(HERE, "row_51_an_unknown_revision_is_offered_ours"),
    };
    row_52_methods_of_what_is_not_offered_are_not_found => |_| Cases(vec![
        refused(r#"{"jsonrpc":"2.0","id":5,"method":"prompts/list","params":{META}}"#, METHOD_NOT_FOUND, Some("5")).method("prompts/list"),
        refused(r#"{"jsonrpc":"2.0","id":5,"method":"resources/list","params":{META}}"#, METHOD_NOT_FOUND, Some("5")).method("resources/list"),
    ]);
}

const ANSWER: &str = r#"{"jsonrpc":"2.0","id":77,"result":{}}"#;
const HERE: &str = "core/runtime/tests/hostile/talking.rs";

#[tokio::test]
async fn row_35_the_id_of_a_request_in_flight_is_refused() {
    for way in Way::ALL.into_iter().filter(|way| !way.is_http()) {
        let mut talk = Talk::open(way).await;
        let never = call("\"same\"", way).replace("\"echo\"", "\"never\"");
        talk.say(never.as_bytes(), "").await;
        let heard = talk.try_on(call("\"same\"", way).as_bytes(), "").await.messages;
        // An error with the id would be taken for the answer to the first.
        let [refusal] = &heard[..] else { panic!("{way:?}: {heard:?}") };
        assert!(refusal.contains("-32600") && !refusal.contains("same"), "{way:?}: {refusal}");
    }
}

#[tokio::test]
async fn row_50_a_request_before_initialize_is_refused() {
    for way in Way::ALL.into_iter().filter(|way| !way.is_modern()) {
        let mut talk = Talk::connect(way).await;
        let said = talk.say(call("5", way).as_bytes(), "").await;
        let heard = match said.messages.first() {
            Some(heard) => heard.clone(),
            None => talk.hear().await.expect("an answer"),
        };
        assert!(heard.contains("\"error\""), "{way:?}: {heard}");
        assert!(Talk::open(way).await.call().await.is_empty(), "{way:?}");
    }
}

#[tokio::test]
async fn row_51_an_unknown_revision_is_offered_ours() {
    for way in Way::ALL.into_iter().filter(|way| !way.is_modern()) {
        let mut talk = Talk::connect(way).await;
        let said = talk.say(initialize("1999-12-31").as_bytes(), "").await;
        let heard = match said.messages.first() {
            Some(heard) => heard.clone(),
            None => talk.hear().await.expect("an answer"),
        };
        let ours = if way == Way::HttpSse { "2024-11-05" } else { "2025-11-25" };
        assert!(heard.contains(&format!("\"protocolVersion\":\"{ours}\"")), "{way:?}: {heard}");
    }
}

#[tokio::test]
async fn row_51_an_unknown_modern_revision_is_told_which_are_spoken() {
    for way in Way::ALL.into_iter().filter(|way| way.is_modern()) {
        let mut talk = Talk::open(way).await;
        let unknown = call("5", way).replace("2026-07-28", "2099-01-01");
        let said = talk.say_as("2099-01-01", unknown.as_bytes()).await;
        let heard = match said.messages.first() {
            Some(heard) => heard.clone(),
            None => talk.hear().await.expect("an answer"),
        };
        assert!(heard.contains("-32022") && heard.contains("2026-07-28"), "{way:?}: {heard}");
        assert!(talk.call().await.is_empty());
    }
}

#[tokio::test]
async fn row_13_a_client_that_reads_nothing_is_not_read_either() {
    for way in Way::ALL.into_iter().filter(|way| !way.is_http()) {
        let mut talk = Talk::open(way).await;
        let call = call("5", way).replace("well", &"x".repeat(60_000));
        let mut calls = 0;
        // Pipes and sockets hold a few MiB, and the server 1 MiB of answers.
        while calls < 2_000 && talk.try_say(call.as_bytes()).await {
            calls += 1;
        }
        assert!(calls < 2_000, "{way:?}: it reads on and on");
        for _ in 0..calls {
            assert!(talk.hear().await.expect("an answer").contains("\"id\":5"), "{way:?}");
        }
        assert!(Talk::open(way).await.call().await.is_empty());
    }
}

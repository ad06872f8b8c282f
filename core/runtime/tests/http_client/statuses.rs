//! What a server refuses with a status alone, and what that is to whoever has asked.

use mcp_engine_runtime::Error;

use crate::stage::{calling, error_of, modern, options};

#[derive(Debug, PartialEq, Eq)]
enum Kind {
    Limit,
    Timeout,
    Other,
}

fn kind(error: &Error) -> Kind {
    match (error.is_limit(), error.is_timeout(), error.is_closed()) {
        (true, false, false) => Kind::Limit,
        (false, true, false) => Kind::Timeout,
        (false, false, false) => Kind::Other,
        several => panic!("{error} is {several:?}"),
    }
}

#[tokio::test]
async fn every_status_has_its_kind_and_fails_its_call_alone() {
    let (mut stage, client) = modern(options()).await;
    for (status, expected) in [
        ("400 Bad Request", Kind::Other),
        ("401 Unauthorized", Kind::Other),
        ("403 Forbidden", Kind::Other),
        ("404 Not Found", Kind::Other),
        ("408 Request Timeout", Kind::Timeout),
        ("413 Content Too Large", Kind::Limit),
        ("414 URI Too Long", Kind::Limit),
        ("431 Request Header Fields Too Large", Kind::Limit),
        ("500 Internal Server Error", Kind::Other),
        ("502 Bad Gateway", Kind::Other),
        ("504 Gateway Timeout", Kind::Timeout),
    ] {
        let call = calling(&client);
        stage.call("tools/call").await.status(status).await;
        let error = error_of(call).await;
        assert_eq!(kind(&error), expected, "{error}");
        let answered = error.http().and_then(|error| error.status()).expect("a status");
        assert!(status.starts_with(&answered.code().to_string()), "{error}");
    }
}

#[tokio::test]
async fn a_server_that_stays_busy_has_its_kind() {
    let (mut stage, client) = modern(options()).await;
    for (status, expected) in [("429 Too Many Requests", Kind::Limit), ("503 Busy", Kind::Other)] {
        let call = calling(&client);
        for _ in 0..2 {
            let seen = stage.call("tools/call").await;
            seen.status(&format!("{status}\r\nretry-after: 0")).await;
        }
        let error = error_of(call).await;
        assert_eq!(kind(&error), expected, "{error}");
    }
}

#[tokio::test]
async fn a_message_that_is_too_large_for_the_server_is_said_to_be() {
    let (mut stage, client) = modern(options()).await;
    let call = calling(&client);
    stage.call("tools/call").await.status("413 Content Too Large").await;
    let error = error_of(call).await.to_string();
    assert!(error.contains("413 (the message is too large for it)"), "{error}");
}

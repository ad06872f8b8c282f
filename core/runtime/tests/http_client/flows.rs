//! Authorization that goes along with each request.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use mcp_engine_proto::http::Url;
use mcp_engine_runtime::http_client::{
    AuthorizationFlow, Authorizing, Credentials, HttpClientLimit, HttpClientLimits, HttpError,
    HttpOptions, Responded, SecretHeaders, Unauthorized,
};

use crate::stage::{calling, client_limits, error_of, modern, options, text, text_of};

/// What a flow has seen: how often it was begun, answered and dropped.
#[derive(Default)]
struct Seen {
    begun: AtomicU32,
    answered: AtomicU32,
    dropped: AtomicU32,
}

/// Sends a number that grows, until the status is another.
struct Numbered {
    seen: Arc<Seen>,
    again_at: u16,
    url: Option<Url>,
}

impl Numbered {
    fn credentials(&self, number: u32) -> Credentials {
        let mut headers = SecretHeaders::default();
        headers.add("x-number", &number.to_string()).expect("a header");
        Credentials { headers, url: self.url.clone() }
    }
}

impl AuthorizationFlow for Numbered {
    fn begin<'a>(&'a mut self, request: Unauthorized<'a>) -> Authorizing<'a, Credentials> {
        assert_eq!(request.verb, "POST");
        assert!(request.headers.contains_key("mcp-protocol-version"));
        assert!(request.body.is_some_and(|body| body.starts_with(b"{")));
        self.seen.begun.fetch_add(1, Ordering::Relaxed);
        Box::pin(async { Ok(self.credentials(0)) })
    }

    fn answered<'a>(&'a mut self, response: Responded<'a>) -> Authorizing<'a, Option<Credentials>> {
        let number = self.seen.answered.fetch_add(1, Ordering::Relaxed);
        let again = response.status.code() == self.again_at;
        Box::pin(async move { Ok(again.then(|| self.credentials(number))) })
    }
}

impl Drop for Numbered {
    fn drop(&mut self) {
        self.seen.dropped.fetch_add(1, Ordering::Relaxed);
    }
}

fn numbered(options: HttpOptions, again_at: u16, url: Option<Url>) -> (HttpOptions, Arc<Seen>) {
    let seen = Arc::new(Seen::default());
    let own = Arc::clone(&seen);
    let options = options.authorization_flows(move || {
        Box::new(Numbered { seen: Arc::clone(&own), again_at, url: url.clone() })
    });
    (options, seen)
}

#[tokio::test]
async fn a_flow_sees_every_response_and_has_the_request_sent_again() {
    let (options, seen) = numbered(options(), 403, None);
    let (mut stage, client) = modern(options).await;
    let call = calling(&client);
    for number in ["0", "1", "2"] {
        let asked = stage.call("tools/call").await;
        assert_eq!(asked.header("x-number"), Some(number));
        asked.status("403 Forbidden").await;
    }
    stage.call("tools/call").await.answer(text("let in")).await;
    assert_eq!(text_of(call).await, "let in");
    // With the handshake there were two requests, and nothing is left of either.
    assert_eq!(seen.begun.load(Ordering::Relaxed), 2);
    assert_eq!(seen.answered.load(Ordering::Relaxed), 5);
    assert_eq!(seen.dropped.load(Ordering::Relaxed), 2);
}

#[tokio::test]
async fn a_redirection_begins_a_flow_anew() {
    let (options, seen) = numbered(options(), 403, None);
    let (mut stage, client) = modern(options).await;
    let call = calling(&client);
    stage.call("tools/call").await.status("307 Temporary Redirect\r\nlocation: /moved").await;
    stage.call("tools/call").await.answer(text("moved")).await;
    assert_eq!(text_of(call).await, "moved");
    assert_eq!(seen.begun.load(Ordering::Relaxed), 3);
}

#[tokio::test]
async fn a_flow_that_never_has_enough_is_ended() {
    let limits = HttpClientLimits { attempts: 2, ..HttpClientLimits::default() };
    let (options, _) = numbered(client_limits(limits), 403, None);
    let (mut stage, client) = modern(options).await;
    let call = calling(&client);
    for _ in 0..3 {
        stage.call("tools/call").await.status("403 Forbidden").await;
    }
    let error = error_of(call).await;
    let limit = HttpClientLimit::Attempts;
    assert!(matches!(error.http(), Some(HttpError::Limit(own)) if *own == limit), "{error}");
    assert!(stage.is_quiet());
}

#[tokio::test]
async fn a_request_that_is_given_up_ends_its_flow() {
    let (options, seen) = numbered(options(), 403, None);
    let (mut stage, client) = modern(options).await;
    let call = calling(&client);
    let asked = stage.call("tools/call").await;
    call.abort();
    asked.is_gone().await;
    client.close().await;
    assert_eq!(seen.dropped.load(Ordering::Relaxed), seen.begun.load(Ordering::Relaxed));
}

#[tokio::test]
async fn a_flow_does_not_lead_elsewhere() {
    let elsewhere = Url::parse("http://elsewhere.example/mcp");
    let (options, _) = numbered(options(), 403, elsewhere);
    let stage = crate::stage::Stage::open().await;
    let connecting = crate::stage::connecting(
        &stage.url,
        &[mcp_engine_proto::version::Version::LATEST],
        options,
    );
    let error = connecting.await.expect("no panic").expect_err("no handshake");
    assert!(matches!(error.http(), Some(HttpError::Authorizer(_))), "{error}");
}

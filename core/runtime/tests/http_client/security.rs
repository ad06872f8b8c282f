//! What a server, or a URL, cannot make a client do.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use mcp_engine_proto::http::{HttpLimit, RedirectError, Url};
use mcp_engine_proto::version::Version;
use mcp_engine_runtime::http_client::{
    AddressPolicy, Authorizer, Authorizing, Challenge, HttpError, HttpOptions, HttpTransport,
    NextStep, SecretHeaders,
};

use crate::stage::{Stage, calling, connecting, error_of, modern, options, text, text_of};

#[tokio::test]
async fn a_redirection_at_the_origin_is_followed() {
    let (mut stage, client) = modern(options()).await;
    let call = calling(&client);
    let seen = stage.call("tools/call").await;
    seen.status("307 Temporary Redirect\r\nlocation: /moved").await;
    let moved = stage.call("tools/call").await;
    assert!(moved.head.starts_with("POST /moved HTTP/1.1"), "{}", moved.head);
    assert_eq!(moved.body, seen.body);
    moved.answer(text("moved")).await;
    assert_eq!(text_of(call).await, "moved");
}

#[tokio::test]
async fn a_redirection_to_another_origin_is_not_followed() {
    let (mut stage, client) = modern(options()).await;
    let mut other = Stage::open().await;
    for location in [other.url.as_str(), "http://169.254.169.254/latest", "file:///etc/passwd"] {
        let call = calling(&client);
        let seen = stage.call("tools/call").await;
        seen.status(&format!("308 Permanent Redirect\r\nlocation: {location}")).await;
        let error = error_of(call).await;
        assert!(matches!(error.http(), Some(HttpError::Redirect(_))), "{location}: {error}");
    }
    assert!(other.is_quiet());
}

#[tokio::test]
async fn a_redirection_that_would_lose_the_message_is_not_followed() {
    let (mut stage, client) = modern(options()).await;
    let call = calling(&client);
    stage.call("tools/call").await.status("302 Found\r\nlocation: /moved").await;
    let error = error_of(call).await;
    assert!(matches!(error.http(), Some(HttpError::Redirect(RedirectError::Method))), "{error}");
}

#[tokio::test]
async fn redirections_have_an_end() {
    let (mut stage, client) = modern(options()).await;
    let call = calling(&client);
    for _ in 0..=options().http.redirects {
        stage.call("tools/call").await.status("307 Temporary Redirect\r\nlocation: /on").await;
    }
    let error = error_of(call).await;
    let too_many = RedirectError::Limit(HttpLimit::Redirects);
    assert!(matches!(error.http(), Some(HttpError::Redirect(why)) if *why == too_many), "{error}");
    assert!(stage.is_quiet());
}

#[tokio::test]
async fn headers_of_the_application_are_sent_and_not_shown() {
    let options = options().header("Authorization", "Bearer hidden").expect("a header");
    assert!(!format!("{options:?}").contains("hidden"));
    let mut stage = Stage::open().await;
    let transport = HttpTransport::new(&stage.url, options).expect("a URL");
    assert!(!format!("{transport:?}").contains("hidden"));
    let connecting = crate::stage::connecting_by(transport, &[Version::LATEST]);
    let seen = stage.call("server/discover").await;
    assert_eq!(seen.header("authorization"), Some("Bearer hidden"));
    drop(connecting);
}

#[test]
fn headers_that_are_not_for_an_application_are_refused() {
    for (name, value) in [
        ("Host", "evil.example"),
        ("Content-Length", "0"),
        ("Transfer-Encoding", "chunked"),
        ("Mcp-Session-Id", "x"),
        ("MCP-Protocol-Version", "x"),
        ("X Y", "space"),
        ("X-Lines", "a\r\nb: c"),
        ("X-Nul", "a\0"),
    ] {
        assert!(matches!(options().header(name, value), Err(HttpError::Header(_))), "{name}");
    }
}

#[tokio::test]
async fn an_address_that_is_not_public_is_refused_where_only_public_ones_are_allowed() {
    let mut stage = Stage::open().await;
    for host in ["127.0.0.1", "localhost", "2130706433"] {
        let url = stage.url.replace("127.0.0.1", host);
        let options = options().addresses(AddressPolicy::PublicOnly);
        let error = connecting(&url, &Version::ALL, options).await;
        let error = error.expect("no panic").expect_err("no handshake");
        let Some(HttpError::Address(address)) = error.http() else { panic!("{error}") };
        assert!(address.is_loopback());
    }
    assert!(stage.is_quiet());
}

#[test]
fn a_url_that_is_none_of_a_server_is_refused() {
    for url in ["", "/mcp", "ftp://example.com", "file:///etc/passwd", "http://user@example.com/"] {
        assert!(matches!(HttpTransport::new(url, options()), Err(HttpError::Url)), "{url}");
    }
}

#[cfg(not(feature = "tls"))]
#[test]
fn https_without_the_feature_says_so() {
    let refused = HttpTransport::new("https://example.com/mcp", options());
    assert!(matches!(refused, Err(HttpError::TlsMissing)));
}

/// Counts how often it was challenged, and gives out a token of that number.
struct Tokens {
    challenged: Arc<AtomicU32>,
    next: NextStep,
}

impl Authorizer for Tokens {
    fn headers<'a>(&'a self, _: &'a Url) -> Authorizing<'a, SecretHeaders> {
        Box::pin(async {
            let mut headers = SecretHeaders::default();
            let token = self.challenged.load(Ordering::Relaxed);
            headers.add("authorization", &format!("Bearer {token}"))?;
            Ok(headers)
        })
    }

    fn challenged<'a>(&'a self, challenge: Challenge<'a>) -> Authorizing<'a, NextStep> {
        assert_eq!(challenge.header, Some("Bearer scope=\"more\""));
        Box::pin(async {
            self.challenged.fetch_add(1, Ordering::Relaxed);
            Ok(self.next)
        })
    }
}

fn with_tokens(next: NextStep) -> (HttpOptions, Arc<AtomicU32>) {
    let challenged = Arc::new(AtomicU32::new(0));
    let tokens = Tokens { challenged: Arc::clone(&challenged), next };
    (options().authorizer(tokens), challenged)
}

const CHALLENGE: &str = "401 Unauthorized\r\nwww-authenticate: Bearer scope=\"more\"";

#[tokio::test]
async fn a_challenge_is_answered_with_other_credentials() {
    let (mut stage, client) = modern(with_tokens(NextStep::TryAgain).0).await;
    let call = calling(&client);
    let seen = stage.call("tools/call").await;
    assert_eq!(seen.header("authorization"), Some("Bearer 0"));
    seen.status(CHALLENGE).await;
    let again = stage.call("tools/call").await;
    assert_eq!(again.header("authorization"), Some("Bearer 1"));
    again.answer(text("let in")).await;
    assert_eq!(text_of(call).await, "let in");
}

#[tokio::test]
async fn a_request_is_challenged_once() {
    let (options, challenged) = with_tokens(NextStep::TryAgain);
    let (mut stage, client) = modern(options).await;
    let call = calling(&client);
    stage.call("tools/call").await.status(CHALLENGE).await;
    stage.call("tools/call").await.status(CHALLENGE).await;
    let error = error_of(call).await;
    assert!(matches!(error.http(), Some(HttpError::Unauthorized { .. })), "{error}");
    assert_eq!(challenged.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn without_other_credentials_the_challenge_is_the_error() {
    let (options, _) = with_tokens(NextStep::GiveUp);
    for options in [options, self::options()] {
        let (mut stage, client) = modern(options).await;
        let call = calling(&client);
        stage.call("tools/call").await.status(CHALLENGE).await;
        let error = error_of(call).await;
        let Some(HttpError::Unauthorized { status, challenge }) = error.http() else {
            panic!("{error}")
        };
        assert_eq!((status.code(), challenge.as_deref()), (401, Some("Bearer scope=\"more\"")));
    }
}

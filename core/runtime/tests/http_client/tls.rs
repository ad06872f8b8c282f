//! HTTPS.

use mcp_engine_proto::version::Version;
use mcp_engine_runtime::http_client::{
    HttpClientLimit, HttpClientLimits, HttpError, HttpOptions, HttpTransport,
};

use crate::local_tls;
use crate::local_tls::acceptor;
use crate::stage::{Stage, calling, client_limits, connecting, options, text, text_of};

/// Options with an authority that is trusted.
fn trusting() -> HttpOptions {
    options().tls(local_tls::trusting())
}

#[tokio::test]
async fn messages_go_over_tls() {
    let mut stage = Stage::open_secured(acceptor()).await;
    let connecting = connecting(&stage.url, &[Version::LATEST], trusting());
    stage.modern().await;
    let client = connecting.await.expect("no panic").expect("a handshake");
    for answer in ["secret", "again"] {
        let call = calling(&client);
        let seen = stage.call("tools/call").await;
        assert_eq!(seen.connection, 0);
        seen.answer(text(answer)).await;
        assert_eq!(text_of(call).await, answer);
    }
}

#[tokio::test]
async fn a_certificate_that_nobody_trusts_is_refused() {
    let mut stage = Stage::open_secured(acceptor()).await;
    // The certificate is one for the name, and not for the address.
    let other = Stage::open_secured(acceptor()).await;
    let by_address = other.url.replace("localhost", "127.0.0.1");
    for (url, options) in [(&stage.url, options()), (&by_address, trusting())] {
        let Ok(transport) = HttpTransport::new(url, options) else { continue };
        let error = crate::stage::connecting_by(transport, &Version::ALL).await;
        let error = error.expect("no panic").expect_err("no handshake");
        assert!(matches!(error.http(), Some(HttpError::Connect(_))), "{error}");
    }
    assert!(stage.is_quiet());
}

#[tokio::test]
async fn a_server_that_does_not_speak_tls_fails_the_handshake() {
    let stage = Stage::open().await;
    let url = stage.url.replace("http:", "https:");
    let limits = HttpClientLimits { connect_ms: 300, ..HttpClientLimits::default() };
    let mut options = trusting();
    options.client = client_limits(limits).client;
    let error = connecting(&url, &Version::ALL, options).await;
    let error = error.expect("no panic").expect_err("no handshake");
    let timeout = HttpClientLimit::ConnectMs;
    assert!(matches!(error.http(), Some(HttpError::Limit(limit)) if *limit == timeout), "{error}");
}

#[test]
fn the_default_configuration_is_there_or_says_why() {
    let made = HttpTransport::new("https://example.com/mcp", options());
    assert!(matches!(made, Ok(_) | Err(HttpError::Tls(_))), "{made:?}");
}

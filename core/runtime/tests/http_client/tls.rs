//! HTTPS. The key guards nothing: it is one of P-256, for `localhost`, signed by an authority of its own, made by `openssl`.

use std::sync::Arc;

use mcp_engine_proto::version::Version;
use mcp_engine_runtime::http_client::{
    HttpClientLimit, HttpClientLimits, HttpError, HttpOptions, HttpTransport,
};
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use tokio_rustls::TlsAcceptor;

use crate::stage::{Stage, calling, client_limits, connecting, options, text, text_of};

const AUTHORITY: &[u8] = include_bytes!("tls/authority.der");
const CERTIFICATE: &[u8] = include_bytes!("tls/certificate.der");
const KEY: &[u8] = include_bytes!("tls/key.der");

fn acceptor() -> TlsAcceptor {
    let provider = Arc::new(rustls_graviola::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("the provider has them")
        .with_no_client_auth()
        .with_single_cert(
            vec![CertificateDer::from(CERTIFICATE)],
            PrivatePkcs8KeyDer::from(KEY).into(),
        )
        .expect("the key fits");
    TlsAcceptor::from(Arc::new(config))
}

/// Options with an authority that is trusted.
fn trusting(authority: &'static [u8]) -> HttpOptions {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from(authority)).expect("a certificate");
    let provider = Arc::new(rustls_graviola::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("the provider has them")
        .with_root_certificates(roots)
        .with_no_client_auth();
    options().tls(Arc::new(config))
}

#[tokio::test]
async fn messages_go_over_tls() {
    let mut stage = Stage::open_secured(acceptor()).await;
    let connecting = connecting(&stage.url, &[Version::LATEST], trusting(AUTHORITY));
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
    for (url, options) in [(&stage.url, options()), (&by_address, trusting(AUTHORITY))] {
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
    let mut options = trusting(AUTHORITY);
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

//! TLS of clients: by a provider of cryptography that compiles no C, against the roots of the system.
//!
//! The provider is Graviola, formally verified assembly behind Rust, which takes a processor with AVX2, BMI2 and ADX, or its like on ARM. The
//! roots are those of the system, which its owner can add to and which are kept up to date without this library; they are read
//! from files, without any library of the system.

use std::io;
use std::sync::Arc;

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// What it takes to secure a connection to one host.
#[derive(Clone)]
pub(crate) struct Tls {
    connector: TlsConnector,
    name: ServerName<'static>,
}

/// Why TLS cannot be had.
#[derive(Debug)]
pub(crate) enum Unsecured {
    /// The host has no name that a certificate could have.
    Name,
    Unavailable(String),
}

impl Tls {
    pub(crate) fn new(host: &str, config: Option<Arc<ClientConfig>>) -> Result<Self, Unsecured> {
        let name = ServerName::try_from(host.to_owned()).map_err(|_| Unsecured::Name)?;
        let config = config.map_or_else(default_config, Ok)?;
        Ok(Self { connector: TlsConnector::from(config), name })
    }

    pub(crate) async fn connect(&self, socket: TcpStream) -> io::Result<TlsStream<TcpStream>> {
        self.connector.connect(self.name.clone(), socket).await
    }
}

fn default_config() -> Result<Arc<ClientConfig>, Unsecured> {
    if !is_served() {
        return Err(Unsecured::Unavailable(PROCESSOR.to_owned()));
    }
    let found = rustls_native_certs::load_native_certs();
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(found.certs);
    if roots.is_empty() {
        let why = found.errors.first().map(ToString::to_string).unwrap_or_default();
        return Err(Unsecured::Unavailable(format!("the system has no root certificates {why}")));
    }
    let provider = Arc::new(rustls_graviola::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| Unsecured::Unavailable(error.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}

/// Whether the processor has what the provider takes. It would end the process otherwise.
#[cfg(target_arch = "x86_64")]
fn is_served() -> bool {
    is_x86_feature_detected!("aes")
        && is_x86_feature_detected!("pclmulqdq")
        && is_x86_feature_detected!("bmi1")
        && is_x86_feature_detected!("bmi2")
        && is_x86_feature_detected!("adx")
        && is_x86_feature_detected!("avx")
        && is_x86_feature_detected!("avx2")
}

#[cfg(target_arch = "aarch64")]
fn is_served() -> bool {
    std::arch::is_aarch64_feature_detected!("neon")
        && std::arch::is_aarch64_feature_detected!("aes")
        && std::arch::is_aarch64_feature_detected!("pmull")
        && std::arch::is_aarch64_feature_detected!("sha2")
}

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
fn is_served() -> bool {
    false
}

const PROCESSOR: &str = "the processor lacks what the default provider of cryptography takes (AVX2, BMI2, ADX, AES; on ARM: AES, PMULL, SHA2); \
                         give a configuration with another one";

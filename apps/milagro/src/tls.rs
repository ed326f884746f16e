//! TLS of listeners and clients.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use reqwest::{Certificate, ClientBuilder};
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use rustls_platform_verifier::ConfigVerifierExt as _;
use tokio::sync::watch;

use crate::exit::{Failure, Outcome};

/// Says once which implementation of TLS's ciphers the process has.
pub(crate) fn prepare() {
    // Only a second call fails.
    let _there = rustls::crypto::aws_lc_rs::default_provider().install_default();
}

/// Certificates and a key for a listener; neither: no TLS.
pub(crate) fn server(
    certificate: Option<&Path>,
    key: Option<&Path>,
) -> Outcome<Option<Arc<ServerConfig>>> {
    let (certificate, key) = match (certificate, key) {
        (Some(certificate), Some(key)) => (certificate, key),
        (None, None) => return Ok(None),
        _ => return Err(Failure::config("TLS takes a certificate and its key")),
    };
    let fault = |path: &Path, words: &dyn core::fmt::Display| {
        Failure::config(format!("{}: {words}", path.display()))
    };
    let chain = CertificateDer::pem_file_iter(certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| fault(certificate, &error))?;
    let secret = PrivateKeyDer::from_pem_file(key).map_err(|error| fault(key, &error))?;
    let config = ServerConfig::builder().with_no_client_auth();
    let config = config.with_single_cert(chain, secret);
    config
        .map(|config| Some(Arc::new(config)))
        .map_err(|error| fault(certificate, &error))
}

/// Whether what has spoken TLS would go on without it. The key of administrators would go in the clear then, since a socket stays
/// where it was bound when the process began, whatever address the file names by now.
///
/// # Errors
/// [`Failure`], where it would.
pub(crate) fn stays(
    before: &watch::Sender<Option<Arc<ServerConfig>>>,
    after: Option<&Arc<ServerConfig>>,
) -> Outcome<()> {
    if before.borrow().is_some() && after.is_none() {
        let words = "administrators would have no TLS any more: that takes a new start";
        return Err(Failure::config(words));
    }
    Ok(())
}

/// A client that trusts these roots, or those of the system.
pub(crate) fn client(roots: Option<&Path>) -> Outcome<ClientBuilder> {
    let builder = ClientBuilder::new().user_agent(concat!("milagro/", env!("CARGO_PKG_VERSION")));
    let Some(path) = roots else {
        return Ok(builder);
    };
    let fault =
        |words: &dyn core::fmt::Display| Failure::config(format!("{}: {words}", path.display()));
    let pem = fs::read(path).map_err(|error| fault(&error))?;
    let roots = Certificate::from_pem_bundle(&pem).map_err(|error| fault(&error))?;
    Ok(builder.tls_certs_only(roots))
}

/// A client of something else than HTTP that trusts these roots, or those of the system.
pub(crate) fn connector(roots: Option<&Path>) -> Outcome<Arc<ClientConfig>> {
    let Some(path) = roots else {
        let config = ClientConfig::with_platform_verifier();
        return config.map(Arc::new).map_err(Failure::config);
    };
    let fault =
        |words: &dyn core::fmt::Display| Failure::config(format!("{}: {words}", path.display()));
    let found = CertificateDer::pem_file_iter(path)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| fault(&error))?;
    let mut roots = RootCertStore::empty();
    for root in found {
        roots.add(root).map_err(|error| fault(&error))?;
    }
    let config = ClientConfig::builder().with_root_certificates(roots);
    Ok(Arc::new(config.with_no_client_auth()))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use rustls::ServerConfig;
    use rustls::server::ResolvesServerCertUsingSni;
    use tokio::sync::watch;

    use super::{prepare, stays};

    #[test]
    fn tls_never_ends_at_a_reload() {
        prepare();
        let builder = ServerConfig::builder().with_no_client_auth();
        let resolver = Arc::new(ResolvesServerCertUsingSni::new());
        let config = Arc::new(builder.with_cert_resolver(resolver));
        let (with, without) = (
            watch::Sender::new(Some(Arc::clone(&config))),
            watch::Sender::new(None),
        );
        stays(&with, Some(&config)).unwrap();
        stays(&without, Some(&config)).unwrap();
        stays(&without, None).unwrap();
        assert!(stays(&with, None).is_err());
    }
}

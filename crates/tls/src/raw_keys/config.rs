//! Plain configurations of rustls.

use alloc::sync::Arc;

use rustls::client::Resumption;
use rustls::crypto::CryptoProvider;
use rustls::server::NoServerSessionStorage;
use rustls::version::TLS13;
use rustls::{ClientConfig, Error, NamedGroup, ServerConfig};

use crate::admission::IdentityVerifier;
use crate::names::Principal;
use crate::raw_keys::resolver::IdentityResolver;
use crate::raw_keys::verifier::RawKeyVerifier;

/// A client that shows its identity and wants to see the server's. Connect with the name that
/// [`server_name_for`](crate::raw_keys::server_name_for) gives.
///
/// TLS 1.3 alone; no server name in clear, no resumption, no early data, no compression of keys. The key
/// exchange is X25519MLKEM768 where the provider has it, else what the provider prefers. The application
/// may set ALPN and other fields.
///
/// # Security
/// A resumed session asks no verifier, so an identity that has expired or was revoked would live on in its
/// tickets. Whoever turns resumption on, makes a new configuration, and so a new store, for every epoch.
///
/// # Errors
/// [`Error`] if the provider has no TLS 1.3.
pub fn client_config(
    identity: &Arc<IdentityResolver>,
    verifier: &Arc<IdentityVerifier>,
) -> Result<ClientConfig, Error> {
    client_with(identity, wrapped(identity, verifier))
}

/// As [`client_config`], for connections to this server alone: under whatever name the stack knows it, the peer has to
/// be this principal. For stacks whose server name is the address that they connect to, such as MQTT clients.
///
/// # Errors
/// [`Error`] if the provider has no TLS 1.3.
pub fn client_config_to(
    identity: &Arc<IdentityResolver>,
    verifier: &Arc<IdentityVerifier>,
    server: &Principal,
) -> Result<ClientConfig, Error> {
    let verifier = wrapped(identity, verifier).calling(server.clone());
    client_with(identity, verifier)
}

fn client_with(
    identity: &Arc<IdentityResolver>,
    verifier: RawKeyVerifier,
) -> Result<ClientConfig, Error> {
    let provider = post_quantum_first(identity.provider());
    let time = identity.time().clone();
    let mut config = ClientConfig::builder_with_details(provider, time)
        .with_protocol_versions(&[&TLS13])?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_client_cert_resolver(identity.clone());
    config.enable_sni = false;
    config.enable_early_data = false;
    config.resumption = Resumption::disabled();
    config.cert_compressors = Vec::new();
    config.cert_decompressors = Vec::new();
    Ok(config)
}

/// A server that shows its identity and lets in clients with theirs, and none without.
///
/// As [`client_config`]: no tickets, no session store, no early data.
///
/// # Errors
/// [`Error`] if the provider has no TLS 1.3.
pub fn server_config(
    identity: &Arc<IdentityResolver>,
    verifier: &Arc<IdentityVerifier>,
) -> Result<ServerConfig, Error> {
    let provider = post_quantum_first(identity.provider());
    let time = identity.time().clone();
    let mut config = ServerConfig::builder_with_details(provider, time)
        .with_protocol_versions(&[&TLS13])?
        .with_client_cert_verifier(Arc::new(wrapped(identity, verifier)))
        .with_cert_resolver(identity.clone());
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    config.max_early_data_size = 0;
    config.send_half_rtt_data = false;
    config.cert_compressors = Vec::new();
    config.cert_decompressors = Vec::new();
    Ok(config)
}

/// Both have one clock.
fn wrapped(identity: &Arc<IdentityResolver>, verifier: &Arc<IdentityVerifier>) -> RawKeyVerifier {
    let time = identity.time().clone();
    RawKeyVerifier::new(verifier.clone(), time)
}

/// Confidentiality against quantum computers is there to be had, so it comes first.
fn post_quantum_first(provider: &Arc<CryptoProvider>) -> Arc<CryptoProvider> {
    let mut provider = provider.clone();
    // A stable sort: all other groups keep their order.
    Arc::make_mut(&mut provider)
        .kx_groups
        .sort_by_key(|group| group.name() != NamedGroup::X25519MLKEM768);
    provider
}

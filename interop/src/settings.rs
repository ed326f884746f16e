//! What both ends have in common.

use openssl::error::ErrorStack;
use openssl::ssl::{SslContextBuilder, SslMethod, SslOptions, SslSessionCacheMode, SslVersion};

/// The suites whose hash is SHA-256: OpenSSL takes that for the hash of an external PSK.
const SUITES: &str = "TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256";

const GROUPS: &str = "X25519:P-256";

/// Where every context of this crate starts: TLS 1.3 alone, with an ephemeral key exchange (`psk_dhe_ke`, OpenSSL's
/// default), and no resumption. A ticket would let a peer in after its epoch.
///
/// # Errors
/// OpenSSL's, for a library that was built without one of these.
pub fn builder() -> Result<SslContextBuilder, ErrorStack> {
    let mut context = SslContextBuilder::new(SslMethod::tls())?;
    context.set_min_proto_version(Some(SslVersion::TLS1_3))?;
    context.set_max_proto_version(Some(SslVersion::TLS1_3))?;
    context.set_ciphersuites(SUITES)?;
    context.set_groups_list(GROUPS)?;
    context.set_options(SslOptions::NO_TICKET);
    context.set_num_tickets(0)?;
    context.set_session_cache_mode(SslSessionCacheMode::OFF);
    Ok(context)
}

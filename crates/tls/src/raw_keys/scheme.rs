//! How TLS knows the signatures.

use rustls::SignatureScheme;

/// The scheme of the signatures, from the range for private use (RFC 8446, section 4.2.3).
pub const SIGNATURE_SCHEME: SignatureScheme = SignatureScheme::Unknown(0xfe4d);

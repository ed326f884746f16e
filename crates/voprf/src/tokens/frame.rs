//! Fields behind their lengths: no two lists of fields give the same bytes.

use alloc::vec::Vec;

use sha2::{Digest as _, Sha256};

/// The eight length bytes that go before a field wherever fields are hashed.
pub(super) fn length(field: &[u8]) -> [u8; 8] {
    // No length has more than 64 bits.
    u64::try_from(field.len()).unwrap_or(u64::MAX).to_be_bytes()
}

/// ⟨f₁⟩ ‖ ⟨f₂⟩ ‖ …
pub(super) fn framed(fields: &[&[u8]]) -> Vec<u8> {
    let mut out = Vec::with_capacity(fields.iter().map(|field| field.len() + 8).sum());
    for field in fields {
        out.extend_from_slice(&length(field));
        out.extend_from_slice(field);
    }
    out
}

/// SHA-256(⟨f₁⟩ ‖ ⟨f₂⟩ ‖ …)
pub(super) fn digest(fields: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for field in fields {
        hash.update(length(field));
        hash.update(field);
    }
    hash.finalize().into()
}

//! Every domain separation tag of the crate.

/// RFC 9497, section 3.1: `CreateContextString`.
pub(crate) const RFC: &[u8] = b"OPRFV1-";
pub(crate) const HASH_TO_GROUP: &[u8] = b"HashToGroup-";
pub(crate) const HASH_TO_SCALAR: &[u8] = b"HashToScalar-";
pub(crate) const DERIVE_KEY_PAIR: &[u8] = b"DeriveKeyPair";
pub(crate) const SEED: &[u8] = b"Seed-";
pub(crate) const COMPOSITE: &[u8] = b"Composite";
pub(crate) const CHALLENGE: &[u8] = b"Challenge";
pub(crate) const FINALIZE: &[u8] = b"Finalize";
pub(crate) const INFO: &[u8] = b"Info";

/// Scalars drawn at random: blinds of a client.
pub(crate) const BLIND: &[u8] = b"MILAGRO-V1-BLIND-";
/// Scalars drawn at random: nonces of a proof.
pub(crate) const NONCE: &[u8] = b"MILAGRO-V1-NONCE-";
/// Scalars drawn at random: secret keys.
pub(crate) const KEY: &[u8] = b"MILAGRO-V1-KEY-";

//! Every domain separation label of the token layer, in one place.

/// What a key id is the hash of.
pub(crate) const KEY_ID: &[u8] = b"MILAGRO-V1-TOKEN-KEY-ID-SHA256";
/// What a nonce becomes before it enters the pseudorandom function.
pub(crate) const INPUT: &[u8] = b"MILAGRO-V1-TOKEN-INPUT";
/// The salt that a token's output is extracted under; at most 64 bytes, HMAC-SHA256's block.
pub(crate) const MAC_KEY: &[u8] = b"MILAGRO-V1-TOKEN-MAC-KEY-HKDF-SHA256";
/// What a redemption's tag is over.
pub(crate) const REDEEM: &[u8] = b"MILAGRO-V1-TOKEN-REDEEM-HMAC-SHA256";
/// What a schedule's digest is over.
pub(crate) const SCHEDULE: &[u8] = b"MILAGRO-V1-TOKEN-SCHEDULE-SHA256";
/// What a user becomes in the memory of an issuance policy.
pub(crate) const USER: &[u8] = b"MILAGRO-V1-TOKEN-USER-SHA256";

//! Every domain separation tag of the crate.

#[cfg(feature = "arc")]
pub(crate) mod arc;

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

/// Proofs of attribute keys, SDHI.
pub(crate) const SDHI: &[u8] = b"MILAGRO-V1-SDHI-";
/// h = Hs(attributes).
pub(crate) const SDHI_ATTRIBUTES: &[u8] = b"MILAGRO-V1-SDHI-ATTRIBUTES-";

/// Proofs of attribute keys, Naor-Reingold.
pub(crate) const NAOR_REINGOLD: &[u8] = b"MILAGRO-V1-NAOR-REINGOLD-";
/// b = SHA-256(attributes).
pub(crate) const NAOR_REINGOLD_ATTRIBUTES: &[u8] = b"MILAGRO-V1-NAOR-REINGOLD-ATTRIBUTES-";

/// The same, for token keys.
pub(crate) const TOKEN_SDHI: &[u8] = b"MILAGRO-V1-TOKEN-SDHI-";
pub(crate) const TOKEN_SDHI_ATTRIBUTES: &[u8] = b"MILAGRO-V1-TOKEN-SDHI-ATTRIBUTES-";
pub(crate) const TOKEN_NAOR_REINGOLD: &[u8] = b"MILAGRO-V1-TOKEN-NAOR-REINGOLD-";
pub(crate) const TOKEN_NAOR_REINGOLD_ATTRIBUTES: &[u8] =
    b"MILAGRO-V1-TOKEN-NAOR-REINGOLD-ATTRIBUTES-";

/// Scalars drawn at random for the compatibility with ACS, whose own hashes have no tags.
#[cfg(feature = "acs-compat")]
pub(crate) const ACS: &[u8] = b"MILAGRO-V1-ACS-";

/// Scalars drawn at random: blinds of a client.
pub(crate) const BLIND: &[u8] = b"MILAGRO-V1-BLIND-";
/// Scalars drawn at random: nonces of a proof.
pub(crate) const NONCE: &[u8] = b"MILAGRO-V1-NONCE-";
/// Scalars drawn at random: secret keys.
pub(crate) const KEY: &[u8] = b"MILAGRO-V1-KEY-";

/// Proofs of a batch of tokens.
pub(crate) const TOKEN_ISSUE: &[u8] = b"MILAGRO-V1-TOKEN-ISSUE-";
/// The nonces of these proofs, which the same request gets again.
pub(crate) const TOKEN_ISSUE_NONCE: &[u8] = b"MILAGRO-V1-TOKEN-ISSUE-NONCE-";
/// What a key id is the hash of.
pub(crate) const KEY_ID: &[u8] = b"MILAGRO-V1-TOKEN-KEY-ID-SHA256";
/// What names the budget of a primary key.
pub(crate) const KEY_BUDGET: &[u8] = b"MILAGRO-V1-TOKEN-KEY-BUDGET-SHA256";
/// What a token's nonce becomes before it enters the pseudorandom function.
pub(crate) const TOKEN_INPUT: &[u8] = b"MILAGRO-V1-TOKEN-INPUT";
/// A nonce that stands for a verification key.
pub(crate) const TOKEN_NONCE_KEY: &[u8] = b"MILAGRO-V1-TOKEN-NONCE-KEY-SHA256";
/// The salt that a token's output is extracted under; at most 64 bytes, HMAC-SHA256's block.
pub(crate) const MAC_KEY: &[u8] = b"MILAGRO-V1-TOKEN-MAC-KEY-HKDF-SHA256";
/// What a redemption's tag is over.
pub(crate) const REDEEM: &[u8] = b"MILAGRO-V1-TOKEN-REDEEM-HMAC-SHA256";
/// What a token's own key signs.
pub(crate) const REDEEM_SIGNATURE: &[u8] = b"MILAGRO-V1-TOKEN-REDEEM-ED25519";
/// What the ledger counts when a token is spent.
pub(crate) const REDEMPTION: &[u8] = b"MILAGRO-V1-TOKEN-REDEMPTION-SHA256";
/// Which redemption it counts.
pub(crate) const REDEMPTION_CLAIM: &[u8] = b"MILAGRO-V1-TOKEN-REDEMPTION-CLAIM-SHA256";
/// Which redemption it counts, if that was bare.
pub(crate) const BARE_CLAIM: &[u8] = b"MILAGRO-V1-TOKEN-BARE-CLAIM-SHA256";
/// What the ledger counts when a user draws.
pub(crate) const ISSUANCE: &[u8] = b"MILAGRO-V1-TOKEN-ISSUANCE-SHA256";
/// How much of it is answered, repeats counted.
pub(crate) const ISSUANCE_ANSWERS: &[u8] = b"MILAGRO-V1-TOKEN-ISSUANCE-ANSWERS-SHA256";
/// What makes a lease, or an answer that may be one more, this one.
pub(crate) const ISSUANCE_FRESH: &[u8] = b"MILAGRO-V1-TOKEN-ISSUANCE-FRESH-CLAIM-SHA256";
/// Which request it counts.
pub(crate) const ISSUANCE_CLAIM: &[u8] = b"MILAGRO-V1-TOKEN-ISSUANCE-CLAIM-SHA256";
/// What a schedule's digest is over.
pub(crate) const SCHEDULE: &[u8] = b"MILAGRO-V1-TOKEN-SCHEDULE-SHA256";
/// What a schedule's signature is over.
pub(crate) const SCHEDULE_SIGNATURE: &[u8] = b"MILAGRO-V1-TOKEN-SCHEDULE-ED25519";

/// Proofs of one issuer of several.
#[cfg(feature = "threshold")]
pub(crate) const THRESHOLD_PARTIAL: &[u8] = b"MILAGRO-V1-THRESHOLD-PARTIAL-";
/// Their nonces.
#[cfg(feature = "threshold")]
pub(crate) const THRESHOLD_PARTIAL_NONCE: &[u8] = b"MILAGRO-V1-THRESHOLD-PARTIAL-NONCE-";

/// What a series of public tokens is named by.
#[cfg(feature = "bls12381")]
pub(crate) const PUBLIC_SERIES: &[u8] = b"MILAGRO-V1-PUBLIC-TOKEN-SERIES-SHA256";
/// What a key of it is named by.
#[cfg(feature = "bls12381")]
pub(crate) const PUBLIC_KEY_ID: &[u8] = b"MILAGRO-V1-PUBLIC-TOKEN-KEY-ID-SHA256";
/// What names its budget.
#[cfg(feature = "bls12381")]
pub(crate) const PUBLIC_KEY_BUDGET: &[u8] = b"MILAGRO-V1-PUBLIC-TOKEN-KEY-BUDGET-SHA256";
/// Which request the budget counts.
#[cfg(feature = "bls12381")]
pub(crate) const PUBLIC_BUDGET_CLAIM: &[u8] = b"MILAGRO-V1-PUBLIC-TOKEN-BUDGET-CLAIM-SHA256";
/// h = Hs(attributes) of a key.
#[cfg(feature = "bls12381")]
pub(crate) const PUBLIC_ATTRIBUTES: &str = "MILAGRO-V1-PUBLIC-TOKEN-ATTRIBUTES-SHAKE256";
/// What a token's name becomes before it is hashed to the curve.
#[cfg(feature = "bls12381")]
pub(crate) const PUBLIC_INPUT: &[u8] = b"MILAGRO-V1-PUBLIC-TOKEN-INPUT";
/// How it is hashed there.
#[cfg(feature = "bls12381")]
pub(crate) const PUBLIC_HASH_TO_G1: &[u8] =
    b"MILAGRO-V1-PUBLIC-TOKEN-BLS12381G1_XMD:SHA-256_SSWU_RO_";
/// What a token that is bound to its payload commits to.
#[cfg(feature = "bls12381")]
pub(crate) const PUBLIC_COMMITMENT: &[u8] = b"MILAGRO-V1-PUBLIC-TOKEN-COMMITMENT-SHA256";
/// What a token's own key signs.
#[cfg(feature = "bls12381")]
pub(crate) const PUBLIC_SIGNATURE: &[u8] = b"MILAGRO-V1-PUBLIC-TOKEN-ED25519";
/// The blinds of a client.
#[cfg(feature = "bls12381")]
pub(crate) const PUBLIC_BLIND: &str = "MILAGRO-V1-PUBLIC-TOKEN-BLIND-SHAKE256";
/// The weights of a client that checks an answer.
#[cfg(feature = "bls12381")]
pub(crate) const PUBLIC_ANSWER_WEIGHTS: &str = "MILAGRO-V1-PUBLIC-TOKEN-ANSWER-WEIGHTS-SHAKE256";
/// The weights of a redeemer that checks many tokens.
#[cfg(feature = "bls12381")]
pub(crate) const PUBLIC_WEIGHTS: &str = "MILAGRO-V1-PUBLIC-TOKEN-WEIGHTS-SHAKE256";
/// What the ledger counts when such a token is spent.
#[cfg(feature = "bls12381")]
pub(crate) const PUBLIC_REDEMPTION: &[u8] = b"MILAGRO-V1-PUBLIC-TOKEN-REDEMPTION-SHA256";
/// Which redemption it counts.
#[cfg(feature = "bls12381")]
pub(crate) const PUBLIC_REDEMPTION_CLAIM: &[u8] =
    b"MILAGRO-V1-PUBLIC-TOKEN-REDEMPTION-CLAIM-SHA256";

/// The nonces of proofs that several issuers make together.
#[cfg(feature = "threshold")]
pub(crate) const THRESHOLD_JOINT_NONCE: &[u8] = b"MILAGRO-V1-THRESHOLD-JOINT-NONCE-";
/// What the ledger counts when an issuer takes part in one.
#[cfg(feature = "threshold")]
pub(crate) const THRESHOLD_SESSION: &[u8] = b"MILAGRO-V1-THRESHOLD-SESSION-SHA256";
/// Which request it counts.
#[cfg(feature = "threshold")]
pub(crate) const THRESHOLD_SESSION_CLAIM: &[u8] = b"MILAGRO-V1-THRESHOLD-SESSION-CLAIM-SHA256";

/// What names the members who certify keys.
#[cfg(feature = "threshold")]
pub(crate) const COUNCIL: &[u8] = b"MILAGRO-V1-COUNCIL-SHA256";
/// What they sign.
#[cfg(feature = "threshold")]
pub(crate) const COUNCIL_KEY: &[u8] = b"MILAGRO-V1-COUNCIL-KEY-ED25519";
/// Which attribute list a member has signed a key for.
#[cfg(feature = "threshold")]
pub(crate) const COUNCIL_LIST: &[u8] = b"MILAGRO-V1-COUNCIL-LIST-SHA256";
/// Which key a member has signed a list for.
#[cfg(feature = "threshold")]
pub(crate) const COUNCIL_SIGNED: &[u8] = b"MILAGRO-V1-COUNCIL-SIGNED-SHA256";

/// What the ledger counts when a Privacy Pass token is spent.
#[cfg(feature = "privacypass")]
pub(crate) const PRIVACY_PASS_REDEMPTION: &[u8] = b"MILAGRO-V1-PRIVACY-PASS-REDEMPTION-SHA256";
/// Which redemption it counts.
#[cfg(feature = "privacypass")]
pub(crate) const PRIVACY_PASS_NONCE: &[u8] = b"MILAGRO-V1-PRIVACY-PASS-NONCE-SHA256";

#[cfg(feature = "privacypass")]
pub(crate) const PRIVACY_PASS_CLAIM: &[u8] = b"MILAGRO-V1-PRIVACY-PASS-CLAIM-SHA256";
/// What redemption contexts are computed over.
#[cfg(feature = "privacypass")]
pub(crate) const PRIVACY_PASS_CONTEXT: &[u8] = b"MILAGRO-V1-PRIVACY-PASS-CONTEXT-HMAC-SHA256";

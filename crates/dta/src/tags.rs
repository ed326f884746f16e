//! Every domain separation tag of the crate, one place (RFC 9380, section 3.1). Those of identities,
//! servers, leaves and permits are `milagro-mpin`'s.

use milagro_curve::Dst;

macro_rules! dst {
    ($role:literal, $suite:literal) => {
        Dst::from_static(concat!("MILAGRO-V1-", $role, "-", $suite).as_bytes())
    };
}

/// H1 of the protocol `signing`.
pub(crate) const SIGNING: Dst<'static> =
    dst!("SIGNING-IDENTITY", "BLS12381G1_XMD:SHA-256_SSWU_RO_");
/// H1 of the protocol `psk`.
pub(crate) const PSK_FIRST: Dst<'static> = dst!("PSK-IDENTITY", "BLS12381G1_XMD:SHA-256_SSWU_RO_");
/// H2 of the protocol `psk`.
pub(crate) const PSK_SECOND: Dst<'static> = dst!("PSK-IDENTITY", "BLS12381G2_XMD:SHA-256_SSWU_RO_");
/// H1 of the protocol `agreement`.
pub(crate) const AGREEMENT_FIRST: Dst<'static> =
    dst!("AGREEMENT-IDENTITY", "BLS12381G1_XMD:SHA-256_SSWU_RO_");
/// H2 of the protocol `agreement`.
pub(crate) const AGREEMENT_SECOND: Dst<'static> =
    dst!("AGREEMENT-IDENTITY", "BLS12381G2_XMD:SHA-256_SSWU_RO_");

/// Context of the proofs of shares.
pub(crate) const SHARE: &str = "MILAGRO-V1-SHARE";
/// Context of the proofs of batches of shares.
pub(crate) const BATCH: &str = "MILAGRO-V1-SHARE-BATCH";
/// Proofs of possession.
pub(crate) const POSSESSION: &str = "MILAGRO-V1-POSSESSION-SHAKE256";
/// Signatures of messages in a ceremony.
pub(crate) const MESSAGE: &str = "MILAGRO-V1-CEREMONY-MESSAGE-SHAKE256";
/// Dealers' signatures of private shares.
pub(crate) const PRIVATE_SHARE: &str = "MILAGRO-V1-CEREMONY-SHARE-SHAKE256";
/// What a ceremony is about.
pub(crate) const PLAN: &str = "MILAGRO-V1-CEREMONY-PLAN-SHAKE256";
/// What a repair is about.
pub(crate) const REPAIR: &str = "MILAGRO-V1-REPAIR-PLAN-SHAKE256";
/// Hash commitments of a ceremony.
pub(crate) const HASH_COMMITMENT: &str = "MILAGRO-V1-CEREMONY-COMMITMENT-SHAKE256";
/// What everybody confirms at the end of a ceremony.
pub(crate) const CONFIRMATION: &str = "MILAGRO-V1-CEREMONY-CONFIRMATION-SHAKE256";
/// Weights of the check that verification keys lie on one polynomial.
pub(crate) const KEYS: &str = "MILAGRO-V1-VERIFICATION-KEYS-SHAKE256";
/// A revocation list's hash.
pub(crate) const REVOCATION: &str = "MILAGRO-V1-REVOCATION-LIST-SHAKE256";
/// Hash of a bulletin, its weights, and the context of its proofs.
pub(crate) const BULLETIN: &str = "MILAGRO-V1-BULLETIN-SHAKE256";
/// A registrar's pseudonyms.
pub(crate) const PSEUDONYM: &[u8] = b"MILAGRO-V1-PSEUDONYM-HMAC-SHA256";

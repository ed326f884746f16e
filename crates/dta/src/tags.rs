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
/// The digest of a domain.
pub(crate) const DOMAIN: &str = "MILAGRO-V1-DOMAIN-SHAKE256";
/// What a dealer draws for a key.
pub(crate) const DEALER: &str = "MILAGRO-V1-DEALER-SHAKE256";
/// The cipher key of a sealed state that a key-management service opens.
pub(crate) const VAULT: &str = "MILAGRO-V1-VAULT-SHAKE256";
/// What a ceremony is about.
pub(crate) const PLAN: &str = "MILAGRO-V1-CEREMONY-PLAN-SHAKE256";
/// What a member draws from the seed of a session.
pub(crate) const SEED: &str = "MILAGRO-V1-CEREMONY-SEED-SHAKE256";
/// What the signature of a message signs.
pub(crate) const MESSAGE: &str = "MILAGRO-V1-CEREMONY-MESSAGE-SHAKE256";
/// Signatures of messages.
pub(crate) const SIGNATURE: &str = "MILAGRO-V1-CEREMONY-SIGNATURE-SHAKE256";
/// The messages of a round that count.
pub(crate) const ROUND: &str = "MILAGRO-V1-CEREMONY-ROUND-SHAKE256";
/// Proofs of possession of session keys.
pub(crate) const SESSION_KEY: &str = "MILAGRO-V1-CEREMONY-SESSION-KEY-SHAKE256";
/// Hash commitments to openings.
pub(crate) const COMMITMENT: &str = "MILAGRO-V1-CEREMONY-COMMITMENT-SHAKE256";
/// Proofs of possession of constant terms.
pub(crate) const POSSESSION: &str = "MILAGRO-V1-CEREMONY-POSSESSION-SHAKE256";
/// What the proof of an ephemeral key covers.
pub(crate) const ENVELOPE: &str = "MILAGRO-V1-CEREMONY-ENVELOPE-SHAKE256";
/// Proofs of possession of ephemeral keys.
pub(crate) const EPHEMERAL: &str = "MILAGRO-V1-CEREMONY-EPHEMERAL-SHAKE256";
/// Masks of shares.
pub(crate) const MASK: &str = "MILAGRO-V1-CEREMONY-MASK-SHAKE256";
/// Proofs of shown Diffie-Hellman values.
pub(crate) const SHOWN: &str = "MILAGRO-V1-CEREMONY-SHOWN-SHAKE256";
/// Weights of the check of many shares at once.
pub(crate) const SHARES: &str = "MILAGRO-V1-CEREMONY-SHARES-SHAKE256";
/// Weights of the check that verification keys lie on one polynomial.
pub(crate) const KEYS: &str = "MILAGRO-V1-VERIFICATION-KEYS-SHAKE256";
/// A revocation list's hash.
pub(crate) const REVOCATION: &str = "MILAGRO-V1-REVOCATION-LIST-SHAKE256";
/// Hash of a bulletin, its weights, and the context of its proofs.
pub(crate) const BULLETIN: &str = "MILAGRO-V1-BULLETIN-SHAKE256";
/// A registrar's pseudonyms.
pub(crate) const PSEUDONYM: &[u8] = b"MILAGRO-V1-PSEUDONYM-HMAC-SHA256";
/// A registrar's signatures of grants.
pub(crate) const GRANT: &str = "MILAGRO-V1-GRANT-SHAKE256";
/// Hash of a grant that shares are sealed for, and what their ephemeral keys are drawn from.
pub(crate) const SEALED: &str = "MILAGRO-V1-SEALED-SHARE-SHAKE256";
/// Hash of a grant that a registrar's letter is sealed for.
pub(crate) const LETTER: &str = "MILAGRO-V1-GRANT-LETTER-SHAKE256";
/// Subjects and claims of issued shares, and the hash of a set of them.
pub(crate) const ISSUED: &str = "MILAGRO-V1-ISSUED-SHAKE256";
/// A registrar's signatures of revocation lists.
pub(crate) const LIST: &str = "MILAGRO-V1-REVOCATION-SIGNATURE-SHAKE256";

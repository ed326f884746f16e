//! The tags of ARC (draft-ietf-privacypass-arc-crypto-01), and of what we add to it.

/// Section 6.1: `contextString`.
pub(crate) const CONTEXT: &[u8] = b"ARCV1-P256";
pub(crate) const GENERATOR_H: &[u8] = b"generatorH";
pub(crate) const REQUEST_CONTEXT: &[u8] = b"requestContext";
pub(crate) const TAG: &[u8] = b"Tag";

/// Sections 5.1 to 5.3: the sessions of the proofs.
pub(crate) const REQUEST: &[u8] = b"ARCV1-P256CredentialRequest";
pub(crate) const RESPONSE: &[u8] = b"ARCV1-P256CredentialResponse";
pub(crate) const PRESENTATION: &[u8] = b"ARCV1-P256CredentialPresentation";

/// Scalars drawn at random: of a key, of a client who asks, of a server who answers, of a presentation.
pub(crate) const KEY_DRAW: &[u8] = b"MILAGRO-V1-ARC-KEY-";
pub(crate) const REQUEST_DRAW: &[u8] = b"MILAGRO-V1-ARC-REQUEST-";
pub(crate) const RESPONSE_DRAW: &[u8] = b"MILAGRO-V1-ARC-RESPONSE-";
pub(crate) const PRESENTATION_DRAW: &[u8] = b"MILAGRO-V1-ARC-PRESENTATION-";

/// What a presentation context of ours begins with.
pub(crate) const TERMS: &[u8] = b"MILAGRO-V1-ARC-TERMS";
/// What a presentation context is known by.
pub(crate) const TERMS_DIGEST: &[u8] = b"MILAGRO-V1-ARC-TERMS-SHA256";
/// What the ledger counts when a credential is shown.
pub(crate) const SHOWN: &[u8] = b"MILAGRO-V1-ARC-SHOWN-SHA256";
/// Which presentation it counts.
pub(crate) const SHOWN_CLAIM: &[u8] = b"MILAGRO-V1-ARC-SHOWN-CLAIM-SHA256";

//! Every domain separation tag of the crate, one place (RFC 9380, section 3.1). Those of H1
//! and H2 are `milagro-dta`'s, because authorities hash identities themselves.

/// h of a signature in TLS 1.3's CertificateVerify.
pub(crate) const CERTIFICATE_VERIFY: &str = "MILAGRO-V1-CERTIFICATE-VERIFY-SHAKE256";
/// h of a signature on a channel binding.
pub(crate) const CHANNEL_BINDING: &str = "MILAGRO-V1-CHANNEL-BINDING-SHAKE256";
/// k of a signature.
pub(crate) const NONCE: &str = "MILAGRO-V1-SIGNATURE-NONCE-SHAKE256";
/// The weights of a batch.
pub(crate) const BATCH: &str = "MILAGRO-V1-SIGNATURE-BATCH-SHAKE256";
/// The DNS form of a principal.
pub(crate) const SERVER_NAME: &str = "MILAGRO-V1-SERVER-NAME-SHAKE256";
/// What a client-server exchange has said before the proof, and after it.
pub(crate) const LOGIN: &str = "MILAGRO-V1-LOGIN-EXCHANGE-SHAKE256";
/// The pseudonym of a name.
pub(crate) const PSEUDONYM: &str = "MILAGRO-V1-PSEUDONYM-SHAKE256";
/// The prologue of a key exchange.
pub(crate) const PROLOGUE: &str = "MILAGRO-V1-EXCHANGE-PROLOGUE-SHAKE256";
/// Context of the proof of an issued key.
pub(crate) const ISSUED_KEY: &str = "MILAGRO-V1-ISSUED-KEY";
/// Who shares a pre-shared key.
pub(crate) const PSK: &str = "MILAGRO-V1-PSK-SHAKE256";
/// The peer-to-peer key exchange: πa, πb and the key schedule.
pub(crate) const PEER_TO_PEER: &str = "MILAGRO-V1-PEER-TO-PEER-SHAKE256";
/// x, w and y of the peer-to-peer key exchange.
pub(crate) const PEER_TO_PEER_NONCE: &str = "MILAGRO-V1-PEER-TO-PEER-NONCE-SHAKE256";
/// The one-time scalars of the older key agreement.
#[cfg(feature = "compat")]
pub(crate) const COMPAT_NONCE: &str = "MILAGRO-V1-COMPAT-CHOW-CHOO-NONCE-SHAKE256";

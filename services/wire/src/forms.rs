//! What is asked and answered. A field with bytes holds the canonical encoding of the type that it names, as
//! base64url; unknown fields are refused in what is asked.

pub mod registrar;

use milagro_dta::grants::SignedGrant;
use milagro_dta::issue::ClientSecret;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::bounded::{Blob, List};
use crate::name::Name;

/// Longest grant, in bytes.
pub const GRANT_MAX: usize = SignedGrant::<ClientSecret>::MAX_LEN;
/// Most domains that one service holds shares of.
pub const DOMAINS_MAX: usize = 16;
/// Most names in one answer of a board.
pub const NAMES_MAX: usize = 256;
/// Longest message on a board, in bytes.
pub const MESSAGE_MAX: usize = 1 << 16;
/// Longest encoding of a domain: 255 keys and a name.
pub const DOMAIN_MAX: usize = 1 << 14;
/// Longest encoding of an identity.
pub const IDENTITY_MAX: usize = 1 << 11;
/// Longest share, sealed or not.
pub const SHARE_MAX: usize = 1 << 10;
/// Longest body of a JSON request, and of any request to a path that does not say otherwise.
pub const BODY_MAX: usize = 1 << 16;

/// What a master key is for.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum ProtocolName {
    /// Logins by M-Pin.
    Mpin,
    /// Identity-based signatures.
    Signing,
    /// Identity-based pre-shared keys.
    Psk,
    /// Identity-based key agreement.
    Agreement,
}

/// The epochs for which an authority issues permits now, by its own clock.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
pub struct Epochs {
    /// The present one.
    pub now: u64,
    /// How many ahead.
    pub ahead: u64,
    /// How long one is, in seconds.
    pub length: u64,
}

/// A domain, as one of its authorities knows it.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
pub struct DomainForm {
    /// What its key is for.
    pub protocol: ProtocolName,
    /// The number of the authority that answers.
    pub authority: u16,
    /// `TrustDomain`, all of it that is public.
    #[schema(schema_with = Blob::<DOMAIN_MAX>::schema)]
    pub domain: Blob<DOMAIN_MAX>,
    /// The number of the last revocation list that was taken; 0 before the first.
    pub list: u64,
    /// Where there are permits: for which epochs.
    pub epochs: Option<Epochs>,
}

/// All domains of a service.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
pub struct DomainsAnswer {
    /// In the order of the configuration.
    #[schema(value_type = Vec<DomainForm>, max_items = 16)]
    pub domains: List<DomainForm, DOMAINS_MAX>,
}

/// A request for a share of a key.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ShareRequest {
    /// `SignedGrant`, which says for whom and to which key.
    #[schema(schema_with = Blob::<GRANT_MAX>::schema)]
    pub grant: Blob<GRANT_MAX>,
}

/// A share that only the client of its grant can read.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
pub struct ShareAnswer {
    /// The number of the authority.
    pub authority: u16,
    /// HPKE to the key that the grant names.
    #[schema(schema_with = Blob::<SHARE_MAX>::schema)]
    pub sealed: Blob<SHARE_MAX>,
}

/// Which of the two kinds of permit.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum PermitKind {
    /// One that many share: that of the gap between revoked leaves.
    Cover,
    /// One of this identity alone.
    Personal,
}

/// A request for a share of a permit.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PermitRequest {
    /// `TrustDomainId`.
    #[schema(schema_with = Blob::<32>::schema)]
    pub domain: Blob<32>,
    /// `Identity`.
    #[schema(schema_with = Blob::<IDENTITY_MAX>::schema)]
    pub identity: Blob<IDENTITY_MAX>,
    /// The epoch, which must be one that the authority issues for now.
    pub epoch: u64,
    /// Which kind.
    pub kind: PermitKind,
}

/// A share of a permit, with its proof. Public.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
pub struct PermitAnswer {
    /// The number of the authority.
    pub authority: u16,
    /// `CoverShare`, or `G1Share` of a personal permit.
    #[schema(schema_with = Blob::<SHARE_MAX>::schema)]
    pub share: Blob<SHARE_MAX>,
}

/// A part of a bulletin's proof. Public.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
pub struct ProofAnswer {
    /// The number of the authority.
    pub authority: u16,
    /// `ProofShare`.
    #[schema(schema_with = Blob::<SHARE_MAX>::schema)]
    pub share: Blob<SHARE_MAX>,
}

/// That a revocation list was taken, or was there already.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
pub struct ListAnswer {
    /// Its number.
    pub number: u64,
}

/// Names of messages on a board.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
pub struct NamesAnswer {
    /// In ascending order.
    #[schema(value_type = Vec<Name>, max_items = 256)]
    pub names: List<Name, NAMES_MAX>,
    /// Whether there are more after the last.
    pub more: bool,
}

/// Where the documents of a service's state say how it is.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
pub struct ReadyAnswer {
    /// Whether everything is as it should be.
    pub ready: bool,
    /// What is not, in words.
    #[schema(value_type = Vec<String>, max_items = 16)]
    pub faults: List<String, 16>,
}

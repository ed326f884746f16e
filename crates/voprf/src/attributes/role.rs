//! What attribute lists stand for.

use crate::tags;

/// The tags under which lists of one kind are hashed and proven, so that no list of one kind ever gives a key
/// of another.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Role {
    /// Proofs of keys by inversion.
    pub(crate) sdhi: &'static [u8],
    /// h = Hs(list).
    pub(crate) sdhi_list: &'static [u8],
    /// Proofs of keys by Naor and Reingold's function.
    pub(crate) naor_reingold: &'static [u8],
    /// b = SHA-256(list).
    pub(crate) naor_reingold_list: &'static [u8],
}

/// Lists that a caller makes, for keys that serve what the caller likes.
pub(crate) const ATTRIBUTES: Role = Role {
    sdhi: tags::SDHI,
    sdhi_list: tags::SDHI_ATTRIBUTES,
    naor_reingold: tags::NAOR_REINGOLD,
    naor_reingold_list: tags::NAOR_REINGOLD_ATTRIBUTES,
};

/// Lists that stand for token keys, which serve nothing but tokens.
pub(crate) const TOKENS: Role = Role {
    sdhi: tags::TOKEN_SDHI,
    sdhi_list: tags::TOKEN_SDHI_ATTRIBUTES,
    naor_reingold: tags::TOKEN_NAOR_REINGOLD,
    naor_reingold_list: tags::TOKEN_NAOR_REINGOLD_ATTRIBUTES,
};

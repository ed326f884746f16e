//! What the client's half of the key is a power of.

use milagro_curve::{
    G2Prepared, Gt, SecretGt,
    pairing::{pairing, pairing_secret},
};
use zeroize::ZeroizeOnDrop;

use crate::client::error::FactorError;
use crate::client::factor::Factors;
use crate::client::token::SplitSecret;
use crate::keys::{Binding, ClientSecret};
use crate::names::identity::Identity;
use crate::names::server::ServerId;

/// e(S, Qs), for one secret and one server. Wiped when dropped.
#[derive(Debug)]
pub struct KeyBase(pub(crate) SecretGt);

impl ZeroizeOnDrop for KeyBase {}

/// g1 = e(Token, Qs) and g2 = e(A, Qs), computed once per token and server, so that a device that
/// stores them needs no pairing for a login. As secret as the token. Wiped when dropped.
#[derive(Debug)]
pub struct PrecomputedKeyBase {
    token: SecretGt,
    identity: Gt,
}

impl ZeroizeOnDrop for PrecomputedKeyBase {}

impl KeyBase {
    /// Computes e(S, Qs) with one pairing.
    #[must_use]
    pub fn new<B>(secret: &ClientSecret<B>, server: &ServerId) -> Self {
        let qs = first_point(&secret.identity, server);
        Self(pairing_secret(&secret.secret, &qs))
    }
}

impl PrecomputedKeyBase {
    /// Computes g1 and g2 with two pairings.
    #[must_use]
    pub fn new<B: Binding>(token: &SplitSecret<B>, server: &ServerId) -> Self {
        let qs = first_point(token.identity(), server);
        Self {
            token: pairing_secret(token.rest(), &qs),
            identity: pairing(token.point(), &qs),
        }
    }

    /// g1·g2^α', without a pairing.
    ///
    /// # Errors
    /// [`FactorError::Mismatch`] if the factors have other kinds or names than the token's.
    pub fn unlock<B: Binding>(
        &self,
        token: &SplitSecret<B>,
        factors: &Factors,
    ) -> Result<KeyBase, FactorError> {
        token.check(factors)?;
        let power = self.identity.pow(&factors.sum());
        Ok(KeyBase(self.token.mul(&power)))
    }
}

/// Qs, or Pa of an identity with a device key.
fn first_point(identity: &Identity, server: &ServerId) -> G2Prepared {
    identity.device_key().map_or_else(
        || G2Prepared::from(&server.to_point()),
        |pa| G2Prepared::from(&pa),
    )
}

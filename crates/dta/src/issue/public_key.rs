//! s·Q: public for signatures, and for nothing else.

use milagro_curve::DecodeError;
use milagro_curve::{
    G1Point, G2Point, G2Prepared, SecretG2,
    pairing::{Term, pairing_product_is_one},
};
use milagro_mpin::TrustDomainId;

use crate::domain::protocol::{Sealed, Signing};
use crate::domain::trust_domain::TrustDomain;
use crate::issue::authority::Authority;
use crate::issue::combine::{Combined, combine};
use crate::issue::error::{CombineError, IssueError};
use crate::issue::purpose::{InG2, Purpose};
use crate::issue::received::Received;
use crate::issue::share::G2Share;

/// Signatures: si·Q, parts of the public key.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct PublicKey;

impl Sealed for PublicKey {}

impl Purpose for PublicKey {
    type Protocol = Signing;
    type Subject = ();
    type Output = G2Point;
    const CODE: u8 = 17;
}

impl InG2 for PublicKey {
    fn point((): &()) -> G2Point {
        G2Point::generator()
    }

    fn output((): &(), key: SecretG2) -> G2Point {
        key.declassify()
    }
}

/// The public key s·Q of a domain that issues signing keys, checked against s·P.
///
/// No other protocol has one: with s·Q of an M-Pin domain anybody could test PINs against a stolen
/// token.
///
/// ```compile_fail,E0599
/// use milagro_dta::{Authority, Mpin};
/// fn leak(authority: &Authority<Mpin>) {
///     let _ = authority.public_key_share();
/// }
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct MasterPublicKey {
    domain: TrustDomainId,
    point: G2Point,
}

impl Authority<Signing> {
    /// si·Q, which is public.
    ///
    /// # Errors
    /// [`IssueError::Degenerate`], which does not happen.
    pub fn public_key_share(&self) -> Result<G2Share<PublicKey>, IssueError> {
        self.issue_in_g2(&())
    }
}

impl MasterPublicKey {
    /// Bytes of an encoding.
    pub const LEN: usize = G2Point::LEN;

    /// Combines t shares, each checked by e(si·P, Q) = e(P, si·Q).
    ///
    /// # Errors
    /// [`CombineError`], which names all culprits.
    pub fn combine(
        domain: &TrustDomain<Signing>,
        shares: impl IntoIterator<Item = Received<G2Share<PublicKey>>>,
    ) -> Result<Combined<Self>, CombineError> {
        let Combined { key, culprits } = combine(domain, (), shares)?;
        let key = Self {
            domain: *domain.id(),
            point: key,
        };
        Ok(Combined { key, culprits })
    }

    /// Reads 96 bytes and checks e(s·P, Q) = e(P, s·Q).
    ///
    /// # Errors
    /// [`DecodeError::Value`] for another domain's key; or a point that is none.
    pub fn from_bytes(
        domain: &TrustDomain<Signing>,
        bytes: &[u8; Self::LEN],
    ) -> Result<Self, DecodeError> {
        let point = G2Point::from_bytes(bytes)?;
        let generator = G2Prepared::from(&G2Point::generator());
        let prepared = G2Prepared::from(&point);
        let left = Term::new(*domain.commitment(), &generator);
        let right = Term::new(-G1Point::generator(), &prepared);
        if pairing_product_is_one(left, &[right]) {
            Ok(Self {
                domain: *domain.id(),
                point,
            })
        } else {
            Err(DecodeError::Value)
        }
    }

    /// Writes the point.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; Self::LEN] {
        self.point.to_bytes()
    }

    /// Whose key it is.
    #[must_use]
    pub const fn domain(&self) -> &TrustDomainId {
        &self.domain
    }

    /// s·Q.
    #[must_use]
    pub const fn as_point(&self) -> &G2Point {
        &self.point
    }
}

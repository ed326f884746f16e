//! A dealer that everybody trusts to forget: one party makes the key, shares it, and drops it.
//!
//! Every authority checks its share against the dealer's commitments (P. Feldman, FOCS '87), so a
//! dealer can know too much, but cannot hand out shares that do not fit. Without such a dealer, run a
//! [`ceremony`](crate::ceremony).

use core::fmt;

use milagro_base::{Reader, Writer};
use milagro_curve::rand_core::CryptoRng;
use milagro_mpin::MasterSecret;
use zeroize::{ZeroizeOnDrop, Zeroizing};

use crate::group::{Element, Secret};
use crate::sharing::{Commitments, Polynomial};
use crate::{
    Authority, AuthorityId, DecodeError, DomainError, Form, Group, Mpin, Protocol, Threshold,
    TrustDomain, group,
};

/// What a dealer hands out.
#[derive(Debug)]
pub struct Dealt<P: Protocol> {
    /// To everybody, over a channel on which all see the same: all recompute the domain from it.
    pub commitments: Commitments<P::Group>,
    /// One to each authority, over a confidential channel.
    pub shares: Vec<DealtShare<P>>,
}

/// An authority's share from the dealer, not checked yet. Wiped when dropped.
pub struct DealtShare<P: Protocol> {
    to: AuthorityId,
    share: Secret<P>,
}

/// Makes a new key and shares it.
///
/// # Errors
/// [`DomainError::Degenerate`], which a good generator never gives.
pub fn deal<P: Protocol, R: CryptoRng + ?Sized>(
    threshold: Threshold,
    rng: &mut R,
) -> Result<Dealt<P>, DomainError> {
    let secret = group::random::<P::Group, R>(rng);
    deal_secret(secret, threshold, rng)
}

/// Shares the key of an authority that worked alone so far, so that its users keep their secrets. The
/// domain gets a new id: tokens, permits and servers that name the old one are renewed.
///
/// # Security
/// Whoever keeps the master secret, keeps the power. Drop it.
///
/// # Errors
/// As [`deal`].
pub fn deal_master<R: CryptoRng + ?Sized>(
    master: &MasterSecret,
    threshold: Threshold,
    rng: &mut R,
) -> Result<Dealt<Mpin>, DomainError> {
    let secret = <<Mpin as Protocol>::Group as Group>::secret_from_bytes(&master.to_bytes());
    deal_secret(secret.map_err(|_| DomainError::Degenerate)?, threshold, rng)
}

fn deal_secret<P: Protocol, R: CryptoRng + ?Sized>(
    secret: Secret<P>,
    threshold: Threshold,
    rng: &mut R,
) -> Result<Dealt<P>, DomainError> {
    let polynomial = Polynomial::<P::Group>::random(secret, threshold.needed(), rng);
    let commitments = polynomial.commit().ok_or(DomainError::Degenerate)?;
    let shares = threshold.ids().map(|to| DealtShare {
        to,
        share: polynomial.share(to),
    });
    Ok(Dealt {
        shares: shares.collect(),
        commitments,
    })
}

/// The domain behind a dealer's commitments.
///
/// # Errors
/// [`DomainError::Keys`] for commitments to a polynomial of another degree than t - 1,
/// [`DomainError::Name`].
pub fn domain<P: Protocol>(
    name: &str,
    threshold: Threshold,
    commitments: &Commitments<P::Group>,
) -> Result<TrustDomain<P>, DomainError> {
    if commitments.len() != usize::from(threshold.needed()) {
        return Err(DomainError::Keys);
    }
    let commitment = commitments.constant().ok_or(DomainError::Keys)?;
    let keys: Option<Vec<Element<P>>> = threshold.ids().map(|id| commitments.share(id)).collect();
    let keys = keys.ok_or(DomainError::Degenerate)?;
    TrustDomain::found(name, Form::Threshold, threshold, *commitment, keys)
}

impl<P: Protocol> DealtShare<P> {
    /// Bytes of an encoding.
    pub const LEN: usize = 35;

    const VERSION: u8 = 1;

    /// Whose share it is.
    #[must_use]
    pub const fn to(&self) -> AuthorityId {
        self.to
    }

    /// Checks the share and becomes the authority. Name, threshold and the own number come from
    /// configuration, not from the dealer.
    ///
    /// # Errors
    /// [`DomainError::Share`] if the share is not the committed one, [`DomainError::Member`] if it is
    /// another authority's, or as [`domain`].
    pub fn accept(
        self,
        name: &str,
        threshold: Threshold,
        me: AuthorityId,
        commitments: &Commitments<P::Group>,
    ) -> Result<Authority<P>, DomainError> {
        if self.to != me {
            return Err(DomainError::Member);
        }
        let domain = domain(name, threshold, commitments)?;
        Authority::new(domain, me, self.share)
    }

    /// Version (1), authority (2), share (32); into a buffer that is wiped.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let writer = Writer::with_capacity(Self::LEN)
            .u8(Self::VERSION)
            .u16(self.to.get())
            .bytes(&*P::Group::secret_to_bytes(&self.share));
        Zeroizing::new(writer.finish())
    }

    /// Reads what [`Self::to_bytes`] wrote.
    ///
    /// # Errors
    /// [`DecodeError`]: length, version, number, scalar.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        reader.version(Self::VERSION)?;
        let to = AuthorityId::read(&mut reader)?;
        let share = P::Group::secret_from_bytes(reader.array()?)?;
        reader.finish()?;
        Ok(Self { to, share })
    }
}

impl<P: Protocol> fmt::Debug for DealtShare<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DealtShare").finish_non_exhaustive()
    }
}

impl<P: Protocol> ZeroizeOnDrop for DealtShare<P> {}

//! What nodes pin to check the keys that they get.

use core::marker::PhantomData;

use milagro_base::{Reader, Writer};
use milagro_curve::G1Point;
use milagro_dta::TrustDomain;
use milagro_mpin::TrustDomainId;

use crate::keys::usage::TwoSided;
use milagro_base::DecodeError;

/// The public commitment s·P of a trust domain for a usage with two sides, in G1. Keys are checked against
/// it when they are issued; two nodes that hold their keys need it no more.
///
/// There is nothing in G2: s·Q is public for signatures alone ([`TrustAnchor`](crate::signing::TrustAnchor)).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct PairAnchor<U: TwoSided> {
    domain: TrustDomainId,
    commitment: G1Point,
    usage: PhantomData<U>,
}

impl<U: TwoSided> PairAnchor<U> {
    /// Bytes of an encoding.
    pub const LEN: usize = 2 + TrustDomainId::LEN + G1Point::LEN;

    const VERSION: u8 = 1;

    pub(crate) const fn new(domain: TrustDomainId, commitment: G1Point) -> Self {
        Self {
            domain,
            commitment,
            usage: PhantomData,
        }
    }

    /// The anchor of a domain whose master secret authorities share.
    #[must_use]
    pub const fn of(domain: &TrustDomain<U>) -> Self {
        Self::new(*domain.id(), *domain.commitment())
    }

    /// The trust domain whose identities it speaks for.
    #[must_use]
    pub const fn domain(&self) -> TrustDomainId {
        self.domain
    }

    /// s·P.
    #[must_use]
    pub const fn commitment(&self) -> &G1Point {
        &self.commitment
    }

    /// Version (1), usage (1), trust domain (32), s·P (48).
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        Writer::with_capacity(Self::LEN)
            .u8(Self::VERSION)
            .u8(U::CODE)
            .bytes(&self.domain.to_bytes())
            .bytes(&self.commitment.to_bytes())
            .finish()
    }

    /// Reads what [`Self::to_bytes`] wrote.
    ///
    /// # Security
    /// Whoever chooses these bytes decides who is believed: they come from configuration.
    ///
    /// # Errors
    /// [`DecodeError`]: length, version, another usage, a point that is none.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        reader.version(Self::VERSION)?;
        reader.code(U::CODE)?;
        let domain = TrustDomainId::from_bytes(*reader.array()?);
        let commitment = G1Point::read(&mut reader)?;
        reader.finish()?;
        Ok(Self::new(domain, commitment))
    }
}

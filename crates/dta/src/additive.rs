//! The first Milagro form: every authority has a master secret of its own, and keys are sums.
//!
//! s = Σ si, S = Σ si·A: client secret CS1 + CS2, server secret SS1 + SS2, permit TP1 + TP2. All n
//! authorities are needed; nothing can be refreshed or repaired, but the key can be reshared to a
//! threshold. For a new domain, run a [`ceremony`](crate::ceremony) with t = n instead.

use core::fmt;

use milagro_base::{Reader, Writer};
use milagro_curve::rand_core::CryptoRng;
use milagro_mpin::MasterSecret;
use zeroize::ZeroizeOnDrop;

use crate::group::{Element, Secret};
use crate::schnorr::Signature;
use crate::{
    Authority, AuthorityId, DecodeError, DomainError, Form, Group, Mpin, Protocol, Threshold,
    TrustDomain, group, tags,
};

/// One authority's own master secret, before the domain is founded. Wiped when dropped.
pub struct Part<P: Protocol> {
    name: Box<str>,
    count: u16,
    me: AuthorityId,
    secret: Secret<P>,
}

/// What an authority tells the others: si·P, with proof that it knows si.
#[derive(Clone, Debug)]
pub struct Contribution<G: Group> {
    from: AuthorityId,
    key: G::Element,
    possession: Signature<G>,
}

/// Why no domain is founded.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum AdditiveError {
    /// No contribution of this authority, or one whose proof fails.
    Contribution(AuthorityId),
    /// Two contributions of this authority.
    Duplicate(AuthorityId),
    /// The number is not one of 1 to n, the name has a wrong length, or the sum is nothing.
    Domain(DomainError),
}

impl<P: Protocol> Part<P> {
    /// A new master secret for authority `me` of `count`.
    ///
    /// # Errors
    /// [`AdditiveError::Domain`].
    pub fn random<R: CryptoRng + ?Sized>(
        name: &str,
        me: AuthorityId,
        count: u16,
        rng: &mut R,
    ) -> Result<Self, AdditiveError> {
        Self::new(name, me, count, group::random::<P::Group, R>(rng))
    }

    fn new(
        name: &str,
        me: AuthorityId,
        count: u16,
        secret: Secret<P>,
    ) -> Result<Self, AdditiveError> {
        let all = Threshold::new(count, count).map_err(|_| DomainError::Member);
        if !all.is_ok_and(|all| all.contains(me)) {
            return Err(AdditiveError::Domain(DomainError::Member));
        }
        Ok(Self {
            name: name.into(),
            count,
            me,
            secret,
        })
    }

    /// What the others have to know.
    ///
    /// # Errors
    /// [`AdditiveError::Domain`] for a secret of zero.
    pub fn contribute<R: CryptoRng + ?Sized>(
        &self,
        rng: &mut R,
    ) -> Result<Contribution<P::Group>, AdditiveError> {
        let degenerate = AdditiveError::Domain(DomainError::Degenerate);
        let key = P::Group::commit(&self.secret).ok_or(degenerate)?;
        let message = self.message(self.me);
        let possession = Signature::new(tags::POSSESSION, &message, (&self.secret, &key), rng);
        Ok(Contribution {
            from: self.me,
            key,
            possession: possession.ok_or(degenerate)?,
        })
    }

    /// Founds the domain with everybody's contributions, this authority's among them.
    ///
    /// # Security
    /// Proofs of possession keep anybody from choosing a part that cancels the others'. The last to
    /// speak can still choose among many of its own; and whoever told two authorities different things
    /// is not found out here: compare the ids of all domains before using any.
    ///
    /// # Errors
    /// [`AdditiveError`], which names the culprit.
    pub fn found(
        self,
        contributions: &[Contribution<P::Group>],
    ) -> Result<Authority<P>, AdditiveError> {
        let all = Threshold::new(self.count, self.count);
        let all = all.map_err(|_| AdditiveError::Domain(DomainError::Member))?;
        let mut keys: Vec<Element<P>> = Vec::new();
        for id in all.ids() {
            let mut of = contributions.iter().filter(|other| other.from == id);
            let one = of.next().ok_or(AdditiveError::Contribution(id))?;
            if of.next().is_some() {
                return Err(AdditiveError::Duplicate(id));
            }
            let message = self.message(id);
            let valid = one
                .possession
                .verify_vartime(tags::POSSESSION, &message, &one.key);
            if !valid {
                return Err(AdditiveError::Contribution(id));
            }
            keys.push(one.key);
        }
        let one = <P::Group as Group>::Scalar::from(1);
        let terms: Vec<_> = keys.iter().map(|key| (*key, one)).collect();
        let sum = P::Group::combination_vartime(&terms)
            .ok_or(AdditiveError::Domain(DomainError::Degenerate))?;
        TrustDomain::found(&self.name, Form::Additive, all, sum, keys)
            .and_then(|domain| Authority::new(domain, self.me, self.secret))
            .map_err(AdditiveError::Domain)
    }

    /// What a proof of possession signs.
    fn message(&self, from: AuthorityId) -> Vec<u8> {
        Writer::new()
            .string(b"additive")
            .string(P::NAME.as_bytes())
            .string(self.name.as_bytes())
            .u16(self.count)
            .u16(from.get())
            .finish()
    }
}

impl Part<Mpin> {
    /// The master secret that an authority has used so far, such as MS1 of a Milagro deployment.
    ///
    /// # Errors
    /// [`AdditiveError::Domain`].
    pub fn of_master(
        name: &str,
        me: AuthorityId,
        count: u16,
        master: &MasterSecret,
    ) -> Result<Self, AdditiveError> {
        let secret = <<Mpin as Protocol>::Group as Group>::secret_from_bytes(&master.to_bytes());
        let secret = secret.map_err(|_| AdditiveError::Domain(DomainError::Degenerate))?;
        Self::new(name, me, count, secret)
    }
}

impl<G: Group> Contribution<G> {
    const VERSION: u8 = 1;

    /// Version (1), authority (2), key (48 on BLS12-381), proof (64).
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let writer = Writer::new()
            .u8(Self::VERSION)
            .u16(self.from.get())
            .bytes(&G::element_to_bytes(&self.key));
        self.possession.write(writer).finish()
    }

    /// Reads what [`Self::to_bytes`] wrote.
    ///
    /// # Errors
    /// [`DecodeError`]: length, version, number, element, scalar.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        reader.version(Self::VERSION)?;
        let contribution = Self {
            from: AuthorityId::read(&mut reader)?,
            key: group::read_element::<G>(&mut reader)?,
            possession: Signature::read(&mut reader)?,
        };
        reader.finish()?;
        Ok(contribution)
    }
}

impl fmt::Display for AdditiveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Contribution(id) => write!(f, "authority {id} has not proven its part"),
            Self::Duplicate(id) => write!(f, "authority {id} has contributed twice"),
            Self::Domain(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for AdditiveError {}

impl<P: Protocol> fmt::Debug for Part<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Part").finish_non_exhaustive()
    }
}

impl<P: Protocol> ZeroizeOnDrop for Part<P> {}

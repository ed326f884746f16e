//! The public face of a group of authorities.

use core::fmt;

use milagro_base::{Reader, Writer};
use milagro_curve::{DecodeError, Transcript};
use milagro_mpin::TrustDomainId;
use milagro_mpin::names::Authorities;

use crate::domain::member::{AuthorityId, Threshold};
use crate::domain::protocol::{Element, Protocol};
use crate::errors::errors;
use crate::sharing::group::{self, Group};
use crate::sharing::lagrange::Coefficients;
use crate::tags;

/// Longest name of a domain, in bytes.
const MAX_NAME: usize = 255;

/// A trust domain: the public side of a master key s that authorities share.
///
/// Its id hashes {name, protocol, t, n, s·P} as they were at the foundation and stays the same through
/// refresh, repair and resharing, as does every key that was issued. The generation counts those
/// changes; shares of different generations do not combine. The digest covers all of it.
///
/// What is here is public. There is nothing in G2: see [`MasterPublicKey`](crate::issue::MasterPublicKey)
/// for the one protocol where there is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TrustDomain<P: Protocol> {
    name: Box<str>,
    founded: Threshold,
    threshold: Threshold,
    commitment: Element<P>,
    keys: Vec<Element<P>>,
    edition: Edition,
}

/// Which domain, and which state of it; 72 bytes. Everything that an authority issues or stores bears it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Edition {
    /// The domain.
    pub id: TrustDomainId,
    /// How often its shares have been renewed.
    pub generation: u64,
    /// The hash of all that is public about it: the id says nothing of the verification keys and of the
    /// present threshold.
    pub digest: [u8; 32],
}

errors! {
    /// Why there is no such domain, authority or roster.
    DomainError {
        /// The name has 0 or more than 255 bytes, or is not the expected one.
        Name => "not the expected name of 1 to 255 bytes",
        /// The threshold is not the expected one.
        Threshold => "not the expected threshold",
        /// The verification keys do not belong together, or not to s·P.
        Keys => "verification keys do not belong together",
        /// The share is not the one behind the authority's verification key.
        Share => "share does not belong to its verification key",
        /// The share is one of another edition of the domain.
        Edition => "share of another edition of the domain",
        /// The authority is not one of the domain's, or not the expected one.
        Member => "no such authority in this domain",
        /// A number or a key occurs twice in a roster.
        Roster => "a number or a key occurs twice",
        /// A coefficient is zero, which a good generator gives once in 2^255 times.
        Degenerate => "a coefficient is zero",
    }
}

impl Edition {
    /// Bytes of an encoding.
    pub const LEN: usize = 72;

    pub(crate) fn write(&self, writer: Writer) -> Writer {
        writer
            .bytes(&self.id.to_bytes())
            .u64(self.generation)
            .bytes(&self.digest)
    }

    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            id: TrustDomainId::from_bytes(*reader.array()?),
            generation: reader.u64()?,
            digest: *reader.array()?,
        })
    }
}

impl<P: Protocol> TrustDomain<P> {
    const VERSION: u8 = 1;

    /// A new domain of generation 0, from s·P and all si·P in order.
    pub(crate) fn found(
        name: &str,
        threshold: Threshold,
        commitment: Element<P>,
        keys: Vec<Element<P>>,
    ) -> Result<Self, DomainError> {
        Self::new(name.into(), threshold, 0, (threshold, commitment, keys))
    }

    /// The next generation of this domain.
    pub(crate) fn succeeded_by(
        &self,
        threshold: Threshold,
        keys: Vec<Element<P>>,
    ) -> Result<Self, DomainError> {
        let generation = self.edition.generation.checked_add(1);
        let generation = generation.ok_or(DomainError::Edition)?;
        let shared = (threshold, self.commitment, keys);
        Self::new(self.name.clone(), self.founded, generation, shared)
    }

    fn new(
        name: Box<str>,
        founded: Threshold,
        generation: u64,
        (threshold, commitment, keys): (Threshold, Element<P>, Vec<Element<P>>),
    ) -> Result<Self, DomainError> {
        if !is_name(&name) {
            return Err(DomainError::Name);
        }
        let id = TrustDomainId::in_group(
            &name,
            P::NAME,
            Authorities {
                threshold: founded.needed(),
                total: founded.members(),
            },
            &P::Group::element_to_bytes(&commitment),
        );
        let edition = Edition {
            id,
            generation,
            digest: [0; 32],
        };
        let mut domain = Self {
            name,
            founded,
            threshold,
            commitment,
            keys,
            edition,
        };
        if !domain.keys_are_consistent() {
            return Err(DomainError::Keys);
        }
        let mut transcript = Transcript::new(tags::DOMAIN);
        transcript.append("domain", &domain.to_bytes());
        domain.edition.digest = transcript.bytes("digest");
        Ok(domain)
    }

    /// The name that everything issued by this domain is bound to.
    #[must_use]
    pub const fn id(&self) -> &TrustDomainId {
        &self.edition.id
    }

    /// Id, generation and digest.
    #[must_use]
    pub const fn edition(&self) -> &Edition {
        &self.edition
    }

    /// The name that people call it, 1 to 255 bytes.
    #[must_use]
    pub const fn name(&self) -> &str {
        &self.name
    }

    /// How many authorities there are, and how many are needed.
    #[must_use]
    pub const fn threshold(&self) -> Threshold {
        self.threshold
    }

    /// How often the shares have been renewed.
    #[must_use]
    pub const fn generation(&self) -> u64 {
        self.edition.generation
    }

    /// s·P, in G1.
    #[must_use]
    pub const fn commitment(&self) -> &Element<P> {
        &self.commitment
    }

    /// si·P, in G1; `None` for an authority that is not of the domain.
    #[must_use]
    pub fn verification_key(&self, of: AuthorityId) -> Option<&Element<P>> {
        self.keys.get(usize::from(of.get()).checked_sub(1)?)
    }

    /// The coefficients that make the master key of the shares of these authorities; `None` if they are
    /// too few, or one is no member or there twice.
    pub(crate) fn coefficients(&self, authorities: &[AuthorityId]) -> Option<Coefficients> {
        let enough = authorities.len() >= usize::from(self.threshold.needed());
        let members = authorities.iter().all(|id| self.threshold.contains(*id));
        Coefficients::at_zero(authorities).filter(|_| enough && members)
    }

    /// Version (1), protocol and group (framed), name (framed), threshold at the foundation (4),
    /// threshold (4), generation (8), s·P, all si·P (48 bytes each on BLS12-381).
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let writer = Writer::new()
            .u8(Self::VERSION)
            .string(P::NAME.as_bytes())
            .string(P::Group::NAME.as_bytes())
            .string(self.name.as_bytes());
        let writer = self.threshold.write(self.founded.write(writer));
        self.elements()
            .fold(writer.u64(self.edition.generation), |writer, element| {
                writer.bytes(&P::Group::element_to_bytes(element))
            })
            .finish()
    }

    /// Reads what [`Self::to_bytes`] wrote. That any t shares make up the key behind s·P is checked.
    ///
    /// # Security
    /// Bytes that a stranger made describe a domain of the stranger's: compare [`Self::edition`] with the
    /// one that you trust. An id alone does not do, since it says nothing of the verification keys.
    ///
    /// # Errors
    /// [`DecodeError`]: length, version, another protocol or group, keys that do not belong together.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        reader.version(Self::VERSION)?;
        if reader.string()? != P::NAME.as_bytes() || reader.string()? != P::Group::NAME.as_bytes() {
            return Err(DecodeError::Value);
        }
        let name = core::str::from_utf8(reader.string()?).map_err(|_| DecodeError::Value)?;
        if !is_name(name) {
            return Err(DecodeError::Value);
        }
        let founded = Threshold::read(&mut reader)?;
        let threshold = Threshold::read(&mut reader)?;
        let generation = reader.u64()?;
        let commitment = group::read_element::<P::Group>(&mut reader)?;
        let mut keys = Vec::new();
        for _ in threshold.ids() {
            keys.push(group::read_element::<P::Group>(&mut reader)?);
        }
        reader.finish()?;
        let shared = (threshold, commitment, keys);
        Self::new(name.into(), founded, generation, shared).map_err(|_| DecodeError::Value)
    }

    fn elements(&self) -> impl Iterator<Item = &Element<P>> {
        core::iter::once(&self.commitment).chain(&self.keys)
    }

    /// Whether any t of the keys interpolate to s·P: s·P and the n keys are orthogonal to a random word
    /// of the dual code, vx·m(x) with vx = 1 / Π (x - y) over the other y in 0..=n, and m of degree
    /// n - t (I. Cascudo and B. David, "SCRAPE", ACNS 2017, section 2.1). m is a hash of the keys.
    fn keys_are_consistent(&self) -> bool {
        let word = self.dual_word();
        let terms: Vec<_> = self.elements().copied().zip(word).collect();
        self.keys.len() == usize::from(self.threshold.members())
            && P::Group::combination_vartime(&terms).is_none()
    }

    fn dual_word(&self) -> Vec<<P::Group as Group>::Scalar> {
        let (t, n) = (self.threshold.needed(), self.threshold.members());
        let mut transcript = Transcript::new(tags::KEYS);
        transcript.append("t, n", &self.threshold.write(Writer::new()).finish());
        for element in self.elements() {
            transcript.append("key", &P::Group::element_to_bytes(element));
        }
        let mask: Vec<_> = (0..=n - t)
            .map(|degree| {
                transcript.append_u64("degree", degree.into());
                P::Group::scalar_from_wide(&transcript.secret_bytes::<64>("mask"))
            })
            .collect();
        let zero = <P::Group as Group>::Scalar::from(0);
        let mut word = Vec::with_capacity(usize::from(n) + 1);
        for x in 0..=n {
            let at = <P::Group as Group>::Scalar::from(x.into());
            let value = mask.iter().rev().fold(zero, |value, a| value * at + *a);
            word.push(value * dual_weight::<P::Group>(x, n));
        }
        word
    }
}

/// Whether a name has a length that names may have.
pub(crate) const fn is_name(name: &str) -> bool {
    !name.is_empty() && name.len() <= MAX_NAME
}

/// 1 / Π (x - y) over the other y in 0..=n, which is (-1)^(n - x) / (x!·(n - x)!).
fn dual_weight<G: Group>(x: u16, n: u16) -> G::Scalar {
    let factorial = |k: u16| {
        (1..=u64::from(k)).fold(G::Scalar::from(1), |product, i| {
            product * G::Scalar::from(i)
        })
    };
    let zero = G::Scalar::from(0);
    // Products of numbers below the group order are not zero.
    let weight = G::invert(&(factorial(x) * factorial(n - x))).unwrap_or(zero);
    if (n - x).is_multiple_of(2) {
        weight
    } else {
        zero - weight
    }
}

impl fmt::Display for Edition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, ..] = self.digest;
        write!(
            f,
            "generation {} ({a:02x}{b:02x}{c:02x}{d:02x}..)",
            self.generation
        )
    }
}

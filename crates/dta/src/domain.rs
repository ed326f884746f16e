//! The public face of a group of authorities.

use milagro_base::{Reader, Writer};
use milagro_curve::Transcript;
use milagro_mpin::TrustDomainId;
use milagro_mpin::names::Authorities;

use crate::group::Element;
use crate::sharing::Coefficients;
use crate::{AuthorityId, DecodeError, DomainError, Group, Protocol, Threshold, group, tags};

/// Longest name of a domain, in bytes.
const MAX_NAME: usize = 255;

/// How the shares of a domain make up its key.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Form {
    /// Shamir: any t of n.
    Threshold,
    /// A plain sum of n parts, as in the first Milagro deployments: all n are needed.
    Additive,
}

/// A trust domain: the public side of a master key s that authorities share.
///
/// Its id hashes {name, protocol, t, n, s·P} as they were at the foundation and stays the same through
/// refresh, repair and resharing, as does every key that was issued. The generation counts those
/// changes; shares of different generations do not combine.
///
/// What is here is public. There is nothing in G2: see [`crate::MasterPublicKey`] for the one protocol
/// where there is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TrustDomain<P: Protocol> {
    name: Box<str>,
    founded: Threshold,
    id: TrustDomainId,
    form: Form,
    threshold: Threshold,
    generation: u64,
    commitment: Element<P>,
    keys: Vec<Element<P>>,
}

impl<P: Protocol> TrustDomain<P> {
    const VERSION: u8 = 1;

    /// A new domain of generation 0, from s·P and all si·P in order.
    pub(crate) fn found(
        name: &str,
        form: Form,
        threshold: Threshold,
        commitment: Element<P>,
        keys: Vec<Element<P>>,
    ) -> Result<Self, DomainError> {
        if name.is_empty() || name.len() > MAX_NAME {
            return Err(DomainError::Name);
        }
        Self::checked(name, threshold, form, (threshold, 0, commitment, keys))
    }

    /// The next generation of this domain.
    pub(crate) fn succeeded_by(
        &self,
        threshold: Threshold,
        keys: Vec<Element<P>>,
    ) -> Result<Self, DomainError> {
        let generation = self.generation.saturating_add(1);
        let now = (threshold, generation, self.commitment, keys);
        Self::checked(&self.name, self.founded, Form::Threshold, now)
    }

    fn checked(
        name: &str,
        founded: Threshold,
        form: Form,
        (threshold, generation, commitment, keys): (Threshold, u64, Element<P>, Vec<Element<P>>),
    ) -> Result<Self, DomainError> {
        let id = TrustDomainId::in_group(
            name,
            P::NAME,
            Authorities {
                threshold: founded.needed(),
                total: founded.members(),
            },
            &P::Group::element_to_bytes(&commitment),
        );
        let domain = Self {
            name: name.into(),
            founded,
            id,
            form,
            threshold,
            generation,
            commitment,
            keys,
        };
        if domain.keys_are_consistent() {
            Ok(domain)
        } else {
            Err(DomainError::Keys)
        }
    }

    /// The name that everything issued by this domain is bound to.
    #[must_use]
    pub const fn id(&self) -> &TrustDomainId {
        &self.id
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

    /// How the shares make up the key.
    #[must_use]
    pub const fn form(&self) -> Form {
        self.form
    }

    /// How often the shares have been renewed.
    #[must_use]
    pub const fn generation(&self) -> u64 {
        self.generation
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
        // Distinct indices, whatever the form.
        let coefficients = Coefficients::at_zero(authorities)?;
        (enough && members).then(|| match self.form {
            Form::Threshold => coefficients,
            Form::Additive => Coefficients::ones(authorities.len()),
        })
    }

    /// Version (1), protocol and group (framed), name (framed), threshold at the foundation (4), form
    /// (1), threshold (4), generation (8), s·P, all si·P (48 bytes each on BLS12-381).
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let writer = Writer::new()
            .u8(Self::VERSION)
            .string(P::NAME.as_bytes())
            .string(P::Group::NAME.as_bytes())
            .string(self.name.as_bytes());
        let writer = self.founded.write(writer).u8(match self.form {
            Form::Threshold => 0,
            Form::Additive => 1,
        });
        let writer = self.threshold.write(writer).u64(self.generation);
        core::iter::once(&self.commitment)
            .chain(&self.keys)
            .fold(writer, |writer, element| {
                writer.bytes(&P::Group::element_to_bytes(element))
            })
            .finish()
    }

    /// Reads what [`Self::to_bytes`] wrote. That any t shares make up the key behind s·P is checked.
    ///
    /// # Security
    /// Bytes that a stranger made describe a domain of the stranger's: compare [`Self::id`] with the
    /// one that you trust.
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
        if name.is_empty() || name.len() > MAX_NAME {
            return Err(DecodeError::Value);
        }
        let founded = Threshold::read(&mut reader)?;
        let form = match reader.u8()? {
            0 => Form::Threshold,
            1 => Form::Additive,
            _ => return Err(DecodeError::Value),
        };
        let threshold = Threshold::read(&mut reader)?;
        let generation = reader.u64()?;
        let commitment = group::read_element::<P::Group>(&mut reader)?;
        let mut keys = Vec::new();
        for _ in threshold.ids() {
            keys.push(group::read_element::<P::Group>(&mut reader)?);
        }
        reader.finish()?;
        Self::checked(
            name,
            founded,
            form,
            (threshold, generation, commitment, keys),
        )
        .map_err(|_| DecodeError::Value)
    }

    /// Whether any t of the keys interpolate to s·P: s·P and the n keys are orthogonal to a random word
    /// of the dual code, vx·m(x) with vx = 1 / Π (x - y) over the other y in 0..=n, and m of degree
    /// n - t (I. Cascudo and B. David, "SCRAPE", ACNS 2017, section 2.1). m is a hash of the keys.
    fn keys_are_consistent(&self) -> bool {
        let (t, n) = (self.threshold.needed(), self.threshold.members());
        if self.keys.len() != usize::from(n) {
            return false;
        }
        let one = <P::Group as Group>::Scalar::from(1);
        match self.form {
            Form::Additive => {
                let keys = self.keys.iter().map(|key| (*key, one));
                P::Group::combination_vartime(&keys.collect::<Vec<_>>()) == Some(self.commitment)
                    && t == n
            }
            Form::Threshold => {
                let word = self.dual_word(t, n);
                let points = core::iter::once(&self.commitment)
                    .chain(&self.keys)
                    .copied();
                let terms: Vec<_> = points.zip(word).collect();
                P::Group::combination_vartime(&terms).is_none()
            }
        }
    }

    fn dual_word(&self, t: u16, n: u16) -> Vec<<P::Group as Group>::Scalar> {
        let mut transcript = Transcript::new(tags::KEYS);
        transcript.append("t, n", &Writer::new().u16(t).u16(n).finish());
        for element in core::iter::once(&self.commitment).chain(&self.keys) {
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

//! The issuer's side: derivation, and the proof of many derivations.

use alloc::vec::Vec;

use milagro_base::DecodeError;
use rand_core::CryptoRng;
use sha2::Digest;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::attributes::key::{Claimed, DerivedKey};
use crate::attributes::list::Attributes;
use crate::attributes::naor_reingold::bits::{bits, challenge, check_len, context};
use crate::attributes::naor_reingold::proof::{BITS, NaorReingoldProof};
use crate::attributes::naor_reingold::public::NaorReingoldPublicKey;
use crate::attributes::role::{ATTRIBUTES, Role};
use crate::error::Error;
use crate::modes::batch::Scalars;
use crate::modes::context::{Hedge, len2};
use crate::modes::dleq::{self, Statement, scale_all};
use crate::modes::key::SecretKey;
use crate::modes::wire::Element;
use crate::suite::group::Suite;
use crate::suite::mode::Voprf;
use crate::suite::ristretto::Ristretto255;
use crate::tags;

/// The primary secret key: a₀, and aᵢ for 256 bits.
pub struct NaorReingoldSecretKey<S: Suite = Ristretto255> {
    a0: Zeroizing<S::Scalar>,
    ais: Scalars<S>,
    public: NaorReingoldPublicKey<S>,
}

impl<S: Suite> NaorReingoldSecretKey<S> {
    /// Bytes of a secret key: 257 scalars.
    pub const LEN: usize = (1 + BITS) * S::SCALAR_LEN;

    /// A fresh key.
    pub fn generate<R: CryptoRng + ?Sized>(rng: &mut R) -> Self {
        let hedge = Hedge::<S>::new(rng, tags::KEY);
        let a0 = hedge.scalar(&[tags::NAOR_REINGOLD]);
        let ais = (0_u16..)
            .take(BITS)
            .map(|i| *hedge.scalar(&[tags::NAOR_REINGOLD, &i.to_be_bytes()]));
        Self::new(a0, Zeroizing::new(ais.collect()))
    }

    /// Decodes a₀, then a_0 to a_255.
    ///
    /// # Errors
    /// [`DecodeError`] for another length, a number not below the group order, or zero.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        if bytes.len() != Self::LEN {
            return Err(DecodeError::Length);
        }
        let decode = |bytes| {
            let scalar = S::decode_scalar(bytes)?;
            if S::is_zero(&scalar) {
                Err(DecodeError::ZeroScalar)
            } else {
                Ok(scalar)
            }
        };
        let (a0, ais) = bytes
            .split_at_checked(S::SCALAR_LEN)
            .ok_or(DecodeError::Length)?;
        let a0 = Zeroizing::new(decode(a0)?);
        // Room for all of them at once: a list that grew would leave unwiped copies behind.
        let mut scalars = Zeroizing::new(Vec::with_capacity(BITS));
        for bytes in ais.chunks_exact(S::SCALAR_LEN) {
            scalars.push(decode(bytes)?);
        }
        Ok(Self::new(a0, scalars))
    }

    /// Encodes the secret key, for safekeeping.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let mut bytes = Zeroizing::new(Vec::with_capacity(Self::LEN));
        for a in core::iter::once(&*self.a0).chain(self.ais.iter()) {
            bytes.extend_from_slice(Zeroizing::new(S::encode_scalar(a)).as_ref());
        }
        bytes
    }

    fn new(a0: Zeroizing<S::Scalar>, ais: Scalars<S>) -> Self {
        let p0 = Element::from_point(S::mul_base(&a0));
        let mut scaled: Vec<_> = ais.iter().map(|a| S::mul_base(&S::scale(a))).collect();
        let his = Element::from_scaled(&scaled).collect();
        scaled.zeroize();
        Self {
            a0,
            ais,
            public: NaorReingoldPublicKey { p0, his },
        }
    }

    /// The public key that belongs to it.
    #[must_use]
    pub const fn public_key(&self) -> &NaorReingoldPublicKey<S> {
        &self.public
    }

    /// The key for an attribute list.
    #[must_use]
    pub fn derive(&self, attributes: &Attributes) -> DerivedKey<S> {
        DerivedKey {
            key: self.derive_for(&ATTRIBUTES, attributes.as_bytes()),
            attributes: attributes.clone(),
        }
    }

    pub(crate) fn derive_for(&self, role: &Role, list: &[u8]) -> SecretKey<Voprf, S> {
        let mut k = self.a0.clone();
        let set = bits::<S>(role, list).zip(self.ais.iter());
        for (_, a) in set.filter(|(bit, _)| *bit) {
            *k = *k * *a;
        }
        SecretKey::new(k)
    }

    /// Proves the keys of 1 to [`NaorReingoldProof::MAX_KEYS`] lists.
    ///
    /// # Errors
    /// [`Error::EmptyBatch`], [`Error::BatchTooLarge`].
    pub fn prove<R: CryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        lists: &[&Attributes],
    ) -> Result<NaorReingoldProof<S>, Error> {
        let lists: Vec<_> = lists.iter().map(|list| list.as_bytes()).collect();
        self.prove_for(rng, &ATTRIBUTES, &lists)
    }

    pub(crate) fn prove_for<R: CryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        role: &Role,
        lists: &[&[u8]],
    ) -> Result<NaorReingoldProof<S>, Error> {
        check_len(lists.len())?;
        let logarithms: Vec<_> = lists.iter().map(|list| self.chain(role, list)).collect();
        let mut chains: Vec<_> = logarithms.iter().map(points::<S>).collect();
        // A list whose hash has no bit set has the key P₀.
        let last = |chain: &mut Vec<Element<S>>| chain.pop().unwrap_or(self.public.p0);
        let ends: Vec<_> = chains.iter_mut().map(last).collect();
        let claims: Vec<_> = lists
            .iter()
            .zip(&ends)
            .map(|(list, key)| Claimed { list, key })
            .collect();
        let context = context::<S>(role);
        let statements = self.public.statements(&context, role, &claims, &chains)?;
        let witnesses = self.witnesses(role, lists, &logarithms);
        let weights: Vec<_> = statements.iter().map(Statement::weights).collect();
        let whole = whole::<S>(&statements, &weights);

        let hedge = Hedge::<S>::new(rng, tags::NONCE);
        let (mut scaled, mut his) = (Vec::new(), Vec::new());
        let mut nonces = Zeroizing::new(Vec::with_capacity(BITS));
        for ((statement, weights), witness) in statements.iter().zip(&weights).zip(&witnesses) {
            let a = Zeroizing::new(S::encode_scalar(&witness.a));
            let position = statement.key.as_slice();
            let r = hedge.scalar(&[role.naor_reingold, a.as_ref(), position, &whole]);
            scaled.push(witness.commit(weights, &r));
            his.push(statement.key);
            nonces.push(*r);
        }
        let c = challenge(&context, &his, &scaled);
        let answers = nonces
            .iter()
            .zip(&witnesses)
            .map(|(r, witness)| *r - c * *witness.a)
            .collect();
        drop(statements);
        Ok(NaorReingoldProof { chains, c, answers })
    }

    /// The logarithms of the points from after P₀ to K.
    fn chain(&self, role: &Role, list: &[u8]) -> Scalars<S> {
        let mut k = self.a0.clone();
        let set = bits::<S>(role, list).zip(self.ais.iter());
        let mut chain = Zeroizing::new(Vec::with_capacity(BITS));
        for (_, a) in set.filter(|(bit, _)| *bit) {
            *k = *k * *a;
            chain.push(*k);
        }
        chain
    }

    /// The witnesses of the bit positions in use.
    fn witnesses(&self, role: &Role, lists: &[&[u8]], chains: &[Scalars<S>]) -> Vec<Witness<S>> {
        let mut links: Vec<Scalars<S>> = (0..BITS)
            .map(|_| Zeroizing::new(Vec::with_capacity(lists.len())))
            .collect();
        for (list, chain) in lists.iter().zip(chains) {
            let mut previous = core::iter::once(&*self.a0).chain(chain.iter());
            let set = links.iter_mut().zip(bits::<S>(role, list));
            for (link, _) in set.filter(|(_, bit)| *bit) {
                link.extend(previous.next());
            }
        }
        // Room for all of them at once: a list that grew would leave unwiped copies behind.
        let mut witnesses = Vec::with_capacity(BITS);
        for (a, previous) in self.ais.iter().zip(links) {
            if !previous.is_empty() {
                let a = Zeroizing::new(*a);
                witnesses.push(Witness { a, previous });
            }
        }
        witnesses
    }
}

/// A hash of all positions and all their links.
///
/// All answers share one challenge, so a nonce that covered its own position alone would serve two challenges
/// in two proofs that agree in that position, and give its witness away.
fn whole<S: Suite>(statements: &[Statement<'_, S>], weights: &[Vec<S::Scalar>]) -> Vec<u8> {
    let mut hash = S::Hash::new();
    for (statement, weights) in statements.iter().zip(weights) {
        hash.update(statement.key.as_slice());
        hash.update(len2(weights.len()));
        hash.update(dleq::transcript::<S>(weights));
    }
    hash.finalize().to_vec()
}

/// What is known of one bit position: aᵢ, and the logarithms of the previous points of its links.
struct Witness<S: Suite> {
    a: Zeroizing<S::Scalar>,
    previous: Scalars<S>,
}

impl<S: Suite> Witness<S> {
    /// M = m·G with m = Σ d·p over the previous points p·G, Z = a·M, t2 = r·G, t3 = r·M.
    fn commit(&self, weights: &[S::Scalar], r: &S::Scalar) -> [S::Point; 4] {
        let zero = S::one() - S::one();
        let terms = scale_all::<S>(weights)
            .into_iter()
            .zip(self.previous.iter())
            .map(|(d, p)| d * *p);
        let m = Zeroizing::new(terms.fold(zero, |sum, term| sum + term));
        let mut logarithms = [*m, *self.a * *m, S::scale(r), *r * *m];
        let points = logarithms.map(|logarithm| S::mul_base(&logarithm));
        logarithms.zeroize();
        points
    }
}

fn points<S: Suite>(logarithms: &Scalars<S>) -> Vec<Element<S>> {
    let scaled: Vec<_> = logarithms
        .iter()
        .map(|k| S::mul_base(&S::scale(k)))
        .collect();
    Element::from_scaled(&scaled).collect()
}

milagro_base::opaque_debug!(NaorReingoldSecretKey<S: Suite>);

impl<S: Suite> ZeroizeOnDrop for NaorReingoldSecretKey<S> {}

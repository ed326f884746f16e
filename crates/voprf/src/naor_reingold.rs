//! Attribute keys by the function of Naor and Reingold: k = a₀·Π aᵢ over the set bits i of a hash of the attributes, K = k·G.
//!
//! With P₀ = a₀·G and Hᵢ = aᵢ·G public, the points from P₀ to K are a chain: each is aᵢ times the one before. A client checks for
//! every link that the logarithm of Hᵢ to G is that of the next point to the previous one. Links of many keys with the same i have
//! the same witness and are batched; all of them share one challenge.

mod proof;
mod public;

use alloc::vec::Vec;
use core::fmt::{self, Debug, Formatter};

use rand_core::CryptoRng;
use sha2::{Digest, Sha256};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

pub use self::proof::NaorReingoldProof;
pub use self::public::NaorReingoldPublicKey;
use crate::attributes::Attributes;
use crate::batch::Scalars;
use crate::context::{Context, Hedge};
use crate::dleq::{self, framed, scale_all};
use crate::error::{DecodeError, Error};
use crate::key::{PublicKey, SecretKey};
use crate::sdhi::DerivedKey;
use crate::suite::{Ristretto255, Suite};
use crate::tags;
use crate::wire::Element;

/// The bits of SHA-256.
const BITS: usize = 256;

/// The bits of SHA-256(tag || attributes), least significant first in each byte.
fn bits<S: Suite>(attributes: &Attributes) -> impl Iterator<Item = bool> + use<S> {
    let hash = Sha256::new()
        .chain_update(tags::NAOR_REINGOLD_ATTRIBUTES)
        .chain_update(S::IDENTIFIER);
    let digest: [u8; 32] = hash
        .chain_update([0])
        .chain_update(attributes.as_bytes())
        .finalize()
        .into();
    digest
        .into_iter()
        .flat_map(|byte| (0..8).map(move |bit| byte >> bit & 1 == 1))
}

fn context<S: Suite>() -> Context<S> {
    Context::new(&[tags::NAOR_REINGOLD, S::IDENTIFIER.as_bytes()])
}

fn check_len(len: usize) -> Result<(), Error> {
    match len {
        0 => Err(Error::EmptyBatch),
        1..=NaorReingoldProof::<Ristretto255>::MAX_KEYS => Ok(()),
        _ => Err(Error::BatchTooLarge),
    }
}

/// c = HashToScalar over (Hᵢ, M, Z, t2, t3) of every bit position.
fn challenge<S: Suite>(
    context: &Context<S>,
    keys: &[&Element<S>],
    scaled: &[[S::Point; 4]],
) -> S::Scalar {
    let encoded = S::encode_scaled(&scaled.concat());
    let mut transcript = Vec::new();
    for (key, points) in keys.iter().zip(encoded.chunks(4)) {
        transcript.extend_from_slice(&framed(key.as_slice()));
        for bytes in points {
            transcript.extend_from_slice(&framed(bytes.as_ref()));
        }
    }
    context.hash_to_scalar(&[&transcript, tags::CHALLENGE])
}

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
                Err(DecodeError::Zero)
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
        let mut k = self.a0.clone();
        for (_, a) in bits::<S>(attributes)
            .zip(self.ais.iter())
            .filter(|(bit, _)| *bit)
        {
            *k = *k * *a;
        }
        DerivedKey {
            key: SecretKey::new(k),
            attributes: attributes.clone(),
            primary: self.public.p0.bytes,
        }
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
        check_len(lists.len())?;
        let logarithms: Vec<_> = lists.iter().map(|list| self.chain(list)).collect();
        let mut chains: Vec<_> = logarithms.iter().map(points::<S>).collect();
        let last = |(chain, list): (&mut Vec<Element<S>>, &&Attributes)| {
            (
                (*list).clone(),
                PublicKey::new(chain.pop().unwrap_or(self.public.p0)),
            )
        };
        let keys: Vec<_> = chains.iter_mut().zip(lists).map(last).collect();
        let context = context::<S>();
        let statements = self.public.statements(&context, &keys, &chains)?;
        let witnesses = self.witnesses(lists, &logarithms);
        let hedge = Hedge::<S>::new(rng, tags::NONCE);

        let (mut scaled, mut his) = (Vec::new(), Vec::new());
        let mut nonces = Zeroizing::new(Vec::with_capacity(BITS));
        for (statement, (a, previous)) in statements.iter().zip(&witnesses) {
            let weights = statement.weights();
            let a_bytes = Zeroizing::new(S::encode_scalar(a));
            let digest = dleq::transcript::<S>(&weights);
            let r = hedge.scalar(&[
                tags::NAOR_REINGOLD,
                a_bytes.as_ref(),
                statement.key.as_slice(),
                &digest,
            ]);
            scaled.push(commit::<S>(&weights, previous, a, &r));
            his.push(statement.key);
            nonces.push(*r);
        }
        let c = challenge(&context, &his, &scaled);
        let answers = nonces
            .iter()
            .zip(&witnesses)
            .map(|(r, (a, _))| *r - c * **a)
            .collect();
        drop(statements);
        Ok(NaorReingoldProof { chains, c, answers })
    }

    /// The logarithms of the points from after P₀ to K.
    fn chain(&self, attributes: &Attributes) -> Scalars<S> {
        let mut k = self.a0.clone();
        let set = bits::<S>(attributes)
            .zip(self.ais.iter())
            .filter(|(bit, _)| *bit);
        let mut chain = Zeroizing::new(Vec::with_capacity(BITS));
        for (_, a) in set {
            *k = *k * *a;
            chain.push(*k);
        }
        chain
    }

    /// For each bit position in use, its witness and the logarithms of the previous points of its links.
    fn witnesses(
        &self,
        lists: &[&Attributes],
        chains: &[Scalars<S>],
    ) -> Vec<(Zeroizing<S::Scalar>, Scalars<S>)> {
        let mut links: Vec<Scalars<S>> = (0..BITS)
            .map(|_| Zeroizing::new(Vec::with_capacity(lists.len())))
            .collect();
        for (list, chain) in lists.iter().zip(chains) {
            let mut previous = core::iter::once(&*self.a0).chain(chain.iter());
            for (link, _) in links
                .iter_mut()
                .zip(bits::<S>(list))
                .filter(|(_, bit)| *bit)
            {
                link.extend(previous.next());
            }
        }
        let pairs = self.ais.iter().map(|a| Zeroizing::new(*a)).zip(links);
        pairs.filter(|(_, link)| !link.is_empty()).collect()
    }
}

fn points<S: Suite>(logarithms: &Scalars<S>) -> Vec<Element<S>> {
    let scaled: Vec<_> = logarithms
        .iter()
        .map(|k| S::mul_base(&S::scale(k)))
        .collect();
    Element::from_scaled(&scaled).collect()
}

/// M = m·G with m = Σ d·p over the previous points p·G, Z = a·M, t2 = r·G, t3 = r·M.
fn commit<S: Suite>(
    weights: &[S::Scalar],
    previous: &Scalars<S>,
    a: &S::Scalar,
    r: &S::Scalar,
) -> [S::Point; 4] {
    let zero = S::one() - S::one();
    let terms = scale_all::<S>(weights)
        .into_iter()
        .zip(previous.iter())
        .map(|(d, p)| d * *p);
    let m = Zeroizing::new(terms.fold(zero, |sum, term| sum + term));
    let mut logarithms = [*m, *a * *m, S::scale(r), *r * *m];
    let points = logarithms.map(|logarithm| S::mul_base(&logarithm));
    logarithms.zeroize();
    points
}

impl<S: Suite> Debug for NaorReingoldSecretKey<S> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("NaorReingoldSecretKey")
            .finish_non_exhaustive()
    }
}

impl<S: Suite> ZeroizeOnDrop for NaorReingoldSecretKey<S> {}

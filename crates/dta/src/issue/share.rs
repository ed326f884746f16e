//! One authority's part of a key, with the means to check it.

use core::marker::PhantomData;

use milagro_base::{Reader, Writer, opaque_debug};
use milagro_curve::DecodeError;
use milagro_curve::dleq::{Proof, Statement};
use milagro_curve::rand_core::CryptoRng;
use milagro_curve::{
    G1Point, G2Prepared, SecretG1, SecretG2, SecretScalar,
    pairing::{Term, pairing_product_is_one},
};
use zeroize::{ZeroizeOnDrop, Zeroizing};

use crate::domain::member::AuthorityId;
use crate::domain::protocol::{Protocol, Sealed};
use crate::domain::trust_domain::{Edition, TrustDomain};
use crate::issue::error::Fault;
use crate::issue::purpose::{InG1, InG2, Purpose};
use crate::sharing::group::Bls12381G1;
use crate::sharing::lagrange::{Coefficients, interpolate_g1, interpolate_g2};
use crate::tags;

/// Whose share it is, and of which generation of which domain.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Header {
    /// The domain, its generation, and the digest of its keys.
    pub edition: Edition,
    /// The authority, by its own words.
    pub from: AuthorityId,
}

/// A share of a key in G1 with a proof in G1 that it is one: no pairing, and nothing in G2.
///
/// # Security
/// Shares of client secrets are secrets: t of them are the secret, and each of them, with its proof or
/// without, lets the thief of a token test PINs. Send them over a confidential channel, check them,
/// drop them; never log or keep one. Wiped when dropped.
pub struct G1Share<U: InG1> {
    header: Header,
    /// Where it stays when the share is moved: a move leaves the bytes behind.
    point: Box<SecretG1>,
    proof: Proof,
    purpose: PhantomData<U>,
}

/// A share of a key in G2, checked by e(si·P, Q') = e(P, share). Wiped when dropped.
///
/// # Security
/// A share of a server secret is a secret, as the server secret is.
pub struct G2Share<U: InG2> {
    header: Header,
    point: Box<SecretG2>,
    purpose: PhantomData<U>,
}

// Not even the proof shows, against which PINs could be tested.
opaque_debug!(G1Share<U: InG1>);
opaque_debug!(G2Share<U: InG2>);

impl<U: InG1> ZeroizeOnDrop for G1Share<U> {}
impl<U: InG2> ZeroizeOnDrop for G2Share<U> {}

/// What [`Collector`](crate::issue::Collector) and [`combine`](crate::issue::combine) take: [`G1Share`],
/// [`G2Share`], and [`Batch`](crate::issue::Batch) for many subjects. Sealed.
pub trait Share: Sealed + Sized {
    /// Whose master key.
    type Protocol: Protocol<Group = Bls12381G1>;
    /// Whom or what for.
    type Subject: Clone;
    /// What shares combine to.
    type Output;
    /// The subject, hashed to a point once for all shares.
    type Base;

    /// Hashes the subject.
    fn base(domain: &TrustDomain<Self::Protocol>, subject: &Self::Subject) -> Self::Base;

    /// Whose share it says it is.
    fn header(&self) -> &Header;

    /// Checks the share against a verification key. The header has been checked.
    ///
    /// # Errors
    /// [`Fault::Proof`].
    fn check(&self, key: &G1Point, base: &Self::Base) -> Result<(), Fault>;

    /// Puts checked shares together; `None` if the sum is the identity.
    fn join(
        shares: &[Self],
        coefficients: &Coefficients,
        subject: &Self::Subject,
    ) -> Option<Self::Output>;

    /// Reads a share.
    ///
    /// # Errors
    /// [`DecodeError`]: length, version, another purpose, a field that has no valid value.
    fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError>;
}

impl Header {
    /// Bytes of an encoding.
    pub const LEN: usize = Edition::LEN + 2;

    pub(crate) fn of<P: Protocol>(domain: &TrustDomain<P>, from: AuthorityId) -> Self {
        Self {
            edition: *domain.edition(),
            from,
        }
    }

    /// Checks the header of what came over the channel of an authority, and finds the key to check
    /// the rest with.
    pub(crate) fn check<'a, P: Protocol<Group = Bls12381G1>>(
        &self,
        domain: &'a TrustDomain<P>,
        channel: AuthorityId,
    ) -> Result<&'a G1Point, Fault> {
        let key = domain.verification_key(channel).ok_or(Fault::Unknown)?;
        let (theirs, ours) = (&self.edition, domain.edition());
        if theirs.id != ours.id {
            Err(Fault::Domain)
        } else if theirs.generation != ours.generation {
            Err(Fault::Generation)
        } else if theirs.digest != ours.digest {
            Err(Fault::Keys)
        } else if self.from != channel {
            Err(Fault::Index)
        } else {
            Ok(key)
        }
    }

    pub(crate) fn write(&self, writer: Writer) -> Writer {
        self.edition.write(writer).u16(self.from.get())
    }

    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            edition: Edition::read(reader)?,
            from: AuthorityId::read(reader)?,
        })
    }

    /// The context of a proof: tag, purpose, header.
    pub(crate) fn context(&self, tag: &str, code: u8) -> Vec<u8> {
        self.write(Writer::new().string(tag.as_bytes()).u8(code))
            .finish()
    }
}

impl<U: InG1> G1Share<U> {
    /// Bytes of an encoding.
    pub const LEN: usize = 2 + Header::LEN + SecretG1::LEN + Proof::LEN;

    const VERSION: u8 = 1;

    /// si·A with its proof; `None` where the proof is impossible, which it is not for one pair.
    pub(crate) fn new<R: CryptoRng + ?Sized>(
        header: Header,
        (secret, key): (&SecretScalar, &G1Point),
        base: &G1Point,
        rng: &mut R,
    ) -> Option<Self> {
        let point = Box::new(base.mul_secret(secret));
        let proof = Self::statement(&header, key, base, &point).prove(rng, secret)?;
        Some(Self {
            header,
            point,
            proof,
            purpose: PhantomData,
        })
    }

    fn statement<'a>(
        header: &Header,
        key: &G1Point,
        base: &G1Point,
        point: &'a SecretG1,
    ) -> Statement<'a> {
        Statement::new(&header.context(tags::SHARE, U::CODE), *key).and(*base, point)
    }

    /// Version (1), purpose (1), domain (72), authority (2), point (48), proof (64); into a buffer that is
    /// wiped.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let writer = Writer::with_capacity(Self::LEN)
            .u8(Self::VERSION)
            .u8(U::CODE);
        let writer = self
            .header
            .write(writer)
            .bytes(&*self.point.to_bytes())
            .bytes(&self.proof.to_bytes());
        Zeroizing::new(writer.finish())
    }
}

impl<U: InG1> Sealed for G1Share<U> {}

impl<U: InG1> Share for G1Share<U> {
    type Protocol = U::Protocol;
    type Subject = U::Subject;
    type Output = U::Output;
    type Base = G1Point;

    fn base(domain: &TrustDomain<U::Protocol>, subject: &U::Subject) -> G1Point {
        U::point(domain.id(), subject)
    }

    fn header(&self) -> &Header {
        &self.header
    }

    fn check(&self, key: &G1Point, base: &G1Point) -> Result<(), Fault> {
        Self::statement(&self.header, key, base, &self.point)
            .verify_vartime(&self.proof)
            .map_err(|_| Fault::Proof)
    }

    fn join(
        shares: &[Self],
        coefficients: &Coefficients,
        subject: &U::Subject,
    ) -> Option<U::Output> {
        let points: Vec<&SecretG1> = shares.iter().map(|share| &*share.point).collect();
        interpolate_g1(&points, coefficients).map(|key| U::output(subject, key))
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        let header = opening::<U>(&mut reader, Self::VERSION)?;
        let point = Box::new(SecretG1::from_bytes(reader.array()?)?);
        let proof = Proof::from_bytes(reader.array()?)?;
        reader.finish()?;
        Ok(Self {
            header,
            point,
            proof,
            purpose: PhantomData,
        })
    }
}

impl<U: InG2> G2Share<U> {
    /// Bytes of an encoding.
    pub const LEN: usize = 2 + Header::LEN + SecretG2::LEN;

    const VERSION: u8 = 1;

    pub(crate) fn new(header: Header, secret: &SecretScalar, subject: &U::Subject) -> Self {
        Self {
            header,
            point: Box::new(U::point(subject).mul_secret(secret)),
            purpose: PhantomData,
        }
    }

    /// Version (1), purpose (1), domain (72), authority (2), point (96); into a buffer that is wiped.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let writer = Writer::with_capacity(Self::LEN)
            .u8(Self::VERSION)
            .u8(U::CODE);
        let writer = self.header.write(writer).bytes(&*self.point.to_bytes());
        Zeroizing::new(writer.finish())
    }
}

impl<U: InG2> Sealed for G2Share<U> {}

impl<U: InG2> Share for G2Share<U> {
    type Protocol = U::Protocol;
    type Subject = U::Subject;
    type Output = U::Output;
    type Base = G2Prepared;

    fn base(_: &TrustDomain<U::Protocol>, subject: &U::Subject) -> G2Prepared {
        G2Prepared::from(&U::point(subject))
    }

    fn header(&self) -> &Header {
        &self.header
    }

    fn check(&self, key: &G1Point, base: &G2Prepared) -> Result<(), Fault> {
        let share = G2Prepared::from(&*self.point);
        let minus = -G1Point::generator();
        if pairing_product_is_one(Term::new(*key, base), &[Term::new(minus, &share)]) {
            Ok(())
        } else {
            Err(Fault::Proof)
        }
    }

    fn join(
        shares: &[Self],
        coefficients: &Coefficients,
        subject: &U::Subject,
    ) -> Option<U::Output> {
        let points: Vec<&SecretG2> = shares.iter().map(|share| &*share.point).collect();
        interpolate_g2(&points, coefficients).map(|key| U::output(subject, key))
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        let header = opening::<U>(&mut reader, Self::VERSION)?;
        let point = Box::new(SecretG2::from_bytes(reader.array()?)?);
        reader.finish()?;
        Ok(Self {
            header,
            point,
            purpose: PhantomData,
        })
    }
}

/// Reads version, purpose and header.
pub(crate) fn opening<U: Purpose>(
    reader: &mut Reader<'_>,
    version: u8,
) -> Result<Header, DecodeError> {
    reader.version(version)?;
    reader.code(U::CODE)?;
    Header::read(reader)
}

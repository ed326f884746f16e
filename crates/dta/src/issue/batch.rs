//! Shares of many keys with one proof.

use core::marker::PhantomData;

use milagro_base::{Reader, Writer, opaque_debug, parallel};
use milagro_curve::DecodeError;
use milagro_curve::dleq::{Proof, Statement};
use milagro_curve::rand_core::CryptoRng;
use milagro_curve::{G1Point, SecretG1};
use zeroize::{ZeroizeOnDrop, Zeroizing};

use crate::domain::protocol::{Protocol, Sealed};
use crate::domain::trust_domain::TrustDomain;
use crate::issue::authority::Authority;
use crate::issue::error::{Fault, IssueError};
use crate::issue::purpose::InG1;
use crate::issue::share::{Header, Share, opening};
use crate::sharing::group::Bls12381G1;
use crate::sharing::lagrange::{Coefficients, interpolate_g1};
use crate::tags;

/// One authority's shares of the keys of many subjects, in the subjects' order, with one proof for all
/// (the batched proof of [`milagro_curve::dleq`]): 48 bytes a share. Wiped when dropped.
///
/// # Security
/// As for [`G1Share`](crate::issue::G1Share).
pub struct Batch<U: InG1> {
    header: Header,
    points: Vec<SecretG1>,
    proof: Proof,
    purpose: PhantomData<U>,
}

opaque_debug!(Batch<U: InG1>);

impl<U: InG1> ZeroizeOnDrop for Batch<U> {}

/// Most subjects of a batch.
const MAX: usize = 1 << 20;

impl<P: Protocol<Group = Bls12381G1>> Authority<P> {
    pub(crate) fn batch<U, R>(
        &self,
        rng: &mut R,
        subjects: &[U::Subject],
    ) -> Result<Batch<U>, IssueError>
    where
        U: InG1<Protocol = P>,
        R: CryptoRng + ?Sized,
    {
        if subjects.is_empty() || subjects.len() > MAX {
            return Err(IssueError::Count);
        }
        let header = self.header();
        let secret = self.scalar()?;
        let domain = self.domain().id();
        let bases = parallel::map(subjects.iter().collect(), |subject| {
            U::point(domain, subject)
        });
        // The length is known from the start: a list that grew would leave copies.
        let points = parallel::map(bases.iter().collect(), |base: &G1Point| {
            base.mul_secret(&secret)
        });
        let pairs = bases.iter().zip(&points);
        let proof = pairs
            .fold(
                statement::<U>(&header, self.key()?),
                |statement, (base, point)| statement.and(*base, point),
            )
            .prove(rng, &secret);
        Ok(Batch {
            header,
            points,
            proof: proof.ok_or(IssueError::Degenerate)?,
            purpose: PhantomData,
        })
    }
}

fn statement<'a, U: InG1>(header: &Header, key: &G1Point) -> Statement<'a> {
    Statement::new(&header.context(tags::BATCH, U::CODE), *key)
}

impl<U: InG1> Batch<U> {
    const VERSION: u8 = 1;

    /// How many shares there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.points.len()
    }

    /// False: there is at least one.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.points.is_empty()
    }

    /// Version (1), purpose (1), domain (72), authority (2), number of shares (4), shares (48 each),
    /// proof (64); into a buffer that is wiped.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let count = u32::try_from(self.points.len()).unwrap_or(u32::MAX);
        let size = 6 + Header::LEN + SecretG1::LEN * self.points.len() + Proof::LEN;
        let writer = Writer::with_capacity(size).u8(Self::VERSION).u8(U::CODE);
        let writer = self
            .points
            .iter()
            .fold(self.header.write(writer).u32(count), |writer, point| {
                writer.bytes(&*point.to_bytes())
            });
        Zeroizing::new(writer.bytes(&self.proof.to_bytes()).finish())
    }
}

impl<U: InG1> Sealed for Batch<U> {}

/// Of all subjects together: one wrong share makes the authority at fault for all.
impl<U: InG1> Share for Batch<U> {
    type Protocol = U::Protocol;
    type Subject = Vec<U::Subject>;
    type Output = Vec<U::Output>;
    type Base = Vec<G1Point>;

    fn base(domain: &TrustDomain<U::Protocol>, subjects: &Vec<U::Subject>) -> Vec<G1Point> {
        let domain = domain.id();
        parallel::map(subjects.iter().collect(), |subject| {
            U::point(domain, subject)
        })
    }

    fn header(&self) -> &Header {
        &self.header
    }

    fn check(&self, key: &G1Point, bases: &Vec<G1Point>) -> Result<(), Fault> {
        if bases.len() != self.points.len() {
            return Err(Fault::Count);
        }
        let pairs = bases.iter().zip(&self.points);
        pairs
            .fold(
                statement::<U>(&self.header, key),
                |statement, (base, point)| statement.and(*base, point),
            )
            .verify_vartime(&self.proof)
            .map_err(|_| Fault::Proof)
    }

    fn join(
        batches: &[Self],
        coefficients: &Coefficients,
        subjects: &Vec<U::Subject>,
    ) -> Option<Vec<U::Output>> {
        let mut columns: Vec<_> = batches.iter().map(|batch| batch.points.iter()).collect();
        let mut keys = Vec::with_capacity(subjects.len());
        for subject in subjects {
            let shares: Vec<&SecretG1> = columns.iter_mut().filter_map(Iterator::next).collect();
            keys.push(U::output(subject, interpolate_g1(&shares, coefficients)?));
        }
        Some(keys)
    }

    /// Reads what [`Self::to_bytes`] wrote.
    ///
    /// # Errors
    /// [`DecodeError`]: length, version, another purpose, no shares or more than 1,048,576, a point or
    /// proof that is none.
    fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        let header = opening::<U>(&mut reader, Self::VERSION)?;
        let count = usize::try_from(reader.u32()?).map_err(|_| DecodeError::Value)?;
        if count == 0 || count > MAX {
            return Err(DecodeError::Value);
        }
        if reader.remaining() != count * SecretG1::LEN + Proof::LEN {
            return Err(DecodeError::Length);
        }
        // It never grows: what it had held would not be wiped.
        let mut points = Vec::with_capacity(count);
        for _ in 0..count {
            points.push(SecretG1::from_bytes(reader.array()?)?);
        }
        let proof = Proof::from_bytes(reader.array()?)?;
        reader.finish()?;
        Ok(Self {
            header,
            points,
            proof,
            purpose: PhantomData,
        })
    }
}

//! Shares of many keys with one proof.

use core::fmt;
use core::marker::PhantomData;

use milagro_base::{Reader, Writer};
use milagro_curve::DecodeError;
use milagro_curve::dleq::{Proof, Statement};
use milagro_curve::rand_core::CryptoRng;
use milagro_curve::{G1Point, SecretG1};
use zeroize::{ZeroizeOnDrop, Zeroizing};

use crate::domain::member::AuthorityId;
use crate::domain::protocol::Protocol;
use crate::domain::trust_domain::TrustDomain;
use crate::issue::authority::Authority;
use crate::issue::combine::{Combined, too_few};
use crate::issue::error::{CombineError, Culprit, Fault, IssueError};
use crate::issue::purpose::InG1;
use crate::issue::received::Received;
use crate::issue::share::Header;
use crate::sharing::group::Bls12381G1;
use crate::sharing::lagrange::interpolate_g1;
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

impl<U: InG1> fmt::Debug for Batch<U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Batch").finish_non_exhaustive()
    }
}

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
        let bases = subjects
            .iter()
            .map(|subject| U::point(self.domain().id(), subject));
        let bases: Vec<G1Point> = bases.collect();
        let mut points = Vec::with_capacity(bases.len());
        points.extend(bases.iter().map(|base| base.mul_secret(&secret)));
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

    /// Checks all shares at once, for subjects whose points are known.
    ///
    /// # Errors
    /// [`Fault`]; which of the shares is wrong, it does not say: the authority is at fault for all.
    pub fn check(
        &self,
        domain: &TrustDomain<U::Protocol>,
        channel: AuthorityId,
        bases: &[G1Point],
    ) -> Result<(), Fault> {
        let key = self.header.check(domain, channel)?;
        if bases.len() != self.points.len() {
            return Err(Fault::Count);
        }
        let mut statement = statement::<U>(&self.header, key);
        for (base, point) in bases.iter().zip(&self.points) {
            statement = statement.and(*base, point);
        }
        statement
            .verify_vartime(&self.proof)
            .map_err(|_| Fault::Proof)
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

    /// Reads what [`Self::to_bytes`] wrote.
    ///
    /// # Errors
    /// [`DecodeError`]: length, version, another purpose, no shares or more than 1,048,576, a point or
    /// proof that is none.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        reader.version(Self::VERSION)?;
        reader.code(U::CODE)?;
        let header = Header::read(&mut reader)?;
        let count = usize::try_from(reader.u32()?).map_err(|_| DecodeError::Value)?;
        if count == 0 || count > MAX {
            return Err(DecodeError::Value);
        }
        if reader.remaining() != count * SecretG1::LEN + Proof::LEN {
            return Err(DecodeError::Length);
        }
        let points = (0..count)
            .map(|_| SecretG1::from_bytes(reader.array()?))
            .collect::<Result<_, _>>()?;
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

/// Combines batches for the same subjects: any t good ones make all keys.
///
/// # Errors
/// [`CombineError`], which names all culprits.
pub fn combine_batches<U: InG1>(
    domain: &TrustDomain<U::Protocol>,
    subjects: &[U::Subject],
    batches: impl IntoIterator<Item = Received<Batch<U>>>,
) -> Result<Combined<Vec<U::Output>>, CombineError> {
    let bases: Vec<G1Point> = subjects
        .iter()
        .map(|subject| U::point(domain.id(), subject))
        .collect();
    let needed = usize::from(domain.threshold().needed());
    let (mut authorities, mut good, mut culprits) = (Vec::new(), Vec::new(), Vec::new());
    for Received {
        from: authority,
        value: batch,
    } in batches
    {
        let fault = if authorities.contains(&authority) {
            Some(Fault::Duplicate)
        } else {
            batch.check(domain, authority, &bases).err()
        };
        match fault {
            Some(fault) => culprits.push(Culprit { authority, fault }),
            None if good.len() < needed => {
                authorities.push(authority);
                good.push(batch);
            }
            None => authorities.push(authority),
        }
    }
    authorities.truncate(needed);
    let Some(coefficients) = domain.coefficients(&authorities) else {
        let count = (good.len(), needed);
        return Err(too_few(count, domain.generation(), culprits));
    };
    let mut columns: Vec<_> = good.iter().map(|batch| batch.points.iter()).collect();
    let mut keys = Vec::with_capacity(subjects.len());
    for subject in subjects {
        let shares: Vec<&SecretG1> = columns.iter_mut().filter_map(Iterator::next).collect();
        let key = interpolate_g1(&shares, &coefficients).ok_or(CombineError::Degenerate)?;
        keys.push(U::output(subject, key));
    }
    Ok(Combined {
        key: keys,
        culprits,
    })
}

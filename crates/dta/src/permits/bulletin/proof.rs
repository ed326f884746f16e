//! The proof: t authorities vouch for all points at once.

use core::fmt;

use milagro_base::{Reader, Writer};
use milagro_curve::DecodeError;
use milagro_curve::dleq::{Proof, Statement};
use milagro_curve::{
    G1Point, G1Sum, Transcript,
    msm::{msm_g1_short_vartime, msm_g1_vartime},
};

use crate::domain::member::AuthorityId;
use crate::domain::protocol::Mpin;
use crate::domain::trust_domain::TrustDomain;
use crate::permits::bulletin::document::{Bulletin, Draft, Head, Record, UncheckedBulletin};
use crate::sharing::group::Bls12381G1;
use crate::tags;

/// One authority's part Zi of the proof; 115 bytes, 114 of them in a bulletin. Public.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ProofShare {
    pub(super) from: AuthorityId,
    pub(super) z: G1Point,
    pub(super) proof: Proof,
}

/// The bulletin is not one of this domain, or holds a point that is no permit. Use none of it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct BulletinRejected;

/// How many gaps are summed at a time.
pub(super) const CHUNK: usize = 1024;

/// The hash of a whole bulletin but its proof.
#[derive(Debug)]
pub(super) struct Digest(Transcript);

/// M = Σ ρj·Nj and Σ ρj·pointj, as far as one has come.
#[derive(Debug)]
pub(super) struct Sums {
    head: Head,
    digest: [u8; 32],
    chunk: u64,
    labels: Vec<G1Point>,
    points: Vec<G1Point>,
    m: G1Sum,
    sum: G1Sum,
}

impl Digest {
    pub(super) fn new(head: &Head) -> Self {
        let mut transcript = Transcript::new(tags::BULLETIN);
        transcript.append("head", &head.write(Writer::new()).finish());
        Self(transcript)
    }

    pub(super) fn record(&mut self, bytes: &[u8]) {
        self.0.append("gap", bytes);
    }

    pub(super) fn finish(&self) -> [u8; 32] {
        self.0.bytes("digest")
    }
}

impl Sums {
    pub(super) fn new(head: Head, digest: [u8; 32]) -> Self {
        Self {
            head,
            digest,
            chunk: 0,
            labels: Vec::with_capacity(CHUNK),
            points: Vec::with_capacity(CHUNK),
            m: G1Sum::zero(),
            sum: G1Sum::zero(),
        }
    }

    pub(super) fn add(&mut self, record: &Record) -> Result<(), BulletinRejected> {
        let gap = self.head.gap(record.low, record.high);
        self.labels.push(gap.to_point(&self.head.domain));
        self.points.push(record.point);
        if self.labels.len() == CHUNK {
            self.flush()?;
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), BulletinRejected> {
        if self.labels.is_empty() {
            return Ok(());
        }
        let mut transcript = Transcript::new(tags::BULLETIN);
        transcript.append("digest", &self.digest);
        transcript.append_u64("chunk", self.chunk);
        let weights = transcript.weights("weights", self.labels.len());
        let sum = |points: &[G1Point]| {
            msm_g1_short_vartime(points, &weights).map_err(|_| BulletinRejected)
        };
        self.m = self.m + sum(&self.labels)?;
        self.sum = self.sum + sum(&self.points)?;
        self.labels.clear();
        self.points.clear();
        self.chunk += 1;
        Ok(())
    }

    /// M and the sum of the points, which are the identity with a chance of 2^-128.
    pub(super) fn finish(mut self) -> Result<(G1Point, G1Point), BulletinRejected> {
        self.flush()?;
        let m = self.m.to_point().ok_or(BulletinRejected)?;
        let sum = self.sum.to_point().ok_or(BulletinRejected)?;
        Ok((m, sum))
    }
}

impl Draft {
    pub(super) fn digest(&self) -> [u8; 32] {
        let mut digest = Digest::new(&self.head);
        for record in &self.records {
            digest.record(&record.to_bytes());
        }
        digest.finish()
    }

    pub(super) fn sums(&self) -> Result<(G1Point, G1Point), BulletinRejected> {
        let mut sums = Sums::new(self.head, self.digest());
        for record in &self.records {
            sums.add(record)?;
        }
        sums.finish()
    }
}

impl UncheckedBulletin {
    /// Checks the proof against the domain: that every point is the permit for its gap.
    ///
    /// # Errors
    /// [`BulletinRejected`], also for a bulletin of another generation of the domain.
    pub fn verify(self, domain: &TrustDomain<Mpin>) -> Result<Bulletin, BulletinRejected> {
        check(domain, &self.draft.head, self.draft.sums()?, &self.proof)?;
        Ok(Bulletin(self))
    }
}

/// Checks a proof: the domain, every share's proof, and that the shares interpolate to the sum.
pub(super) fn check(
    domain: &TrustDomain<Mpin>,
    head: &Head,
    (m, sum): (G1Point, G1Point),
    proof: &[ProofShare],
) -> Result<(), BulletinRejected> {
    if head.domain != *domain.id() || head.generation != domain.generation() {
        return Err(BulletinRejected);
    }
    let authorities: Vec<AuthorityId> = proof.iter().map(|share| share.from).collect();
    let coefficients = domain.coefficients(&authorities).ok_or(BulletinRejected)?;
    for share in proof {
        let key = domain
            .verification_key(share.from)
            .ok_or(BulletinRejected)?;
        share.verify(key, head, &m)?;
    }
    let points: Vec<G1Point> = proof.iter().map(|share| share.z).collect();
    let combined = msm_g1_vartime(&points, &coefficients.scalars::<Bls12381G1>());
    if combined.is_ok_and(|combined| combined.to_point() == Some(sum)) {
        Ok(())
    } else {
        Err(BulletinRejected)
    }
}

impl ProofShare {
    /// Bytes of an encoding.
    pub const LEN: usize = 115;

    const VERSION: u8 = 1;

    /// The statement: which domain, generation and authority; M is in it as the base.
    pub(super) fn statement<'a>(
        from: AuthorityId,
        head: &Head,
        key: &G1Point,
        (m, z): (&G1Point, &'a G1Point),
    ) -> Statement<'a> {
        let context = Writer::new()
            .string(tags::BULLETIN.as_bytes())
            .bytes(&head.domain.to_bytes())
            .u64(head.generation)
            .u16(from.get())
            .finish();
        Statement::new(&context, *key).and(*m, z)
    }

    pub(super) fn verify(
        &self,
        key: &G1Point,
        head: &Head,
        m: &G1Point,
    ) -> Result<(), BulletinRejected> {
        Self::statement(self.from, head, key, (m, &self.z))
            .verify_vartime(&self.proof)
            .map_err(|_| BulletinRejected)
    }

    /// Version (1), authority (2), Zi (48), proof (64).
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.write(Writer::new().u8(Self::VERSION)).finish()
    }

    /// Reads what [`Self::to_bytes`] wrote.
    ///
    /// # Errors
    /// [`DecodeError`]: length, version, number, point, scalar.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        reader.version(Self::VERSION)?;
        let share = Self::read(&mut reader)?;
        reader.finish()?;
        Ok(share)
    }

    fn write(&self, writer: Writer) -> Writer {
        writer
            .u16(self.from.get())
            .bytes(&self.z.to_bytes())
            .bytes(&self.proof.to_bytes())
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            from: AuthorityId::read(reader)?,
            z: G1Point::read(reader)?,
            proof: Proof::from_bytes(reader.array()?)?,
        })
    }

    pub(super) fn write_all(shares: &[Self]) -> Vec<u8> {
        let count = u16::try_from(shares.len()).unwrap_or(u16::MAX);
        let head = Writer::new().u16(count);
        shares
            .iter()
            .fold(head, |writer, share| share.write(writer))
            .finish()
    }

    pub(super) fn read_all(reader: &mut Reader<'_>) -> Result<Vec<Self>, DecodeError> {
        let count = reader.u16()?;
        if count > 255 {
            return Err(DecodeError::Value);
        }
        (0..count).map(|_| Self::read(reader)).collect()
    }
}

impl fmt::Display for BulletinRejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("bulletin rejected")
    }
}

impl core::error::Error for BulletinRejected {}

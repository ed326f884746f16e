//! The proof: t authorities vouch for all points at once.

use core::fmt;

use milagro_base::Writer;
use milagro_curve::{
    G1Point, G1Sum, Transcript,
    msm::{msm_g1_short_vartime, msm_g1_vartime},
};

use crate::domain::member::AuthorityId;
use crate::domain::protocol::Mpin;
use crate::domain::trust_domain::TrustDomain;
use crate::permits::bulletin::document::{
    Bulletin, Draft, Head, ProofShare, Record, UncheckedBulletin,
};
use crate::sharing::group::Bls12381G1;
use crate::tags;

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

    pub(super) fn record(&mut self, record: &Record) {
        self.0.append("gap", &record.to_bytes());
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

    /// Adds the label and the point of a gap.
    pub(super) fn add(&mut self, record: &Record) -> Result<(), BulletinRejected> {
        let point = G1Point::from_bytes(&record.point).map_err(|_| BulletinRejected)?;
        self.points.push(point);
        self.label(record)
    }

    /// Adds the label alone: all that an authority needs.
    fn label(&mut self, record: &Record) -> Result<(), BulletinRejected> {
        let gap = self.head.gap(record.low, record.high);
        self.labels.push(gap.to_point(&self.head.edition.id));
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
        if !self.points.is_empty() {
            self.sum = self.sum + sum(&self.points)?;
        }
        self.labels.clear();
        self.points.clear();
        self.chunk += 1;
        Ok(())
    }

    /// M and the sum of the points, which are the identity with a chance of 2^-128.
    pub(super) fn finish(mut self) -> Result<(G1Point, G1Point), BulletinRejected> {
        let m = self.finish_labels()?;
        let sum = self.sum.to_point().ok_or(BulletinRejected)?;
        Ok((m, sum))
    }

    fn finish_labels(&mut self) -> Result<G1Point, BulletinRejected> {
        self.flush()?;
        self.m.to_point().ok_or(BulletinRejected)
    }
}

impl Draft {
    pub(super) fn digest(&self) -> [u8; 32] {
        let mut digest = Digest::new(&self.head);
        for record in &self.records {
            digest.record(record);
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

    /// M.
    pub(super) fn labels(&self) -> Result<G1Point, BulletinRejected> {
        let mut sums = Sums::new(self.head, self.digest());
        for record in &self.records {
            sums.label(record)?;
        }
        sums.finish_labels()
    }
}

impl UncheckedBulletin {
    /// Checks the proof against the domain: that every point is the permit for its gap.
    ///
    /// # Errors
    /// [`BulletinRejected`], also for a bulletin of another edition of the domain: before anything is computed.
    pub fn verify(self, domain: &TrustDomain<Mpin>) -> Result<Bulletin, BulletinRejected> {
        self.draft.head.check(domain, &self.proof)?;
        check(domain, &self.draft.head, self.draft.sums()?, &self.proof)?;
        Ok(Bulletin(self))
    }
}

impl Head {
    /// Whether the bulletin is one of this edition of the domain: before anything is summed up.
    /// What costs nothing to check: the edition, and that the proof is by t authorities.
    pub(super) fn check(
        &self,
        domain: &TrustDomain<Mpin>,
        proof: &[ProofShare],
    ) -> Result<(), BulletinRejected> {
        let authorities: Vec<AuthorityId> = proof.iter().map(|share| share.from).collect();
        if self.edition == *domain.edition() && domain.coefficients(&authorities).is_some() {
            Ok(())
        } else {
            Err(BulletinRejected)
        }
    }
}

/// Checks a proof: every share's proof, and that the shares interpolate to the sum. The head has been checked.
pub(super) fn check(
    domain: &TrustDomain<Mpin>,
    head: &Head,
    (m, sum): (G1Point, G1Point),
    proof: &[ProofShare],
) -> Result<(), BulletinRejected> {
    let authorities: Vec<AuthorityId> = proof.iter().map(|share| share.from).collect();
    let coefficients = domain.coefficients(&authorities).ok_or(BulletinRejected)?;
    for share in proof {
        let key = domain
            .verification_key(share.from)
            .ok_or(BulletinRejected)?;
        let statement = ProofShare::statement(share.from, head, key, (&m, &share.z));
        let checked = statement.verify_vartime(&share.proof);
        checked.map_err(|_| BulletinRejected)?;
    }
    let points: Vec<G1Point> = proof.iter().map(|share| share.z).collect();
    let combined = msm_g1_vartime(&points, &coefficients.scalars::<Bls12381G1>());
    if combined.is_ok_and(|combined| combined.to_point() == Some(sum)) {
        Ok(())
    } else {
        Err(BulletinRejected)
    }
}

impl fmt::Display for BulletinRejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("bulletin rejected")
    }
}

impl core::error::Error for BulletinRejected {}

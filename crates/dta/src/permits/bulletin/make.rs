//! How authorities make a bulletin together.

use milagro_base::{Reader, Writer};
use milagro_curve::DecodeError;
use milagro_curve::rand_core::CryptoRng;
use milagro_mpin::{Permit, names::Epoch};

use crate::domain::member::AuthorityId;
use crate::domain::protocol::Mpin;
use crate::domain::trust_domain::TrustDomain;
use crate::errors::errors;
use crate::issue::batch::Batch;
use crate::issue::combine::{Combined, combine, too_few};
use crate::issue::error::{CombineError, Culprit, Fault, IssueError};
use crate::issue::period::Period;
use crate::issue::purpose::{CoverPermit, Gap};
use crate::issue::received::Received;
use crate::issue::share::Share as _;
use crate::permits::bulletin::document::{
    Bulletin, Draft, Head, ProofShare, Record, UncheckedBulletin,
};
use crate::permits::bulletin::proof::BulletinRejected;
use crate::permits::desk::Desk;
use crate::permits::mark::ListMark;
use crate::permits::signed::SignedList;

/// One authority's shares of all cover permits of an epoch. Public.
#[derive(Debug)]
pub struct CoverBatch {
    list: ListMark,
    batch: Batch<CoverPermit>,
}

errors! {
    /// Why an authority does not vouch for a draft.
    DraftRejected {
        /// It is another domain's, or of another edition.
        Domain => "bulletin of another domain or generation",
        /// It is for an epoch that is over, or too far ahead, or for another epoch length.
        Epoch => "bulletin of another epoch",
        /// It does not come from this authority's revocation list.
        List => "bulletin of another revocation list",
        /// A sum is the identity, by a chance of one in 2^255.
        Degenerate => "points of the bulletin cancel each other",
    }
}

impl Desk<'_> {
    /// This authority's shares of the permits for all gaps of its list: work for at most one more than
    /// there are revoked leaves.
    ///
    /// # Errors
    /// [`IssueError::Epoch`], [`IssueError::Count`] for more than 1,048,576 gaps.
    pub fn covers<R: CryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        epoch: Epoch,
    ) -> Result<CoverBatch, IssueError> {
        let gaps = gaps(self.list, self.period(epoch)?);
        Ok(CoverBatch {
            list: *self.list.mark(),
            batch: self.authority.batch(rng, &gaps)?,
        })
    }

    /// This authority's part of the proof of a draft that is about its own list and an epoch for which it issues.
    /// It does not look at the points: if they are wrong, the proof will not hold.
    ///
    /// # Security
    /// From the parts of t authorities for as many drafts as there are gaps anybody can compute the permits
    /// themselves; those of a later epoch would outlive revocations to come.
    ///
    /// # Errors
    /// [`DraftRejected`].
    pub fn prove<R: CryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        draft: &Draft,
    ) -> Result<ProofShare, DraftRejected> {
        let (head, authority) = (&draft.head, self.authority);
        if self.period(head.period.epoch) != Ok(head.period) {
            return Err(DraftRejected::Epoch);
        }
        if head.edition != *authority.domain().edition() {
            return Err(DraftRejected::Domain);
        }
        let drafted = draft.records.iter().map(|record| (record.low, record.high));
        if !head.is_of(self.list) || !drafted.eq(self.list.list().gaps()) {
            return Err(DraftRejected::List);
        }
        let m = draft.labels().map_err(|_| DraftRejected::Degenerate)?;
        let secret = authority.scalar().map_err(|_| DraftRejected::Degenerate)?;
        let key = authority.key().map_err(|_| DraftRejected::Degenerate)?;
        let (from, z) = (authority.id(), &m * &secret);
        let proof = ProofShare::statement(from, head, key, (&m, &z)).prove(rng, &secret);
        let proof = proof.ok_or(DraftRejected::Degenerate)?;
        Ok(ProofShare { from, z, proof })
    }
}

fn gaps(list: &SignedList, period: Period) -> Vec<Gap> {
    list.list()
        .gaps()
        .map(|(low, high)| Gap { period, low, high })
        .collect()
}

impl CoverBatch {
    const VERSION: u8 = 1;

    /// Version (1), mark of the list (40), batch.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.list
            .write(Writer::new().u8(Self::VERSION))
            .bytes(&self.batch.to_bytes())
            .finish()
    }

    /// Reads what [`Self::to_bytes`] wrote.
    ///
    /// # Errors
    /// As [`Batch::from_bytes`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        reader.version(Self::VERSION)?;
        Ok(Self {
            list: ListMark::read(&mut reader)?,
            batch: Batch::from_bytes(reader.bytes(reader.remaining())?)?,
        })
    }
}

impl Draft {
    /// Combines the shares of t authorities that use this list.
    ///
    /// # Errors
    /// [`CombineError::DifferentLists`] if too few do; and as [`combine`](crate::issue::combine).
    pub fn combine(
        domain: &TrustDomain<Mpin>,
        list: &SignedList,
        period: Period,
        batches: impl IntoIterator<Item = Received<CoverBatch>>,
    ) -> Result<Combined<Self>, CombineError> {
        let gaps = gaps(list, period);
        let (mut lists, mut ours) = (Vec::new(), Vec::new());
        for Received { from, value } in batches {
            let list_of = value.list;
            lists.push(Received {
                from,
                value: list_of,
            });
            if list_of == *list.mark() {
                let value = value.batch;
                ours.push(Received { from, value });
            }
        }
        let needed = usize::from(domain.threshold().needed());
        if ours.len() < needed && lists.len() >= needed {
            let culprits = Vec::new();
            return Err(CombineError::DifferentLists { lists, culprits });
        }
        let Combined { key, culprits } = combine(domain, gaps.clone(), ours)?;
        let record = |(gap, permit): (&Gap, &Permit)| Record {
            low: gap.low,
            high: gap.high,
            point: permit.point().to_bytes(),
        };
        let draft = Self {
            head: Head {
                edition: *domain.edition(),
                period,
                list: *list.mark(),
                count: u32::try_from(gaps.len()).unwrap_or(u32::MAX),
            },
            records: gaps.iter().zip(&key).map(record).collect(),
        };
        Ok(Combined {
            key: draft,
            culprits,
        })
    }

    /// Adds the proof of t authorities.
    ///
    /// # Errors
    /// [`CombineError`], which names all culprits.
    pub fn prove(
        self,
        domain: &TrustDomain<Mpin>,
        shares: impl IntoIterator<Item = Received<ProofShare>>,
    ) -> Result<Combined<Bulletin>, CombineError> {
        let needed = usize::from(domain.threshold().needed());
        let (mut proof, mut culprits) = (Vec::new(), Vec::new());
        let m = self.labels().map_err(|_| CombineError::Degenerate)?;
        for Received { from, value: share } in shares {
            match self.admit(domain, &m, &proof, (from, &share)) {
                Ok(()) => proof.push(share),
                Err(fault) => {
                    let authority = from;
                    culprits.push(Culprit { authority, fault });
                }
            }
        }
        if proof.len() < needed {
            let count = (proof.len(), needed);
            return Err(too_few(count, domain.generation(), culprits));
        }
        proof.truncate(needed);
        let bulletin = UncheckedBulletin { draft: self, proof };
        match bulletin.verify(domain) {
            Ok(bulletin) => Ok(Combined {
                key: bulletin,
                culprits,
            }),
            // The shares are good, so the draft is not: it did not come from `Draft::combine`.
            Err(BulletinRejected) => Err(CombineError::Degenerate),
        }
    }

    fn admit(
        &self,
        domain: &TrustDomain<Mpin>,
        m: &milagro_curve::G1Point,
        known: &[ProofShare],
        (authority, share): (AuthorityId, &ProofShare),
    ) -> Result<(), Fault> {
        let key = domain.verification_key(authority).ok_or(Fault::Unknown)?;
        if share.from != authority {
            Err(Fault::Index)
        } else if known.iter().any(|other| other.from == authority) {
            Err(Fault::Duplicate)
        } else {
            let statement = ProofShare::statement(share.from, &self.head, key, (m, &share.z));
            let checked = statement.verify_vartime(&share.proof);
            checked.map_err(|_| Fault::Proof)
        }
    }
}

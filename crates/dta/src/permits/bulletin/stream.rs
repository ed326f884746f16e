//! Bulletins that are too large to be held: two passes over the bytes, in pieces of any size.
//!
//! The first pass, [`Scanner`], checks the form, finds one's own gap and hashes the whole; the weights of
//! the proof depend on that hash. The second, [`Checker`], sums up. Each holds a few hundred kilobytes.

use milagro_base::Reader;
use milagro_curve::DecodeError;
use milagro_mpin::{Identity, Permit, permit::Leaf};

use crate::domain::protocol::Mpin;
use crate::domain::trust_domain::TrustDomain;
use crate::permits::bulletin::document::{Head, ProofShare, Record};
use crate::permits::bulletin::proof::{BulletinRejected, Digest, Sums, check};

/// Longest piece that has to be complete to be read: the proof.
const LONGEST: usize = 2 + 255 * ProofShare::LEN;

/// Cuts a stream into head, records and proof.
#[derive(Debug, Default)]
struct Cutter {
    rest: Vec<u8>,
    head: Option<Head>,
    records: u32,
    before: Option<Leaf>,
}

/// What has come.
enum Event<'a> {
    Head(&'a Head),
    Record(&'a Record),
}

impl Cutter {
    /// Takes a piece, and tells what has become complete.
    fn push(
        &mut self,
        mut piece: &[u8],
        mut visit: impl FnMut(Event<'_>) -> Result<(), DecodeError>,
    ) -> Result<(), DecodeError> {
        loop {
            let wanted = match &self.head {
                None => Head::LEN,
                Some(head) if self.records < head.count => Record::LEN,
                Some(_) => {
                    if self.rest.len() + piece.len() > LONGEST {
                        return Err(DecodeError::Length);
                    }
                    self.rest.extend_from_slice(piece);
                    return Ok(());
                }
            };
            let missing = wanted.saturating_sub(self.rest.len()).min(piece.len());
            let (taken, left) = piece.split_at(missing);
            self.rest.extend_from_slice(taken);
            piece = left;
            if self.rest.len() < wanted {
                return Ok(());
            }
            let mut reader = Reader::new(&self.rest);
            if self.head.is_none() {
                let head = Head::read(&mut reader)?;
                visit(Event::Head(&head))?;
                self.head = Some(head);
            } else {
                let record = Record::read(&mut reader, self.before)?;
                visit(Event::Record(&record))?;
                self.before = Some(record.high);
                self.records += 1;
            }
            self.rest.clear();
        }
    }

    fn finish(self) -> Result<(Head, Vec<ProofShare>), DecodeError> {
        let head = self.head.ok_or(DecodeError::Length)?;
        if self.records < head.count {
            return Err(DecodeError::Length);
        }
        let mut reader = Reader::new(&self.rest);
        let proof = ProofShare::read_all(&mut reader)?;
        reader.finish()?;
        Ok((head, proof))
    }
}

/// The first pass.
#[derive(Debug)]
pub struct Scanner {
    cutter: Cutter,
    identity: Identity,
    leaf: Option<Leaf>,
    digest: Option<Digest>,
    found: Option<Record>,
}

/// What the first pass has found. Nothing of it is checked yet.
#[derive(Debug)]
pub struct Scanned {
    head: Head,
    digest: [u8; 32],
    proof: Vec<ProofShare>,
    found: Option<Record>,
}

/// The second pass, over the same bytes.
#[derive(Debug)]
pub struct Checker<'a> {
    domain: &'a TrustDomain<Mpin>,
    scanned: Scanned,
    cutter: Cutter,
    digest: Option<Digest>,
    sums: Sums,
}

impl Scanner {
    /// Will find the permit for an identity.
    #[must_use]
    pub fn new(identity: Identity) -> Self {
        Self {
            cutter: Cutter::default(),
            identity,
            leaf: None,
            digest: None,
            found: None,
        }
    }

    /// Takes the next piece.
    ///
    /// # Errors
    /// [`DecodeError`]: version, gaps that are not in order or not apart, too many bytes.
    pub fn push(&mut self, piece: &[u8]) -> Result<(), DecodeError> {
        let Self {
            cutter,
            identity,
            leaf,
            digest,
            found,
        } = self;
        cutter.push(piece, |event| {
            match event {
                Event::Head(head) => {
                    *leaf = Some(Leaf::of(identity, &head.edition.id));
                    *digest = Some(Digest::new(head));
                }
                Event::Record(record) => {
                    if let Some(digest) = digest {
                        digest.record(record);
                    }
                    if leaf.is_some_and(|leaf| record.low <= leaf && leaf <= record.high) {
                        *found = Some(*record);
                    }
                }
            }
            Ok(())
        })
    }

    /// Ends the stream.
    ///
    /// # Errors
    /// [`DecodeError::Length`] if something is missing; or a proof that is none.
    pub fn finish(self) -> Result<Scanned, DecodeError> {
        let digest = self.digest.ok_or(DecodeError::Length)?.finish();
        let (head, proof) = self.cutter.finish()?;
        Ok(Scanned {
            head,
            digest,
            proof,
            found: self.found,
        })
    }
}

impl Scanned {
    /// What the bulletin says it is about.
    #[must_use]
    pub const fn head(&self) -> &Head {
        &self.head
    }

    /// Begins the second pass.
    ///
    /// # Errors
    /// [`BulletinRejected`] for a bulletin of another edition of the domain, or one that fewer than t authorities
    /// vouch for.
    pub fn check(self, domain: &TrustDomain<Mpin>) -> Result<Checker<'_>, BulletinRejected> {
        self.head.check(domain, &self.proof)?;
        Ok(Checker {
            domain,
            cutter: Cutter::default(),
            digest: None,
            sums: Sums::new(self.head, self.digest),
            scanned: self,
        })
    }
}

impl Checker<'_> {
    /// Takes the next piece. Pieces may be cut elsewhere than in the first pass.
    ///
    /// # Errors
    /// As [`Scanner::push`], and for a point that is none.
    pub fn push(&mut self, piece: &[u8]) -> Result<(), DecodeError> {
        let Self {
            cutter,
            digest,
            sums,
            ..
        } = self;
        cutter.push(piece, |event| match event {
            Event::Head(head) => {
                *digest = Some(Digest::new(head));
                Ok(())
            }
            Event::Record(record) => {
                if let Some(digest) = digest {
                    digest.record(record);
                }
                sums.add(record)
                    .map_err(|BulletinRejected| DecodeError::Value)
            }
        })
    }

    /// The permit for the identity; `None` if it is revoked.
    ///
    /// # Errors
    /// [`BulletinRejected`] if the proof does not hold, or the bytes were others than in the first pass.
    pub fn finish(self) -> Result<Option<Permit>, BulletinRejected> {
        let digest = self.digest.ok_or(BulletinRejected)?.finish();
        let (head, proof) = self.cutter.finish().map_err(|_| BulletinRejected)?;
        let same = digest == self.scanned.digest && proof == self.scanned.proof;
        if !same {
            return Err(BulletinRejected);
        }
        check(self.domain, &head, self.sums.finish()?, &proof)?;
        let found = self.scanned.found;
        let permit = found.map(|record| record.permit(&head).ok_or(BulletinRejected));
        permit.transpose()
    }
}

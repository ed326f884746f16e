//! To whom keys were issued: what outlives a resharing, a repair and a lost ledger.

use alloc::collections::BTreeMap;

use milagro_base::{Reader, Writer};
use milagro_curve::{DecodeError, Transcript};
use milagro_ledger::{Account, Claim, Kind, LedgerId, Life};
use milagro_mpin::TrustDomainId;

use crate::tags;

/// A 32-byte hash.
pub(crate) type Hash = [u8; 32];

/// That a share was issued: for which subject and purpose, and to which client key, as hashes; 64 bytes. It goes
/// into the authority's own log, durably, before the share goes out.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Issued {
    subject: Hash,
    claim: Hash,
}

/// To whom the authorities of a domain have issued: the log of one of them, or the union of several.
///
/// Of a subject that was issued to two client keys it knows that nobody is to be answered again.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct IssuedSet {
    domain: TrustDomainId,
    /// The claim of each subject; `None` after two.
    subjects: BTreeMap<Hash, Option<Hash>>,
}

/// Two sets of different domains.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct OtherDomain;

impl core::fmt::Display for OtherDomain {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("set of issued subjects of another domain")
    }
}

impl core::error::Error for OtherDomain {}

/// Where an authority counts whom it has issued to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Book {
    /// Nowhere yet: the set of this hash has to be entered first.
    Due(Hash),
    /// In this ledger.
    Open(LedgerId),
}

impl Issued {
    /// Bytes of an encoding.
    pub const LEN: usize = 64;

    /// Of a subject and purpose, in the form that is hashed, and a client's key.
    pub(crate) fn new(domain: &TrustDomainId, code: u8, subject: &[u8], client: &[u8; 32]) -> Self {
        let mut transcript = Transcript::new(tags::ISSUED);
        transcript.append("domain", &domain.to_bytes());
        transcript.append("purpose", &[code]);
        transcript.append("subject", subject);
        let subject = transcript.bytes("subject");
        transcript.append("client", client);
        Self {
            subject,
            claim: transcript.bytes("claim"),
        }
    }

    /// What is charged: once for each subject and purpose, for good.
    pub(crate) fn account(&self) -> Account {
        Account::new(Kind::SHARE, &self.subject, Life::Lasting)
    }

    /// The claim of the client key.
    pub(crate) const fn claim(&self) -> Claim {
        Claim::public(self.claim)
    }

    /// The same subject, taken by nobody: no client key has this claim.
    pub(crate) fn by_nobody(&self) -> Self {
        let mut transcript = Transcript::new(tags::ISSUED);
        transcript.append("nobody", &self.subject);
        Self {
            claim: transcript.bytes("claim"),
            ..*self
        }
    }

    /// What notes in a ledger that a subject is for nobody, before it is entered so: an account of its own, which no
    /// subject has.
    pub(crate) fn mark(&self) -> Self {
        let mut transcript = Transcript::new(tags::ISSUED);
        transcript.append("for nobody", &self.subject);
        Self {
            subject: transcript.bytes("mark"),
            claim: self.by_nobody().claim,
        }
    }

    /// The hash of subject and purpose: what audit files hide under a key of the operator.
    #[must_use]
    pub const fn subject(&self) -> &[u8; 32] {
        &self.subject
    }

    /// Subject (32), claim (32).
    #[must_use]
    pub fn to_bytes(&self) -> [u8; Self::LEN] {
        let mut bytes = [0; Self::LEN];
        let halves = self.subject.iter().chain(&self.claim);
        bytes
            .iter_mut()
            .zip(halves)
            .for_each(|(to, from)| *to = *from);
        bytes
    }

    /// Reads what [`Self::to_bytes`] wrote: any 64 bytes.
    #[must_use]
    pub fn from_bytes(bytes: &[u8; Self::LEN]) -> Self {
        let (mut subject, mut claim) = ([0; 32], [0; 32]);
        let halves = subject.iter_mut().chain(&mut claim);
        halves.zip(bytes).for_each(|(to, from)| *to = *from);
        Self { subject, claim }
    }
}

impl IssuedSet {
    /// Most subjects of an encoded set.
    pub const MAX: u32 = 1 << 24;

    const VERSION: u8 = 1;

    /// Nobody has had a share: the set of a new domain.
    #[must_use]
    pub const fn new(domain: TrustDomainId) -> Self {
        Self {
            domain,
            subjects: BTreeMap::new(),
        }
    }

    /// Whose set it is.
    #[must_use]
    pub const fn domain(&self) -> &TrustDomainId {
        &self.domain
    }

    /// Adds an entry of a log. The same one twice changes nothing.
    pub fn add(&mut self, issued: Issued) {
        self.enter(issued.subject, Some(issued.claim));
    }

    /// Adds everybody of another authority's set.
    ///
    /// # Errors
    /// [`OtherDomain`] for the set of another domain.
    pub fn merge(&mut self, other: &Self) -> Result<(), OtherDomain> {
        if self.domain != other.domain {
            return Err(OtherDomain);
        }
        for (subject, claim) in &other.subjects {
            self.enter(*subject, *claim);
        }
        Ok(())
    }

    /// Adds the subject of an entry for nobody.
    pub(crate) fn add_for_nobody(&mut self, issued: &Issued) {
        self.subjects.insert(issued.subject, None);
    }

    fn enter(&mut self, subject: Hash, claim: Option<Hash>) {
        let known = self.subjects.entry(subject).or_insert(claim);
        if *known != claim {
            *known = None;
        }
    }

    /// Whether everybody of another set is in this one: what a member checks of a plan's set with its own.
    #[must_use]
    pub fn includes(&self, other: &Self) -> bool {
        let mut united = self.clone();
        united.merge(other).is_ok() && united == *self
    }

    /// How many subjects there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.subjects.len()
    }

    /// True if there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.subjects.is_empty()
    }

    /// The hash that plans name.
    pub(crate) fn hash(&self) -> Hash {
        let mut transcript = Transcript::new(tags::ISSUED);
        transcript.append("set", &self.to_bytes());
        transcript.bytes("hash")
    }

    /// An entry for each subject, in ascending order; after two client keys it is one that no key fits.
    pub fn entries(&self) -> impl Iterator<Item = Issued> {
        self.subjects.iter().map(|(subject, claim)| {
            let issued = Issued {
                subject: *subject,
                claim: claim.unwrap_or_default(),
            };
            claim.map_or_else(|| issued.by_nobody(), |_| issued)
        })
    }

    /// Version (1), domain (32), number of subjects (4), then for each in ascending order: subject (32), and 1
    /// and its claim (33) or, after two claims, 0 (1).
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let count = u32::try_from(self.subjects.len()).unwrap_or(u32::MAX);
        let head = Writer::with_capacity(self.subjects.len().saturating_mul(65).saturating_add(37))
            .u8(Self::VERSION)
            .bytes(&self.domain.to_bytes())
            .u32(count);
        self.subjects
            .iter()
            .fold(head, |writer, (subject, claim)| {
                let writer = writer.bytes(subject);
                match claim {
                    Some(claim) => writer.u8(1).bytes(claim),
                    None => writer.u8(0),
                }
            })
            .finish()
    }

    /// Reads what [`Self::to_bytes`] wrote.
    ///
    /// # Errors
    /// [`DecodeError::Value`] for more than [`Self::MAX`] subjects, or subjects out of order or twice; length,
    /// version.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        reader.version(Self::VERSION)?;
        let mut set = Self::new(TrustDomainId::from_bytes(*reader.array()?));
        let count = reader.u32()?;
        if count > Self::MAX {
            return Err(DecodeError::Value);
        }
        for _ in 0..count {
            let subject: &Hash = reader.array()?;
            let claim = match reader.u8()? {
                0 => None,
                1 => Some(*reader.array()?),
                _ => return Err(DecodeError::Value),
            };
            let last = set.subjects.last_key_value();
            if last.is_some_and(|(last, _)| last >= subject) {
                return Err(DecodeError::Value);
            }
            set.subjects.insert(*subject, claim);
        }
        reader.finish()?;
        Ok(set)
    }
}

impl Book {
    /// Of an authority that got its share by a plan which carried no set: no set is the right one.
    pub(crate) const UNKNOWN: Self = Self::Due([0; 32]);

    /// Of an authority of a new domain: nobody has had anything.
    pub(crate) fn of_new(domain: &TrustDomainId) -> Self {
        Self::Due(IssuedSet::new(*domain).hash())
    }

    /// Bytes of an encoding.
    pub(crate) const LEN: usize = 33;

    pub(crate) fn write(&self, writer: Writer) -> Writer {
        match self {
            Self::Due(hash) => writer.u8(0).bytes(hash),
            Self::Open(ledger) => writer.u8(1).bytes(&ledger.to_bytes()),
        }
    }

    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        match reader.u8()? {
            0 => Ok(Self::Due(*reader.array()?)),
            1 => Ok(Self::Open(LedgerId::from_bytes(*reader.array()?))),
            _ => Err(DecodeError::Value),
        }
    }
}

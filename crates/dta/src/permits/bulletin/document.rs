//! The document, in memory.

use core::fmt;

use milagro_base::{Reader, Writer};
use milagro_curve::dleq::{Proof, Statement};
use milagro_curve::{DecodeError, G1Point};
use milagro_mpin::{Identity, Permit, permit::Leaf};

use crate::domain::member::AuthorityId;
use crate::domain::trust_domain::Edition;
use crate::issue::period::Period;
use crate::issue::purpose::Gap;
use crate::permits::mark::ListMark;
use crate::permits::signed::SignedList;
use crate::tags;

/// What a bulletin is about; 133 bytes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Head {
    /// The domain, and which verification keys the proof is about.
    pub edition: Edition,
    /// The epoch that the permits are for.
    pub period: Period,
    /// The revocation list that the gaps come from.
    pub list: ListMark,
    /// How many gaps there are: at least one.
    pub count: u32,
}

/// A gap and the point of its permit; 80 bytes. The point is decoded where it is added up: that costs a thousand
/// times as much as to compare the head with what is expected.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Record {
    pub(super) low: Leaf,
    pub(super) high: Leaf,
    pub(super) point: [u8; G1Point::LEN],
}

/// A bulletin without its proof: for the authorities, for nobody else.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Draft {
    pub(super) head: Head,
    pub(super) records: Vec<Record>,
}

/// A bulletin that somebody has sent, not checked yet.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct UncheckedBulletin {
    pub(super) draft: Draft,
    pub(super) proof: Vec<ProofShare>,
}

/// A bulletin whose proof has been checked: every point in it is the permit for its gap.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Bulletin(pub(super) UncheckedBulletin);

impl Head {
    /// Bytes of an encoding.
    pub const LEN: usize = 133;
    /// Most gaps of a bulletin.
    pub const MAX: u32 = 1 << 20;

    const VERSION: u8 = 1;

    /// Reads what a bulletin begins with, and no more of it: what it says it is about. Nothing is checked.
    ///
    /// # Errors
    /// [`DecodeError`].
    pub fn of_beginning(bytes: &[u8]) -> Result<Self, DecodeError> {
        Self::read(&mut Reader::new(bytes))
    }

    pub(super) fn write(&self, writer: Writer) -> Writer {
        let writer = self.edition.write(writer.u8(Self::VERSION));
        self.list.write(self.period.write(writer)).u32(self.count)
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        reader.version(Self::VERSION)?;
        let head = Self {
            edition: Edition::read(reader)?,
            period: Period::read(reader)?,
            list: ListMark::read(reader)?,
            count: reader.u32()?,
        };
        // No list is so long that there is no gap.
        if head.count == 0 || head.count > Self::MAX {
            return Err(DecodeError::Value);
        }
        Ok(head)
    }

    pub(super) const fn gap(&self, low: Leaf, high: Leaf) -> Gap {
        Gap {
            period: self.period,
            low,
            high,
        }
    }

    /// Whether the gaps come from a list, by the bulletin's own words.
    pub(super) fn is_of(&self, list: &SignedList) -> bool {
        self.edition.id == *list.list().domain() && self.list == *list.mark()
    }
}

impl Record {
    pub(super) const LEN: usize = 80;

    /// The permit; `None` if the point is none.
    pub(super) fn permit(&self, head: &Head) -> Option<Permit> {
        let label = head.gap(self.low, self.high).label();
        let point = G1Point::from_bytes(&self.point).ok()?;
        Some(Permit::new(label, head.period.length, point))
    }

    pub(super) fn to_bytes(self) -> Vec<u8> {
        Writer::with_capacity(Self::LEN)
            .bytes(&self.low.0.to_be_bytes())
            .bytes(&self.high.0.to_be_bytes())
            .bytes(&self.point)
            .finish()
    }

    /// Reads a record. It must come after the leaves before: gaps are apart by one revoked leaf at least.
    pub(super) fn read(reader: &mut Reader<'_>, before: Option<Leaf>) -> Result<Self, DecodeError> {
        let low = Leaf(u128::from_be_bytes(*reader.array()?));
        let high = Leaf(u128::from_be_bytes(*reader.array()?));
        let apart = before.is_none_or(|before| low.0.checked_sub(before.0) > Some(1));
        if low > high || !apart {
            return Err(DecodeError::Value);
        }
        let point = *reader.array()?;
        Ok(Self { low, high, point })
    }
}

impl Draft {
    /// What it is about.
    #[must_use]
    pub const fn head(&self) -> &Head {
        &self.head
    }

    /// Head (133), then the first leaf, last leaf and point of every gap (80 each), in ascending order.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(Head::LEN + Record::LEN * self.records.len());
        self.encode(|chunk| bytes.extend_from_slice(chunk));
        bytes
    }

    /// Reads what [`Self::to_bytes`] wrote.
    ///
    /// # Errors
    /// [`DecodeError`]: length, version, gaps that are not in order or not apart.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        let draft = Self::read(&mut reader)?;
        reader.finish()?;
        Ok(draft)
    }

    fn encode(&self, mut sink: impl FnMut(&[u8])) {
        sink(&self.head.write(Writer::with_capacity(Head::LEN)).finish());
        for record in &self.records {
            sink(&record.to_bytes());
        }
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let head = Head::read(reader)?;
        let count = usize::try_from(head.count).map_err(|_| DecodeError::Value)?;
        if reader.remaining() / Record::LEN < count {
            return Err(DecodeError::Length);
        }
        let mut before = None;
        let mut records = Vec::with_capacity(count);
        for _ in 0..count {
            let record = Record::read(reader, before)?;
            before = Some(record.high);
            records.push(record);
        }
        Ok(Self { head, records })
    }
}

impl UncheckedBulletin {
    /// What it says it is about.
    #[must_use]
    pub const fn head(&self) -> &Head {
        &self.draft.head
    }

    /// Reads what [`Bulletin::to_bytes`] wrote.
    ///
    /// # Errors
    /// As [`Draft::from_bytes`], and for a proof that is none.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        let draft = Draft::read(&mut reader)?;
        let proof = ProofShare::read_all(&mut reader)?;
        reader.finish()?;
        Ok(Self { draft, proof })
    }
}

impl Bulletin {
    /// What it is about.
    #[must_use]
    pub const fn head(&self) -> &Head {
        self.0.head()
    }

    /// The permit that covers an identity, by binary search; `None` if the identity is revoked.
    #[must_use]
    pub fn permit(&self, identity: &Identity) -> Option<Permit> {
        let head = self.head();
        let leaf = Leaf::of(identity, &head.edition.id);
        let records = &self.0.draft.records;
        let after = records.partition_point(|record| record.low <= leaf);
        let record = records.get(after.checked_sub(1)?)?;
        record.permit(head).filter(|_| leaf <= record.high)
    }

    /// Whether the gaps are those of this list. The proof says that every permit is good for its gap;
    /// only who has the list can tell that nobody was left out.
    #[must_use]
    pub fn is_of(&self, list: &SignedList) -> bool {
        let gaps = self
            .0
            .draft
            .records
            .iter()
            .map(|record| (record.low, record.high));
        self.head().is_of(list) && gaps.eq(list.list().gaps())
    }

    /// Head (133), gaps (80 each), number of proof shares (2), proof shares (114 each).
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(Head::LEN + Record::LEN * self.0.draft.records.len());
        self.encode(|chunk| bytes.extend_from_slice(chunk));
        bytes
    }

    /// Hands the bytes of [`Self::to_bytes`] to `sink` in pieces, without a copy of the whole.
    pub fn encode(&self, mut sink: impl FnMut(&[u8])) {
        self.0.draft.encode(&mut sink);
        sink(&ProofShare::write_all(&self.0.proof));
    }
}

impl fmt::Display for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} cover permits for epoch {}",
            self.count, self.period.epoch.0
        )
    }
}

/// One authority's part Zi of the proof; 115 bytes, 114 of them in a bulletin. Public.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ProofShare {
    pub(super) from: AuthorityId,
    pub(super) z: G1Point,
    pub(super) proof: Proof,
}

impl ProofShare {
    /// Bytes of an encoding.
    pub const LEN: usize = 115;

    const VERSION: u8 = 1;

    /// The statement: which edition and authority; M is in it as the base.
    pub(super) fn statement<'a>(
        from: AuthorityId,
        head: &Head,
        key: &G1Point,
        (m, z): (&G1Point, &'a G1Point),
    ) -> Statement<'a> {
        let writer = Writer::new().string(tags::BULLETIN.as_bytes());
        let context = head.edition.write(writer).u16(from.get()).finish();
        Statement::new(&context, *key).and(*m, z)
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

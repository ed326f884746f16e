//! Cover permits one at a time: a client asks t authorities for its own gap.

use milagro_base::{Reader, Writer};
use milagro_curve::DecodeError;
use milagro_curve::rand_core::CryptoRng;
use milagro_mpin::{Identity, Permit, names::Epoch, permit::Leaf};

use crate::domain::member::AuthorityId;
use crate::domain::protocol::Mpin;
use crate::domain::trust_domain::TrustDomain;
use crate::issue::combine::{Collector, Combined, too_few};
use crate::issue::error::{CombineError, Culprit, Fault, IssueError};
use crate::issue::period::Period;
use crate::issue::purpose::{CoverPermit, Gap};
use crate::issue::received::Received;
use crate::issue::share::{G1Share, Share as _};
use crate::permits::desk::Desk;
use crate::permits::mark::ListMark;

/// An authority's share of the permit for the gap that holds a leaf, with the mark of the revocation list
/// that the gap comes from.
#[derive(Debug)]
pub struct CoverShare {
    list: ListMark,
    low: Leaf,
    high: Leaf,
    share: G1Share<CoverPermit>,
}

impl Desk<'_> {
    /// This authority's share of the permit for the gap that holds the identity's leaf.
    ///
    /// # Errors
    /// [`IssueError::Revoked`], [`IssueError::Epoch`].
    pub fn cover<R: CryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        identity: &Identity,
        epoch: Epoch,
    ) -> Result<CoverShare, IssueError> {
        let period = self.period(epoch)?;
        let leaf = Leaf::of(identity, self.authority.domain().id());
        let (low, high) = self.list.list().gap_of(leaf).ok_or(IssueError::Revoked)?;
        let gap = Gap { period, low, high };
        Ok(CoverShare {
            list: *self.list.mark(),
            low,
            high,
            share: self.authority.issue_in_g1(rng, &gap)?,
        })
    }
}

impl CoverShare {
    /// Bytes of an encoding.
    pub const LEN: usize = 73 + G1Share::<CoverPermit>::LEN;

    const VERSION: u8 = 1;

    /// The list that the authority uses.
    #[must_use]
    pub const fn list(&self) -> &ListMark {
        &self.list
    }

    /// Version (1), mark of the list (40), first and last leaf of the gap (16 each), share (156).
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let writer = Writer::with_capacity(Self::LEN).u8(Self::VERSION);
        self.list
            .write(writer)
            .bytes(&self.low.0.to_be_bytes())
            .bytes(&self.high.0.to_be_bytes())
            .bytes(&self.share.to_bytes())
            .finish()
    }

    /// Reads what [`Self::to_bytes`] wrote.
    ///
    /// # Errors
    /// [`DecodeError`]: length, version, another purpose, a gap that ends before it begins.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        reader.version(Self::VERSION)?;
        let list = ListMark::read(&mut reader)?;
        let low = Leaf(u128::from_be_bytes(*reader.array()?));
        let high = Leaf(u128::from_be_bytes(*reader.array()?));
        if low > high {
            return Err(DecodeError::Value);
        }
        let share = G1Share::from_bytes(reader.bytes(reader.remaining())?)?;
        Ok(Self {
            list,
            low,
            high,
            share,
        })
    }
}

/// What the authorities of one list say.
struct Camp<'a> {
    list: ListMark,
    gap: Gap,
    shares: Collector<'a, G1Share<CoverPermit>>,
}

/// Combines the shares of the permit that covers an identity in an epoch. They come from authorities
/// that use one revocation list; if t of them do, the others do not matter.
///
/// # Errors
/// [`CombineError::DifferentLists`] if there are enough good shares, but not for one list; and as
/// [`combine`](crate::issue::combine).
pub fn combine_cover(
    domain: &TrustDomain<Mpin>,
    identity: &Identity,
    period: Period,
    shares: impl IntoIterator<Item = Received<CoverShare>>,
) -> Result<Combined<Permit>, CombineError> {
    let leaf = Leaf::of(identity, domain.id());
    let mut camps = Vec::new();
    let mut culprits = Vec::new();
    for Received { from, value: share } in shares {
        let (low, high) = (share.low, share.high);
        let gap = Gap { period, low, high };
        let admitted = if leaf < low || high < leaf {
            Err(Fault::Gap)
        } else {
            admit(domain, &mut camps, gap, (from, share))
        };
        let authority = from;
        culprits.extend(admitted.err().map(|fault| Culprit { authority, fault }));
    }
    let good = |camp: &Camp<'_>| camp.shares.authorities().len();
    let (all, needed) = (camps.iter().map(good).sum(), domain.threshold().needed());
    if let Some(camp) = camps.iter().position(|camp| camp.shares.is_enough()) {
        let Combined { key, .. } = camps.swap_remove(camp).shares.finish()?;
        return Ok(Combined { key, culprits });
    }
    if all < usize::from(needed) {
        let count = (all, needed.into());
        return Err(too_few(count, domain.generation(), culprits));
    }
    let lists = camps.iter().flat_map(|camp| {
        let value = camp.list;
        let of = camp.shares.authorities().iter();
        of.map(move |from| Received { from: *from, value })
    });
    Err(CombineError::DifferentLists {
        lists: lists.collect(),
        culprits,
    })
}

fn admit<'a>(
    domain: &'a TrustDomain<Mpin>,
    camps: &mut Vec<Camp<'a>>,
    gap: Gap,
    (from, share): (AuthorityId, CoverShare),
) -> Result<(), Fault> {
    share.share.header().check(domain, from)?;
    let mut known = camps.iter().map(|camp| camp.shares.authorities());
    if known.any(|authorities| authorities.contains(&from)) {
        return Err(Fault::Duplicate);
    }
    let list = share.list;
    let mut same = camps.iter_mut();
    if let Some(camp) = same.find(|camp| camp.list == list && camp.gap == gap) {
        return camp.shares.add(from, share.share).map_err(|it| it.fault);
    }
    let mut shares = Collector::new(domain, gap);
    shares.add(from, share.share).map_err(|it| it.fault)?;
    camps.push(Camp { list, gap, shares });
    Ok(())
}

//! The redeemer's side, by the public key alone.

use alloc::collections::BTreeMap;
use alloc::collections::btree_map::Entry;
use alloc::vec;
use alloc::vec::Vec;
use core::fmt;

use milagro_base::Seconds;
use milagro_curve::{G1Point, G2Point, G2Prepared};
use milagro_ledger::{LedgerId, Unspent};
use rand_core::CryptoRng;

use crate::tags;
use crate::tokens::public::epoch::EpochKey;
use crate::tokens::public::equation::{Claim, verdicts, weights};
use crate::tokens::public::kept::KeptKeys;
use crate::tokens::public::name::Name;
use crate::tokens::public::series::Series;
use crate::tokens::public::spend::Redeemed;
use crate::tokens::public::token::RedemptionRequest;
use crate::tokens::redeem::binding::{Binding, RedeemerId};
use crate::tokens::redeem::refusal::Refusal;
use crate::tokens::timetable::Epoch;

/// A request with what the redeemer has beside it.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_structs, reason = "a caller fills in all of it")]
pub struct Redemption<'a> {
    /// What the client sent.
    pub request: &'a RedemptionRequest,
    /// What the payload is for, as the redeemer knows it.
    pub context: &'a [u8],
    /// What the client wants to be accepted.
    pub payload: &'a [u8],
}

/// Checks redemptions with nothing secret, from any number of threads; the ledger counts them.
pub struct Verifier {
    id: RedeemerId,
    series: Series,
    generator: G2Prepared,
    ledger: LedgerId,
    kept: KeptKeys,
}

/// A request whose key is open and whose payload is the one it was made for.
struct Opened {
    key: EpochKey,
    name: Name,
}

/// The same, with N and H(x).
struct Admitted {
    opened: Opened,
    n: G1Point,
    h: G1Point,
}

impl Verifier {
    /// A redeemer of that name for the tokens of a series, which are spent on that ledger.
    ///
    /// # Security
    /// The series is the one that everybody has: [`Series::pinned`]. Redeemers of one series share one ledger,
    /// whatever their names.
    #[must_use]
    pub fn new(id: RedeemerId, series: Series, ledger: LedgerId) -> Self {
        Self {
            id,
            series,
            generator: G2Prepared::from(&G2Point::generator()),
            ledger,
            kept: KeptKeys::default(),
        }
    }

    /// Its name.
    #[must_use]
    pub const fn id(&self) -> &RedeemerId {
        &self.id
    }

    /// The series whose tokens it takes.
    #[must_use]
    pub const fn series(&self) -> &Series {
        &self.series
    }

    /// Checks a request against its context and payload at time `now`: what it buys, locked behind the charge
    /// that spends it. The order is: window and key id, commitment or signature, N, and last e(N, V) = e(H(x), Q).
    ///
    /// The same redemption again, in whatever request, is answered [`Again`](milagro_ledger::Refused::Again): only
    /// an application that does the same work again without harm takes that for a yes.
    ///
    /// # Errors
    /// The [`Refusal`], for the server alone.
    pub fn check(
        &self,
        redemption: &Redemption<'_>,
        now: Seconds,
    ) -> Result<Unspent<Redeemed>, Refusal> {
        let opened = self.open(redemption, &mut BTreeMap::new(), now)?;
        let n = G1Point::from_bytes(&redemption.request.n).map_err(|_| Refusal::Unproven)?;
        let admitted = opened.admit(n);
        let verdicts = verdicts(&[admitted.claim()], &[1], &self.generator);
        if verdicts == [true] {
            Ok(self.lock(redemption, &admitted))
        } else {
            Err(Refusal::Unproven)
        }
    }

    /// Checks many at once, by one product of pairings for all of them with random weights of 128 bits: one result
    /// each, in order, to be spent by one call of the ledger with [`Unspent::spend_all`].
    ///
    /// A wrong one among n is found by about 2·log2(n) further products. A wrong one goes through with probability
    /// 2⁻¹²⁸ (Bellare, Garay and Rabin, EUROCRYPT '98).
    #[must_use]
    pub fn check_all<R: CryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        redemptions: &[Redemption<'_>],
        now: Seconds,
    ) -> Vec<Result<Unspent<Redeemed>, Refusal>> {
        let mut keys = BTreeMap::new();
        let opened: Vec<_> = redemptions
            .iter()
            .map(|redemption| self.open(redemption, &mut keys, now))
            .collect();
        let encodings: Vec<_> = redemptions
            .iter()
            .zip(&opened)
            .filter(|(_, opened)| opened.is_ok())
            .map(|(redemption, _)| &redemption.request.n)
            .collect();
        let mut points = decode(&encodings).into_iter();
        let admit = |opened: Result<Opened, Refusal>| {
            let opened = opened?;
            let n = points.next().flatten();
            n.map(|n| opened.admit(n)).ok_or(Refusal::Unproven)
        };
        let admitted: Vec<_> = opened.into_iter().map(admit).collect();
        let claims: Vec<_> = admitted.iter().flatten().map(Admitted::claim).collect();
        let weights = weights(rng, tags::PUBLIC_WEIGHTS, &claims);
        let mut verdicts = verdicts(&claims, &weights, &self.generator).into_iter();
        let result = |(redemption, admitted): (&Redemption<'_>, &Result<Admitted, Refusal>)| {
            let admitted = admitted.as_ref().map_err(|refusal| *refusal)?;
            if verdicts.next() == Some(true) {
                Ok(self.lock(redemption, admitted))
            } else {
                Err(Refusal::Unproven)
            }
        };
        redemptions.iter().zip(&admitted).map(result).collect()
    }

    /// All that needs no point, from what costs nothing on.
    fn open(
        &self,
        redemption: &Redemption<'_>,
        keys: &mut BTreeMap<Epoch, EpochKey>,
        now: Seconds,
    ) -> Result<Opened, Refusal> {
        let request = redemption.request;
        self.admit(request, now)?;
        let name = request.name(&self.binding(redemption));
        let name = name.ok_or(Refusal::Unproven)?;
        let key = match keys.entry(request.epoch) {
            Entry::Occupied(known) => known.get().clone(),
            Entry::Vacant(unknown) => unknown.insert(self.key(request.epoch)?).clone(),
        };
        Ok(Opened { key, name })
    }

    /// Whether the epoch can be redeemed now, and has a key of that id: a hash, and nothing of a curve.
    fn admit(&self, request: &RedemptionRequest, now: Seconds) -> Result<(), Refusal> {
        let slot = self.series.plan().slot(request.epoch);
        let slot = slot.map_err(|_| Refusal::UnknownKey)?;
        let windows = self.series.windows(&slot);
        let window = windows
            .map_err(|_| Refusal::UnknownKey)?
            .redeem_with_leeway();
        if now < window.start {
            return Err(Refusal::TooEarly);
        }
        if now >= window.end {
            return Err(Refusal::Expired);
        }
        if request.key_id == self.series.id_at(&slot) {
            Ok(())
        } else {
            Err(Refusal::UnknownKey)
        }
    }

    /// The key of an epoch, kept or prepared now, which costs about what checking one token does.
    fn key(&self, epoch: Epoch) -> Result<EpochKey, Refusal> {
        match self.kept.get(epoch) {
            Some(key) => Ok(key),
            None => EpochKey::of(&self.series, epoch).map_err(|_| Refusal::UnknownKey),
        }
    }

    #[cfg(test)]
    pub(super) fn kept_epochs(&self) -> Vec<u64> {
        self.kept.epochs()
    }

    /// A token was proven: its key is kept, and what it buys is locked.
    fn lock(&self, redemption: &Redemption<'_>, admitted: &Admitted) -> Unspent<Redeemed> {
        let Opened { key, name } = &admitted.opened;
        self.kept.used(key);
        let redeemed = Redeemed {
            key_id: *key.id(),
            name: *name,
        };
        let charge = redeemed.charge(key.windows(), &self.binding(redemption));
        Unspent::new(redeemed, vec![charge]).on(self.ledger)
    }

    const fn binding<'a>(&'a self, redemption: &Redemption<'a>) -> Binding<'a> {
        Binding {
            redeemer: &self.id,
            context: redemption.context,
            payload: redemption.payload,
        }
    }
}

impl Opened {
    fn admit(self, n: G1Point) -> Admitted {
        let h = self.name.point(self.key.id());
        let opened = self;
        Admitted { opened, n, h }
    }
}

impl Admitted {
    fn claim(&self) -> Claim<'_> {
        Claim {
            n: self.n,
            h: self.h,
            key: self.opened.key.key(),
        }
    }
}

/// All points at once, which is cheaper; one by one if any is none.
fn decode(encodings: &[&[u8; G1Point::LEN]]) -> Vec<Option<G1Point>> {
    let bytes: Vec<u8> = encodings.iter().copied().flatten().copied().collect();
    match G1Point::batch_from_bytes(&bytes) {
        Ok(points) => points.into_iter().map(Some).collect(),
        Err(_) => encodings
            .iter()
            .map(|encoding| G1Point::from_bytes(encoding).ok())
            .collect(),
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verifier")
            .field("id", &self.id)
            .field("series", self.series.id())
            .finish_non_exhaustive()
    }
}

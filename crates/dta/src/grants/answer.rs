//! An authority answers grants, each subject once.

use core::future::Future;
use core::num::NonZeroU32;
use core::pin::pin;
use core::task::{Context, Poll, Waker};

use milagro_base::Seconds;
use milagro_curve::rand_core::CryptoRng;
use milagro_ledger::{
    Charge, InPlace, Ledger, LocalLedger, Paid, Refused, Unavailable, Unspent, Verdict,
};

use crate::domain::issued::{Book, Issued, IssuedSet};
use crate::domain::protocol::Protocol;
use crate::domain::registrar::RegistrarPublicKey;
use crate::grants::error::GrantError;
use crate::grants::grant::SignedGrant;
use crate::grants::purpose::Granted;
use crate::issue::authority::Authority;
use crate::sharing::group::Bls12381G1;

/// Whom an authority believes, where it counts, and what time it is by its own clock. `L` is a
/// [`Ledger`] or a [`LocalLedger`].
#[derive(Debug)]
pub struct Desk<'a, L: ?Sized> {
    /// Whose grants are answered.
    pub registrar: &'a RegistrarPublicKey,
    /// The ledger that was opened with [`Authority::count_in`].
    pub ledger: &'a L,
    /// The time.
    pub now: Seconds,
}

/// What an authority says to a grant.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Answer {
    /// Goes into the authority's log of issued subjects, durably, before the share goes out.
    pub issued: Issued,
    /// The sealed share. Whoever presents the same grant again gets the same share, sealed anew.
    pub sealed: Vec<u8>,
}

/// A grant that may be booked.
struct Admitted<U: Granted> {
    signed: SignedGrant<U>,
    issued: Issued,
}

/// What is said where the ledger has said nothing.
const UNKNOWN: Result<Answer, GrantError> = Err(GrantError::Unknown);

/// What becomes of a subject that a ledger has for another client key than the set says.
#[derive(Clone, Copy, PartialEq)]
enum Differing {
    /// It is for nobody from now on.
    ForNobody,
    /// A restored ledger counts all of its accounts as used up; the set knows by whom.
    AsTheSetSays,
}

/// How many subjects are entered in one call of a ledger.
const AT_ONCE: usize = 256;

impl<P: Protocol<Group = Bls12381G1>> Authority<P> {
    /// Answers a grant: books the subject in the ledger, and seals this authority's share to the client's key. A
    /// subject is booked once for each purpose, for good; for the client key of the first time it is answered
    /// again.
    ///
    /// # Security
    /// What is booked stays booked: if the future is dropped, or the answer is lost, the client asks again.
    ///
    /// # Errors
    /// [`GrantError`].
    pub async fn answer<U, R>(
        &self,
        rng: &mut R,
        desk: &Desk<'_, dyn Ledger + '_>,
        grant: &[u8],
    ) -> Result<Answer, GrantError>
    where
        U: Granted<Protocol = P>,
        R: CryptoRng + ?Sized,
    {
        let answers = self.answer_all::<U, R>(rng, desk, &[grant]).await;
        answers.into_iter().next().unwrap_or(UNKNOWN)
    }

    /// As [`Self::answer`], of many grants, with one call of the ledger for all of them: for less than one after the other
    /// costs. One answer each, in order; what becomes of one depends on the others only where they are for the same subject,
    /// which is as if they had come one after the other.
    pub async fn answer_all<U, R>(
        &self,
        rng: &mut R,
        desk: &Desk<'_, dyn Ledger + '_>,
        grants: &[&[u8]],
    ) -> Vec<Result<Answer, GrantError>>
    where
        U: Granted<Protocol = P>,
        R: CryptoRng + ?Sized,
    {
        let (mut answers, mut places, mut unspent) = (Vec::new(), Vec::new(), Vec::new());
        for (place, admitted) in self.admit::<U>(desk, grants).into_iter().enumerate() {
            answers.push(
                admitted
                    .as_ref()
                    .map_or_else(|error| Err(*error), |_| UNKNOWN),
            );
            if let Ok(admitted) = admitted {
                let charge = charge(&admitted.issued);
                places.push(place);
                unspent.push(Unspent::new(admitted, Vec::from([charge])));
            }
        }
        let spent = Unspent::spend_all(unspent, desk.ledger, desk.now).await;
        for (place, spent) in places.into_iter().zip(spent) {
            if let Some(answer) = answers.get_mut(place) {
                *answer = self.settle(rng, spent);
            }
        }
        answers
    }

    /// As [`Self::answer`], without waiting for anybody else.
    ///
    /// # Errors
    /// [`GrantError`].
    pub fn answer_local<U, R, L>(
        &self,
        rng: &mut R,
        desk: &Desk<'_, L>,
        grant: &[u8],
    ) -> Result<Answer, GrantError>
    where
        U: Granted<Protocol = P>,
        R: CryptoRng + ?Sized,
        L: LocalLedger + ?Sized,
    {
        let answers = self.answer_all_local::<U, R, L>(rng, desk, &[grant]);
        answers.into_iter().next().unwrap_or(UNKNOWN)
    }

    /// As [`Self::answer_all`], without waiting for anybody else.
    pub fn answer_all_local<U, R, L>(
        &self,
        rng: &mut R,
        desk: &Desk<'_, L>,
        grants: &[&[u8]],
    ) -> Vec<Result<Answer, GrantError>>
    where
        U: Granted<Protocol = P>,
        R: CryptoRng + ?Sized,
        L: LocalLedger + ?Sized,
    {
        let ledger: &dyn Ledger = &InPlace(desk.ledger);
        let (registrar, now) = (desk.registrar, desk.now);
        let desk = Desk {
            registrar,
            ledger,
            now,
        };
        let answers = at_once(async { Ok(self.answer_all::<U, R>(rng, &desk, grants).await) });
        answers.unwrap_or_else(|_| grants.iter().map(|_| UNKNOWN).collect())
    }

    /// Which of them may be booked: right in form, for this domain and time, and signed by the registrar; what costs least is
    /// looked at first.
    fn admit<U: Granted<Protocol = P>>(
        &self,
        desk: &Desk<'_, dyn Ledger + '_>,
        grants: &[&[u8]],
    ) -> Vec<Result<Admitted<U>, GrantError>> {
        if *self.book() != Book::Open(desk.ledger.id()) {
            return grants.iter().map(|_| Err(GrantError::Ledger)).collect();
        }
        let read = |grant: &&[u8]| {
            let grant = SignedGrant::<U>::from_bytes(grant).map_err(|_| GrantError::Format)?;
            grant.check_words(self.domain().id(), desk.now)?;
            Ok(grant)
        };
        let read: Vec<Result<SignedGrant<U>, GrantError>> = grants.iter().map(read).collect();
        let signed: Vec<_> = read.iter().flatten().map(SignedGrant::signed).collect();
        let mut has_signed = self
            .registrar_has_signed(desk.registrar, &signed)
            .into_iter();
        read.into_iter()
            .map(|read| {
                let signed = read?;
                let issued = signed.grant().issued();
                let right = has_signed.next() == Some(true);
                right
                    .then_some(Admitted { signed, issued })
                    .ok_or(GrantError::Signature)
            })
            .collect()
    }

    fn settle<U, R>(
        &self,
        rng: &mut R,
        spent: Result<Paid<Admitted<U>>, Refused<Admitted<U>>>,
    ) -> Result<Answer, GrantError>
    where
        U: Granted<Protocol = P>,
        R: CryptoRng + ?Sized,
    {
        let Admitted { signed, issued } = match spent {
            Ok(paid) | Err(Refused::Again(paid)) => paid.into_value(),
            Err(Refused::Exhausted) => return Err(GrantError::Issued),
            Err(Refused::Full) => return Err(GrantError::Full),
            Err(_) => return UNKNOWN,
        };
        let grant = signed.grant();
        let share = U::share(rng, self, &grant.subject).map_err(|_| GrantError::Degenerate)?;
        let sealed = grant.client.seal(rng, &signed.info(), &share);
        Ok(Answer {
            issued,
            sealed: sealed.ok_or(GrantError::Client)?,
        })
    }

    /// Begins to count in a ledger, after entering everybody who has had a key: for a new domain nobody; after a
    /// resharing or a repair the set that the plan carried. To be called once; the authority's sealed state
    /// remembers which ledger it is, and counts in no other.
    ///
    /// What fails can be repeated, also by a process that was killed in the middle.
    ///
    /// # Errors
    /// [`GrantError::Set`] for another set, [`GrantError::Ledger`] if it counts in one already,
    /// [`GrantError::Full`], [`GrantError::Unknown`].
    pub async fn count_in(
        &mut self,
        ledger: &dyn Ledger,
        issued: &IssuedSet,
        now: Seconds,
    ) -> Result<(), GrantError> {
        self.due(issued)?;
        self.enter(ledger, issued, now, Differing::ForNobody).await
    }

    /// Begins to count in a ledger after entering everybody who is known to have had a key, whatever a plan says: in
    /// place of a ledger that was lost or put back from a copy, with the union of this authority's log and the
    /// sets of t other members at least; or for the key of an authority that worked alone, with all its users.
    ///
    /// # Security
    /// A subject that is missing in the set is issued to again.
    ///
    /// # Errors
    /// [`GrantError::Set`] for the set of another domain; as [`Self::count_in`].
    pub async fn count_anew_in(
        &mut self,
        ledger: &dyn Ledger,
        issued: &IssuedSet,
        now: Seconds,
    ) -> Result<(), GrantError> {
        if issued.domain() != self.domain().id() {
            return Err(GrantError::Set);
        }
        self.enter(ledger, issued, now, Differing::AsTheSetSays)
            .await
    }

    /// As [`Self::count_in`], without waiting for anybody else.
    ///
    /// # Errors
    /// As [`Self::count_in`].
    pub fn count_in_local<L: LocalLedger + ?Sized>(
        &mut self,
        ledger: &L,
        issued: &IssuedSet,
        now: Seconds,
    ) -> Result<(), GrantError> {
        at_once(self.count_in(&InPlace(ledger), issued, now))
    }

    /// As [`Self::count_anew_in`], without waiting for anybody else.
    ///
    /// # Errors
    /// As [`Self::count_anew_in`].
    pub fn count_anew_in_local<L: LocalLedger + ?Sized>(
        &mut self,
        ledger: &L,
        issued: &IssuedSet,
        now: Seconds,
    ) -> Result<(), GrantError> {
        at_once(self.count_anew_in(&InPlace(ledger), issued, now))
    }

    fn due(&self, issued: &IssuedSet) -> Result<(), GrantError> {
        match self.book() {
            Book::Due(hash) if *hash == issued.hash() => Ok(()),
            Book::Due(_) => Err(GrantError::Set),
            Book::Open(_) => Err(GrantError::Ledger),
        }
    }

    async fn enter(
        &mut self,
        ledger: &dyn Ledger,
        issued: &IssuedSet,
        now: Seconds,
        differing: Differing,
    ) -> Result<(), GrantError> {
        let mut entries = issued.entries().peekable();
        while entries.peek().is_some() {
            let some: Vec<Issued> = entries.by_ref().take(AT_ONCE).collect();
            let charges: Vec<Charge> = some.iter().map(charge).collect();
            let verdicts = ledger.charge(now, &charges).await;
            let mut differ = refused(&some, &verdicts)?;
            if differing == Differing::ForNobody {
                differ = marked(ledger, now, &some, differ).await?;
            }
            if differ.is_empty() {
                continue;
            }
            let accounts: Vec<_> = differ.iter().map(Issued::account).collect();
            let cleared = ledger.clear(&accounts).await;
            cleared.map_err(|Unavailable| GrantError::Unknown)?;
            let instead = differ.iter().map(|entry| match differing {
                Differing::ForNobody => entry.by_nobody(),
                Differing::AsTheSetSays => *entry,
            });
            let instead: Vec<Issued> = instead.collect();
            let charges: Vec<Charge> = instead.iter().map(charge).collect();
            let verdicts = ledger.charge(now, &charges).await;
            if !refused(&instead, &verdicts)?.is_empty() {
                return Err(GrantError::Unknown);
            }
        }
        self.open_book(ledger.id());
        Ok(())
    }
}

/// Those whose accounts were charged with another claim, now or before the process was killed: noted in the ledger,
/// since the account itself does not tell any more once it is cleared.
async fn marked(
    ledger: &dyn Ledger,
    now: Seconds,
    entries: &[Issued],
    mut differ: Vec<Issued>,
) -> Result<Vec<Issued>, GrantError> {
    let accounts: Vec<_> = entries.iter().map(|entry| entry.mark().account()).collect();
    let usage = ledger.usage(&accounts).await;
    let usage = usage.map_err(|Unavailable| GrantError::Unknown)?;
    if usage.len() != entries.len() {
        return Err(GrantError::Unknown);
    }
    let before = entries
        .iter()
        .zip(usage)
        .filter(|(_, usage)| usage.used > 0);
    let before: Vec<_> = before.map(|(entry, _)| *entry).collect();
    differ.extend(before);
    differ.sort();
    differ.dedup();
    let marks: Vec<Issued> = differ.iter().map(Issued::mark).collect();
    let charges: Vec<Charge> = marks.iter().map(charge).collect();
    let verdicts = ledger.charge(now, &charges).await;
    let noted = refused(&marks, &verdicts)?.is_empty();
    noted.then_some(differ).ok_or(GrantError::Unknown)
}

/// Once for each subject and purpose.
fn charge(issued: &Issued) -> Charge {
    Charge {
        account: issued.account(),
        amount: NonZeroU32::MIN,
        limit: 1,
        claim: issued.claim(),
    }
}

/// The entries whose accounts were charged with another claim.
fn refused(entries: &[Issued], verdicts: &[Verdict]) -> Result<Vec<Issued>, GrantError> {
    if entries.len() != verdicts.len() {
        return Err(GrantError::Unknown);
    }
    let mut refused = Vec::new();
    for (entry, verdict) in entries.iter().zip(verdicts) {
        match verdict {
            Verdict::Granted(_) => {}
            Verdict::Exhausted { .. } => refused.push(*entry),
            Verdict::Full => return Err(GrantError::Full),
            _ => return Err(GrantError::Unknown),
        }
    }
    Ok(refused)
}

/// What a future gives that waits for nobody.
fn at_once<T>(future: impl Future<Output = Result<T, GrantError>>) -> Result<T, GrantError> {
    let mut context = Context::from_waker(Waker::noop());
    match pin!(future).poll(&mut context) {
        Poll::Ready(result) => result,
        Poll::Pending => Err(GrantError::Unknown),
    }
}

//! A member's part of a ceremony (`milagro_dta::ceremony`), kept in records: seed, log, and whether the session is over.
//!
//! What a member says is in the records before it goes out, so it can be killed at any moment and goes on with the same
//! words. A session's number is used once, for one plan.

mod error;
pub(crate) mod hand_over;
mod kept;
mod task;

use alloc::sync::Arc;
use core::fmt;

use milagro_dta::ceremony::{Board, Outcome, Progress, Seat, SeatError, Seed, advance};
use milagro_dta::grants::IssuedSet;
use milagro_dta::sharing::Bls12381G1;
use milagro_dta::{Authority, Edition, MemberKey};
use milagro_ledger::records::{Entry, Put, Version};
use milagro_ledger::{Ledger, Records};
use milagro_mpin::TrustDomainId;

use crate::ceremony::kept::{LOG_MAX, close, enter, log_key, read_log, seed};
use crate::issued;
use crate::kinds::SESSION;
use crate::safe::{Safe, SafeError, State, Stored};
use milagro_wire::server::Effects;
use milagro_wire::server::locked::{self, Named, OperatorKey, SecretError};

pub use crate::ceremony::error::SessionError;
pub use crate::ceremony::hand_over::is_under_way as hands_over;
pub use crate::ceremony::kept::open_sessions;
pub use crate::ceremony::task::{Step, Task};

/// The name of the member's signing key among the secrets.
const MEMBER: &str = "member key";

/// What a member has: one for all its ceremonies.
#[derive(Clone)]
#[non_exhaustive]
pub struct Member {
    /// Where sessions are kept.
    pub records: Arc<dyn Records>,
    /// Where the authority will count.
    pub ledger: Arc<dyn Ledger>,
    /// Where shares go.
    pub safe: Safe,
    /// What everything is sealed under.
    pub key: Arc<OperatorKey>,
    /// Clock and generator.
    pub effects: Effects,
}

/// A session that a member takes part in.
pub struct Session<'a, P: Stored> {
    member: &'a Member,
    task: Task<P>,
    signing: MemberKey<Bls12381G1>,
    seed: Seed,
    authority: Option<Authority<P>>,
    log: Vec<Vec<u8>>,
    board: Board<P>,
    record: Version,
}

impl Member {
    /// A member over its store.
    #[must_use]
    pub const fn new(
        records: Arc<dyn Records>,
        ledger: Arc<dyn Ledger>,
        safe: Safe,
        key: Arc<OperatorKey>,
        effects: Effects,
    ) -> Self {
        Self {
            records,
            ledger,
            safe,
            key,
            effects,
        }
    }

    /// Draws the key that this member signs its part of ceremonies with. Once.
    ///
    /// # Errors
    /// [`SessionError::Secret`].
    pub async fn draw_key(&self) -> Result<MemberKey<Bls12381G1>, SessionError> {
        let rng = &mut *self.effects.rng();
        let drawn = MemberKey::random(rng);
        let bytes = drawn.to_bytes();
        let named = Named {
            name: MEMBER,
            secret: &*bytes,
        };
        locked::keep(rng, &*self.records, &self.key, named).await?;
        Ok(drawn)
    }

    /// The key.
    ///
    /// # Errors
    /// [`SessionError::Secret`].
    pub async fn signing_key(&self) -> Result<MemberKey<Bls12381G1>, SessionError> {
        let bytes = locked::find(&*self.records, &self.key, MEMBER).await?;
        MemberKey::from_bytes(&bytes).map_err(|_| SessionError::Secret(SecretError::Key))
    }

    /// Takes part in a session, or goes on where it was left. From then on a share that is handed over, or lent to a repair,
    /// issues nothing ([`Fault::HandOver`](crate::Fault::HandOver)), until the session has a result or is left.
    ///
    /// # Errors
    /// [`SessionError`].
    pub async fn join<P: Stored>(&self, task: Task<P>) -> Result<Session<'_, P>, SessionError> {
        let (records, number) = (&*self.records, &task.number);
        let digest = task.plan.digest();
        let record = enter(records, number, digest).await?;
        let signing = self.signing_key().await?;
        let seed = seed(&mut *self.effects.rng(), records, &self.key, number).await?;
        let held = self.held(&task, |held| {
            Seat::take(&task.plan, &signing, &seed, held).map(|_| ())
        });
        let authority = match held.await {
            Ok(authority) => authority,
            Err(SessionError::Over) => {
                // Killed after the share was sealed.
                if let Some(domain) = &task.domain {
                    hand_over::end(records, domain.id(), number).await?;
                }
                close(records, number, digest, record).await?;
                return Err(SessionError::Over);
            }
            Err(error) => return Err(error),
        };
        if authority.is_some() {
            self.stop_issuing(&task).await?;
        }
        let log = read_log(records, number).await?;
        let board = Board::new(&task.plan);
        let session = Session {
            member: self,
            task,
            signing,
            seed,
            authority,
            log,
            board,
            record,
        };
        session.seat()?;
        Ok(session)
    }

    /// Gives a session up: erases its seed and log, so that nothing can come of it for this member any more. To be done by all
    /// members, after none of them has found a result on any board.
    ///
    /// # Errors
    /// [`SessionError::Over`] if there was a result, or it was left before; [`SessionError`].
    pub async fn leave<P: Stored>(&self, task: &Task<P>) -> Result<(), SessionError> {
        let (records, digest) = (&*self.records, task.plan.digest());
        let record = enter(records, &task.number, digest).await?;
        if let Some(domain) = &task.domain {
            if hand_over::is_done(records, domain.id(), Some(&task.number)).await? {
                // Killed after its share was handed over.
                close(records, &task.number, digest, record).await?;
                return Err(SessionError::Over);
            }
            hand_over::end(records, domain.id(), &task.number).await?;
        }
        close(records, &task.number, digest, record).await
    }

    /// Erases the share of a domain that was handed over to others. Only once these say that they have finished: until then
    /// it may still be needed.
    ///
    /// # Errors
    /// [`SessionError::NotHandedOver`], [`SessionError`].
    pub async fn retire(&self, domain: &TrustDomainId) -> Result<(), SessionError> {
        let records = &*self.records;
        if !hand_over::is_done(records, domain, None).await? {
            return Err(SessionError::NotHandedOver);
        }
        self.safe.erase(records, domain).await?;
        Ok(hand_over::forget(records, domain).await?)
    }

    /// Begins to count a share anew, in the ledger that is there now: that one was put back from a copy, or made anew. `issued`
    /// is the union of this authority's log and of the logs of as many others as the key needs members.
    ///
    /// # Errors
    /// [`SessionError`].
    pub async fn count_anew<P: Stored>(
        &self,
        domain: &TrustDomainId,
        issued: &IssuedSet,
    ) -> Result<Edition, SessionError> {
        let records = &*self.records;
        let (mut authority, signing) = self.safe.open::<P>(records, &self.key, domain).await?;
        issued::note_all(records, issued).await?;
        let now = self.effects.now();
        let counted = authority.count_anew_in(&*self.ledger, issued, now).await;
        counted.map_err(SessionError::Count)?;
        let state = State {
            authority: &authority,
            member: &signing,
        };
        let rng = &mut *self.effects.rng();
        self.safe.store(rng, records, &self.key, &state).await?;
        Ok(*authority.domain().edition())
    }

    /// The share that the task is about. Whoever deals needs it; whoever only receives may have lost it, or have an older one.
    async fn held<P: Stored>(
        &self,
        task: &Task<P>,
        seat: impl Fn(Option<&Authority<P>>) -> Result<(), SeatError>,
    ) -> Result<Option<Authority<P>>, SessionError> {
        let Some(domain) = &task.domain else {
            return Ok(None);
        };
        let opened = self.safe.open::<P>(&*self.records, &self.key, domain.id());
        let error = match opened.await {
            Ok((held, _)) if held.domain().generation() > domain.generation() => {
                return Err(SessionError::Over);
            }
            Ok((held, _)) => match seat(Some(&held)) {
                Ok(()) => return Ok(Some(held)),
                Err(error) => SessionError::Seat(error),
            },
            Err(error @ (SafeError::Unavailable | SafeError::Io(_))) => return Err(error.into()),
            Err(error) => SessionError::Safe(error),
        };
        seat(None).map(|()| None).map_err(|_| error)
    }

    /// Where the plan carries whom keys were issued to, this member's share issues no more; and all that it has issued to are
    /// carried.
    async fn stop_issuing<P: Stored>(&self, task: &Task<P>) -> Result<(), SessionError> {
        let (Some(carried), Some(domain)) = (&task.issued, &task.domain) else {
            return Ok(());
        };
        let records = &*self.records;
        hand_over::begin(records, domain.id(), &task.number).await?;
        if carried.includes(&issued::of(records, domain.id()).await?) {
            return Ok(());
        }
        hand_over::end(records, domain.id(), &task.number).await?;
        Err(SessionError::Issued)
    }
}

impl<P: Stored> Session<'_, P> {
    /// What this member has said so far. After a start it is put up again, since it may not have gone out.
    #[must_use]
    pub fn said(&self) -> &[Vec<u8>] {
        &self.log
    }

    /// Looks at messages of a board, and says what is to be said next. Once nothing is to be said any more and there is a
    /// share, it is sealed, and seed and log are erased: so whoever calls has put up before whatever was to be sent.
    ///
    /// # Errors
    /// [`SessionError`]. Nothing that is not in the log is to be put up.
    pub async fn look(&mut self, messages: &[Vec<u8>]) -> Result<Step, SessionError> {
        for message in messages {
            // What is no message of this plan does not get onto the board.
            let _refused = self.board.add(message);
        }
        let mut send = Vec::new();
        loop {
            let progress = advance(&self.seat()?, &self.log, &self.board)?;
            let words = progress.to_string();
            let Progress {
                send: said,
                result,
                ended,
                ..
            } = progress;
            if let Some(said) = said {
                self.note(&said).await?;
                let _mine = self.board.add(&said);
                send.push(said);
                continue;
            }
            if !send.is_empty() {
                // The others need it even if this process is killed now: the log is there until it has gone out.
                return Ok(Step {
                    send,
                    words,
                    result: None,
                    ended: false,
                });
            }
            let ended = ended.is_some();
            let result = match result {
                Some(outcome) => Some(self.finish(outcome).await?),
                None => None,
            };
            return Ok(Step {
                send,
                words,
                result,
                ended,
            });
        }
    }

    fn seat(&self) -> Result<Seat<'_, P>, SessionError> {
        let held = self.authority.as_ref();
        Seat::take(&self.task.plan, &self.signing, &self.seed, held).map_err(SessionError::Seat)
    }

    /// Writes a message into the log.
    async fn note(&mut self, message: &[u8]) -> Result<(), SessionError> {
        let place = u16::try_from(self.log.len()).unwrap_or(LOG_MAX);
        if place >= LOG_MAX {
            return Err(SessionError::Records);
        }
        let entry = Entry {
            kind: SESSION,
            key: &log_key(&self.task.number, place),
            value: message,
            expected: None,
            until: None,
        };
        match self.member.records.put(entry).await? {
            Put::Stored(_) => self.log.push(message.to_vec()),
            Put::Conflict(_) => return Err(SessionError::Records),
        }
        Ok(())
    }

    /// The end of a session that has a result: for whoever receives a share, and for whoever has lent one or handed it over.
    async fn finish(&self, outcome: Outcome<P>) -> Result<Edition, SessionError> {
        let (records, number) = (&*self.member.records, &self.task.number);
        let edition = *outcome.domain.edition();
        match (outcome.authority, &self.authority) {
            (Some(authority), _) => self.keep(authority).await?,
            // The domain has not changed: a helper goes on with the share that it has lent.
            (None, Some(held)) if *held.domain().edition() == edition => {
                hand_over::end(records, held.domain().id(), number).await?;
            }
            (None, _) if self.seat()?.receives() => return Err(SessionError::NoShare),
            // What was handed over issues nothing any more.
            (None, Some(held)) => hand_over::done(records, held.domain().id(), number).await?,
            (None, None) => {}
        }
        let digest = self.task.plan.digest();
        close(records, number, digest, self.record).await?;
        Ok(edition)
    }

    /// Begins to count, and seals the share.
    async fn keep(&self, mut authority: Authority<P>) -> Result<(), SessionError> {
        let (member, id) = (self.member, *authority.domain().id());
        let (records, now) = (&*member.records, member.effects.now());
        // Nobody has had a share of a new domain. A refreshed one goes on counting where it counted.
        let nobody = self.task.domain.is_none().then(|| IssuedSet::new(id));
        if let Some(issued) = self.task.issued.as_ref().or(nobody.as_ref()) {
            issued::note_all(records, issued).await?;
            let counted = authority.count_in(&*member.ledger, issued, now).await;
            counted.map_err(SessionError::Count)?;
        }
        hand_over::forget(records, &id).await?;
        let state = State {
            authority: &authority,
            member: &self.signing,
        };
        let rng = &mut *member.effects.rng();
        member.safe.store(rng, records, &member.key, &state).await?;
        Ok(())
    }
}

impl fmt::Debug for Member {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Member").finish_non_exhaustive()
    }
}

impl<P: Stored> fmt::Debug for Session<'_, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").finish_non_exhaustive()
    }
}

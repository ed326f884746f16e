//! A member's part of a ceremony (`milagro_dta::ceremony`), kept in records: seed, log, and whether the session is over.
//!
//! What a member says is in the records before it goes out, so it can be killed at any moment and goes on with the same
//! words. A session's number is used once, for one plan.

mod error;
mod kept;

use alloc::sync::Arc;
use core::fmt;

use milagro_dta::ceremony::{Board, Plan, PlanDigest, Progress, Seat, Seed, advance};
use milagro_dta::grants::IssuedSet;
use milagro_dta::sharing::Bls12381G1;
use milagro_dta::{Authority, Edition, MemberKey, TrustDomain};
use milagro_ledger::records::{Entry, Put, Version};
use milagro_ledger::{Ledger, Records};

use crate::ceremony::kept::{
    LOG_MAX, close, erase, log_key, read_log, read_state, seed_name, state,
};
use crate::kinds::SESSION;
use crate::safe::{Safe, State, Stored};
use milagro_wire::server::Effects;
use milagro_wire::server::locked::{self, Named, OperatorKey, SecretError};

pub use crate::ceremony::error::SessionError;

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

/// What a session is about.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_structs, reason = "three things with names")]
pub struct Task<P: Stored> {
    /// The number, which all members have agreed on and never used before.
    pub number: [u8; 32],
    /// The plan.
    pub plan: Plan<P>,
    /// The domain that is refreshed; `None` when one is founded.
    pub domain: Option<TrustDomain<P>>,
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

/// What came of a look at the board.
#[derive(Debug)]
#[non_exhaustive]
pub struct Step {
    /// What to put up before looking again. It is in the log.
    pub send: Vec<Vec<u8>>,
    /// Whom the session waits for, and what differs, in words.
    pub words: String,
    /// What has come out: the share is sealed, and the session is over.
    pub result: Option<Edition>,
    /// Nothing more comes of this session.
    pub ended: bool,
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

    /// Takes part in a session, or goes on where it was left.
    ///
    /// # Errors
    /// [`SessionError`].
    pub async fn join<P: Stored>(&self, task: Task<P>) -> Result<Session<'_, P>, SessionError> {
        let digest = task.plan.digest();
        let record = self.enter(&task.number, digest).await?;
        let signing = self.signing_key().await?;
        let authority = match self.held(&task).await {
            Ok(authority) => authority,
            Err(SessionError::Over) => {
                // Killed after the share was sealed.
                close(&*self.records, &task.number, digest, record).await?;
                return Err(SessionError::Over);
            }
            Err(error) => return Err(error),
        };
        let seed = self.seed(&task.number).await?;
        let log = read_log(&*self.records, &task.number).await?;
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

    /// The record of a session that is not over, which is made if there is none.
    async fn enter(&self, number: &[u8; 32], plan: PlanDigest) -> Result<Version, SessionError> {
        let found = self.records.get(SESSION, &[number]).await?;
        if let Some(record) = found.into_iter().flatten().next() {
            let (digest, over) = read_state(&record.value).ok_or(SessionError::Records)?;
            return match (digest == plan.to_bytes(), over) {
                (false, _) => Err(SessionError::OtherPlan),
                (true, true) => {
                    // Perhaps killed before this was done.
                    erase(&*self.records, number).await?;
                    Err(SessionError::Over)
                }
                (true, false) => Ok(record.version),
            };
        }
        let entry = Entry {
            kind: SESSION,
            key: number,
            value: &state(plan.to_bytes(), false),
            expected: None,
            until: None,
        };
        match self.records.put(entry).await? {
            Put::Stored(version) => Ok(version),
            Put::Conflict(_) => Err(SessionError::Records),
        }
    }

    /// The share that is refreshed.
    async fn held<P: Stored>(&self, task: &Task<P>) -> Result<Option<Authority<P>>, SessionError> {
        let Some(domain) = &task.domain else {
            return Ok(None);
        };
        let opened = self
            .safe
            .open::<P>(&*self.records, &self.key, domain.id())
            .await;
        let (authority, _) = opened?;
        if authority.domain().generation() > domain.generation() {
            return Err(SessionError::Over);
        }
        Ok(Some(authority))
    }

    async fn seed(&self, number: &[u8; 32]) -> Result<Seed, SessionError> {
        let name = seed_name(number);
        match locked::find(&*self.records, &self.key, &name).await {
            Ok(bytes) => return Ok(Seed::from_bytes(&bytes)),
            Err(SecretError::Missing) => {}
            Err(error) => return Err(error.into()),
        }
        let rng = &mut *self.effects.rng();
        let seed = Seed::random(rng);
        let named = Named {
            name: &name,
            secret: seed.as_bytes(),
        };
        locked::keep(rng, &*self.records, &self.key, named).await?;
        Ok(seed)
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
            let authority = result.and_then(|outcome| outcome.authority);
            let result = match authority {
                Some(authority) => Some(self.finish(authority).await?),
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

    /// Begins to count, seals the share, and erases what it was made of.
    async fn finish(&self, mut authority: Authority<P>) -> Result<Edition, SessionError> {
        let member = self.member;
        let edition = *authority.domain().edition();
        if self.task.domain.is_none() {
            // Nobody has had a share of a new domain. A refreshed one goes on counting where it counted.
            let nobody = IssuedSet::new(edition.id);
            let counted = authority
                .count_in(&*member.ledger, &nobody, member.effects.now())
                .await;
            counted.map_err(SessionError::Count)?;
        }
        let state = State {
            authority: &authority,
            member: &self.signing,
        };
        let rng = &mut *member.effects.rng();
        member
            .safe
            .store(rng, &*member.records, &member.key, &state)
            .await?;
        let digest = self.task.plan.digest();
        close(&*member.records, &self.task.number, digest, self.record).await?;
        Ok(edition)
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

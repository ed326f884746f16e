//! Enrolment: by what right, which subject, and the grant.
//!
//! Of what is written, the subject comes first and the grant last; what fails in between is repeated by the device with the
//! same client key, and finds the same subject. Nothing is written before a hook has answered.

use alloc::sync::Arc;
use core::num::NonZeroU32;

use milagro_base::Seconds;
use milagro_dta::grants::{ClientPublicKey, Grant, SignedGrant};
use milagro_dta::issue::ClientSecret;
use milagro_ledger::{Account, Charge, Claim, Kind, Life, Unavailable, Verdict};
use milagro_mpin::Identity;
use milagro_wire::bounded::{Blob, List};
use milagro_wire::forms::registrar::{
    CodeAnswer, EnrolmentAnswer, EnrolmentRequest, Entitlement, HookEntitlement, SharesAnswer,
};
use milagro_wire::forms::{ShareAnswer, ShareRequest};
use milagro_wire::problem::{Problem, ProblemType};
use sha2::{Digest as _, Sha256};

use crate::authorities::ask_all;
use crate::changes::Wish;
use crate::codes::{Code, Kept, Origin, SUBJECTS};
use crate::hooks::{About, HookError};
use crate::kinds::{MAILS, STARTS};
use crate::notes::Decision;
use crate::service::{Service, name};
use crate::subjects::{Pseudonym, State, Subject};

/// How long a grant is good for.
pub(crate) const GRANT: Seconds = Seconds::hours(24);
/// How often a user can be enrolled by hook in an hour.
const STARTS_MOST: u64 = 20;
/// How many mails an address can get in an hour.
const MAILS_MOST: u64 = 3;
/// How often to go on when another process is faster.
const TRIES: usize = 8;

impl Service {
    /// A grant for a device, by whatever right it has.
    pub(crate) async fn enrol(
        &self,
        request: &EnrolmentRequest,
    ) -> Result<EnrolmentAnswer, Problem> {
        self.check_whole().await?;
        let client = request
            .client
            .to_array::<32>()
            .ok_or(ProblemType::Malformed)?;
        let subject = match &request.by {
            Entitlement::Hook(by) => self.by_hook(&client, by).await?,
            Entitlement::Code(code) => {
                let code = Code::from_text(code.as_str()).ok_or(ProblemType::Malformed)?;
                self.by_code(&client, &code).await?
            }
            _ => return Err(ProblemType::Malformed.problem()),
        };
        self.grant(&subject, &client).await
    }

    async fn by_hook(&self, client: &[u8; 32], by: &HookEntitlement) -> Result<Pseudonym, Problem> {
        let hook = self.hooks.may_enrol.as_ref().ok_or(ProblemType::NotFound)?;
        let user = self.spelled(by.user.as_str())?;
        let user = user.as_str();
        let name = self.pseudonym(user, client)?;
        if let Some((subject, _)) = self.subjects().get(&name).await.map_err(unavailable)? {
            return started(&subject, client).map(|()| name);
        }
        self.admit_stranger()?;
        let about = About {
            user,
            subject: None,
            context: Some(by.context.as_str()),
        };
        let answer = hook
            .ask(&self.parts.effects, "enrolment.requested", &about)
            .await;
        let decision = match answer {
            Ok(true) => Decision::new("enrolment by hook", "allowed"),
            Ok(false) => {
                Decision::new("enrolment by hook", "refused").count();
                return Err(ProblemType::Refused.problem());
            }
            Err(error) => {
                Decision::new("enrolment by hook", "unanswered").count();
                return Err(of_hook(error));
            }
        };
        self.charge_hour(STARTS, user, STARTS_MOST).await?;
        decision.of(user).about(&name).record(&self.parts).await?;
        let subject = self.new_subject(user, client, None);
        self.start(&name, subject).await?;
        Ok(name)
    }

    /// Starts the subject of a code. The one that it started before is revoked, unless it has logged in: then the code has
    /// done what it was for.
    async fn by_code(&self, client: &[u8; 32], code: &Code) -> Result<Pseudonym, Problem> {
        let (hash, now) = (code.hash(), self.parts.effects.now());
        let claim = Claim::fresh(&mut *self.parts.effects.rng());
        for _ in 0..TRIES {
            let found = self.codes().get(&hash).await.map_err(unavailable)?;
            let (mut kept, version) = found.ok_or(ProblemType::Refused)?;
            if now >= kept.until() {
                return Err(ProblemType::Refused.problem());
            }
            let name = self.pseudonym(&kept.user, client)?;
            let before = kept.current.replace(name);
            if before == Some(name) {
                let subject = self.subjects().get(&name).await.map_err(unavailable)?;
                let (subject, _) = subject.ok_or(ProblemType::Refused)?;
                return started(&subject, client).map(|()| name);
            }
            let charge = Charge {
                account: kept.account(&hash),
                amount: NonZeroU32::MIN,
                limit: SUBJECTS,
                claim,
            };
            self.charge(&charge).await?;
            // Before the code names another one: a process that dies in between leaves nobody who could log in.
            if let Some(before) = before {
                self.supersede(&before).await?;
            }
            let subject = self.new_subject(&kept.user, client, Some(hash));
            self.start(&name, subject).await?;
            let put = self.codes().put(&hash, &kept, Some(version)).await;
            if put.map_err(unavailable)? {
                let what = match kept.origin {
                    Origin::Admin => "enrolment by code",
                    Origin::Mail => "enrolment by mail",
                    Origin::Device => "enrolment by device",
                };
                let decision = Decision::new(what, "allowed");
                decision
                    .of(&kept.user)
                    .about(&name)
                    .record(&self.parts)
                    .await?;
                return Ok(name);
            }
        }
        // One that was started and is not the code's is nobody: it has no grant, and its login would be refused.
        Err(ProblemType::Unavailable.problem().after(1))
    }

    /// Revokes the subject that a code started before, unless it has logged in.
    async fn supersede(&self, before: &Pseudonym) -> Result<(), Problem> {
        if self.state(before).await? != Some(State::Confirmed) {
            self.note_untold(before).await?;
            let subjects = self.subjects();
            let wished = subjects.wish(before, Wish::RemoveUnconfirmed).await;
            if wished.map_err(unavailable)? != Some(State::Confirmed) {
                return Ok(());
            }
        }
        Err(ProblemType::Refused.problem())
    }

    fn new_subject(&self, user: &str, client: &[u8; 32], code: Option<[u8; 32]>) -> Subject {
        Subject {
            state: State::Started,
            user: user.to_owned(),
            client: *client,
            code,
            since: self.parts.effects.now(),
        }
    }

    /// Writes a new subject down. The same one that is there already stays.
    async fn start(&self, name: &Pseudonym, subject: Subject) -> Result<(), Problem> {
        self.has_room(&subject.user, name).await?;
        if self
            .subjects()
            .put(name, &subject, None)
            .await
            .map_err(unavailable)?
        {
            return Ok(());
        }
        let there = self.subjects().get(name).await.map_err(unavailable)?;
        let (there, _) = there.ok_or(ProblemType::Unavailable)?;
        if there.code == subject.code {
            started(&there, &subject.client)
        } else {
            Err(ProblemType::Refused.into())
        }
    }

    pub(crate) async fn state(&self, name: &Pseudonym) -> Result<Option<State>, Problem> {
        let subject = self.subjects().get(name).await.map_err(unavailable)?;
        Ok(subject.map(|(subject, _)| subject.state))
    }

    /// Signs the grant of a subject.
    async fn grant(&self, name: &Pseudonym, client: &[u8; 32]) -> Result<EnrolmentAnswer, Problem> {
        let (now, subject) = (self.parts.effects.now(), Identity::pseudonym(name));
        let until = now.plus(GRANT);
        let grant = Grant::<ClientSecret> {
            domain: *self.domain.id(),
            subject: subject.clone(),
            client: ClientPublicKey::from_bytes(client),
            from: now,
            until,
        };
        let (keys, effects) = (Arc::clone(&self.keys), self.parts.effects.clone());
        let signed = self
            .parts
            .pool
            .run(move || grant.sign(&mut *effects.rng(), &keys.signs))
            .await?;
        let signed = signed.map_err(|_| ProblemType::Internal)?;
        Ok(EnrolmentAnswer {
            subject: Blob::new(subject.to_bytes()).map_err(|_| ProblemType::Internal)?,
            grant: Blob::new(signed.to_bytes()).map_err(|_| ProblemType::Internal)?,
            until: until.get(),
        })
    }

    /// Presents a grant of this registrar to all authorities. What they answer is sealed to the device.
    pub(crate) async fn forward(&self, request: &ShareRequest) -> Result<SharesAnswer, Problem> {
        let signed = SignedGrant::<ClientSecret>::from_bytes(request.grant.as_bytes());
        let signed = signed.map_err(|_| ProblemType::Malformed)?;
        let grant = signed.grant();
        if grant.domain != *self.domain.id() {
            return Err(ProblemType::NotFound.problem());
        }
        // Whose signature it is, the authorities see; that there is such a subject is seen here, and costs less.
        let subject = self
            .subjects()
            .get(&name(&grant.subject)?)
            .await
            .map_err(unavailable)?;
        let (subject, _) = subject.ok_or(ProblemType::Refused)?;
        started(&subject, grant.client.as_bytes())?;
        self.ask_shares(request).await
    }

    /// What all authorities answer to a grant.
    pub(crate) async fn ask_shares(&self, request: &ShareRequest) -> Result<SharesAnswer, Problem> {
        let said = ask_all(&self.members, |member| {
            let request = request.clone();
            async move { member.share(&request).await }
        });
        let (mut shares, mut missing): (Vec<ShareAnswer>, u16) = (Vec::new(), 0);
        for said in said.await {
            match said.answer {
                // One that speaks in the name of another would have the other blamed.
                Ok(share) if share.authority == said.number.get() => shares.push(share),
                _ => missing = missing.saturating_add(1),
            }
        }
        let shares = List::new(shares).map_err(|_| ProblemType::Internal)?;
        Ok(SharesAnswer { shares, missing })
    }

    /// Sends a code to an address. Whoever asks learns nothing of who has the address.
    pub(crate) async fn mail(&self, address: &str) -> Result<(), Problem> {
        let mailer = self.mailer.as_ref().ok_or(ProblemType::NotFound)?;
        let user = mailer.user(&self.spelled(address)?);
        let user = user.ok_or(ProblemType::Refused)?;
        self.admit_stranger()?;
        // However it is written, it is mostly one letter box.
        self.charge_hour(MAILS, &user.to_lowercase(), MAILS_MOST)
            .await?;
        let code = self.new_code(&user, Origin::Mail).await?;
        let sent = mailer.send(&user, &code.code).await;
        let outcome = if sent.is_ok() { "sent" } else { "unsent" };
        Decision::new("mail", outcome).count();
        sent.map_err(|error| {
            tracing::warn!(%error, "mail");
            ProblemType::Unavailable
                .problem()
                .saying("the mail server does not take the mail")
                .after(5)
        })
    }

    /// Makes a code.
    pub(crate) async fn new_code(&self, user: &str, origin: Origin) -> Result<CodeAnswer, Problem> {
        let user = self.spelled(user)?;
        let (code, issued) = (
            Code::random(&mut *self.parts.effects.rng()),
            self.parts.effects.now(),
        );
        let kept = Kept {
            user,
            origin,
            issued,
            current: None,
        };
        let hash = code.hash();
        // A ledger that is younger than the code would never count for it: nothing is charged up to 0, and it says why.
        let claim = Claim::fresh(&mut *self.parts.effects.rng());
        let probe = Charge {
            account: kept.account(&hash),
            amount: NonZeroU32::MIN,
            limit: 0,
            claim,
        };
        let verdicts = self.parts.ledger.charge(issued, &[probe]).await;
        if !matches!(verdicts.as_slice(), [Verdict::Exhausted { .. }]) {
            return Err(ProblemType::Unavailable
                .problem()
                .saying("the ledger is younger than two minutes")
                .after(60));
        }
        if !self
            .codes()
            .put(&hash, &kept, None)
            .await
            .map_err(unavailable)?
        {
            return Err(ProblemType::Internal.problem());
        }
        Ok(CodeAnswer {
            code: code.to_text(),
            until: kept.until().get(),
        })
    }

    pub(crate) async fn charge_hour(
        &self,
        kind: Kind,
        what: &str,
        limit: u64,
    ) -> Result<(), Problem> {
        let hour = Seconds::hours(1).get();
        let now = self.parts.effects.now();
        let begun = now.get() / hour;
        let until = Seconds::new(begun.saturating_add(1).saturating_mul(hour));
        let digest = Sha256::new()
            .chain_update(self.domain.id().to_bytes())
            .chain_update(what);
        let account = Account::new(
            kind,
            &digest.finalize().into(),
            Life::Span { from: None, until },
        );
        let claim = Claim::fresh(&mut *self.parts.effects.rng());
        match self
            .charge(&Charge {
                account,
                amount: NonZeroU32::MIN,
                limit,
                claim,
            })
            .await
        {
            Err(problem) if problem.known() == Some(ProblemType::Refused) => {
                Err(ProblemType::Rate.problem().after(until.minus(now).get()))
            }
            other => other,
        }
    }

    async fn charge(&self, charge: &Charge) -> Result<(), Problem> {
        let now = self.parts.effects.now();
        let verdicts = self
            .parts
            .ledger
            .charge(now, core::slice::from_ref(charge))
            .await;
        match verdicts.first() {
            Some(Verdict::Granted(_)) => Ok(()),
            Some(Verdict::Exhausted { .. } | Verdict::Over) => Err(ProblemType::Refused.problem()),
            _ => Err(ProblemType::Unavailable.problem().after(1)),
        }
    }
}

/// Whether a subject can have its grant (again): before its first login, and for its own key.
fn started(subject: &Subject, client: &[u8; 32]) -> Result<(), Problem> {
    let same = subject.client == *client && subject.state == State::Started;
    same.then_some(())
        .ok_or_else(|| ProblemType::Refused.problem())
}

pub(crate) fn unavailable(_: Unavailable) -> Problem {
    ProblemType::Unavailable.problem().after(1)
}

pub(crate) fn of_hook(error: HookError) -> Problem {
    tracing::warn!(%error, "hook");
    ProblemType::Unavailable.problem().saying(error).after(1)
}

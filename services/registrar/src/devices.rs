//! What the login service hears of devices: that they are enrolled, removed, and back.
//!
//! A removal that the login service has to hear of is noted before anything else of it is written, and the note is erased when
//! the login service has heard what is true then. So a process that is killed in between, or a login service that is away, makes
//! it late and no more; and until then the login service is told no when it asks whether the device may log in.

use alloc::sync::Arc;

use milagro_base::Writer;
use milagro_dta::grants::SignedGrant;
use milagro_dta::issue::ClientSecret;
use milagro_ledger::Unavailable;
use milagro_ledger::records::{Entry, Put, Version};
use milagro_mpin::Identity;
use milagro_wire::bounded::Blob;
use milagro_wire::forms::registrar::{DeviceAnswer, DeviceRequest, FirstCookie};
use milagro_wire::login::names::{UserName, spelled};
use milagro_wire::problem::{Problem, ProblemType};
use zeroize::Zeroizing;

use crate::enrol::unavailable;
use crate::kinds::{COOKIES, UNTOLD};
use crate::logins::Logins;
use crate::notes::Decision;
use crate::service::{Service, name};
use crate::subjects::{Pseudonym, State, Subjects};

/// How often a device can ask for its first cookie in an hour.
const COOKIES_MOST: u64 = 30;
/// Notes that are read at a time.
const PAGE: u16 = 256;
/// How often to look whether what was told is still true.
const TRIES: usize = 8;
const VERSION: u8 = 1;

impl Service {
    /// The first cookie of a device, sealed to its client's key.
    ///
    /// The grant's signature is not looked at: it has to name a subject that was started, with the key that it was started for,
    /// and nobody else can read the answer. Whether the authorities have booked the subject is not known here, and matters to
    /// nobody: a cookie without a secret opens nothing.
    pub(crate) async fn first_cookie(
        &self,
        request: &DeviceRequest,
    ) -> Result<DeviceAnswer, Problem> {
        let logins = self.logins.as_ref().ok_or(ProblemType::NotFound)?;
        let refused = || ProblemType::Refused.problem();
        let signed = SignedGrant::<ClientSecret>::from_bytes(request.grant.as_bytes());
        let signed = signed.map_err(|_| ProblemType::Malformed)?;
        let grant = signed.grant();
        if grant.domain != *self.domain.id() {
            return Err(refused());
        }
        let name = name(&grant.subject).map_err(|_| refused())?;
        let found = self.subjects().get(&name).await.map_err(unavailable)?;
        let (subject, _) = found.ok_or_else(refused)?;
        if subject.client != *grant.client.as_bytes() {
            return Err(refused());
        }
        match subject.state {
            State::Started => {}
            State::Confirmed => return Err(ProblemType::Conflict.problem()),
            State::Removed { .. } => return Err(refused()),
        }
        let rate = Blob::<32>::new(name).map_err(|_| ProblemType::Internal)?;
        self.charge_hour(COOKIES, &rate.to_text(), COOKIES_MOST)
            .await?;
        let user = UserName::new(&subject.user).map_err(|_| ProblemType::Conflict)?;
        let first = logins.enrol(&user, &grant.subject).await?;
        // Whoever was removed meanwhile was told before there was a device to close.
        if matches!(self.state(&name).await?, None | Some(State::Removed { .. })) {
            logins.set_away(&user, &grant.subject, true).await?;
            return Err(refused());
        }
        let sealed = self.letter(signed, &first).await?;
        let decision = Decision::new("first cookie", "given");
        decision
            .of(&subject.user)
            .about(&name)
            .record(&self.parts)
            .await?;
        Ok(DeviceAnswer { sealed })
    }

    async fn letter<const MOST: usize>(
        &self,
        signed: SignedGrant<ClientSecret>,
        first: &FirstCookie,
    ) -> Result<Blob<MOST>, Problem> {
        let letter = Zeroizing::new(serde_json::to_vec(first).map_err(|_| ProblemType::Internal)?);
        let effects = self.parts.effects.clone();
        let sealed = self
            .parts
            .pool
            .run(move || signed.seal_letter(&mut *effects.rng(), &letter))
            .await?;
        // A key of small order: nobody has it.
        let sealed = sealed.map_err(|_| ProblemType::Refused)?;
        Ok(Blob::new(sealed).map_err(|_| ProblemType::Internal)?)
    }

    /// A user's name in its one spelling, if the login service takes it, too.
    pub(crate) fn spelled(&self, user: &str) -> Result<String, Problem> {
        let wrong = |words| ProblemType::Malformed.problem().saying(words);
        let name = spelled(user);
        let name = name.map_err(|_| wrong("no user's name: RFC 8265, UsernameCasePreserved"))?;
        if self.logins.is_some() && UserName::new(&name).is_err() {
            return Err(wrong("a user's name has at most 128 bytes"));
        }
        Ok(name.into_owned())
    }

    /// Notes that the login service has to hear of a subject. Before anything of the subject is changed.
    pub(crate) async fn note_untold(&self, name: &Pseudonym) -> Result<(), Problem> {
        if self.logins.is_none() {
            return Ok(());
        }
        self.subjects().note_untold(name).await.map_err(unavailable)
    }

    /// Tells the login service of all subjects that it has not heard of yet.
    ///
    /// # Errors
    /// [`Problem`] of the first that it does not hear of.
    pub async fn tell_logins(&self) -> Result<(), Problem> {
        let Some(logins) = &self.logins else {
            return Ok(());
        };
        let names = self.subjects().untold().await.map_err(unavailable)?;
        for name in names {
            self.tell_of(logins, &name).await?;
        }
        Ok(())
    }

    /// Tells the login service of one subject now, if it listens; a later round does where it does not.
    pub(crate) async fn tell_soon(&self, name: &Pseudonym) {
        if let Some(logins) = &self.logins
            && let Err(problem) = self.tell_of(logins, name).await
        {
            tracing::warn!(%problem, "the login service was not told of a removal yet");
        }
    }

    /// Says what is true of a subject, until it still is afterwards.
    async fn tell_of(&self, logins: &Arc<dyn Logins>, name: &Pseudonym) -> Result<(), Problem> {
        for _ in 0..TRIES {
            let note = self.subjects().untold_note(name).await;
            let Some(note) = note.map_err(unavailable)? else {
                return Ok(());
            };
            let found = self.subjects().get(name).await.map_err(unavailable)?;
            if let Some((subject, version)) = found
                && let Ok(user) = UserName::new(&subject.user)
            {
                let away = matches!(subject.state, State::Removed { .. });
                let device = Identity::pseudonym(name);
                let told = logins.set_away(&user, &device, away);
                match told.await {
                    // It never got its cookie.
                    Err(problem) if problem.known() == Some(ProblemType::NotFound) => {}
                    told => told?,
                }
                let after = self.subjects().get(name).await.map_err(unavailable)?;
                if after.is_some_and(|(_, after)| after != version) {
                    continue;
                }
            }
            let erased = self.subjects().erase_untold(name, note).await;
            if erased.map_err(unavailable)? {
                return Ok(());
            }
        }
        Err(ProblemType::Unavailable.problem().after(1))
    }
}

impl Subjects<'_> {
    async fn note_untold(&self, name: &Pseudonym) -> Result<(), Unavailable> {
        loop {
            let entry = Entry {
                kind: UNTOLD,
                key: &self.untold_key(name),
                value: &[VERSION],
                expected: self.untold_note(name).await?,
                until: None,
            };
            if matches!(self.records.put(entry).await?, Put::Stored(_)) {
                return Ok(());
            }
        }
    }

    async fn untold_note(&self, name: &Pseudonym) -> Result<Option<Version>, Unavailable> {
        let found = self.records.get(UNTOLD, &[&self.untold_key(name)]).await?;
        let note = found.into_iter().flatten().next();
        Ok(note.map(|record| record.version))
    }

    async fn untold(&self) -> Result<Vec<Pseudonym>, Unavailable> {
        let prefix = self.domain.to_bytes();
        let (mut names, mut after) = (Vec::new(), Vec::new());
        loop {
            let page = self.records.list(UNTOLD, &prefix, &after, PAGE).await?;
            let found = page.keys.iter();
            names.extend(found.filter_map(|key| key.last_chunk::<32>().copied()));
            match page.keys.last() {
                Some(last) if page.more => after.clone_from(last),
                _ => return Ok(names),
            }
        }
    }

    async fn erase_untold(&self, name: &Pseudonym, note: Version) -> Result<bool, Unavailable> {
        let key = self.untold_key(name);
        let gone = self.records.delete(UNTOLD, &key, note).await?;
        Ok(matches!(gone, Put::Stored(_)))
    }

    fn untold_key(&self, name: &Pseudonym) -> Vec<u8> {
        Writer::new()
            .bytes(&self.domain.to_bytes())
            .bytes(name)
            .finish()
    }
}

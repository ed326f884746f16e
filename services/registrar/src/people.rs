//! What other services and administrators have done: codes, the first login, who may log in, who is removed.

use milagro_mpin::Identity;
use milagro_wire::bounded::{Blob, List};
use milagro_wire::forms::registrar::{
    CodeAnswer, PermitUserAnswer, SUBJECTS_MAX, SubjectForm, SubjectsAnswer,
};
use milagro_wire::problem::{Problem, ProblemType};

use crate::changes::Wish;
use crate::codes::Origin;
use crate::enrol::{of_hook, unavailable};
use crate::hooks::About;
use crate::notes::Decision;
use crate::service::{Service, name};
use crate::subjects::{Pseudonym, State, Subject};

impl Service {
    /// An activation code for a user, from an administrator.
    ///
    /// # Errors
    /// [`Problem`]; so for all methods below. [`ProblemType::Malformed`] for what is no user's name.
    pub async fn code(&self, user: &str) -> Result<CodeAnswer, Problem> {
        let user = self.spelled(user)?;
        let code = self.new_code(&user, Origin::Admin).await?;
        Decision::new("code", "made")
            .of(&user)
            .record(&self.parts)
            .await?;
        Ok(code)
    }

    /// An activation code for another device of the same user. The caller has authenticated the subject.
    ///
    /// # Errors
    /// [`Problem`]: [`ProblemType::Refused`] for a subject that has not been confirmed, or was removed.
    pub async fn code_for_device(&self, subject: &Identity) -> Result<CodeAnswer, Problem> {
        self.check_whole().await?;
        let found = self.found(&name(subject)?).await?;
        if found.state != State::Confirmed {
            return Err(ProblemType::Refused.problem());
        }
        let code = self.new_code(&found.user, Origin::Device).await?;
        Decision::new("code for a device", "made")
            .of(&found.user)
            .record(&self.parts)
            .await?;
        Ok(code)
    }

    /// Notes the first login of a subject, which ends what its code can do, and tells the application of this and every other
    /// login. The caller has authenticated the subject.
    ///
    /// # Errors
    /// [`Problem`]: [`ProblemType::Refused`] for a subject that was removed, or whose code has started another one since. That the
    /// application was not reached is no error: it is counted, and logged.
    pub async fn logged_in(&self, subject: &Identity) -> Result<(), Problem> {
        self.check_whole().await?;
        let name = name(subject)?;
        let user = self.confirm(&name).await?;
        if let Some(hook) = &self.hooks.has_logged_in {
            let text = text(subject)?.to_text();
            let about = About {
                user: &user,
                subject: Some(&text),
                context: None,
            };
            let told = hook
                .tell(&self.parts.effects, "login.succeeded", &about)
                .await;
            Decision::new(
                "notice of a login",
                if told.is_ok() { "heard" } else { "unheard" },
            )
            .count();
            if let Err(error) = told {
                tracing::warn!(%error, "hook");
            }
        }
        Ok(())
    }

    async fn confirm(&self, name: &Pseudonym) -> Result<String, Problem> {
        loop {
            let found = self.subjects().get(name).await.map_err(unavailable)?;
            let (mut subject, version) = found.ok_or(ProblemType::NotFound)?;
            match subject.state {
                State::Confirmed => return Ok(subject.user),
                State::Removed { .. } => return Err(ProblemType::Refused.problem()),
                State::Started => {}
            }
            if let Some(code) = subject.code
                && let Some((kept, _)) = self.codes().get(&code).await.map_err(unavailable)?
                && kept.current != Some(*name)
            {
                return Err(ProblemType::Refused.problem());
            }
            subject.state = State::Confirmed;
            if self
                .subjects()
                .put(name, &subject, Some(version))
                .await
                .map_err(unavailable)?
            {
                Decision::new("subject", "confirmed")
                    .of(&subject.user)
                    .about(name)
                    .record(&self.parts)
                    .await?;
                return Ok(subject.user);
            }
        }
    }

    /// Whether a subject may log in now: it was not removed, whatever permits it has, and its application agrees. The permit-user
    /// hook of the login service.
    ///
    /// # Errors
    /// [`Problem`]: [`ProblemType::Unavailable`] if the application does not answer.
    pub async fn may_log_in(&self, subject: &Identity) -> Result<PermitUserAnswer, Problem> {
        self.check_whole().await?;
        let found = self
            .subjects()
            .get(&name(subject)?)
            .await
            .map_err(unavailable)?;
        let live = found.map(|(found, _)| found);
        let Some(live) = live.filter(|found| !matches!(found.state, State::Removed { .. })) else {
            return Ok(PermitUserAnswer { allowed: false });
        };
        let Some(hook) = &self.hooks.may_log_in else {
            return Ok(PermitUserAnswer { allowed: true });
        };
        let text = text(subject)?.to_text();
        let about = About {
            user: &live.user,
            subject: Some(&text),
            context: None,
        };
        let allowed = hook
            .ask(&self.parts.effects, "login.requested", &about)
            .await
            .map_err(of_hook)?;
        Ok(PermitUserAnswer { allowed })
    }

    /// The live devices of a user.
    ///
    /// # Errors
    /// [`Problem`].
    pub async fn devices(&self, user: &str) -> Result<SubjectsAnswer, Problem> {
        let user = self.spelled(user)?;
        let names = self.subjects().of_user(&user).await;
        let names = names.map_err(unavailable)?;
        let subjects = self.subjects().get_all(&names).await.map_err(unavailable)?;
        let mut forms = Vec::new();
        for (name, subject) in names.iter().zip(subjects) {
            // What a process that was killed has left in the index is no device.
            let live = subject.filter(|subject| !matches!(subject.state, State::Removed { .. }));
            // Two replicas that enrol at once can go beyond the limit; a form does not.
            if let Some(subject) = live.filter(|_| forms.len() < SUBJECTS_MAX) {
                forms.push(form(name, subject)?);
            }
        }
        Ok(SubjectsAnswer {
            subjects: List::new(forms).map_err(|_| ProblemType::Internal)?,
        })
    }

    /// Removes a subject: at once for whoever asks [`Self::may_log_in`], and from the next list on for its permits. A list is
    /// made by [`Self::push`].
    ///
    /// # Errors
    /// [`Problem`]: [`ProblemType::NotFound`].
    pub async fn remove(&self, subject: &Identity) -> Result<SubjectForm, Problem> {
        self.change(subject, Wish::Remove, "removed").await
    }

    /// Takes a removal back.
    ///
    /// # Errors
    /// [`Problem`]: [`ProblemType::NotFound`], [`ProblemType::Conflict`] if the user has as many devices as there may be.
    pub async fn restore(&self, subject: &Identity) -> Result<SubjectForm, Problem> {
        let name = name(subject)?;
        let user = self.found(&name).await?.user;
        self.has_room(&user, &name).await?;
        self.change(subject, Wish::Restore, "restored").await
    }

    /// Whether a user can have this device, too.
    pub(crate) async fn has_room(&self, user: &str, name: &Pseudonym) -> Result<(), Problem> {
        let devices = self.subjects().of_user(user).await.map_err(unavailable)?;
        if devices.len() >= SUBJECTS_MAX && !devices.contains(name) {
            return Err(ProblemType::Conflict
                .problem()
                .saying("the user has too many devices"));
        }
        Ok(())
    }

    async fn change(
        &self,
        subject: &Identity,
        wish: Wish,
        outcome: &'static str,
    ) -> Result<SubjectForm, Problem> {
        let name = name(subject)?;
        let found = self.found(&name).await?;
        Decision::new("subject", outcome)
            .of(&found.user)
            .about(&name)
            .record(&self.parts)
            .await?;
        self.note_untold(&name).await?;
        self.subjects()
            .wish(&name, wish)
            .await
            .map_err(unavailable)?;
        self.tell_soon(&name).await;
        form(&name, self.found(&name).await?)
    }

    async fn found(&self, name: &Pseudonym) -> Result<Subject, Problem> {
        let found = self.subjects().get(name).await.map_err(unavailable)?;
        Ok(found.ok_or(ProblemType::NotFound)?.0)
    }
}

fn text(subject: &Identity) -> Result<Blob<2048>, Problem> {
    Ok(Blob::new(subject.to_bytes()).map_err(|_| ProblemType::Internal)?)
}

fn form(name: &Pseudonym, subject: Subject) -> Result<SubjectForm, Problem> {
    Ok(SubjectForm {
        subject: text(&Identity::pseudonym(name))?,
        user: subject.user,
        state: subject.state.into(),
        since: subject.since.get(),
    })
}

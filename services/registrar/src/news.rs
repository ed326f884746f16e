//! News for users of their devices, which do not pass through the device in question: to the application's hook, and by mail.

use milagro_wire::forms::registrar::NewsForm;
use milagro_wire::problem::{Problem, ProblemType};

use crate::hooks::About;
use crate::notes::Decision;
use crate::service::Service;

/// What a mail says.
struct Words {
    subject: &'static str,
    text: &'static str,
}

const COPY_FOUND: Words = Words {
    subject: "One of your devices was closed",
    text: "Somebody has a copy of one of your devices: the device, or what it keeps, was copied, and both were used.\n\nThe device \
           was closed, and so were its sessions. Nobody logs in with it any more. Enrol your device anew, with another PIN, and \
           tell us if you do not know how this can have happened.\n",
};
const COPY_SUSPECTED: Words = Words {
    subject: "Somebody tries PINs of one of your devices",
    text: "Somebody has tried wrong PINs with an old copy of what one of your devices keeps, until no try was left. Nobody has \
           logged in by that.\n\nIf you have not put a backup of the device back yourself, remove the device, and enrol it anew \
           with another PIN.\n",
};

impl Service {
    /// Tells a user something of a device: by the application's hook that hears of logins, and by mail where the user's name is
    /// an address that mails go to.
    ///
    /// # Errors
    /// [`ProblemType::NotFound`] if there is no way to the user; [`ProblemType::Unavailable`] if no way was open.
    pub async fn tell(&self, user: &str, news: NewsForm) -> Result<(), Problem> {
        let (event, words) = match news {
            NewsForm::CopyFound => ("device.copied", COPY_FOUND),
            NewsForm::CopySuspected => ("device.guessed", COPY_SUSPECTED),
            _ => return Err(ProblemType::Malformed.problem()),
        };
        let user = self.spelled(user)?;
        let user = user.as_str();
        let (mut ways, mut told) = (0, 0);
        if let Some(hook) = &self.hooks.has_logged_in {
            let about = About {
                user,
                subject: None,
                context: None,
            };
            ways += 1;
            match hook.tell(&self.parts.effects, event, &about).await {
                Ok(()) => told += 1,
                Err(error) => tracing::warn!(%error, "hook"),
            }
        }
        if let Some(mailer) = &self.mailer
            && let Some(address) = mailer.user(user)
        {
            ways += 1;
            match mailer.say(&address, words.subject, words.text).await {
                Ok(()) => told += 1,
                Err(error) => tracing::warn!(%error, "mail"),
            }
        }
        let outcome = if told > 0 { "told" } else { "untold" };
        Decision::new(event, outcome)
            .of(user)
            .record(&self.parts)
            .await?;
        match (told, ways) {
            (0, 0) => Err(ProblemType::NotFound.problem()),
            (0, _) => Err(ProblemType::Unavailable.problem().after(5)),
            _ => Ok(()),
        }
    }
}

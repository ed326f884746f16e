//! News for users of their devices, which do not pass through the device in question: to the application's hook, and by mail.

use milagro_wire::forms::registrar::NewsForm;
use milagro_wire::problem::{Problem, ProblemType};

use crate::hooks::About;
use crate::notes::Decision;
use crate::service::Service;

impl Service {
    /// Tells a user something of a device: by the application's hook that hears of logins, and by mail where the user's name is
    /// an address that mails go to.
    ///
    /// # Errors
    /// [`ProblemType::NotFound`] if there is no way to the user; [`ProblemType::Unavailable`] if no way was open.
    pub async fn tell(&self, user: &str, news: NewsForm) -> Result<(), Problem> {
        let event = match news {
            NewsForm::CopyFound => "device.copied",
            NewsForm::CopySuspected => "device.guessed",
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
            match mailer.tell(&address, news).await {
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

//! The login service's way to the registrar: the routes for administrators.

use std::sync::Arc;

use milagro_ledger::Answer;
use milagro_login::registrar::Registrar;
use milagro_login::tell::{News, Tell};
use milagro_mpin::Identity;
use milagro_wire::bounded::Text;
use milagro_wire::client::RegistrarAdmin;
use milagro_wire::forms::registrar::{CodeAnswer, NewsForm, NewsRequest};
use milagro_wire::login::names::UserName;
use milagro_wire::problem::Problem;

use crate::directory::key;
use crate::exit::{Failure, Outcome};
use crate::links::{Other, endpoint, problem};
use crate::tls;

/// A registrar that listens for administrators somewhere.
#[derive(Clone, Debug)]
pub(crate) struct RegistrarService(Arc<RegistrarAdmin>);

impl RegistrarService {
    /// As the settings have it, if they do.
    pub(crate) fn of(other: &Other<'_>) -> Outcome<Option<Self>> {
        let Some((address, file)) = other.given()? else {
            return Ok(None);
        };
        let builder = RegistrarAdmin::with_key(tls::client(other.roots)?, &*key(file)?);
        let endpoint = endpoint(other, address, builder.map_err(Failure::other)?)?;
        Ok(Some(Self(Arc::new(RegistrarAdmin::new(endpoint)))))
    }

    /// The registrar itself.
    pub(crate) fn admin(&self) -> &RegistrarAdmin {
        &self.0
    }
}

impl Registrar for RegistrarService {
    fn may_log_in<'a>(&'a self, device: &'a Identity) -> Answer<'a, Result<bool, Problem>> {
        Box::pin(async move {
            let answer = self.0.may_log_in(device).await;
            answer.map(|answer| answer.allowed).map_err(problem)
        })
    }

    fn logged_in<'a>(&'a self, device: &'a Identity) -> Answer<'a, Result<(), Problem>> {
        Box::pin(async move { self.0.logged_in(device).await.map_err(problem) })
    }

    fn code_for_device<'a>(
        &'a self,
        device: &'a Identity,
    ) -> Answer<'a, Result<CodeAnswer, Problem>> {
        Box::pin(async move { self.0.code_for_device(device).await.map_err(problem) })
    }

    fn remove<'a>(&'a self, device: &'a Identity) -> Answer<'a, Result<(), Problem>> {
        Box::pin(async move { self.0.remove(device).await.map(|_| ()).map_err(problem) })
    }
}

impl Tell for RegistrarService {
    /// In a task of its own: nobody waits for a mail server.
    fn tell<'a>(&'a self, user: &'a UserName, news: News) -> Answer<'a, ()> {
        let (registrar, user) = (Arc::clone(&self.0), user.as_str().to_owned());
        Box::pin(async move {
            tokio::spawn(async move {
                let told = match (Text::new(user), form(news)) {
                    (Ok(user), Some(news)) => registrar.tell(&NewsRequest { user, news }).await,
                    _ => return,
                };
                if let Err(error) = told {
                    tracing::error!(%error, "a user was not told that a device may have been copied");
                }
            });
        })
    }
}

fn form(news: News) -> Option<NewsForm> {
    match news {
        News::CopyFound => Some(NewsForm::CopyFound),
        News::CopySuspected => Some(NewsForm::CopySuspected),
        _ => None,
    }
}

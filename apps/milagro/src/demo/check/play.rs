//! Who plays, and what is expected.

use milagro_wire::login::{LoginAnswer, SessionAnswer};
use milagro_wire::problem::{Problem, ProblemType};

use crate::demo::browser::Browser;
use crate::demo::people::{Attempt, Person, RIGHT};
use crate::demo::site::{Site, network};
use crate::exit::{Failure, Outcome};

/// The name of the first user.
pub(crate) const ALICE: &str = "alice";

/// Alice, her device and her browser.
pub(crate) struct Play {
    pub(crate) site: Site,
    pub(crate) alice: Person,
    pub(crate) browser: Browser,
}

impl Play {
    /// Alice enrols.
    pub(crate) async fn begin(site: &Site) -> Outcome<Self> {
        site.registry()?.publish().await.map_err(network)?;
        Ok(Self {
            site: site.clone(),
            alice: Person::enrol(site, ALICE).await?,
            browser: Browser::new()?,
        })
    }

    pub(crate) async fn attempt(
        &mut self,
        attempt: Attempt,
    ) -> Outcome<Result<LoginAnswer, Problem>> {
        let (site, browser) = (&self.site, &mut self.browser);
        self.alice.log_in(site, browser, attempt).await
    }

    /// Alice logs in, with the right PIN.
    pub(crate) async fn log_in(&mut self) -> Outcome<()> {
        let answer = self.attempt(Attempt::with(RIGHT)).await?.map_err(network)?;
        unless(answer.user.as_str() == ALICE, "somebody else is logged in")
    }

    /// She tries, with the right PIN, and is refused.
    pub(crate) async fn is_refused(&mut self) -> Outcome<()> {
        match self.attempt(Attempt::with(RIGHT)).await? {
            Err(problem) if problem.known() == Some(ProblemType::Refused) => Ok(()),
            Err(problem) => Err(network(problem)),
            Ok(_) => Err(network("she is let in")),
        }
    }

    /// Whether her browser has a session with the login service.
    pub(crate) async fn has_session(&mut self) -> Outcome<bool> {
        let address = format!("{}/v1/session", self.site.login);
        let came = self.browser.get(&address).await?;
        if came.status != 200 {
            return Ok(false);
        }
        Ok(came.form::<SessionAnswer>()?.user.as_str() == ALICE)
    }

    /// Her browser goes to an address; where it is sent to the login page, she logs in.
    pub(crate) async fn visit(&mut self, address: &str) -> Outcome<String> {
        let mut came = self.browser.go(address).await?;
        if came.address.path() == "/login" {
            let back = came.address.query_pairs();
            let back = back.into_owned().find(|(name, _)| name == "return");
            let (_, back) = back.ok_or_else(|| network("the login page leads nowhere"))?;
            let back = came.address.join(&back).map_err(network)?;
            self.log_in().await?;
            came = self.browser.go(back.as_str()).await?;
        }
        unless(came.status == 200, "the page is not there")?;
        Ok(came.text())
    }
}

/// What is to hold.
pub(crate) fn unless(holds: bool, words: &str) -> Outcome<()> {
    if holds {
        Ok(())
    } else {
        Err(Failure::other(words))
    }
}

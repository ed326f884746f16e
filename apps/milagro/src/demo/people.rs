//! A person with a device: what the pad does, without a screen.

use milagro_dta::TrustDomain;
use milagro_dta::grants::ClientKey;
use milagro_dta::permits::Period;
use milagro_dta::rand_core::UnwrapErr;
use milagro_mpin::client::PinLength;
use milagro_mpin::names::EpochLength;
use milagro_mpin::{
    Challenge, ChannelBinding, Factors, Identity, Permit, Pin, ServerId, Target, Token,
};
use milagro_wire::bounded::{Blob, Text};
use milagro_wire::client::{EnrolError, Wanted};
use milagro_wire::forms::registrar::Entitlement;
use milagro_wire::login::names::Number;
use milagro_wire::login::{
    ChallengeAnswer, LoginAnswer, LoginRequest, LookAnswer, LookRequest, Purpose,
};
use milagro_wire::problem::Problem;

use crate::demo::browser::Browser;
use crate::demo::site::{Site, network};
use crate::directory::now;
use crate::exit::{Failure, Outcome};

pub(crate) const RIGHT: &str = "2580";
pub(crate) const WRONG: &str = "2581";

/// Somebody, and what the device of theirs holds.
pub(crate) struct Person {
    pub(crate) subject: Identity,
    domain: TrustDomain<milagro_dta::Mpin>,
    token: Token,
    cookie: Blob<64>,
    permit: Option<Permit>,
}

/// A login that is tried.
pub(crate) struct Attempt {
    pub(crate) pin: &'static str,
    pub(crate) purpose: Purpose,
}

impl Attempt {
    /// For a session of the browser.
    pub(crate) const fn with(pin: &'static str) -> Self {
        Self {
            pin,
            purpose: Purpose::Session {},
        }
    }
}

fn factors(pin: &str) -> Outcome<Factors> {
    let pin = Pin::new(pin, PinLength::FOUR).map_err(Failure::other)?;
    Ok(Factors::pin(pin))
}

impl Person {
    /// Enrols with an activation code that an administrator has made.
    pub(crate) async fn enrol(site: &Site, name: &str) -> Outcome<Self> {
        let code = site.code(name).await?;
        let registrar = site.registrar()?;
        let domain = registrar.domain(&site.domain).await.map_err(network)?;
        let key = ClientKey::random(&mut UnwrapErr(getrandom::SysRng));
        let by = Entitlement::Code(Text::new(code).map_err(Failure::other)?);
        let enrolled = registrar.enrol(&domain, &key, by).await.map_err(network)?;
        let first = enrolled.first;
        let first = first.ok_or_else(|| network("the registrar knows no login service"))?;
        let token = Token::new(site.domain, enrolled.secret.key, &factors(RIGHT)?);
        let mut person = Self {
            subject: enrolled.subject,
            domain,
            token: token.map_err(Failure::other)?,
            cookie: first.cookie,
            permit: None,
        };
        person.fetch_permit(site).await?.map_err(network)?;
        Ok(person)
    }

    /// Takes the permit of the day out of the bulletin. Whoever is revoked finds none.
    pub(crate) async fn fetch_permit(&mut self, site: &Site) -> Outcome<Result<(), EnrolError>> {
        let period = Period::at(now(), EpochLength::DAY);
        let named = site.registrar()?.bulletin(period.epoch.0).await;
        let wanted = Wanted {
            domain: &self.domain,
            period,
            identity: &self.subject,
        };
        let named = named.map_err(network)?;
        // The whole bulletin, whose proof stands for two authorities.
        let found = site.bulletins()?.checked(&wanted, &named).await;
        Ok(found.map(|(permit, _)| self.permit = Some(permit)))
    }

    async fn request(
        &self,
        site: &Site,
        browser: &mut Browser,
        attempt: Attempt,
    ) -> Outcome<LoginRequest> {
        let answer = browser.get(&format!("{}/v1/challenge", site.login)).await?;
        let answer: ChallengeAnswer = answer.form()?;
        let challenge = Challenge::from_bytes(answer.challenge.as_bytes()).map_err(network)?;
        let target = Target {
            domain: site.domain,
            server: ServerId::new(answer.server.as_bytes()).map_err(network)?,
            binding: ChannelBinding::None,
        };
        let secret = self.token.unlock(&factors(attempt.pin)?);
        let secret = secret.map_err(Failure::other)?;
        let mut login = secret.login(&target);
        if let Some(permit) = &self.permit {
            login = login.permit(permit);
        }
        let proof = login.answer(&mut UnwrapErr(getrandom::SysRng), challenge);
        let proof = proof.map_err(Failure::other)?.to_bytes();
        Ok(LoginRequest {
            proof: Blob::new(proof).map_err(Failure::other)?,
            cookie: self.cookie.clone(),
            purpose: attempt.purpose,
        })
    }

    /// Logs in: the answer, or the service's no.
    pub(crate) async fn log_in(
        &mut self,
        site: &Site,
        browser: &mut Browser,
        attempt: Attempt,
    ) -> Outcome<Result<LoginAnswer, Problem>> {
        let request = self.request(site, browser, attempt).await?;
        let address = format!("{}/v1/login", site.login);
        let came = browser.post(&address, &request).await?;
        if came.status != 200 {
            let problem = serde_json::from_slice::<Problem>(&came.body);
            return Ok(Err(problem.map_err(network)?));
        }
        let answer: LoginAnswer = came.form()?;
        self.cookie = answer.cookie.clone();
        Ok(Ok(answer))
    }

    /// What a number on another screen stands for.
    pub(crate) async fn look(
        &self,
        site: &Site,
        browser: &mut Browser,
        number: Number,
    ) -> Outcome<LookAnswer> {
        let request = LookRequest {
            number,
            identity: Blob::new(self.subject.to_bytes()).map_err(Failure::other)?,
            cookie: self.cookie.clone(),
        };
        let address = format!("{}/v1/handoffs/look", site.login);
        browser.post(&address, &request).await?.form()
    }
}

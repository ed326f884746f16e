//! A user's phone: stores a token and device cookies, asks for the PIN, logs in.

use std::collections::BTreeMap;

use milagro::dta::permits::bulletin::UncheckedBulletin;
use milagro::mpin::client::PinLength;
use milagro::mpin::{
    Challenge, ClientSecret, Factors, Identity, LoginProof, Permit, Pin, ServerId, Target, Token,
    TrustDomainId,
};

use super::devices::Code;
use super::report::Outcome;
use super::server::{BINDING, DRAW, ENROL, HELLO, LOGIN, WELCOME, with_cookie};
use super::wire::Connection;
use super::world::{World, rng};

/// What the phone stores: bytes, as in a file.
#[derive(Clone)]
pub(crate) struct Phone {
    stored: Vec<u8>,
    permit: Option<Permit>,
    /// The cookie for each server, by the server's name.
    cookies: BTreeMap<Vec<u8>, Vec<u8>>,
}

/// What a phone needs during a login.
pub(crate) struct Unlocked {
    pub(crate) secret: ClientSecret,
    pub(crate) target: Target,
    pub(crate) permit: Option<Permit>,
}

/// The PIN as typed. The application uses four digits.
pub(crate) fn factors(digits: &str) -> Outcome<Factors> {
    Ok(Factors::pin(Pin::new(digits, PinLength::FOUR)?))
}

impl Phone {
    /// Splits the PIN off the secret and stores what is left.
    pub(crate) fn keep(domain: TrustDomainId, secret: ClientSecret, pin: &str) -> Outcome<Self> {
        let token = Token::new(domain, secret, &factors(pin)?)?;
        Ok(Self {
            stored: token.to_bytes().to_vec(),
            permit: None,
            cookies: BTreeMap::new(),
        })
    }

    /// Fetches the published permits, checks them, and looks for one for this user; whether there is one.
    pub(crate) fn fetch_permit(&mut self, world: &World) -> Outcome<bool> {
        let published = Connection::open(world.publisher.address())?.ask(&[])?;
        let bulletin = UncheckedBulletin::from_bytes(&published)?;
        let bulletin = bulletin.verify(world.authorities.domain())?;
        let permit = bulletin.permit(&self.identity()?);
        if permit.is_some() {
            self.permit = permit;
        }
        Ok(permit.is_some())
    }

    /// Takes a permit from another user: permits are public.
    pub(crate) fn borrow_permit(&mut self, other: &Self) {
        self.permit = other.permit;
    }

    pub(crate) const fn permit(&self) -> Option<&Permit> {
        self.permit.as_ref()
    }

    pub(crate) fn stored(&self) -> &[u8] {
        &self.stored
    }

    pub(crate) fn identity(&self) -> Outcome<Identity> {
        Ok(Token::from_bytes(&self.stored)?.identity().clone())
    }

    /// The secret, for as long as a login takes, and where it goes.
    pub(crate) fn unlock(&self, site: &ServerId, pin: &str) -> Outcome<Unlocked> {
        let token = Token::from_bytes(&self.stored)?;
        let secret = token.unlock(&factors(pin)?)?;
        let target = Target {
            domain: *token.trust_domain(),
            server: site.clone(),
            binding: BINDING,
        };
        Ok(Unlocked {
            secret,
            target,
            permit: self.permit,
        })
    }

    /// Gets a device cookie for an activation code.
    pub(crate) fn enrol(
        &mut self,
        to: &mut Connection,
        site: &ServerId,
        code: &Code,
    ) -> Outcome<bool> {
        let cookie = to.ask(&[&[ENROL], code.as_slice()].concat())?;
        let enrolled = !cookie.is_empty();
        if enrolled {
            self.cookies.insert(site.as_bytes().to_vec(), cookie);
        }
        Ok(enrolled)
    }

    /// Asks for a challenge and answers it; whether the server let the user in.
    pub(crate) fn log_in(
        &mut self,
        to: &mut Connection,
        site: &ServerId,
        pin: &str,
    ) -> Outcome<bool> {
        let proof = self.prove(to, site, pin)?;
        let message = self.message(site, LOGIN, &proof.to_bytes());
        self.deliver(to, site, &message)
    }

    /// Asks for a challenge and makes a proof for that server, without sending it.
    pub(crate) fn prove(
        &self,
        to: &mut Connection,
        site: &ServerId,
        pin: &str,
    ) -> Outcome<LoginProof> {
        let challenge = challenge(to)?;
        let Unlocked {
            secret,
            target,
            permit,
        } = self.unlock(site, pin)?;
        let login = secret.login(&target);
        let login = match &permit {
            Some(permit) => login.permit(permit),
            None => login,
        };
        Ok(login.answer(&mut rng(), challenge)?)
    }

    /// A message with this device's cookie for that server, if there is one.
    pub(crate) fn message(&self, site: &ServerId, kind: u8, message: &[u8]) -> Vec<u8> {
        let cookie = self.cookies.get(site.as_bytes());
        with_cookie(kind, cookie.map_or(&[], Vec::as_slice), message)
    }

    /// Sends a login and keeps the cookie that comes back; whether the server let the user in.
    pub(crate) fn deliver(
        &mut self,
        to: &mut Connection,
        site: &ServerId,
        message: &[u8],
    ) -> Outcome<bool> {
        let answer = to.ask(message)?;
        let Some((&WELCOME, cookie)) = answer.split_first() else {
            return Ok(false);
        };
        if !cookie.is_empty() {
            let (site, cookie) = (site.as_bytes().to_vec(), cookie.to_vec());
            self.cookies.insert(site, cookie);
        }
        Ok(true)
    }

    /// Another PIN, without asking anybody.
    pub(crate) fn change_pin(&mut self, old: &str, new: &str) -> Outcome<()> {
        let token = Token::from_bytes(&self.stored)?;
        let token = token.change_factors(&factors(old)?, &factors(new)?)?;
        self.stored = token.to_bytes().to_vec();
        Ok(())
    }
}

pub(crate) fn challenge(to: &mut Connection) -> Outcome<Challenge> {
    Ok(Challenge::from_bytes(&to.ask(&[HELLO])?)?)
}

/// Sends a login as anybody could; whether the server let its sender in.
pub(crate) fn send(to: &mut Connection, message: &[u8]) -> Outcome<bool> {
    Ok(to.ask(message)?.first() == Some(&WELCOME))
}

/// Asks for tokens; no bytes are a refusal.
pub(crate) fn draw(to: &mut Connection, request: &[u8]) -> Outcome<Vec<u8>> {
    Ok(to.ask(&[&[DRAW], request].concat())?)
}

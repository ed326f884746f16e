//! A user's phone: keeps a token, asks for the PIN, logs in.

use milagro::dta::permits::bulletin::UncheckedBulletin;
use milagro::mpin::{
    Challenge, ClientSecret, Factors, Identity, LoginProof, Permit, Pin, PinLength, ServerId,
    Target, Token, TrustDomainId,
};

use super::server::{BINDING, DRAW, HELLO, LOGIN, WELCOME};
use super::story::Outcome;
use super::wire::Connection;
use super::world::{World, rng};

/// What the phone stores: bytes, as in a file.
#[derive(Clone)]
pub(crate) struct Phone {
    stored: Vec<u8>,
    permit: Option<Permit>,
}

/// What a phone needs for the time of a login.
pub(crate) struct Unlocked {
    pub(crate) secret: ClientSecret,
    pub(crate) target: Target,
    pub(crate) permit: Option<Permit>,
}

/// What a phone knows of a server: its name, and whether it wants proofs opened.
#[derive(Clone)]
pub(crate) struct Door {
    pub(crate) name: ServerId,
    pub(crate) opened: bool,
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
        })
    }

    /// Looks today's permit up on the notice board, after checking what hangs there; whether there is one
    /// for this user.
    pub(crate) fn fetch_permit(&mut self, world: &World) -> Outcome<bool> {
        let notice = Connection::open(world.board.address())?.ask(&[])?;
        let bulletin = UncheckedBulletin::from_bytes(&notice)?;
        let bulletin = bulletin.verify(world.council.domain())?;
        let permit = bulletin.permit(&self.identity()?);
        if permit.is_some() {
            self.permit = permit;
        }
        Ok(permit.is_some())
    }

    /// Takes a permit from somebody who has it: permits are public.
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
    pub(crate) fn unlock(&self, door: &Door, pin: &str) -> Outcome<Unlocked> {
        let token = Token::from_bytes(&self.stored)?;
        let secret = token.unlock(&factors(pin)?)?;
        let target = Target {
            domain: *token.trust_domain(),
            server: door.name.clone(),
            binding: BINDING,
        };
        Ok(Unlocked {
            secret,
            target,
            permit: self.permit,
        })
    }

    /// Asks for a challenge, answers it, and says whether the server let the user in.
    pub(crate) fn log_in(&self, to: &mut Connection, door: &Door, pin: &str) -> Outcome<bool> {
        let proof = self.prove(to, door, pin)?;
        send(to, &proof.to_bytes())
    }

    /// Asks for a challenge and makes a proof for that door, without sending it.
    pub(crate) fn prove(&self, to: &mut Connection, door: &Door, pin: &str) -> Outcome<LoginProof> {
        let challenge = challenge(to)?;
        let Unlocked {
            secret,
            target,
            permit,
        } = self.unlock(door, pin)?;
        let proof = if door.opened {
            secret.prove_opened(&mut rng(), &target, challenge, permit.as_ref())
        } else {
            secret.prove(&mut rng(), &target, challenge, permit.as_ref())
        };
        Ok(proof?)
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

/// Sends a proof; whether the server let its sender in.
pub(crate) fn send(to: &mut Connection, proof: &[u8]) -> Outcome<bool> {
    Ok(to.ask(&[&[LOGIN], proof].concat())? == WELCOME)
}

/// Asks for tokens; no bytes are a refusal.
pub(crate) fn draw(to: &mut Connection, request: &[u8]) -> Outcome<Vec<u8>> {
    Ok(to.ask(&[&[DRAW], request].concat())?)
}

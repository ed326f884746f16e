//! What a device does that is enrolled. Every function reads its arguments in the order in which they are named; strings have
//! two bytes of length before them.

use milagro_base::{Reader, Writer};
use milagro_mpin::client::Login;
use milagro_mpin::{
    Challenge, ChannelBinding, Factors, Permit, ServerId, Target, Token, TrustDomainId,
};
use zeroize::Zeroizing;

use crate::call::{Bytes, Fault, end, factors, pin, seeded};

/// Token (string) in; digits of its PIN (1), domain (32) and identity out.
///
/// # Errors
/// [`Fault::Stored`].
pub fn look(reader: &mut Reader<'_>) -> Result<Bytes, Fault> {
    let token = token(reader)?;
    end(reader)?;
    let digits = token.pin_length().ok_or(Fault::Stored)?.digits();
    let answer = Writer::new()
        .u8(digits)
        .bytes(&token.trust_domain().to_bytes())
        .bytes(&token.identity().to_bytes());
    Ok(Zeroizing::new(answer.finish()))
}

/// Seed (32), token (string), PIN (string), domain (32), server (string), challenge (41), permit (string; empty for none) in; a
/// proof out.
///
/// # Errors
/// [`Fault`].
///
/// # Security
/// Without a binding to the channel: no browser tells a page its channel's.
pub fn answer(reader: &mut Reader<'_>) -> Result<Bytes, Fault> {
    let mut rng = seeded(reader)?;
    let (token, factors) = (token(reader)?, factors(reader)?);
    let target = target(reader, &token)?;
    let challenge = reader.array::<{ Challenge::LEN }>()?;
    let challenge = Challenge::from_bytes(challenge).map_err(|_| Fault::Answer)?;
    let permit = permit(reader)?;
    end(reader)?;
    let secret = unlock(&token, &factors)?;
    let login = with(secret.login(&target), permit.as_ref());
    let proof = login.answer(&mut rng, challenge);
    let proof = proof.map_err(|_| Fault::Stored)?;
    Ok(Zeroizing::new(proof.to_bytes()))
}

/// Seed (32), token (string), PIN (string), domain (32), server (string), seconds since 1970 (8), permit (string; empty for
/// none) in; a proof without a challenge out, for servers that take one.
///
/// # Errors
/// [`Fault`].
pub fn at(reader: &mut Reader<'_>) -> Result<Bytes, Fault> {
    let mut rng = seeded(reader)?;
    let (token, factors) = (token(reader)?, factors(reader)?);
    let target = target(reader, &token)?;
    let time = reader.seconds()?;
    let permit = permit(reader)?;
    end(reader)?;
    let secret = unlock(&token, &factors)?;
    let login = with(secret.login(&target), permit.as_ref());
    let proof = login.at(&mut rng, time);
    let proof = proof.map_err(|_| Fault::Stored)?;
    Ok(Zeroizing::new(proof.to_bytes()))
}

/// Token (string), the PIN that it has (string), the next one (string) in; the token with the next one out.
///
/// # Errors
/// [`Fault`].
///
/// # Security
/// Log in with the old PIN first: nothing else tells whether it is right.
pub fn change_pin(reader: &mut Reader<'_>) -> Result<Bytes, Fault> {
    let (token, old, next) = (token(reader)?, pin(reader)?, pin(reader)?);
    end(reader)?;
    Ok(token.change_pin(&old, &next)?.to_bytes())
}

fn token(reader: &mut Reader<'_>) -> Result<Token, Fault> {
    Token::from_bytes(reader.string()?).map_err(|_| Fault::Stored)
}

fn target(reader: &mut Reader<'_>, token: &Token) -> Result<Target, Fault> {
    let domain = TrustDomainId::from_bytes(*reader.array()?);
    let server = ServerId::new(reader.string()?).map_err(|_| Fault::Answer)?;
    if domain != *token.trust_domain() {
        return Err(Fault::Domain);
    }
    Ok(Target {
        domain,
        server,
        binding: ChannelBinding::None,
    })
}

fn permit(reader: &mut Reader<'_>) -> Result<Option<Permit>, Fault> {
    match reader.string()? {
        [] => Ok(None),
        bytes => Permit::from_bytes(bytes)
            .map(Some)
            .map_err(|_| Fault::Stored),
    }
}

const fn with<'a>(login: Login<'a>, permit: Option<&'a Permit>) -> Login<'a> {
    match permit {
        Some(permit) => login.permit(permit),
        None => login,
    }
}

fn unlock(token: &Token, factors: &Factors) -> Result<milagro_mpin::ClientSecret, Fault> {
    Ok(token.unlock(factors)?)
}

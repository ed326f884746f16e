//! Alice gets her secret, and a PIN is split off.

use milagro::dta::issue::{CombineError, Fault};
use milagro::mpin::{ClientSecret, Identity, Token};

use crate::napkin::authorities::Authorities;
use crate::napkin::dta::Applicant;
use crate::napkin::phone::Phone;
use crate::napkin::report::{Outcome, Report, missing};
use crate::napkin::wire::Connection;
use crate::napkin::world::{Server, World, fresh};

/// Registers Alice's phone at the authorities, and at accounts.example for a device cookie.
pub(crate) fn register_alice(report: &mut Report, world: &World, pin: &str) -> Outcome<Phone> {
    report.section("Alice registers");
    let authorities = &world.authorities;
    let identity = Identity::device("napkin", "alice@example.com", &fresh())?;
    let code = authorities.invite(&Applicant::Client(identity.clone()));
    let mut lines = authorities.call();
    report.step(
        "Somebody without an activation code asks for Alice's secret and gets nothing.",
        shares(
            authorities
                .client(&mut lines, &fresh(), &identity)
                .as_ref()
                .err(),
        ) == Some(0),
    )?;
    let mallory = Identity::device("napkin", "mallory@example.com", &fresh())?;
    report.step(
        "Alice's code is good for no other identity.",
        shares(
            authorities
                .client(&mut lines, &code, &mallory)
                .as_ref()
                .err(),
        ) == Some(0),
    )?;

    let faulty = authorities.authority(0)?;
    faulty.set_faulty(true);
    let combined = authorities.client(&mut lines, &code, &identity)?;
    faulty.set_faulty(false);
    let (secret, culprits) = (combined.key, combined.culprits);
    report.step(
        "Alice sends her code to all three. The first is faulty: its share is for another identity, its proof does not hold, \
         and it is named. The other two shares are combined to her secret, a point of G1 in 48 bytes.",
        culprits.iter().map(|culprit| (culprit.authority, culprit.fault)).eq([(faulty.id(), Fault::Proof)]),
    )?;
    report.step(
        "The code works once.",
        shares(
            authorities
                .client(&mut lines, &code, &identity)
                .as_ref()
                .err(),
        ) == Some(0),
    )?;

    split_pin(report, world, secret, pin)
}

/// Splits the PIN off the secret, and gets the first device cookie.
fn split_pin(
    report: &mut Report,
    world: &World,
    secret: ClientSecret,
    pin: &str,
) -> Outcome<Phone> {
    let whole = secret.as_point().to_bytes().to_vec();
    let mut phone = Phone::keep(world.authorities.id(), secret, pin)?;
    report.step(
        &format!(
            "She chooses a PIN of four digits. Her phone stores a token of {} bytes, and no secret.",
            phone.stored().len()
        ),
        Token::from_bytes(phone.stored()).is_ok() && !contains(phone.stored(), &whole),
    )?;
    report.step(
        "accounts.example gives her phone a device cookie, for a code that she got by mail.",
        enrol(world, &mut phone)?,
    )?;
    Ok(phone)
}

/// Gets a device cookie from accounts.example, the first one or one after recovery.
pub(crate) fn enrol(world: &World, phone: &mut Phone) -> Outcome<bool> {
    let Server { site, service } = &world.accounts;
    let devices = service.handler().devices();
    let devices = devices.ok_or_else(|| missing("the server has device cookies"))?;
    let code = devices.invite(&phone.identity()?);
    phone.enrol(&mut Connection::open(service.address())?, site, &code)
}

/// Registers a user without printing anything.
pub(crate) fn register(authorities: &Authorities, user: &str, pin: &str) -> Outcome<Phone> {
    let identity = Identity::device("napkin", user, &fresh())?;
    let code = authorities.invite(&Applicant::Client(identity.clone()));
    let combined = authorities.client(&mut authorities.call(), &code, &identity)?;
    Phone::keep(authorities.id(), combined.key, pin)
}

/// How many good shares there were when they were too few.
pub(crate) fn shares(error: Option<&CombineError>) -> Option<usize> {
    match error {
        Some(CombineError::TooFew { good, .. }) => Some(*good),
        _ => None,
    }
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

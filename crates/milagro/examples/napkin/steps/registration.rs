//! Alice gets her secret, and a PIN is split off.

use milagro::dta::grants::{ClientKey, Enrolment, GrantError, RegistrarKey};
use milagro::dta::issue::{self, CombineError, Fault};
use milagro::mpin::{ClientSecret, Identity, Token};

use crate::napkin::authorities::Authorities;
use crate::napkin::dta::KEY;
use crate::napkin::phone::Phone;
use crate::napkin::report::{Outcome, Report, missing};
use crate::napkin::wire::Connection;
use crate::napkin::world::{Server, World, fresh, rng};

/// Registers Alice's phone at the authorities, and at accounts.example for a device cookie.
pub(crate) fn register_alice(report: &mut Report, world: &World, pin: &str) -> Outcome<Phone> {
    report.section("Alice registers");
    let authorities = &world.authorities;
    let identity = Identity::device("napkin", "alice@example.com", &fresh())?;
    let mut lines = authorities.call();
    let stranger = RegistrarKey::random(&mut rng());
    let forged = authorities.invite_by::<issue::ClientSecret>(&stranger, identity.clone())?;
    let forged = authorities.enrol(&mut lines, KEY, &forged)?;
    report.step(
        "Somebody who is not the registrar grants himself Alice's secret and gets nothing.",
        shares(forged.as_ref().err()) == Some(0),
    )?;

    let invited = authorities.invite::<issue::ClientSecret>(identity.clone())?;
    let faulty = authorities.authority(0)?;
    faulty.set_faulty(true);
    let combined = authorities.enrol(&mut lines, KEY, &invited)??;
    faulty.set_faulty(false);
    let (secret, culprits) = (combined.key, combined.culprits);
    report.step(
        "The registrar knows Alice and signs a grant to her phone's key. All three book it and seal their shares to that \
         key. The first is faulty: its answer does not open, and it is named. The other two shares are combined to her \
         secret, a point of G1 in 48 bytes.",
        culprits.iter().map(|culprit| (culprit.authority, culprit.fault)).eq([(faulty.id(), Fault::Sealed)]),
    )?;
    let (domain, other) = (authorities.domain(), ClientKey::random(&mut rng()));
    let refused = Enrolment::new(domain, &other, &invited.grant).err();
    report.step(
        "Whoever copies the grant gets sealed shares only, for a key that is not his.",
        refused == Some(GrantError::Client),
    )?;
    let again = authorities.enrol(&mut lines, KEY, &invited)??.key;
    report.step(
        "Her phone lost the answers and asks again with the same grant: it gets the same secret.",
        again.as_point().to_bytes() == secret.as_point().to_bytes(),
    )?;
    let second = authorities.invite::<issue::ClientSecret>(identity)?;
    let second = authorities.enrol(&mut lines, KEY, &second)?;
    report.step(
        "The registrar signs a second grant for Alice's name, to a key of its own: no authority answers.",
        shares(second.as_ref().err()) == Some(0),
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
    let invited = authorities.invite::<issue::ClientSecret>(identity)?;
    let combined = authorities.enrol(&mut authorities.call(), KEY, &invited)??;
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

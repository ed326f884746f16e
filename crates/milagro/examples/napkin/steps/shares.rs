//! Authorities are stopped, and shares are renewed.

use milagro::dta::grants::Enrolment;
use milagro::dta::issue::{ClientSecret, CombineError, Fault};
use milagro::mpin::Identity;

use super::registration::{enrol, register, shares};
use super::revocation::{BOBS, publish};
use crate::napkin::dta::KEY;
use crate::napkin::phone::Phone;
use crate::napkin::report::{Outcome, Report, missing};
use crate::napkin::wire::Connection;
use crate::napkin::world::{World, fresh};

/// Two authorities work without the third; one alone cannot. Bob registers meanwhile.
pub(crate) fn stop_authorities(report: &mut Report, world: &mut World) -> Outcome<Phone> {
    report.section("One authority is stopped");
    world.authorities.open(2, false)?;
    let mut bob = register(&world.authorities, "bob@example.com", BOBS)?;
    enrol(world, &mut bob)?;
    bob.fetch_permit(world)?;
    let mut connection = Connection::open(world.accounts.service.address())?;
    report.step(
        "The third authority's port is closed. Bob registers with the two others, finds his permit and logs in.",
        bob.log_in(&mut connection, &world.accounts.site, BOBS)?,
    )?;
    world.authorities.open(1, false)?;
    let authorities = &world.authorities;
    let carol = Identity::device("napkin", "carol@example.com", &fresh())?;
    let invited = authorities.invite::<ClientSecret>(carol)?;
    let one = authorities.enrol(&mut authorities.call(), KEY, &invited)?;
    report.step(
        "With the second closed too, the share of the first is no key.",
        shares(one.as_ref().err()) == Some(1),
    )?;
    world.authorities.open(1, true)?;
    world.authorities.open(2, true)?;
    Ok(bob)
}

/// New shares of the same key.
pub(crate) fn renew_shares(
    report: &mut Report,
    world: &mut World,
    alice: &mut Phone,
    pin: &str,
) -> Outcome<()> {
    report.section("The authorities renew their shares");
    let carol = Identity::device("napkin", "carol@example.com", &fresh())?;
    let invited = world.authorities.invite::<ClientSecret>(carol)?;
    let request = [&[KEY], invited.grant.to_bytes().as_slice()].concat();
    let old = world.authorities.call().ask(&request).next();
    let (first, old) = old.ok_or_else(|| missing("the first authority gives a share"))?;
    let id = world.authorities.id();

    world.authorities.refresh()?;
    let domain = world.authorities.domain();
    report.step(
        "Another ceremony gives each a new share of the same key. The domain is the same, in its next generation.",
        world.authorities.id() == id && domain.generation() == 1,
    )?;
    let mut enrolment = Enrolment::new(domain, &invited.key, &invited.grant)?;
    let fault = enrolment.add(first, &old).err();
    let fault = fault.map(|culprit| culprit.fault);
    let mut new = world.authorities.call();
    for (from, share) in new.ask(&request).skip_while(|(id, _)| *id == first).take(1) {
        enrolment
            .add(from, &share)
            .map_err(|culprit| culprit.to_string())?;
    }
    let mixed = matches!(
        enrolment.finish(),
        Err(CombineError::MixedGenerations { .. })
    );
    report.step(
        "A share that was stolen before and one of today cannot be combined, and the error says why.",
        fault == Some(Fault::Generation) && mixed,
    )?;
    let mut connection = Connection::open(world.accounts.service.address())?;
    report.step(
        "Alice's token works as before.",
        alice.log_in(&mut connection, &world.accounts.site, pin)?,
    )?;
    let mut dave = register(&world.authorities, "dave@example.com", "8642")?;
    enrol(world, &mut dave)?;
    publish(world)?;
    dave.fetch_permit(world)?;
    report.step(
        "Dave registers with the new shares and logs in.",
        dave.log_in(&mut connection, &world.accounts.site, "8642")?,
    )
}

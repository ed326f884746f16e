//! A user is revoked.

use milagro::base::Seconds;
use milagro::dta::permits::bulletin::Bulletin;
use milagro::mpin::names::EpochPolicy;
use milagro::mpin::server::Reason;

use crate::napkin::phone::Phone;
use crate::napkin::report::{Outcome, Report};
use crate::napkin::server::Entry;
use crate::napkin::wire::Connection;
use crate::napkin::world::World;

/// Bob's PIN.
pub(super) const BOBS: &str = "1379";

/// Bob's phone is lost.
pub(crate) fn revoke(report: &mut Report, world: &mut World, bob: &mut Phone) -> Outcome<()> {
    report.section("Bob loses his phone");
    publish(world)?;
    bob.fetch_permit(world)?;
    world.authorities.revoke(&bob.identity()?)?;
    let accounts = &world.accounts;
    let mut connection = Connection::open(accounts.service.address())?;
    report.step(
        "The authorities put him on their revocation list. Today's permit is published already, and still lets him in.",
        bob.log_in(&mut connection, &accounts.site, BOBS)?,
    )?;
    let epoch = Seconds::days(1).plus(EpochPolicy::DAILY.grace);
    world.clock.wait(epoch);
    let bulletin = publish(world)?;
    report.step(
        "The next day's bulletin has two permits, for the identities on either side of Bob, and none for him.",
        bulletin.head().count == 2 && !bob.fetch_permit(world)?,
    )?;
    let welcome = bob.log_in(&mut connection, &accounts.site, BOBS)?;
    let entry = accounts.service.handler().last_entry();
    report.step(
        "Yesterday's permit has expired: he is refused.",
        !welcome && entry == Some(Entry::Refused(Reason::PermitEpoch)),
    )
}

/// Everybody else has a permit, which is of no use to Bob.
pub(crate) fn permit_others(
    report: &mut Report,
    world: &World,
    (alice, pin): (&mut Phone, &str),
    bob: &mut Phone,
) -> Outcome<()> {
    let accounts = &world.accounts;
    let mut connection = Connection::open(accounts.service.address())?;
    alice.fetch_permit(world)?;
    report.step(
        "Alice finds her permit, which covers everybody on her side of Bob, and logs in.",
        alice.log_in(&mut connection, &accounts.site, pin)?,
    )?;
    bob.borrow_permit(alice);
    report.step(
        "With her permit Bob's phone cannot even make a proof.",
        bob.prove(&mut connection, &accounts.site, BOBS).is_err(),
    )
}

/// Publishes today's bulletin.
pub(super) fn publish(world: &World) -> Outcome<Bulletin> {
    let bulletin = world.authorities.bulletin()?;
    world.publisher.handler().publish(bulletin.to_bytes());
    Ok(bulletin)
}

//! Logging in with the right PIN, and changing it.

use milagro::mpin::permit::{Leaf, PermitLabel};
use milagro::mpin::server::Reason;

use crate::napkin::phone::Phone;
use crate::napkin::report::{Outcome, Report};
use crate::napkin::server::Entry;
use crate::napkin::wire::Connection;
use crate::napkin::world::World;

/// Fetches a permit and logs Alice in with what she types.
pub(crate) fn log_in(
    report: &mut Report,
    world: &World,
    alice: &mut Phone,
    typed: &str,
) -> Outcome<()> {
    report.section("Alice logs in");
    let accounts = &world.accounts;
    let mut connection = Connection::open(accounts.service.address())?;
    let welcome = alice.log_in(&mut connection, &accounts.site, typed)?;
    let entry = accounts.service.handler().last_entry();
    report.step(
        "Without today's permit she is refused.",
        !welcome && entry == Some(Entry::Refused(Reason::PermitMissing)),
    )?;
    let bulletin = world.authorities.bulletin()?.to_bytes();
    let publisher = world.publisher.handler();
    let mut forged = bulletin.clone();
    if let Some(last) = forged.last_mut() {
        *last ^= 1;
    }
    publisher.publish(forged);
    report.step(
        "The authorities publish today's permits. The publisher changes one bit, and her phone notices.",
        alice.fetch_permit(world).is_err(),
    )?;
    publisher.publish(bulletin);
    let found = alice.fetch_permit(world)?;
    let label = alice.permit().map(|permit| *permit.label());
    let all = (Leaf(0), Leaf(u128::MAX));
    report.step(
        "In an unchanged copy it finds her permit. Nobody is revoked, so one permit covers everybody.",
        found && matches!(label, Some(PermitLabel::Cover { low, high, .. }) if (low, high) == all),
    )?;
    let welcome = alice.log_in(&mut connection, &accounts.site, typed)?;
    report.step(
        "accounts.example sends a challenge, the phone answers it once, and she is in.",
        welcome,
    )?;
    let entry = accounts.service.handler().last_entry();
    report.step(
        "The server knows that it was Alice. It stores no password, no PIN and no key of hers.",
        entry == Some(Entry::Welcomed(alice.identity()?)),
    )?;
    let mut connection = Connection::open(world.shop.service.address())?;
    report.step(
        "The same token and PIN log her in to shop.example too.",
        alice.log_in(&mut connection, &world.shop.site, typed)?,
    )
}

/// Changes the PIN, and back again.
pub(crate) fn change_pin(
    report: &mut Report,
    world: &World,
    alice: &mut Phone,
    pin: &str,
) -> Outcome<()> {
    report.section("Alice changes her PIN");
    let accounts = &world.accounts;
    let mut connection = Connection::open(accounts.service.address())?;
    let new = "0042";
    alice.change_pin(pin, new)?;
    report.step(
        "She changes it on the phone, without asking anybody, and logs in with the new one.",
        alice.log_in(&mut connection, &accounts.site, new)?,
    )?;
    let old = alice.log_in(&mut connection, &accounts.site, pin)?;
    let entry = accounts.service.handler().last_entry();
    report.step(
        "The old one is refused.",
        !old && entry == Some(Entry::Refused(Reason::Proof)),
    )?;
    alice.change_pin(new, pin)?;
    report.step(
        "She changes back to the old one.",
        alice.log_in(&mut connection, &accounts.site, pin)?,
    )
}

//! The right PIN opens the door.

use milagro::mpin::{Leaf, PermitLabel, Reason};

use crate::napkin::phone::Phone;
use crate::napkin::server::Entry;
use crate::napkin::story::{Outcome, Story};
use crate::napkin::wire::Connection;
use crate::napkin::world::World;

/// Fetches a permit and logs Alice in with what she types.
pub(crate) fn logs_in(
    story: &mut Story,
    world: &World,
    alice: &mut Phone,
    typed: &str,
) -> Outcome<()> {
    story.chapter("Alice logs in");
    let ledger = &world.ledger;
    let mut connection = Connection::open(ledger.service.address())?;
    let welcome = alice.log_in(&mut connection, &ledger.door, typed)?;
    let entry = ledger.service.role().last_entry();
    story.step(
        "Without today's permit she is refused.",
        !welcome && entry == Some(Entry::Refused(Reason::PermitMissing)),
    )?;
    let bulletin = world.council.bulletin()?.to_bytes();
    let board = world.board.role();
    let mut forged = bulletin.clone();
    if let Some(last) = forged.last_mut() {
        *last ^= 1;
    }
    board.pin_up(forged);
    story.step(
        "The authorities publish today's permits on a notice board. Somebody scribbles on it, and her phone notices.",
        alice.fetch_permit(world).is_err(),
    )?;
    board.pin_up(bulletin);
    let found = alice.fetch_permit(world)?;
    let label = alice.permit().map(|permit| *permit.label());
    let all = (Leaf(0), Leaf(u128::MAX));
    story.step(
        "From a clean copy it takes her permit. Nobody is revoked, so one permit serves everybody.",
        found && matches!(label, Some(PermitLabel::Cover { low, high, .. }) if (low, high) == all),
    )?;
    let welcome = alice.log_in(&mut connection, &ledger.door, typed)?;
    story.step(
        "ledger.example sends a challenge, the phone answers it once, and she is in.",
        welcome,
    )?;
    let entry = ledger.service.role().last_entry();
    story.step(
        "The server knows that it was Alice. It stores nothing about her: no password, no PIN, no key.",
        entry == Some(Entry::Welcomed(alice.identity()?)),
    )?;
    let mut connection = Connection::open(world.bazaar.service.address())?;
    story.step(
        "The same token and PIN log her in to bazaar.example too.",
        alice.log_in(&mut connection, &world.bazaar.door, typed)?,
    )
}

/// Changes the PIN, and back again.
pub(crate) fn changes_her_pin(
    story: &mut Story,
    world: &World,
    alice: &mut Phone,
    pin: &str,
) -> Outcome<()> {
    story.chapter("Alice changes her PIN");
    let ledger = &world.ledger;
    let mut connection = Connection::open(ledger.service.address())?;
    let new = "0042";
    alice.change_pin(pin, new)?;
    story.step(
        "She changes it on the phone, without asking anybody, and logs in with the new one.",
        alice.log_in(&mut connection, &ledger.door, new)?,
    )?;
    let old = alice.log_in(&mut connection, &ledger.door, pin)?;
    let entry = ledger.service.role().last_entry();
    story.step(
        "The old one is refused.",
        !old && entry == Some(Entry::Refused(Reason::Proof)),
    )?;
    alice.change_pin(new, pin)?;
    story.step(
        "She likes the old one better and changes back.",
        alice.log_in(&mut connection, &ledger.door, pin)?,
    )
}

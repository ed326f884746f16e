//! What a server that asks for opened proofs learns from wrong PINs.

use milagro::mpin::{ClientSecret, Identity, Reason};

use super::agreement::agree;
use crate::napkin::dta::Applicant;
use crate::napkin::guard::LIMIT;
use crate::napkin::phone::{Door, Phone};
use crate::napkin::server::Entry;
use crate::napkin::story::{Outcome, Story, missing, scene};
use crate::napkin::wire::Connection;
use crate::napkin::world::{World, fresh};

/// Alice mistypes, a stranger makes noise, a thief guesses.
pub(crate) fn mistypes(story: &mut Story, world: &World, alice: &Phone, pin: &str) -> Outcome<()> {
    story.chapter("bazaar.example counts mistyped PINs");
    scene("It asks for opened proofs, which tell a mistyped PIN from noise.");
    let bazaar = &world.bazaar;
    let diary = bazaar.service.role();
    let mut connection = Connection::open(bazaar.service.address())?;

    let typed = format!("{:04}", pin.parse::<u32>()? + 1);
    let welcome = alice.log_in(&mut connection, &bazaar.door, &typed)?;
    let entry = diary.last_entry();
    story.step(
        "Alice hits the key beside the right one. She is refused, and the server learns by how much the PIN was off.",
        !welcome && matches!(entry, Some(Entry::Mistyped(distance)) if distance.value() == 1),
    )?;
    story.step(
        "The right PIN lets her in, and her mistake is forgotten.",
        alice.log_in(&mut connection, &bazaar.door, pin)?,
    )?;

    let stranger = stranger(world, alice, pin)?;
    let mut noise = 0;
    for _ in 0..2 * LIMIT {
        let welcome = stranger.log_in(&mut connection, &bazaar.door, pin)?;
        noise += u32::from(!welcome && diary.last_entry() == Some(Entry::NoGuess));
    }
    story.step(
        "A stranger without her token tries six times under her name. All are refused, and none is a guess at her PIN.",
        noise == 2 * LIMIT,
    )?;
    story.step(
        "So a stranger cannot lock her out: she logs in.",
        alice.log_in(&mut connection, &bazaar.door, pin)?,
    )?;
    guesses(story, world, alice, pin)
}

/// A thief with a copy of the token has three guesses.
fn guesses(story: &mut Story, world: &World, alice: &Phone, pin: &str) -> Outcome<()> {
    let bazaar = &world.bazaar;
    let diary = bazaar.service.role();
    let mut connection = Connection::open(bazaar.service.address())?;
    let thief = alice.clone();

    let closed = Door {
        opened: false,
        ..bazaar.door.clone()
    };
    let welcome = thief.log_in(&mut connection, &closed, "1234")?;
    story.step(
        "A thief copies her token and hides a guess in a proof that is not opened: refused for want of an opening.",
        !welcome && diary.last_entry() == Some(Entry::Refused(Reason::OpeningMissing)),
    )?;
    let mut mistyped = 0;
    for guess in ["1234", "0000", "1111"] {
        let welcome = thief.log_in(&mut connection, &bazaar.door, guess)?;
        mistyped += u32::from(!welcome && matches!(diary.last_entry(), Some(Entry::Mistyped(_))));
    }
    story.step(
        "He guesses openly, three times, and the server counts three.",
        mistyped == LIMIT,
    )?;
    let welcome = alice.log_in(&mut connection, &bazaar.door, pin)?;
    story.step(
        "Now the account is locked, for the right PIN too.",
        !welcome && diary.last_entry() == Some(Entry::Locked),
    )?;
    let guard = diary.guard().ok_or_else(|| missing("bazaar has a guard"))?;
    guard.unlock(&alice.identity()?);
    story.step(
        "Alice shows her passport at the counter, and is let in again.",
        alice.log_in(&mut connection, &bazaar.door, pin)?,
    )
}

/// Where proofs are closed, all failures count, in logins and in key agreements alike.
pub(crate) fn counts_all(
    story: &mut Story,
    world: &World,
    alice: &Phone,
    pin: &str,
) -> Outcome<()> {
    story.chapter("ledger.example counts all failures");
    scene("Its proofs are closed: a guess looks like noise, so everything that fails counts.");
    let ledger = &world.ledger;
    let diary = ledger.service.role();
    let mut connection = Connection::open(ledger.service.address())?;
    let thief = alice.clone();

    let mut refused = 0;
    for guess in ["1234", "0000"] {
        let welcome = thief.log_in(&mut connection, &ledger.door, guess)?;
        refused += u32::from(!welcome && diary.last_entry() == Some(Entry::Refused(Reason::Proof)));
    }
    let answer = agree(&mut connection, world, &thief, "1111")?;
    refused +=
        u32::from(answer.is_none() && diary.last_entry() == Some(Entry::Refused(Reason::Proof)));
    story.step(
        "A thief with a copy of Alice's token guesses twice at the login and once in a key agreement: three failures.",
        refused == LIMIT,
    )?;
    let welcome = alice.log_in(&mut connection, &ledger.door, pin)?;
    let locked = !welcome && diary.last_entry() == Some(Entry::Locked);
    let answer = agree(&mut connection, world, alice, pin)?;
    story.step(
        "Now the account is locked at both doors, for the right PIN too. A stranger could have done that as well: \
         only opened proofs tell him from a thief.",
        locked && answer.is_none() && diary.last_entry() == Some(Entry::Locked),
    )?;
    let guard = diary.guard().ok_or_else(|| missing("ledger has a guard"))?;
    guard.unlock(&alice.identity()?);
    story.step(
        "Alice shows her passport here too, and logs in.",
        alice.log_in(&mut connection, &ledger.door, pin)?,
    )
}

/// A secret of somebody else's, under Alice's name.
fn stranger(world: &World, alice: &Phone, pin: &str) -> Outcome<Phone> {
    let council = &world.council;
    let mallory = Identity::device("napkin", "mallory@example.com", &fresh())?;
    let code = council.invite(&Applicant::Client(mallory.clone()));
    let secret = council.client(&mut council.call(), &code, &mallory)?.key;
    let forged = ClientSecret::from_point(alice.identity()?, secret.as_point().clone());
    let mut phone = Phone::keep(council.id(), forged, pin)?;
    phone.borrow_permit(alice);
    Ok(phone)
}

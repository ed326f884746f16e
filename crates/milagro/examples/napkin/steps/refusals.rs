//! What must not open the door does not.

use milagro::mpin::{DecodeError, Reason};

use crate::napkin::phone::{Door, Phone, send};
use crate::napkin::server::Entry;
use crate::napkin::story::{Outcome, Story, scene};
use crate::napkin::wire::{Connection, MAX};
use crate::napkin::world::{World, fresh};

/// Wrong PIN, wrong server, replay, an answer that comes too late.
pub(crate) fn refuses(story: &mut Story, world: &World, alice: &Phone, pin: &str) -> Outcome<()> {
    story.chapter("What the server refuses");
    scene("The peer learns \"refused\" and nothing else; the reasons are from the server's diary.");
    let ledger = &world.ledger;
    let diary = ledger.service.role();
    let mut connection = Connection::open(ledger.service.address())?;

    let wrong = if pin == "1234" { "4321" } else { "1234" };
    let welcome = alice.log_in(&mut connection, &ledger.door, wrong)?;
    let entry = diary.last_entry();
    story.step(
        "A wrong PIN: the proof does not hold.",
        !welcome && entry == Some(Entry::Refused(Reason::Proof)),
    )?;

    let elsewhere = Door {
        name: world.bazaar.door.name.clone(),
        opened: false,
    };
    let proof = alice.prove(&mut connection, &elsewhere, pin)?;
    let welcome = send(&mut connection, &proof.to_bytes())?;
    let entry = diary.last_entry();
    story.step(
        "bazaar.example passes on a challenge of ledger.example and the answer that Alice makes for \
         bazaar.example: the proof does not hold.",
        !welcome && entry == Some(Entry::Refused(Reason::Proof)),
    )?;

    let proof = alice.prove(&mut connection, &ledger.door, pin)?.to_bytes();
    let first = send(&mut connection, &proof)?;
    let mut eavesdropper = Connection::open(ledger.service.address())?;
    let second = send(&mut eavesdropper, &proof)?;
    let entry = diary.last_entry();
    story.step(
        "A good proof, recorded and sent again: its challenge is used up.",
        first && !second && entry == Some(Entry::Refused(Reason::UnknownChallenge)),
    )?;

    let proof = alice.prove(&mut connection, &ledger.door, pin)?.to_bytes();
    world.clock.wait(World::PATIENCE);
    let welcome = send(&mut connection, &proof)?;
    let entry = diary.last_entry();
    story.step(
        "A good proof, a minute late: its challenge has expired.",
        !welcome && entry == Some(Entry::Refused(Reason::ExpiredChallenge)),
    )
}

/// Garbage of several kinds, after which the server is as well as before.
pub(crate) fn shrugs(story: &mut Story, world: &World, alice: &Phone, pin: &str) -> Outcome<()> {
    story.chapter("What the server does not even understand");
    let ledger = &world.ledger;
    let diary = ledger.service.role();
    let mut connection = Connection::open(ledger.service.address())?;

    let noise = fresh::<200>();
    let welcome = send(&mut connection, &noise)?;
    let entry = diary.last_entry();
    story.step(
        "200 random bytes in place of a proof are no message.",
        !welcome && matches!(entry, Some(Entry::NotUnderstood(_))),
    )?;

    let proof = alice.prove(&mut connection, &ledger.door, pin)?.to_bytes();
    let (short, _) = proof.split_at(proof.len() - 1);
    let welcome = send(&mut connection, short)?;
    let entry = diary.last_entry();
    story.step(
        "A proof that lacks its last byte is no message, and one with a byte more is none either.",
        !welcome
            && entry == Some(Entry::NotUnderstood(DecodeError::Length))
            && !send(&mut connection, &[proof.as_slice(), &[0]].concat())?
            && diary.last_entry() == Some(Entry::NotUnderstood(DecodeError::Length)),
    )?;
    story.step(
        "The proof itself still counts: what could not be read has used up no challenge.",
        send(&mut connection, &proof)?,
    )?;

    let mut stranger = Connection::open(ledger.service.address())?;
    stranger.send_raw(&u32::MAX.to_be_bytes())?;
    story.step(
        &format!(
            "A stranger announces a message of 4 GiB; the server takes {} KiB at most, and hangs up.",
            MAX >> 10
        ),
        stranger.receive().is_err(),
    )?;
    let mut stranger = Connection::open(ledger.service.address())?;
    story.step(
        "A message of a kind that nobody knows ends its connection.",
        stranger.ask(&[0xff]).is_err(),
    )?;

    story.step(
        "After all this Alice logs in as before.",
        alice.log_in(&mut connection, &ledger.door, pin)?,
    )
}

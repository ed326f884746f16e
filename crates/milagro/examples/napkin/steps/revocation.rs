//! Authorities sleep, users are revoked, shares are renewed.

use milagro::dta::issue::{ClientSecret, Collector, CombineError, Fault, G1Share};
use milagro::dta::permits::bulletin::Bulletin;
use milagro::mpin::{EpochPolicy, Identity, Reason};

use super::registration::{register, shares};
use crate::napkin::dta::{Applicant, write};
use crate::napkin::phone::Phone;
use crate::napkin::server::Entry;
use crate::napkin::story::{Outcome, Story, missing};
use crate::napkin::wire::Connection;
use crate::napkin::world::{World, fresh};

/// The PIN that Bob picks.
const BOBS: &str = "1379";

/// Seconds of a day.
const DAY: u64 = 86_400;

/// Two authorities go on without the third; one alone can do nothing. Bob registers meanwhile.
pub(crate) fn sleeps(story: &mut Story, world: &mut World) -> Outcome<Phone> {
    story.chapter("One authority is stopped");
    world.council.open(2, false)?;
    let mut bob = register(&world.council, "bob@example.com", BOBS)?;
    bob.fetch_permit(world)?;
    let mut connection = Connection::open(world.ledger.service.address())?;
    story.step(
        "The third authority's port is closed. Bob registers with the two others, finds his permit on the board and logs in.",
        bob.log_in(&mut connection, &world.ledger.door, BOBS)?,
    )?;
    world.council.open(1, false)?;
    let council = &world.council;
    let carol = Identity::device("napkin", "carol@example.com", &fresh())?;
    let code = council.invite(&Applicant::Client(carol.clone()));
    let one = council.client(&mut council.call(), &code, &carol);
    story.step(
        "With the second closed too, the share of the first is no key.",
        shares(one.as_ref().err()) == Some(1),
    )?;
    world.council.open(1, true)?;
    world.council.open(2, true)?;
    Ok(bob)
}

/// Bob's phone is lost.
pub(crate) fn revokes(
    story: &mut Story,
    world: &mut World,
    (alice, pin): (&mut Phone, &str),
    bob: &mut Phone,
) -> Outcome<()> {
    story.chapter("Bob loses his phone");
    publish(world)?;
    bob.fetch_permit(world)?;
    world.council.revoke(&bob.identity()?);
    let ledger = &world.ledger;
    let diary = ledger.service.role();
    let mut connection = Connection::open(ledger.service.address())?;
    story.step(
        "He is put on the authorities' list. Today's permit hangs there already, and still lets him in.",
        bob.log_in(&mut connection, &ledger.door, BOBS)?,
    )?;
    world.clock.wait(DAY + EpochPolicy::DAILY.grace);
    let bulletin = publish(world)?;
    story.step(
        "The next day's bulletin has two permits, for those on either side of Bob, and none for him.",
        bulletin.head().count == 2 && !bob.fetch_permit(world)?,
    )?;
    let welcome = bob.log_in(&mut connection, &ledger.door, BOBS)?;
    story.step(
        "Yesterday's does not help.",
        !welcome && diary.last_entry() == Some(Entry::Refused(Reason::PermitEpoch)),
    )?;
    alice.fetch_permit(world)?;
    story.step(
        "Alice finds hers, which covers everybody on her side of Bob, and logs in.",
        alice.log_in(&mut connection, &ledger.door, pin)?,
    )?;
    bob.borrow_permit(alice);
    story.step(
        "Bob's phone cannot even make a proof with hers.",
        bob.prove(&mut connection, &ledger.door, BOBS).is_err(),
    )
}

/// New shares of the same key.
pub(crate) fn renews(
    story: &mut Story,
    world: &mut World,
    alice: &Phone,
    pin: &str,
) -> Outcome<()> {
    story.chapter("The authorities renew their shares");
    let carol = Identity::device("napkin", "carol@example.com", &fresh())?;
    let applicant = Applicant::Client(carol.clone());
    let code = world.council.invite(&applicant);
    let request = write(&code, &applicant);
    let old = world.council.call().ask(&request).next();
    let (first, old) = old.ok_or_else(|| missing("the first authority gives a share"))?;
    let id = world.council.id();

    world.council.refresh()?;
    let domain = world.council.domain();
    story.step(
        "Another ceremony gives each a new share of the same key. The domain is the same, in its next generation.",
        world.council.id() == id && domain.generation() == 1,
    )?;
    let mut collector: Collector<'_, G1Share<ClientSecret>> = Collector::new(domain, carol.clone());
    let fault = collector
        .add_bytes(first, &old)
        .err()
        .map(|culprit| culprit.fault);
    let mut new = world.council.call();
    for (from, share) in new.ask(&request).skip_while(|(id, _)| *id == first).take(1) {
        collector
            .add_bytes(from, &share)
            .map_err(|culprit| culprit.to_string())?;
    }
    let mixed = matches!(
        collector.finish(),
        Err(CombineError::MixedGenerations { .. })
    );
    story.step(
        "A share that was stolen before and one of today make no key, and the error says why.",
        fault == Some(Fault::Generation) && mixed,
    )?;
    let mut connection = Connection::open(world.ledger.service.address())?;
    story.step(
        "Alice's token works as before.",
        alice.log_in(&mut connection, &world.ledger.door, pin)?,
    )?;
    let mut dave = register(&world.council, "dave@example.com", "8642")?;
    publish(world)?;
    dave.fetch_permit(world)?;
    story.step(
        "Dave registers with the new shares and logs in.",
        dave.log_in(&mut connection, &world.ledger.door, "8642")?,
    )
}

/// Hangs today's bulletin on the board.
fn publish(world: &World) -> Outcome<Bulletin> {
    let bulletin = world.council.bulletin()?;
    world.board.role().pin_up(bulletin.to_bytes());
    Ok(bulletin)
}

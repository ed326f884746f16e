//! A login that leaves both ends with a key.

use milagro::mpin::{ClientConfirmation, KeyBase, Reason, ServerHello, SessionKeys};

use crate::napkin::phone::{Phone, challenge};
use crate::napkin::seal;
use crate::napkin::server::{AGREE, CONFIRM, Entry, SEALED, WELCOME};
use crate::napkin::story::{Outcome, Story, missing};
use crate::napkin::wire::Connection;
use crate::napkin::world::World;

/// Agrees on a key with ledger.example, and uses it.
pub(crate) fn agrees(story: &mut Story, world: &World, alice: &Phone, pin: &str) -> Outcome<()> {
    story.chapter("Alice and ledger.example agree on a key");
    let address = world.ledger.service.address();
    let diary = world.ledger.service.role();

    let wrong = if pin == "1234" { "4321" } else { "1234" };
    let mut connection = Connection::open(address)?;
    let refused = agree(&mut connection, world, alice, wrong)?.is_none();
    story.step(
        "With a wrong PIN the server sends nothing that depends on any key.",
        refused && diary.last_entry() == Some(Entry::Refused(Reason::Proof)),
    )?;

    let (_, confirmation) = agree(&mut connection, world, alice, pin)?.ok_or_else(no_answer)?;
    let mut damaged = confirmation.to_bytes();
    if let Some(last) = damaged.last_mut() {
        *last ^= 1;
    }
    let answer = connection.ask(&[&[CONFIRM], damaged.as_slice()].concat())?;
    story.step(
        "With the right one it answers, and the phone knows from the answer that the server has the key. A \
         confirmation with one bit changed is refused, and the server gives no key out.",
        answer != WELCOME && diary.last_entry() == Some(Entry::Refused(Reason::Confirmation)),
    )?;

    let (keys, confirmation) = agree(&mut connection, world, alice, pin)?.ok_or_else(no_answer)?;
    let answer = connection.ask(&[&[CONFIRM], confirmation.to_bytes().as_slice()].concat())?;
    story.step(
        "Another time the phone confirms rightly: now both have the keys, one for each direction, and Alice is in.",
        answer == WELCOME && diary.last_entry() == Some(Entry::Welcomed(alice.identity()?)),
    )?;
    let sealed = seal::close(keys.sending(), b"hello");
    let answer = connection.ask(&[&[SEALED], sealed.as_slice()].concat())?;
    story.step(
        "She says hello under her key, and the answer is under the server's.",
        seal::open(keys.receiving(), &answer) == Some(b"you said: hello"),
    )?;
    let sealed = seal::close(keys.receiving(), b"hello");
    story.step(
        "Her message under the key of the other direction ends the connection.",
        connection
            .ask(&[&[SEALED], sealed.as_slice()].concat())
            .is_err(),
    )
}

/// Runs the agreement up to the client's confirmation; `None` if the server does not answer.
pub(super) fn agree(
    to: &mut Connection,
    world: &World,
    alice: &Phone,
    pin: &str,
) -> Outcome<Option<(SessionKeys, ClientConfirmation)>> {
    let door = &world.ledger.door;
    let challenge = challenge(to)?;
    let unlocked = alice.unlock(door, pin)?;
    let (secret, permit) = (&unlocked.secret, unlocked.permit.as_ref());
    let rng = &mut crate::napkin::world::rng();
    let (session, hello) = secret.start_full(rng, &unlocked.target, challenge, permit)?;
    let answer = to.ask(&[&[AGREE], hello.to_bytes().as_slice()].concat())?;
    if answer.is_empty() {
        return Ok(None);
    }
    let base = KeyBase::new(secret, &door.name);
    let confirmed = session.finish(&base, &ServerHello::from_bytes(&answer)?)?;
    Ok(Some((confirmed.keys, confirmed.confirmation)))
}

fn no_answer() -> Box<dyn core::error::Error + Send + Sync> {
    missing("the server answers with its half of the key")
}

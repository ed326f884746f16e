//! Five hundred and twelve logins at once.

use milagro::mpin::{ClientSecret, Identity, Reason};

use crate::napkin::council::Lines;
use crate::napkin::dta::Applicant;
use crate::napkin::phone::Phone;
use crate::napkin::server::{LOGIN, REFUSED, WELCOME};
use crate::napkin::story::{Outcome, Story, scene};
use crate::napkin::turnstile::{QUEUED, SETTLE};
use crate::napkin::wire::Connection;
use crate::napkin::world::{World, fresh};

const CROWD: u32 = 512;

/// Places in the queue of those who do not get in: a wrong PIN, somebody else's secret, a recorded proof.
const WRONG_PIN: u32 = 41;
const IMPOSTOR: u32 = 200;
const RECORDED: u32 = 400;

/// A stadium's turnstile checks all who have come in one batch.
pub(crate) fn crowds(story: &mut Story, world: &World, alice: &Phone) -> Outcome<()> {
    story.chapter("512 people log in to stadium.example");
    let mut lines = world.council.call();
    let mut turnstile = Connection::open(world.stadium.service.address())?;
    let mut previous = Vec::new();
    let mut queued = 0;
    for number in 0..CROWD {
        let mut phone = person(world, &mut lines, number)?;
        phone.borrow_permit(alice);
        let typed = if number == WRONG_PIN {
            number + 1
        } else {
            number
        };
        let proof = phone.prove(&mut turnstile, &world.stadium.door, &pin(typed))?;
        let mut proof = proof.to_bytes();
        if number == RECORDED {
            proof.clone_from(&previous);
        }
        let answer = turnstile.ask(&[&[LOGIN], proof.as_slice()].concat())?;
        queued += u32::from(answer == QUEUED);
        previous = proof;
    }
    story.step(
        "512 people register, each with a phone and a PIN of their own, answer a challenge each, and wait. Today's permit is \
         the same for all of them.",
        queued == CROWD,
    )?;
    scene(
        "One of them mistypes, one has somebody else's secret, one sends the proof of the one before him again.",
    );
    let verdicts = turnstile.ask(&[SETTLE])?;
    let settlement = world.stadium.service.role().last_settlement();
    let bad = [WRONG_PIN, IMPOSTOR, RECORDED];
    let expected = (0..CROWD).map(|number| {
        if bad.contains(&number) {
            REFUSED
        } else {
            WELCOME
        }
    });
    story.step(
        &format!(
            "One batch of a few pairings, {} ms: 509 are let in, and just these three are not.",
            settlement.took.as_millis()
        ),
        verdicts.into_iter().eq(expected.flatten()),
    )?;
    let reasons = [Reason::Proof, Reason::Proof, Reason::UnknownChallenge];
    let places = bad
        .into_iter()
        .map(|number| usize::try_from(number).unwrap_or(usize::MAX));
    story.step(
        "The server knows the place in the queue and the reason of each.",
        settlement.refused.into_iter().eq(places.zip(reasons)),
    )
}

/// Registers somebody at the authorities.
fn person(world: &World, lines: &mut Lines, number: u32) -> Outcome<Phone> {
    let user = format!("visitor {number}");
    let identity = Identity::device("napkin", &user, &fresh())?;
    let code = world.council.invite(&Applicant::Client(identity.clone()));
    let secret = world.council.client(lines, &code, &identity)?.key;
    let secret = if number == IMPOSTOR {
        let another = Identity::device("napkin", "another visitor", &fresh())?;
        ClientSecret::from_point(another, secret.as_point().clone())
    } else {
        secret
    };
    Phone::keep(world.council.id(), secret, &pin(number))
}

fn pin(number: u32) -> String {
    format!("{:04}", (number * 19) % 10_000)
}

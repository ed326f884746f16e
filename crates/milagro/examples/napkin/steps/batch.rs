//! Five hundred and twelve logins at once.

use milagro::dta::issue;
use milagro::mpin::server::Reason;
use milagro::mpin::{ClientSecret, Identity};

use crate::napkin::authorities::Lines;
use crate::napkin::batch::{CHECK, QUEUED};
use crate::napkin::dta::KEY;
use crate::napkin::phone::Phone;
use crate::napkin::report::{Outcome, Report, note};
use crate::napkin::server::{Entry, LOGIN, REFUSED, WELCOME};
use crate::napkin::wire::Connection;
use crate::napkin::world::{World, fresh};

const USERS: u32 = 512;

/// Places in the queue of logins that are bad: a wrong PIN, another user's secret, a recorded proof.
const WRONG_PIN: u32 = 41;
const WRONG_SECRET: u32 = 200;
const RECORDED: u32 = 400;

/// A server checks all waiting logins in one batch.
pub(crate) fn check_batch(report: &mut Report, world: &World, alice: &Phone) -> Outcome<()> {
    report.section("512 users log in to tickets.example");
    let tickets = &world.tickets;
    let mut lines = world.authorities.call();
    let mut connection = Connection::open(tickets.service.address())?;
    let mut previous = Vec::new();
    let mut queued = 0;
    for number in 0..USERS {
        let mut phone = user(world, &mut lines, number)?;
        phone.borrow_permit(alice);
        let typed = if number == WRONG_PIN {
            number + 1
        } else {
            number
        };
        let proof = phone.prove(&mut connection, &tickets.site, &pin(typed))?;
        let mut proof = proof.to_bytes();
        if number == RECORDED {
            proof.clone_from(&previous);
        }
        let answer = connection.ask(&[&[LOGIN], proof.as_slice()].concat())?;
        queued += u32::from(answer == [QUEUED]);
        previous = proof;
    }
    report.step(
        "512 users register, each with a phone and a PIN, answer a challenge each, and wait. Today's permit is the same \
         for all of them.",
        queued == USERS,
    )?;
    note(
        "One mistypes, one has another user's secret, and one sends the proof of the user before again.",
    );
    let answers = connection.ask(&[CHECK])?;
    let batch = tickets.service.handler().last_batch();
    let bad = [WRONG_PIN, WRONG_SECRET, RECORDED];
    let expected = (0..USERS).map(|number| {
        if bad.contains(&number) {
            REFUSED
        } else {
            WELCOME
        }
    });
    report.step(
        &format!(
            "One batch, {} ms: 509 are let in, and only these three are refused.",
            batch.took.as_millis()
        ),
        answers.into_iter().eq(expected),
    )?;
    let proof = || Entry::Refused(Reason::Proof);
    let entries = [proof(), proof(), Entry::Used];
    let places = bad
        .into_iter()
        .map(|number| usize::try_from(number).unwrap_or(usize::MAX));
    report.step(
        "The server knows the place in the queue and the reason of each.",
        batch.refused.into_iter().eq(places.zip(entries)),
    )
}

/// Registers a user at the authorities.
fn user(world: &World, lines: &mut Lines, number: u32) -> Outcome<Phone> {
    let name = format!("user {number}");
    let identity = Identity::device("napkin", &name, &fresh())?;
    let invited = world.authorities.invite::<issue::ClientSecret>(identity)?;
    let secret = world.authorities.enrol(lines, KEY, &invited)??.key;
    let secret = if number == WRONG_SECRET {
        let another = Identity::device("napkin", "another user", &fresh())?;
        ClientSecret::from_point(another, secret.as_point().clone())
    } else {
        secret
    };
    Phone::keep(world.authorities.id(), secret, &pin(number))
}

fn pin(number: u32) -> String {
    format!("{:04}", (number * 19) % 10_000)
}

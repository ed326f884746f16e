//! What a server refuses.

use milagro::base::Seconds;
use milagro::mpin::DecodeError;
use milagro::mpin::server::Reason;

use crate::napkin::phone::{Phone, send};
use crate::napkin::report::{Outcome, Report, note};
use crate::napkin::server::{Entry, LOGIN};
use crate::napkin::wire::{Connection, MAX};
use crate::napkin::world::{World, fresh};

/// Wrong PIN, wrong server, replay, an answer that comes too late.
pub(crate) fn refuse(
    report: &mut Report,
    world: &World,
    alice: &mut Phone,
    pin: &str,
) -> Outcome<()> {
    report.section("What the server refuses");
    note("The peer learns \"refused\" and nothing else; the reasons are from the server's log.");
    let accounts = &world.accounts;
    let (log, site) = (accounts.service.handler(), &accounts.site);
    let mut connection = Connection::open(accounts.service.address())?;

    let wrong = if pin == "1234" { "4321" } else { "1234" };
    let welcome = alice.log_in(&mut connection, site, wrong)?;
    report.step(
        "A wrong PIN: the proof does not hold.",
        !welcome && log.last_entry() == Some(Entry::Refused(Reason::Proof)),
    )?;

    let proof = alice.prove(&mut connection, &world.shop.site, pin)?;
    let message = alice.message(site, LOGIN, &proof.to_bytes());
    let welcome = alice.deliver(&mut connection, site, &message)?;
    report.step(
        "shop.example passes on a challenge of accounts.example, and Alice's answer to it: the proof is for another \
         server.",
        !welcome && log.last_entry() == Some(Entry::Refused(Reason::Server)),
    )?;

    let proof = alice.prove(&mut connection, site, pin)?;
    let message = alice.message(site, LOGIN, &proof.to_bytes());
    let first = alice.deliver(&mut connection, site, &message)?;
    let mut eavesdropper = Connection::open(accounts.service.address())?;
    let second = send(&mut eavesdropper, &message)?;
    report.step(
        "A good login, recorded and sent again: its challenge is used up.",
        first && !second && log.last_entry() == Some(Entry::Used),
    )?;

    let proof = alice.prove(&mut connection, site, pin)?;
    world.clock.wait(World::PATIENCE.plus(Seconds::new(1)));
    let message = alice.message(site, LOGIN, &proof.to_bytes());
    let welcome = alice.deliver(&mut connection, site, &message)?;
    report.step(
        "A good proof, more than a minute late: its challenge has expired.",
        !welcome && log.last_entry() == Some(Entry::Refused(Reason::ChallengeAge)),
    )
}

/// Malformed messages of several kinds, which change nothing.
pub(crate) fn refuse_garbage(
    report: &mut Report,
    world: &World,
    alice: &mut Phone,
    pin: &str,
) -> Outcome<()> {
    report.section("What the server cannot read");
    let accounts = &world.accounts;
    let (log, site) = (accounts.service.handler(), &accounts.site);
    let mut connection = Connection::open(accounts.service.address())?;

    let noise = alice.message(site, LOGIN, &fresh::<200>());
    let welcome = send(&mut connection, &noise)?;
    report.step(
        "200 random bytes in place of a proof are refused as malformed.",
        !welcome && matches!(log.last_entry(), Some(Entry::NotUnderstood(_))),
    )?;

    let proof = alice.prove(&mut connection, site, pin)?;
    let message = alice.message(site, LOGIN, &proof.to_bytes());
    let (short, _) = message.split_at(message.len() - 1);
    let length = Some(Entry::NotUnderstood(DecodeError::Length));
    report.step(
        "So are a proof without its last byte and one with a byte more.",
        !send(&mut connection, short)?
            && log.last_entry() == length
            && !send(&mut connection, &[message.as_slice(), &[0]].concat())?
            && log.last_entry() == length,
    )?;
    report.step(
        "The proof itself is still good: what could not be read has used up no challenge.",
        alice.deliver(&mut connection, site, &message)?,
    )?;

    let mut stranger = Connection::open(accounts.service.address())?;
    stranger.send_raw(&u32::MAX.to_be_bytes())?;
    report.step(
        &format!(
            "A stranger announces a message of 4 GiB; the server takes {} KiB at most, and hangs up.",
            MAX >> 10
        ),
        stranger.receive().is_err(),
    )?;
    let mut stranger = Connection::open(accounts.service.address())?;
    report.step(
        "A message of an unknown kind ends its connection.",
        stranger.ask(&[0xff]).is_err(),
    )?;

    report.step(
        "After all this Alice logs in as before.",
        alice.log_in(&mut connection, site, pin)?,
    )
}

//! How attempts are counted: for each identity, or for each device.

use milagro::dta::issue;
use milagro::mpin::server::Reason;
use milagro::mpin::{ClientSecret, Identity, Seconds};

use super::agreement::agree;
use super::registration::enrol;
use crate::napkin::dta::KEY;
use crate::napkin::phone::Phone;
use crate::napkin::report::{Outcome, Report, note};
use crate::napkin::server::Entry;
use crate::napkin::wire::Connection;
use crate::napkin::world::{LIMIT, World, fresh};

/// Without device cookies: every failure under a name counts for that name.
pub(crate) fn count_by_identity(
    report: &mut Report,
    world: &World,
    alice: &mut Phone,
    pin: &str,
) -> Outcome<()> {
    report.section("shop.example counts attempts for each identity");
    note("Its ledger has an account for each name. Three failures lock it.");
    let shop = &world.shop;
    let (log, site) = (shop.service.handler(), &shop.site);
    let mut connection = Connection::open(shop.service.address())?;

    let typed = format!("{:04}", (pin.parse::<u32>()? + 1) % 10_000);
    let welcome = alice.log_in(&mut connection, site, &typed)?;
    report.step(
        "Alice mistypes the last digit by one. She is refused, and the server can tell her that she was off by one.",
        !welcome && log.last_entry() == Some(Entry::Mistyped { by_one: true }),
    )?;
    report.step(
        "The right PIN lets her in. An accepted login costs no attempt.",
        alice.log_in(&mut connection, site, pin)?,
    )?;

    let mut stranger = stranger(world, alice, pin)?;
    let mut refused = 0;
    for _ in 1..LIMIT {
        let welcome = stranger.log_in(&mut connection, site, pin)?;
        let entry = log.last_entry();
        refused += u32::from(!welcome && entry == Some(Entry::Refused(Reason::Proof)));
    }
    let welcome = alice.log_in(&mut connection, site, pin)?;
    report.step(
        "A stranger without her token tries twice under her name. With her own failure that makes three, and she is \
         locked out, with the right PIN too.",
        refused + 1 == LIMIT && !welcome && log.last_entry() == Some(Entry::Locked),
    )?;
    log.unlock(&alice.identity()?)?;
    report.step(
        "The shop identifies her by other means and clears the account; she logs in.",
        alice.log_in(&mut connection, site, pin)?,
    )
}

/// With device cookies: strangers cost nobody an attempt, and a thief has three.
pub(crate) fn count_by_device(
    report: &mut Report,
    world: &World,
    alice: &mut Phone,
    pin: &str,
) -> Outcome<()> {
    report.section("accounts.example counts attempts for each device");
    note(
        "Each phone has a cookie, and each login replaces it. Three failures under one cookie lock the device.",
    );
    let accounts = &world.accounts;
    let (log, site) = (accounts.service.handler(), &accounts.site);
    let mut connection = Connection::open(accounts.service.address())?;

    let mut stranger = stranger(world, alice, pin)?;
    let mut refused = 0;
    for _ in 0..2 * LIMIT {
        let welcome = stranger.log_in(&mut connection, site, pin)?;
        let entry = log.last_entry();
        refused += u32::from(!welcome && entry == Some(Entry::Refused(Reason::Cookie)));
    }
    report.step(
        "A stranger tries six times under Alice's name, without a cookie. Nothing is checked and nothing counted.",
        refused == 2 * LIMIT,
    )?;
    report.step(
        "So strangers cannot lock her out: she logs in.",
        alice.log_in(&mut connection, site, pin)?,
    )?;

    let mut thief = alice.clone();
    let failed = |log: &crate::napkin::server::LoginServer| {
        u32::from(log.last_entry() == Some(Entry::Refused(Reason::Proof)))
    };
    let mut refused = 0;
    for guess in ["1234", "0000"] {
        thief.log_in(&mut connection, site, guess)?;
        refused += failed(log);
    }
    let answer = agree(&mut connection, world, &thief, "1111")?;
    refused += failed(log);
    report.step(
        "A thief copies the phone's token and cookie. He guesses twice at the login and once in a key agreement: three \
         failures.",
        answer.is_none() && refused == LIMIT,
    )?;
    let welcome = alice.log_in(&mut connection, site, pin)?;
    let locked = !welcome && log.last_entry() == Some(Entry::Locked);
    let answer = agree(&mut connection, world, alice, pin)?;
    report.step(
        "Now the device is locked, for logins and for key agreements, with the right PIN too.",
        locked && answer.is_none() && log.last_entry() == Some(Entry::Locked),
    )?;
    report.step(
        "Alice gets a code by mail, and with it a new cookie, and logs in.",
        enrol(world, alice)? && alice.log_in(&mut connection, site, pin)?,
    )
}

/// A copied cookie is found out when both copies are used.
pub(crate) fn find_copy(
    report: &mut Report,
    world: &World,
    alice: &mut Phone,
    pin: &str,
) -> Outcome<()> {
    report.section("A copied phone is found out");
    let accounts = &world.accounts;
    let (log, site) = (accounts.service.handler(), &accounts.site);
    let mut connection = Connection::open(accounts.service.address())?;

    let mut thief = alice.clone();
    let both =
        alice.log_in(&mut connection, site, pin)? && alice.log_in(&mut connection, site, pin)?;
    // Sooner, it might be a message of Alice's that somebody held up.
    world.clock.wait(Seconds::minutes(2));
    let welcome = thief.log_in(&mut connection, site, pin)?;
    report.step(
        "A thief has copied the phone and seen the PIN. Alice logs in twice, and he does two minutes later: his proof is \
         right, but his cookie was replaced, so the server knows that there is a copy.",
        both && !welcome && log.last_entry() == Some(Entry::Refused(Reason::CookieCopied)),
    )?;
    let welcome = alice.log_in(&mut connection, site, pin)?;
    report.step(
        "The server cannot tell which of the two is the thief. It freezes the device, and refuses both.",
        !welcome && log.last_entry() == Some(Entry::Refused(Reason::DeviceFrozen)),
    )?;
    report.step(
        "Alice gets another code by mail, and with it a new cookie, and logs in.",
        enrol(world, alice)? && alice.log_in(&mut connection, site, pin)?,
    )
}

/// Another user's secret, under Alice's name.
fn stranger(world: &World, alice: &Phone, pin: &str) -> Outcome<Phone> {
    let authorities = &world.authorities;
    let mallory = Identity::device("napkin", "mallory@example.com", &fresh())?;
    let invited = authorities.invite::<issue::ClientSecret>(mallory)?;
    let enrolled = authorities.enrol(&mut authorities.call(), KEY, &invited)?;
    let secret = enrolled?.key;
    let forged = ClientSecret::from_point(alice.identity()?, secret.as_point().clone());
    let mut phone = Phone::keep(authorities.id(), forged, pin)?;
    phone.borrow_permit(alice);
    Ok(phone)
}

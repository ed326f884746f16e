//! A login that leaves both ends with keys.

use milagro::mpin::full::{Agreement, ClientConfirmation, KeyBase, ServerHello, SessionKeys};
use milagro::mpin::server::Reason;

use crate::napkin::phone::{Phone, challenge, send};
use crate::napkin::report::{Outcome, Report, missing};
use crate::napkin::seal;
use crate::napkin::server::{AGREE, CONFIRM, Entry, SEALED};
use crate::napkin::wire::Connection;
use crate::napkin::world::{World, rng};

/// Agrees on keys with accounts.example, and uses them.
pub(crate) fn agree_on_key(
    report: &mut Report,
    world: &World,
    alice: &mut Phone,
    pin: &str,
) -> Outcome<()> {
    report.section("Alice and accounts.example agree on keys");
    let (site, service) = (&world.accounts.site, &world.accounts.service);
    let log = service.handler();

    let wrong = if pin == "1234" { "4321" } else { "1234" };
    let mut connection = Connection::open(service.address())?;
    let refused = agree(&mut connection, world, alice, wrong)?.is_none();
    report.step(
        "With a wrong PIN the server sends nothing that depends on a key.",
        refused && log.last_entry() == Some(Entry::Refused(Reason::Proof)),
    )?;

    let (_, confirmation) = agree(&mut connection, world, alice, pin)?.ok_or_else(no_answer)?;
    let mut damaged = [&[CONFIRM], confirmation.to_bytes().as_slice()].concat();
    if let Some(last) = damaged.last_mut() {
        *last ^= 1;
    }
    report.step(
        "With the right one it answers, and the answer shows the phone that the server has the keys. A confirmation \
         with one bit changed is refused, and the server gives no keys out.",
        !send(&mut connection, &damaged)?
            && log.last_entry() == Some(Entry::Refused(Reason::Confirmation)),
    )?;

    let (keys, confirmation) = agree(&mut connection, world, alice, pin)?.ok_or_else(no_answer)?;
    let confirmation = [&[CONFIRM], confirmation.to_bytes().as_slice()].concat();
    report.step(
        "In a second run the phone confirms: both have the keys, one for each direction, and Alice is logged in.",
        alice.deliver(&mut connection, site, &confirmation)?
            && log.last_entry() == Some(Entry::Welcomed(alice.identity()?)),
    )?;
    let sealed = seal::close(keys.sending(), b"hello");
    let answer = connection.ask(&[&[SEALED], sealed.as_slice()].concat())?;
    report.step(
        "She sends a message under her key, and the answer is under the server's.",
        seal::open(keys.receiving(), &answer) == Some(b"you said: hello"),
    )?;
    let sealed = seal::close(keys.receiving(), b"hello");
    report.step(
        "A message of hers under the key of the other direction ends the connection.",
        connection
            .ask(&[&[SEALED], sealed.as_slice()].concat())
            .is_err(),
    )
}

/// Runs the agreement up to the client's confirmation; `None` if the server does not answer.
pub(super) fn agree(
    to: &mut Connection,
    world: &World,
    phone: &Phone,
    pin: &str,
) -> Outcome<Option<(SessionKeys, ClientConfirmation)>> {
    let site = &world.accounts.site;
    let challenge = challenge(to)?;
    let unlocked = phone.unlock(site, pin)?;
    let login = unlocked.secret.login(&unlocked.target);
    let login = match &unlocked.permit {
        Some(permit) => login.permit(permit),
        None => login,
    };
    let Agreement { session, hello } = login.agree(&mut rng(), challenge)?;
    let answer = to.ask(&phone.message(site, AGREE, &hello.to_bytes()))?;
    if answer.is_empty() {
        return Ok(None);
    }
    let base = KeyBase::new(&unlocked.secret, site);
    let confirmed = session.finish(&base, &ServerHello::from_bytes(&answer)?)?;
    Ok(Some((confirmed.keys, confirmed.confirmation)))
}

fn no_answer() -> Box<dyn core::error::Error + Send + Sync> {
    missing("the server answers with its half of the key")
}

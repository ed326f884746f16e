//! Alice gets her secret and splits a PIN off.

use milagro::mpin::{Identity, Token};

use crate::napkin::authority::request_client;
use crate::napkin::phone::Phone;
use crate::napkin::story::{Outcome, Story, missing};
use crate::napkin::wire::Connection;
use crate::napkin::world::{World, fresh};

/// Registers a user's phone at the authority and leaves a token on it.
pub(crate) fn registers(story: &mut Story, world: &World, pin: &str) -> Outcome<Phone> {
    story.chapter("Alice registers");
    let identity = Identity::device("napkin", "alice@example.com", &fresh())?;
    let code = world.invite(&identity);
    let mut connection = Connection::open(world.authority.address())?;
    story.step(
        "Somebody without an activation code asks for Alice's secret and gets nothing.",
        request_client(&mut connection, &fresh(), &identity)?.is_none(),
    )?;
    let mallory = Identity::device("napkin", "mallory@example.com", &fresh())?;
    story.step(
        "Alice's code is good for no other identity.",
        request_client(&mut connection, &code, &mallory)?.is_none(),
    )?;
    let secret = request_client(&mut connection, &code, &identity)?
        .ok_or_else(|| missing("the authority issues Alice's secret"))?;
    story.step(
        "Alice sends her code and gets her secret, a point of G1 in 48 bytes.",
        secret.identity() == &identity,
    )?;
    story.step(
        "The code works once.",
        request_client(&mut connection, &code, &identity)?.is_none(),
    )?;
    let whole = secret.as_point().to_bytes().to_vec();
    let phone = Phone::keep(world.domain, secret, pin)?;
    story.step(
        &format!(
            "She picks a PIN of four digits. Her phone keeps a token of {} bytes; the secret is gone.",
            phone.stored().len()
        ),
        Token::from_bytes(phone.stored()).is_ok() && !contains(phone.stored(), &whole),
    )?;
    Ok(phone)
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

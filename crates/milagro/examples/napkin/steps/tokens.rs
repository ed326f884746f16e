//! Alice draws tokens under her name, and somebody spends them.

use milagro::voprf::tokens::{
    KeySchedule, Refusal, ReserveError, TokenKey, TokenRequest, TokenResponse, Wallet,
};

use crate::napkin::mint::{DAILY, DAY, OVERLAP, Published};
use crate::napkin::phone::{Phone, draw};
use crate::napkin::station::{Trouble, moved, send, spend};
use crate::napkin::story::{Outcome, Story, missing, scene};
use crate::napkin::wire::Connection;
use crate::napkin::world::{World, rng};

/// Draws a day's tokens over the connection that Alice has logged in on.
pub(crate) fn draws(story: &mut Story, world: &World, alice: &Phone, pin: &str) -> Outcome<Wallet> {
    story.chapter("Alice draws anonymous tokens");
    let Published { schedule, digest } = world.mint.publish();
    scene("ledger.example has published today's token key; the digest is in the newspaper.");
    let pinned = KeySchedule::pinned(&schedule, &digest)?;
    story.step(
        "A schedule with a key made for Alice alone is not the one that everybody has.",
        KeySchedule::pinned(&world.mint.publish_marked(), &digest).is_err(),
    )?;
    let key: TokenKey = TokenKey::from_schedule(&pinned, world.clock.now())?;
    let mut connection = Connection::open(world.ledger.service.address())?;

    let (request, _) = key.draw(&mut rng(), 1)?;
    story.step(
        "Somebody who has not logged in draws none.",
        draw(&mut connection, &request.to_bytes())?.is_empty(),
    )?;
    alice.log_in(&mut connection, &world.ledger.door, pin)?;

    world.mint.mark(true);
    let (request, pending) = key.draw(&mut rng(), 10)?;
    let answer = draw(&mut connection, &request.to_bytes())?;
    world.mint.mark(false);
    let marked = pending.finish(&TokenResponse::from_bytes(&answer)?);
    story.step(
        "The server answers under a key made for Alice alone, with a proof for that key: her phone sees \
         that it is not the published one, and throws the tokens away.",
        marked.is_err(),
    )?;

    let count = usize::try_from(DAILY)?;
    let (request, pending) = key.draw(&mut rng(), count)?;
    let answer = draw(&mut connection, &request.to_bytes())?;
    let mut wallet = Wallet::new();
    for token in pending.finish(&TokenResponse::from_bytes(&answer)?)? {
        wallet.insert(token)?;
    }
    story.step(
        &format!(
            "She draws {DAILY} tokens in one batch: {} bytes there, {} back, and one proof for all, which holds.",
            request.to_bytes().len(),
            answer.len()
        ),
        wallet.len() == count,
    )?;
    let (request, _): (TokenRequest, _) = key.draw(&mut rng(), 1)?;
    story.step(
        "That was her ration for today; she gets no more.",
        draw(&mut connection, &request.to_bytes())?.is_empty(),
    )?;
    Ok(wallet)
}

/// Spends tokens over connections that nobody has logged in on.
pub(crate) fn spends(story: &mut Story, world: &World, mut wallet: Wallet) -> Outcome<()> {
    story.chapter("Somebody reports the weather");
    let Published { schedule, digest } = world.mint.publish();
    let pinned = KeySchedule::pinned(&schedule, &digest)?;
    let station = world.station.role();
    let saved = wallet.to_bytes();
    let take = |wallet: &mut Wallet| {
        let token = wallet.take_redeemable(&mut rng(), pinned.schedule(), world.clock.now());
        token.ok_or_else(|| missing("there is a token left"))
    };

    let mut nobody = Connection::open(world.station.address())?;
    let report = "hail at 51.5 N, 0.1 W";
    let token = take(&mut wallet)?;
    let first = *token.nonce();
    let message = spend(token, report)?;
    story.step(
        "On a connection of its own, without a name, a token pays for a report of hail.",
        send(&mut nobody, &message)? && station.reports() == [report],
    )?;
    story.step(
        "The same message again is refused: the token is spent.",
        !send(&mut nobody, &message)? && station.last_trouble() == Some(spent()),
    )?;

    let second = spend(take(&mut wallet)?, "rain at 48.1 N, 11.6 E")?;
    let forged = moved(&second, "sunshine everywhere").ok_or_else(|| missing("a message"))?;
    let refused = !send(&mut nobody, &forged)?;
    let unproven = station.last_trouble() == Some(Trouble::Refused(Refusal::Unproven));
    story.step(
        "Somebody else puts another report beside a token that was not spent yet: it pays for the first report only.",
        refused && unproven,
    )?;
    story.step(
        "The forgery has not used it up.",
        send(&mut nobody, &second)? && station.reports().len() == 2,
    )?;

    let mut copy = Wallet::from_bytes(&saved)?;
    let mut token = take(&mut copy)?;
    while *token.nonce() != first {
        token = take(&mut copy)?;
    }
    let again = spend(token, "snow at 47.4 N, 8.5 E")?;
    story.step(
        "From a copy of the wallet a spent token is offered for another report, and refused.",
        !send(&mut nobody, &again)? && station.last_trouble() == Some(spent()),
    )?;

    let late = spend(take(&mut wallet)?, "fog at 45.5 N, 9.2 E")?;
    world.clock.wait(DAY + OVERLAP);
    let refused = !send(&mut nobody, &late)?;
    let expired = station.last_trouble() == Some(Trouble::Refused(Refusal::Expired));
    story.step(
        "A day and an hour later the tokens buy nothing.",
        refused && expired,
    )?;
    wallet.forget_expired(pinned.schedule(), world.clock.now());
    story.step("The wallet forgets them.", wallet.is_empty())
}

const fn spent() -> Trouble {
    Trouble::Refused(Refusal::NotReserved(ReserveError::Spent))
}

//! Alice draws tokens under her name, and they are spent without a name.

use milagro::voprf::tokens::TokenResponse;
use milagro::voprf::tokens::client::{Drawing, TokenKey, Wallet};
use milagro::voprf::tokens::redeemer::Refusal;
use milagro::voprf::tokens::schedule::KeySchedule;

use crate::napkin::issuer::{DAILY, DAY, GRACE, Published};
use crate::napkin::phone::{Phone, draw};
use crate::napkin::redeemer::{Trouble, moved, send, spend};
use crate::napkin::report::{Outcome, Report, missing, note};
use crate::napkin::wire::Connection;
use crate::napkin::world::{World, rng};

/// Draws a day's tokens over the connection that Alice has logged in on.
pub(crate) fn draw_tokens(
    report: &mut Report,
    world: &World,
    alice: &mut Phone,
    pin: &str,
) -> Outcome<Wallet> {
    report.section("Alice draws anonymous tokens");
    let Published { schedule, digest } = world.issuer.publish();
    note(
        "accounts.example has published today's token key, and the digest of it through another channel.",
    );
    let pinned = KeySchedule::pinned(&schedule, &digest)?;
    report.step(
        "A schedule with a key made for Alice alone is not the one that everybody has.",
        KeySchedule::pinned(&world.issuer.publish_marked(), &digest).is_err(),
    )?;
    let key: TokenKey = TokenKey::from_schedule(&pinned, world.clock.now())?;
    let mut connection = Connection::open(world.accounts.service.address())?;

    let Drawing { request, .. } = key.draw(&mut rng(), 1)?;
    report.step(
        "A connection on which nobody has logged in gets none.",
        draw(&mut connection, &request.to_bytes())?.is_empty(),
    )?;
    alice.log_in(&mut connection, &world.accounts.site, pin)?;

    world.issuer.mark(true);
    let Drawing { request, pending } = key.draw(&mut rng(), 10)?;
    let answer = draw(&mut connection, &request.to_bytes())?;
    world.issuer.mark(false);
    let marked = pending.finish(&TokenResponse::from_bytes(&answer, request.count())?);
    report.step(
        "The server answers under a key made for Alice alone, with a proof for that key: her phone sees \
         that it is not the published one, and drops the tokens.",
        marked.is_err(),
    )?;

    let count = usize::try_from(DAILY)?;
    let Drawing { request, pending } = key.draw(&mut rng(), count)?;
    let answer = draw(&mut connection, &request.to_bytes())?;
    let mut wallet = Wallet::new();
    wallet.put(pending.finish(&TokenResponse::from_bytes(&answer, count)?)?)?;
    report.step(
        &format!(
            "She draws {DAILY} tokens in one batch: {} bytes there, {} back, and one proof for all, which holds.",
            request.to_bytes().len(),
            answer.len()
        ),
        wallet.len() == count,
    )?;
    let Drawing { request, .. } = key.draw(&mut rng(), 1)?;
    report.step(
        "That was her quota for today; she gets no more.",
        draw(&mut connection, &request.to_bytes())?.is_empty(),
    )?;
    Ok(wallet)
}

/// Spends tokens over connections that nobody has logged in on.
pub(crate) fn spend_tokens(report: &mut Report, world: &World, mut wallet: Wallet) -> Outcome<()> {
    report.section("Tokens pay for weather reports");
    let Published { schedule, digest } = world.issuer.publish();
    let pinned = KeySchedule::pinned(&schedule, &digest)?;
    let redeemer = world.redeemer.handler();
    let saved = wallet.to_bytes();
    let take = |wallet: &mut Wallet| {
        let token = wallet.take_redeemable(&mut rng(), pinned.schedule(), world.clock.now());
        token.ok_or_else(|| missing("there is a token left"))
    };

    let mut nobody = Connection::open(world.redeemer.address())?;
    let hail = "hail at 51.5 N, 0.1 W";
    let token = take(&mut wallet)?;
    let first = token.nonce();
    let message = spend(token, hail)?;
    report.step(
        "On a connection of its own, without a name, a token pays for a report of hail.",
        send(&mut nobody, &message)? && redeemer.reports() == [hail],
    )?;
    report.step(
        "The same message again is refused: the token is spent.",
        !send(&mut nobody, &message)? && redeemer.last_trouble() == Some(Trouble::Repeated),
    )?;

    let second = spend(take(&mut wallet)?, "rain at 48.1 N, 11.6 E")?;
    let forged = moved(&second, "sunshine everywhere").ok_or_else(|| missing("a message"))?;
    let refused = !send(&mut nobody, &forged)?;
    let unproven = redeemer.last_trouble() == Some(Trouble::Refused(Refusal::Unproven));
    report.step(
        "An attacker puts another report beside a token that is not spent yet: it is bound to the first report.",
        refused && unproven,
    )?;
    report.step(
        "The forgery has not used the token up.",
        send(&mut nobody, &second)? && redeemer.reports().len() == 2,
    )?;

    let mut copy = Wallet::from_bytes(&saved)?;
    let mut token = take(&mut copy)?;
    while token.nonce() != first {
        token = take(&mut copy)?;
    }
    let again = spend(token, "snow at 47.4 N, 8.5 E")?;
    report.step(
        "From a copy of the wallet a spent token is offered for another report, and refused.",
        !send(&mut nobody, &again)? && redeemer.last_trouble() == Some(Trouble::Spent),
    )?;

    let late = spend(take(&mut wallet)?, "fog at 45.5 N, 9.2 E")?;
    world.clock.wait(DAY.plus(GRACE).plus(GRACE));
    let refused = !send(&mut nobody, &late)?;
    let expired = redeemer.last_trouble() == Some(Trouble::Refused(Refusal::Expired));
    report.step(
        "When the key's day and an hour of grace are over, the tokens buy nothing.",
        refused && expired,
    )?;
    wallet.forget_expired(pinned.schedule(), world.clock.now());
    report.step("The wallet forgets them.", wallet.is_empty())
}

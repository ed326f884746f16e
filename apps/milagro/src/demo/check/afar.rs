//! Logins somewhere else: at a shop, and at another screen.

use milagro_wire::bounded::Blob;
use milagro_wire::login::names::{ClientId, Origin};
use milagro_wire::login::{HandOffAnswer, HandOffRequest, HandedOver, Purpose};
use serde_json::from_str;

use crate::demo::browser::Browser;
use crate::demo::check::play::{Play, unless};
use crate::demo::people::{Attempt, RIGHT};
use crate::demo::site::network;
use crate::exit::{Failure, Outcome};

/// What the shop shows of her.
const KNOWN: &str = "You are <b>alice</b>, by ";

pub(crate) async fn buys(play: &mut Play) -> Outcome<String> {
    let shop = play.site.shop.clone();
    let before = play.visit(&format!("{shop}/")).await?;
    unless(!before.contains(KNOWN), "the shop knows her before")?;
    let after = play.visit(&format!("{shop}/in")).await?;
    unless(
        after.contains(&format!("{KNOWN}OpenID Connect")),
        "the shop does not know her",
    )?;
    // Where nobody is logged in, the way leads over the login page.
    play.browser = Browser::new()?;
    let anew = play.visit(&format!("{shop}/in")).await?;
    unless(
        anew.contains(KNOWN),
        "the shop does not know her in a new browser",
    )?;
    Ok("OpenID Connect, with a session and without one".to_owned())
}

pub(crate) async fn hands_off(play: &mut Play) -> Outcome<String> {
    let (login, shop) = (play.site.login.clone(), play.site.shop.clone());
    let origin = Origin::new(&shop).map_err(Failure::other)?;
    let wanted = HandOffRequest {
        client: ClientId::new("shop").map_err(Failure::other)?,
        origin: origin.clone(),
    };
    // A screen that is not hers shows a number.
    let mut screen = Browser::new()?;
    let shown = screen
        .post(&format!("{login}/v1/handoffs"), &wanted)
        .await?;
    let HandOffAnswer { number, .. } = shown.form()?;
    let seen = play
        .alice
        .look(&play.site, &mut play.browser, number)
        .await?;
    unless(seen.origin == origin, "the number is for another origin")?;
    let purpose = Purpose::HandOff { number, origin };
    let pin = RIGHT;
    let answer = play.attempt(Attempt { pin, purpose }).await?;
    let answer = answer.map_err(network)?;
    unless(answer.code.is_none(), "the code goes to the wrong browser")?;
    let address = format!("{login}/v1/handoffs/{number}/events");
    let events = screen.get(&address).await?.text();
    let code = code(&events)?;
    screen
        .submit(&format!("{shop}/code"), "code", &code)
        .await?;
    let page = screen.get(&format!("{shop}/")).await?.text();
    unless(
        page.contains(&format!("{KNOWN}a login code")),
        "the shop does not know her there",
    )?;
    // It was good once.
    let mut thief = Browser::new()?;
    let again = thief.submit(&format!("{shop}/code"), "code", &code).await?;
    unless(again.status == 403, "a code is good twice")?;
    Ok("a number on another screen, confirmed on her device".to_owned())
}

/// The code in the events that the screen was sent.
fn code(events: &str) -> Outcome<String> {
    let mut lines = events.lines();
    let data = lines.find_map(|line| line.strip_prefix("data: "));
    let data = data.ok_or_else(|| network("no code comes"))?;
    let HandedOver { code } = from_str(data).map_err(network)?;
    Ok(Blob::to_text(&code))
}

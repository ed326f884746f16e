//! One authority away, the next day, and anonymous tokens.

use std::sync::{Arc, Mutex, PoisonError};

use axum::http::HeaderValue;
use milagro_base::Seconds;
use milagro_dta::rand_core::UnwrapErr;
use milagro_tokens::client::{
    Client, ClientParts, Keeper, Purchase, Receipt, Refill, Refilled, SaveError, TokenService,
    Trust,
};
use milagro_tokens::tenant::TenantName;
use milagro_voprf::tokens::redeemer::RedeemerId;

use crate::demo::browser::Browser;
use crate::demo::check::play::{Play, unless};
use crate::demo::ground::services::{REDEEMER, TENANT};
use crate::demo::people::{Attempt, Person, RIGHT};
use crate::demo::site::{Site, endpoint, network};
use crate::directory::{now, put_forward};
use crate::exit::{Failure, Outcome};

pub(crate) async fn goes_on_with_two(play: &mut Play) -> Outcome<String> {
    let (registry, site) = (play.site.registry()?, play.site.clone());
    let mut bob = Person::enrol(&site, "bob").await?;
    let mut browser = Browser::new()?;
    let answer = bob
        .log_in(&site, &mut browser, Attempt::with(RIGHT))
        .await?;
    answer.map_err(network)?;
    // A new list, and so a new bulletin.
    let before = registrar_list(&site).await?;
    registry.remove(&bob.subject).await.map_err(network)?;
    let list = registry.push().await.map_err(network)?;
    unless(list.taken == 2, "not two authorities have the list")?;
    registry.publish().await.map_err(network)?;
    let after = registrar_list(&site).await?;
    unless(after > before, "no bulletin of the new list")?;
    play.alice.fetch_permit(&site).await?.map_err(network)?;
    Ok("Bob enrols, logs in and is revoked; a bulletin is made".to_owned())
}

/// The number of the list that today's bulletin comes from.
async fn registrar_list(site: &Site) -> Outcome<u64> {
    let today = now().get() / Seconds::days(1).get();
    let named = site.registrar()?.bulletin(today).await;
    Ok(named.map_err(network)?.list)
}

pub(crate) async fn changes_epoch(play: &mut Play) -> Outcome<String> {
    put_forward(Seconds::days(1));
    unless(!play.has_session().await?, "a session lasts a day")?;
    // With yesterday's permit.
    play.is_refused().await?;
    let registry = play.site.registry()?;
    registry.publish().await.map_err(network)?;
    let permit = play.alice.fetch_permit(&play.site).await?;
    permit.map_err(network)?;
    play.log_in().await?;
    Ok("yesterday's permit is worth nothing, today's lets her in".to_owned())
}

/// Where a wallet is kept: whoever has a copy of this can look.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl Kept {
    fn state(&self) -> Vec<u8> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl Keeper for Kept {
    fn save(&mut self, state: &[u8]) -> Result<(), SaveError> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = state.to_vec();
        Ok(())
    }
}

pub(crate) async fn spends(play: &mut Play) -> Outcome<String> {
    let (site, shop) = (play.site.clone(), play.site.shop.clone());
    play.visit(&format!("{shop}/in")).await?;
    let bearer = play.browser.get(&format!("{shop}/token")).await?.text();
    let mut header = HeaderValue::from_str(&format!("Bearer {bearer}")).map_err(network)?;
    header.set_sensitive(true);
    let rng = &mut UnwrapErr(getrandom::SysRng);
    let kept = Kept::default();
    let mut own = wallet(&site, kept.clone())?;
    let drawn = own.refill(rng, Some(&header), now()).await;
    let drawn = drawn.map_err(network)?;
    unless(drawn == Refilled::Drawn(1), "no token is drawn")?;
    let copy = Kept(Arc::new(Mutex::new(kept.state())));
    let receipt = spend(&mut own, b"one coffee").await?;
    unless(receipt == Receipt::Accepted, "the token buys nothing")?;
    let mut copied = wallet(&site, copy)?;
    let receipt = spend(&mut copied, b"another coffee").await?;
    unless(receipt == Receipt::Refused, "the token buys twice")?;
    Ok("drawn by somebody who is known, spent by nobody, once".to_owned())
}

/// A wallet of one token at a time, with what is kept of it.
fn wallet(site: &Site, kept: Kept) -> Outcome<Client<Kept>> {
    let saved = kept.state();
    let saved = (!saved.is_empty()).then_some(saved);
    let service = || -> Outcome<TokenService> {
        let tenant = TenantName::new(TENANT).map_err(Failure::other)?;
        Ok(TokenService::new(endpoint(&site.tokens)?, tenant))
    };
    let signer = site.signer;
    let signer = signer.ok_or_else(|| Failure::other("no signer of schedules"))?;
    let name = RedeemerId::new(REDEEMER.as_bytes());
    let parts = ClientParts {
        issuer: service()?,
        redeemer: service()?,
        redeemer_id: name.map_err(|_| Failure::other("no name of a redeemer"))?,
        trust: Trust::Signer(signer),
        refill: Refill { low: 1, full: 1 },
        keeper: kept,
    };
    Client::new(parts, saved.as_deref()).map_err(Failure::other)
}

async fn spend(wallet: &mut Client<Kept>, payload: &[u8]) -> Outcome<Receipt> {
    let rng = &mut UnwrapErr(getrandom::SysRng);
    wallet.follow().await.map_err(network)?;
    let purchase = Purchase {
        context: b"demo",
        payload,
    };
    let receipts = wallet.spend(rng, &[purchase], now()).await;
    let receipts = receipts.map_err(network)?;
    receipts
        .first()
        .copied()
        .ok_or_else(|| network("no receipt"))
}

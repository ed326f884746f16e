//! What redeeming costs beside the check: processor time of the whole process per token, in batches of a hundred, from the
//! body of a request to the body of its answer, over a ledger in memory. In release: `cargo run --release -p milagro-tokens
//! --example tokens-load --features testkit`.

#![forbid(unsafe_code)]
#![allow(clippy::print_stdout, reason = "that is what it is for")]

extern crate alloc;

use alloc::sync::Arc;
use std::fs;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::Request;
use axum::http::header::CONTENT_TYPE;
use getrandom::SysRng;
use milagro_base::Seconds;
use milagro_ledger::memory::{MemoryLedger, MemoryRecords};
use milagro_ledger::{InPlace, Ledger as _};
use milagro_tokens::forms::{RedeemItem, RedeemRequest};
use milagro_tokens::primary::Primary;
use milagro_tokens::testkit::{Failure, Fleet, Ground, Role, Size, settings};
use milagro_tokens::{Keys, router};
use milagro_voprf::rand_core::UnwrapErr;
use milagro_voprf::tokens::RedemptionRequest;
use milagro_voprf::tokens::client::{Binding, Token, TokenKey};
use milagro_voprf::tokens::issuer::{Issuer, UncheckedRequest};
use milagro_voprf::tokens::keys::KeyRing;
use milagro_voprf::tokens::redeemer::{Redeemer, Redemption};
use milagro_voprf::tokens::schedule::SignedSchedule;
use milagro_wire::bounded::{Blob, List};
use milagro_wire::client::{Endpoint, Patience};
use tower::ServiceExt as _;

const BATCH: usize = 100;
const BATCHES: usize = 50;
const START: Seconds = Seconds::new(1_800_000_600);

/// Nanoseconds of processor time of all threads.
fn spent() -> Result<u64, Failure> {
    let mut all = 0_u64;
    for task in fs::read_dir("/proc/self/task")? {
        let text = fs::read_to_string(task?.path().join("schedstat"))?;
        let first = text.split(' ').next().ok_or("no time")?;
        all = all.saturating_add(first.parse()?);
    }
    Ok(all)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let rng = &mut UnwrapErr(SysRng);
    let ledger = Arc::new(InPlace(MemoryLedger::init(rng, 1_000_000, START)));
    let directory = tempfile::tempdir()?;
    let ground = Ground {
        ledgers: vec![Arc::<InPlace<MemoryLedger>>::clone(&ledger)],
        records: Arc::new(MemoryRecords::new(1 << 22)),
        directory: directory.path().to_owned(),
        start: START,
        generator: || UnwrapErr(SysRng),
        connect: |address| Endpoint::new(address, reqwest::ClientBuilder::new(), Patience::NONE),
    };
    let fleet = Fleet::found(ground, &settings(Size::SMALL)).await?;
    fleet.service(Role::Issuer, Keys::PrimaryAndSigner).await?;
    let service = fleet.service(Role::Redeemer, Keys::Primary).await?;
    let routes = router(service);
    fleet.clock.advance(Seconds::new(122));

    let beside = beside(&fleet, &routes, ledger).await?;
    let (mut whole, mut checks) = (0_u64, 0_u64);
    let Beside {
        redeemer,
        mut tokens,
    } = beside;
    for _ in 0..BATCHES {
        let batch = tokens.drain(..BATCH).collect();
        let (all, check) = redeem(&fleet, &routes, &redeemer, batch).await?;
        (whole, checks) = (whole.saturating_add(all), checks.saturating_add(check));
    }
    let per = |time: u64| time / u64::try_from(BATCH * BATCHES).unwrap_or(1);
    println!(
        "whole {} ns a token, of which the check {} ns",
        per(whole),
        per(checks)
    );
    println!(
        "beyond the check {} ns a token",
        per(whole.saturating_sub(checks))
    );
    Ok(())
}

/// What the service has, beside it: to say what the check alone costs.
struct Beside {
    redeemer: Redeemer,
    tokens: Vec<Token>,
}

async fn beside(
    fleet: &Fleet,
    routes: &Router,
    ledger: Arc<InPlace<MemoryLedger>>,
) -> Result<Beside, Failure> {
    let rng = &mut UnwrapErr(SysRng);
    let (now, tenant) = (fleet.clock.now(), fleet.tenant());
    let get = Request::get("/v1/weather/schedule").body(Body::empty())?;
    let signed = to_bytes(routes.clone().oneshot(get).await?.into_body(), 1 << 20).await?;
    let pinned = fleet.verifier.pin(&SignedSchedule::from_bytes(&signed)?)?;
    let schedule = pinned.schedule().clone();
    let primary = Primary::find(fleet.safe(), &tenant).await?;
    let mut ring = KeyRing::new();
    for key in schedule.keys() {
        ring.insert(primary.derive(schedule.plan(), *key.slot())?);
    }
    let (ring, quota) = (
        Arc::new(ring),
        milagro_voprf::tokens::issuer::Quota::new(1 << 20, Seconds::days(1))?,
    );
    let issuer = Issuer::new(
        schedule.clone(),
        Arc::clone(&ring),
        quota,
        tenant.budget(),
        ledger.id(),
    )?;
    let redeemer = Redeemer::new(tenant.redeemer().clone(), schedule, ring, ledger.id())?;
    let key: TokenKey = TokenKey::from_schedule(&pinned, now)?;
    let drawing = key.draw(rng, BATCH * BATCHES)?;
    let request = UncheckedRequest::from_bytes(&drawing.request.to_bytes(), issuer.maximum())?;
    let leased = issuer.lease_local(rng, &ledger.0, &request, now)?;
    let paid = issuer
        .check(b"ann", leased, now)?
        .spend_local(&ledger.0, now)?;
    let tokens = drawing.pending.finish(&issuer.answer(paid)?)?;
    Ok(Beside { redeemer, tokens })
}

/// What a batch costs, and what of it the check alone does.
async fn redeem(
    fleet: &Fleet,
    routes: &Router,
    redeemer: &Redeemer,
    batch: Vec<Token>,
) -> Result<(u64, u64), Failure> {
    let (now, tenant) = (fleet.clock.now(), fleet.tenant());
    let binding = Binding {
        redeemer: tenant.redeemer(),
        context: b"report/v1",
        payload: b"hail, 51.5 N 0.1 W",
    };
    let requests: Vec<RedemptionRequest> = batch
        .into_iter()
        .map(|token| token.redeem(&binding).request)
        .collect();
    let redemptions: Vec<_> = requests
        .iter()
        .map(|request| Redemption {
            request,
            context: binding.context,
            payload: binding.payload,
        })
        .collect();
    let before = spent()?;
    let good = redeemer
        .check_all(&redemptions, now)
        .iter()
        .filter(|one| one.is_ok())
        .count();
    let check = spent()?.saturating_sub(before);
    let items: Result<Vec<_>, Failure> = requests
        .iter()
        .map(|request| {
            Ok(RedeemItem {
                request: Blob::new(request.to_bytes())?,
                context: Blob::new(binding.context)?,
                payload: Blob::new(binding.payload)?,
            })
        })
        .collect();
    let form = serde_json::to_vec(&RedeemRequest {
        redemptions: List::new(items?)?,
    })?;
    let post = Request::post("/v1/weather/redeem").header(CONTENT_TYPE, "application/json");
    let post = post.body(Body::from(form))?;
    let before = spent()?;
    let answer = routes.clone().oneshot(post).await?;
    let answer = to_bytes(answer.into_body(), 1 << 16).await?;
    let all = spent()?.saturating_sub(before);
    let words = String::from_utf8(answer.to_vec())?;
    if good != BATCH || words.matches("\"spent\"").count() != BATCH {
        return Err("not all are spent".into());
    }
    Ok((all, check))
}

//! x
use core::num::NonZeroU32;
use getrandom::{SysRng, rand_core::UnwrapErr};
use milagro_base::Seconds;
use milagro_ledger::*;
use milagro_store_postgres::*;

#[tokio::test]
#[ignore = "needs PostgreSQL: .ci/run stores"]
async fn smoke() {
    let server = milagro_store_testkit::postgres::Postgres::start(&[]).unwrap();
    let now = Seconds::new(1_800_000_000);
    let mut rng = UnwrapErr(SysRng);
    let settings = Settings::new(&server.url(), Transport::PlainText).unwrap();
    let ledger = Postgres::init(&mut rng, settings, now).await.unwrap();
    let account = Account::new(Kind::CHALLENGE, &[1; 32], Life::Span { from: Some(now.plus(Seconds::new(100))), until: now.plus(Seconds::new(300)) });
    let lasting = Account::new(Kind::ATTEMPT, &[1; 32], Life::Lasting);
    let charge = |account| Charge { account, amount: NonZeroU32::MIN, limit: 3, claim: Claim::fresh(&mut UnwrapErr(SysRng)) };
    let charges = [charge(account), charge(lasting), charge(account), charge(account), charge(account), charge(lasting)];
    let v = ledger.charge(now, &charges).await;
    println!("{v:#?}");
    let v = ledger.charge(now, &charges[..1]).await;
    println!("{v:#?}");
    println!("{:?}", ledger.refund(&charges[..2]).await);
    println!("{:?}", ledger.usage(&[account, lasting]).await);
    println!("{:?}", ledger.clear(&[account, lasting]).await);
    println!("{:?}", ledger.usage(&[account, lasting]).await);
    ledger.keep_up().await.unwrap();
}

//! The wallet that refills itself, and servers that it finds out.

use alloc::sync::Arc;
use std::sync::Mutex;

use axum::http::HeaderValue;
use milagro_base::Seconds;
use milagro_ledger::memory::MemoryLedger;
use milagro_ledger::{LocalLedger, Refused};
use milagro_voprf::tokens::issuer::{Issuer, UncheckedRequest};
use milagro_voprf::tokens::keys::{KeyRing, TokenPrimary};
use milagro_voprf::tokens::redeemer::RedeemerId;
use milagro_voprf::tokens::schedule::{Draft, Epoch, ScheduleSigner, SignedSchedule};
use milagro_wire::client::CallError;

use crate::client::{
    Client, ClientError, ClientParts, Keeper, Purchase, Receipt, Refill, Refilled, SaveError,
    SpendError, TokenService, Trust,
};
use crate::testkit::{Crooked, Fleet, Process, Role, Size, settings};
use crate::tests::support::{NOW, connect, ground, ledger, rng};

/// Keeps the last state, until it is told to fail.
#[derive(Clone, Default)]
struct Disk(Arc<Mutex<(Vec<u8>, bool)>>);

impl Keeper for Disk {
    fn save(&mut self, state: &[u8]) -> Result<(), SaveError> {
        let mut disk = self.0.lock().unwrap();
        if disk.1 {
            return Err(SaveError);
        }
        disk.0 = state.to_vec();
        Ok(())
    }
}

struct World {
    fleet: Fleet,
    issuer: Process,
    redeemer: Process,
    _directory: tempfile::TempDir,
}

impl World {
    async fn new() -> Self {
        let (ground, directory) = ground(ledger());
        let mut settings = settings(Size::SMALL);
        settings.quota = 40;
        let fleet = Fleet::found(ground, &settings).await.unwrap();
        let issuer = fleet.start(Role::Issuer).await.unwrap();
        let redeemer = fleet.start(Role::Redeemer).await.unwrap();
        fleet.clock.advance(Seconds::new(122));
        Self {
            fleet,
            issuer,
            redeemer,
            _directory: directory,
        }
    }

    fn parts(&self, issuer: &Process, disk: &Disk) -> ClientParts<Disk> {
        ClientParts {
            issuer: self.fleet.client(issuer).unwrap(),
            redeemer: self.fleet.client(&self.redeemer).unwrap(),
            redeemer_id: RedeemerId::new(b"weather.example").unwrap(),
            trust: Trust::Signer(self.fleet.verifier),
            refill: Refill { low: 5, full: 10 },
            keeper: disk.clone(),
        }
    }

    fn client(&self, issuer: &Process, disk: &Disk) -> Client<Disk> {
        let saved = disk.0.lock().unwrap().0.clone();
        let saved = (!saved.is_empty()).then_some(&*saved);
        Client::new(self.parts(issuer, disk), saved).unwrap()
    }
}

fn ann() -> HeaderValue {
    HeaderValue::from_static("ann")
}

const REPORT: Purchase<'_> = Purchase {
    context: b"report/v1",
    payload: b"hail",
};

#[tokio::test(flavor = "multi_thread")]
async fn it_refills_ahead_of_need() {
    let (world, disk) = (World::new().await, Disk::default());
    let mut client = world.client(&world.issuer, &disk);
    let now = || world.fleet.clock.now();
    let ann = ann();
    assert_eq!(
        client.refill(&mut rng(), Some(&ann), now()).await.unwrap(),
        Refilled::Drawn(10)
    );
    assert_eq!(
        client.refill(&mut rng(), Some(&ann), now()).await.unwrap(),
        Refilled::Enough
    );
    let receipts = client.spend(&mut rng(), &[REPORT; 6], now()).await.unwrap();
    assert_eq!(receipts, [Receipt::Accepted; 6]);
    assert_eq!(
        client.refill(&mut rng(), Some(&ann), now()).await.unwrap(),
        Refilled::Drawn(6)
    );
    assert_eq!(client.len(), 10);

    // What is saved is all there is: another process goes on with it.
    drop(client);
    let mut client = world.client(&world.issuer, &disk);
    let early = client.spend(&mut rng(), &[REPORT], now()).await;
    assert!(matches!(
        early,
        Err(SpendError::NotSent(ClientError::NotPinned))
    ));
    client.follow().await.unwrap();
    assert_eq!(
        client.spend(&mut rng(), &[REPORT], now()).await.unwrap(),
        [Receipt::Accepted]
    );
    let many = client.spend(&mut rng(), &[REPORT; 10], now()).await;
    assert!(matches!(many, Err(SpendError::NotSent(ClientError::Empty))));
    assert_eq!(client.len(), 9);

    // In the next epoch it draws under the next key before the old tokens are gone, and both are good.
    world.fleet.clock.advance(Seconds::hours(1));
    world.issuer.refresh().await.unwrap();
    world.redeemer.refresh().await.unwrap();
    assert_eq!(
        client.refill(&mut rng(), Some(&ann), now()).await.unwrap(),
        Refilled::Drawn(10)
    );
    assert_eq!(
        client
            .spend(&mut rng(), &[REPORT; 19], now())
            .await
            .unwrap(),
        [Receipt::Accepted; 19]
    );

    // The quota is said, and what cannot be had does not wait for ever.
    let drawn = client.refill(&mut rng(), Some(&ann), now()).await.unwrap();
    assert_eq!(drawn, Refilled::Drawn(10));
    client
        .spend(&mut rng(), &[REPORT; 10], now())
        .await
        .unwrap();
    for _ in 0..2 {
        let over = client.refill(&mut rng(), Some(&ann), now()).await;
        let Err(ClientError::Call(CallError::Problem(problem))) = over else {
            panic!("{over:?}")
        };
        assert_eq!(
            problem.detail.as_deref(),
            Some("quota of this window used up")
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lost_replies_and_failing_disks() {
    let (world, disk) = (World::new().await, Disk::default());
    let now = world.fleet.clock.now();
    let ann = ann();
    // Nothing is sent that was not saved.
    let mut client = world.client(&world.issuer, &disk);
    disk.0.lock().unwrap().1 = true;
    let failed = client.refill(&mut rng(), Some(&ann), now).await;
    assert!(matches!(failed, Err(ClientError::Save)), "{failed:?}");
    disk.0.lock().unwrap().1 = false;

    // The process dies between request and answer: the answer is charged once, and comes again.
    let mut client = world.client(&world.issuer, &disk);
    let nobody = client.refill(&mut rng(), None, now).await;
    assert!(
        matches!(
            nobody,
            Err(ClientError::Call(
                CallError::Status(401) | CallError::Problem(_)
            ))
        ),
        "{nobody:?}"
    );
    for _ in 0..9 {
        // Each time the same ten of forty.
        let saved = disk.0.lock().unwrap().0.clone();
        let mut client =
            Client::new(world.parts(&world.issuer, &Disk::default()), Some(&saved)).unwrap();
        let drawn = client.refill(&mut rng(), Some(&ann), now).await.unwrap();
        assert_eq!((drawn, client.len()), (Refilled::Drawn(10), 10));
    }
    client.refill(&mut rng(), Some(&ann), now).await.unwrap();

    // Spending: the answer is lost, and the same bytes are sent again.
    let prepared = client.prepare(&mut rng(), &[REPORT; 2], now).unwrap();
    let gone = TokenService::new(
        connect("http://127.0.0.1:9").unwrap(),
        world.fleet.tenant().name().clone(),
    );
    let unanswered = prepared.again(&gone).await.unwrap_err();
    assert!(unanswered.error().is_some());
    let redeemer = world.fleet.client(&world.redeemer).unwrap();
    assert_eq!(
        unanswered.again(&redeemer).await.unwrap(),
        [Receipt::Accepted; 2]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_for_one_user_is_found_out() {
    let (world, disk) = (World::new().await, Disk::default());
    let now = world.fleet.clock.now();
    let honest = world
        .fleet
        .client(&world.issuer)
        .unwrap()
        .schedule()
        .await
        .unwrap();
    let honest = SignedSchedule::from_bytes(&honest).unwrap();
    let tenant = world.fleet.tenant();

    // The server lists a key of its own for this user, and signs that itself.
    let primary = <TokenPrimary>::generate(&mut rng());
    let epoch = tenant.plan().timetable().epoch(now).unwrap();
    let slot = tenant.plan().slot(epoch).unwrap();
    let own = primary.derive(tenant.plan(), slot).unwrap();
    let mut draft = Draft::new(tenant.plan().clone());
    draft.add(&own).unwrap();
    let signer = ScheduleSigner::generate(&mut rng());
    let other = Crooked {
        schedule: signer.sign(&draft.publish()),
        answer: Vec::new(),
    };
    let process = Process::listen(other.router(), None).await.unwrap();
    let mut client = world.client(&process, &disk);
    let found = client.refill(&mut rng(), Some(&ann()), now).await;
    assert!(matches!(found, Err(ClientError::NotPinned)), "{found:?}");

    // It shows the true schedule, and answers by its own key, with a proof that is right for that.
    let mut client = world.client(&world.issuer, &disk);
    client.follow().await.unwrap();
    let mut shown = Crooked {
        schedule: honest,
        answer: Vec::new(),
    };
    let waiting = Process::listen(shown.clone().router(), None).await.unwrap();
    let mut client = world.client(&waiting, &disk);
    let nothing = client.refill(&mut rng(), Some(&ann()), now).await;
    assert!(matches!(nothing, Err(ClientError::Answer)), "{nothing:?}");
    shown.answer = answer_by_own_key(&world);
    let process = Process::listen(shown.router(), None).await.unwrap();
    let mut client = world.client(&process, &disk);
    let found = client.refill(&mut rng(), Some(&ann()), now).await;
    assert!(matches!(found, Err(ClientError::OtherKey)), "{found:?}");
    assert_eq!(client.len(), 0);

    // The honest one still gives the same request its tokens.
    let mut client = world.client(&world.issuer, &disk);
    let drawn = client.refill(&mut rng(), Some(&ann()), now).await.unwrap();
    assert_eq!(drawn, Refilled::Drawn(10));

    // An earlier edition, though signed, is no way back; and a digest pins one edition alone.
    let edition = client.edition().unwrap();
    assert_eq!(edition.number(), 1);
    world.fleet.clock.advance(Seconds::hours(1));
    world.issuer.refresh().await.unwrap();
    client.follow().await.unwrap();
    assert_eq!(client.edition().unwrap().number(), 2);
    let mut client = world.client(&process, &disk);
    assert!(matches!(client.follow().await, Err(ClientError::NotPinned)));
    let parts = ClientParts {
        trust: Trust::Digest(*edition.digest()),
        ..world.parts(&process, &Disk::default())
    };
    let mut digest = Client::new(parts, None).unwrap();
    digest.follow().await.unwrap();
    let parts = ClientParts {
        trust: Trust::Digest(*edition.digest()),
        ..world.parts(&world.issuer, &Disk::default())
    };
    let mut digest = Client::new(parts, None).unwrap();
    assert!(matches!(digest.follow().await, Err(ClientError::NotPinned)));
}

/// The answer of another primary key, for the same place, to a request for as many tokens.
fn answer_by_own_key(world: &World) -> Vec<u8> {
    let tenant = world.fleet.tenant();
    let now = world.fleet.clock.now();
    let primary = <TokenPrimary>::generate(&mut rng());
    let epoch: Epoch = tenant.plan().timetable().epoch(now).unwrap();
    let key = primary
        .derive(tenant.plan(), tenant.plan().slot(epoch).unwrap())
        .unwrap();
    let mut draft = Draft::new(tenant.plan().clone());
    draft.add(&key).unwrap();
    let schedule = draft.publish();
    let pinned = milagro_voprf::tokens::schedule::PinnedSchedule::pin(schedule.clone());
    let mut ring = KeyRing::new();
    ring.insert(key);
    let ledger = MemoryLedger::init(&mut rng(), 100, NOW);
    let issuer = Issuer::new(
        schedule,
        Arc::new(ring),
        tenant.quota(),
        tenant.budget(),
        ledger.id(),
    )
    .unwrap();
    let drawing = <milagro_voprf::tokens::client::TokenKey>::from_schedule(&pinned, now).unwrap();
    let request = drawing.draw(&mut rng(), 10).unwrap().request.to_bytes();
    let request = UncheckedRequest::from_bytes(&request, 10).unwrap();
    let leased = issuer
        .lease_local(&mut rng(), &ledger, &request, now)
        .unwrap();
    let paid = issuer
        .check(b"ann", leased, now)
        .unwrap()
        .spend_local(&ledger, now);
    let (Ok(paid) | Err(Refused::Again(paid))) = paid else {
        panic!("unpaid")
    };
    issuer.answer(paid).unwrap().to_bytes()
}

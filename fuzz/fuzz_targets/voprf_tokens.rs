//! Everything of the token layer that is stored or sent: what is accepted encodes to the same bytes, valid
//! bytes are accepted, and a request that was changed on the way buys nothing.

#![no_main]

use std::sync::Arc;

use libfuzzer_sys::{arbitrary, fuzz_target};
use milagro_base::Seconds;
use milagro_fuzz::{Damage, Seeded, strict};
use milagro_ledger::LocalLedger as _;
use milagro_ledger::memory::MemoryLedger;
use milagro_voprf::Ristretto255;
use milagro_voprf::tokens::client::{Binding, Drawing, PendingTokens, Token, TokenKey, Wallet};
use milagro_voprf::tokens::issuer::{Issuer, QueryBudget, Quota, UncheckedRequest};
use milagro_voprf::tokens::keys::{KeyRing, PortableKey};
use milagro_voprf::tokens::redeemer::{BareRedemption, Redeemer, RedeemerId, Redemption};
use milagro_voprf::tokens::schedule::{
    Draft, Edition, Epoch, KeySchedule, PinnedSchedule, Plan, ScheduleSigner, SignedSchedule,
    Timetable, Uses,
};
use milagro_voprf::tokens::{BareRequest, RedemptionRequest, TokenResponse};

const ORIGIN: Seconds = Seconds::new(1_800_000_000);
const DAY: Seconds = Seconds::days(1);
/// In the first epoch.
const NOW: Seconds = Seconds::new(1_800_000_050);

#[derive(Debug, arbitrary::Arbitrary)]
enum Thing {
    Schedule {
        use_case: String,
        changes: Vec<Change>,
    },
    Request,
    Response,
    Pending {
        keyed: bool,
    },
    Token {
        keyed: bool,
    },
    Wallet,
    Redemption {
        keyed: bool,
        payload: Vec<u8>,
    },
    Bare,
    Key,
}

/// What an operator does to a schedule.
#[derive(Debug, arbitrary::Arbitrary)]
enum Change {
    Add { epoch: u8, later: u32 },
    Replace { epoch: u8, serial: u8 },
    Withdraw { place: u8 },
    DropBefore { epoch: u8 },
    Publish,
}

#[derive(Debug, arbitrary::Arbitrary)]
struct Input {
    seed: u64,
    uses: u8,
    thing: Thing,
    damage: Damage,
}

/// A key of this plan, the same each time.
fn key(plan: &Plan) -> PortableKey {
    let slot = plan.slot(Epoch::new(0)).expect("early");
    PortableKey::generate(&mut Seeded(1), plan, slot).expect("of this suite")
}

fuzz_target!(|input: Input| {
    let Input {
        seed,
        uses,
        thing,
        damage,
    } = input;
    let uses = Uses::new(uses % Uses::MAX + 1).expect("1 to 64");
    let service = Service::new(uses);
    let mut rng = Seeded(seed);
    match thing {
        Thing::Schedule { use_case, changes } => editions(&use_case, uses, changes, &damage),
        Thing::Request => {
            let request = service.key.draw(&mut rng, 2).expect("two").request;
            let bytes = damage.apply(&request.to_bytes());
            if let Ok(read) = UncheckedRequest::<Ristretto255>::from_bytes(&bytes, 100)
                && let Ok(decoded) = read.decode()
            {
                assert_eq!(decoded.to_bytes(), bytes);
                assert_eq!(u32::try_from(decoded.count()), Ok(read.count()));
            }
        }
        Thing::Response => {
            let drawing = service.key.draw(&mut rng, 2).expect("two");
            let response = service.answer(&drawing.request.to_bytes()).to_bytes();
            let read = |bytes: &[u8]| TokenResponse::<Ristretto255>::from_bytes(bytes, 2);
            strict(&damage, &response, read, |read| read.to_bytes());
            let bytes = damage.apply(&response);
            if let Ok(read) = read(&bytes) {
                assert_eq!(drawing.pending.finish(&read).is_ok(), bytes == response);
            }
        }
        Thing::Pending { keyed } => {
            let pending = service.draw(&mut rng, keyed, 2).pending;
            let read =
                |bytes: &[u8]| PendingTokens::<Ristretto255>::from_bytes(bytes, &service.pinned);
            strict(&damage, &pending.to_bytes(), read, |read| {
                read.to_bytes().to_vec()
            });
        }
        Thing::Token { keyed } => strict(
            &damage,
            &service.token(&mut rng, keyed).to_bytes(),
            Token::from_bytes,
            |read| read.to_bytes().to_vec(),
        ),
        Thing::Wallet => {
            let mut wallet = Wallet::new();
            for keyed in [false, true] {
                wallet
                    .put(vec![service.token(&mut rng, keyed)])
                    .expect("two forms");
            }
            strict(&damage, &wallet.to_bytes(), Wallet::from_bytes, |read| {
                read.to_bytes().to_vec()
            });
        }
        Thing::Redemption { keyed, payload } => {
            let token = service.token(&mut rng, keyed);
            redemption(&service, token, &payload, &damage);
        }
        Thing::Bare => {
            let spending = service
                .token(&mut rng, false)
                .redeem_bare()
                .expect("has no key");
            let valid = spending.request.to_bytes();
            strict(&damage, &valid, BareRequest::from_bytes, |read| {
                read.to_bytes().to_vec()
            });
            let bytes = damage.apply(&valid);
            if let Ok(request) = BareRequest::from_bytes(&bytes) {
                let redemption = BareRedemption {
                    request: &request,
                    context: b"",
                    payload: b"",
                };
                let checked = service.redeemer.check_bare(&redemption, NOW);
                let same = bytes == *valid;
                // Another use of the same token is as good.
                assert!(checked.is_ok() == same || uses > Uses::ONE && bytes.len() == valid.len());
            }
        }
        Thing::Key => {
            let plan = plan(uses);
            let read = |bytes: &[u8]| <PortableKey>::from_bytes(bytes, &plan);
            let valid = key(&plan).to_bytes();
            strict(&damage, &valid, read, |read| read.to_bytes().to_vec());
        }
    }
});

/// Whatever an operator does: what is published is read again, each edition follows all before it, and none
/// follows back.
fn editions(use_case: &str, uses: Uses, changes: Vec<Change>, damage: &Damage) {
    let Ok(plan) = Plan::new::<Ristretto255>(use_case, timetable(), uses) else {
        return;
    };
    let mut draft = Draft::new(plan.clone());
    let mut editions = Vec::new();
    for (number, change) in changes.into_iter().enumerate().take(64) {
        match change {
            Change::Add { epoch, later } => {
                let slot = plan.slot(Epoch::new(epoch.into())).expect("early");
                let opens = slot.opens().plus(Seconds::new(later.into()));
                let _ = draft.add_public(slot.opening(opens), &number.to_be_bytes());
            }
            Change::Replace { epoch, serial } => {
                let mut slot = plan.slot(Epoch::new(epoch.into())).expect("early");
                for _ in 0..serial % 4 {
                    slot = slot.replaced(slot.opens()).expect("few");
                }
                let seed = u64::try_from(number).expect("small");
                let key = <PortableKey>::generate(&mut Seeded(seed), &plan, slot).expect("inside");
                let before = draft.clone().publish();
                if draft.replace(&key).is_err() {
                    assert_eq!(draft.clone().publish(), before);
                }
            }
            Change::Withdraw { place } => {
                let schedule = draft.clone().publish();
                if let Some(key) = schedule.keys().get(usize::from(place)) {
                    draft.withdraw(key.id()).expect("listed");
                }
            }
            Change::DropBefore { epoch } => draft.drop_before(Epoch::new(epoch.into())),
            Change::Publish => {
                let edition = draft.publish();
                draft = edition.revise();
                editions.push(edition);
            }
        }
    }
    editions.push(draft.publish());
    for (place, edition) in editions.iter().enumerate() {
        let bytes = edition.to_bytes();
        assert_eq!(KeySchedule::from_bytes(&bytes).as_ref(), Ok(edition));
        let kept = Edition::from_bytes(&edition.edition().to_bytes());
        assert_eq!(kept, Ok(edition.edition()));
        for before in &editions[..place] {
            assert!(before.is_followed_by(edition) && !edition.is_followed_by(before));
            assert!(!before.is_no_earlier_than(&edition.edition()));
        }
    }
    let last = editions.last().expect("one");
    strict(damage, &last.to_bytes(), KeySchedule::from_bytes, |read| {
        read.to_bytes()
    });
    let signer = ScheduleSigner::generate(&mut Seeded(5));
    let signed = signer.sign(last).to_bytes();
    strict(damage, &signed, SignedSchedule::from_bytes, |read| {
        read.to_bytes()
    });
    let bytes = damage.apply(&signed);
    if let Ok(read) = SignedSchedule::from_bytes(&bytes) {
        assert_eq!(signer.verifier().pin(&read).is_ok(), bytes == signed);
    }
}

fn redemption(service: &Service, token: Token, payload: &[u8], damage: &Damage) {
    let binding = Binding {
        redeemer: service.redeemer.id(),
        context: b"fuzz",
        payload,
    };
    let valid = token.redeem(&binding).request.to_bytes();
    strict(
        damage,
        &valid,
        RedemptionRequest::from_bytes,
        RedemptionRequest::to_bytes,
    );
    let bytes = damage.apply(&valid);
    let Ok(request) = RedemptionRequest::from_bytes(&bytes) else {
        return;
    };
    let redemption = Redemption {
        request: &request,
        context: b"fuzz",
        payload,
    };
    let redeem = || {
        let unspent = service.redeemer.check(&redemption, NOW);
        unspent.is_ok_and(|unspent| unspent.spend_local(&service.ledger, NOW).is_ok())
    };
    assert_eq!(redeem(), bytes == valid);
    assert!(!redeem(), "spent, or never good");
}

fn timetable() -> Timetable {
    Timetable::new(ORIGIN, DAY).expect("not empty")
}

fn plan(uses: Uses) -> Plan {
    Plan::new::<Ristretto255>("fuzz", timetable(), uses).expect("a name")
}

/// A key with an issuer and a redeemer over one ledger.
struct Service {
    issuer: Issuer,
    redeemer: Redeemer,
    ledger: MemoryLedger,
    pinned: PinnedSchedule,
    key: TokenKey,
}

impl Service {
    fn new(uses: Uses) -> Self {
        let plan = plan(uses);
        let key = key(&plan);
        let (mut draft, mut keys) = (Draft::new(plan), KeyRing::new());
        draft.add(&key).expect("the first");
        keys.insert(key);
        let (schedule, keys) = (draft.publish(), Arc::new(keys));
        let quota = Quota::new(u32::MAX, DAY).expect("not empty");
        let budget = QueryBudget::new(u64::MAX);
        let ledger = MemoryLedger::init(&mut Seeded(3), 100, ORIGIN.minus(DAY));
        let name = ledger.id();
        let issuer = Issuer::new(schedule.clone(), Arc::clone(&keys), quota, budget, name);
        let id = RedeemerId::new(b"gate").expect("a name");
        let redeemer = Redeemer::new(id, schedule.clone(), keys, name);
        let pinned = PinnedSchedule::pin(schedule);
        Self {
            issuer: issuer.expect("of this suite"),
            redeemer: redeemer.expect("of this suite"),
            ledger,
            key: TokenKey::from_schedule(&pinned, NOW).expect("open"),
            pinned,
        }
    }

    fn answer(&self, request: &[u8]) -> TokenResponse {
        let request = UncheckedRequest::from_bytes(request, 100).expect("short");
        let leased = self
            .issuer
            .lease_local(&mut Seeded(4), &self.ledger, &request, NOW);
        let leased = leased.expect("there is a budget");
        let unspent = self.issuer.check(b"ann", leased, NOW).expect("open");
        let Ok(paid) = unspent.spend_local(&self.ledger, NOW) else {
            panic!("asked once");
        };
        self.issuer.answer(paid).expect("elements")
    }

    fn draw(&self, rng: &mut Seeded, keyed: bool, count: usize) -> Drawing {
        if keyed {
            self.key.draw_with_keys(rng, count).expect("few")
        } else {
            self.key.draw(rng, count).expect("few")
        }
    }

    fn token(&self, rng: &mut Seeded, keyed: bool) -> Token {
        let Drawing { request, pending } = self.draw(rng, keyed, 1);
        let response = self.answer(&request.to_bytes());
        pending.finish(&response).expect("a good proof").remove(0)
    }
}

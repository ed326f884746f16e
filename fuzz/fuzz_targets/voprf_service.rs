//! Issuers and redeemers over one ledger, in any order of requests, repetitions, lost answers, deaths and
//! givings back: no more is ever drawn than quota and budget say, the same request gets the same answer, and
//! no use is sold twice.

#![no_main]

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock};

use libfuzzer_sys::{arbitrary, fuzz_target};
use milagro_base::Seconds;
use milagro_fuzz::Seeded;
use milagro_ledger::memory::MemoryLedger;
use milagro_ledger::{
    Account, Charge, LedgerId, LocalLedger, Refused, Unavailable, Usage, Verdict,
};
use milagro_voprf::Ristretto255;
use milagro_voprf::tokens::RedemptionRequest;
use milagro_voprf::tokens::client::{Binding, Drawing, Token, TokenKey};
use milagro_voprf::tokens::issuer::{Issuer, QueryBudget, Quota, UncheckedRequest};
use milagro_voprf::tokens::keys::{KeyRing, PortableKey};
use milagro_voprf::tokens::redeemer::{Redeemer, RedeemerId, Redemption};
use milagro_voprf::tokens::schedule::{
    Draft, Epoch, KeySchedule, PinnedSchedule, Plan, Timetable, Uses,
};

const ORIGIN: Seconds = Seconds::new(1_800_000_000);
const DAY: Seconds = Seconds::days(1);
const NOW: Seconds = Seconds::new(1_800_000_050);
/// Tokens of a user in the one window that there is.
const QUOTA: u32 = 3;
/// Evaluations.
const BUDGET: u64 = 12;
const PAYLOADS: [&[u8]; 2] = [b"rain", b"snow"];

#[derive(Debug, arbitrary::Arbitrary)]
enum Step {
    /// Whoever it is asks for this request, at this server.
    Draw { server: bool, user: u8, request: u8 },
    /// The same, and the server gives back what it was paid for.
    GiveUp { server: bool, user: u8, request: u8 },
    /// This use, on one of two payloads.
    Redeem { place: u8, payload: bool },
    /// The same, and the work fails.
    Fail { place: u8, payload: bool },
    /// The ledger's next answer to a charge is lost.
    Lose { charged: bool },
    /// A server dies and comes back.
    Restart { server: bool },
}

struct World {
    schedule: KeySchedule,
    keys: Arc<KeyRing>,
    /// One request for each number of tokens.
    requests: Vec<UncheckedRequest<Ristretto255>>,
    /// For each use the two redemptions.
    redemptions: Vec<[RedemptionRequest; 2]>,
}

static WORLD: LazyLock<World> = LazyLock::new(World::new);

impl World {
    fn new() -> Self {
        let days = Timetable::new(ORIGIN, DAY).expect("not empty");
        let uses = Uses::new(4).expect("few");
        let plan = Plan::new::<Ristretto255>("fuzz", days, uses).expect("a name");
        let slot = plan.slot(Epoch::new(0)).expect("early");
        let key = <PortableKey>::generate(&mut Seeded(1), &plan, slot).expect("inside");
        let (mut draft, mut keys) = (Draft::new(plan), KeyRing::new());
        draft.add(&key).expect("the first");
        keys.insert(key);
        let mut world = Self {
            schedule: draft.publish(),
            keys: Arc::new(keys),
            requests: Vec::new(),
            redemptions: Vec::new(),
        };
        let pinned = PinnedSchedule::pin(world.schedule.clone());
        let client: TokenKey = TokenKey::from_schedule(&pinned, NOW).expect("open");
        for count in 1..5_u32 {
            let count = usize::try_from(count).expect("small");
            let request = client.draw(&mut Seeded(9), count).expect("few").request;
            let request = UncheckedRequest::from_bytes(&request.to_bytes(), 10);
            world.requests.push(request.expect("few"));
        }
        world.redemptions = world.redemptions(&client);
        world
    }

    fn redemptions(&self, client: &TokenKey) -> Vec<[RedemptionRequest; 2]> {
        let ledger = MemoryLedger::init(&mut Seeded(2), 100, ORIGIN.minus(DAY));
        let issuer = self.issuer(ledger.id(), 10, 100);
        let Drawing { request, pending } = client.draw(&mut Seeded(3), 1).expect("one");
        let request = UncheckedRequest::from_bytes(&request.to_bytes(), 1).expect("one");
        let leased = issuer.lease_local(&mut Seeded(4), &ledger, &request, NOW);
        let leased = leased.expect("there is a budget");
        let unspent = issuer.check(b"ann", leased, NOW).expect("open");
        let Ok(paid) = unspent.spend_local(&ledger, NOW) else {
            panic!("asked once");
        };
        let response = issuer.answer(paid).expect("elements");
        let token = pending.finish(&response).expect("a good proof").remove(0);
        let id = redeemer_id();
        let mut redemptions = Vec::new();
        let mut rest = Some(token);
        while let Some(token) = rest {
            let copy = Token::from_bytes(&token.to_bytes()).expect("a token");
            let [one, other] = [(token, 0), (copy, 1)].map(|(token, payload)| {
                token.redeem(&Binding {
                    redeemer: &id,
                    context: b"",
                    payload: PAYLOADS[payload],
                })
            });
            redemptions.push([one.request, other.request]);
            rest = one.rest;
        }
        redemptions
    }

    fn issuer(&self, ledger: LedgerId, quota: u32, budget: u64) -> Issuer {
        let quota = Quota::new(quota, DAY).expect("not empty");
        let block = NonZeroU32::new(5).expect("not zero");
        let budget = QueryBudget::new(budget).in_blocks_of(block);
        let keys = Arc::clone(&self.keys);
        Issuer::new(self.schedule.clone(), keys, quota, budget, ledger).expect("of this suite")
    }
}

fn redeemer_id() -> RedeemerId {
    RedeemerId::new(b"gate").expect("a name")
}

/// A ledger whose answer may be lost, before or after the charge.
struct Lossy {
    ledger: MemoryLedger,
    lose: AtomicBool,
    charged: AtomicBool,
}

impl LocalLedger for Lossy {
    fn id(&self) -> LedgerId {
        self.ledger.id()
    }

    fn charge(&self, now: Seconds, charges: &[Charge]) -> Vec<Verdict> {
        if !self.lose.swap(false, Ordering::Relaxed) {
            return self.ledger.charge(now, charges);
        }
        if self.charged.load(Ordering::Relaxed) {
            let _lost = self.ledger.charge(now, charges);
        }
        vec![Verdict::Unknown; charges.len()]
    }

    fn refund(&self, charges: &[Charge]) -> Result<(), Unavailable> {
        self.ledger.refund(charges)
    }

    fn clear(&self, accounts: &[Account]) -> Result<(), Unavailable> {
        self.ledger.clear(accounts)
    }

    fn usage(&self, accounts: &[Account]) -> Result<Vec<Usage>, Unavailable> {
        self.ledger.usage(accounts)
    }
}

/// What everybody was given.
struct Model {
    servers: [Issuer; 2],
    redeemer: Redeemer,
    ledger: Lossy,
    rng: Seeded,
    answers: BTreeMap<usize, Vec<u8>>,
    /// By user, the requests that were answered.
    drawn: BTreeMap<u8, Vec<usize>>,
    /// By use, the payload that it was sold for.
    sold: BTreeMap<usize, usize>,
}

fuzz_target!(|steps: Vec<Step>| {
    let ledger = MemoryLedger::init(&mut Seeded(5), 1_000, ORIGIN.minus(DAY));
    let name = ledger.id();
    let redeemer = Redeemer::new(
        redeemer_id(),
        WORLD.schedule.clone(),
        Arc::clone(&WORLD.keys),
        name,
    );
    let mut model = Model {
        servers: [(); 2].map(|()| WORLD.issuer(name, QUOTA, BUDGET)),
        redeemer: redeemer.expect("of this suite"),
        ledger: Lossy {
            ledger,
            lose: AtomicBool::new(false),
            charged: AtomicBool::new(false),
        },
        rng: Seeded(6),
        answers: BTreeMap::new(),
        drawn: BTreeMap::new(),
        sold: BTreeMap::new(),
    };
    for step in steps.into_iter().take(100) {
        model.step(&step);
    }
});

impl Model {
    fn step(&mut self, step: &Step) {
        match *step {
            Step::Draw {
                server,
                user,
                request,
            } => self.draw(server, user, request, true),
            Step::GiveUp {
                server,
                user,
                request,
            } => self.draw(server, user, request, false),
            Step::Redeem { place, payload } => self.redeem(place, payload, true),
            Step::Fail { place, payload } => self.redeem(place, payload, false),
            Step::Lose { charged } => {
                self.ledger.lose.store(true, Ordering::Relaxed);
                self.ledger.charged.store(charged, Ordering::Relaxed);
            }
            Step::Restart { server } => {
                self.servers[usize::from(server)] = WORLD.issuer(self.ledger.id(), QUOTA, BUDGET);
            }
        }
    }

    fn draw(&mut self, server: bool, user: u8, request: u8, answer: bool) {
        let (user, place) = (user % 4, usize::from(request) % WORLD.requests.len());
        let (issuer, request) = (&self.servers[usize::from(server)], &WORLD.requests[place]);
        let Ok(leased) = issuer.lease_local(&mut self.rng, &self.ledger, request, NOW) else {
            return;
        };
        let unspent = issuer.check(&[user], leased, NOW).expect("open");
        let paid = match unspent.spend_local(&self.ledger, NOW) {
            Ok(paid) | Err(Refused::Again(paid)) => paid,
            Err(_) => return,
        };
        if !answer {
            paid.give_back_local(&self.ledger);
            return;
        }
        let answer = issuer.answer(paid).expect("elements").to_bytes();
        let first = self.answers.entry(place).or_insert_with(|| answer.clone());
        assert_eq!(*first, answer, "the same request, the same answer");
        let drawn = self.drawn.entry(user).or_default();
        if !drawn.contains(&place) {
            drawn.push(place);
        }
        let count = |place: &usize| WORLD.requests[*place].count();
        assert!(
            drawn.iter().map(count).sum::<u32>() <= QUOTA,
            "within the quota"
        );
        let all = self.drawn.values().flatten().map(count).sum::<u32>();
        assert!(u64::from(all) <= BUDGET, "within the budget");
    }

    fn redeem(&mut self, place: u8, payload: bool, works: bool) {
        let (place, payload) = (
            usize::from(place) % WORLD.redemptions.len(),
            usize::from(payload),
        );
        let redemption = Redemption {
            request: &WORLD.redemptions[place][payload],
            context: b"",
            payload: PAYLOADS[payload],
        };
        let unspent = self.redeemer.check(&redemption, NOW).expect("good");
        match unspent.spend_local(&self.ledger, NOW) {
            Ok(paid) if works => {
                drop(paid);
                assert_eq!(self.sold.insert(place, payload), None, "a first time twice");
            }
            Ok(paid) => paid.give_back_local(&self.ledger),
            Err(Refused::Again(paid)) => {
                // Whoever is told so may say yes: it is sold now, if it was not, and stays sold.
                let sold = *self.sold.entry(place).or_insert(payload);
                assert_eq!(sold, payload, "sold twice");
                if !works {
                    paid.give_back_local(&self.ledger);
                }
            }
            Err(Refused::Exhausted) => {
                // For the other payload, or by somebody whose answer was lost.
                let sold = *self.sold.entry(place).or_insert(1 - payload);
                assert_eq!(sold, 1 - payload);
            }
            Err(_) => {}
        }
    }
}

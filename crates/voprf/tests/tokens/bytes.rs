//! Frozen bytes of everything that is stored or sent, and of the names under which a ledger counts. A
//! generator that counts makes them the same each time.

use alloc::string::String;
use core::convert::Infallible;
use core::fmt::Write as _;

use milagro_base::Seconds;
use milagro_ledger::memory::MemoryLedger;
use milagro_ledger::{Charge, LocalLedger as _, Paid};
use milagro_voprf::Ristretto255;
use milagro_voprf::rand_core::{TryCryptoRng, TryRng};
use milagro_voprf::tokens::client::{Drawing, Token, Wallet};
use milagro_voprf::tokens::issuer::{QueryBudget, UncheckedRequest};
use milagro_voprf::tokens::keys::{KeyRing, PortableKey, TokenPrimary};
use milagro_voprf::tokens::schedule::{Draft, Epoch, Plan, ScheduleSigner, Timetable, Uses};

use super::support::{PAYLOAD, Service, bare, binding, quota, redemption, spend, station};

const FROZEN: &str = include_str!("bytes.txt");
const NOW: Seconds = Seconds::new(1_800_000_000);

struct Counting(u8);

impl TryRng for Counting {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        for byte in bytes {
            self.0 = self.0.wrapping_mul(5).wrapping_add(1);
            *byte = self.0;
        }
        Ok(())
    }
}

impl TryCryptoRng for Counting {}

/// Lines of a name and bytes.
struct Lines(String);

impl Lines {
    fn put(&mut self, name: &str, bytes: &[u8]) {
        writeln!(self.0, "{name} {}", hex::encode(bytes)).unwrap();
    }

    /// The accounts and the public claims of what was paid for.
    fn put_charges<T>(&mut self, name: &str, paid: &Paid<T>) {
        let public = |(charge, _): &(&Charge, _)| charge.claim.is_public();
        for (charge, _) in paid.charges().filter(public) {
            self.put(&format!("{name}/account"), charge.account.hash());
            self.put(&format!("{name}/claim"), charge.claim.as_bytes());
        }
    }
}

#[test]
fn everything_is_as_it_was() {
    let mut lines = Lines(String::new());
    let mut rng = Counting(3);
    let service = published(&mut lines, &mut rng);
    let mut wallet = Wallet::new();
    for form in ["plain", "keyed"] {
        let tokens = service.drawn(&mut lines, &mut rng, form);
        service.spent(&mut lines, form, &tokens);
        wallet.put(tokens).unwrap();
    }
    lines.put("wallet", &wallet.to_bytes());
    for (ours, frozen) in lines.0.lines().zip(FROZEN.lines()) {
        assert_eq!(ours, frozen);
    }
    assert_eq!(lines.0, FROZEN);
}

/// Keys and schedules.
fn published(lines: &mut Lines, rng: &mut Counting) -> Made {
    let days = Timetable::new(NOW, Seconds::days(1)).unwrap();
    let days = days
        .with_overlap(Seconds::minutes(1), Seconds::hours(1))
        .unwrap();
    let plan = Plan::new::<Ristretto255>("weather", days, Uses::new(2).unwrap()).unwrap();
    let first = plan.slot(Epoch::new(0)).unwrap();
    let key = <PortableKey>::generate(rng, &plan, first).unwrap();
    let second = plan.slot(Epoch::new(1)).unwrap();
    let derived = <TokenPrimary>::generate(rng).derive(&plan, second).unwrap();
    lines.put("portable-key", &key.to_bytes());
    lines.put("key-id", &key.id().to_bytes());
    lines.put("derived-public-key", &derived.public_key());
    let mut draft = Draft::new(plan);
    draft.add(&key).unwrap();
    draft.add(&derived).unwrap();
    let schedule = draft.publish();
    lines.put("schedule", &schedule.to_bytes());
    lines.put("edition", &schedule.edition().to_bytes());
    let signer = ScheduleSigner::generate(rng);
    lines.put("signed-schedule", &signer.sign(&schedule).to_bytes());
    let mut next = schedule.revise();
    next.withdraw(derived.id()).unwrap();
    lines.put("next-schedule", &next.publish().to_bytes());
    let mut keys = KeyRing::new();
    keys.insert(key);
    Made {
        service: Service {
            schedule,
            keys: keys.into(),
        },
        ledger: MemoryLedger::init(rng, 100, NOW.minus(Seconds::days(1))),
    }
}

struct Made {
    service: Service,
    ledger: MemoryLedger,
}

impl Made {
    /// What is sent and kept while tokens are drawn.
    fn drawn(&self, lines: &mut Lines, rng: &mut Counting, form: &str) -> Vec<Token> {
        let budget = QueryBudget::for_loss(16).unwrap();
        let issuer = self.service.issuer_on(self.ledger.id(), quota(100), budget);
        let client = self.service.key(NOW);
        let drawing = match form {
            "plain" => client.draw(rng, 2),
            _ => client.draw_with_keys(rng, 2),
        };
        let Drawing { request, pending } = drawing.unwrap();
        lines.put(&format!("{form}/request"), &request.to_bytes());
        lines.put(&format!("{form}/pending"), &pending.to_bytes());
        let request = UncheckedRequest::from_bytes(&request.to_bytes(), 2).unwrap();
        let leased = issuer.lease_local(rng, &self.ledger, &request, NOW);
        let paid = issuer.check(b"ann", leased.unwrap(), NOW).unwrap();
        let paid = paid.spend_local(&self.ledger, NOW).unwrap();
        lines.put_charges(&format!("{form}/issuance"), &paid);
        let response = issuer.answer(paid).unwrap();
        lines.put(&format!("{form}/response"), &response.to_bytes());
        let tokens = pending.finish(&response).unwrap();
        lines.put(&format!("{form}/token"), &tokens[0].to_bytes());
        tokens
    }

    /// What is sent and counted when copies of them are spent.
    fn spent(&self, lines: &mut Lines, form: &str, tokens: &[Token]) {
        let redeemer = self.service.redeemer_on(self.ledger.id());
        let copy = |token: &Token| Token::from_bytes(&token.to_bytes()).unwrap();
        let request = copy(&tokens[0]).redeem(&binding(&station(), PAYLOAD));
        lines.put(&format!("{form}/redemption"), &request.request.to_bytes());
        let rest = spend(request.rest.unwrap(), PAYLOAD);
        lines.put(&format!("{form}/second-redemption"), &rest.to_bytes());
        let unspent = redeemer.check(&redemption(&rest, PAYLOAD), NOW).unwrap();
        let paid = unspent.spend_local(&self.ledger, NOW).unwrap();
        lines.put_charges(&format!("{form}/redemption"), &paid);
        if let Ok(spending) = copy(&tokens[1]).redeem_bare() {
            lines.put(&format!("{form}/bare"), &spending.request.to_bytes());
            let unspent = redeemer.check_bare(&bare(&spending.request), NOW).unwrap();
            let paid = unspent.spend_local(&self.ledger, NOW).unwrap();
            lines.put_charges(&format!("{form}/bare"), &paid);
        }
    }
}

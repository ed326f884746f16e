//! Tokens of ristretto255: schedules, drawing, spending.

use milagro_base::Seconds;
use milagro_ledger::{LocalLedger as _, Refused, memory::MemoryLedger};
use milagro_voprf::Ristretto255;
use milagro_voprf::tokens::client::{Binding, Drawing, Spending, Token, TokenKey};
use milagro_voprf::tokens::issuer::{Issuer, QueryBudget, Quota, UncheckedRequest};
use milagro_voprf::tokens::keys::{KeyRing, PortableKey};
use milagro_voprf::tokens::redeemer::{Redeemer, RedeemerId, Redemption};
use milagro_voprf::tokens::schedule::{
    Draft, Epoch, KeySchedule, PinnedSchedule, Plan, ScheduleSigner, Timetable, Uses,
};
use milagro_voprf::tokens::{RedemptionRequest, TokenResponse};
use serde::Deserialize;
use serde_json::{Value, json};

use super::stream::{Draw, Stream, Tape};
use super::{Outputs, Wire, of};
use crate::Mismatch;
use crate::hexadecimal::Hex;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Tokens {
    plan: PlanOf,
    epoch: u64,
    /// 64 bytes for the key.
    key_randomness: Hex,
    /// The seed of the Ed25519 key that signs schedules.
    signer: Hex,
    count: u32,
    /// Tokens with keys of their own, whose hashes are the nonces.
    keyed: bool,
    /// 32 bytes for each nonce or seed, and 64 for all blinds.
    client_randomness: Hex,
    redeemer: String,
    context: Hex,
    payload: Hex,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PlanOf {
    use_case: String,
    origin: u64,
    length: u64,
    issue_overlap: u64,
    redeem_overlap: u64,
    leeway: u64,
    uses: u8,
}

/// Both servers, over one ledger.
struct Service {
    ledger: MemoryLedger,
    issuer: Issuer,
    redeemer: Redeemer,
    schedule: KeySchedule,
    rng: Stream,
}

impl PlanOf {
    fn plan(&self) -> Result<Plan, Mismatch> {
        let seconds = Seconds::new;
        let timetable = Timetable::new(seconds(self.origin), seconds(self.length));
        let timetable = timetable.map_err(of("plan.length"))?;
        let overlap = (seconds(self.issue_overlap), seconds(self.redeem_overlap));
        let timetable = timetable.with_overlap(overlap.0, overlap.1);
        let timetable = timetable.map_err(of("plan.redeem_overlap"))?;
        let timetable = timetable.with_leeway(seconds(self.leeway));
        let timetable = timetable.map_err(of("plan.leeway"))?;
        let uses = Uses::new(self.uses).map_err(of("plan.uses"))?;
        Plan::new::<Ristretto255>(&self.use_case, timetable, uses).map_err(of("plan.use_case"))
    }
}

impl Tokens {
    /// The moment at which the key opens.
    fn now(&self) -> Result<Seconds, Mismatch> {
        let slot = self.plan.plan()?.slot(Epoch::new(self.epoch));
        slot.map(|slot| slot.opens()).map_err(of("epoch"))
    }

    fn redeemer(&self) -> Result<RedeemerId, Mismatch> {
        RedeemerId::new(self.redeemer.as_bytes()).map_err(of("redeemer"))
    }

    fn key(&self) -> Result<PortableKey, Mismatch> {
        let plan = self.plan.plan()?;
        let slot = plan.slot(Epoch::new(self.epoch)).map_err(of("epoch"))?;
        let mut tape = Tape::new(&self.key_randomness);
        let key = PortableKey::generate(&mut tape, &plan, slot).map_err(of("key_randomness"))?;
        tape.finish("key_randomness")?;
        Ok(key)
    }

    fn service(&self, key: PortableKey) -> Result<Service, Mismatch> {
        let mut draft = Draft::new(self.plan.plan()?);
        draft.add(&key).map_err(of("plan"))?;
        let schedule = draft.publish();
        let mut keys = KeyRing::new();
        keys.insert(key);
        let keys = alloc::sync::Arc::new(keys);
        let mut rng = Stream::new(&[]);
        let ledger = MemoryLedger::init(&mut rng, 1024, Seconds::ZERO);
        let quota = Quota::new(self.count.max(1), Seconds::days(1)).map_err(of("count"))?;
        let budget = QueryBudget::for_loss(16).map_err(of("count"))?;
        let issuer = Issuer::new(
            schedule.clone(),
            alloc::sync::Arc::clone(&keys),
            quota,
            budget,
            ledger.id(),
        );
        let redeemer = Redeemer::new(self.redeemer()?, schedule.clone(), keys, ledger.id());
        Ok(Service {
            issuer: issuer.map_err(of("plan"))?,
            redeemer: redeemer.map_err(of("plan"))?,
            ledger,
            schedule,
            rng,
        })
    }

    /// Request, what waits, answer, tokens.
    fn drawn(
        &self,
        outputs: Outputs,
        service: &mut Service,
    ) -> Result<(Outputs, Vec<Token>), Mismatch> {
        let pinned = PinnedSchedule::pin(service.schedule.clone());
        let key: TokenKey = TokenKey::from_schedule(&pinned, self.now()?).map_err(of("epoch"))?;
        let count = usize::try_from(self.count).map_err(of("count"))?;
        let mut tape = Tape::new(&self.client_randomness);
        let drawing = if self.keyed {
            key.draw_with_keys(&mut tape, count)
        } else {
            key.draw(&mut tape, count)
        };
        let Drawing { request, pending } = drawing.map_err(of("count"))?;
        tape.finish("client_randomness")?;
        let outputs = outputs
            .bytes("request", request.to_bytes())
            .bytes("pending", &*pending.to_bytes());
        let response = self.answer(service, &request.to_bytes())?;
        let outputs = outputs.bytes("response", response.to_bytes());
        let read = TokenResponse::from_bytes(&response.to_bytes(), count).map_err(of("count"))?;
        let tokens = pending.finish(&read).map_err(of("count"))?;
        let encoded = tokens.iter().map(|token| token.to_bytes().to_vec());
        let outputs = outputs.all("tokens", encoded.collect::<Vec<_>>());
        Ok((outputs, tokens))
    }

    fn answer(&self, service: &mut Service, request: &[u8]) -> Result<TokenResponse, Mismatch> {
        let request = UncheckedRequest::from_bytes(request, self.count).map_err(of("count"))?;
        let (issuer, ledger) = (&service.issuer, &service.ledger);
        let leased = issuer.lease_local(&mut service.rng, ledger, &request, self.now()?);
        let leased = leased.map_err(of("epoch"))?;
        let unspent = issuer.check(b"ann", leased, self.now()?);
        let spent = unspent
            .map_err(of("count"))?
            .spend_local(ledger, self.now()?);
        let (Ok(paid) | Err(Refused::Again(paid))) = spent else {
            return Err(Mismatch::new("count", "refused"));
        };
        issuer.answer(paid).map_err(of("count"))
    }

    /// All uses of a token, and whether each is taken.
    fn spent(&self, service: &Service, token: Token) -> Result<Vec<(Vec<u8>, bool)>, Mismatch> {
        let id = self.redeemer()?;
        let (context, payload) = (self.context.0.as_slice(), self.payload.0.as_slice());
        let binding = Binding {
            redeemer: &id,
            context,
            payload,
        };
        let now = self.now()?;
        let mut rest = Some(token);
        let mut all = Vec::new();
        while let Some(token) = rest {
            let Spending {
                request,
                rest: left,
            } = token.redeem(&binding);
            let bytes = request.to_bytes();
            let request = RedemptionRequest::from_bytes(&bytes).map_err(of("payload"))?;
            let redemption = Redemption {
                request: &request,
                context,
                payload,
            };
            let checked = service.redeemer.check(&redemption, now).ok();
            let spent = checked.and_then(|unspent| unspent.spend_local(&service.ledger, now).ok());
            all.push((bytes, spent.is_some()));
            rest = left;
        }
        Ok(all)
    }
}

impl Wire for Tokens {
    const NAME: &'static str = "milagro-wire-tokens";
    const ABOUT: &'static str =
        "wire format 1: schedules, drawing and spending tokens (ristretto255)";

    fn outputs(&self) -> Result<Outputs, Mismatch> {
        let key = self.key()?;
        let signer = ScheduleSigner::from_bytes(&self.signer.array("signer")?);
        let outputs = Outputs::default()
            .bytes("key", &*key.to_bytes())
            .bytes("public_key", key.public_key())
            .bytes("key_id", key.id().to_bytes());
        let mut service = self.service(key)?;
        let outputs = outputs
            .bytes("schedule", service.schedule.to_bytes())
            .bytes("schedule_digest", service.schedule.digest().to_bytes())
            .bytes("signer_public", signer.verifier().to_bytes())
            .bytes("signed_schedule", signer.sign(&service.schedule).to_bytes());
        let (outputs, mut tokens) = self.drawn(outputs, &mut service)?;
        let nobody = || Mismatch::new("count", "no token");
        let last = tokens.pop().ok_or_else(nobody)?;
        let copy = Token::from_bytes(&last.to_bytes()).map_err(of("count"))?;
        let spent = self.spent(&service, last)?;
        let taken = spent.iter().all(|(_, taken)| *taken);
        let outputs = outputs
            .all("redemptions", spent.iter().map(|(bytes, _)| bytes))
            .value("taken", taken);
        Ok(match copy.redeem_bare() {
            Ok(spending) => outputs.bytes("bare_redemption", &*spending.request.to_bytes()),
            Err(_) => outputs,
        })
    }

    fn cases(draw: Draw<'_>) -> Vec<(&'static str, Value)> {
        let case = |count: usize, keyed: bool| {
            json!({
                "plan": {
                    "use_case": "weather", "origin": 1_799_971_200_u64, "length": 86_400,
                    "issue_overlap": 60, "redeem_overlap": 3600, "leeway": 60, "uses": 2,
                },
                "epoch": 0,
                "key_randomness": draw.bytes("tokens key", 64),
                "signer": draw.bytes("tokens signer", 32),
                "count": count,
                "keyed": keyed,
                "client_randomness": draw.bytes("tokens client", 32 * count + 64),
                "redeemer": "station",
                "context": hex::encode("report/v1"),
                "payload": hex::encode("rain at 06:00"),
            })
        };
        vec![
            ("one token", case(1, false)),
            ("three tokens in a batch", case(3, false)),
            ("two tokens with keys of their own", case(2, true)),
        ]
    }
}

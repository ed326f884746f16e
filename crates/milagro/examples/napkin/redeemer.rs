//! Redeems tokens: takes weather reports from whoever pays with a token, without a name.

use std::sync::{Arc, Mutex, PoisonError};

use milagro::base::{Reader, Seconds, Writer};
use milagro::ledger::memory::MemoryLedger;
use milagro::ledger::{LocalLedger as _, Refused};
use milagro::voprf::tokens::RedemptionRequest;
use milagro::voprf::tokens::client::{Binding, Token};
use milagro::voprf::tokens::keys::KeyRing;
use milagro::voprf::tokens::redeemer::{Redeemer, RedeemerId, Redemption, Refusal};
use milagro::voprf::tokens::schedule::KeySchedule;

use super::clock::Clock;
use super::report::Outcome;
use super::wire::{Connection, Handler};
use super::world::rng;

/// What the payload of a redemption is for; both sides know it.
const CONTEXT: &[u8] = b"report/v1";
const NAME: &[u8] = b"weather.example";

/// All that the redeemer says.
const THANKS: [u8; 1] = [1];
const REFUSED: [u8; 1] = [0];

/// Why a report was not taken, for the redeemer's own log.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Trouble {
    NotUnderstood,
    Refused(Refusal),
    /// The token was spent before, on this report.
    Repeated,
    /// The token was spent before, on another report.
    Spent,
    /// The ledger refused for another reason.
    NotCounted,
}

pub(crate) struct RedeemerServer {
    redeemer: Redeemer,
    /// Remembers which tokens are spent.
    ledger: MemoryLedger,
    clock: Clock,
    reports: Mutex<Vec<String>>,
    trouble: Mutex<Option<Trouble>>,
}

impl RedeemerServer {
    pub(crate) fn open(clock: Clock, schedule: KeySchedule, keys: Arc<KeyRing>) -> Outcome<Self> {
        let ledger = MemoryLedger::init(&mut rng(), 10_000, Seconds::ZERO);
        Ok(Self {
            redeemer: Redeemer::new(RedeemerId::new(NAME)?, schedule, keys, ledger.id())?,
            ledger,
            clock,
            reports: Mutex::default(),
            trouble: Mutex::default(),
        })
    }

    pub(crate) fn reports(&self) -> Vec<String> {
        let reports = self.reports.lock();
        reports.unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn last_trouble(&self) -> Option<Trouble> {
        *self.trouble.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self, message: &[u8]) -> Result<(), Trouble> {
        let (request, report) = read(message).ok_or(Trouble::NotUnderstood)?;
        let request = RedemptionRequest::from_bytes(request);
        let request = request.map_err(|_| Trouble::NotUnderstood)?;
        let now = self.clock.now();
        let redemption = Redemption {
            request: &request,
            context: CONTEXT,
            payload: report.as_bytes(),
        };
        let unspent = self.redeemer.check(&redemption, now);
        let unspent = unspent.map_err(Trouble::Refused)?;
        let spent = unspent.spend_local(&self.ledger, now);
        let _redeemed = spent.map_err(|refused| match refused {
            Refused::Again(_) => Trouble::Repeated,
            Refused::Exhausted => Trouble::Spent,
            _ => Trouble::NotCounted,
        })?;
        let mut reports = self.reports.lock().unwrap_or_else(PoisonError::into_inner);
        reports.push(report);
        Ok(())
    }
}

impl Handler for RedeemerServer {
    type Memory = ();

    fn answer(&self, (): &mut (), message: &[u8]) -> Option<Vec<u8>> {
        let outcome = self.take(message);
        let mut trouble = self.trouble.lock().unwrap_or_else(PoisonError::into_inner);
        *trouble = outcome.err();
        Some(if trouble.is_none() { THANKS } else { REFUSED }.to_vec())
    }
}

/// Spends a token on a report: the message for the redeemer.
pub(crate) fn spend(token: Token, report: &str) -> Outcome<Vec<u8>> {
    let binding = Binding {
        redeemer: &RedeemerId::new(NAME)?,
        context: CONTEXT,
        payload: report.as_bytes(),
    };
    let spending = token.redeem(&binding);
    Ok(write(&spending.request.to_bytes(), report))
}

/// The same request beside another report.
pub(crate) fn moved(message: &[u8], report: &str) -> Option<Vec<u8>> {
    let (request, _) = read(message)?;
    Some(write(request, report))
}

/// Sends a report without saying who sends it; whether it was taken.
pub(crate) fn send(to: &mut Connection, message: &[u8]) -> Outcome<bool> {
    Ok(to.ask(message)? == THANKS)
}

fn write(request: &[u8], report: &str) -> Vec<u8> {
    let writer = Writer::new().string(request).string(report.as_bytes());
    writer.finish()
}

fn read(message: &[u8]) -> Option<(&[u8], String)> {
    let mut reader = Reader::new(message);
    let request = reader.string().ok()?;
    let report = core::str::from_utf8(reader.string().ok()?).ok()?;
    reader.finish().ok()?;
    Some((request, report.to_owned()))
}

//! The weather station: takes reports from anybody who pays with a token, and knows nobody.

use std::sync::{Arc, Mutex, PoisonError};

use milagro::base::{Reader, Writer};
use milagro::ledger::Refused;
use milagro::ledger::memory::MemoryLedger;
use milagro::voprf::tokens::{
    Binding, KeyRing, KeySchedule, Redeemer, RedeemerId, Redemption, RedemptionRequest, Refusal,
    Token,
};

use super::clock::Clock;
use super::story::Outcome;
use super::wire::{Connection, Role};

/// What the payload of a redemption is for; both sides know it.
const CONTEXT: &[u8] = b"report/v1";
const NAME: &[u8] = b"weather.example";

/// All that the station says.
const THANKS: [u8; 1] = [1];
const REFUSED: [u8; 1] = [0];

/// Why a report was not taken, for the station's own eyes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Trouble {
    NotUnderstood,
    Refused(Refusal),
    /// The same report, paid for with the same use before.
    Again,
    /// The token is spent on another report.
    Spent,
    /// The ledger did not answer.
    Closed,
}

pub(crate) struct Station {
    redeemer: Redeemer,
    ledger: Arc<MemoryLedger>,
    clock: Clock,
    reports: Mutex<Vec<String>>,
    trouble: Mutex<Option<Trouble>>,
}

impl Station {
    pub(crate) fn open(
        clock: Clock,
        schedule: KeySchedule,
        keys: Arc<KeyRing>,
        ledger: Arc<MemoryLedger>,
    ) -> Outcome<Self> {
        Ok(Self {
            redeemer: Redeemer::new(RedeemerId::new(NAME)?, schedule, keys)?,
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
        let now = self.clock.now().into();
        let redemption = Redemption {
            request: &request,
            context: CONTEXT,
            payload: report.as_bytes(),
        };
        let unspent = self.redeemer.check(&redemption, now);
        let unspent = unspent.map_err(Trouble::Refused)?;
        // Whoever takes each report once does not take `Again` for a yes.
        let _spent = unspent.spend_local(&*self.ledger, now).map_err(trouble)?;
        let mut reports = self.reports.lock().unwrap_or_else(PoisonError::into_inner);
        reports.push(report);
        Ok(())
    }
}

fn trouble<T>(refused: Refused<T>) -> Trouble {
    match refused {
        Refused::Again(_) => Trouble::Again,
        Refused::Exhausted => Trouble::Spent,
        _ => Trouble::Closed,
    }
}

impl Role for Station {
    type Memory = ();

    fn answer(&self, (): &mut (), message: &[u8]) -> Option<Vec<u8>> {
        let outcome = self.take(message);
        let mut trouble = self.trouble.lock().unwrap_or_else(PoisonError::into_inner);
        *trouble = outcome.err();
        Some(if trouble.is_none() { THANKS } else { REFUSED }.to_vec())
    }
}

/// Spends a token on a report: the message for the station.
pub(crate) fn spend(token: Token, report: &str) -> Outcome<Vec<u8>> {
    let binding = Binding {
        redeemer: &RedeemerId::new(NAME)?,
        context: CONTEXT,
        payload: report.as_bytes(),
    };
    let request = token.redeem(&binding).request;
    Ok(write(&request.to_bytes(), report))
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

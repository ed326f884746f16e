//! The weather station: takes reports from anybody who pays with a token, and knows nobody.

use std::sync::{Arc, Mutex, PoisonError};

use milagro::base::{Reader, Writer};
use milagro::voprf::tokens::{
    Binding, FormatError, KeyRing, KeySchedule, MemoryStore, Redeemer, RedeemerId,
    RedemptionRequest, Refusal, Token,
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
}

pub(crate) struct Station {
    redeemer: Redeemer<Arc<KeyRing>, MemoryStore>,
    clock: Clock,
    reports: Mutex<Vec<String>>,
    trouble: Mutex<Option<Trouble>>,
}

impl Station {
    pub(crate) fn open(clock: Clock, schedule: KeySchedule, keys: Arc<KeyRing>) -> Outcome<Self> {
        let store = MemoryStore::new(1_000_000.try_into()?);
        Ok(Self {
            redeemer: Redeemer::new(RedeemerId::new(NAME)?, schedule, keys, store),
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
        let request = request.map_err(|_: FormatError| Trouble::NotUnderstood)?;
        let now = self.clock.now();
        let reservation = self
            .redeemer
            .reserve(&request, CONTEXT, report.as_bytes(), now)
            .map_err(Trouble::Refused)?;
        // If this went wrong, dropping the reservation would make the token good again.
        let mut reports = self.reports.lock().unwrap_or_else(PoisonError::into_inner);
        reports.push(report);
        let redeemed = reservation.commit();
        if redeemed.is_err() {
            reports.pop();
        }
        redeemed.map(|_| ()).map_err(Trouble::Refused)
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
    let (request, _) = token.redeem(&binding);
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

//! Device cookies: failed attempts are counted for each device, so that a stranger cannot lock a user out.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use milagro::base::Seconds;
use milagro::ledger::LocalLedger as _;
use milagro::ledger::memory::MemoryLedger;
use milagro::mpin::server::{
    Authenticated, Cookies, CopiedCookie, DeviceId, DeviceRecord, Presented, Rejected, Standing,
};
use milagro::mpin::{Identity, ServerId, TrustDomainId};

use super::world::{fresh, rng};

/// Sixteen bytes that a user has received by mail.
pub(crate) type Code = [u8; 16];

pub(crate) struct Devices {
    cookies: Cookies,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Codes that have not been used yet.
    codes: HashMap<Code, Identity>,
    /// The device of each identity. An identity of this example has one.
    ids: HashMap<Identity, DeviceId>,
    /// Which cookie of a device is the current one. A server with several processes keeps them in `Records`.
    records: HashMap<[u8; 32], DeviceRecord>,
}

impl Devices {
    pub(crate) fn new(domain: TrustDomainId, server: ServerId) -> Self {
        Self {
            cookies: Cookies::new(&mut rng(), domain, server),
            state: Mutex::default(),
        }
    }

    /// A code with which the device of an identity gets a cookie, for the first time or after recovery.
    pub(crate) fn invite(&self, identity: &Identity) -> Code {
        let code = fresh();
        self.state().codes.insert(code, identity.clone());
        code
    }

    /// The cookie for a code; no bytes for a code that is unknown or used.
    pub(crate) fn enrol(&self, code: &[u8]) -> Vec<u8> {
        let mut state = self.state();
        let Some(identity) = state.codes.remove(code) else {
            return Vec::new();
        };
        let fresh = || DeviceId::random(&mut rng());
        let device = *state.ids.entry(identity.clone()).or_insert_with(fresh);
        let key = self.cookies.record_key(&identity, device);
        let rng = &mut rng();
        let issued = match state.records.get(&key) {
            None => self.cookies.enrol(rng, &identity, device),
            Some(record) => self.cookies.recover(rng, &identity, device, record),
        };
        state.records.insert(key, issued.record);
        issued.cookie.to_bytes().to_vec()
    }

    /// Checks a cookie and compares it with the record of its device.
    pub(crate) fn present(
        &self,
        ledger: &MemoryLedger,
        cookie: &[u8],
        identity: &Identity,
        now: Seconds,
    ) -> Result<Presented, Rejected> {
        let good = self.cookies.check(cookie, identity, now)?;
        let mut state = self.state();
        let key = good.record_key();
        match good.compare(state.records.get(&key))? {
            Standing::Newer(newer) => {
                state.records.insert(key, newer.record().clone());
                // What cannot be cleared stays counted, which is safe.
                let _unavailable = ledger.clear(&[*newer.replaced()]);
                Ok(newer.written())
            }
            Standing::Current(presented) | Standing::Stale(presented) => Ok(presented),
            other => {
                drop(other);
                Err(milagro::mpin::server::Reason::Cookie.into())
            }
        }
    }

    /// The cookie that the device brings next time.
    pub(crate) fn next(&self, login: &Authenticated) -> Vec<u8> {
        let next = self.cookies.next(&mut rng(), login);
        next.map_or_else(Vec::new, |cookie| cookie.to_bytes().to_vec())
    }

    /// Accepts no login of that device until it is recovered.
    pub(crate) fn freeze(&self, copied: &CopiedCookie) {
        let key = self.cookies.record_key(copied.identity(), copied.device());
        let mut state = self.state();
        if let Some(record) = state.records.remove(&key) {
            state.records.insert(key, record.freeze());
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

//! Old tokens: logins, forgeries, and bytes that are none.

#![cfg(feature = "compat")]
#![forbid(unsafe_code)]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests"
)]

#[path = "compat/bytes.rs"]
mod bytes;
#[path = "compat/forgeries.rs"]
mod forgeries;
#[path = "compat/logins.rs"]
mod logins;
#[path = "compat/misuse.rs"]
mod misuse;
#[path = "compat/secrets.rs"]
mod secrets;
#[path = "compat/signatures.rs"]
mod signatures;

use milagro_mpin::compat::{
    Client, Date, LegacyClientSecret, LegacyIdentity, LegacyPermit, LegacyPin, LegacyServerSecret,
    LegacyToken, MasterShare, MilagroLegacy, Server,
};
use milagro_mpin::rand_core::UnwrapErr;

pub(crate) const NOW: u64 = 1_700_000_000;
pub(crate) const LIFETIME: u64 = 60;

/// When something of [`NOW`] is good.
pub(crate) const WINDOW: [(u64, bool); 7] = [
    (NOW, true),
    (NOW + LIFETIME, true),
    (NOW + LIFETIME + 1, false),
    (NOW - LIFETIME, true),
    (NOW - LIFETIME - 1, false),
    (0, false),
    (u64::MAX, false),
];

pub(crate) fn rng() -> UnwrapErr<getrandom::SysRng> {
    UnwrapErr(getrandom::SysRng)
}

/// Two authorities, their server and a user.
pub(crate) struct World {
    pub(crate) authorities: [MasterShare; 2],
    pub(crate) server: Server,
    pub(crate) alice: LegacyIdentity<MilagroLegacy>,
}

impl World {
    pub(crate) fn new() -> Self {
        let authorities = [(); 2].map(|()| MasterShare::random(&mut rng()));
        let shares = authorities.each_ref().map(MasterShare::server_share);
        let secret = LegacyServerSecret::from_shares(&shares).unwrap();
        Self {
            server: Server::new(&secret, LIFETIME),
            authorities,
            alice: LegacyIdentity::milagro(b"alice@example.org").unwrap(),
        }
    }

    pub(crate) fn secret<L: Copy>(&self, identity: &LegacyIdentity<L>) -> LegacyClientSecret {
        let shares = self.authorities.each_ref();
        LegacyClientSecret::from_shares(&shares.map(|share| share.client_share(identity))).unwrap()
    }

    pub(crate) fn permit(&self, date: Date) -> LegacyPermit {
        let shares = self.authorities.each_ref();
        LegacyPermit::from_shares(&shares.map(|share| share.permit_share(&self.alice, date)))
            .unwrap()
    }

    pub(crate) fn token(&self, pin: u32) -> LegacyToken {
        LegacyToken::new(self.secret(&self.alice), &self.alice, &new_pin(pin)).unwrap()
    }

    /// Alice after typing a PIN.
    pub(crate) fn client(&self, token: &LegacyToken, pin: u32) -> Client<MilagroLegacy> {
        let secret = token.unlock(&self.alice, &new_pin(pin)).unwrap();
        Client::new(&self.alice, secret)
    }
}

pub(crate) fn new_pin(pin: u32) -> LegacyPin {
    LegacyPin::new(pin).unwrap()
}

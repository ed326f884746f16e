//! Keys of Milagro, from master shares to the token.

use core::fmt;

use milagro_mpin::DecodeError;
use milagro_mpin::compat::{
    CompatError, LegacyClientSecret, LegacyIdentity, LegacyPin, LegacyServerSecret, LegacyToken,
    MasterShare, MilagroLegacy,
};

use crate::hexadecimal::Hex;
use crate::{Checks, Mismatch};

/// A field that holds no key, point or message, and why.
pub(super) fn of(field: &str) -> impl Fn(DecodeError) -> Mismatch {
    move |error| Mismatch::new(field, error)
}

/// A value that cannot be computed, and why.
pub(super) fn not_computed(field: &str) -> impl Fn(CompatError) -> Mismatch {
    move |error: CompatError| Mismatch::new(field, error)
}

/// What a file says about the keys of an identity.
pub(super) struct Keys<'a> {
    /// Name and bytes of each master share.
    pub(super) master: [(&'a str, &'a Hex); 2],
    pub(super) server: [(&'a str, &'a Hex); 2],
    pub(super) server_secret: (&'a str, &'a Hex),
    pub(super) client: [(&'a str, &'a Hex); 2],
    pub(super) client_secret: (&'a str, &'a Hex),
    pub(super) token: (&'a str, &'a Hex),
}

impl fmt::Debug for Keys<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys").finish_non_exhaustive()
    }
}

/// The keys, computed again.
pub(super) struct Computed {
    pub(super) master: [MasterShare; 2],
    pub(super) server: LegacyServerSecret,
    pub(super) token: LegacyToken,
}

impl Keys<'_> {
    /// Computes all keys from the master shares, and compares.
    pub(super) fn check(
        &self,
        identity: &LegacyIdentity<MilagroLegacy>,
        pin: &LegacyPin,
        checks: &mut Checks,
    ) -> Result<Computed, Mismatch> {
        let [one, two] = self.master.map(|(field, bytes)| {
            let share = MasterShare::from_bytes(&bytes.array(field)?).map_err(of(field))?;
            checks.bytes(field, *share.to_bytes(), bytes);
            Ok(share)
        });
        let master = [one?, two?];
        let server_shares = [&master[0], &master[1]].map(MasterShare::server_share);
        for (share, (field, bytes)) in server_shares.iter().zip(self.server) {
            checks.bytes(field, *share.to_milagro(), bytes);
        }
        let (field, bytes) = self.server_secret;
        let server =
            LegacyServerSecret::from_shares(&server_shares).map_err(not_computed(field))?;
        checks.bytes(field, *server.to_milagro(), bytes);
        LegacyServerSecret::from_milagro(&bytes.array(field)?).map_err(of(field))?;

        let client_shares = [&master[0], &master[1]].map(|share| share.client_share(identity));
        for (share, (field, bytes)) in client_shares.iter().zip(self.client) {
            checks.bytes(field, *share.to_bytes(), bytes);
        }
        let (field, bytes) = self.client_secret;
        let client =
            LegacyClientSecret::from_shares(&client_shares).map_err(not_computed(field))?;
        checks.bytes(field, *client.to_bytes(), bytes);

        let (field, bytes) = self.token;
        let token = LegacyToken::new(client, identity, pin).map_err(not_computed(field))?;
        checks.bytes(field, *token.to_bytes(), bytes);
        LegacyToken::from_bytes(&bytes.array(field)?).map_err(of(field))?;
        Ok(Computed {
            master,
            server,
            token,
        })
    }
}

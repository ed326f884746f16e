//! Keys of Milagro, from master shares to the token.

use core::fmt;

use milagro_mpin::DecodeError;
use milagro_mpin::compat::{
    ClientShare, CompatError, LegacyClientSecret, LegacyIdentity, LegacyPin, LegacyServerSecret,
    LegacyToken, MasterShare, MilagroLegacy, ServerShare,
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
        let master = master_shares(self.master, checks)?;
        let server_shares = master.each_ref().map(MasterShare::server_share);
        for (share, (field, bytes)) in server_shares.iter().zip(self.server) {
            checks.bytes(field, *share.to_milagro(), bytes);
        }
        let server = server_secret(&server_shares, self.server_secret, checks)?;
        let client_shares = master.each_ref().map(|share| share.client_share(identity));
        for (share, (field, bytes)) in client_shares.iter().zip(self.client) {
            checks.bytes(field, *share.to_bytes(), bytes);
        }
        let client = client_secret(&client_shares, self.client_secret, checks)?;
        let token = split(client, (identity, pin), self.token, checks)?;
        Ok(Computed {
            master,
            server,
            token,
        })
    }
}

/// The master shares of a file.
pub(super) fn master_shares(
    given: [(&str, &Hex); 2],
    checks: &mut Checks,
) -> Result<[MasterShare; 2], Mismatch> {
    let [one, two] = given.map(|(field, bytes)| {
        let share = MasterShare::from_bytes(&bytes.array(field)?).map_err(of(field))?;
        checks.bytes(field, *share.to_bytes(), bytes);
        Ok(share)
    });
    Ok([one?, two?])
}

/// s·Q, computed from shares.
pub(super) fn server_secret(
    shares: &[ServerShare],
    (field, bytes): (&str, &Hex),
    checks: &mut Checks,
) -> Result<LegacyServerSecret, Mismatch> {
    let server = LegacyServerSecret::from_shares(shares).map_err(not_computed(field))?;
    checks.bytes(field, *server.to_milagro(), bytes);
    LegacyServerSecret::from_milagro(&bytes.array(field)?).map_err(of(field))?;
    Ok(server)
}

/// s·A, computed from shares.
pub(super) fn client_secret(
    shares: &[ClientShare],
    (field, bytes): (&str, &Hex),
    checks: &mut Checks,
) -> Result<LegacyClientSecret, Mismatch> {
    let client = LegacyClientSecret::from_shares(shares).map_err(not_computed(field))?;
    checks.bytes(field, *client.to_bytes(), bytes);
    Ok(client)
}

/// The token that is left when a PIN is split off.
pub(super) fn split(
    client: LegacyClientSecret,
    (identity, pin): (&LegacyIdentity<MilagroLegacy>, &LegacyPin),
    (field, bytes): (&str, &Hex),
    checks: &mut Checks,
) -> Result<LegacyToken, Mismatch> {
    let token = LegacyToken::new(client, identity, pin).map_err(not_computed(field))?;
    checks.bytes(field, *token.to_bytes(), bytes);
    LegacyToken::from_bytes(&bytes.array(field)?).map_err(of(field))?;
    Ok(token)
}

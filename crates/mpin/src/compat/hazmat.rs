//! The protocol with scalars from outside: for test vectors, and for generators in hardware.
//!
//! # Security
//! Every x, r and w must be uniformly random, known to nobody and never used twice: whoever knows one, or sees two
//! answers to one, has the secret. A y that was known before its U lets anybody in. Not covered by SemVer.

use milagro_base::Seconds;
use milagro_curve::SecretScalar;

use crate::compat::check::LoggedIn;
use crate::compat::client::{Client, LegacyCommitted};
use crate::compat::error::CompatError;
use crate::compat::full::{KeyAnswer, KeyRequest};
use crate::compat::identity::{Base, MilagroLegacy};
use crate::compat::messages::{
    ClientKeyShare, Commitment, LegacyChallenge, LegacySignature, OnePass, Step,
};
use crate::compat::pending::Pending;
use crate::compat::server::Server;

/// [`Client::commit`] with this x.
pub fn commit<L: Copy>(
    client: &Client<L>,
    x: SecretScalar,
) -> Step<Commitment, LegacyCommitted<L>> {
    client.commit_with(x)
}

/// [`Client::prove`] with this x.
///
/// # Errors
/// As for [`Client::prove`].
pub fn prove<L: Copy>(
    client: &Client<L>,
    x: SecretScalar,
    now: Seconds,
) -> Result<OnePass, CompatError> {
    client.prove_with(x, now)
}

/// [`Client::sign`] with this x.
///
/// # Errors
/// As for [`Client::prove`].
pub fn sign<L: Copy>(
    client: &Client<L>,
    x: SecretScalar,
    message: &[u8],
    now: Seconds,
) -> Result<LegacySignature, CompatError> {
    client.sign_with(x, message, now)
}

/// [`Server::challenge`] with this y.
pub const fn challenge<L: Copy>(
    base: Base<L>,
    u: Commitment,
    y: LegacyChallenge,
    now: Seconds,
) -> Step<LegacyChallenge, Pending<L>> {
    Server::challenge_with(base, u, y, now)
}

/// [`LegacyCommitted::respond_for_key`] with this r.
///
/// # Errors
/// As there.
pub fn respond_for_key(
    committed: LegacyCommitted<MilagroLegacy>,
    r: SecretScalar,
    y: &LegacyChallenge,
) -> Result<KeyRequest, CompatError> {
    committed.respond_for_key_with(r, y)
}

/// [`LoggedIn::agree`] with this w.
///
/// # Errors
/// As there.
pub fn agree(
    login: LoggedIn<MilagroLegacy>,
    w: SecretScalar,
    server: &Server,
    r: &ClientKeyShare,
) -> Result<KeyAnswer, CompatError> {
    login.agree_with(w, server, r)
}

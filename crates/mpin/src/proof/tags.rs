//! Every domain separation tag of the crate, one place (RFC 9380, section 3.1).

use milagro_curve::Dst;

macro_rules! dst {
    ($role:literal, $suite:literal) => {
        Dst::from_static(concat!("MILAGRO-V1-", $role, "-", $suite).as_bytes())
    };
}

/// A = H_id(identity).
pub(crate) const IDENTITY: Dst<'static> = dst!("IDENTITY", "BLS12381G1_XMD:SHA-256_SSWU_RO_");
/// Qs = H_server(server id).
pub(crate) const SERVER: Dst<'static> = dst!("SERVER", "BLS12381G2_XMD:SHA-256_SSWU_RO_");
/// N of a personal permit.
pub(crate) const PERSONAL_PERMIT: Dst<'static> =
    dst!("PERSONAL-PERMIT", "BLS12381G1_XMD:SHA-256_SSWU_RO_");
/// N of a cover permit.
pub(crate) const COVER_PERMIT: Dst<'static> =
    dst!("COVER-PERMIT", "BLS12381G1_XMD:SHA-256_SSWU_RO_");
/// f of a factor that is no PIN.
pub(crate) const FACTOR: Dst<'static> = dst!("FACTOR", "BLS12381Zr_XMD:SHA-256_");

/// y of a login with a challenge.
pub(crate) const CHALLENGE: &str = "MILAGRO-V1-CHALLENGE-SHAKE256";
/// y of a login with a timestamp.
pub(crate) const ONE_PASS: &str = "MILAGRO-V1-ONE-PASS-SHAKE256";
/// y of a message signature.
pub(crate) const SIGN: &str = "MILAGRO-V1-SIGN-SHAKE256";
/// y of a login that also agrees on a key.
pub(crate) const FULL: &str = "MILAGRO-V1-FULL-SHAKE256";
/// y of a login that also agrees on a key, with a timestamp.
pub(crate) const FULL_ONE_PASS: &str = "MILAGRO-V1-FULL-ONE-PASS-SHAKE256";
/// c of an opening.
pub(crate) const OPENING: &str = "MILAGRO-V1-OPENING-SHAKE256";
/// The weights of a batch.
pub(crate) const BATCH: &str = "MILAGRO-V1-BATCH-SHAKE256";
/// Which domain, server and channel a message is for.
pub(crate) const AIM: &str = "MILAGRO-V1-AIM-SHAKE256";
/// Keys that a server derives from s·Qs.
pub(crate) const SERVER_KEYS: &str = "MILAGRO-V1-SERVER-KEYS-SHAKE256";
/// The MAC of a challenge.
pub(crate) const CHALLENGE_MAC: &str = "MILAGRO-V1-CHALLENGE-MAC-SHAKE256";
/// The MAC of a device cookie.
pub(crate) const COOKIE_MAC: &str = "MILAGRO-V1-COOKIE-MAC-SHAKE256";
/// What an account of a ledger stands for.
pub(crate) const ACCOUNT: &str = "MILAGRO-V1-MPIN-ACCOUNT-SHAKE256";
/// What a countersigned message stands for.
pub(crate) const SIGNED: &str = "MILAGRO-V1-SIGNED-SHAKE256";
/// One-time numbers: x, r, w, ρ.
pub(crate) const NONCE: &str = "MILAGRO-V1-NONCE-SHAKE256";
/// leaf(identity).
pub(crate) const LEAF: &str = "MILAGRO-V1-LEAF-SHAKE256";
/// The name of a trust domain.
pub(crate) const DOMAIN: &str = "MILAGRO-V1-DOMAIN-SHAKE256";
/// One-time numbers of logins with old tokens.
#[cfg(feature = "compat")]
pub(crate) const COMPAT_NONCE: &str = "MILAGRO-V1-COMPAT-NONCE-SHAKE256";
/// What a server of old tokens derives from s·Q.
#[cfg(feature = "compat")]
pub(crate) const COMPAT_KEY: &str = "MILAGRO-V1-COMPAT-KEY-SHAKE256";
/// The MAC of a login with an old token that waits.
#[cfg(feature = "compat")]
pub(crate) const COMPAT_PENDING: &str = "MILAGRO-V1-COMPAT-PENDING-SHAKE256";
/// What an account of a ledger stands for, of old tokens.
#[cfg(feature = "compat")]
pub(crate) const COMPAT_ACCOUNT: &str = "MILAGRO-V1-COMPAT-ACCOUNT-SHAKE256";

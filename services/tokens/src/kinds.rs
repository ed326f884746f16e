//! The kinds of the token service's records and accounts. Those of all services are in the README of `milagro-wire`.

use milagro_ledger::Kind;

/// The published edition of a schedule, under its signature: by the name of the tenant.
pub(crate) const EDITION: Kind = Kind::new(200);
/// What a user drew of Privacy Pass in a window. An account.
#[cfg(feature = "privacypass")]
pub(crate) const PRIVACY_PASS: Kind = Kind::new(201);

//! The kinds of the provider's records and accounts. Those of all services are in the README of `milagro-wire`.

use milagro_ledger::Kind;

/// Applications: by their id.
pub(crate) const CLIENT: Kind = Kind::new(180);
/// What an authorization code stands for: by its hash.
pub(crate) const CODE: Kind = Kind::new(181);
/// What a user has let an application do, in one flow: by its id. Whatever came of a code ends with it.
pub(crate) const GRANT: Kind = Kind::new(182);
/// Grants of a session: by the session's hash and the grant's id.
pub(crate) const VISIT: Kind = Kind::new(183);
/// What a user has agreed to: by the user's hash and the application's id.
pub(crate) const CONSENT: Kind = Kind::new(184);
/// Requests that were pushed (RFC 9126): by their hash.
pub(crate) const PUSHED: Kind = Kind::new(185);
/// Assertions of clients (RFC 7523), one use each. An account.
pub(crate) const ASSERTION: Kind = Kind::new(190);
/// Codes for a pushed request: one. An account.
pub(crate) const PUSHED_USE: Kind = Kind::new(191);

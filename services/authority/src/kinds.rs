//! The kinds of an authority's records and accounts. Those of all services are in the README of `milagro-wire`.

use milagro_ledger::Kind;

/// Which state of which domain is held: by the id of the domain.
pub(crate) const HELD: Kind = Kind::new(128);
/// Revocation lists, in pieces, and which one is the last: by the id of the domain.
pub const LIST: Kind = Kind::new(129);
/// Whom shares were issued to: by the id of the domain and the entry.
pub(crate) const ISSUED: Kind = Kind::new(130);
/// Sessions of ceremonies: by the session's number.
pub(crate) const SESSION: Kind = Kind::new(131);
/// Domains whose shares are handed over, during which nothing is issued: by the id of the domain and the session's number.
pub(crate) const HAND_OVER: Kind = Kind::new(135);
/// Messages of a board: by their hash.
pub(crate) const MESSAGE: Kind = Kind::new(133);
/// How many messages a board has. An account.
pub(crate) const MESSAGES: Kind = Kind::new(134);

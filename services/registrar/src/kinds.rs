//! The kinds of a registrar's records and accounts. Those of all services are in the README of `milagro-wire`.

use milagro_ledger::Kind;

/// Subjects: by the id of the domain and the pseudonym.
pub(crate) const SUBJECT: Kind = Kind::new(140);
/// Which live subjects a user has: by the id of the domain, the user and the pseudonym.
pub(crate) const DEVICE: Kind = Kind::new(141);
/// Activation codes: by the id of the domain and the hash of the code.
pub(crate) const CODE: Kind = Kind::new(142);
/// What the next list has to say of whom: by the id of the domain and the pseudonym.
pub(crate) const CHANGE: Kind = Kind::new(143);
/// Revocation lists, in pieces, and which one is the last: by the id of the domain.
pub(crate) const LIST: Kind = Kind::new(144);
/// Which files an epoch's bulletin has: by the id of the domain and the epoch.
pub(crate) const BULLETIN: Kind = Kind::new(145);
/// Enrolments of a user in an hour. An account.
pub(crate) const STARTS: Kind = Kind::new(146);
/// Mails to an address in an hour. An account.
pub(crate) const MAILS: Kind = Kind::new(147);
/// Subjects of which the login service has not heard yet: by the id of the domain and the pseudonym.
pub(crate) const UNTOLD: Kind = Kind::new(148);
/// First cookies of a device in an hour. An account.
pub(crate) const COOKIES: Kind = Kind::new(149);
/// That the records were put back from a copy.
pub(crate) const RESTORED: Kind = Kind::new(150);

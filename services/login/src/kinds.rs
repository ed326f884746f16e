//! The kinds of the login service's records and accounts. Those of all services are in the README of `milagro-wire`.

use milagro_ledger::Kind;

/// Users, and whether they are locked: by their name.
pub(crate) const USER: Kind = Kind::new(160);
/// Which device an identity is enrolled as, for ever: by the identity's hash.
pub(crate) const ENROLLED: Kind = Kind::new(161);
/// Devices, each with its current cookie: by `Cookies::record_key`.
pub(crate) const DEVICE: Kind = Kind::new(162);
/// Devices of a user: by the user's hash and the device.
pub(crate) const DEVICES: Kind = Kind::new(163);
/// Sessions: by the user's hash, the device, and the session's number.
pub(crate) const SESSION: Kind = Kind::new(164);
/// Applications: by their id.
pub(crate) const CLIENT: Kind = Kind::new(165);
/// What a login code stands for: by its hash.
pub(crate) const CODE: Kind = Kind::new(166);
/// Hand-offs: by their number.
pub(crate) const HAND_OFF: Kind = Kind::new(167);
/// Agreements on keys that wait for their confirmation: by a hash of their number.
pub(crate) const AGREEMENT: Kind = Kind::new(168);
/// Browsers to which somebody was handed over: by a hash of their secret.
pub(crate) const SEEN: Kind = Kind::new(169);
/// Numbers that a device has asked about. An account.
pub(crate) const GUESSES: Kind = Kind::new(170);
/// Numbers that a browser, a network or an application was given. An account.
pub(crate) const NUMBERS: Kind = Kind::new(171);
/// New cookies that the operator has given to a device. An account.
pub(crate) const RECOVERIES: Kind = Kind::new(172);
/// Lines of the audit file that a device can cause as often as it likes. An account.
pub(crate) const NOTED: Kind = Kind::new(173);
/// Codes for other devices that a device has asked for. An account.
pub(crate) const CODES: Kind = Kind::new(174);

#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

extern crate alloc;

pub use milagro_curve::{DecodeError, hash::TooLong, rand_core};
pub use milagro_dta::{Agreement, Psk, Signing};
pub use milagro_mpin::{
    TrustDomainId,
    names::{Epoch, EpochLength, EpochPolicy},
};

mod anchor;
mod base;
mod batch;
mod binding;
mod bounded;
#[cfg(feature = "compat")]
pub mod compat;
mod error;
mod exchange;
mod identity;
mod key;
pub mod login;
mod master;
mod peer;
mod psk;
#[cfg(feature = "rustls")]
mod raw_keys;
mod server_name;
mod signature;
mod spec;
mod spki;
mod tags;
mod two_sided;
mod usage;
mod verifier;

pub use anchor::TrustAnchor;
pub use batch::{Claim, verify_batch};
pub use binding::{
    AwaitClient, AwaitServer, BindingHello, BoundPeer, Channel, ClientBinding, Exporter,
    ServerBinding,
};
pub use error::{
    BadSignature, BindingError, ExchangeError, IdentityError, IssueError, KeyError, LoginError,
    PskError, PskIdentityError, Refusal, Unconfirmed,
};
pub use exchange::{FLIGHT_HEADER_LEN, MAX_FLIGHT_LEN, Prologue, Session, flight_length};
pub use identity::{Identity, Principal, Role};
pub use key::{IdentityKey, Signer};
pub use master::SigningMaster;
pub use peer::{AwaitAnswer, AwaitConfirmation, PeerInitiator, PeerResponder};
pub use psk::{
    ExternalPsk, ImportedPsk, PairKey, PskIdentity, PskInitiator, PskResponder, TargetKdf,
};
#[cfg(feature = "rustls")]
pub use raw_keys::{
    IdentityResolver, IdentitySigningKey, SIGNATURE_SCHEME, client_config, exporter, identity_of,
    peer_identity, server_config, server_name_for,
};
#[cfg(feature = "rustls")]
pub use rustls;
pub use signature::{Context, Signature};
pub use two_sided::{IssuedKey, PairAnchor, PairMaster, ResponderKey};
pub use usage::{TwoSided, Usage};
pub use verifier::{AllowList, Anyone, Authorize, IdentityVerifier, Side};

#[cfg(test)]
mod tests;

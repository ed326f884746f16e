//! Keys of other usages, and of the other end, agree on nothing.

use milagro_tls::EpochPolicy;
use milagro_tls::admission::Anyone;
use milagro_tls::keys::{Agreement, IdentityKey, Psk, ResponderKey, Signing};
use milagro_tls::peer::{PeerInitiator, PeerResponder};

fn psk(key: &IdentityKey<Psk>) -> PeerInitiator {
    PeerInitiator::new(key, EpochPolicy::DAILY)
}

fn signing(key: &IdentityKey<Signing>) -> PeerInitiator {
    PeerInitiator::new(key, EpochPolicy::DAILY)
}

fn responder_psk(key: &ResponderKey<Psk>) -> PeerResponder {
    PeerResponder::new(key, EpochPolicy::DAILY, Anyone)
}

fn other_end(key: &IdentityKey<Agreement>) -> PeerResponder {
    PeerResponder::new(key, EpochPolicy::DAILY, Anyone)
}

fn main() {}

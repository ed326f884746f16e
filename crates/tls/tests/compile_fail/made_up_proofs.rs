//! What proves that somebody is there is made by the checks alone.

use milagro_tls::Identity;
use milagro_tls::admission::Welcome;
use milagro_tls::binding::{AwaitServer, BoundPeer};

fn bound(claimed: Identity) -> BoundPeer {
    BoundPeer(claimed)
}

fn welcome(claimed: Identity) -> Welcome {
    Welcome(claimed)
}

fn early(waiting: &AwaitServer<'_>) -> Identity {
    waiting.identity().clone()
}

fn main() {}

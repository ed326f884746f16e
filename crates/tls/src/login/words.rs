//! What a login says, and what follows from it.

use milagro_mpin::{ChannelBinding, full::SessionKeys};

use crate::admission::Side;
use crate::exchange::{Early, Handshake, Prologue, SharedSecret};
use crate::tags;

/// Everything said so far.
#[derive(Clone, Debug)]
pub(crate) struct Words(pub(crate) Early);

impl Words {
    pub(crate) fn new(prologue: &Prologue) -> Self {
        Self(Early::new(tags::LOGIN, prologue))
    }

    pub(crate) fn flight(&mut self, flight: &[u8]) {
        self.0.append("flight", flight);
    }

    pub(crate) fn digest(&self) -> [u8; 32] {
        self.0.transcript().bytes("so far")
    }

    /// What the proof is bound to.
    pub(crate) fn binding(&self) -> ChannelBinding {
        ChannelBinding::Context(self.digest())
    }

    /// Goes on with the secret that M-Pin Full agreed on.
    pub(crate) fn handshake(self, side: Side, keys: &SessionKeys) -> Handshake {
        self.0.shared(side, &SharedSecret::new(&[keys.exporter()]))
    }
}

//! Two peers of one authority.

use getrandom::SysRng;
use milagro_tls::admission::Anyone;
use milagro_tls::exchange::{Prologue, Session};
use milagro_tls::keys::{Agreement, PairMaster};
use milagro_tls::peer::{AwaitAnswer, AwaitConfirmation, PeerInitiator, PeerResponder};
use milagro_tls::rand_core::UnwrapErr;
use milagro_tls::{Epoch, EpochPolicy, Principal, Role};

const POLICY: EpochPolicy = EpochPolicy::DAILY;
pub(crate) const NOW: milagro_base::Seconds = milagro_base::Seconds::new(1_800_000_000);

pub(crate) struct Peers {
    initiator: PeerInitiator,
    responder: PeerResponder,
    prologue: Prologue,
}

impl Peers {
    pub(crate) fn new() -> Self {
        let rng = &mut UnwrapErr(SysRng);
        let master = PairMaster::<Agreement>::random(rng, "benches");
        let identity = |name| {
            Principal::new(master.domain(), Role::Peer, name)
                .unwrap()
                .at(Epoch::at(NOW, POLICY.length))
        };
        let key = master.issue(rng, &identity("initiator")).unwrap();
        let key = key.accept(&master.anchor()).unwrap();
        let responder = master.issue_responder(&identity("responder")).unwrap();
        Self {
            initiator: PeerInitiator::new(&key, POLICY),
            responder: PeerResponder::new(&responder, POLICY, Anyone),
            prologue: Prologue::new(),
        }
    }

    pub(crate) fn call(&self) -> (AwaitAnswer<'_>, Vec<u8>) {
        let peer = self.responder.principal().clone();
        let rng = &mut UnwrapErr(SysRng);
        self.initiator.call(rng, peer, &self.prologue, NOW).unwrap()
    }

    pub(crate) fn answer(&self, call: &[u8]) -> (AwaitConfirmation, Vec<u8>) {
        let rng = &mut UnwrapErr(SysRng);
        self.responder
            .answer(rng, call, &self.prologue, NOW)
            .unwrap()
    }

    /// What a call of the day before yesterday costs.
    pub(crate) fn refuse_stale(&self, call: &[u8]) {
        let now = NOW.plus(milagro_base::Seconds::days(2));
        let rng = &mut UnwrapErr(SysRng);
        let refused = self.responder.answer(rng, call, &self.prologue, now);
        assert!(refused.is_err());
    }
}

pub(crate) fn finish(waiting: AwaitAnswer<'_>, answer: &[u8]) -> (Session, Vec<u8>) {
    waiting.finish(answer, NOW).unwrap()
}

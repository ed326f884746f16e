//! The key exchange between two peers: its three flights, and the keys that both ends have then.

use milagro_base::{Seconds, Writer};
use milagro_curve::G1Point;
use milagro_mpin::TrustDomainId;
use milagro_mpin::names::{Authorities, Epoch, EpochPolicy};
use milagro_tls::admission::Anyone;
use milagro_tls::exchange::{Prologue, Session};
use milagro_tls::keys::{Agreement, PairMaster};
use milagro_tls::peer::{PeerInitiator, PeerResponder};
use milagro_tls::{Principal, Role};
use serde::Deserialize;
use serde_json::{Value, json};

use super::stream::{Draw, Tape};
use super::world::scalar;
use super::{Outputs, Wire, of};
use crate::Mismatch;
use crate::hexadecimal::Hex;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Exchange {
    /// The name of the domain.
    domain: String,
    /// The authority's secret, 32 bytes.
    master: Hex,
    /// Who opens the exchange; a client, or one that may be called too.
    initiator: String,
    initiator_is_peer: bool,
    /// Who answers, a server.
    responder: String,
    /// Of both keys, in days.
    epoch: u64,
    /// What was agreed on before, part by part.
    prologue: Vec<Hex>,
    /// 32 bytes for the proof of the initiator's key, 32 for x.
    initiator_randomness: Hex,
    /// 32 bytes for w, 32 for y.
    responder_randomness: Hex,
    /// What the application exports under the context: a label, and how many bytes.
    export_label: String,
    export_context: Hex,
    export_length: u16,
}

impl Exchange {
    /// The master secret in its encoding: version, usage, domain, number.
    fn master(&self) -> Result<PairMaster<Agreement>, Mismatch> {
        let secret = scalar("master", &self.master)?;
        let commitment = &G1Point::generator() * &secret;
        let id = TrustDomainId::new(&self.domain, "agreement", Authorities::ALONE, &commitment);
        let head = Writer::new().u8(1).u8(3).bytes(&id.to_bytes());
        let stored = head.bytes(&self.master.0).finish();
        PairMaster::from_bytes(&stored, &self.domain).map_err(of("master"))
    }

    fn prologue(&self) -> Prologue {
        let parts = self.prologue.iter();
        parts.fold(Prologue::new(), |prologue, part| prologue.and(&part.0))
    }

    /// What a session gives, as one end has it.
    fn session(&self, outputs: Outputs, end: &str, session: &Session) -> Result<Outputs, Mismatch> {
        let mut exported = vec![0; usize::from(self.export_length)];
        let filled = session.export(&self.export_label, &self.export_context.0, &mut exported);
        filled.map_err(of("export_length"))?;
        Ok(outputs
            .bytes(&format!("{end}_sends_under"), session.sending())
            .bytes(&format!("{end}_receives_under"), session.receiving())
            .bytes(&format!("{end}_exports"), exported))
    }
}

impl Wire for Exchange {
    const NAME: &'static str = "milagro-wire-peer";
    const ABOUT: &'static str = "wire format 1: the key exchange between two peers";

    fn outputs(&self) -> Result<Outputs, Mismatch> {
        let master = self.master()?;
        let role = if self.initiator_is_peer {
            Role::Peer
        } else {
            Role::Client
        };
        let initiator = Principal::new(master.domain(), role, &self.initiator);
        let initiator = initiator.map_err(of("initiator"))?;
        let responder = Principal::new(master.domain(), Role::Server, &self.responder);
        let responder = responder.map_err(of("responder"))?;
        let epoch = Epoch(self.epoch);
        let now = Seconds::new(self.epoch.saturating_mul(86_400));
        let (mut ours, mut theirs) = (
            Tape::new(&self.initiator_randomness),
            Tape::new(&self.responder_randomness),
        );
        let issued = master.issue(&mut ours, &initiator.at(epoch));
        let issued = issued.map_err(of("initiator"))?;
        let issued_bytes = issued.to_bytes();
        let key = issued.accept(&master.anchor()).map_err(of("initiator"))?;
        let answering = master.issue_responder(&responder.at(epoch));
        let answering = answering.map_err(of("responder"))?;
        let outputs = Outputs::default()
            .bytes("domain", master.domain().to_bytes())
            .bytes("issued_key", &*issued_bytes)
            .bytes("initiator_key", &*key.to_bytes())
            .bytes("responder_key", &*answering.to_bytes());

        let prologue = self.prologue();
        let a = PeerInitiator::new(&key, EpochPolicy::DAILY);
        let b = PeerResponder::new(&answering, EpochPolicy::DAILY, Anyone);
        let called = a.call(&mut ours, responder, &prologue, now);
        let (waiting, call) = called.map_err(of("initiator"))?;
        let answered = b.answer(&mut theirs, &call, &prologue, now);
        let (awaiting, answer) = answered.map_err(of("responder"))?;
        let (at_a, confirmation) = waiting.finish(&answer, now).map_err(of("responder"))?;
        let at_b = awaiting
            .finish(&confirmation, now)
            .map_err(of("initiator"))?;
        ours.finish("initiator_randomness")?;
        theirs.finish("responder_randomness")?;
        let outputs = outputs
            .bytes("call", call)
            .bytes("answer", answer)
            .bytes("confirmation", confirmation);
        let outputs = self.session(outputs, "initiator", &at_a)?;
        self.session(outputs, "responder", &at_b)
    }

    fn cases(draw: Draw<'_>) -> Vec<(&'static str, Value)> {
        let case = |initiator: &str, is_peer: bool, prologue: &[&str]| {
            let prologue: Vec<_> = prologue.iter().map(hex::encode).collect();
            json!({
                "domain": "example", "master": draw.scalar("peer master"), "initiator": initiator, "initiator_is_peer": is_peer,
                "responder": "bob", "epoch": 20_833, "prologue": prologue,
                "initiator_randomness": draw.bytes("peer initiator", 64), "responder_randomness": draw.bytes("peer responder", 64),
                "export_label": "chat", "export_context": draw.bytes("peer context", 5), "export_length": 48,
            })
        };
        vec![
            (
                "a client, and what was negotiated before",
                case("alice", false, &["chat/2", ""]),
            ),
            (
                "a peer, without a prologue",
                case("sensor 1:zoë", true, &[]),
            ),
        ]
    }
}

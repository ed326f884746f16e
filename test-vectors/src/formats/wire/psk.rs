//! Keys of two sides, and the pre-shared key of a pair.

use milagro_base::Writer;
use milagro_curve::G1Point;
use milagro_mpin::TrustDomainId;
use milagro_mpin::names::{Authorities, Epoch};
use milagro_tls::keys::{PairMaster, Psk as Usage};
use milagro_tls::psk::{PairKey, PskForm, TargetKdf};
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
pub(super) struct Psk {
    /// The name of the domain.
    domain: String,
    /// The authority's secret, 32 bytes.
    master: Hex,
    client: String,
    /// Whether the client may answer connections too.
    is_peer: bool,
    server: String,
    epoch: u64,
    /// 32 bytes for the proof of the client's key.
    randomness: Hex,
}

impl Psk {
    /// The master secret in its encoding: version, usage, domain, number.
    fn master(&self) -> Result<PairMaster<Usage>, Mismatch> {
        let secret = scalar("master", &self.master)?;
        let commitment = &G1Point::generator() * &secret;
        let id = TrustDomainId::new(&self.domain, "psk", Authorities::ALONE, &commitment);
        let head = Writer::new().u8(1).u8(2).bytes(&id.to_bytes());
        let stored = head.bytes(&self.master.0).finish();
        PairMaster::from_bytes(&stored, &self.domain).map_err(of("master"))
    }
}

impl Wire for Psk {
    const NAME: &'static str = "milagro-wire-psk";
    const ABOUT: &'static str = "wire format 2: pre-shared keys of two identities";

    fn outputs(&self) -> Result<Outputs, Mismatch> {
        let master = self.master()?;
        let role = if self.is_peer {
            Role::Peer
        } else {
            Role::Client
        };
        let client = Principal::new(master.domain(), role, &self.client).map_err(of("client"))?;
        let server = Principal::new(master.domain(), Role::Server, &self.server);
        let server = server.map_err(of("server"))?;
        let epoch = Epoch(self.epoch);
        let mut tape = Tape::new(&self.randomness);
        let issued = master.issue(&mut tape, &client.at(epoch));
        let issued = issued.map_err(of("client"))?;
        tape.finish("randomness")?;
        let outputs = Outputs::default()
            .bytes("domain", master.domain().to_bytes())
            .bytes("anchor", master.anchor().to_bytes())
            .bytes("issued_key", &*issued.to_bytes());
        let key = issued.accept(&master.anchor()).map_err(of("client"))?;
        let responder = master.issue_responder(&server.at(epoch));
        let responder = responder.map_err(of("server"))?;
        let outputs = outputs
            .bytes("client_key", &*key.to_bytes())
            .bytes("server_key", &*responder.to_bytes());
        let ours = key.pair(&server).map_err(of("server"))?;
        let theirs = responder.pair(&client).map_err(of("client"))?;
        let same = ours
            .external(PskForm::WithEpoch)
            .map_err(of("client"))?
            .key()
            == theirs
                .external(PskForm::WithEpoch)
                .map_err(of("client"))?
                .key();
        stack(outputs, &ours).map(|outputs| outputs.value("server_has_the_same_key", same))
    }

    fn cases(draw: Draw<'_>) -> Vec<(&'static str, Value)> {
        let case = |client: &str, is_peer: bool| {
            json!({
                "domain": "example", "master": draw.scalar("psk master"), "client": client, "is_peer": is_peer,
                "server": "bob", "epoch": 20_833, "randomness": draw.bytes("psk randomness", 32),
            })
        };
        vec![
            ("a client", case("alice", false)),
            (
                "a peer whose name needs escapes",
                case("sensor 1:zoë", true),
            ),
        ]
    }
}

/// What stacks take.
fn stack(outputs: Outputs, pair: &PairKey) -> Result<Outputs, Mismatch> {
    let external = pair.external(PskForm::WithEpoch).map_err(of("client"))?;
    let lasting = pair.external(PskForm::Lasting).map_err(of("client"))?;
    let short = pair.import(TargetKdf::HkdfSha256, PskForm::WithEpoch);
    let short = short.map_err(of("client"))?;
    let long = pair.import(TargetKdf::HkdfSha384, PskForm::WithEpoch);
    let long = long.map_err(of("client"))?;
    Ok(outputs
        .value("psk_identity", external.identity().as_str())
        .value("lasting_psk_identity", lasting.identity().as_str())
        .bytes("external_key", external.key())
        .bytes("imported_identity_sha256", short.identity())
        .bytes("imported_key_sha256", short.key())
        .bytes("imported_identity_sha384", long.identity())
        .bytes("imported_key_sha384", long.key()))
}

//! Logins in answer to a challenge and at a time, and signatures.

use milagro_base::{Seconds, Writer};
use milagro_mpin::client::{BoundToken, DeviceKey, Login as Request, SecretMismatch, Target};
use milagro_mpin::{Factors, Identity, Permit, ServerId, Token};
use serde::Deserialize;
use serde_json::{Value, json};

use super::factors::pin;
use super::stream::{Draw, Tape};
use super::verifier::{Coming, Server};
use super::world::{self, Binding, PermitFor, Place};
use super::{Outputs, Wire, of};
use crate::Mismatch;
use crate::hexadecimal::Hex;

/// Who logs in where, with what.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Client {
    pub(super) place: Place,
    /// Without a device key: where there is one, the inner identity.
    pub(super) identity: Hex,
    /// z.
    pub(super) device_key: Option<Hex>,
    pub(super) pin: String,
    /// What the user types.
    pub(super) entered: String,
    pub(super) permit: Option<PermitFor>,
    pub(super) binding: Option<Binding>,
    /// The time of the challenge, of the message, and of its arrival.
    pub(super) time: u64,
    /// 32 bytes for x and 32 for ρ; of a key agreement for r, x, ρ and ρr.
    pub(super) randomness: Hex,
}

#[derive(Deserialize)]
#[serde(tag = "mode", deny_unknown_fields, rename_all = "kebab-case")]
pub(super) enum Login {
    Challenge { client: Client, server_seed: Hex },
    OnePass { client: Client },
    Sign { client: Client, message: Hex },
}

/// What a client has by the time that it logs in.
pub(super) struct Ready {
    pub(super) identity: Identity,
    pub(super) target: Target,
    pub(super) permit: Option<Permit>,
    pub(super) outputs: Outputs,
    secret: Secret,
}

/// A secret with its device key, or without.
enum Secret {
    Unbound(milagro_mpin::ClientSecret),
    Bound(milagro_mpin::client::BoundSecret),
}

/// z as it is stored: version, server and number.
pub(super) fn device_key(server: &ServerId, z: &Hex) -> Result<DeviceKey, Mismatch> {
    let field = "device_key";
    world::scalar(field, z)?;
    let stored = Writer::new().u8(2).string(server.as_bytes()).bytes(&z.0);
    DeviceKey::from_bytes(&stored.finish()).map_err(of(field))
}

impl Client {
    pub(super) const fn now(&self) -> Seconds {
        Seconds::new(self.time)
    }

    /// Issues, splits the PIN off, and adds what was typed.
    pub(super) fn ready(&self) -> Result<Ready, Mismatch> {
        let (server, domain) = (self.place.server()?, self.place.domain()?);
        let inner = world::identity(&self.identity)?;
        let key = self.device_key.as_ref().map(|z| device_key(&server, z));
        let key = key.transpose()?;
        let identity = match &key {
            Some(key) => key.identity(&inner).map_err(of("identity"))?,
            None => inner,
        };
        let issued = self.place.master()?.issue_client(&identity);
        let factors = Factors::pin(pin("pin", &self.pin)?);
        let entered = Factors::pin(pin("entered", &self.entered)?);
        let (token, secret) = match &key {
            None => {
                let token = Token::new(domain, issued, &factors).map_err(of("pin"))?;
                let secret = token.unlock(&entered).map_err(of("entered"))?;
                (token.to_bytes(), Secret::Unbound(secret))
            }
            Some(key) => {
                let bound = key.bind_for_permits(issued).map_err(of("device_key"))?;
                let token = BoundToken::new(domain, bound, &factors).map_err(of("pin"))?;
                let secret = token.unlock(&entered).map_err(of("entered"))?;
                let secret = key.lend(secret).map_err(of("device_key"))?;
                (token.to_bytes(), Secret::Bound(secret))
            }
        };
        let permit = self.permit.as_ref();
        let permit = permit.map(|permit| permit.issue(&self.place, &identity));
        let permit = permit.transpose()?;
        let outputs = Outputs::default()
            .bytes("domain", domain.to_bytes())
            .bytes("identity", identity.to_bytes())
            .bytes("token", &*token);
        let outputs = match &permit {
            Some(permit) => outputs.bytes("permit", permit.to_bytes()),
            None => outputs,
        };
        let target = Target {
            domain,
            server,
            binding: Binding::read(self.binding.as_ref())?,
        };
        Ok(Ready {
            identity,
            target,
            permit,
            outputs,
            secret,
        })
    }
}

impl Ready {
    /// The login that is about to be made.
    pub(super) fn login(&self) -> Request<'_> {
        let login = match &self.secret {
            Secret::Unbound(secret) => secret.login(&self.target),
            Secret::Bound(secret) => secret.login(&self.target),
        };
        match &self.permit {
            Some(permit) => login.permit(permit),
            None => login,
        }
    }

    /// e(S, Qs), or e(z·S, Pa).
    pub(super) fn key_base(&self) -> milagro_mpin::full::KeyBase {
        match &self.secret {
            Secret::Unbound(secret) => {
                milagro_mpin::full::KeyBase::new(secret, &self.target.server)
            }
            Secret::Bound(secret) => milagro_mpin::full::KeyBase::new(secret, &self.target.server),
        }
    }
}

fn no(error: SecretMismatch) -> Mismatch {
    Mismatch::new("client", error)
}

impl Wire for Login {
    const NAME: &'static str = "milagro-wire-login";
    const ABOUT: &'static str = "wire format 2: logins by challenge and in one pass, signatures";

    fn outputs(&self) -> Result<Outputs, Mismatch> {
        let (Self::Challenge { client, .. } | Self::OnePass { client } | Self::Sign { client, .. }) =
            self;
        let ready = client.ready()?;
        let seed = match self {
            Self::Challenge { server_seed, .. } => Some(server_seed),
            _ => None,
        };
        let mut server = Server::new(&client.place, seed, client.permit.as_ref())?;
        let coming = Coming::new(&ready.target.binding, &ready.identity, client.now());
        let mut tape = Tape::new(&client.randomness);
        let login = ready.login();
        let (made, accepted, challenge) = match self {
            Self::Challenge { .. } => {
                let challenge = server.challenge(client.now());
                let bytes = challenge.to_bytes();
                let proof = login.answer(&mut tape, challenge).map_err(no)?;
                let accepted = server.accepts(&proof, &coming);
                (proof.to_bytes(), accepted, Some(bytes))
            }
            Self::OnePass { .. } => {
                let proof = login.at(&mut tape, client.now()).map_err(no)?;
                let accepted = server.accepts(&proof, &coming);
                (proof.to_bytes(), accepted, None)
            }
            Self::Sign { message, .. } => {
                let signature = login.sign(&mut tape, client.now(), &message.0);
                let signature = signature.map_err(no)?;
                let accepted = server.countersigns(&signature, &message.0, &coming);
                (signature.to_bytes(), accepted, None)
            }
        };
        tape.finish("randomness")?;
        let outputs = match challenge {
            Some(challenge) => ready.outputs.bytes("challenge", challenge),
            None => ready.outputs,
        };
        Ok(outputs.bytes("message", made).value("accepted", accepted))
    }

    fn cases(draw: Draw<'_>) -> Vec<(&'static str, Value)> {
        let challenge = |client: Value| {
            json!({
                "mode": "challenge", "client": client, "server_seed": draw.bytes("login server", 32),
            })
        };
        let one_pass = |client: Value| json!({ "mode": "one-pass", "client": client });
        let sign = |client: Value| {
            json!({
                "mode": "sign", "client": client,
                "message": hex::encode("Pay 12.50 to bob"),
            })
        };
        let exporter = json!({ "tls-exporter": draw.bytes("login exporter", 32) });
        let context = json!({ "context": draw.bytes("login context", 32) });
        vec![
            (
                "answers a challenge",
                challenge(client(draw, "login 1", 64, json!({}))),
            ),
            (
                "with another PIN: refused",
                challenge(client(draw, "login 2", 64, json!({ "entered": "0043" }))),
            ),
            (
                "bound to a TLS connection, with a personal permit",
                challenge(client(
                    draw,
                    "login 3",
                    64,
                    json!({ "binding": exporter, "permit": personal() }),
                )),
            ),
            (
                "with a cover permit",
                challenge(client(draw, "login 4", 64, json!({ "permit": cover() }))),
            ),
            (
                "with a device key",
                challenge(client(
                    draw,
                    "login 5",
                    64,
                    json!({ "device_key": draw.scalar("login device key") }),
                )),
            ),
            (
                "with a device key and a cover permit",
                challenge(client(
                    draw,
                    "login 6",
                    64,
                    json!({ "device_key": draw.scalar("login device key"), "permit": cover() }),
                )),
            ),
            (
                "says a time",
                one_pass(client(draw, "login 7", 64, json!({}))),
            ),
            (
                "says a time, bound to a context, with a personal permit",
                one_pass(client(
                    draw,
                    "login 8",
                    64,
                    json!({ "binding": context, "permit": personal() }),
                )),
            ),
            ("signs", sign(client(draw, "login 9", 64, json!({})))),
            (
                "signs, with a cover permit",
                sign(client(draw, "login 10", 64, json!({ "permit": cover() }))),
            ),
        ]
    }
}

/// The inputs of a client, some of them others than usual.
pub(super) fn client(draw: Draw<'_>, label: &str, randomness: usize, other: Value) -> Value {
    let mut client = json!({
        "place": { "domain": "example", "master": draw.scalar("login master"), "server": "login.example" },
        "identity": format!("010020{}", draw.bytes("login pseudonym", 32)),
        "pin": "0042",
        "entered": "0042",
        "time": 1_800_000_000_u64,
        "randomness": draw.bytes(label, randomness),
    });
    if let (Some(client), Value::Object(other)) = (client.as_object_mut(), other) {
        client.extend(other);
    }
    client
}

/// A permit for the epoch of that time.
pub(super) fn personal() -> Value {
    json!({ "epoch": 20_833, "length": 86_400 })
}

pub(super) fn cover() -> Value {
    json!({ "epoch": 20_833, "length": 86_400, "gap": ["00".repeat(16), "ff".repeat(16)] })
}

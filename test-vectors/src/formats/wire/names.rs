//! Names, and the points that stand for them.

use milagro_curve::G1Point;
use milagro_mpin::client::DeviceKey;
use milagro_mpin::names::{Authorities, Epoch};
use milagro_mpin::permit::{Leaf, PermitLabel};
use milagro_mpin::{Identity, ServerId, TrustDomainId};
use milagro_tls::{Principal, Role};
use serde::Deserialize;
use serde_json::{Value, json};

use super::stream::Draw;
use super::world::{PermitFor, identity};
use super::{Outputs, Wire, of};
use crate::Mismatch;
use crate::hexadecimal::Hex;

#[derive(Deserialize)]
#[serde(tag = "what", deny_unknown_fields, rename_all = "kebab-case")]
pub(super) enum Named {
    /// An identity of the application's own making.
    Raw { bytes: Hex },
    /// The recommended form.
    Device {
        application: String,
        user: String,
        device: Hex,
    },
    /// A registrar's pseudonym.
    Pseudonym { bytes: Hex },
    /// An identity with a device key for a server.
    DeviceKey {
        inner: Hex,
        server: String,
        device_key: Hex,
    },
    /// A server.
    Server { name: String },
    /// A trust domain.
    Domain {
        name: String,
        protocol: String,
        threshold: u16,
        authorities: u16,
        /// s·P.
        commitment: Hex,
    },
    /// The place of an identity among all of a domain.
    Leaf { identity: Hex, domain: Hex },
    /// The point that a permit is a multiple of.
    PermitLabel {
        identity: Hex,
        domain: Hex,
        permit: PermitFor,
    },
    /// Who a TLS identity is for longer than an epoch, and in one.
    Principal {
        domain: Hex,
        role: String,
        name: String,
        epoch: u64,
    },
}

impl Wire for Named {
    const NAME: &'static str = "milagro-wire-names";
    const ABOUT: &'static str =
        "wire format 2: identities, servers, domains, leaves, permit labels";

    fn outputs(&self) -> Result<Outputs, Mismatch> {
        let out = Outputs::default();
        match self {
            Self::Raw { bytes } => {
                let identity = Identity::raw(&bytes.0).map_err(of("bytes"))?;
                Ok(identified(&identity))
            }
            Self::Device {
                application,
                user,
                device,
            } => {
                let device = device.array("device")?;
                let identity = Identity::device(application, user, &device);
                Ok(identified(&identity.map_err(of("user"))?))
            }
            Self::Pseudonym { bytes } => {
                Ok(identified(&Identity::pseudonym(&bytes.array("bytes")?)))
            }
            Self::DeviceKey {
                inner,
                server,
                device_key,
            } => with_device_key(inner, server, device_key),
            Self::Server { name } => {
                let server = ServerId::new(name.as_bytes()).map_err(of("name"))?;
                Ok(out.bytes("point", server.to_point().to_bytes()))
            }
            Self::Domain {
                name,
                protocol,
                threshold,
                authorities,
                commitment,
            } => {
                let size = Authorities {
                    threshold: *threshold,
                    total: *authorities,
                };
                let commitment = G1Point::from_bytes(&commitment.array("commitment")?);
                let commitment = commitment.map_err(of("commitment"))?;
                let id = TrustDomainId::new(name, protocol, size, &commitment);
                Ok(out.bytes("id", id.to_bytes()))
            }
            Self::Leaf {
                identity: of,
                domain,
            } => {
                let domain = TrustDomainId::from_bytes(domain.array("domain")?);
                let leaf = Leaf::of(&identity(of)?, &domain);
                Ok(out.bytes("leaf", leaf.0.to_be_bytes()))
            }
            Self::PermitLabel {
                identity: of,
                domain,
                permit,
            } => {
                let domain = TrustDomainId::from_bytes(domain.array("domain")?);
                let (label, identity) = (permit.label()?, identity(of)?);
                let point = label.to_point(&domain, permit.length()?, &identity);
                let out = match label {
                    // A cover permit's point does not depend on the identity, but whether it covers it does.
                    PermitLabel::Cover { .. } => {
                        out.value("covers", label.covers(&identity, &domain))
                    }
                    _ => out,
                };
                Ok(out.bytes("point", point.to_bytes()))
            }
            Self::Principal {
                domain,
                role,
                name,
                epoch,
            } => principal(domain, role, name, *epoch),
        }
    }

    fn cases(draw: Draw<'_>) -> Vec<(&'static str, Value)> {
        let pseudonym = format!("010020{}", draw.bytes("names pseudonym", 32));
        let domain = draw.bytes("names domain", 32);
        let point = "97f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905a14e3a3f171bac586c55e83ff97a1aeffb3af00adb22c6bb";
        vec![
            (
                "an identity of three bytes",
                json!({ "what": "raw", "bytes": "616263" }),
            ),
            (
                "bytes that are no UTF-8",
                json!({ "what": "raw", "bytes": "00ff80" }),
            ),
            (
                "the recommended form",
                json!({
                    "what": "device", "application": "shop", "user": "alice@example.com",
                    "device": draw.bytes("names device", 16),
                }),
            ),
            (
                "a pseudonym",
                json!({ "what": "pseudonym", "bytes": draw.bytes("names pseudonym", 32) }),
            ),
            (
                "an identity with a device key: bytes are the inner identity and Pa = z^-1·Qs",
                json!({
                    "what": "device-key", "inner": pseudonym, "server": "login.example",
                    "device_key": draw.scalar("names device key"),
                }),
            ),
            (
                "a server",
                json!({ "what": "server", "name": "login.example" }),
            ),
            (
                "a domain of one authority whose secret is 1",
                json!({
                    "what": "domain", "name": "example", "protocol": "mpin", "threshold": 1, "authorities": 1,
                    "commitment": point,
                }),
            ),
            (
                "a domain of two of three",
                json!({
                    "what": "domain", "name": "example", "protocol": "psk", "threshold": 2, "authorities": 3,
                    "commitment": point,
                }),
            ),
            (
                "a leaf",
                json!({ "what": "leaf", "identity": pseudonym, "domain": domain }),
            ),
            (
                "the point of a personal permit",
                json!({
                    "what": "permit-label", "identity": pseudonym, "domain": domain,
                    "permit": { "epoch": 20833, "length": 86400 },
                }),
            ),
            (
                "the point of a cover permit, and whether it covers the identity",
                json!({
                    "what": "permit-label", "identity": pseudonym, "domain": domain,
                    "permit": {
                        "epoch": 20833, "length": 86400,
                        "gap": ["00".repeat(16), "ff".repeat(16)],
                    },
                }),
            ),
            (
                "a principal in an epoch: identity, SubjectPublicKeyInfo, text, DNS name",
                json!({
                    "what": "principal", "domain": domain, "role": "server",
                    "name": "spiffe://example.org/db", "epoch": 20833,
                }),
            ),
            (
                "a name with a letter beyond ASCII, which the text shows by its bytes",
                json!({
                    "what": "principal", "domain": domain, "role": "client", "name": "zoë", "epoch": 0,
                }),
            ),
        ]
    }
}

/// The encoding, and A.
fn identified(identity: &Identity) -> Outputs {
    Outputs::default()
        .bytes("identity", identity.to_bytes())
        .bytes("point", identity.to_point().to_bytes())
}

fn with_device_key(inner: &Hex, server: &str, z: &Hex) -> Result<Outputs, Mismatch> {
    let server = ServerId::new(server.as_bytes()).map_err(of("server"))?;
    let key = super::login::device_key(&server, z)?;
    let identity = key.identity(&identity(inner)?).map_err(of("inner"))?;
    Ok(identified(&identity).bytes("public", DeviceKey::public(&key).to_bytes()))
}

fn principal(domain: &Hex, role: &str, name: &str, epoch: u64) -> Result<Outputs, Mismatch> {
    let roles = [
        ("client", Role::Client),
        ("server", Role::Server),
        ("peer", Role::Peer),
    ];
    let found = roles.into_iter().find(|(word, _)| *word == role);
    let (_, role) = found.ok_or_else(|| Mismatch::new("role", "none that is known"))?;
    let domain = TrustDomainId::from_bytes(domain.array("domain")?);
    let principal = Principal::new(domain, role, name).map_err(of("name"))?;
    let identity = principal.at(Epoch(epoch));
    Ok(Outputs::default()
        .bytes("identity", identity.to_bytes())
        .bytes("subject", identity.to_subject().to_bytes())
        .bytes("spki", identity.to_spki())
        .value("text", principal.to_string())
        .value("server_name", principal.server_name()))
}

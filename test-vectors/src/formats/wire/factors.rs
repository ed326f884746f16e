//! What a client stores, and how it comes of PIN, passphrase and bytes.

use milagro_mpin::client::PassphraseParams;
use milagro_mpin::{Factors, MasterSecret, Pin, Token};
use serde::Deserialize;
use serde_json::{Value, json};

use super::stream::Draw;
use super::world::identity;
use super::{Outputs, Wire, of};
use crate::Mismatch;
use crate::hexadecimal::Hex;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Split {
    /// The name of the domain.
    domain: String,
    /// The secret of its authority, which works alone; 32 bytes.
    master: Hex,
    identity: Hex,
    pin: Option<String>,
    #[serde(default)]
    others: Vec<Other>,
    /// The PIN that takes the place of the other one.
    new_pin: Option<String>,
}

#[derive(Deserialize)]
#[serde(tag = "kind", deny_unknown_fields, rename_all = "kebab-case")]
enum Other {
    Passphrase {
        name: String,
        passphrase: String,
        memory_kib: u32,
        passes: u32,
        lanes: u32,
        salt: Hex,
    },
    Bytes {
        name: String,
        bytes: Hex,
    },
}

/// A PIN with as many digits as it is written with.
pub(super) fn pin(field: &str, digits: &str) -> Result<Pin, Mismatch> {
    let length = u8::try_from(digits.len()).unwrap_or(u8::MAX);
    let length = milagro_mpin::client::PinLength::new(length).map_err(of(field))?;
    Pin::new(digits, length).map_err(of(field))
}

impl Other {
    fn join(&self, factors: Factors) -> Result<Factors, Mismatch> {
        let joined = match self {
            Self::Passphrase {
                name,
                passphrase,
                memory_kib,
                passes,
                lanes,
                salt,
            } => {
                let salt = salt.array("salt")?;
                let params = PassphraseParams::new(*memory_kib, *passes, *lanes, salt);
                factors.with_passphrase(name, passphrase, params.map_err(of("others"))?)
            }
            Self::Bytes { name, bytes } => factors.with_bytes(name, &bytes.0),
        };
        joined.map_err(of("others"))
    }
}

impl Wire for Split {
    const NAME: &'static str = "milagro-wire-factors";
    const ABOUT: &'static str = "wire format 2: tokens, and the factors that are split off";

    fn outputs(&self) -> Result<Outputs, Mismatch> {
        let master = MasterSecret::from_bytes(&self.master.array("master")?);
        let master = master.map_err(of("master"))?;
        let domain = master.trust_domain(&self.domain);
        let secret = master.issue_client(&identity(&self.identity)?);
        let begun = match &self.pin {
            Some(digits) => Factors::pin(pin("pin", digits)?),
            None => Factors::without_pin(),
        };
        let factors = self
            .others
            .iter()
            .try_fold(begun, |all, other| other.join(all))?;
        let outputs = Outputs::default()
            .bytes("domain", domain.to_bytes())
            .bytes("secret", *secret.as_point().to_bytes());
        let token = Token::new(domain, secret, &factors).map_err(of("pin"))?;
        let outputs = outputs.bytes("token", &*token.to_bytes());
        match (&self.pin, &self.new_pin) {
            (Some(old), Some(new)) => {
                let (old, new) = (pin("pin", old)?, pin("new_pin", new)?);
                let changed = token.change_pin(&old, &new).map_err(of("new_pin"))?;
                Ok(outputs.bytes("changed_token", &*changed.to_bytes()))
            }
            (None, Some(_)) => Err(Mismatch::new("new_pin", "there is no PIN to change")),
            (_, None) => Ok(outputs),
        }
    }

    fn cases(draw: Draw<'_>) -> Vec<(&'static str, Value)> {
        let master = draw.scalar("factors master");
        let identity = format!("010020{}", draw.bytes("factors pseudonym", 32));
        let passphrase = |text: &str| {
            json!({
                "kind": "passphrase", "name": "word", "passphrase": text, "memory_kib": 8, "passes": 1,
                "lanes": 1, "salt": draw.bytes("factors salt", 16),
            })
        };
        let bytes =
            json!({ "kind": "bytes", "name": "phone", "bytes": draw.bytes("factors bytes", 32) });
        vec![
            (
                "a PIN of four digits, changed to one of six",
                json!({ "domain": "example", "master": master, "identity": identity, "pin": "0042", "new_pin": "123456" }),
            ),
            (
                "a PIN, a passphrase (costs for tests alone) and bytes",
                json!({
                    "domain": "example", "master": master, "identity": identity, "pin": "98765",
                    "others": [passphrase("correct horse"), bytes],
                }),
            ),
            (
                "a passphrase alone, with U+00A0 for a space and a letter in two code points",
                json!({
                    "domain": "example", "master": master, "identity": identity,
                    "others": [passphrase("cafe\u{301}\u{a0}au lait")],
                }),
            ),
        ]
    }
}

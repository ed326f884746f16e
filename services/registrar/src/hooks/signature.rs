//! Signatures of Standard Webhooks, version 1 (symmetric).

use core::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use milagro_base::opaque_debug;
use sha2::Sha256;
use zeroize::{ZeroizeOnDrop, Zeroizing};

/// The secret that an application shares with the registrar: 24 to 64 bytes. Wiped when dropped.
pub struct HookSecret(Zeroizing<[u8; 64]>);

/// No secret of a hook.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct NoSecret;

impl HookSecret {
    /// Reads `whsec_` and base64.
    ///
    /// # Errors
    /// [`NoSecret`].
    pub fn from_text(text: &str) -> Result<Self, NoSecret> {
        let text = text.strip_prefix("whsec_").ok_or(NoSecret)?;
        let bytes = Zeroizing::new(STANDARD.decode(text).map_err(|_| NoSecret)?);
        if !(24..=64).contains(&bytes.len()) {
            return Err(NoSecret);
        }
        // As HMAC fills it up (RFC 2104, section 2).
        let mut block = Zeroizing::new([0; 64]);
        block
            .iter_mut()
            .zip(&*bytes)
            .for_each(|(to, from)| *to = *from);
        Ok(Self(block))
    }

    /// The header `webhook-signature` of a message.
    pub(crate) fn sign(&self, id: &str, timestamp: u64, body: &[u8]) -> String {
        let mut mac = Hmac::<Sha256>::new((&*self.0).into());
        mac.update(format!("{id}.{timestamp}.").as_bytes());
        mac.update(body);
        format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
    }
}

opaque_debug!(HookSecret);
impl ZeroizeOnDrop for HookSecret {}

impl fmt::Display for NoSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not whsec_ and base64 of 24 to 64 bytes")
    }
}

impl core::error::Error for NoSecret {}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the specification's libraries.
    #[test]
    fn signs_as_the_specification() {
        let secret = HookSecret::from_text("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let signature = secret.sign(
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1_614_265_330,
            br#"{"test": 2432232314}"#,
        );
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn short_and_long_secrets_are_none() {
        for (bytes, good) in [(0, false), (23, false), (24, true), (64, true), (65, false)] {
            let text = format!("whsec_{}", STANDARD.encode(vec![7; bytes]));
            assert_eq!(HookSecret::from_text(&text).is_ok(), good, "{bytes}");
        }
        assert!(HookSecret::from_text("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").is_err());
    }
}

//! What a server keeps until the client confirms: in memory, or sealed wherever it likes.

use chacha20poly1305::aead::{Aead as _, Payload};
use chacha20poly1305::{KeyInit as _, XChaCha20Poly1305};
use milagro_base::{DecodeError, Reader, Seconds, Writer};
use milagro_curve::Transcript;
use milagro_curve::rand_core::CryptoRng;
use milagro_ledger::{LedgerId, Unspent};
use subtle::ConstantTimeEq as _;
use zeroize::{ZeroizeOnDrop, Zeroizing};

use crate::full::messages::ClientConfirmation;
use crate::full::schedule::SessionKeys;
use crate::names::identity::Identity;
use crate::permit::PermitLabel;
use crate::proof::tags;
use crate::server::attempts;
use crate::server::device::{Counted, DeviceId, Presented};
use crate::server::outcome::Authenticated;
use crate::server::reason::Reason;
use crate::server::rejected::Rejected;
use crate::server::settlement::Use;
use crate::server::verifier::Verifier;

const VERSION: u8 = 2;
const NONCE_LEN: usize = 24;

/// A server that waits for the client's confirmation. No key leaves it before. Wiped when dropped.
pub struct ServerSession {
    pub(super) login: Authenticated,
    /// The use of the challenge, or of the proof that said a time.
    pub(super) settlement: Use,
    /// The first moment at which it is over: the end of what made it fresh, or of the permit that it came with.
    pub(super) until: Seconds,
    /// Where the use counts.
    pub(super) ledger: LedgerId,
    pub(super) expected: Zeroizing<[u8; 32]>,
    pub(super) keys: SessionKeys,
}

/// A login with the keys that both sides agree on.
#[derive(Debug)]
#[must_use]
pub struct Agreed {
    /// Who has logged in.
    pub login: Authenticated,
    /// The server's keys.
    pub keys: SessionKeys,
}

impl ZeroizeOnDrop for ServerSession {}
milagro_base::opaque_debug!(ServerSession);

impl ServerSession {
    /// Checks the client's confirmation. Spending what comes back uses up the challenge, or the hello that said a
    /// time; only then are there a login and keys.
    ///
    /// # Errors
    /// [`Rejected`] with [`Reason::Confirmation`], or [`Reason::Session`] if the client took too long: what made the
    /// hello fresh is over, or the epoch of its permit with the policy's grace.
    pub fn confirm<R: CryptoRng + ?Sized>(
        self,
        rng: &mut R,
        confirmation: &ClientConfirmation,
        now: Seconds,
    ) -> Result<Unspent<Agreed>, Rejected> {
        if now >= self.until {
            return Err(Reason::Session.into());
        }
        if !bool::from(self.expected.ct_eq(&confirmation.0)) {
            return Err(Reason::Confirmation.into());
        }
        let charge = attempts::charge(rng, self.settlement.account(), 1, &confirmation.0);
        let agreed = Agreed {
            login: self.login,
            keys: self.keys,
        };
        Ok(Unspent::new(agreed, vec![charge]).on(self.ledger))
    }

    /// Seals the session under a key of the server's (XChaCha20-Poly1305), so that whichever machine of the server
    /// gets the confirmation can go on: send it along with the answer and have the client bring it back, or keep it
    /// where all machines look. Confirmed twice it gives one login. A verifier with another policy does not open
    /// it: what one policy let in is not for another to confirm.
    ///
    /// # Errors
    /// [`Rejected`] with [`Reason::Session`], which does not happen to a message of this length.
    pub fn seal<R: CryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        verifier: &Verifier,
    ) -> Result<Vec<u8>, Rejected> {
        let plain = self.to_bytes();
        let nonce = nonce(rng, verifier, &plain);
        let payload = Payload {
            msg: &plain,
            aad: &verifier.name,
        };
        let sealed = XChaCha20Poly1305::new((&*verifier.sessions).into())
            .encrypt((&nonce).into(), payload)
            .map_err(|_| Reason::Session)?;
        Ok(Writer::with_capacity(1 + NONCE_LEN + sealed.len())
            .u8(VERSION)
            .bytes(&nonce)
            .bytes(&sealed)
            .finish())
    }

    /// Opens what [`Self::seal`] made.
    ///
    /// # Errors
    /// [`Rejected`] with [`Reason::Session`].
    pub fn open(bytes: &[u8], verifier: &Verifier) -> Result<Self, Rejected> {
        let mut reader = Reader::new(bytes);
        let opened = reader.version(VERSION).and_then(|()| {
            let nonce: &[u8; NONCE_LEN] = reader.array()?;
            Ok((nonce, reader.bytes(reader.remaining())?))
        });
        let (nonce, sealed) = opened.map_err(|_| Reason::Session)?;
        let payload = Payload {
            msg: sealed,
            aad: &verifier.name,
        };
        let plain = XChaCha20Poly1305::new((&*verifier.sessions).into())
            .decrypt(nonce.into(), payload)
            .map(Zeroizing::new)
            .map_err(|_| Reason::Session)?;
        Self::from_bytes(&plain, verifier).map_err(|_| Reason::Session.into())
    }

    fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        // Room for the longest, so that no copy is left behind as it grows.
        let writer = self.settlement.write(Writer::with_capacity(2048));
        let writer = writer.seconds(self.until);
        let writer = writer.bytes(&self.login.identity().to_bytes());
        let writer = PermitLabel::write(self.login.permit(), writer);
        let writer = match self.login.presented() {
            None => writer.u8(0),
            Some(presented) => writer
                .u8(1)
                .bytes(&presented.device.to_bytes())
                .u64(presented.serial),
        };
        let writer = writer.bytes(&*self.expected);
        Zeroizing::new(self.keys.write(writer).finish())
    }

    fn from_bytes(bytes: &[u8], verifier: &Verifier) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        let settlement = Use::read(&mut reader)?;
        let until = reader.seconds()?;
        let identity = Identity::read(&mut reader)?;
        let label = PermitLabel::read(&mut reader)?;
        let presented = match reader.u8()? {
            0 => None,
            1 => {
                let device = DeviceId::from_bytes(*reader.array()?);
                Some(Presented {
                    domain: verifier.domain,
                    server: verifier.server.clone(),
                    counted: Counted {
                        identity: identity.clone(),
                        device: Some(device),
                    },
                    device,
                    serial: reader.u64()?,
                    replaced: None,
                })
            }
            _ => return Err(DecodeError::Value),
        };
        let expected = Zeroizing::new(*reader.array()?);
        let keys = SessionKeys::read(&mut reader)?;
        reader.finish()?;
        Ok(Self {
            login: Authenticated::new(identity, label, presented),
            settlement,
            until,
            ledger: verifier.ledger,
            expected,
            keys,
        })
    }
}

/// A nonce hedged over the key and the session: under a generator that repeats itself two sessions must not share
/// one, or whoever knows his own keys reads another's and seals sessions of his own making.
fn nonce<R: CryptoRng + ?Sized>(rng: &mut R, verifier: &Verifier, plain: &[u8]) -> [u8; NONCE_LEN] {
    let mut random = Zeroizing::new([0; 32]);
    rng.fill_bytes(&mut *random);
    let mut transcript = Transcript::new(tags::NONCE);
    transcript.append("for", b"session");
    transcript.append("key", &*verifier.sessions);
    transcript.append("session", plain);
    transcript.append("fresh randomness", &*random);
    transcript.bytes("nonce")
}

//! Shares that only their client can read: HPKE in base mode (RFC 9180) with DHKEM(X25519, HKDF-SHA256),
//! HKDF-SHA256 and ChaCha20Poly1305.

use core::convert::Infallible;

use chacha20poly1305::aead::inout::InOutBuf;
// For its tables, which make the base point's multiples a third of the work of sealing, for whoever uses HPKE.
use curve25519_dalek as _;
use hpke::kem::X25519HkdfSha256;
use hpke::{Deserializable as _, Kem as _, OpModeR, OpModeS, Serializable as _};
use milagro_base::{Reader, Writer, opaque_debug};
use milagro_curve::rand_core::{CryptoRng, TryCryptoRng, TryRng};
use milagro_curve::{DecodeError, Transcript};
use zeroize::{ZeroizeOnDrop, Zeroizing};

use crate::domain::issued::Hash;
use crate::tags;

type Kem = X25519HkdfSha256;
type Kdf = hpke::kdf::HkdfSha256;
type Aead = hpke::aead::ChaCha20Poly1305;

const VERSION: u8 = 1;
/// Bytes of the encapsulated key.
const KEY: usize = 32;
/// Bytes of the tag.
const TAG: usize = 16;

/// A client's key of one enrolment, on X25519; 32 bytes. The client stores it before it asks, and drops it when
/// it is enrolled: with the same key, lost answers are given again. Wiped when dropped.
///
/// # Security
/// Whoever has it can read the shares that were sealed to it, if they were recorded.
pub struct ClientKey(Box<Zeroizing<[u8; 32]>>);

/// The public half of a [`ClientKey`]; 32 bytes. The registrar's grant names it.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct ClientPublicKey([u8; 32]);

impl ClientKey {
    /// A new key.
    pub fn random<R: CryptoRng + ?Sized>(rng: &mut R) -> Self {
        let mut key = Box::new(Zeroizing::new([0; 32]));
        rng.fill_bytes(&mut **key);
        Self(key)
    }

    /// Reads a stored key: any 32 bytes (RFC 7748, section 5).
    #[must_use]
    pub fn from_bytes(bytes: &[u8; 32]) -> Self {
        Self(Box::new(Zeroizing::new(*bytes)))
    }

    /// The bytes to store.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The public half.
    ///
    /// # Errors
    /// [`DecodeError::Length`], which 32 bytes never give.
    pub fn public(&self) -> Result<ClientPublicKey, DecodeError> {
        let key = Kem::sk_to_pk(&self.secret()?).to_bytes();
        Ok(ClientPublicKey(key.into()))
    }

    fn secret(&self) -> Result<<Kem as hpke::Kem>::PrivateKey, DecodeError> {
        <Kem as hpke::Kem>::PrivateKey::from_bytes(&**self.0).map_err(|_| DecodeError::Length)
    }

    /// Opens what was sealed to this key; into a buffer that is wiped. `None` for other bytes.
    pub(super) fn open(&self, info: &Hash, sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let mut reader = Reader::new(sealed);
        reader.version(VERSION).ok()?;
        let encapsulated: &[u8; KEY] = reader.array().ok()?;
        let length = reader.remaining().checked_sub(TAG)?;
        let mut message = Zeroizing::new(reader.bytes(length).ok()?.to_vec());
        let tag: &[u8; TAG] = reader.array().ok()?;
        let encapsulated = <Kem as hpke::Kem>::EncappedKey::from_bytes(encapsulated).ok()?;
        hpke::single_shot_open_inout_detached::<Aead, Kdf, Kem>(
            &OpModeR::Base,
            &self.secret().ok()?,
            &encapsulated,
            info,
            InOutBuf::from(&mut **message),
            &[],
            &hpke::aead::AeadTag::from_bytes(tag).ok()?,
        )
        .ok()?;
        Some(message)
    }
}

opaque_debug!(ClientKey);
impl ZeroizeOnDrop for ClientKey {}

impl ClientPublicKey {
    /// Reads 32 bytes. That they are a key which can be sealed to is seen when somebody does.
    #[must_use]
    pub const fn from_bytes(bytes: &[u8; 32]) -> Self {
        Self(*bytes)
    }

    /// The bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Seals a message: version (1), encapsulated key (32), ciphertext, tag (16). `None` for a key of small order.
    pub(super) fn seal<R: CryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        info: &Hash,
        message: &[u8],
    ) -> Option<Vec<u8>> {
        let mut ephemeral = Hedged::new(rng, info, message);
        let key = <Kem as hpke::Kem>::PublicKey::from_bytes(&self.0).ok()?;
        let mut text = Zeroizing::new(message.to_vec());
        let (encapsulated, tag) = hpke::single_shot_seal_inout_detached_with_rng::<Aead, Kdf, Kem>(
            &OpModeS::Base,
            &key,
            info,
            InOutBuf::from(&mut **text),
            &[],
            &mut ephemeral,
        )
        .ok()?;
        let writer = Writer::new().u8(VERSION).bytes(&encapsulated.to_bytes());
        Some(writer.bytes(&text).bytes(&tag.to_bytes()).finish())
    }
}

/// What the ephemeral key is drawn from: fresh randomness, and the message itself. A generator that repeats never
/// seals two messages under one key.
struct Hedged {
    transcript: Transcript,
    drawn: u64,
}

impl Hedged {
    fn new<R: CryptoRng + ?Sized>(rng: &mut R, info: &Hash, message: &[u8]) -> Self {
        let mut fresh = Zeroizing::new([0; 32]);
        rng.fill_bytes(&mut *fresh);
        let mut transcript = Transcript::new(tags::SEALED);
        transcript.append("fresh", &*fresh);
        transcript.append("info", info);
        transcript.append("message", message);
        Self {
            transcript,
            drawn: 0,
        }
    }
}

impl TryRng for Hedged {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, to: &mut [u8]) -> Result<(), Infallible> {
        for piece in to.chunks_mut(32) {
            self.transcript.append_u64("drawn", self.drawn);
            self.drawn = self.drawn.wrapping_add(1);
            let bytes = self.transcript.secret_bytes::<32>("ephemeral");
            piece
                .iter_mut()
                .zip(bytes.iter())
                .for_each(|(to, from)| *to = *from);
        }
        Ok(())
    }
}

impl TryCryptoRng for Hedged {}

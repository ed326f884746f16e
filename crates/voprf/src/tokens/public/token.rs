//! A token, and what it is spent with.

use alloc::boxed::Box;
use alloc::vec::Vec;

use milagro_base::{DecodeError, Reader, Writer};
use milagro_curve::{G1Point, SecretG1};
use zeroize::{ZeroizeOnDrop, Zeroizing};

use crate::tokens::plan::KeyId;
use crate::tokens::public::name::{Form, Name, Origin};
use crate::tokens::redeem::binding::Binding;
use crate::tokens::signature::{self, SIGNATURE_LEN};
use crate::tokens::timetable::Epoch;

/// A token that its client can spend once. Spending moves it:
///
/// ```compile_fail,E0382
/// # use milagro_voprf::tokens::client::Binding;
/// # use milagro_voprf::tokens::public::Token;
/// # fn demo(token: Token, binding: &Binding<'_>) {
/// let first = token.redeem(binding);
/// let second = token.redeem(binding); // moved: a token is spent once
/// # }
/// ```
///
/// Bytes, version 1: `01 ‖ form (1) ‖ epoch (8) ‖ key id (32) ‖ nonce or seed (32) ‖ commitment or verification key
/// (32) ‖ N (48)`; form 00 for a commitment, 01 for a one-time key.
///
/// # Security
/// Who reads it can spend it, one with a key on anything. Tells nobody where it was drawn.
pub struct Token {
    key_id: KeyId,
    epoch: Epoch,
    origin: Origin,
    n: Box<SecretG1>,
}

impl Token {
    /// Length in bytes.
    pub const LEN: usize = 10 + KeyId::LEN + Origin::LEN + SecretG1::LEN;
    const VERSION: u8 = 1;

    pub(super) fn new(key_id: KeyId, epoch: Epoch, origin: Origin, n: SecretG1) -> Self {
        Self {
            key_id,
            epoch,
            origin,
            n: Box::new(n),
        }
    }

    /// The key that it was issued under.
    #[must_use]
    pub const fn key_id(&self) -> &KeyId {
        &self.key_id
    }

    /// The epoch of that key.
    #[must_use]
    pub const fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// Whether it has a one-time key, so that it can be spent on anything.
    #[must_use]
    pub fn has_key(&self) -> bool {
        self.origin.name.form == Form::Keyed
    }

    /// Spends it on this binding. The request may be sent again as often as the network asks for: it buys one
    /// thing once.
    ///
    /// # Errors
    /// The token, if it commits to another binding.
    pub fn redeem(self, binding: &Binding<'_>) -> Result<RedemptionRequest, Self> {
        let Name { form, bytes } = self.origin.name;
        let proof = match form {
            Form::Committed => {
                let nonce = *self.origin.seed();
                if Name::committing(&nonce, binding).bytes != bytes {
                    return Err(self);
                }
                Proof::Committed(nonce)
            }
            Form::Keyed => {
                let message = self.origin.name.signed(&self.key_id, binding);
                Proof::Keyed(Box::new(Signed {
                    key: bytes,
                    signature: signature::sign(self.origin.seed(), &message),
                }))
            }
        };
        Ok(RedemptionRequest {
            epoch: self.epoch,
            key_id: self.key_id,
            proof,
            n: *self.n.to_bytes(),
        })
    }

    /// Encodes it, for a place that keeps secrets.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let mut out = Zeroizing::new(Vec::with_capacity(Self::LEN));
        out.extend_from_slice(&[Self::VERSION, self.origin.name.form.to_byte()]);
        out.extend_from_slice(&self.epoch.number().to_be_bytes());
        out.extend_from_slice(self.key_id.as_bytes());
        self.origin.write(&mut out);
        out.extend_from_slice(&*self.n.to_bytes());
        out
    }

    /// Reads an encoded token.
    ///
    /// # Errors
    /// [`DecodeError::Length`], [`DecodeError::Version`]; `Value` for another form or a verification key of another
    /// seed; [`DecodeError`] as for elements of G1.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        reader.version(Self::VERSION)?;
        let form = Form::read(&mut reader)?;
        let epoch = Epoch::new(reader.u64()?);
        let key_id = KeyId::from_bytes(reader.array()?);
        let origin = Origin::read(&mut reader, form)?;
        let n = *reader.array()?;
        reader.finish()?;
        Ok(Self::new(key_id, epoch, origin, SecretG1::from_bytes(&n)?))
    }
}

milagro_base::opaque_debug!(Token);

impl ZeroizeOnDrop for Token {}

/// A redemption: 122 bytes beside its payload for a token that commits to it, or 186 for one with a key.
///
/// Bytes, version 1: `01 ‖ 00 ‖ epoch (8) ‖ key id (32) ‖ nonce (32) ‖ N (48)`, or `01 ‖ 01 ‖ epoch (8) ‖ key id
/// (32) ‖ verification key (32) ‖ N (48) ‖ signature (64)`.
///
/// N is read by whoever checks the request, after everything that costs less.
///
/// # Security
/// Public: it holds no secret and buys nothing but the payload it was made for, and that once. Whoever sees it and
/// may draw tokens gains nothing: the same input would buy the same payload, or asks for the same key to sign.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RedemptionRequest {
    pub(super) epoch: Epoch,
    pub(super) key_id: KeyId,
    proof: Proof,
    pub(super) n: [u8; G1Point::LEN],
}

/// What ties the token to what it buys.
#[derive(Clone, Debug, Eq, PartialEq)]
enum Proof {
    /// The nonce of the commitment.
    Committed([u8; 32]),
    Keyed(Box<Signed>),
}

#[derive(Clone, Debug, Eq, PartialEq)]
struct Signed {
    key: [u8; 32],
    signature: [u8; SIGNATURE_LEN],
}

impl RedemptionRequest {
    /// Length in bytes of one that commits.
    pub const LEN: usize = 10 + KeyId::LEN + 32 + G1Point::LEN;
    /// Length in bytes of one with a signature.
    pub const SIGNED_LEN: usize = Self::LEN + SIGNATURE_LEN;
    const VERSION: u8 = 1;

    /// The key of the token that it would spend.
    #[must_use]
    pub const fn key_id(&self) -> &KeyId {
        &self.key_id
    }

    /// The epoch of that key, by the request's word.
    #[must_use]
    pub const fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// The bytes on the wire.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let (form, name) = match &self.proof {
            Proof::Committed(nonce) => (Form::Committed, nonce),
            Proof::Keyed(signed) => (Form::Keyed, &signed.key),
        };
        let writer = Writer::with_capacity(Self::SIGNED_LEN)
            .u8(Self::VERSION)
            .u8(form.to_byte())
            .u64(self.epoch.number())
            .bytes(self.key_id.as_bytes())
            .bytes(name)
            .bytes(&self.n);
        match &self.proof {
            Proof::Committed(_) => writer,
            Proof::Keyed(signed) => writer.bytes(&signed.signature),
        }
        .finish()
    }

    /// Reads the bytes on the wire.
    ///
    /// # Errors
    /// [`DecodeError::Length`], [`DecodeError::Version`], and `Value` for another form.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        reader.version(Self::VERSION)?;
        let form = Form::read(&mut reader)?;
        let epoch = Epoch::new(reader.u64()?);
        let key_id = KeyId::from_bytes(reader.array()?);
        let name = *reader.array()?;
        let n = *reader.array()?;
        let proof = match form {
            Form::Committed => Proof::Committed(name),
            Form::Keyed => Proof::Keyed(Box::new(Signed {
                key: name,
                signature: *reader.array()?,
            })),
        };
        reader.finish()?;
        Ok(Self {
            epoch,
            key_id,
            proof,
            n,
        })
    }

    /// The name of the token, if what ties it to this binding is right.
    pub(super) fn name(&self, binding: &Binding<'_>) -> Option<Name> {
        match &self.proof {
            Proof::Committed(nonce) => Some(Name::committing(nonce, binding)),
            Proof::Keyed(signed) => {
                let name = Name {
                    form: Form::Keyed,
                    bytes: signed.key,
                };
                let message = name.signed(&self.key_id, binding);
                signature::verify(&signed.key, &message, &signed.signature).then_some(name)
            }
        }
    }
}

//! A token: a nonce that its client chose, and the key's output for it that nobody else can link to its
//! issue.

use alloc::vec::Vec;

use milagro_base::{DecodeError, Reader};
use zeroize::{ZeroizeOnDrop, Zeroizing};

use crate::tokens::nonce::{Form, Name, Nonce, Origin};
use crate::tokens::output::TokenOutput;
use crate::tokens::plan::KeyId;
use crate::tokens::uses::{UseIndex, Uses};

/// A token that its client can spend: key id, nonce or signing key, output, the limit k, and the next use
/// index.
///
/// Bytes, version 1: `01 ‖ k (1) ‖ next j (1) ‖ form (1) ‖ key id (32) ‖ nonce or seed (32) ‖ length (1) ‖
/// output (32, 48 or 64)`; form 00 for a random nonce, 01 for the seed of an Ed25519 key whose hash is the
/// nonce. The methods that spend it are in the file of what they make,
/// [`RedemptionRequest`](crate::tokens::RedemptionRequest). Spending moves it:
///
/// ```compile_fail,E0382
/// # use milagro_voprf::tokens::client::{Binding, Token};
/// # fn demo(token: Token, binding: &Binding<'_>) {
/// let first = token.redeem(binding);
/// let second = token.redeem(binding); // moved: one use is spent once
/// # }
/// ```
///
/// # Security
/// Who reads it can spend it. The nonce is as private as the output until the token is spent.
pub struct Token {
    pub(super) key_id: KeyId,
    pub(super) uses: Uses,
    pub(super) next: UseIndex,
    pub(super) origin: Origin,
    pub(super) output: TokenOutput,
}

impl Token {
    /// The longest encoding in bytes.
    pub const MAX_LEN: usize = Self::FIXED_LEN + TokenOutput::MAX_LEN;
    /// The shortest encoding in bytes.
    pub const MIN_LEN: usize = Self::FIXED_LEN + 32;
    const FIXED_LEN: usize = 4 + KeyId::LEN + Origin::LEN + 1;
    const VERSION: u8 = 1;

    /// A token with all its uses ahead, from an output that was checked against the key's proof.
    pub(super) const fn new(
        key_id: KeyId,
        uses: Uses,
        origin: Origin,
        output: TokenOutput,
    ) -> Self {
        Self {
            key_id,
            uses,
            next: UseIndex::FIRST,
            origin,
            output,
        }
    }

    /// The key that it was issued under.
    #[must_use]
    pub const fn key_id(&self) -> &KeyId {
        &self.key_id
    }

    /// Its nonce, which the redeemer will see.
    #[must_use]
    pub fn nonce(&self) -> Nonce {
        self.origin.name().nonce
    }

    /// Whether it has a key that signs its redemptions.
    #[must_use]
    pub fn has_key(&self) -> bool {
        self.origin.form() == Form::Keyed
    }

    /// How often it can still be spent: at least once.
    #[must_use]
    pub const fn uses_left(&self) -> u8 {
        self.next.left(self.uses)
    }

    /// The token with its next use index moved on, unless that was the last one.
    pub(super) fn advance(self) -> Option<Self> {
        let next = self.next.next(self.uses)?;
        Some(Self { next, ..self })
    }

    pub(super) fn name(&self) -> Name {
        self.origin.name()
    }

    /// What tells it apart from others of its key without a multiplication.
    pub(super) fn place(&self) -> (u8, &[u8; Origin::LEN]) {
        (self.origin.form().to_byte(), self.origin.seed())
    }

    /// Encodes it, for a place that keeps secrets.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let mut out = Zeroizing::new(Vec::with_capacity(Self::MAX_LEN));
        self.write(&mut out);
        out
    }

    /// Reads an encoded token.
    ///
    /// # Errors
    /// [`DecodeError::Length`], [`DecodeError::Version`]; `Value` if k, j, the form or the output's length is
    /// out of range, or j ≥ k.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        let token = Self::read(&mut reader)?;
        reader.finish()?;
        Ok(token)
    }

    pub(super) fn write(&self, out: &mut Vec<u8>) {
        let form = self.origin.form().to_byte();
        out.extend_from_slice(&[Self::VERSION, self.uses.get(), self.next.get(), form]);
        out.extend_from_slice(self.key_id.as_bytes());
        out.extend_from_slice(self.origin.seed());
        self.output.write(out);
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        reader.version(Self::VERSION)?;
        let uses = Uses::new(reader.u8()?)?;
        let next = UseIndex::new(reader.u8()?)?;
        if !next.is_within(uses) {
            return Err(DecodeError::Value);
        }
        let form = Form::read(reader)?;
        let key_id = KeyId::from_bytes(reader.array()?);
        let origin = Origin::new(form, reader.array()?);
        let output = TokenOutput::read(reader)?;
        Ok(Self {
            key_id,
            uses,
            next,
            origin,
            output,
        })
    }
}

milagro_base::opaque_debug!(Token);

impl ZeroizeOnDrop for Token {}

//! A token: a nonce that its client chose, and the key's output for it that nobody else can link to its issue.

pub(crate) mod codec;

#[cfg(test)]
mod tests;

use alloc::{boxed::Box, vec::Vec};
use core::{fmt, num::NonZeroU8};

use rand_core::CryptoRng;
use sha2::{Digest as _, Sha256};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::modes::output::Output;
use crate::suite::group::Suite;
use crate::tags;
pub use codec::FormatError;
use codec::Reader;

/// Names one public key of one suite: SHA-256 over both, 32 bytes.
///
/// KeyId = SHA-256(⟨label⟩ ‖ ⟨suite⟩ ‖ ⟨public key⟩), where ⟨x⟩ is x behind its length of eight bytes.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct KeyId([u8; Self::LEN]);

impl KeyId {
    /// Length in bytes.
    pub const LEN: usize = 32;

    /// The id of a public key, given as its wire bytes, in the suite of that name.
    #[must_use]
    pub fn of(suite: &str, public_key: &[u8]) -> Self {
        let input = codec::framed(&[tags::KEY_ID, suite.as_bytes(), public_key]);
        Self(Sha256::digest(input).into())
    }

    /// Reads an id; every value of 32 bytes is one, and only a schedule knows which have a key.
    #[must_use]
    pub const fn from_bytes(bytes: &[u8; Self::LEN]) -> Self {
        Self(*bytes)
    }

    /// The 32 bytes.
    #[must_use]
    pub const fn to_bytes(&self) -> [u8; Self::LEN] {
        self.0
    }

    pub(crate) const fn as_bytes(&self) -> &[u8; Self::LEN] {
        &self.0
    }
}

/// What a token is told apart by: 32 random bytes, chosen by the client, unknown to the issuer until it is spent.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Nonce([u8; Self::LEN]);

impl Nonce {
    /// Length in bytes.
    pub const LEN: usize = 32;

    /// A fresh nonce.
    pub fn random<R: CryptoRng + ?Sized>(rng: &mut R) -> Self {
        let mut bytes = [0; Self::LEN];
        rng.fill_bytes(&mut bytes);
        Self(bytes)
    }

    /// Reads a nonce; every value of 32 bytes is one.
    #[must_use]
    pub const fn from_bytes(bytes: &[u8; Self::LEN]) -> Self {
        Self(*bytes)
    }

    /// The 32 bytes.
    #[must_use]
    pub const fn to_bytes(&self) -> [u8; Self::LEN] {
        self.0
    }

    pub(crate) const fn as_bytes(&self) -> &[u8; Self::LEN] {
        &self.0
    }

    /// The input of the pseudorandom function that stands for this nonce under that key.
    ///
    /// x = ⟨label⟩ ‖ ⟨key id⟩ ‖ ⟨nonce⟩: a key that also serves another purpose never meets a token's input there.
    #[must_use]
    pub fn input(&self, key_id: &KeyId) -> Vec<u8> {
        codec::framed(&[tags::TOKEN_INPUT, key_id.as_bytes(), self.as_bytes()])
    }
}

/// How often one token can be spent: k in 1..=64, fixed with the key, the same for every client.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Uses(NonZeroU8);

impl Uses {
    /// One use per token: no two redemptions can be linked.
    pub const ONE: Self = Self(NonZeroU8::MIN);
    /// The largest k.
    pub const MAX: u8 = 64;

    /// Takes k.
    ///
    /// # Errors
    /// [`FormatError::OutOfRange`] for 0 and for more than [`Uses::MAX`].
    ///
    /// # Security
    /// The k uses of one token carry the same nonce: whoever sees two of them knows that one client made both.
    pub fn new(k: u8) -> Result<Self, FormatError> {
        match NonZeroU8::new(k) {
            Some(uses) if k <= Self::MAX => Ok(Self(uses)),
            _ => Err(FormatError::OutOfRange),
        }
    }

    /// k as a number.
    #[must_use]
    pub const fn get(self) -> u8 {
        self.0.get()
    }

    /// The indices 0..k in order.
    pub(crate) fn indices(self) -> impl Iterator<Item = UseIndex> {
        (0..self.get()).map(UseIndex)
    }
}

/// Which of a token's k uses a redemption is: j in 0..64, below k where the key's limit is known.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct UseIndex(u8);

impl UseIndex {
    /// The first use.
    pub const FIRST: Self = Self(0);

    /// Takes j.
    ///
    /// # Errors
    /// [`FormatError::OutOfRange`] from 64 on.
    pub const fn new(j: u8) -> Result<Self, FormatError> {
        if j < Uses::MAX {
            Ok(Self(j))
        } else {
            Err(FormatError::OutOfRange)
        }
    }

    /// j as a number.
    #[must_use]
    pub const fn get(self) -> u8 {
        self.0
    }

    /// Whether j < k.
    #[must_use]
    pub const fn is_within(self, uses: Uses) -> bool {
        self.0 < uses.get()
    }
}

/// The pseudorandom function's output for one nonce: 32, 48 or 64 bytes, as long as the suite's hash.
///
/// # Security
/// Who holds it can spend the token. It lies on the heap, so moving it copies a pointer, and is wiped when dropped.
pub struct TokenOutput(Box<[u8]>);

impl TokenOutput {
    /// The longest output in bytes.
    pub const MAX_LEN: usize = 64;

    /// Takes an output by copy; the caller wipes its own.
    ///
    /// # Errors
    /// [`FormatError::OutOfRange`] unless it has 32, 48 or 64 bytes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, FormatError> {
        match bytes.len() {
            32 | 48 | 64 => Ok(Self(bytes.into())),
            _ => Err(FormatError::OutOfRange),
        }
    }

    /// The output of a suite, which has one of the three lengths.
    pub(crate) fn of<S: Suite>(output: &Output<S>) -> Self {
        Self(output.as_bytes().as_ref().into())
    }

    /// The bytes, in a buffer that wipes itself.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(self.0.to_vec())
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// A second copy, for the one message that shows the output.
    pub(crate) fn duplicate(&self) -> Self {
        Self(self.0.clone())
    }

    /// Reads an output behind its length of one byte.
    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, FormatError> {
        let length = reader.u8()?;
        Self::from_bytes(reader.bytes(usize::from(length))?)
    }

    /// Writes what [`TokenOutput::read`] reads.
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        out.push(u8::try_from(self.0.len()).unwrap_or(u8::MAX));
        out.extend_from_slice(&self.0);
    }
}

impl fmt::Debug for TokenOutput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenOutput").finish_non_exhaustive()
    }
}

impl Zeroize for TokenOutput {
    fn zeroize(&mut self) {
        self.0.zeroize();
    }
}

impl Drop for TokenOutput {
    fn drop(&mut self) {
        self.zeroize();
    }
}

impl ZeroizeOnDrop for TokenOutput {}

/// A token that its client can spend: key id, nonce, output, the limit k, and the next use index.
///
/// Bytes, version 1: `01 ‖ k (1) ‖ next j (1) ‖ key id (32) ‖ nonce (32) ‖ length (1) ‖ output (32, 48 or 64)`.
/// Spending moves it:
///
/// ```compile_fail,E0382
/// # use milagro_voprf::tokens::{Binding, Token};
/// # fn demo(token: Token, binding: &Binding<'_>) {
/// let first = token.redeem(binding);
/// let second = token.redeem(binding); // moved: one use is spent once
/// # }
/// ```
///
/// # Security
/// Who reads it can spend it. The nonce is as private as the output until the token is spent.
pub struct Token {
    pub(crate) key_id: KeyId,
    pub(crate) uses: Uses,
    pub(crate) next: UseIndex,
    nonce: Box<Nonce>, // on the heap like the output: moving a token leaves neither behind
    pub(crate) output: TokenOutput,
}

impl Token {
    /// The longest encoding in bytes.
    pub const MAX_LEN: usize = Self::FIXED_LEN + TokenOutput::MAX_LEN;
    /// The shortest encoding in bytes.
    pub const MIN_LEN: usize = Self::FIXED_LEN + 32;
    const FIXED_LEN: usize = 3 + KeyId::LEN + Nonce::LEN + 1;
    const VERSION: u8 = 1;

    /// A token with all its uses ahead, from an output that was checked against the key's proof.
    #[must_use]
    pub fn new(key_id: KeyId, nonce: Nonce, output: TokenOutput, uses: Uses) -> Self {
        Self {
            key_id,
            uses,
            next: UseIndex::FIRST,
            nonce: Box::new(nonce),
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
    pub fn nonce(&self) -> &Nonce {
        &self.nonce
    }

    /// How often it can still be spent: at least once.
    #[must_use]
    pub const fn uses_left(&self) -> u8 {
        self.uses.get() - self.next.get()
    }

    /// The token with its next use index moved on, unless that was the last one.
    pub(crate) fn advance(mut self) -> Option<Self> {
        self.next = UseIndex(self.next.0 + 1);
        self.next.is_within(self.uses).then_some(self)
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
    /// Every [`FormatError`] but `TooMany` and `NotCanonical`; `OutOfRange` if k, j or the output's length is, or j ≥ k.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, FormatError> {
        let mut reader = Reader(bytes);
        let token = Self::read(&mut reader)?;
        reader.finish()?;
        Ok(token)
    }

    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&[Self::VERSION, self.uses.get(), self.next.get()]);
        out.extend_from_slice(self.key_id.as_bytes());
        out.extend_from_slice(self.nonce.as_bytes());
        self.output.write(out);
    }

    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, FormatError> {
        reader.version(Self::VERSION)?;
        let uses = Uses::new(reader.u8()?)?;
        let next = UseIndex::new(reader.u8()?)?;
        if !next.is_within(uses) {
            return Err(FormatError::OutOfRange);
        }
        let key_id = KeyId(reader.array()?);
        let nonce = Box::new(Nonce(reader.array()?));
        let output = TokenOutput::read(reader)?;
        Ok(Self {
            key_id,
            uses,
            next,
            nonce,
            output,
        })
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token").finish_non_exhaustive()
    }
}

impl Drop for Token {
    fn drop(&mut self) {
        self.nonce.0.zeroize(); // the output wipes itself
    }
}

impl ZeroizeOnDrop for Token {}

//! Passphrases as people type them.

use argon2::{Algorithm, Argon2, Block, Params, Version};
use milagro_base::{DecodeError, Reader, Writer};
use precis_core::{FreeformClass, StringClass as _};
use unicode_normalization::UnicodeNormalization as _;
use zeroize::Zeroizing;

use crate::client::error::FactorError;

/// Longest passphrase, in bytes of UTF-8.
const MAX: usize = 4096;

/// How a passphrase becomes a number: argon2id (RFC 9106) with these parameters and a salt of the token's
/// own. They are stored with the token.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct PassphraseParams {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
    salt: [u8; 16],
}

impl PassphraseParams {
    /// Most memory that a stored token can ask for: 1 GiB.
    pub const MAX_MEMORY_KIB: u32 = 1 << 20;
    /// Most passes that a stored token can ask for.
    pub const MAX_PASSES: u32 = 64;
    /// Most lanes that a stored token can ask for.
    pub const MAX_LANES: u32 = 16;

    /// The second recommendation of RFC 9106, section 4: 64 MiB, 3 passes, 4 lanes.
    #[must_use]
    pub const fn recommended(salt: [u8; 16]) -> Self {
        Self {
            memory_kib: 1 << 16,
            passes: 3,
            lanes: 4,
            salt,
        }
    }

    /// Other costs.
    ///
    /// # Errors
    /// [`FactorError::PassphraseParams`] outside the bounds above or below 8 KiB a lane.
    pub const fn new(
        memory_kib: u32,
        passes: u32,
        lanes: u32,
        salt: [u8; 16],
    ) -> Result<Self, FactorError> {
        let fits = memory_kib <= Self::MAX_MEMORY_KIB
            && 1 <= passes
            && passes <= Self::MAX_PASSES
            && 1 <= lanes
            && lanes <= Self::MAX_LANES
            && memory_kib >= 8 * lanes;
        if fits {
            Ok(Self {
                memory_kib,
                passes,
                lanes,
                salt,
            })
        } else {
            Err(FactorError::PassphraseParams)
        }
    }

    /// Memory that hashing takes, in KiB.
    #[must_use]
    pub const fn memory_kib(&self) -> u32 {
        self.memory_kib
    }

    /// Passes over the memory.
    #[must_use]
    pub const fn passes(&self) -> u32 {
        self.passes
    }

    /// Lanes, which can be computed side by side.
    #[must_use]
    pub const fn lanes(&self) -> u32 {
        self.lanes
    }

    /// The salt, drawn for one token.
    #[must_use]
    pub const fn salt(&self) -> &[u8; 16] {
        &self.salt
    }

    /// argon2id of the passphrase in the form of RFC 8265, section 4.2 (OpaqueString), 32 bytes: also for what is
    /// encrypted under a passphrase.
    ///
    /// # Errors
    /// [`FactorError::PassphraseLength`], [`FactorError::PassphraseCharacter`], or
    /// [`FactorError::PassphraseParams`] if there is not as much memory.
    pub fn hash(&self, passphrase: &str) -> Result<Zeroizing<[u8; 32]>, FactorError> {
        let params = Params::new(self.memory_kib, self.passes, self.lanes, Some(32))
            .map_err(|_| FactorError::PassphraseParams)?;
        let passphrase = spelled(passphrase)?;
        // The last blocks hash to the result, so the memory is ours and wiped, which that of argon2 is not.
        let mut memory = Zeroizing::new(Vec::new());
        let blocks = params.block_count();
        memory
            .try_reserve_exact(blocks)
            .map_err(|_| FactorError::PassphraseParams)?;
        memory.resize(blocks, Block::new());
        let mut out = Zeroizing::new([0; 32]);
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into_with_memory(
                passphrase.as_bytes(),
                &self.salt,
                &mut *out,
                memory.as_mut_slice(),
            )
            .map_err(|_| FactorError::PassphraseParams)?;
        Ok(out)
    }

    pub(super) fn write(&self, writer: Writer) -> Writer {
        writer
            .u32(self.memory_kib)
            .u32(self.passes)
            .u32(self.lanes)
            .bytes(&self.salt)
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let (memory, passes, lanes) = (reader.u32()?, reader.u32()?, reader.u32()?);
        Self::new(memory, passes, lanes, *reader.array()?).map_err(|_| DecodeError::Value)
    }
}

/// The profile OpaqueString of RFC 8265, section 4.2: every space is U+0020, then NFC; what comes of it must
/// be of the FreeformClass of RFC 8264 and not empty. One passphrase is the same string on every keyboard.
///
/// The order is that of RFC 8264, section 7: code points are judged after normalization, so that Hangul typed
/// as single jamo, which are disallowed alone, is the same as the syllables. Code points are judged by the
/// table of IANA's registry (Unicode 6.3), so all releases judge alike; NFC never changes for those.
///
/// # Errors
/// [`FactorError::PassphraseLength`] for no or more than 4096 bytes, [`FactorError::PassphraseCharacter`].
pub(crate) fn spelled(text: &str) -> Result<Zeroizing<String>, FactorError> {
    if text.is_empty() || text.len() > MAX {
        return Err(FactorError::PassphraseLength);
    }
    // NFC is at most three times as long in UTF-8 (Unicode Standard Annex #15, table 8), so this never grows
    // and leaves no copy behind.
    let mut out = Zeroizing::new(String::with_capacity(3 * text.len()));
    out.extend(text.chars().map(with_plain_space).nfc());
    match FreeformClass::default().allows(out.as_str()) {
        Ok(()) => Ok(out),
        Err(_) => Err(FactorError::PassphraseCharacter),
    }
}

/// U+0020 for every character of the category Zs.
const fn with_plain_space(character: char) -> char {
    match character {
        '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}' => {
            ' '
        }
        other => other,
    }
}

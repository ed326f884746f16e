//! The importer of RFC 9258: keys for one version of TLS and one hash.
//!
//! ```text
//! ImportedIdentity = external_identity<1..2^16-1> || context<0..2^16-1> || target_protocol [2] || target_kdf [2]
//! epskx = HKDF-Extract(0, epsk)                                                          SHA-256
//! ipskx = HKDF-Expand-Label(epskx, "derived psk", SHA-256(ImportedIdentity), L)          section 5.1
//! ```

use core::fmt;

use hkdf::Hkdf;
use milagro_base::{Reader, Writer};
use sha2::{Digest as _, Sha256};
use zeroize::{ZeroizeOnDrop, Zeroizing};

use crate::psk::error::PskIdentityError;
use crate::psk::text::PskIdentity;
use milagro_base::DecodeError;

/// The hash of the cipher suite that an imported key is for (RFC 9258, section 10).
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum TargetKdf {
    /// 0x0001: suites such as TLS_AES_128_GCM_SHA256; 32-byte keys.
    HkdfSha256,
    /// 0x0002: TLS_AES_256_GCM_SHA384; 48-byte keys.
    HkdfSha384,
}

/// A key and its identity for TLS 1.3, imported (RFC 9258). Wiped when dropped. For stacks that know
/// imported keys: the binder has the label `imp binder` (section 5.2).
pub struct ImportedPsk {
    identity: Vec<u8>,
    kdf: TargetKdf,
    key: Zeroizing<Vec<u8>>,
}

impl TargetKdf {
    const fn code(self) -> u16 {
        match self {
            Self::HkdfSha256 => 1,
            Self::HkdfSha384 => 2,
        }
    }

    const fn from_code(code: u16) -> Option<Self> {
        match code {
            1 => Some(Self::HkdfSha256),
            2 => Some(Self::HkdfSha384),
            _ => None,
        }
    }

    /// L.
    const fn key_len(self) -> u16 {
        match self {
            Self::HkdfSha256 => 32,
            Self::HkdfSha384 => 48,
        }
    }
}

impl ImportedPsk {
    pub(super) fn new(
        identity: &PskIdentity,
        context: &[u8; 32],
        epsk: &[u8; 32],
        kdf: TargetKdf,
    ) -> Self {
        let identity = Writer::new()
            .string(identity.as_str().as_bytes())
            .string(context)
            .u16(TLS13)
            .u16(kdf.code())
            .finish();
        let key = derived(epsk, &identity, kdf.key_len());
        Self { identity, kdf, key }
    }

    /// The PSK identity: the bytes of ImportedIdentity.
    #[must_use]
    pub fn identity(&self) -> &[u8] {
        &self.identity
    }

    /// The key, 32 or 48 bytes.
    #[must_use]
    pub fn key(&self) -> &[u8] {
        &self.key
    }

    /// The hash that the key is for.
    #[must_use]
    pub const fn kdf(&self) -> TargetKdf {
        self.kdf
    }
}

/// HKDF-Expand-Label(HKDF-Extract(0, epsk), "derived psk", SHA-256(identity), length), RFC 8446, section
/// 7.1.
fn derived(epsk: &[u8; 32], identity: &[u8], length: u16) -> Zeroizing<Vec<u8>> {
    let hash = Sha256::digest(identity);
    let [length_high, length_low] = length.to_be_bytes();
    let mut key = Zeroizing::new(vec![0; length.into()]);
    let info: [&[u8]; 5] = [
        &[length_high, length_low],
        &[LABEL_LEN],
        LABEL,
        &[HASH_LEN],
        &hash,
    ];
    // 48 bytes are within the 8,160 that HKDF gives.
    let filled = Hkdf::<Sha256>::new(None, epsk).expand_multi_info(&info, &mut key);
    debug_assert!(filled.is_ok());
    key
}

/// What a client's ImportedIdentity says: text, context and hash.
pub(super) fn read(bytes: &[u8]) -> Result<(PskIdentity, &[u8; 32], TargetKdf), PskIdentityError> {
    let (text, context, kdf) = fields(bytes).map_err(|_| PskIdentityError::Form)?;
    Ok((PskIdentity::from_bytes(text)?, context, kdf))
}

fn fields(bytes: &[u8]) -> Result<(&[u8], &[u8; 32], TargetKdf), DecodeError> {
    let mut reader = Reader::new(bytes);
    let text = reader.string()?;
    let context = reader.string()?.try_into();
    let protocol = reader.u16()?;
    let kdf = TargetKdf::from_code(reader.u16()?).ok_or(DecodeError::Value)?;
    reader.finish()?;
    let context = context.map_err(|_| DecodeError::Length)?;
    if protocol == TLS13 {
        Ok((text, context, kdf))
    } else {
        Err(DecodeError::Version)
    }
}

impl fmt::Debug for ImportedPsk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ImportedPsk").finish_non_exhaustive()
    }
}

impl ZeroizeOnDrop for ImportedPsk {}

/// TLS 1.3, which is also QUIC's.
const TLS13: u16 = 0x0304;
const LABEL: &[u8] = b"tls13 derived psk";
const LABEL_LEN: u8 = 17;
const HASH_LEN: u8 = 32;

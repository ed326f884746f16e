//! What an authority stores, encrypted under a passphrase.
//!
//! ```text
//! key = argon2id(passphrase, salt; memory, passes, lanes)              RFC 9106
//! sealed = header || XChaCha20-Poly1305(key, nonce, state; header)     RFC 8439, with 24-byte nonces
//! ```

use core::fmt;

use argon2::{Algorithm, Argon2, Params, Version};
use chacha20poly1305::aead::{Aead as _, Payload};
use chacha20poly1305::{KeyInit as _, XChaCha20Poly1305};
use milagro_base::{Reader, Writer};
use milagro_curve::rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::ceremony::MemberKey;
use crate::{Authority, AuthorityId, DecodeError, Group, Protocol, TrustDomain};

/// What turning a passphrase into a key costs (argon2id, RFC 9106).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Cost {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
}

/// Why sealed bytes do not open.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum VaultError {
    /// Costs outside the bounds of [`Cost::new`].
    Cost,
    /// The bytes are no sealed state, or not one of this protocol.
    Format(DecodeError),
    /// Another passphrase, or altered bytes.
    Passphrase,
}

impl Cost {
    /// The second recommendation of RFC 9106, section 4: 64 MiB, 3 passes, 4 lanes.
    pub const RECOMMENDED: Self = Self {
        memory_kib: 1 << 16,
        passes: 3,
        lanes: 4,
    };

    /// Other costs: memory up to 1 GiB and at least 8 KiB a lane, 1 to 64 passes, 1 to 16 lanes. Sealed
    /// bytes that ask for more are not opened.
    ///
    /// # Errors
    /// [`VaultError::Cost`] outside these bounds.
    pub const fn new(memory_kib: u32, passes: u32, lanes: u32) -> Result<Self, VaultError> {
        let fits = memory_kib <= 1 << 20
            && 1 <= passes
            && passes <= 64
            && 1 <= lanes
            && lanes <= 16
            && memory_kib >= 8 * lanes;
        if fits {
            Ok(Self {
                memory_kib,
                passes,
                lanes,
            })
        } else {
            Err(VaultError::Cost)
        }
    }

    fn key(&self, passphrase: &[u8], salt: &[u8; 16]) -> Result<Zeroizing<[u8; 32]>, VaultError> {
        let params = Params::new(self.memory_kib, self.passes, self.lanes, Some(32));
        let params = params.map_err(|_| VaultError::Cost)?;
        let mut key = Zeroizing::new([0; 32]);
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(passphrase, salt, &mut *key)
            .map_err(|_| VaultError::Cost)?;
        Ok(key)
    }
}

const VERSION: u8 = 1;

/// Seals an authority's share, its domain and its member key. Bytes: version (1), memory, passes, lanes
/// (4 each), salt (16), nonce (24), ciphertext.
///
/// # Security
/// Whoever has the bytes can try passphrases: they are as safe as the passphrase is long. Seal anew
/// after every refresh, and delete the old bytes, else the refresh was for nothing.
///
/// # Errors
/// [`VaultError::Cost`] if there is not as much memory.
pub fn seal<P: Protocol, R: CryptoRng + ?Sized>(
    authority: &Authority<P>,
    key: &MemberKey<P::Group>,
    passphrase: &[u8],
    cost: Cost,
    rng: &mut R,
) -> Result<Vec<u8>, VaultError> {
    let (mut salt, mut nonce) = ([0; 16], [0; 24]);
    rng.fill_bytes(&mut salt);
    rng.fill_bytes(&mut nonce);
    let header = Writer::new()
        .u8(VERSION)
        .u32(cost.memory_kib)
        .u32(cost.passes)
        .u32(cost.lanes)
        .bytes(&salt)
        .bytes(&nonce)
        .finish();
    let state = state(authority, key);
    let cipher = XChaCha20Poly1305::new(&(*cost.key(passphrase, &salt)?).into());
    let payload = Payload {
        msg: &state,
        aad: &header,
    };
    // A state is far below the cipher's limit of 256 GiB.
    let sealed = cipher
        .encrypt(&nonce.into(), payload)
        .map_err(|_| VaultError::Passphrase)?;
    Ok(Writer::new().bytes(&header).bytes(&sealed).finish())
}

/// Opens what [`seal`] sealed.
///
/// # Errors
/// [`VaultError`]. A wrong passphrase and altered bytes look the same.
pub fn open<P: Protocol>(
    sealed: &[u8],
    passphrase: &[u8],
) -> Result<(Authority<P>, MemberKey<P::Group>), VaultError> {
    let mut reader = Reader::new(sealed);
    let (cost, salt, nonce) = read_header(&mut reader).map_err(VaultError::Format)?;
    let (memory_kib, passes, lanes) = cost;
    let cost = Cost::new(memory_kib, passes, lanes)?;
    let rest = reader.remaining();
    let (header, message) = sealed
        .split_at_checked(sealed.len() - rest)
        .ok_or(VaultError::Format(DecodeError::Length))?;
    let cipher = XChaCha20Poly1305::new(&(*cost.key(passphrase, &salt)?).into());
    let payload = Payload {
        msg: message,
        aad: header,
    };
    let state = cipher
        .decrypt(&nonce.into(), payload)
        .map_err(|_| VaultError::Passphrase)?;
    read_state(&Zeroizing::new(state)).map_err(VaultError::Format)
}

type Header = ((u32, u32, u32), [u8; 16], [u8; 24]);

fn read_header(reader: &mut Reader<'_>) -> Result<Header, DecodeError> {
    reader.version(VERSION)?;
    let cost = (reader.u32()?, reader.u32()?, reader.u32()?);
    Ok((cost, *reader.array()?, *reader.array()?))
}

/// Authority (2), share (32), member key (32), domain.
fn state<P: Protocol>(authority: &Authority<P>, key: &MemberKey<P::Group>) -> Zeroizing<Vec<u8>> {
    let domain = authority.domain().to_bytes();
    let writer = Writer::with_capacity(66 + domain.len())
        .u16(authority.id().get())
        .bytes(&*P::Group::secret_to_bytes(authority.secret()))
        .bytes(&*key.to_bytes())
        .bytes(&domain);
    Zeroizing::new(writer.finish())
}

fn read_state<P: Protocol>(
    bytes: &[u8],
) -> Result<(Authority<P>, MemberKey<P::Group>), DecodeError> {
    let mut reader = Reader::new(bytes);
    let id = AuthorityId::read(&mut reader)?;
    let share = P::Group::secret_from_bytes(reader.array()?)?;
    let key = MemberKey::from_bytes(reader.array()?)?;
    let domain = TrustDomain::from_bytes(reader.bytes(reader.remaining())?)?;
    let authority = Authority::new(domain, id, share).map_err(|_| DecodeError::Value)?;
    Ok((authority, key))
}

impl fmt::Display for VaultError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cost => f.write_str("argon2id costs outside the bounds"),
            Self::Format(error) => write!(f, "no sealed authority: {error}"),
            Self::Passphrase => f.write_str("wrong passphrase, or altered bytes"),
        }
    }
}

impl core::error::Error for VaultError {}

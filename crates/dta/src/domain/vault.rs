//! What an authority stores, encrypted under a passphrase or under a key that a key-management service keeps.
//!
//! ```text
//! key = argon2id(passphrase, salt; memory, passes, lanes)              RFC 9106
//!     | Hs(tag, service key, salt)
//! sealed = header || XChaCha20-Poly1305(key, nonce, state; header)     RFC 8439, with 24-byte nonces
//! header = version, lock, memory, passes, lanes, salt, nonce, edition of the domain, authority
//! ```

use core::fmt;

use chacha20poly1305::aead::{Aead as _, Payload};
use chacha20poly1305::{KeyInit as _, XChaCha20Poly1305};
use milagro_base::{Reader, Writer, opaque_debug};
use milagro_curve::rand_core::CryptoRng;
use milagro_curve::{DecodeError, Transcript};
use milagro_mpin::client::{FactorError, PassphraseParams};
use zeroize::Zeroizing;

use crate::domain::issued::Book;
use crate::domain::member::AuthorityId;
use crate::domain::protocol::Protocol;
use crate::domain::roster::MemberKey;
use crate::domain::trust_domain::{Edition, TrustDomain};
use crate::issue::authority::Authority;
use crate::sharing::group::{self, Group};
use crate::tags;

/// What turning a passphrase into a key costs (argon2id, RFC 9106).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Cost {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
}

/// What locks a sealed state, and opens it.
#[derive(Clone, Copy)]
#[expect(clippy::exhaustive_enums, reason = "the format knows these two")]
pub enum Lock<'a> {
    /// What people type, with the costs of trying one; when opening, the least costs that are taken. It is put
    /// into the form of RFC 8265, section 4.2 (OpaqueString), first: it is the same on every keyboard.
    Passphrase(&'a str, Cost),
    /// 32 uniformly random bytes that a key-management service keeps.
    Key(&'a [u8; 32]),
}

opaque_debug!(Lock<'a>);

/// Why sealed bytes do not open.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum VaultError {
    /// Costs outside the bounds of [`Cost::new`], below those expected, or more memory than there is.
    Cost,
    /// The bytes are no sealed state, or not one of this protocol.
    Format(DecodeError),
    /// A state of another domain, generation or set of keys than the caller expects.
    Edition(Edition),
    /// A passphrase that is empty, longer than 4096 bytes, or has characters that RFC 8265 does not allow.
    Passphrase,
    /// Locked by the other kind of lock.
    Lock,
    /// Another passphrase or key, or altered bytes.
    Key,
}

impl Cost {
    /// The second recommendation of RFC 9106, section 4: 64 MiB, 3 passes, 4 lanes.
    pub const RECOMMENDED: Self = Self {
        memory_kib: 1 << 16,
        passes: 3,
        lanes: 4,
    };

    /// The least that is taken: 19 MiB, 2 passes, 1 lane.
    pub const LEAST: Self = Self {
        memory_kib: 19 << 10,
        passes: 2,
        lanes: 1,
    };

    /// Other costs: 19 MiB to 1 GiB of memory, 2 to 64 passes, 1 to 16 lanes. Sealed bytes that ask for
    /// less or more are not opened.
    ///
    /// # Errors
    /// [`VaultError::Cost`] outside these bounds.
    pub const fn new(memory_kib: u32, passes: u32, lanes: u32) -> Result<Self, VaultError> {
        let fits = Self::LEAST.memory_kib <= memory_kib
            && memory_kib <= 1 << 20
            && Self::LEAST.passes <= passes
            && passes <= 64
            && 1 <= lanes
            && lanes <= 16;
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

    fn key(&self, passphrase: &str, salt: &[u8; 16]) -> Result<Zeroizing<[u8; 32]>, VaultError> {
        let params = PassphraseParams::new(self.memory_kib, self.passes, self.lanes, *salt);
        let key = params.and_then(|params| params.hash(passphrase));
        key.map_err(|error| match error {
            FactorError::PassphraseParams => VaultError::Cost,
            _ => VaultError::Passphrase,
        })
    }
}

const VERSION: u8 = 1;

/// Seals an authority's share, its domain, its member key, and the name of the ledger that it counts in.
///
/// # Security
/// Whoever has the bytes can try passphrases: they are as safe as the passphrase is long. Seal anew
/// after [`Authority::count_in`] and after every refresh, and delete the old bytes, else the refresh was for nothing.
///
/// # Errors
/// [`VaultError::Cost`] if there is not as much memory.
pub fn seal<P: Protocol, R: CryptoRng + ?Sized>(
    rng: &mut R,
    authority: &Authority<P>,
    key: &MemberKey<P::Group>,
    lock: &Lock<'_>,
) -> Result<Vec<u8>, VaultError> {
    let (mut salt, mut nonce) = ([0; 16], [0; 24]);
    rng.fill_bytes(&mut salt);
    rng.fill_bytes(&mut nonce);
    let (code, cost, cipher_key) = match lock {
        Lock::Passphrase(passphrase, cost) => (0, Some(cost), cost.key(passphrase, &salt)?),
        Lock::Key(key) => (1, None, service_key(key, &salt)),
    };
    let costs = cost.map_or([0; 3], |cost| [cost.memory_kib, cost.passes, cost.lanes]);
    let head = costs
        .into_iter()
        .fold(Writer::new().u8(VERSION).u8(code), |writer, cost| {
            writer.u32(cost)
        });
    let head = authority
        .domain()
        .edition()
        .write(head.bytes(&salt).bytes(&nonce))
        .u16(authority.id().get())
        .finish();
    let payload = Payload {
        msg: &state(authority, key),
        aad: &head,
    };
    // A state is far below the cipher's limit of 256 GiB.
    let sealed = XChaCha20Poly1305::new((&*cipher_key).into())
        .encrypt(&nonce.into(), payload)
        .map_err(|_| VaultError::Key)?;
    Ok(Writer::new().bytes(&head).bytes(&sealed).finish())
}

/// Opens what [`seal`] sealed, if it is the state of the domain that the caller expects: an older one, put
/// back from a backup, issues shares that combine with nobody's.
///
/// # Errors
/// [`VaultError`]. A wrong passphrase and altered bytes look the same. Nothing is computed for a state
/// of another edition.
pub fn open<P: Protocol>(
    sealed: &[u8],
    lock: &Lock<'_>,
    expected: &Edition,
) -> Result<(Authority<P>, MemberKey<P::Group>), VaultError> {
    let mut reader = Reader::new(sealed);
    let header = Header::read(&mut reader).map_err(VaultError::Format)?;
    if header.edition != *expected {
        return Err(VaultError::Edition(header.edition));
    }
    let key = header.key(lock)?;
    let message = reader.remaining();
    let split = sealed.len().checked_sub(message);
    let (head, message) = split
        .and_then(|split| sealed.split_at_checked(split))
        .ok_or(VaultError::Format(DecodeError::Length))?;
    let payload = Payload {
        msg: message,
        aad: head,
    };
    let state = XChaCha20Poly1305::new((&*key).into())
        .decrypt(&header.nonce.into(), payload)
        .map_err(|_| VaultError::Key)?;
    let (authority, key) =
        read_state::<P>(&Zeroizing::new(state), header.id).map_err(VaultError::Format)?;
    if authority.domain().edition() == expected {
        Ok((authority, key))
    } else {
        Err(VaultError::Format(DecodeError::Value))
    }
}

struct Header {
    code: u8,
    costs: [u32; 3],
    salt: [u8; 16],
    nonce: [u8; 24],
    edition: Edition,
    id: AuthorityId,
}

impl Header {
    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        reader.version(VERSION)?;
        Ok(Self {
            code: reader.u8()?,
            costs: [reader.u32()?, reader.u32()?, reader.u32()?],
            salt: *reader.array()?,
            nonce: *reader.array()?,
            edition: Edition::read(reader)?,
            id: AuthorityId::read(reader)?,
        })
    }

    fn key(&self, lock: &Lock<'_>) -> Result<Zeroizing<[u8; 32]>, VaultError> {
        match (self.code, self.costs, lock) {
            (0, [memory_kib, passes, lanes], Lock::Passphrase(passphrase, least)) => {
                let cost = Cost::new(memory_kib, passes, lanes)?;
                if memory_kib < least.memory_kib || passes < least.passes {
                    return Err(VaultError::Cost);
                }
                cost.key(passphrase, &self.salt)
            }
            (1, [0, 0, 0], Lock::Key(key)) => Ok(service_key(key, &self.salt)),
            (0 | 1, ..) => Err(VaultError::Lock),
            _ => Err(VaultError::Format(DecodeError::Value)),
        }
    }
}

fn service_key(key: &[u8; 32], salt: &[u8; 16]) -> Zeroizing<[u8; 32]> {
    let mut transcript = Transcript::new(tags::VAULT);
    transcript.append("key", key);
    transcript.append("salt", salt);
    transcript.secret_bytes("cipher key")
}

/// Share (32), member key (32), where issued subjects are counted (33), domain; in a buffer that is wiped and never grows.
fn state<P: Protocol>(authority: &Authority<P>, key: &MemberKey<P::Group>) -> Zeroizing<Vec<u8>> {
    let domain = authority.domain().to_bytes();
    let size = domain.len().saturating_add(64 + Book::LEN);
    let writer = Writer::with_capacity(size)
        .bytes(&*P::Group::secret_to_bytes(authority.secret()))
        .bytes(&*key.to_bytes());
    let writer = authority.book().write(writer).bytes(&domain);
    Zeroizing::new(writer.finish())
}

fn read_state<P: Protocol>(
    bytes: &[u8],
    id: AuthorityId,
) -> Result<(Authority<P>, MemberKey<P::Group>), DecodeError> {
    let mut reader = Reader::new(bytes);
    let share = group::read_secret::<P::Group>(&mut reader)?;
    let key = MemberKey::from_bytes(reader.array()?)?;
    let book = Book::read(&mut reader)?;
    let domain = TrustDomain::from_bytes(reader.bytes(reader.remaining())?)?;
    let authority = Authority::new(domain, id, share).map_err(|_| DecodeError::Value)?;
    Ok((authority.with_book(book), key))
}

impl fmt::Display for VaultError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cost => f.write_str("argon2id costs outside the bounds"),
            Self::Format(error) => write!(f, "no sealed authority: {error}"),
            Self::Edition(found) => write!(f, "sealed state of another domain or of {found}"),
            Self::Passphrase => f.write_str("no passphrase by RFC 8265"),
            Self::Lock => f.write_str("sealed by another kind of lock"),
            Self::Key => f.write_str("wrong passphrase or key, or altered bytes"),
        }
    }
}

impl core::error::Error for VaultError {}

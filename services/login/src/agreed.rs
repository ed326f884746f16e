//! The keys that a login has agreed on, as they wait for the application: sealed under the login code, of which the records hold
//! a hash. Whoever has the records and every key of the operator reads none.
//!
//! ```text
//! key    = digest("agreed keys", code)                    a code is 32 random bytes and seals one thing, so the nonce is zero
//! sealed = XChaCha20-Poly1305(key, 0, receiving (32) || sending (32) || exporter (32))
//! ```

use chacha20poly1305::aead::Aead as _;
use chacha20poly1305::{KeyInit as _, XChaCha20Poly1305};
use milagro_base::{DecodeError, Reader};
use milagro_mpin::full::SessionKeys;
use milagro_wire::bounded::Blob;
use milagro_wire::login::{AgreedKeys, CODE_LEN};
use milagro_wire::problem::{Problem, ProblemType};
use zeroize::Zeroizing;

use crate::shelf::digest;

const NONCE: [u8; 24] = [0; 24];

fn cipher(code: &[u8]) -> XChaCha20Poly1305 {
    let key = Zeroizing::new(digest("agreed keys", code));
    XChaCha20Poly1305::new((&*key).into())
}

/// Seals keys under a code.
pub(crate) fn seal(keys: &SessionKeys, code: &[u8; CODE_LEN]) -> Result<Vec<u8>, Problem> {
    let mut plain = Zeroizing::new(Vec::with_capacity(96));
    for key in [keys.receiving(), keys.sending(), keys.exporter()] {
        plain.extend_from_slice(key);
    }
    let sealed = cipher(code).encrypt((&NONCE).into(), plain.as_slice());
    sealed.map_err(|_| ProblemType::Internal.problem())
}

/// Opens what [`seal`] made.
///
/// # Errors
/// [`ProblemType::Refused`] for what was altered.
pub(crate) fn open(sealed: &[u8], code: &Blob<CODE_LEN>) -> Result<AgreedKeys, Problem> {
    let plain = cipher(code.as_bytes()).decrypt((&NONCE).into(), sealed);
    let plain = plain
        .map(Zeroizing::new)
        .map_err(|_| ProblemType::Refused)?;
    read(&plain).map_err(|_| ProblemType::Refused.problem())
}

fn read(plain: &[u8]) -> Result<AgreedKeys, DecodeError> {
    let mut reader = Reader::new(plain);
    let mut key = || Blob::new(reader.bytes(32)?).map_err(|_| DecodeError::Length);
    let keys = AgreedKeys {
        receiving: key()?,
        sending: key()?,
        exporter: key()?,
    };
    reader.finish()?;
    Ok(keys)
}

//! What the records hold of a login's keys: the server's half while it waits for the confirmation, sealed under the agreement's
//! number, then the keys while they wait for the application, sealed under the login code. The records hold hashes of both, so
//! whoever has them and every key of the operator, then or later, reads none.
//!
//! ```text
//! half   = XChaCha20-Poly1305(digest("agreement seal", number), 0, session)
//! sealed = XChaCha20-Poly1305(digest("agreed keys", code), 0, receiving (32) || sending (32) || exporter (32))
//! ```
//! A number and a code are 32 random bytes each and seal one thing, so the nonce is zero.

use chacha20poly1305::aead::Aead as _;
use chacha20poly1305::{KeyInit as _, XChaCha20Poly1305};
use milagro_base::{DecodeError, Reader};
use milagro_mpin::full::SessionKeys;
use milagro_wire::bounded::Blob;
use milagro_wire::login::agreements::AGREEMENT_LEN;
use milagro_wire::login::{AgreedKeys, CODE_LEN};
use milagro_wire::problem::{Problem, ProblemType};
use zeroize::Zeroizing;

use crate::shelf::digest;

const NONCE: [u8; 24] = [0; 24];

fn cipher(label: &str, secret: &[u8]) -> XChaCha20Poly1305 {
    let key = Zeroizing::new(digest(label, secret));
    XChaCha20Poly1305::new((&*key).into())
}

/// Seals the server's half under the agreement's number.
pub(crate) fn seal_half(session: &[u8], number: &[u8; AGREEMENT_LEN]) -> Result<Vec<u8>, Problem> {
    let sealed = cipher("agreement seal", number).encrypt((&NONCE).into(), session);
    sealed.map_err(|_| ProblemType::Internal.problem())
}

/// Opens what [`seal_half`] made; `None` for what was altered.
pub(crate) fn open_half(sealed: &[u8], number: &Blob<AGREEMENT_LEN>) -> Option<Zeroizing<Vec<u8>>> {
    let plain = cipher("agreement seal", number.as_bytes()).decrypt((&NONCE).into(), sealed);
    plain.ok().map(Zeroizing::new)
}

/// Seals keys under a code.
pub(crate) fn seal(keys: &SessionKeys, code: &[u8; CODE_LEN]) -> Result<Vec<u8>, Problem> {
    let mut plain = Zeroizing::new(Vec::with_capacity(96));
    for key in [keys.receiving(), keys.sending(), keys.exporter()] {
        plain.extend_from_slice(key);
    }
    let sealed = cipher("agreed keys", code).encrypt((&NONCE).into(), plain.as_slice());
    sealed.map_err(|_| ProblemType::Internal.problem())
}

/// Opens what [`seal`] made.
///
/// # Errors
/// [`ProblemType::Refused`] for what was altered.
pub(crate) fn open(sealed: &[u8], code: &Blob<CODE_LEN>) -> Result<AgreedKeys, Problem> {
    let plain = cipher("agreed keys", code.as_bytes()).decrypt((&NONCE).into(), sealed);
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

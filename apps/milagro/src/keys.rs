//! The operator's key, from wherever it is kept.

mod command;
mod passphrase;
mod source;
mod text;
mod token;
mod wrapped;

use core::hint::black_box;
use std::path::Path;

use getrandom::SysRng;
use milagro_dta::rand_core::UnwrapErr;
use milagro_wire::bounded::Blob;
use milagro_wire::server::locked::OperatorKey;
use zeroize::Zeroizing;

use crate::exit::{Failure, Outcome};
use crate::keys::passphrase::Passphrase;
use crate::keys::source::Source;
use crate::keys::text::Key;
use crate::keys::wrapped::Wrapped;
use crate::settings::Common;

/// Files of a directory that hold what the operator's key is made of, or the wrapped key. Neither is the key.
pub(crate) const BESIDE: [&str; 2] = [passphrase::FILE, wrapped::FILE];

/// Where the operator's key is kept, or what it is made of.
enum Kept {
    /// The key itself, as text.
    Bare(Source),
    /// A passphrase, and a file with what turning it into a key costs.
    Passphrase(Passphrase),
    /// A file, encrypted by somebody else.
    Wrapped(Wrapped),
}

/// The operator's key, which is there.
///
/// # Errors
/// Settings that contradict each other, and whatever does not answer.
pub(crate) fn find(common: &Common) -> Outcome<OperatorKey> {
    let kept = Kept::new(common)?;
    Ok(finished(match kept {
        Kept::Bare(source) => text::read(&source),
        Kept::Passphrase(passphrase) => passphrase.find(),
        Kept::Wrapped(wrapped) => wrapped.find(),
    }?))
}

/// The operator's key of a new directory: where it is wrapped, or is made of a passphrase, the file with its parameters is
/// written if it is not there.
///
/// # Errors
/// As [`find`].
pub(crate) fn make(common: &Common) -> Outcome<OperatorKey> {
    let rng = &mut UnwrapErr(SysRng);
    let kept = Kept::new(common)?;
    Ok(finished(match kept {
        Kept::Bare(source) => text::read(&source),
        Kept::Passphrase(passphrase) => passphrase.make(rng),
        Kept::Wrapped(wrapped) => wrapped.make(rng),
    }?))
}

/// Another secret, in base64url, from wherever a key could be read.
///
/// # Errors
/// What is not there, is readable by everybody, or is no base64url of at most so many bytes.
pub(crate) fn secret<const MAX: usize>(path: &Path) -> Outcome<Blob<MAX>> {
    let source = Source::new(path)?;
    let bytes = source.read(MAX.saturating_mul(2).saturating_add(2))?;
    let text = core::str::from_utf8(&bytes).map(str::trim_end);
    let blob = text.ok().and_then(|text| Blob::from_text(text).ok());
    blob.ok_or_else(|| source.fault(&"no base64url, or too long"))
}

/// A secret text, without the line end that editors leave.
///
/// # Errors
/// What is not there, is readable by everybody, is longer than 4096 bytes, or is no UTF-8.
pub(crate) fn secret_text(path: &Path) -> Outcome<Zeroizing<String>> {
    let source = Source::new(path)?;
    let bytes = source.read(4096)?;
    let text = core::str::from_utf8(&bytes).map_err(|error| source.fault(&error))?;
    Ok(Zeroizing::new(text.trim_end().to_owned()))
}

impl Kept {
    fn new(common: &Common) -> Outcome<Self> {
        let ways = [
            common.key_file.is_some(),
            common.key_passphrase_file.is_some(),
            common.key_unwrap_command.is_some(),
            common.pkcs11_module.is_some(),
        ];
        match ways.iter().filter(|given| **given).count() {
            0 => Err(Failure::config(
                "no operator's key: give --key-file, MILAGRO_KEY_FILE or key-file, or another of the ways that the manual lists",
            )),
            1 => Self::of(common),
            _ => Err(Failure::config(
                "more than one operator's key: give one of key-file, key-passphrase-file, key-unwrap-command and pkcs11-module",
            )),
        }
    }

    fn of(common: &Common) -> Outcome<Self> {
        if let Some(path) = &common.key_file {
            return Source::new(path).map(Self::Bare);
        }
        if let Some(path) = &common.key_passphrase_file {
            return Passphrase::new(Source::new(path)?, common).map(Self::Passphrase);
        }
        Wrapped::new(common).map(Self::Wrapped)
    }
}

/// The key in its last form. What earlier calls have left on the stack is written over.
fn finished(key: Key) -> OperatorKey {
    let operator = OperatorKey::from_bytes(&key);
    drop(key);
    overwrite_stack();
    operator
}

/// Writes over the stack below the caller. Moved values leave copies there, and nothing else would ever reach as deep.
#[inline(never)]
#[expect(
    clippy::large_stack_arrays,
    reason = "it is the stack that is written over"
)]
fn overwrite_stack() {
    let mut below = [0_u8; 1 << 16];
    black_box(&mut below);
}

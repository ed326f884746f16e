//! A passphrase in place of a key: argon2id (RFC 9106), with parameters that stand beside the store.

use std::path::PathBuf;

use milagro_base::{Reader, Writer};
use milagro_dta::rand_core::CryptoRng;
use milagro_mpin::client::PassphraseParams;
use zeroize::Zeroizing;

use crate::exit::{Failure, Outcome};
use crate::keys::source::{Source, line};
use crate::keys::text::Key;
use crate::keys::wrapped::{read_file, write_new};
use crate::settings::Common;

/// The parameters, in the directory.
pub(super) const FILE: &str = "passphrase";

const VERSION: u8 = 1;
/// Longest passphrase, and the end of its line.
const MOST: usize = 4098;
/// Version (1), memory (4), passes (4), lanes (4), salt (16).
const LENGTH: usize = 29;

/// A passphrase, and the file of its parameters.
pub(super) struct Passphrase {
    source: Source,
    params: PathBuf,
}

impl Passphrase {
    pub(super) fn new(source: Source, common: &Common) -> Outcome<Self> {
        let data = common.data.as_deref();
        let data = data.ok_or_else(|| Failure::config("key-passphrase-file: needs --data"))?;
        Ok(Self {
            source,
            params: data.join(FILE),
        })
    }

    pub(super) fn find(&self) -> Outcome<Key> {
        let bytes = read_file(&self.params, LENGTH)?.ok_or_else(|| {
            let path = self.params.display();
            Failure::config(format!("{path}: missing; `milagro init` makes it"))
        })?;
        let params = decode(&bytes)
            .ok_or_else(|| Failure::config(format!("{}: no parameters", self.params.display())))?;
        self.hash(&params)
    }

    /// With new parameters, if there are none yet.
    pub(super) fn make<R: CryptoRng + ?Sized>(&self, rng: &mut R) -> Outcome<Key> {
        if read_file(&self.params, LENGTH)?.is_some() {
            return self.find();
        }
        let mut salt = [0; 16];
        rng.fill_bytes(&mut salt);
        let params = PassphraseParams::recommended(salt);
        let key = self.hash(&params)?;
        write_new(&self.params, &encode(&params))?;
        Ok(key)
    }

    fn hash(&self, params: &PassphraseParams) -> Outcome<Key> {
        let bytes = self.source.read(MOST)?;
        let text = core::str::from_utf8(line(&bytes));
        let text = text.map_err(|_| self.source.fault(&"no UTF-8"))?;
        let hash = params
            .hash(text)
            .map_err(|error| self.source.fault(&error))?;
        Ok(Box::new(hash))
    }
}

fn encode(params: &PassphraseParams) -> Vec<u8> {
    Writer::new()
        .u8(VERSION)
        .u32(params.memory_kib())
        .u32(params.passes())
        .u32(params.lanes())
        .bytes(params.salt())
        .finish()
}

fn decode(bytes: &[u8]) -> Option<PassphraseParams> {
    let mut reader = Reader::new(bytes);
    reader.version(VERSION).ok()?;
    let [memory, passes, lanes] = [reader.u32().ok()?, reader.u32().ok()?, reader.u32().ok()?];
    let salt = *reader.array().ok()?;
    reader.finish().ok()?;
    PassphraseParams::new(memory, passes, lanes, salt).ok()
}

/// What `PassphraseParams::hash` gives is a key.
const _: fn(&PassphraseParams, &str) -> Option<Zeroizing<[u8; 32]>> =
    |params, text| params.hash(text).ok();

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_have_one_form() {
        let params = PassphraseParams::new(1 << 16, 3, 4, [7; 16]).unwrap();
        let bytes = encode(&params);
        assert_eq!(bytes.len(), LENGTH);
        assert_eq!(bytes[..13], [1, 0, 1, 0, 0, 0, 0, 0, 3, 0, 0, 0, 4]);
        assert_eq!(bytes[13..], [7; 16]);
        assert_eq!(encode(&decode(&bytes).unwrap()), bytes);
        // Other versions, lengths, and costs that are too low or absurd.
        for (place, value) in [(0, 2), (1, 255), (2, 0), (8, 0), (12, 0)] {
            let mut altered = bytes.clone();
            altered[place] = value;
            assert!(decode(&altered).is_none(), "byte {place}");
        }
        assert!(decode(&bytes[..LENGTH - 1]).is_none());
        assert!(decode(&[&bytes[..], &[0]].concat()).is_none());
    }
}

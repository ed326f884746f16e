//! PKCS#11: an AES key that never leaves its token encrypts the operator's key.
//!
//! ```text
//! wrapped = version (1) || iv (12) || AES-256-GCM(key of the token, iv, key; tag)      NIST SP 800-38D, tag of 128 bits
//! ```

use std::path::PathBuf;

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::error::Error;
use cryptoki::mechanism::Mechanism;
use cryptoki::mechanism::aead::GcmParams;
use cryptoki::object::{Attribute, KeyType, ObjectClass, ObjectHandle};
use cryptoki::session::{Session, UserType};
use cryptoki::slot::Slot;
use cryptoki::types::AuthPin;
use milagro_base::{Reader, Writer};
use milagro_dta::rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::exit::{Failure, Outcome};
use crate::keys::source::{Source, line};
use crate::keys::text::Key;
use crate::settings::Common;

const VERSION: u8 = 1;
const TAG: &[u8] = b"MILAGRO-V1-OPERATOR-KEY-AES256-GCM";
const IV: usize = 12;
/// A key and the tag of GCM.
const SEALED: usize = 48;
/// Longest PIN, and the end of its line.
const PIN_MAX: usize = 257;

/// A key in a token, and who may use it.
pub(super) struct Token {
    module: PathBuf,
    label: String,
    key: String,
    pin: Source,
}

impl Token {
    pub(super) fn new(common: &Common) -> Outcome<Self> {
        let missing = |name| move || Failure::config(format!("pkcs11-module: needs {name}, too"));
        let module = common.pkcs11_module.clone().ok_or_else(missing("itself"))?;
        // Another path would be looked for in the directories of the system.
        if !module.is_absolute() {
            let words = format!("pkcs11-module: {}: give the whole path", module.display());
            return Err(Failure::config(words));
        }
        let pin = common.pkcs11_pin_file.as_deref();
        Ok(Self {
            module,
            label: common
                .pkcs11_token
                .clone()
                .ok_or_else(missing("pkcs11-token"))?,
            key: common
                .pkcs11_key
                .clone()
                .ok_or_else(missing("pkcs11-key"))?,
            pin: Source::new(pin.ok_or_else(missing("pkcs11-pin-file"))?)?,
        })
    }

    /// Encrypts a key. If the token has none of the name to encrypt with, it makes one.
    pub(super) fn wrap<R: CryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        key: &[u8; 32],
    ) -> Outcome<Vec<u8>> {
        let mut iv = [0; IV];
        rng.fill_bytes(&mut iv);
        let mut used = iv;
        let sealed = self.logged_in(|session| {
            let with = match self.find(session)? {
                Some(with) => with,
                None => self.generate(session)?,
            };
            let sealed = gcm(&mut used).and_then(|gcm| session.encrypt(&gcm, with, key));
            sealed.map_err(|error| self.fault(&error))
        })?;
        if sealed.len() != SEALED {
            return Err(self.fault(&"the token does not encrypt as SP 800-38D says"));
        }
        let writer = Writer::new().u8(VERSION).bytes(&iv);
        Ok(writer.bytes(&sealed).finish())
    }

    /// Decrypts what [`Self::wrap`] made.
    pub(super) fn unwrap(&self, wrapped: &[u8]) -> Outcome<Key> {
        let read = || -> Option<([u8; IV], &[u8; SEALED])> {
            let mut reader = Reader::new(wrapped);
            reader.version(VERSION).ok()?;
            let parts = (*reader.array().ok()?, reader.array().ok()?);
            reader.finish().ok()?;
            Some(parts)
        };
        let (mut iv, sealed) =
            read().ok_or_else(|| self.fault(&"the wrapped key is not one of a token"))?;
        let opened = self.logged_in(|session| {
            let with = self.find(session)?;
            let with = with.ok_or_else(|| self.fault(&"the token has no such key"))?;
            let opened = gcm(&mut iv).and_then(|gcm| session.decrypt(&gcm, with, sealed));
            opened
                .map(Zeroizing::new)
                .map_err(|error| self.fault(&error))
        })?;
        let mut key: Key = Box::new(Zeroizing::new([0; 32]));
        if opened.len() != key.len() {
            return Err(self.fault(&"the token does not decrypt as SP 800-38D says"));
        }
        key.iter_mut()
            .zip(opened.iter())
            .for_each(|(to, from)| *to = *from);
        Ok(key)
    }

    /// Has something done in the token. Afterwards nobody is logged in, and the module has been told to forget.
    fn logged_in<T>(&self, work: impl FnOnce(&Session) -> Outcome<T>) -> Outcome<T> {
        let module = Pkcs11::new(&self.module).map_err(|error| self.fault(&error))?;
        let flags = CInitializeFlags::OS_LOCKING_OK;
        let prepared = module.initialize(CInitializeArgs::new(flags));
        prepared.map_err(|error| self.fault(&error))?;
        let done = self.log_in(&module).and_then(|session| work(&session));
        let ended = module.finalize().map_err(|error| self.fault(&error));
        done.and_then(|done| ended.map(|()| done))
    }

    /// A session that ends when it is dropped.
    fn log_in(&self, module: &Pkcs11) -> Outcome<Session> {
        let session = module.open_rw_session(self.slot(module)?);
        let session = session.map_err(|error| self.fault(&error))?;
        let pin = self.pin.read(PIN_MAX)?;
        let pin = core::str::from_utf8(line(&pin)).map_err(|_| self.pin.fault(&"no UTF-8"))?;
        let pin = AuthPin::new(Box::from(pin));
        // Once: tokens count wrong PINs.
        let logged_in = session.login(UserType::User, Some(&pin));
        logged_in.map_err(|error| self.fault(&error))?;
        Ok(session)
    }

    fn slot(&self, module: &Pkcs11) -> Outcome<Slot> {
        let named = |slot: &Slot| {
            let info = module.get_token_info(*slot);
            info.is_ok_and(|info| info.label() == self.label)
        };
        let slots = module.get_slots_with_initialized_token();
        let slots = slots.map_err(|error| self.fault(&error))?;
        let mut found = slots.into_iter().filter(named);
        match (found.next(), found.next()) {
            (Some(slot), None) => Ok(slot),
            (None, _) => Err(self.fault(&"there is no such token")),
            _ => Err(self.fault(&"there is more than one such token")),
        }
    }

    fn find(&self, session: &Session) -> Outcome<Option<ObjectHandle>> {
        let template = [
            Attribute::Class(ObjectClass::SECRET_KEY),
            Attribute::KeyType(KeyType::AES),
            Attribute::Label(self.key.clone().into_bytes()),
        ];
        let found = session.find_objects(&template);
        let found = found.map_err(|error| self.fault(&error))?;
        match found.as_slice() {
            [] => Ok(None),
            [key] => Ok(Some(*key)),
            _ => Err(self.fault(&"the token has more than one such key")),
        }
    }

    /// A key that cannot be read, and does nothing but encrypt and decrypt.
    fn generate(&self, session: &Session) -> Outcome<ObjectHandle> {
        let template = [
            Attribute::Label(self.key.clone().into_bytes()),
            Attribute::ValueLen(32.into()),
            Attribute::Token(true),
            Attribute::Private(true),
            Attribute::Sensitive(true),
            Attribute::Extractable(false),
            Attribute::Encrypt(true),
            Attribute::Decrypt(true),
            Attribute::Sign(false),
            Attribute::Verify(false),
            Attribute::Wrap(false),
            Attribute::Unwrap(false),
        ];
        let made = session.generate_key(&Mechanism::AesKeyGen, &template);
        made.map_err(|error| self.fault(&error))
    }

    /// Names the key, never the PIN.
    fn fault(&self, words: &dyn core::fmt::Display) -> Failure {
        let (module, token, key) = (self.module.display(), &self.label, &self.key);
        Failure::config(format!("{module}: token {token:?}, key {key:?}: {words}"))
    }
}

fn gcm(iv: &mut [u8; IV]) -> Result<Mechanism<'_>, Error> {
    GcmParams::new(iv, TAG, 128.into()).map(Mechanism::AesGcm)
}

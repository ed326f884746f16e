//! What a device holds, and how it logs in.

pub(crate) mod device_key;
pub(crate) mod error;
pub(crate) mod factor;
pub(crate) mod login;
pub(crate) mod passphrase;
pub(crate) mod pin;
pub(crate) mod token;

pub use crate::keys::{Binding, Bound, BoundSecret, Unbound};
pub use crate::proof::Signature;
pub use device_key::DeviceKey;
pub use error::{FactorError, SecretMismatch};
pub use factor::{FactorSpec, Factors};
pub use login::{Login, Target};
pub use passphrase::PassphraseParams;
pub use pin::{Pin, PinLength};
pub use token::{BoundToken, SplitSecret, Token};

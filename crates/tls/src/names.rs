//! Who talks: identities, principals, and the forms in which stacks, logs and configuration have them.

mod error;
mod identity;
mod principal;
mod role;
mod server_name;
mod spelling;
mod spki;
mod text;

pub use error::{NameError, TextError};
pub use identity::Identity;
pub use principal::Principal;
pub use role::Role;

pub(crate) use text::{escape, is_plain, unescape};

#![doc = include_str!("../docs/grants.md")]

mod answer;
mod enrolment;
mod error;
mod grant;
mod letter;
mod purpose;
mod seal;
#[cfg(test)]
mod tests;

pub use crate::domain::issued::{Issued, IssuedSet, OtherDomain};
pub use crate::domain::registrar::{RegistrarKey, RegistrarPublicKey};
pub use answer::{Answer, Desk};
pub use enrolment::Enrolment;
pub use error::GrantError;
pub use grant::{Grant, SignedGrant};
pub use purpose::Granted;
pub use seal::{ClientKey, ClientPublicKey};

//! Who asks for tokens: what an issuer learns of a user is a hash that stands for one and the same user each time.

mod asked;
mod bearer;
mod given;
mod users;

pub use asked::{Authenticate, Unauthenticated};
pub use bearer::{Bearer, KeySet, KeySetError, Provider};
pub use given::{Given, GivenIdentity};
pub use users::{UserHash, UserKey};

//! Typed clients. What fails on the way is asked again where that is safe, and here it always is: a grant brings the same
//! share again, since its claim is public; a message has the hash of itself for a name; a revocation list has a number;
//! permits and proofs change nothing.

mod authority;
mod board;
mod registrar;
mod registrar_admin;
mod retry;
mod transport;

pub use authority::AuthorityClient;
pub use board::BoardClient;
pub use registrar::{BulletinFiles, EnrolError, Enrolled, RegistrarClient, Wanted};
pub use registrar_admin::RegistrarAdmin;
pub use retry::Patience;
pub use transport::{CallError, Endpoint, EndpointError};

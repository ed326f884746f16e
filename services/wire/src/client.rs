//! Typed clients. What fails on the way is asked again where that is safe: a grant brings the same share again, since its
//! claim is public; a message has the hash of itself for a name; a revocation list has a number; permits and proofs change
//! nothing. A login counts once, so it is asked again only where the service says that it has not begun.

mod authority;
mod board;
mod call;
pub mod guard;
mod login;
mod operator;
mod registrar;
mod registrar_admin;
mod retry;
mod service_tokens;
mod transport;

pub use authority::AuthorityClient;
pub use board::BoardClient;
pub use call::{Answered, Posted};
pub use login::{ClientCredentials, LoginClient};
pub use operator::{OperatorClient, Verb};
pub use registrar::{BulletinFiles, EnrolError, Enrolled, RegistrarClient, Wanted};
pub use registrar_admin::RegistrarAdmin;
pub use retry::Patience;
pub use service_tokens::{ServiceToken, ServiceTokenClient, TokenWanted};
pub use transport::{CallError, Endpoint, EndpointError};

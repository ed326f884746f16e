//! Secret keys at rest: the primary key of a tenant, the signer of its schedule, keys that were exported, and the key that
//! hides users. All are sealed under the operator's key.

mod exported;
mod own;
mod place;
mod safe;
mod signer;

pub use exported::Exported;
pub use own::{Primary, Renewed};
pub use place::{Place, RedeemedAt, redeem_at, redeemed_at};
pub use safe::{KeyError, Safe};
pub use signer::{draw_signer, keep_verifier, signer, verifier};

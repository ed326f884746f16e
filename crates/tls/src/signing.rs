//! Signatures by identities (J. C. Cha and J. H. Cheon, PKC 2003; ISO/IEC 14888-3, IBS-2): keys, anchors, the
//! signatures themselves, and many of them at once.

mod anchor;
mod base;
mod batch;
mod key;
mod master;
mod signature;
mod signer;
mod signers;
pub(crate) mod spec;

pub use anchor::TrustAnchor;
pub use batch::{Claim, verify_batch};
pub use master::SigningMaster;
pub use signature::{BadSignature, Context, Signature};
pub use signer::Signer;
pub use signers::Signers;

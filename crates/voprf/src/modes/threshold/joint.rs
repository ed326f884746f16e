//! One proof for the group's key, made by t issuers together: the bytes that any client of RFC 9497 checks, though
//! nobody has the key.
//!
//! A coordinator, who holds no secret, has the parts of t issuers ([`Collector`](super::Collector)). Then, for the
//! weights dᵢ of RFC 9497, section 2.2, M = Σ dᵢ·Cᵢ and Z = Σ dᵢ·Dᵢ:
//!
//! ```text
//! coordinator -> j   [ProofRequest]   session, C, the parts of all signers with their proofs, which give D
//! j -> coordinator   [Commitment]     Rj = rj·G, R'j = rj·M
//! coordinator -> j   [Commitments]    all of them; c = HashToScalar(K, M, Z, Σ Rj, Σ R'j)
//! j -> coordinator   [Answer]         sj = rj - c·λj·kj
//!                    proof (c, Σ sj); Rj = sj·G + c·λj·Kj and R'j = sj·M + c·λj·Zj, or j is named
//! ```
//!
//! A nonce rj answers one challenge: the state that holds it is spent by answering, and a ledger counts the session,
//! so that neither a restart nor a generator that repeats itself has it answer a second one. What is asked for again
//! is a new session.

pub(crate) mod coordinate;
pub(crate) mod issuer;
pub(crate) mod message;

pub use coordinate::{Challenged, Joint};
pub use issuer::{Admitted, Committed, JointRefusal};
pub use message::{Answer, Commitment, Commitments, ProofRequest};

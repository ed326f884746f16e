//! The Anonymous Credentials Service as its C library speaks it (facebookresearch/acs, commit 3d2a4c4): two
//! curves, two blindings, three key derivations, byte for byte.
//!
//! For deployments that have to talk to that library. Nothing new should be built on it: it has no domain
//! separation tags, its attribute lists are not framed (("ab", "c") and ("a", "bc") are one list), and its
//! proofs cover single evaluations. Two of its weaknesses are not reproduced: scalars that are not below the
//! group order, and elements outside the group of prime order or equal to the identity, are refused. Nonces
//! and blinds are hedged, which no peer can see.
//!
//! With Hs(parts) = SHA-512(parts) mod L, little-endian, and G the generator of the curve:
//!
//! | step | formula |
//! |---|---|
//! | hash to ristretto255 | H(x) = the one-way map of RFC 9496, section 4.3.4, of SHA-512(x) |
//! | hash to ed25519 | H(x) = 8 times one Elligator map of the first 32 bytes of SHA-512(x), sign from the top bit |
//! | blind, exponential | C = r·H(x), later N = r⁻¹·D |
//! | blind, additive | C = H(x) + r·G, later N = D - r·K |
//! | evaluate | D = k·C |
//! | finalise | SHA-512(x ‖ N) |
//! | proof that log_B1(E1) = log_B2(E2) = w | c = Hs(B1 ‖ E1 ‖ B2 ‖ E2 ‖ r·B1 ‖ r·B2), s = r - c·w, encoded c ‖ s |
//! | default derivation | pᵢ = HMAC-SHA256(pᵢ₋₁, Aᵢ), k = Hs(pₙ), no proof |
//! | SDHI derivation | h = Hs(A₁ ‖ … ‖ Aₙ), k = 1/(a + h), proof of (G, P + h·G), (K, G) |
//! | Naor-Reingold derivation | b = SHA-256(A₁ ‖ … ‖ Aₙ), k = a₀·Π aᵢ over the set bits of b, a proof per set bit |

mod curve;
mod default_kdf;
mod dleq;
mod elligator;
mod exchange;
mod naor_reingold;
mod sdhi;

pub use curve::{Curve, Ed25519, Ristretto255};
pub use default_kdf::DefaultPrimaryKey;
pub use dleq::{ELEMENT_LEN, PROOF_LEN, Proof};
pub use exchange::{Blinded, DerivedKey, Evaluated, Pending, PublicKey, SecretKey, VerifiedKey};
pub use naor_reingold::{NaorReingoldProof, NaorReingoldPublicKey, NaorReingoldSecretKey};
pub use sdhi::{SdhiPublicKey, SdhiSecretKey};

#[cfg(feature = "hazmat")]
pub(crate) use exchange::Step;

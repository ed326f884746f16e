//! Proofs of linear relations between points, made non-interactive by Fiat-Shamir
//! (draft-irtf-cfrg-sigma-protocols-01, draft-irtf-cfrg-fiat-shamir-01).
//!
//! A statement is a list of equations Pᵢ = Σⱼ xⱼ·Eⱼ over public points, and the proof shows that its maker
//! knows the scalars xⱼ (Maurer, AFRICACRYPT 2009). With nonces kⱼ:
//!
//! - Tᵢ = Σⱼ kⱼ·Eⱼ
//! - c = H(session, statement, T)
//! - sⱼ = kⱼ + c·xⱼ
//!
//! The proof is (c, s). Whoever checks it computes Tᵢ = Σⱼ sⱼ·Eⱼ - c·Pᵢ and asks for the same c.

pub(crate) mod proof;
pub(crate) mod relation;
pub(crate) mod transcript;

#[cfg(test)]
mod tests;

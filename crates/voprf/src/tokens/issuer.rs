//! What an issuer does: count what its users draw and what its keys answer, and answer.
//!
//! [`Issuer`] takes an [`UncheckedRequest`] to a [`Leased`] one, and that to an [`Admitted`] one, which it answers
//! when the ledger has charged the [`Quota`].

pub use crate::tokens::issue::budget::QueryBudget;
pub use crate::tokens::issue::issuer::{Admitted, Issuer, Leased};
pub use crate::tokens::issue::message::UncheckedRequest;
pub use crate::tokens::issue::quota::Quota;
pub use crate::tokens::issue::refusal::IssueRefusal;

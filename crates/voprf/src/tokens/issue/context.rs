//! The context of the issuer's proofs.

use crate::modes::context::Context;
use crate::suite::group::Suite;
use crate::tags;

/// The weights of proofs in it hash the whole batch: an issuer can mark no client by errors that cancel.
pub(super) fn context<S: Suite>() -> Context<S> {
    Context::new(&[tags::TOKEN_ISSUE, S::IDENTIFIER.as_bytes()])
}

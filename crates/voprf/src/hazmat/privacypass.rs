//! Privacy Pass with the caller's nonces and blinds, for test vectors.

use crate::error::Error;
use crate::hazmat::{Scalar, collect};
use crate::privacypass::challenge::TokenChallenge;
use crate::privacypass::client::{IssuerKey, PendingBatch, PendingToken, Requested};
use crate::privacypass::kind::TokenSuite;
use crate::privacypass::request::Form;

/// [`IssuerKey::request`] with the caller's nonce and blind.
///
/// # Errors
/// As there.
pub fn request<S: TokenSuite>(
    key: &IssuerKey<S>,
    challenge: &TokenChallenge<S>,
    nonce: &[u8; 32],
    blind: &Scalar<S>,
) -> Result<Requested<S, PendingToken<S>>, Error> {
    let statements = key.statements(challenge, core::slice::from_ref(nonce));
    let blinds = collect(1, core::slice::from_ref(blind))?;
    let inputs = statements.inputs::<S>();
    let blinded = key.public().blind_with(&inputs, blinds)?;
    let (request, pending) = key.asked(Form::Single, statements, blinded);
    Ok(Requested {
        request,
        pending: PendingToken(pending),
    })
}

/// [`IssuerKey::request_batch`] with the caller's nonces and blinds.
///
/// # Errors
/// As there, and [`Error::LengthMismatch`].
pub fn request_batch<S: TokenSuite>(
    key: &IssuerKey<S>,
    challenge: &TokenChallenge<S>,
    nonces: &[[u8; 32]],
    blinds: &[Scalar<S>],
) -> Result<Requested<S, PendingBatch<S>>, Error> {
    let statements = key.statements(challenge, nonces);
    let blinds = collect(nonces.len(), blinds)?;
    let inputs = statements.inputs::<S>();
    let blinded = key.public().blind_with(&inputs, blinds)?;
    let (request, pending) = key.asked(Form::Batch, statements, blinded);
    Ok(Requested {
        request,
        pending: PendingBatch(pending),
    })
}

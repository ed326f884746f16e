//! ARC with the caller's scalars, in the order in which the draft draws them.

use alloc::vec::Vec;

use zeroize::{Zeroize as _, Zeroizing};

use crate::arc::{
    Asking, Credential, Limit, Presentation, PublicKey, Rejected, Request, RequestContext,
    Response, SecretKey, Terms,
};
use crate::arc::{asking, group, presenting, response};
use crate::hazmat::Scalar;
use crate::suite::nist::P256;

/// m₂ of a request context, encoded.
#[must_use]
pub fn m2(context: &RequestContext) -> [u8; 32] {
    *group::encode(context.m2())
}

/// [`PublicKey::request`] with m₁, r₁, r₂ and the four nonces of the proof.
#[must_use]
pub fn request(key: &PublicKey, drawn: &[Scalar<P256>; asking::DRAWN]) -> Asking {
    let mut scalars = drawn.each_ref().map(|scalar| *scalar.0);
    let asking = key.request_with(&scalars);
    scalars.zeroize();
    asking
}

/// [`SecretKey::answer`] with b and the seven nonces of the proof.
///
/// # Errors
/// As there.
///
/// # Security
/// Two answers with one nonce reveal the key.
pub fn answer(
    key: &SecretKey,
    request: &Request,
    drawn: &[Scalar<P256>; response::DRAWN],
) -> Result<Response, Rejected> {
    let scalars = Zeroizing::new(drawn.each_ref().map(|scalar| *scalar.0));
    key.answer_with(request, &scalars)
}

/// How many scalars [`present`] takes.
#[must_use]
pub fn drawn(limit: Limit) -> usize {
    presenting::drawn(limit)
}

/// The presentation of a nonce with a, r, z, nonceBlinding, the blindings of all bits but the last and the nonces
/// of the proof. It is counted nowhere, and the nonce may be at or above the limit. `None` for another number of
/// scalars.
///
/// # Security
/// Two presentations with one nonce of the proof reveal m₁; two of one nonce of the credential are linked.
#[must_use]
pub fn present(
    credential: &Credential,
    terms: &Terms,
    nonce: u32,
    drawn: &[Scalar<P256>],
) -> Option<Presentation> {
    let mut scalars = Zeroizing::new(Vec::with_capacity(drawn.len()));
    scalars.extend(drawn.iter().map(|scalar| *scalar.0));
    credential.present_with(terms, nonce, &scalars)
}

/// What a credential consists of, encoded.
#[derive(Clone)]
#[expect(clippy::exhaustive_structs, reason = "there is nothing more")]
pub struct Parts {
    /// The client's secret.
    pub m1: [u8; 32],
    /// U
    pub u: [u8; 33],
    /// U', the MAC.
    pub u_prime: [u8; 33],
}

milagro_base::opaque_debug!(Parts);

/// Takes a look at what a credential consists of.
#[must_use]
pub fn parts(credential: &Credential) -> Parts {
    let mac = credential.mac();
    let encode = |point| group::Element::from_point(point).bytes;
    Parts {
        m1: *group::encode(&mac.m1),
        u: encode(mac.u),
        u_prime: encode(mac.u_prime),
    }
}

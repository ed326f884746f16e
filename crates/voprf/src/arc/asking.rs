//! Asking for a credential (section 4.2.1), and taking it out of the answer (section 4.2.3).

use alloc::boxed::Box;
use core::fmt;

use rand_core::CryptoRng;
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::arc::credential::Credential;
use crate::arc::group::{Element, Scalar, commit, draw_array};
use crate::arc::key::PublicKey;
use crate::arc::request::Request;
use crate::arc::response::Response;
use crate::arc::statement::{self, Issue};
use crate::sigma::proof::Rejected;
use crate::sigma::relation::Known;
use crate::suite::group::Group as _;
use crate::suite::nist::P256;
use crate::tags;

/// What a client sends, and what it keeps.
#[derive(Debug)]
#[expect(clippy::exhaustive_structs, reason = "a pair with names")]
pub struct Asking {
    /// For the server.
    pub request: Request,
    /// For the answer.
    pub pending: PendingCredential,
}

/// What a client keeps until the answer comes. It is not saved: where the answer is lost, the client asks again
/// with other secrets. A saved one could be finished twice, and the two credentials would have the same tags.
pub struct PendingCredential(Box<Pending>);

struct Pending {
    key: PublicKey,
    request: Request,
    secrets: ClientSecrets,
}

/// m₁, r₁ and r₂; m₂ is public.
#[derive(Zeroize, ZeroizeOnDrop)]
struct ClientSecrets {
    m1: Scalar,
    r1: Scalar,
    r2: Scalar,
}

/// What a request is made of, in the order of the draft: m₁, r₁, r₂, then the nonces of the proof.
pub(crate) const DRAWN: usize = 7;

impl PublicKey {
    /// Asks for a credential of this key.
    pub fn request<R: CryptoRng + ?Sized>(&self, rng: &mut R) -> Asking {
        let about = [&self.to_bytes(), self.context.as_bytes()].concat();
        self.request_with(&draw_array(rng, tags::arc::REQUEST_DRAW, &about))
    }

    /// m1Enc = m₁·G + r₁·H, m2Enc = m₂·G + r₂·H
    pub(crate) fn request_with(&self, drawn: &[Scalar; DRAWN]) -> Asking {
        let [m1, r1, r2, k1, k2, k3, k4] = drawn;
        let m2 = self.context.m2();
        let m1_enc = Element::from_point(commit(m1, r1));
        let m2_enc = Element::from_point(commit(m2, r2));
        let mut witness = [(m1, k1), (m2, k2), (r1, k3), (r2, k4)].map(Known::of);
        let relation = statement::request(&m1_enc, &m2_enc);
        let request = Request {
            m1_enc,
            m2_enc,
            proof: relation.prove(tags::arc::REQUEST, &witness),
        };
        witness.zeroize();
        let pending = PendingCredential(Box::new(Pending {
            key: self.clone(),
            request: request.clone(),
            secrets: ClientSecrets {
                m1: *m1,
                r1: *r1,
                r2: *r2,
            },
        }));
        Asking { request, pending }
    }
}

impl PendingCredential {
    /// Checks the answer and takes the credential out of it: U' = encUPrime - X0Aux - r₁·X1Aux - r₂·X2Aux.
    ///
    /// # Errors
    /// [`Unfinished`], with what still waits, if the answer is not that of the key to this request.
    pub fn finish(self, response: &Response) -> Result<Credential, Unfinished> {
        let Pending {
            key,
            request,
            secrets,
        } = &*self.0;
        let answer = &response.answer;
        let relation = statement::response(&Issue {
            key,
            m1_enc: &request.m1_enc,
            m2_enc: &request.m2_enc,
            answer,
        });
        if relation
            .verify(tags::arc::RESPONSE, &response.proof)
            .is_err()
        {
            return Err(Unfinished(self));
        }
        let u_prime = answer.enc_u_prime.point
            - answer.x0_aux.point
            - P256::mul(&answer.x1_aux.point, &secrets.r1)
            - P256::mul(&answer.x2_aux.point, &secrets.r2);
        // (x₀ + x₁·m₁ + x₂·m₂)·U is the identity for one m₁ of all.
        if P256::is_identity(&u_prime) {
            return Err(Unfinished(self));
        }
        let u_prime = Element::from_point(u_prime);
        Ok(Credential::new(key.clone(), &secrets.m1, answer.u, u_prime))
    }
}

milagro_base::opaque_debug!(PendingCredential);

impl ZeroizeOnDrop for PendingCredential {}

/// An answer that gave no credential, with what still waits for one.
#[derive(Debug)]
pub struct Unfinished(PendingCredential);

impl Unfinished {
    /// What waits.
    #[must_use]
    pub fn into_pending(self) -> PendingCredential {
        self.0
    }
}

impl fmt::Display for Unfinished {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Rejected.fmt(f)
    }
}

impl core::error::Error for Unfinished {}

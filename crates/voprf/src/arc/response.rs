//! Issuing a credential (section 4.2.2).

use alloc::vec::Vec;

use milagro_base::{DecodeError, Reader};
use rand_core::CryptoRng;
use zeroize::{Zeroize as _, Zeroizing};

use crate::arc::group::{ELEMENT, Element, SCALAR, Scalar, draw_array, h, read};
use crate::arc::key::{PublicKey, SecretKey};
use crate::arc::request::Request;
use crate::arc::statement::{self, Answer, Issue};
use crate::sigma::proof::{Proof, Rejected};
use crate::sigma::relation::Known;
use crate::suite::group::Group as _;
use crate::suite::nist::P256;
use crate::tags;

/// Server to client: a credential under the client's blinds, and a proof that it is of the public key. 454 bytes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Response {
    pub(super) answer: Answer,
    pub(super) proof: Proof<P256>,
}

impl Response {
    /// Length in bytes, `Nresponse`.
    pub const LEN: usize = 6 * ELEMENT + 8 * SCALAR;

    /// Reads `U ‖ encUPrime ‖ X0Aux ‖ X1Aux ‖ X2Aux ‖ HAux ‖ proof`.
    ///
    /// # Errors
    /// [`DecodeError`] for another length, for points and scalars that are not canonical, for the identity and
    /// for zero.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        if bytes.len() != Self::LEN {
            return Err(DecodeError::Length);
        }
        let mut reader = Reader::new(bytes);
        Ok(Self {
            answer: Answer {
                u: read(&mut reader)?,
                enc_u_prime: read(&mut reader)?,
                x0_aux: read(&mut reader)?,
                x1_aux: read(&mut reader)?,
                x2_aux: read(&mut reader)?,
                h_aux: read(&mut reader)?,
            },
            proof: Proof::read(&mut reader, 7)?,
        })
    }

    /// Writes what [`Self::from_bytes`] reads.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let answer = &self.answer;
        let [u, enc_u_prime] = [&answer.u, &answer.enc_u_prime].map(Element::as_slice);
        let [x0, x1, x2] = [&answer.x0_aux, &answer.x1_aux, &answer.x2_aux].map(Element::as_slice);
        let mut bytes = [u, enc_u_prime, x0, x1, x2, answer.h_aux.as_slice()].concat();
        self.proof.write(&mut bytes);
        bytes
    }
}

/// What a response is made of, in the order of the draft: b, then the nonces of the proof.
pub(crate) const DRAWN: usize = 8;

impl SecretKey {
    /// Issues a credential, with a proof that it is of the public key.
    ///
    /// # Errors
    /// [`Rejected`] if the request's proof does not hold.
    ///
    /// # Security
    /// A credential is good for the limit in every presentation context there will ever be. Authenticate the
    /// client, and charge its account, before this is called; what ends credentials is another key.
    pub fn answer<R: CryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        request: &Request,
    ) -> Result<Response, Rejected> {
        let about = Zeroizing::new([&**self.to_bytes(), &request.to_bytes()].concat());
        self.answer_with(request, &draw_array(rng, tags::arc::RESPONSE_DRAW, &about))
    }

    /// U = b·G, encUPrime = b·(X0 + x₁·m1Enc + x₂·m2Enc), X0Aux = b·x0Blinding·H, XᵢAux = b·Xᵢ, HAux = b·H
    pub(crate) fn answer_with(
        &self,
        request: &Request,
        drawn: &[Scalar; DRAWN],
    ) -> Result<Response, Rejected> {
        request.verify()?;
        let [b, nonces @ ..] = drawn;
        let answer = self.blind_mac(request, b);
        let x = &*self.x;
        let products = Zeroizing::new([*b * x.x1, *b * x.x2]);
        let [t1, t2] = &*products;
        let secrets = [&x.x0, &x.x1, &x.x2, &x.blinding, b, t1, t2];
        let mut witness = Zeroizing::new(Vec::with_capacity(secrets.len()));
        witness.extend(secrets.into_iter().zip(nonces).map(Known::of));
        let relation = statement::response(&Issue {
            key: &self.public,
            m1_enc: &request.m1_enc,
            m2_enc: &request.m2_enc,
            answer: &answer,
        });
        let proof = relation.prove(tags::arc::RESPONSE, &witness);
        witness.zeroize();
        Ok(Response { answer, proof })
    }

    fn blind_mac(&self, request: &Request, b: &Scalar) -> Answer {
        let PublicKey { x0, x1, x2, .. } = &self.public;
        let h_aux = P256::mul(&h().point, b);
        let mac = x0.point
            + P256::mul(&request.m1_enc.point, &self.x.x1)
            + P256::mul(&request.m2_enc.point, &self.x.x2);
        Answer {
            u: Element::from_point(P256::mul_base(b)),
            enc_u_prime: Element::from_point(P256::mul(&mac, b)),
            x0_aux: Element::from_point(P256::mul(&h_aux, &self.x.blinding)),
            x1_aux: Element::from_point(P256::mul(&x1.point, b)),
            x2_aux: Element::from_point(P256::mul(&x2.point, b)),
            h_aux: Element::from_point(h_aux),
        }
    }
}

//! The server's keys (section 4.1).

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;

use milagro_base::{DecodeError, Reader};
use rand_core::CryptoRng;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::arc::group::{
    ELEMENT, Element, SCALAR, Scalar, commit, draw_array, encode, g, h, read, read_scalar,
};
use crate::arc::terms::RequestContext;
use crate::modes::wire::hex;
use crate::suite::group::Group as _;
use crate::suite::nist::P256;
use crate::tags;

/// A server's secret key: it issues credentials, and checks their presentations.
///
/// It belongs to one [`RequestContext`]. A client proves nothing of the m₂ that it asks for, so a key of two
/// contexts would let whoever is issued a credential in one show it in the other.
pub struct SecretKey {
    pub(super) x: Box<Secrets>,
    pub(super) public: PublicKey,
}

/// x₀, x₁, x₂ and x0Blinding. On the heap, so that moving the key leaves no copy behind.
#[derive(Zeroize, ZeroizeOnDrop)]
pub(super) struct Secrets {
    pub(super) x0: Scalar,
    pub(super) x1: Scalar,
    pub(super) x2: Scalar,
    pub(super) blinding: Scalar,
}

impl SecretKey {
    /// Length in bytes.
    pub const LEN: usize = 4 * SCALAR;

    /// A fresh key for credentials of that context.
    pub fn generate<R: CryptoRng + ?Sized>(rng: &mut R, context: RequestContext) -> Self {
        let mut scalars = draw_array::<_, 4>(rng, tags::arc::KEY_DRAW, context.as_bytes());
        let [x0, x1, x2, blinding] = *scalars;
        let x = Box::new(Secrets {
            x0,
            x1,
            x2,
            blinding,
        });
        scalars.zeroize();
        Self::new(x, context)
    }

    /// Reads `x₀ ‖ x₁ ‖ x₂ ‖ x0Blinding`.
    ///
    /// # Errors
    /// [`DecodeError::Length`]; `ScalarOutOfRange` and `ZeroScalar` for scalars outside 1 to p - 1; `Identity` if
    /// X0 were the identity; `Value` as for public keys.
    pub fn from_bytes(bytes: &[u8], context: RequestContext) -> Result<Self, DecodeError> {
        if bytes.len() != Self::LEN {
            return Err(DecodeError::Length);
        }
        let mut reader = Reader::new(bytes);
        let x = Box::new(Secrets {
            x0: *read_scalar(&mut reader)?,
            x1: *read_scalar(&mut reader)?,
            x2: *read_scalar(&mut reader)?,
            blinding: *read_scalar(&mut reader)?,
        });
        if P256::is_identity(&commit(&x.x0, &x.blinding)) {
            return Err(DecodeError::Identity);
        }
        let key = Self::new(x, context);
        key.public.check()?;
        Ok(key)
    }

    /// Writes what [`Self::from_bytes`] reads, for safekeeping. The context is not in it.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let mut bytes = Zeroizing::new(Vec::with_capacity(Self::LEN));
        for scalar in [&self.x.x0, &self.x.x1, &self.x.x2, &self.x.blinding] {
            bytes.extend_from_slice(&*encode(scalar));
        }
        bytes
    }

    /// The public key that belongs to it.
    #[must_use]
    pub const fn public_key(&self) -> &PublicKey {
        &self.public
    }

    fn new(x: Box<Secrets>, context: RequestContext) -> Self {
        let public = PublicKey {
            x0: Element::from_point(commit(&x.x0, &x.blinding)),
            x1: Element::from_point(P256::mul(&h().point, &x.x1)),
            x2: Element::from_point(P256::mul(&h().point, &x.x2)),
            context,
        };
        Self { x, public }
    }
}

milagro_base::opaque_debug!(SecretKey);

impl ZeroizeOnDrop for SecretKey {}

/// A server's public key, with the context that its credentials are for.
///
/// # Security
/// A server that gives a client a key of its own recognises that client's presentations. Take the key from
/// where everyone takes it.
#[derive(Clone, Eq, PartialEq)]
pub struct PublicKey {
    /// X0 = x₀·G + x0Blinding·H
    pub(super) x0: Element,
    /// X1 = x₁·H
    pub(super) x1: Element,
    /// X2 = x₂·H
    pub(super) x2: Element,
    pub(super) context: RequestContext,
}

impl PublicKey {
    /// Length in bytes, `NserverPublicKey`.
    pub const LEN: usize = 3 * ELEMENT;

    /// Reads `X0 ‖ X1 ‖ X2`.
    ///
    /// # Errors
    /// [`DecodeError::Length`], and what is wrong with an element; `Value` if two of G, H, X0, X1 and X2 are one,
    /// with which nothing can be proven.
    pub fn from_bytes(bytes: &[u8], context: RequestContext) -> Result<Self, DecodeError> {
        if bytes.len() != Self::LEN {
            return Err(DecodeError::Length);
        }
        let mut reader = Reader::new(bytes);
        let key = Self {
            x0: read(&mut reader)?,
            x1: read(&mut reader)?,
            x2: read(&mut reader)?,
            context,
        };
        key.check()?;
        Ok(key)
    }

    /// Whether all points are different.
    fn check(&self) -> Result<(), DecodeError> {
        let points = [g(), h(), &self.x0, &self.x1, &self.x2].map(Element::as_slice);
        let twice = |place: usize| {
            points
                .iter()
                .take(place)
                .any(|one| points.get(place) == Some(one))
        };
        if (0..points.len()).any(twice) {
            return Err(DecodeError::Value);
        }
        Ok(())
    }

    /// Writes what [`Self::from_bytes`] reads. The context is not in it.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; Self::LEN] {
        let mut bytes = [0; Self::LEN];
        for (to, from) in bytes
            .chunks_exact_mut(ELEMENT)
            .zip([&self.x0, &self.x1, &self.x2])
        {
            to.copy_from_slice(from.as_slice());
        }
        bytes
    }

    /// What its credentials are for.
    #[must_use]
    pub const fn request_context(&self) -> &RequestContext {
        &self.context
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        hex(f, "PublicKey", &self.to_bytes())
    }
}

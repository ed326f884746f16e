//! M-Pin Full as Milagro has it: a key for client and server, on top of a login.

use core::fmt;

use milagro_curve::rand_core::CryptoRng;
use milagro_curve::{
    DecodeError, G1Point, G1Sum, G2Point, G2Prepared, Gt, Scalar, SecretG1, SecretGt,
    SecretResidue, SecretScalar,
    pairing::{Term, pairing, pairing_product, pairing_secret},
};
use sha2::{Digest as _, Sha256};
use zeroize::{ZeroizeOnDrop, Zeroizing};

use super::encoding::{self, G1_LEN, pad48};
use super::login::{point_message, response};
use super::{
    Base, CompatError, DevicePublicKey, LegacyChallenge, LegacyCommitted, LegacyIdentity,
    LegacyPin, LegacyToken, LoggedIn, MilagroLegacy, Response, Server,
};

/// Client to server, with V: R = r·A. 97 bytes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ClientKeyShare(G1Point);

/// Server to client, after a good login: W = w·B. 97 bytes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ServerKeyShare(G1Point);

/// The agreed key, 16 bytes. Wiped when dropped.
///
/// # Security
/// Milagro has no confirmation: until the peer has shown in some message that it has the key, nobody
/// knows that it has.
pub struct AgreedKey(Zeroizing<[u8; 16]>);

/// g1 = e(token, Q) and g2 = e(A, Q), with Pa for Q if the identity has one; computed once per token.
#[derive(Clone, Debug)]
pub struct LegacyKeyBase {
    g1: SecretGt,
    g2: Gt,
}

/// A client that has sent V and R and waits for W. Holds x and r, so it answers one W.
#[derive(Debug)]
pub struct Awaiting {
    x: SecretScalar,
    r: SecretScalar,
    transcript: Transcript,
}

/// What h hashes, but for W.
#[derive(Clone, Copy, Debug)]
struct Transcript {
    base: Base<MilagroLegacy>,
    u: G1Point,
    v: G1Point,
    y: Scalar,
    r: G1Point,
}

impl LegacyKeyBase {
    /// Precomputes the pairings of a token.
    #[must_use]
    pub fn new(token: &LegacyToken, identity: &LegacyIdentity<MilagroLegacy>) -> Self {
        let own = identity.device_key().map(DevicePublicKey::prepared);
        let q = own.unwrap_or_else(|| G2Prepared::from(&G2Point::generator()));
        Self {
            g1: pairing_secret(&token.0, &q),
            g2: pairing(identity.point(), &q),
        }
    }
}

impl LegacyCommitted<MilagroLegacy> {
    /// V = -(x + y)·S_B and R = r·A.
    ///
    /// # Errors
    /// [`CompatError::Degenerate`] in the one case in 2^255 where x + y = 0.
    pub fn respond_for_key<R: CryptoRng + ?Sized>(
        self,
        rng: &mut R,
        y: &LegacyChallenge,
    ) -> Result<(Response, ClientKeyShare, Awaiting), CompatError> {
        let v = response(&self.x, &y.0, &self.secret)?;
        let r = SecretScalar::random(rng);
        let point = self.base.identity.point() * &r;
        let transcript = Transcript {
            base: self.base,
            u: self.u,
            v: v.0,
            y: y.0,
            r: point,
        };
        let awaiting = Awaiting {
            x: self.x,
            r,
            transcript,
        };
        Ok((v, ClientKeyShare(point), awaiting))
    }
}

impl Awaiting {
    /// k = (g1·g2^PIN)^(r + h), D = x·W.
    #[must_use]
    pub fn finish(self, keys: &LegacyKeyBase, pin: &LegacyPin, w: &ServerKeyShare) -> AgreedKey {
        let h = self.transcript.h(&w.0);
        let alpha = SecretResidue::from(u64::from(pin.value()));
        let exponent = self.r.to_residue().add_public(&h);
        let k = keys.g1.mul(&keys.g2.pow(&alpha)).pow(&exponent);
        AgreedKey::new(&k, &w.0.mul_secret(&self.x))
    }
}

impl LoggedIn<MilagroLegacy> {
    /// W = w·B, k = e(R + h·A, s·Q), D = w·U. Nothing that depends on a key leaves a server before the
    /// login was good: this takes the proof of it.
    ///
    /// # Errors
    /// [`CompatError::Degenerate`] if R + h·A is the identity, which nobody can bring about.
    pub fn agree<R: CryptoRng + ?Sized>(
        self,
        rng: &mut R,
        server: &Server,
        r: &ClientKeyShare,
    ) -> Result<(ServerKeyShare, AgreedKey), CompatError> {
        let w = SecretScalar::random(rng);
        let point = &self.base.b * &w;
        let transcript = Transcript {
            base: self.base,
            u: self.u,
            v: self.v,
            y: self.y,
            r: r.0,
        };
        let h = transcript.h(&point);
        let sum = G1Sum::from(r.0) + self.base.identity.point() * &h;
        if sum.is_identity() {
            return Err(CompatError::Degenerate);
        }
        let k = SecretGt::from(pairing_product(Term::new(sum, &server.s_q), &[]));
        let key = AgreedKey::new(&k, &self.u.mul_secret(&w));
        Ok((ServerKeyShare(point), key))
    }
}

impl Transcript {
    /// h = pad48(SHA-256(HCID || U || V || y || R || W)), where U is x·(A + A_d) with a permit. Milagro
    /// does not reduce it; only multiplying does.
    fn h(&self, w: &G1Point) -> Scalar {
        let hash = Sha256::new()
            .chain_update(self.base.identity.hcid())
            .chain_update(encoding::g1_to_bytes(&self.u))
            .chain_update(encoding::g1_to_bytes(&self.v))
            .chain_update(encoding::scalar_to_bytes(&self.y))
            .chain_update(encoding::g1_to_bytes(&self.r))
            .chain_update(encoding::g1_to_bytes(w))
            .finalize();
        Scalar::from_wide_bytes(&pad48(&hash.into()))
    }
}

impl AgreedKey {
    /// SHA-256(tr(k) || D.x || D.y), the first 16 bytes.
    fn new(k: &SecretGt, d: &SecretG1) -> Self {
        let mut hash: [u8; 32] = Sha256::new()
            .chain_update(k.trace_bytes().as_slice())
            .chain_update(d.to_uncompressed().as_slice())
            .finalize()
            .into();
        let mut key = Zeroizing::new([0; 16]);
        key.iter_mut().zip(hash).for_each(|(to, from)| *to = from);
        zeroize::Zeroize::zeroize(&mut hash);
        Self(key)
    }

    /// The 16 bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Debug for AgreedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AgreedKey").finish_non_exhaustive()
    }
}
impl ZeroizeOnDrop for AgreedKey {}

point_message!(ClientKeyShare, ServerKeyShare);

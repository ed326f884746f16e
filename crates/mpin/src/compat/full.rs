//! M-Pin Full as Milagro has it: a key for client and server, on top of a login.

use milagro_curve::rand_core::CryptoRng;
use milagro_curve::{
    G1Point, G1Sum, G2Point, G2Prepared, Gt, Scalar, SecretG1, SecretGt, SecretResidue,
    SecretScalar, Transcript,
    pairing::{Term, pairing, pairing_product, pairing_secret},
};
use sha2::{Digest as _, Sha256};
use zeroize::{ZeroizeOnDrop, Zeroizing};

use crate::compat::check::LoggedIn;
use crate::compat::client::{LegacyCommitted, response};
use crate::compat::device_key::DevicePublicKey;
use crate::compat::encoding::{self, pad48};
use crate::compat::error::CompatError;
use crate::compat::identity::{Base, LegacyIdentity, MilagroLegacy};
use crate::compat::keys::{LegacyPin, LegacyToken};
use crate::compat::messages::{ClientKeyShare, LegacyChallenge, Response, ServerKeyShare};
use crate::compat::server::{Proof, Server};
use crate::proof::tags;

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
    said: Said,
}

/// A client's answer to y that asks for a key.
#[derive(Debug)]
#[must_use = "the server waits for V and R"]
pub struct KeyRequest {
    /// For the server.
    pub v: Response,
    /// For the server, beside V.
    pub r: ClientKeyShare,
    /// For the server's W.
    pub state: Awaiting,
}

/// A server's answer, and its key.
#[derive(Debug)]
#[must_use = "the client waits for W"]
pub struct KeyAnswer {
    /// For the client.
    pub w: ServerKeyShare,
    /// The key.
    pub key: AgreedKey,
}

/// What h hashes, but for W.
#[derive(Clone, Copy, Debug)]
struct Said {
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
    /// V = -(x + y)·S_B and R = r·A, r hedged over x, the secret, U, y and V.
    ///
    /// # Errors
    /// [`CompatError::Degenerate`] in the one case in 2^255 where x + y = 0.
    pub fn respond_for_key<R: CryptoRng + ?Sized>(
        self,
        rng: &mut R,
        y: &LegacyChallenge,
    ) -> Result<KeyRequest, CompatError> {
        let v = response(&self.x, &y.0, &self.secret)?;
        let mut hedge = Transcript::new(tags::COMPAT_NONCE);
        hedge.append("for", b"r");
        hedge.append("x", &*self.x.to_bytes());
        hedge.append("S_B", &*self.secret.to_bytes());
        hedge.append("U", &self.u.to_bytes());
        hedge.append("y", &y.0.to_bytes());
        hedge.append("V", &v.0.to_bytes());
        let r = SecretScalar::hedged(rng, hedge);
        Ok(self.with_key_share(r, y, v))
    }

    pub(super) fn respond_for_key_with(
        self,
        r: SecretScalar,
        y: &LegacyChallenge,
    ) -> Result<KeyRequest, CompatError> {
        let v = response(&self.x, &y.0, &self.secret)?;
        Ok(self.with_key_share(r, y, v))
    }

    fn with_key_share(self, r: SecretScalar, y: &LegacyChallenge, v: Response) -> KeyRequest {
        let point = self.base.identity.point() * &r;
        let said = Said {
            base: self.base,
            u: self.u,
            v: v.0,
            y: y.0,
            r: point,
        };
        KeyRequest {
            v,
            r: ClientKeyShare(point),
            state: Awaiting { x: self.x, r, said },
        }
    }
}

impl Awaiting {
    /// k = (g1·g2^PIN)^(r + h), D = x·W.
    #[must_use]
    pub fn finish(self, keys: &LegacyKeyBase, pin: &LegacyPin, w: &ServerKeyShare) -> AgreedKey {
        let h = self.said.h(&w.0);
        let alpha = SecretResidue::from(u64::from(pin.value()));
        let exponent = self.r.to_residue().add_public(&h);
        let k = keys.g1.mul(&keys.g2.pow(&alpha)).pow(&exponent);
        AgreedKey::new(&k, &w.0.mul_secret(&self.x))
    }
}

impl LoggedIn<MilagroLegacy> {
    /// W = w·B, k = e(R + h·A, s·Q), D = w·U; w hedged over the server's key, U, y, V and R. Nothing that depends on
    /// a key leaves a server before the login was good: this takes the proof of it.
    ///
    /// # Security
    /// Nobody proves that R is a multiple of A that its sender knows: a thief of a token who logs in as himself
    /// confirms guesses of its PIN by the key that comes of R = A of its owner. So the key of Full is no reason to
    /// trust a client more than its login.
    ///
    /// # Errors
    /// [`CompatError::Degenerate`] if R + h·A is the identity, which nobody can bring about.
    pub fn agree<R: CryptoRng + ?Sized>(
        self,
        rng: &mut R,
        server: &Server,
        r: &ClientKeyShare,
    ) -> Result<KeyAnswer, CompatError> {
        let Proof { u, y, v, .. } = self.0;
        let mut hedge = Transcript::new(tags::COMPAT_NONCE);
        hedge.append("for", b"w");
        hedge.append("server", &*server.key);
        hedge.append("U", &u.to_bytes());
        hedge.append("y", &y.to_bytes());
        hedge.append("V", &v.to_bytes());
        hedge.append("R", &r.0.to_bytes());
        self.agree_with(SecretScalar::hedged(rng, hedge), server, r)
    }

    #[expect(clippy::needless_pass_by_value, reason = "w is spent")]
    pub(super) fn agree_with(
        self,
        w: SecretScalar,
        server: &Server,
        r: &ClientKeyShare,
    ) -> Result<KeyAnswer, CompatError> {
        let Proof { base, u, y, v } = self.0;
        let point = &base.b * &w;
        let said = Said {
            base,
            u,
            v,
            y,
            r: r.0,
        };
        let h = said.h(&point);
        let sum = G1Sum::from(r.0) + base.identity.point() * &h;
        if sum.is_identity() {
            return Err(CompatError::Degenerate);
        }
        let k = SecretGt::from(pairing_product(Term::new(sum, &server.s_q), &[]));
        Ok(KeyAnswer {
            w: ServerKeyShare(point),
            key: AgreedKey::new(&k, &u.mul_secret(&w)),
        })
    }
}

impl Said {
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

milagro_base::opaque_debug!(AgreedKey);
impl ZeroizeOnDrop for AgreedKey {}

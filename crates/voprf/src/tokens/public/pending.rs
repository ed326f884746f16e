//! Tokens that were asked for and are not there yet.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;

use milagro_base::{DecodeError, Reader};
use milagro_curve::{G1Point, SecretScalar};
use rand_core::CryptoRng;
use zeroize::{ZeroizeOnDrop, Zeroizing};

use crate::modes::bounds::MAX_BATCH;
use crate::tags;
use crate::tokens::plan::KeyId;
use crate::tokens::public::epoch::EpochKey;
use crate::tokens::public::equation::{Claim, all_hold, weights};
use crate::tokens::public::message::{Request, Response};
use crate::tokens::public::name::{Form, Origin};
use crate::tokens::public::series::Series;
use crate::tokens::public::token::Token;
use crate::tokens::timetable::Epoch;

/// One input under its blind.
pub(super) struct Blind {
    origin: Origin,
    /// Where it stays when this is moved: a move leaves the bytes behind.
    r: Box<SecretScalar>,
    blinded: G1Point,
}

impl Blind {
    pub(super) fn new(origin: Origin, r: SecretScalar, key_id: &KeyId) -> Self {
        let blinded = hide(&origin.name.point(key_id), &r);
        Self {
            origin,
            r: Box::new(r),
            blinded,
        }
    }

    fn finish(self, key: &EpochKey, evaluated: &G1Point) -> Token {
        let Self { origin, r, .. } = self;
        Token::new(*key.id(), key.epoch(), origin, show(evaluated, &r))
    }
}

/// C = r·H
pub(super) fn hide(input: &G1Point, r: &SecretScalar) -> G1Point {
    input * r
}

/// N = r⁻¹·D
pub(super) fn show(evaluated: &G1Point, r: &SecretScalar) -> milagro_curve::SecretG1 {
    evaluated.mul_secret(&r.invert())
}

/// Tokens that wait for the issuer's answer. It holds seeds and blinds, so it gives tokens once only:
///
/// ```compile_fail,E0382
/// # use milagro_voprf::rand_core::CryptoRng;
/// # use milagro_voprf::tokens::public::{Pending, Response};
/// # fn demo(rng: &mut dyn CryptoRng, pending: Pending, response: &Response) {
/// let tokens = pending.finish(rng, response);
/// let again = pending.finish(rng, response); // moved: one answer makes one batch
/// # }
/// ```
///
/// Bytes, version 1: `01 ‖ form (1) ‖ epoch (8) ‖ key id (32) ‖ n (4)`, then for each `nonce or seed (32) ‖
/// commitment or verification key (32) ‖ r (32)`.
///
/// # Security
/// The bytes are as good as the tokens once the issuer has answered, and link them to their issue for ever:
/// encrypt them at rest, and wipe them when the tokens are there.
pub struct Pending {
    key: EpochKey,
    form: Form,
    items: Vec<Blind>,
}

impl Pending {
    const VERSION: u8 = 1;
    const HEAD: usize = 14 + KeyId::LEN;
    const ITEM: usize = Origin::LEN + SecretScalar::LEN;

    pub(super) const fn new(key: EpochKey, form: Form, items: Vec<Blind>) -> Self {
        Self { key, form, items }
    }

    /// The request to send, the same each time.
    #[must_use]
    pub fn request(&self) -> Request {
        Request {
            epoch: self.key.epoch(),
            key_id: *self.key.id(),
            blinded: self.items.iter().map(|item| item.blinded).collect(),
        }
    }

    /// How many tokens it asks for.
    #[must_use]
    pub fn count(&self) -> usize {
        self.items.len()
    }

    /// Checks the answer by the public key, e(Σ wᵢ·Dᵢ, V) = e(Σ wᵢ·Cᵢ, Q), and unblinds it.
    ///
    /// # Errors
    /// [`Unfinished`], with what still waits: the answer is not that of the key, or of another length.
    pub fn finish<R: CryptoRng + ?Sized>(
        self,
        rng: &mut R,
        response: &Response,
    ) -> Result<Vec<Token>, Unfinished> {
        if response.evaluated.len() != self.items.len() {
            return Err(Unfinished(self));
        }
        let pairs = self.items.iter().zip(&response.evaluated);
        let claims: Vec<_> = pairs
            .map(|(item, n)| Claim {
                n: *n,
                h: item.blinded,
                key: self.key.key(),
            })
            .collect();
        let weights = weights(rng, tags::PUBLIC_ANSWER_WEIGHTS, &claims);
        if !all_hold(&claims, &weights, self.key.generator()) {
            return Err(Unfinished(self));
        }
        let mut tokens = Vec::with_capacity(self.items.len());
        for (item, evaluated) in self.items.into_iter().zip(&response.evaluated) {
            tokens.push(item.finish(&self.key, evaluated));
        }
        Ok(tokens)
    }

    /// Encodes it, for a place that keeps secrets.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let room = self.items.len().saturating_mul(Self::ITEM);
        let mut out = Zeroizing::new(Vec::with_capacity(room.saturating_add(Self::HEAD)));
        out.extend_from_slice(&[Self::VERSION, self.form.to_byte()]);
        out.extend_from_slice(&self.key.epoch().number().to_be_bytes());
        out.extend_from_slice(self.key.id().as_bytes());
        // At most 16,384.
        let count = u32::try_from(self.items.len()).unwrap_or(u32::MAX);
        out.extend_from_slice(&count.to_be_bytes());
        for item in &self.items {
            item.origin.write(&mut out);
            out.extend_from_slice(&*item.r.to_bytes());
        }
        out
    }

    /// Reads what waits for an answer under a key of this series.
    ///
    /// # Errors
    /// [`DecodeError::Version`], [`DecodeError::Length`]; `Value` for another form, a key of another series, a
    /// verification key of another seed, or a number of tokens that no batch has;
    /// [`DecodeError::ScalarOutOfRange`], [`DecodeError::ZeroScalar`] for what is no blind.
    pub fn from_bytes(bytes: &[u8], series: &Series) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        reader.version(Self::VERSION)?;
        let form = Form::read(&mut reader)?;
        let epoch = Epoch::new(reader.u64()?);
        let id = KeyId::from_bytes(reader.array()?);
        let count = usize::try_from(reader.u32()?).map_err(|_| DecodeError::Value)?;
        if count == 0 || count > MAX_BATCH {
            return Err(DecodeError::Value);
        }
        if count.checked_mul(Self::ITEM) != Some(reader.remaining()) {
            return Err(DecodeError::Length);
        }
        if series.key_id(epoch)? != id {
            return Err(DecodeError::Value);
        }
        let key = EpochKey::of(series, epoch).map_err(|_| DecodeError::Value)?;
        let mut items = Vec::with_capacity(count);
        for _ in 0..count {
            let origin = Origin::read(&mut reader, form)?;
            let r = SecretScalar::from_bytes(reader.array()?)?;
            items.push(Blind::new(origin, r, &id));
        }
        reader.finish()?;
        Ok(Self::new(key, form, items))
    }
}

milagro_base::opaque_debug!(Pending, Blind);

impl ZeroizeOnDrop for Pending {}

/// The answer is not that of the key to the request: what still waits for one.
#[derive(Debug)]
pub struct Unfinished(
    /// To ask again with.
    pub Pending,
);

impl fmt::Display for Unfinished {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the answer is not that of the key")
    }
}

impl core::error::Error for Unfinished {}

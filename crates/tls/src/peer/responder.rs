//! The end that is called.

use core::fmt;

use milagro_base::Seconds;
use milagro_base::Writer;
use milagro_curve::rand_core::CryptoRng;
use milagro_curve::{G1Point, G2Point, G2Prepared, SecretScalar, Transcript};
use milagro_mpin::names::EpochPolicy;
use zeroize::{ZeroizeOnDrop, Zeroizing};

use super::spec::{self, Points};
use crate::exchange::{Flight, Handshake};
use crate::verifier::Admission;
use crate::{
    Agreement, Authorize, ExchangeError, Identity, Prologue, Refusal, ResponderKey, Session, Side,
};

/// One identity, ready to answer calls: its key, prepared for pairings (20 kB), and who is welcome. Wiped
/// when dropped.
///
/// A key of another usage is none:
///
/// ```compile_fail,E0308
/// use milagro_tls::*;
/// fn open(key: &ResponderKey<Psk>) -> PeerResponder {
///     PeerResponder::new(key, EpochPolicy::DAILY, Anyone)
/// }
/// ```
pub struct PeerResponder {
    identity: Identity,
    base: G2Point,
    d2: G2Prepared,
    hedge: Zeroizing<[u8; 96]>,
    admission: Admission,
}

/// The responder, waiting for the initiator's confirmation. No key leaves it before. Wiped when dropped.
///
/// ```compile_fail,E0599
/// fn early(waiting: &milagro_tls::AwaitConfirmation) {
///     let _ = waiting.sending(); // only a `Session` has keys
/// }
/// ```
///
/// ```compile_fail,E0382
/// fn again(waiting: milagro_tls::AwaitConfirmation, flight: &[u8]) {
///     if waiting.finish(flight).is_err() {
///         let _ = waiting.finish(flight); // moved: nothing follows an error
///     }
/// }
/// ```
#[cfg_attr(test, derive(Clone))]
pub struct AwaitConfirmation {
    caller: Identity,
    handshake: Handshake,
}

impl PeerResponder {
    /// Takes a key, which epochs of others count, and who may call.
    #[must_use]
    pub fn new(
        key: &ResponderKey<Agreement>,
        epochs: EpochPolicy,
        authorize: impl Authorize + 'static,
    ) -> Self {
        let identity = key.identity().clone();
        let domain = identity.principal().domain();
        Self {
            base: spec::second(&identity),
            d2: G2Prepared::from(key.secret()),
            hedge: key.secret().to_bytes(),
            admission: Admission::new(domain, epochs, Box::new(authorize)),
            identity,
        }
    }

    /// As whom it answers.
    #[must_use]
    pub const fn identity(&self) -> &Identity {
        &self.identity
    }

    /// Answers a call at the time `now`, in seconds since 1970. Returns the second flight; the own identity
    /// is in clear in it.
    ///
    /// # Security
    /// The caller has proven nothing yet: until the last flight is here, this is work done for a stranger
    /// under a name that is welcome. Limit how many calls are answered at a time.
    ///
    /// # Errors
    /// [`ExchangeError`]: not a call; a caller who is not welcome, before anything is computed; a point that
    /// is none, before any pairing.
    pub fn answer<R: CryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        call: &[u8],
        prologue: &Prologue,
        now: Seconds,
    ) -> Result<(AwaitConfirmation, Vec<u8>), ExchangeError> {
        let mut body = Flight::Call.open(call)?;
        let caller = Identity::from_bytes(body.string()?)?;
        let pa = body.array()?;
        body.finish()?;
        if caller.principal() == self.identity.principal() {
            return Err(Refusal::Reflected.into());
        }
        self.admission.check(&caller, Side::Client, now)?;
        let pa = G1Point::from_bytes(pa)?;
        let mut hedge = spec::hedge(&*self.hedge, &self.identity, prologue);
        hedge.append("call", call);
        let [w, y] = scalars(rng, &hedge);
        let a = spec::first(&caller);
        let points = Points {
            pa,
            pg: &a * &w,
            pb: &self.base * &y,
        };
        let said = spec::said(prologue, (&caller, &self.identity), &points);
        let pi = spec::challenges(&said);
        let k = spec::responder_key(&self.d2, &y, &a, &pa, pi)?;
        let d = pa.mul_secret(&w);
        let handshake = said.shared(Side::Server, &spec::shared(&k, &d));
        let body = Writer::new()
            .string(&self.identity.to_bytes())
            .bytes(&points.pg.to_bytes())
            .bytes(&points.pb.to_bytes())
            .bytes(&*handshake.confirmation());
        let state = AwaitConfirmation { caller, handshake };
        Ok((state, Flight::Answer.seal(body)))
    }
}

/// w and y.
fn scalars<R: CryptoRng + ?Sized>(rng: &mut R, hedge: &Transcript) -> [SecretScalar; 2] {
    ["w", "y"].map(|letter| {
        let mut hedge = hedge.clone();
        hedge.append("scalar", letter.as_bytes());
        SecretScalar::hedged(rng, hedge)
    })
}

impl AwaitConfirmation {
    /// Who says that it calls. Nothing is proven.
    #[must_use]
    pub const fn claimed_identity(&self) -> &Identity {
        &self.caller
    }

    /// Reads the initiator's confirmation. The initiator is then known.
    ///
    /// # Errors
    /// [`ExchangeError`]: not a confirmation; unconfirmed.
    pub fn finish(self, confirmation: &[u8]) -> Result<Session, ExchangeError> {
        let mut body = Flight::Confirmation.open(confirmation)?;
        let confirmation = body.array()?;
        body.finish()?;
        Ok(self.handshake.confirm(confirmation, self.caller)?)
    }
}

impl fmt::Debug for PeerResponder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PeerResponder").finish_non_exhaustive()
    }
}

impl fmt::Debug for AwaitConfirmation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AwaitConfirmation").finish_non_exhaustive()
    }
}

impl ZeroizeOnDrop for PeerResponder {}
impl ZeroizeOnDrop for AwaitConfirmation {}

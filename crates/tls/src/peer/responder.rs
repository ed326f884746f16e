//! The end that is called.

use milagro_base::{Seconds, Writer};
use milagro_curve::rand_core::CryptoRng;
use milagro_curve::{G1Point, G2Point, G2Prepared, SecretScalar, Transcript};
use milagro_dta::Agreement;
use milagro_mpin::names::EpochPolicy;
use zeroize::{ZeroizeOnDrop, Zeroizing};

use crate::admission::{Admission, Authorize, Refusal, Refused, Side};
use crate::exchange::{ExchangeError, Flight, Handshake, Prologue, Session, Unconfirmed};
use crate::keys::{KeyError, ResponderKey};
use crate::names::{Identity, Principal};
use crate::own_keys::OwnKeys;
use crate::peer::spec::{self, Points};
use crate::renewal::Step;

/// One principal, ready to answer calls: its key, prepared for pairings (20 kB), for each epoch that it has one
/// for, and who is welcome. For all threads at once. Wiped when dropped.
///
/// A key of another usage is refused by the compiler:
///
/// ```compile_fail,E0308
/// use milagro_tls::EpochPolicy;
/// use milagro_tls::admission::Anyone;
/// use milagro_tls::keys::{Psk, ResponderKey};
/// use milagro_tls::peer::PeerResponder;
/// fn open(key: &ResponderKey<Psk>) -> PeerResponder {
///     PeerResponder::new(key, EpochPolicy::DAILY, Anyone)
/// }
/// ```
pub struct PeerResponder {
    keys: OwnKeys<Ready>,
    admission: Admission,
}

/// The key of one epoch, prepared.
struct Ready {
    identity: Identity,
    base: G2Point,
    d2: G2Prepared,
    hedge: Zeroizing<[u8; 96]>,
}

impl Ready {
    fn new(key: &ResponderKey<Agreement>) -> Self {
        Self {
            base: spec::second(key.identity()),
            d2: G2Prepared::from(key.secret()),
            hedge: key.secret().to_bytes(),
            identity: key.identity().clone(),
        }
    }
}

/// The responder, waiting for the initiator's confirmation. No key leaves it before. Wiped when dropped.
///
/// ```compile_fail,E0599
/// fn early(waiting: &milagro_tls::peer::AwaitConfirmation) {
///     let _ = waiting.sending(); // only a `Session` has keys
/// }
/// ```
///
/// ```compile_fail,E0382
/// fn again(waiting: milagro_tls::peer::AwaitConfirmation, flight: &[u8], now: milagro_tls::Seconds) {
///     if waiting.finish(flight, now).is_err() {
///         let _ = waiting.finish(flight, now); // moved: nothing follows an error
///     }
/// }
/// ```
#[cfg_attr(test, derive(Clone))]
pub struct AwaitConfirmation {
    caller: Identity,
    handshake: Handshake,
    admission: Admission,
}

impl PeerResponder {
    /// Takes a key, which epochs of others count, and who may call.
    #[must_use]
    pub fn new(
        key: &ResponderKey<Agreement>,
        epochs: EpochPolicy,
        authorize: impl Authorize + 'static,
    ) -> Self {
        let domain = key.identity().principal().domain();
        Self {
            admission: Admission::new(domain, epochs, authorize),
            keys: OwnKeys::new(key.identity(), Ready::new(key), epochs),
        }
    }

    /// Calls `hook` with every caller that is refused by name, at either step.
    #[must_use]
    pub fn on_refusal(mut self, hook: impl Fn(&Refused<'_>) + Send + Sync + 'static) -> Self {
        self.admission.set_hook(hook);
        self
    }

    /// Adds the key of another epoch, ahead of time, and wipes those that are over beyond doubt: by two epochs for
    /// this clock, and by eight for a later key.
    ///
    /// # Errors
    /// [`KeyError::Principal`] for the key of another principal, [`KeyError::Full`].
    pub fn install(&self, key: &ResponderKey<Agreement>, now: Seconds) -> Result<(), KeyError> {
        self.keys.install(key.identity(), || Ready::new(key), now)
    }

    /// What to do about the next key, if the authorities may be away for `outage`.
    #[must_use]
    pub fn renewal(&self, outage: Seconds, now: Seconds) -> Step {
        self.keys.renewal(outage, now)
    }

    /// As whom it answers.
    #[must_use]
    pub const fn principal(&self) -> &Principal {
        self.keys.principal()
    }

    /// The identity whose key it uses at this time: of the epoch of the time, else the last one before it, else the
    /// first one after it, while that counts.
    #[must_use]
    pub fn identity(&self, now: Seconds) -> Option<Identity> {
        let (_, key) = self.keys.current(now)?;
        Some(key.identity.clone())
    }

    /// Answers a call at the time `now`. Returns the second flight; the own identity is in clear in it.
    ///
    /// # Security
    /// The caller has proven nothing yet: until the last flight is here, this is work done for a stranger
    /// under a name that is welcome, and a stranger who gets an answer knows that the name is. Limit how many
    /// calls are answered at a time.
    ///
    /// # Errors
    /// [`ExchangeError`]: not a call; a caller who is not welcome, before anything is computed or decoded; not a
    /// point, before any pairing; no own key that counts.
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
        if caller.principal() == self.principal() {
            let refusal = Refusal::Reflected;
            return Err(self
                .admission
                .refused(&caller, Side::Client, refusal)
                .into());
        }
        self.admission.check(&caller, Side::Client, now)?;
        let (_, key) = self.keys.current(now).ok_or(ExchangeError::NoKey)?;
        let pa = G1Point::from_bytes(pa)?;
        let mut hedge = spec::hedge(&*key.hedge, &key.identity, prologue);
        hedge.append("call", call);
        let [w, y] = scalars(rng, &hedge);
        let a = spec::first(&caller);
        let points = Points {
            pa,
            pg: &a * &w,
            pb: &key.base * &y,
        };
        let said = spec::said(prologue, (&caller, &key.identity), &points);
        let pi = spec::challenges(&said);
        let k = spec::responder_key(&key.d2, &y, &a, &pa, pi)?;
        let d = pa.mul_secret(&w);
        let handshake = said.shared(Side::Server, &spec::shared(&k, &d));
        let body = Writer::new()
            .string(&key.identity.to_bytes())
            .bytes(&points.pg.to_bytes())
            .bytes(&points.pb.to_bytes())
            .bytes(&*handshake.confirmation());
        let state = AwaitConfirmation {
            caller,
            handshake,
            admission: self.admission.clone(),
        };
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

    /// Reads the initiator's confirmation at the time `now`, when the initiator must still be welcome. It is then
    /// known.
    ///
    /// # Errors
    /// [`ExchangeError`]: not a confirmation; no longer welcome; unconfirmed.
    pub fn finish(self, confirmation: &[u8], now: Seconds) -> Result<Session, ExchangeError> {
        let Self {
            caller,
            handshake,
            admission,
        } = self;
        let mut body = Flight::Confirmation.open(confirmation)?;
        let confirmation = body.array()?;
        body.finish()?;
        admission.check(&caller, Side::Client, now)?;
        handshake
            .confirm(confirmation, caller.clone())
            .map_err(|Unconfirmed| {
                let _ = admission.refused(&caller, Side::Client, Refusal::Unconfirmed);
                ExchangeError::Unconfirmed
            })
    }
}

milagro_base::opaque_debug!(PeerResponder, AwaitConfirmation);

impl ZeroizeOnDrop for PeerResponder {}
impl ZeroizeOnDrop for AwaitConfirmation {}

//! The end that opens the exchange.

use alloc::sync::Arc;
use milagro_base::{DecodeError, Reader, Seconds, Writer};
use milagro_curve::rand_core::CryptoRng;
use milagro_curve::{
    G1Point, G2Point, SecretScalar,
    table::{G1Table, SecretG1Table},
};
use milagro_dta::Agreement;
use milagro_mpin::names::{Epoch, EpochPolicy};
use zeroize::{ZeroizeOnDrop, Zeroizing};

use crate::admission::{Admission, Anyone, Refusal, Side};
use crate::exchange::{ExchangeError, Flight, Prologue, Session};
use crate::keys::{IdentityKey, KeyError};
use crate::names::{Identity, Principal};
use crate::own_keys::OwnKeys;
use crate::peer::spec::{self, Points};
use crate::renewal::Step;

/// One principal, ready to open exchanges: its key with tables of 160 kB, for each epoch that it has one for.
/// For all threads at once. Wiped when dropped.
///
/// A key of another usage is refused by the compiler:
///
/// ```compile_fail,E0308
/// use milagro_tls::EpochPolicy;
/// use milagro_tls::keys::{IdentityKey, Psk};
/// use milagro_tls::peer::PeerInitiator;
/// fn open(key: &IdentityKey<Psk>) -> PeerInitiator {
///     PeerInitiator::new(key, EpochPolicy::DAILY)
/// }
/// ```
pub struct PeerInitiator {
    keys: OwnKeys<Ready>,
    admission: Admission,
}

/// The key of one epoch, with its tables.
struct Ready {
    identity: Identity,
    base: G1Table,
    d1: SecretG1Table,
    hedge: Zeroizing<[u8; 48]>,
}

impl Ready {
    fn new(key: &IdentityKey<Agreement>) -> Self {
        Self {
            base: G1Table::new(&spec::first(key.identity())),
            d1: SecretG1Table::new(key.secret()),
            hedge: key.secret().to_bytes(),
            identity: key.identity().clone(),
        }
    }
}

/// The initiator, waiting for the responder's answer. Holds x, so it goes on once. Wiped when dropped.
///
/// It has no keys yet, and a step moves it:
///
/// ```compile_fail,E0599
/// fn early(waiting: &milagro_tls::peer::AwaitAnswer<'_>) {
///     let _ = waiting.sending(); // only a `Session` has keys
/// }
/// ```
///
/// ```compile_fail,E0382
/// fn again(waiting: milagro_tls::peer::AwaitAnswer<'_>, answer: &[u8], now: milagro_tls::Seconds) {
///     if waiting.finish(answer, now).is_err() {
///         let _ = waiting.finish(answer, now); // moved: nothing follows an error
///     }
/// }
/// ```
#[cfg_attr(test, derive(Clone))]
pub struct AwaitAnswer<'a> {
    own: &'a PeerInitiator,
    key: Arc<Ready>,
    expected: Principal,
    prologue: Prologue,
    x: SecretScalar,
    pa: G1Point,
}

impl PeerInitiator {
    /// Takes a key, and which epochs of others count.
    #[must_use]
    pub fn new(key: &IdentityKey<Agreement>, epochs: EpochPolicy) -> Self {
        Self {
            // Who calls somebody by name has authorized him.
            admission: Admission::new(key.identity().principal().domain(), epochs, Anyone),
            keys: OwnKeys::new(key.identity(), Ready::new(key), epochs),
        }
    }

    /// Adds the key of another epoch, ahead of time, and wipes those that are over beyond doubt: by two epochs for
    /// this clock, and by eight for a later key.
    ///
    /// # Errors
    /// [`KeyError::Principal`] for the key of another principal, [`KeyError::Full`].
    pub fn install(&self, key: &IdentityKey<Agreement>, now: Seconds) -> Result<(), KeyError> {
        self.keys.install(key.identity(), || Ready::new(key), now)
    }

    /// What to do about the next key, if the authorities may be away for `outage`.
    #[must_use]
    pub fn renewal(&self, outage: Seconds, now: Seconds) -> Step {
        self.keys.renewal(outage, now)
    }

    /// As whom it opens exchanges.
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

    /// Calls `peer` at the time `now`, over a channel that may be anybody's: returns the first flight. The own
    /// identity is in clear in it.
    ///
    /// # Errors
    /// [`ExchangeError::Refused`] for the own name, a name of another trust domain, and a role that answers
    /// no calls; [`ExchangeError::NoKey`].
    pub fn call<R: CryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        peer: Principal,
        prologue: &Prologue,
        now: Seconds,
    ) -> Result<(AwaitAnswer<'_>, Vec<u8>), ExchangeError> {
        if peer == *self.principal() {
            return Err(Refusal::Reflected.into());
        }
        self.admission.check_principal(&peer, Side::Server)?;
        let (_, key) = self.keys.current(now).ok_or(ExchangeError::NoKey)?;
        let mut hedge = spec::hedge(&*key.hedge, &key.identity, prologue);
        // A principal is written as an identity of epoch 0.
        hedge.append("peer", &peer.at(Epoch(0)).to_bytes());
        let x = SecretScalar::hedged(rng, hedge);
        let pa = key.base.mul(&x);
        let body = Writer::new()
            .string(&key.identity.to_bytes())
            .bytes(&pa.to_bytes());
        let state = AwaitAnswer {
            own: self,
            key,
            expected: peer,
            prologue: prologue.clone(),
            x,
            pa,
        };
        Ok((state, Flight::Call.seal(body)))
    }
}

/// The second flight. Its points are looked at once the identity may be there.
struct Answer<'a> {
    identity: Identity,
    pg: &'a [u8; G1Point::LEN],
    pb: &'a [u8; G2Point::LEN],
    confirmation: &'a [u8; 32],
}

impl<'a> Answer<'a> {
    fn read(mut body: Reader<'a>) -> Result<Self, DecodeError> {
        let identity = Identity::from_bytes(body.string()?)?;
        let pg = body.array()?;
        let pb = body.array()?;
        let confirmation = body.array()?;
        body.finish()?;
        Ok(Self {
            identity,
            pg,
            pb,
            confirmation,
        })
    }
}

impl AwaitAnswer<'_> {
    /// Reads the responder's answer at the time `now`, in seconds since 1970. The responder is then known
    /// and has the keys; it waits for the last flight, which is returned with the session.
    ///
    /// # Errors
    /// [`ExchangeError`]: not an answer; not from whom was called, or not of an epoch that counts;
    /// unconfirmed.
    pub fn finish(self, answer: &[u8], now: Seconds) -> Result<(Session, Vec<u8>), ExchangeError> {
        let Answer {
            identity,
            pg,
            pb,
            confirmation,
        } = Answer::read(Flight::Answer.open(answer)?)?;
        if *identity.principal() != self.expected {
            return Err(Refusal::Name.into());
        }
        self.own.admission.check(&identity, Side::Server, now)?;
        let points = Points {
            pa: self.pa,
            pg: G1Point::from_bytes(pg)?,
            pb: G2Point::from_bytes(pb)?,
        };
        let said = spec::said(&self.prologue, (&self.key.identity, &identity), &points);
        let pi = spec::challenges(&said);
        let b = spec::second(&identity);
        let k = spec::initiator_key(&self.key.d1, &self.x, &b, &points.pb, pi)?;
        let d = points.pg.mul_secret(&self.x);
        let handshake = said.shared(Side::Client, &spec::shared(&k, &d));
        let own = handshake.confirmation();
        let session = handshake.confirm(confirmation, identity)?;
        Ok((
            session,
            Flight::Confirmation.seal(Writer::new().bytes(&*own)),
        ))
    }
}

#[cfg(test)]
impl AwaitAnswer<'_> {
    pub(crate) const fn x_for_tests(&self) -> &SecretScalar {
        &self.x
    }
}

milagro_base::opaque_debug!(PeerInitiator, AwaitAnswer<'a>);

impl ZeroizeOnDrop for PeerInitiator {}
impl ZeroizeOnDrop for AwaitAnswer<'_> {}

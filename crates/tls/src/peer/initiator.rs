//! The end that opens the exchange.

use core::fmt;

use milagro_base::Seconds;
use milagro_base::{Reader, Writer};
use milagro_curve::rand_core::CryptoRng;
use milagro_curve::{
    G1Point, G2Point, SecretScalar,
    table::{G1Table, SecretG1Table},
};
use milagro_mpin::names::EpochPolicy;
use zeroize::{ZeroizeOnDrop, Zeroizing};

use super::spec::{self, Points};
use crate::exchange::Flight;
use crate::verifier::Admission;
use crate::{
    Agreement, Anyone, DecodeError, Epoch, ExchangeError, Identity, IdentityKey, Principal,
    Prologue, Refusal, Session, Side,
};

/// One identity, ready to open exchanges: its key with tables of 200 kB. Wiped when dropped.
///
/// A key of another usage is none:
///
/// ```compile_fail,E0308
/// use milagro_tls::*;
/// fn open(key: &IdentityKey<Psk>) -> PeerInitiator {
///     PeerInitiator::new(key, EpochPolicy::DAILY)
/// }
/// ```
pub struct PeerInitiator {
    identity: Identity,
    base: G1Table,
    d1: SecretG1Table,
    hedge: Zeroizing<[u8; 48]>,
    admission: Admission,
}

/// The initiator, waiting for the responder's answer. Holds x, so it goes on once. Wiped when dropped.
///
/// It has no keys yet, and a step moves it:
///
/// ```compile_fail,E0599
/// fn early(waiting: &milagro_tls::AwaitAnswer<'_>) {
///     let _ = waiting.sending(); // only a `Session` has keys
/// }
/// ```
///
/// ```compile_fail,E0382
/// fn again(waiting: milagro_tls::AwaitAnswer<'_>, answer: &[u8]) {
///     if waiting.finish(answer, 0).is_err() {
///         let _ = waiting.finish(answer, 0); // moved: nothing follows an error
///     }
/// }
/// ```
#[cfg_attr(test, derive(Clone))]
pub struct AwaitAnswer<'a> {
    own: &'a PeerInitiator,
    expected: Principal,
    prologue: Prologue,
    x: SecretScalar,
    pa: G1Point,
}

impl PeerInitiator {
    /// Takes a key, and which epochs of others count.
    #[must_use]
    pub fn new(key: &IdentityKey<Agreement>, epochs: EpochPolicy) -> Self {
        let identity = key.identity().clone();
        let domain = identity.principal().domain();
        Self {
            base: G1Table::new(&spec::first(&identity)),
            d1: SecretG1Table::new(key.secret()),
            hedge: key.secret().to_bytes(),
            // Who calls somebody by name has authorized him.
            admission: Admission::new(domain, epochs, Box::new(Anyone)),
            identity,
        }
    }

    /// As whom it opens exchanges.
    #[must_use]
    pub const fn identity(&self) -> &Identity {
        &self.identity
    }

    /// Calls `peer`, over a channel that may be anybody's: returns the first flight. The own identity is in
    /// clear in it.
    ///
    /// # Errors
    /// [`ExchangeError::Refused`] for the own name, a name of another trust domain, and a role that answers
    /// no calls.
    pub fn call<R: CryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        peer: Principal,
        prologue: &Prologue,
    ) -> Result<(AwaitAnswer<'_>, Vec<u8>), ExchangeError> {
        if peer == *self.identity.principal() {
            return Err(Refusal::Reflected.into());
        }
        self.admission.check_principal(&peer, Side::Server)?;
        let mut hedge = spec::hedge(&*self.hedge, &self.identity, prologue);
        // A principal is written as an identity of epoch 0.
        hedge.append("peer", &peer.at(Epoch(0)).to_bytes());
        let x = SecretScalar::hedged(rng, hedge);
        let pa = self.base.mul(&x);
        let body = Writer::new()
            .string(&self.identity.to_bytes())
            .bytes(&pa.to_bytes());
        let state = AwaitAnswer {
            own: self,
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
        let said = spec::said(&self.prologue, (&self.own.identity, &identity), &points);
        let pi = spec::challenges(&said);
        let b = spec::second(&identity);
        let k = spec::initiator_key(&self.own.d1, &self.x, &b, &points.pb, pi)?;
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

impl fmt::Debug for PeerInitiator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PeerInitiator").finish_non_exhaustive()
    }
}

impl fmt::Debug for AwaitAnswer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AwaitAnswer").finish_non_exhaustive()
    }
}

impl ZeroizeOnDrop for PeerInitiator {}
impl ZeroizeOnDrop for AwaitAnswer<'_> {}

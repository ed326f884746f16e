//! What a client has, and how often it has shown it (sections 4.2.3 and 4.3.1).

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;

use milagro_base::{DecodeError, Reader, Seconds, Writer};
use rand_core::CryptoRng;
use zeroize::{ZeroizeOnDrop, Zeroizing};

use crate::arc::group::{ELEMENT, Element, Scalar, draw, encode, read, read_scalar};
use crate::arc::key::PublicKey;
use crate::arc::mac::Mac;
use crate::arc::presentation::Presentation;
use crate::arc::presenting;
use crate::arc::terms::{OUT_OF_RANGE, OutOfRange, RequestContext, Terms};
use crate::tags;

/// A credential, with a counter for each presentation context in which it was shown.
///
/// Two presentations of one nonce in one context have the same tag: the server sees that they are of one
/// credential, and takes the first only. So there is one credential, it moves, and each nonce is given out once:
/// [`Self::present`] makes nothing before the counter behind it is saved.
///
/// # Security
/// A *copy* of the saved bytes starts from the same counters. Keep one, on one device. Whoever has to go on from
/// an older copy calls [`Self::skip`] first, with at least as many presentations as were made since; where that is
/// not known, ask for a new credential.
///
/// ```compile_fail,E0599
/// # use milagro_voprf::arc::Credential;
/// # fn demo(credential: Credential) {
/// let copy = credential.clone(); // two counters
/// # }
/// ```
pub struct Credential {
    key: PublicKey,
    mac: Box<Mac>,
    counters: Vec<Counter>,
    /// Terms whose window ended by then are never shown again: their counters may be gone.
    floor: Seconds,
}

/// How many nonces of a context were given out.
struct Counter {
    context: [u8; 32],
    next: u32,
    until: Seconds,
}

impl Credential {
    /// How many contexts a credential remembers at once.
    pub const MAX_CONTEXTS: usize = 4096;
    const VERSION: u8 = 1;
    const COUNTER: usize = 32 + 4 + 8;

    pub(super) fn new(key: PublicKey, m1: &Scalar, u: Element, u_prime: Element) -> Self {
        Self {
            key,
            mac: Box::new(Mac {
                m1: *m1,
                u: u.point,
                u_prime: u_prime.point,
            }),
            counters: Vec::new(),
            floor: Seconds::ZERO,
        }
    }

    /// The key it was issued by.
    #[must_use]
    pub const fn public_key(&self) -> &PublicKey {
        &self.key
    }

    /// How many presentations are left under these terms.
    #[must_use]
    pub fn remaining(&self, terms: &Terms) -> u32 {
        if self.has_forgotten(terms) {
            return 0;
        }
        terms.limit().get().saturating_sub(self.next(terms))
    }

    /// Shows the credential under these terms at time `now`.
    ///
    /// `save` gets what [`Self::to_bytes`] gives after this presentation, and says whether it lies where it
    /// outlives a crash. Nothing is made before it has said so, and nothing is counted if it has not.
    ///
    /// # Errors
    /// [`NotPresented`].
    pub fn present<R: CryptoRng + ?Sized, E>(
        &mut self,
        rng: &mut R,
        terms: &Terms,
        now: Seconds,
        save: impl FnOnce(&[u8]) -> Result<(), E>,
    ) -> Result<Presentation, NotPresented<E>> {
        let window = terms.window();
        if now < window.from() || now >= window.until() || self.has_forgotten(terms) {
            return Err(NotPresented::Closed);
        }
        let nonce = self.next(terms);
        if nonce >= terms.limit().get() {
            return Err(NotPresented::Exhausted);
        }
        if !self.has_room(terms) {
            return Err(NotPresented::Full);
        }
        let contexts = self.counters.len();
        // Below the limit, so that one more is a number.
        self.advance(terms, nonce.saturating_add(1));
        if let Err(error) = save(&self.to_bytes()) {
            self.advance(terms, nonce);
            // A counter that is new has nothing to remember.
            self.counters.truncate(contexts);
            return Err(NotPresented::NotSaved(error));
        }
        let count = presenting::drawn(terms.limit());
        let drawn = draw(
            rng,
            tags::arc::PRESENTATION_DRAW,
            &self.about(terms, nonce),
            count,
        );
        self.present_with(terms, nonce, &drawn)
            .ok_or(NotPresented::NoTag)
    }

    /// Gives up the next presentations under these terms, so many of them. [`Self::to_bytes`] is to be saved
    /// afterwards, or the next [`Self::present`] does it.
    ///
    /// # Errors
    /// [`OutOfRange`] if it was shown in [`Self::MAX_CONTEXTS`] other contexts.
    pub fn skip(&mut self, terms: &Terms, count: u32) -> Result<(), OutOfRange> {
        if !self.has_room(terms) {
            return Err(OUT_OF_RANGE);
        }
        self.advance(terms, self.next(terms).saturating_add(count));
        Ok(())
    }

    /// Forgets the contexts whose windows have ended by `now`. Nothing is shown again in a window that ends by
    /// then, whatever the clock says later: a clock that is far ahead costs all that is left until it comes true.
    pub fn forget(&mut self, now: Seconds) {
        self.floor = self.floor.max(now);
        self.counters.retain(|counter| counter.until > now);
    }

    /// Everything, for safekeeping: `01 ‖ ⟨request context⟩ ‖ X0 ‖ X1 ‖ X2 ‖ m₁ ‖ U ‖ U' ‖ floor (8) ‖ count (4) ‖
    /// counters`, each being SHA-256(label ‖ context) (32), the next nonce (4) and the end of the window (8).
    ///
    /// # Security
    /// Whoever has it shows the credential.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let [u, u_prime] = [self.mac.u, self.mac.u_prime].map(Element::from_point);
        let context = self.key.context.as_bytes();
        let capacity = 512 + context.len() + Self::COUNTER * self.counters.len();
        let mut writer = Writer::with_capacity(capacity)
            .u8(Self::VERSION)
            .string(context)
            .bytes(&self.key.to_bytes())
            .bytes(&*encode(&self.mac.m1))
            .bytes(u.as_slice())
            .bytes(u_prime.as_slice())
            .seconds(self.floor)
            // At most `MAX_CONTEXTS`.
            .u32(u32::try_from(self.counters.len()).unwrap_or(u32::MAX));
        for counter in &self.counters {
            writer = writer
                .bytes(&counter.context)
                .u32(counter.next)
                .seconds(counter.until);
        }
        Zeroizing::new(writer.finish())
    }

    /// Reads what [`Self::to_bytes`] wrote.
    ///
    /// # Errors
    /// [`DecodeError`]; `Value` for too many counters, and for two of one context.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        reader.version(Self::VERSION)?;
        let context = RequestContext::new(reader.string()?).map_err(|_| DecodeError::Value)?;
        let mut points = Reader::new(reader.bytes(PublicKey::LEN)?);
        let m1 = read_scalar(&mut reader)?;
        let mut mac = Reader::new(reader.bytes(2 * ELEMENT)?);
        let floor = reader.seconds()?;
        let counters = Counter::read_all(&mut reader)?;
        reader.finish()?;
        let key = PublicKey::from_bytes(points.bytes(PublicKey::LEN)?, context)?;
        let (u, u_prime) = (read(&mut mac)?, read(&mut mac)?);
        let credential = Self::new(key, &m1, u, u_prime);
        Ok(Self {
            counters,
            floor,
            ..credential
        })
    }

    /// The presentation of a nonce, which must not be given out again.
    pub(crate) fn present_with(
        &self,
        terms: &Terms,
        nonce: u32,
        drawn: &[Scalar],
    ) -> Option<Presentation> {
        presenting::present(&self.mac, &self.key.x1, terms, nonce, drawn)
    }

    #[cfg(any(test, feature = "hazmat"))]
    pub(crate) const fn mac(&self) -> &Mac {
        &self.mac
    }

    /// Everything that a presentation depends on.
    fn about(&self, terms: &Terms, nonce: u32) -> Zeroizing<Vec<u8>> {
        let [u, u_prime] = [self.mac.u, self.mac.u_prime].map(Element::from_point);
        let writer = Writer::with_capacity(512)
            .bytes(&*encode(&self.mac.m1))
            .bytes(u.as_slice())
            .bytes(u_prime.as_slice())
            .bytes(&self.key.to_bytes())
            .bytes(terms.digest())
            .u32(terms.limit().get())
            .u32(nonce);
        Zeroizing::new(writer.finish())
    }

    fn has_forgotten(&self, terms: &Terms) -> bool {
        terms.window().until() <= self.floor
    }

    fn has_room(&self, terms: &Terms) -> bool {
        self.counters.len() < Self::MAX_CONTEXTS
            || self.counters.iter().any(|counter| counter.is_of(terms))
    }

    fn next(&self, terms: &Terms) -> u32 {
        let counter = self.counters.iter().find(|counter| counter.is_of(terms));
        counter.map_or(0, |counter| counter.next)
    }

    fn advance(&mut self, terms: &Terms, next: u32) {
        let until = terms.window().until();
        let known = self.counters.iter_mut().find(|known| known.is_of(terms));
        if let Some(known) = known {
            known.next = next;
            known.until = known.until.max(until);
        } else {
            self.counters.push(Counter {
                context: *terms.digest(),
                next,
                until,
            });
        }
    }
}

milagro_base::opaque_debug!(Credential);

impl ZeroizeOnDrop for Credential {}

impl Counter {
    fn is_of(&self, terms: &Terms) -> bool {
        self.context == *terms.digest()
    }

    fn read_all(reader: &mut Reader<'_>) -> Result<Vec<Self>, DecodeError> {
        let count = usize::try_from(reader.u32()?).map_err(|_| DecodeError::Value)?;
        if count > Credential::MAX_CONTEXTS {
            return Err(DecodeError::Value);
        }
        if Some(reader.remaining()) != count.checked_mul(Credential::COUNTER) {
            return Err(DecodeError::Length);
        }
        let mut seen = alloc::collections::BTreeSet::new();
        let mut counters = Vec::with_capacity(count);
        for _ in 0..count {
            let counter = Self {
                context: *reader.array()?,
                next: reader.u32()?,
                until: reader.seconds()?,
            };
            if !seen.insert(counter.context) {
                return Err(DecodeError::Value);
            }
            counters.push(counter);
        }
        Ok(counters)
    }
}

/// Why a credential was not shown.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum NotPresented<E> {
    /// The window of the terms is not open, or the credential may have forgotten what was shown in it.
    Closed,
    /// It was shown as often as the terms allow.
    Exhausted,
    /// It was shown in [`Credential::MAX_CONTEXTS`] contexts: [`Credential::forget`] those that have ended.
    Full,
    /// The counter could not be saved. Nothing was counted.
    NotSaved(E),
    /// No tag belongs to this nonce: m₁ + nonce = 0, which does not happen to a credential that was issued.
    NoTag,
}

impl<E> fmt::Display for NotPresented<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Closed => "the window is not open",
            Self::Exhausted => "shown as often as the terms allow",
            Self::Full => "shown in too many contexts",
            Self::NotSaved(_) => "the counter could not be saved",
            Self::NoTag => "no tag for this nonce",
        })
    }
}

impl<E: fmt::Debug> core::error::Error for NotPresented<E> {}

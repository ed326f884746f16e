//! Checking presentations (section 4.3.3), and the charge that counts them.

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec;
use core::fmt;
use core::num::NonZeroU32;

use milagro_base::Seconds;
use milagro_ledger::{Account, Charge, Claim, Kind, LedgerId, Life, Refused, Unspent};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::arc::group::{ELEMENT, Element, Scalar};
use crate::arc::key::SecretKey;
use crate::arc::presentation::Presentation;
use crate::arc::range;
use crate::arc::statement::{self, Shown};
use crate::arc::terms::Terms;
use crate::suite::group::Group as _;
use crate::suite::nist::P256;
use crate::tags;

/// Checks presentations under some terms, from any number of threads; the ledger counts their tags.
pub struct Verifier {
    key: Arc<SecretKey>,
    terms: Terms,
    ledger: LedgerId,
    /// x₀ + x₂·m₂
    constant: Box<Zeroizing<Scalar>>,
}

impl Verifier {
    /// A verifier of a key's credentials. All verifiers of one key and one context count on one ledger.
    #[must_use]
    pub fn new(key: Arc<SecretKey>, terms: Terms, ledger: LedgerId) -> Self {
        let constant = key.x.x0 + key.x.x2 * *key.public.context.m2();
        Self {
            key,
            terms,
            ledger,
            constant: Box::new(Zeroizing::new(constant)),
        }
    }

    /// What it checks presentations for.
    #[must_use]
    pub const fn terms(&self) -> &Terms {
        &self.terms
    }

    /// Checks a presentation at time `now`: what it stands for, locked behind the charge of its tag, on the
    /// ledger of this verifier. `payload` is what the client wants for it, as the server knows it.
    ///
    /// Nothing is charged before the proof is right. The same presentation for the same payload again is answered
    /// [`Again`](Refused::Again), which only an application that does the same work again without harm takes for a
    /// yes; another of the same tag, or another payload, [`Exhausted`](Refused::Exhausted).
    ///
    /// # Errors
    /// The [`Refusal`], for the server alone.
    ///
    /// # Security
    /// The presentation is not bound to the payload: whoever has it first spends it on one of his own.
    pub fn check(
        &self,
        presentation: &Presentation,
        payload: &[u8],
        now: Seconds,
    ) -> Result<Unspent<Presented>, Refusal> {
        let window = self.terms.window();
        if now < window.from() {
            return Err(Refusal::TooEarly);
        }
        if now >= window.until() {
            return Err(Refusal::Expired);
        }
        if presentation.bits.len() != self.terms.limit().bits_len() {
            return Err(Refusal::Limit);
        }
        self.prove(presentation)?;
        let charge = self.charge(presentation, payload);
        let presented = Presented {
            tag: Box::new(presentation.tag.bytes),
        };
        Ok(Unspent::new(presented, vec![charge]).on(self.ledger))
    }

    /// nonceCommit = Σ baseᵢ·Dᵢ, and the proof with V = (x₀ + x₂·m₂)·U + x₁·m1Commit - UPrimeCommit.
    fn prove(&self, presentation: &Presentation) -> Result<(), Refusal> {
        let Presentation {
            u,
            u_prime_commit,
            m1_commit,
            tag,
            nonce_commit,
            bits,
            proof,
        } = presentation;
        if !range::is_sum(self.terms.limit(), bits, nonce_commit) {
            return Err(Refusal::Limit);
        }
        let v = P256::mul(&u.point, &self.constant) + P256::mul(&m1_commit.point, &self.key.x.x1)
            - u_prime_commit.point;
        if P256::is_identity(&v) {
            return Err(Refusal::Unproven);
        }
        let relation = statement::presentation(&Shown {
            u,
            u_prime_commit,
            m1_commit,
            v: &Element::from_point(v),
            x1: &self.key.public.x1,
            tag,
            generator: self.terms.generator(),
            nonce_commit,
            bits,
        });
        relation
            .verify(tags::arc::PRESENTATION, proof)
            .map_err(|_| Refusal::Unproven)
    }

    /// One use of a thing that can be used once: account = SHA-256(label ‖ public key ‖ context ‖ tag), where the
    /// context is its 32-byte digest. claim = SHA-256(label ‖ account ‖ SHA-256(presentation) ‖ payload): public,
    /// so that the same presentation for the same payload is known to be the same.
    fn charge(&self, presentation: &Presentation, payload: &[u8]) -> Charge {
        let thing: [u8; 32] = Sha256::new()
            .chain_update(tags::arc::SHOWN)
            .chain_update(self.key.public.to_bytes())
            .chain_update(self.terms.digest())
            .chain_update(presentation.tag.bytes)
            .finalize()
            .into();
        let claim = Sha256::new()
            .chain_update(tags::arc::SHOWN_CLAIM)
            .chain_update(thing)
            .chain_update(Sha256::digest(presentation.to_bytes()))
            .chain_update(payload);
        let life = Life::Span {
            from: Some(self.terms.window().from()),
            until: self.terms.window().until(),
        };
        Charge {
            account: Account::new(Kind::REDEMPTION, &thing, life),
            amount: NonZeroU32::MIN,
            limit: 1,
            claim: Claim::public(claim.finalize().into()),
        }
    }
}

milagro_base::opaque_debug!(Verifier);

/// One presentation of a credential that was proven: only a [`Verifier`] makes one, locked behind the charge of
/// its tag. Out of a [`Paid`](milagro_ledger::Paid) it is counted.
#[derive(Debug, Eq, PartialEq)]
#[must_use = "a presentation that nobody looks at admits nobody"]
pub struct Presented {
    /// On the heap, so that what is refused with it stays small.
    tag: Box<[u8; ELEMENT]>,
}

impl Presented {
    /// Its tag: the same for the same nonce of the same credential in this context, and looking random beside
    /// that of any other.
    #[must_use]
    pub fn tag(&self) -> &[u8; ELEMENT] {
        &self.tag
    }
}

/// Why a verifier refused before it asked the ledger: for its own log and its own decisions, never for the peer.
///
/// Turn it into [`PresentationRefused`] before anything is sent.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Refusal {
    /// The window has not opened.
    TooEarly,
    /// The window is over.
    Expired,
    /// It was made for another limit.
    Limit,
    /// The proof does not hold for this key, this context and these elements.
    Unproven,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooEarly => "window not yet open",
            Self::Expired => "window over",
            Self::Limit => "made for another limit",
            Self::Unproven => "proof does not hold",
        })
    }
}

impl core::error::Error for Refusal {}

/// A presentation was refused: all that a peer learns.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct PresentationRefused(());

impl From<Refusal> for PresentationRefused {
    fn from(_: Refusal) -> Self {
        Self(())
    }
}

impl<T> From<Refused<T>> for PresentationRefused {
    fn from(_: Refused<T>) -> Self {
        Self(())
    }
}

impl fmt::Display for PresentationRefused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("presentation refused")
    }
}

impl core::error::Error for PresentationRefused {}

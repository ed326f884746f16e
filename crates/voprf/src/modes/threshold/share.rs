//! One issuer of several.

use alloc::boxed::Box;
use core::error;
use core::fmt::{self, Display, Formatter};

use milagro_dta::sharing::Group as _;
use milagro_dta::{Authority, AuthorityId};
use milagro_ledger::LedgerId;
use rand_core::CryptoRng;
use zeroize::{ZeroizeOnDrop, Zeroizing};

use crate::error::Error;
use crate::modes::batch;
use crate::modes::bounds::check_len;
use crate::modes::context::Hedge;
use crate::modes::threshold::key::{SharedKey, statement};
use crate::modes::threshold::message::Partial;
use crate::modes::threshold::sharing::Shared;
use crate::modes::wire::{Blinded, Element};
use crate::suite::ristretto::Ristretto255;
use crate::tags;

/// One issuer's share kj of a shared key. Wiped when dropped.
///
/// It is made of an authority of `milagro-dta`, which a dealer or a ceremony made and which is stored,
/// refreshed, repaired and handed over there. The share itself does not come out of it again.
pub struct KeyShare<S: Shared = Ristretto255> {
    id: AuthorityId,
    shared: SharedKey<S>,
    key: Element<S>,
    ledger: LedgerId,
    /// Where it stays when this is moved: a move leaves the bytes behind.
    k: Box<Zeroizing<S::Scalar>>,
}

/// The authority has no share of a key of this suite.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct NotShared(());

impl Display for NotShared {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("no share of a key of this suite")
    }
}

impl error::Error for NotShared {}

impl<S: Shared> KeyShare<S> {
    /// Takes the share of an authority, whose joint proofs are counted on that ledger.
    ///
    /// # Security
    /// All processes that have this share name one ledger, which forgets no session in the six minutes of its life.
    ///
    /// # Errors
    /// [`NotShared`], which no authority that `milagro-dta` made gives.
    pub fn new(
        authority: &Authority<milagro_dta::Voprf<S::Sharing>>,
        ledger: LedgerId,
    ) -> Result<Self, NotShared> {
        let shared = SharedKey::new(authority.domain().clone()).map_err(|_| NotShared(()))?;
        let id = authority.id();
        let key = *shared.key_of(id).ok_or(NotShared(()))?;
        let bytes = S::Sharing::secret_to_bytes(authority.key_share());
        let k = S::decode_scalar(bytes.as_slice()).map_err(|_| NotShared(()))?;
        Ok(Self {
            id,
            shared,
            key,
            ledger,
            k: Box::new(Zeroizing::new(k)),
        })
    }

    /// The issuer's number.
    #[must_use]
    pub const fn id(&self) -> AuthorityId {
        self.id
    }

    /// The public side of the key.
    #[must_use]
    pub const fn shared(&self) -> &SharedKey<S> {
        &self.shared
    }

    /// The ledger that its joint proofs are counted on.
    #[must_use]
    pub const fn ledger(&self) -> LedgerId {
        self.ledger
    }

    pub(super) fn scalar(&self) -> &S::Scalar {
        &self.k
    }

    pub(super) const fn key(&self) -> &Element<S> {
        &self.key
    }

    /// This issuer's part of the evaluation of a batch of 1 to [`MAX_BATCH`](crate::MAX_BATCH) elements, Dij =
    /// kj·Ci, with one proof for all of it against Kj.
    ///
    /// # Errors
    /// [`Error::EmptyBatch`], [`Error::BatchTooLarge`].
    ///
    /// # Security
    /// Each issuer counts for itself what it evaluates, and for whom: t issuers that do not count give all that
    /// an unshared key would.
    pub fn evaluate<R: CryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        blinded: &[Blinded<S>],
    ) -> Result<Partial<S>, Error> {
        check_len(blinded.len())?;
        let evaluated = batch::evaluate::<S>(&self.k, blinded);
        let context = self.shared.context_of(self.id);
        let hedge = Hedge::<S>::new(rng, tags::THRESHOLD_PARTIAL_NONCE);
        let proof = statement(&context, &self.key, blinded, &evaluated).prove(&self.k, |digest| {
            let k = Zeroizing::new(S::encode_scalar(&self.k));
            *hedge.scalar(&[k.as_ref(), self.key.as_slice(), digest])
        });
        Ok(Partial {
            edition: self.shared.edition_bytes(),
            from: self.id,
            proof,
            evaluated,
        })
    }
}

milagro_base::opaque_debug!(KeyShare<S: Shared>);

impl<S: Shared> ZeroizeOnDrop for KeyShare<S> {}

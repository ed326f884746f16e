//! A member, who signs one key for each list, and one list for each key.

use alloc::vec::Vec;
use core::num::NonZeroU32;

use milagro_dta::AuthorityId;
use milagro_ledger::{Account, Charge, Claim, Kind, LedgerId, Life, Paid, Unspent};
use sha2::{Digest as _, Sha256};

use crate::attributes::list::Attributes;
use crate::modes::threshold::council::certificate::Claimed;
use crate::modes::threshold::council::list::{Council, CouncilError, CouncilKey};
use crate::modes::threshold::share::KeyShare;
use crate::modes::threshold::sharing::Shared;
use crate::tags;
use crate::tokens::signature::{self, SIGNATURE_LEN};

/// A member of a council.
pub struct CouncilMember {
    council: Council,
    number: AuthorityId,
    key: CouncilKey,
    ledger: LedgerId,
}

impl CouncilMember {
    /// The member of that number, who counts what it has signed on that ledger.
    ///
    /// # Errors
    /// [`CouncilError::Member`] unless the key is the one that the council lists there.
    pub fn new(
        council: Council,
        number: AuthorityId,
        key: CouncilKey,
        ledger: LedgerId,
    ) -> Result<Self, CouncilError> {
        if council.key(number) != Some(&key.public()) {
            return Err(CouncilError::Member);
        }
        Ok(Self {
            council,
            number,
            key,
            ledger,
        })
    }

    /// Locks this member's signature on the key that it has a share of behind the charges that count the attributes
    /// and the key: one key for each list and one list for each key, for good. A key of two lists would be a key of both
    /// epochs.
    ///
    /// # Security
    /// It counts on one ledger that never forgets, whatever machine the member runs on. What certifies is having the
    /// share: a member that took no part in the ceremony signs nothing.
    ///
    /// # Errors
    /// [`CouncilError::Share`].
    pub fn endorse<S: Shared>(
        &self,
        attributes: &Attributes,
        share: &KeyShare<S>,
    ) -> Result<Unspent<Endorsing>, CouncilError> {
        let same = share.shared().threshold() == self.council.threshold;
        if share.id() != self.number || !same {
            return Err(CouncilError::Share);
        }
        let claimed = Claimed::of(share);
        let message = claimed.message(&self.council, attributes);
        let claim = Claim::public(Sha256::digest(&message).into());
        let list = self.thing::<S>(tags::COUNCIL_LIST, attributes.as_bytes());
        let key = self.thing::<S>(tags::COUNCIL_SIGNED, claimed.key());
        let charges = [list, key].map(|thing| Charge {
            account: Account::new(Kind::SHARE, &thing, Life::Lasting),
            amount: NonZeroU32::MIN,
            limit: 1,
            claim,
        });
        let endorsing = Endorsing {
            council: self.council.id,
            member: self.number,
            message,
        };
        Ok(Unspent::new(endorsing, charges.to_vec()).on(self.ledger))
    }

    /// SHA-256(label ‖ council ‖ member ‖ ⟨suite⟩ ‖ list or key)
    fn thing<S: Shared>(&self, label: &[u8], of: &[u8]) -> [u8; 32] {
        Sha256::new()
            .chain_update(label)
            .chain_update(self.council.id)
            .chain_update(self.number.get().to_be_bytes())
            .chain_update([u8::try_from(S::IDENTIFIER.len()).unwrap_or(u8::MAX)])
            .chain_update(S::IDENTIFIER)
            .chain_update(of)
            .finalize()
            .into()
    }

    /// Signs what was paid for; the same key for the same list as often as it is asked
    /// ([`Again`](milagro_ledger::Refused::Again)), since the signature is the same each time.
    ///
    /// # Errors
    /// [`CouncilError::Member`] if another member, or this one on another ledger, has paid for it: nothing was counted
    /// here.
    pub fn sign(&self, paid: Paid<Endorsing>) -> Result<[u8; SIGNATURE_LEN], CouncilError> {
        let counted_here = paid.ledger() == self.ledger;
        let endorsing = paid.into_value();
        let own = endorsing.member == self.number && endorsing.council == self.council.id;
        if !own || !counted_here {
            return Err(CouncilError::Member);
        }
        Ok(signature::sign(&self.key.0, &endorsing.message))
    }
}

/// A key that one member may sign.
#[must_use = "a key that nobody signs is not certified"]
pub struct Endorsing {
    council: [u8; 32],
    member: AuthorityId,
    message: Vec<u8>,
}

milagro_base::opaque_debug!(CouncilMember, Endorsing);

//! One use of one token, and how the ledger knows it.

use core::num::NonZeroU32;

use milagro_ledger::{Account, Charge, Claim, Kind, Life};

use crate::tags;
use crate::tokens::frame::digest;
use crate::tokens::nonce::{Name, Nonce};
use crate::tokens::plan::{KeyId, Windows};
use crate::tokens::redeem::binding::Binding;
use crate::tokens::uses::UseIndex;

/// One use of one token: what a redemption spends.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Spend {
    pub(super) key_id: KeyId,
    pub(super) name: Name,
    pub(super) use_index: UseIndex,
}

/// What makes a charge this redemption's.
pub(super) enum Proof<'a> {
    /// Bound to all of this by a tag.
    Bound(&'a Binding<'a>, &'a [u8]),
    /// Shown the output alone, by somebody who wanted this, as the redeemer says.
    Bare(&'a Binding<'a>),
}

impl Spend {
    /// The charge that spends it: one use of a thing that can be used once, from the key's opening to the end
    /// of its window, with the leeway at both ends.
    ///
    /// account = SHA-256(⟨label⟩ ‖ ⟨key id⟩ ‖ ⟨form⟩ ‖ ⟨nonce⟩ ‖ ⟨j⟩), the same whoever redeems. claim =
    /// SHA-256(⟨label⟩ ‖ ⟨redeemer⟩ ‖ ⟨context⟩ ‖ ⟨payload⟩ ‖ ⟨account digest⟩ ‖ ⟨tag⟩): public, so that the
    /// same redemption that comes again is known to be the same.
    pub(super) fn charge(&self, windows: &Windows, proof: &Proof<'_>) -> Charge {
        let thing = digest(&[
            tags::REDEMPTION,
            self.key_id.as_bytes(),
            &[self.name.form.to_byte()],
            self.name.nonce.as_bytes(),
            &[self.use_index.get()],
        ]);
        let claim = match proof {
            Proof::Bound(binding, tag) => digest(&[
                tags::REDEMPTION_CLAIM,
                binding.redeemer.as_bytes(),
                binding.context,
                binding.payload,
                &thing,
                tag,
            ]),
            Proof::Bare(binding) => digest(&[
                tags::BARE_CLAIM,
                binding.redeemer.as_bytes(),
                binding.context,
                binding.payload,
                &thing,
            ]),
        };
        let life = windows.redeem_with_leeway();
        let life = Life::Span {
            from: Some(life.start),
            until: life.end,
        };
        Charge {
            account: Account::new(Kind::REDEMPTION, &thing, life),
            amount: NonZeroU32::MIN,
            limit: 1,
            claim: Claim::public(claim),
        }
    }
}

/// One use of one token that was proven: only a [`Redeemer`](crate::tokens::redeemer::Redeemer) makes one,
/// locked behind the charge that spends it. Out of a [`Paid`](milagro_ledger::Paid) it is spent.
#[derive(Debug, Eq, PartialEq)]
#[must_use = "a redemption that nobody looks at admits nobody"]
pub struct Redeemed(pub(super) Spend);

impl Redeemed {
    /// The token's key.
    #[must_use]
    pub const fn key_id(&self) -> &KeyId {
        &self.0.key_id
    }

    /// The token's nonce.
    #[must_use]
    pub const fn nonce(&self) -> &Nonce {
        &self.0.name.nonce
    }

    /// Which of its uses.
    #[must_use]
    pub const fn use_index(&self) -> UseIndex {
        self.0.use_index
    }
}

//! How the ledger knows a token.

use core::num::NonZeroU32;

use milagro_ledger::{Account, Charge, Claim, Kind, Life};

use crate::tags;
use crate::tokens::frame::digest;
use crate::tokens::plan::{KeyId, Windows};
use crate::tokens::public::name::Name;
use crate::tokens::redeem::binding::Binding;

/// One token that was proven: only a [`Verifier`](super::Verifier) makes one, locked behind the charge that spends
/// it. Out of a [`Paid`](milagro_ledger::Paid) it is spent.
#[derive(Debug, Eq, PartialEq)]
#[must_use = "a redemption that nobody looks at admits nobody"]
pub struct Redeemed {
    pub(super) key_id: KeyId,
    pub(super) name: Name,
}

impl Redeemed {
    /// The token's key.
    #[must_use]
    pub const fn key_id(&self) -> &KeyId {
        &self.key_id
    }

    /// The token's commitment or verification key, by which it is told apart from others of its key.
    #[must_use]
    pub const fn name(&self) -> &[u8; 32] {
        &self.name.bytes
    }

    /// The charge that spends it: one use of a thing that can be used once, from the key's opening to the end of
    /// its window, with the leeway at both ends.
    ///
    /// account = SHA-256(⟨label⟩ ‖ ⟨key id⟩ ‖ ⟨form⟩ ‖ ⟨commitment or verification key⟩), the same whoever redeems
    /// and whatever is said of N. claim = SHA-256(⟨label⟩ ‖ ⟨redeemer⟩ ‖ ⟨context⟩ ‖ ⟨payload⟩ ‖ ⟨account digest⟩):
    /// public, so that the same redemption that comes again is known to be the same.
    pub(super) fn charge(&self, windows: &Windows, binding: &Binding<'_>) -> Charge {
        let thing = digest(&[
            tags::PUBLIC_REDEMPTION,
            self.key_id.as_bytes(),
            &[self.name.form.to_byte()],
            &self.name.bytes,
        ]);
        let claim = digest(&[
            tags::PUBLIC_REDEMPTION_CLAIM,
            binding.redeemer.as_bytes(),
            binding.context,
            binding.payload,
            &thing,
        ]);
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

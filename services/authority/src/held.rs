//! The share of a domain, whatever its protocol.

use core::fmt;
use core::future::Future;
use core::pin::Pin;

use milagro_dta::grants::{Answer, Desk, GrantError};
use milagro_dta::issue::{ClientSecret, FirstKey, SecondKey, ServerSecret};
use milagro_dta::rand_core::CryptoRng;
use milagro_dta::{Agreement, Authority, AuthorityId, Edition, Mpin, Psk, Signing};
use milagro_ledger::{Ledger, LedgerId};
use milagro_wire::forms::ProtocolName;

/// An authority of a domain of any protocol that issues on grants.
pub struct HeldShare(Box<dyn Share>);

type Answered<'a> = Pin<Box<dyn Future<Output = Result<Answer, GrantError>> + 'a>>;

/// What a service does with an authority.
trait Share: Send + Sync {
    fn protocol(&self) -> ProtocolName;
    fn number(&self) -> AuthorityId;
    fn edition(&self) -> &Edition;
    fn domain(&self) -> Vec<u8>;
    fn counts_in(&self, ledger: &LedgerId) -> bool;
    fn answer<'a>(
        &'a self,
        rng: &'a mut dyn CryptoRng,
        desk: &'a Desk<'a, dyn Ledger + 'a>,
        grant: &'a [u8],
    ) -> Answered<'a>;
    fn mpin(&self) -> Option<&Authority<Mpin>>;
}

/// Authorities, with what their protocol issues; and which of them issues permits.
macro_rules! shares {
    ($($protocol:ident: $($purpose:ty),+; $mpin:expr;)+) => {$(
        impl Share for Authority<$protocol> {
            fn protocol(&self) -> ProtocolName {
                ProtocolName::$protocol
            }

            fn number(&self) -> AuthorityId {
                self.id()
            }

            fn edition(&self) -> &Edition {
                self.domain().edition()
            }

            fn domain(&self) -> Vec<u8> {
                self.domain().to_bytes()
            }

            fn counts_in(&self, ledger: &LedgerId) -> bool {
                Self::counts_in(self, ledger)
            }

            fn answer<'a>(
                &'a self,
                rng: &'a mut dyn CryptoRng,
                desk: &'a Desk<'a, dyn Ledger + 'a>,
                grant: &'a [u8],
            ) -> Answered<'a> {
                Box::pin(async move {
                    $(
                        // Of another purpose, it is no grant of this one; nothing else was looked at.
                        match self.answer::<$purpose, _>(rng, desk, grant).await {
                            Err(GrantError::Format) => {}
                            answer => return answer,
                        }
                    )+
                    Err(GrantError::Format)
                })
            }

            fn mpin(&self) -> Option<&Authority<Mpin>> {
                let mpin: fn(&Self) -> Option<&Authority<Mpin>> = $mpin;
                mpin(self)
            }
        }

        impl From<Authority<$protocol>> for HeldShare {
            fn from(authority: Authority<$protocol>) -> Self {
                Self(Box::new(authority))
            }
        }
    )+};
}

shares! {
    Mpin: ClientSecret, ServerSecret; |authority| Some(authority);
    Signing: FirstKey<Signing>; |_| None;
    Psk: FirstKey<Psk>, SecondKey<Psk>; |_| None;
    Agreement: FirstKey<Agreement>, SecondKey<Agreement>; |_| None;
}

impl HeldShare {
    /// What the key of its domain is for.
    #[must_use]
    pub fn protocol(&self) -> ProtocolName {
        self.0.protocol()
    }

    /// Its number among the authorities of the domain.
    #[must_use]
    pub fn number(&self) -> AuthorityId {
        self.0.number()
    }

    /// Which domain, and which state of it.
    #[must_use]
    pub fn edition(&self) -> &Edition {
        self.0.edition()
    }

    /// The bytes of the domain.
    #[must_use]
    pub fn domain(&self) -> Vec<u8> {
        self.0.domain()
    }

    /// Whether it counts in a ledger whom it has issued to. One that does not answers no grant.
    #[must_use]
    pub fn counts_in(&self, ledger: &LedgerId) -> bool {
        self.0.counts_in(ledger)
    }

    /// Answers a grant of any purpose of the protocol.
    pub(crate) async fn answer(
        &self,
        rng: &mut dyn CryptoRng,
        desk: &Desk<'_, dyn Ledger + '_>,
        grant: &[u8],
    ) -> Result<Answer, GrantError> {
        self.0.answer(rng, desk, grant).await
    }

    /// The authority, where it issues permits.
    pub(crate) fn mpin(&self) -> Option<&Authority<Mpin>> {
        self.0.mpin()
    }
}

impl fmt::Debug for HeldShare {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HeldShare").finish_non_exhaustive()
    }
}

//! The share of a domain, whatever its protocol.

use core::fmt;
use core::future::Future;
use core::pin::Pin;

use milagro_dta::grants::{Answer, Desk, GrantError, Issued, SignedGrant};
use milagro_dta::issue::{ClientSecret, FirstKey, SecondKey, ServerSecret};
use milagro_dta::rand_core::CryptoRng;
use milagro_dta::{Agreement, Authority, AuthorityId, Edition, Mpin, Psk, Signing};
use milagro_ledger::{Ledger, LedgerId};
use milagro_wire::forms::ProtocolName;

/// An authority of a domain of any protocol that issues on grants.
pub struct HeldShare(Box<dyn Share>);

type Answered<'a> = Pin<Box<dyn Future<Output = Vec<Result<Answer, GrantError>>> + 'a>>;

/// What a service does with an authority.
trait Share: Send + Sync {
    fn protocol(&self) -> ProtocolName;
    fn number(&self) -> AuthorityId;
    fn edition(&self) -> &Edition;
    fn domain(&self) -> Vec<u8>;
    fn counts_in(&self, ledger: &LedgerId) -> bool;
    fn answer_all<'a>(
        &'a self,
        rng: &'a mut dyn CryptoRng,
        desk: &'a Desk<'a, dyn Ledger + 'a>,
        grants: &'a [&'a [u8]],
    ) -> Answered<'a>;
    fn issued(&self, grant: &[u8]) -> Option<Issued>;
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

            fn answer_all<'a>(
                &'a self,
                rng: &'a mut dyn CryptoRng,
                desk: &'a Desk<'a, dyn Ledger + 'a>,
                grants: &'a [&'a [u8]],
            ) -> Answered<'a> {
                Box::pin(async move {
                    let mut answers: Vec<_> = grants.iter().map(|_| Err(GrantError::Format)).collect();
                    $(
                        // Of another purpose, it is no grant of this one; nothing else was looked at.
                        let left = without_form(grants, &answers);
                        if !left.is_empty() {
                            let said = self.answer_all::<$purpose, _>(rng, desk, &left).await;
                            put_in_place(&mut answers, said);
                        }
                    )+
                    answers
                })
            }

            fn issued(&self, grant: &[u8]) -> Option<Issued> {
                $(if let Ok(signed) = SignedGrant::<$purpose>::from_bytes(grant) {
                    return Some(signed.grant().issued());
                })+
                None
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

/// The grants that were none of the purposes that were tried.
fn without_form<'a>(grants: &[&'a [u8]], answers: &[Result<Answer, GrantError>]) -> Vec<&'a [u8]> {
    let open = answers.iter().map(is_without_form);
    let grants = grants.iter().zip(open);
    grants
        .filter_map(|(grant, open)| open.then_some(*grant))
        .collect()
}

/// Puts what was said to those in their places.
fn put_in_place(answers: &mut [Result<Answer, GrantError>], said: Vec<Result<Answer, GrantError>>) {
    let open = answers.iter_mut().filter(|answer| is_without_form(answer));
    open.zip(said).for_each(|(answer, said)| *answer = said);
}

const fn is_without_form(answer: &Result<Answer, GrantError>) -> bool {
    matches!(answer, Err(GrantError::Format))
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

    /// Answers grants of any purpose of the protocol, one answer each, in order.
    pub(crate) async fn answer_all(
        &self,
        rng: &mut dyn CryptoRng,
        desk: &Desk<'_, dyn Ledger + '_>,
        grants: &[&[u8]],
    ) -> Vec<Result<Answer, GrantError>> {
        self.0.answer_all(rng, desk, grants).await
    }

    /// What is booked for a grant, by its own words: of any purpose of the protocol.
    pub(crate) fn issued(&self, grant: &[u8]) -> Option<Issued> {
        self.0.issued(grant)
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

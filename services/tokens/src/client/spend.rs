//! How a client spends its tokens.

use core::fmt;

use milagro_base::Seconds;
use milagro_voprf::rand_core::CryptoRng;
use milagro_voprf::tokens::client::Binding;
use milagro_wire::bounded::{Blob, List, TooLong};
use milagro_wire::client::CallError;

use crate::client::error::ClientError;
use crate::client::purse::Keeper;
use crate::client::service::TokenService;
use crate::client::wallet::Client;
use crate::forms::{BATCH_MAX, RedeemItem, RedeemOutcome, RedeemRequest};

/// What a token is spent on.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_structs, reason = "a caller fills in all of it")]
pub struct Purchase<'a> {
    /// What the payload is for.
    pub context: &'a [u8],
    /// What shall be accepted.
    pub payload: &'a [u8],
}

/// What came of a purchase.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Receipt {
    /// The token is spent on it, now or when the same request came before.
    Accepted,
    /// No.
    Refused,
}

/// Why there are no receipts.
#[derive(Debug)]
#[non_exhaustive]
pub enum SpendError {
    /// Nothing was sent.
    NotSent(ClientError),
    /// It was sent, and is to be sent again.
    Unanswered(Box<Unanswered>),
}

/// Redemptions that were sent, of which it is not known what came of them. The tokens are out of the wallet: send the same
/// again.
pub struct Unanswered {
    items: Vec<RedeemItem>,
    receipts: Vec<Option<Receipt>>,
    error: Option<CallError>,
}

impl Unanswered {
    /// Sends again what is not known, the same bytes.
    ///
    /// # Errors
    /// Itself, if still not everything is known.
    pub async fn again(mut self, redeemer: &TokenService) -> Result<Vec<Receipt>, Box<Self>> {
        let open: Vec<usize> = self.open().collect();
        let items = open
            .iter()
            .filter_map(|place| self.items.get(*place).cloned());
        let Ok(redemptions) = List::new(items.collect()) else {
            return Err(Box::new(self));
        };
        match redeemer.redeem(&RedeemRequest { redemptions }).await {
            Ok(answer) => {
                self.error = None;
                for (place, outcome) in open.into_iter().zip(answer.outcomes.as_slice()) {
                    if let Some(receipt) = self.receipts.get_mut(place) {
                        *receipt = known(*outcome);
                    }
                }
            }
            Err(error) => self.error = Some(error),
        }
        if self.open().next().is_some() {
            return Err(Box::new(self));
        }
        Ok(self.receipts.into_iter().flatten().collect())
    }

    /// Why there is no answer; `None` if the service says that it does not know.
    #[must_use]
    pub const fn error(&self) -> Option<&CallError> {
        self.error.as_ref()
    }

    fn open(&self) -> impl Iterator<Item = usize> {
        let places = self.receipts.iter().enumerate();
        places
            .filter(|(_, receipt)| receipt.is_none())
            .map(|(place, _)| place)
    }
}

const fn known(outcome: RedeemOutcome) -> Option<Receipt> {
    match outcome {
        // The tag is this client's alone: who was answered before was this client.
        RedeemOutcome::Spent | RedeemOutcome::Again => Some(Receipt::Accepted),
        RedeemOutcome::Refused => Some(Receipt::Refused),
        RedeemOutcome::Unknown => None,
    }
}

impl<K: Keeper> Client<K> {
    /// Takes a token for each purchase out of the wallet, and saves the wallet: what can be sent with
    /// [`Unanswered::again`].
    ///
    /// # Errors
    /// [`ClientError::Empty`], [`ClientError::Purchases`], [`ClientError::NotPinned`] before the first
    /// [`Client::follow`], [`ClientError::Save`].
    pub fn prepare<R: CryptoRng + ?Sized>(
        &mut self,
        rng: &mut R,
        purchases: &[Purchase<'_>],
        now: Seconds,
    ) -> Result<Unanswered, ClientError> {
        if purchases.is_empty() || purchases.len() > BATCH_MAX {
            return Err(ClientError::Purchases);
        }
        let pinned = self.pinned.as_ref().ok_or(ClientError::NotPinned)?;
        let mut tokens = Vec::with_capacity(purchases.len());
        for _ in purchases {
            match self
                .purse
                .wallet
                .take_redeemable(rng, pinned.schedule(), now)
            {
                Some(token) => tokens.push(token),
                None => break,
            }
        }
        if tokens.len() < purchases.len() {
            let back = self.purse.wallet.put(tokens);
            back.map_err(|not_taken| ClientError::Wallet(not_taken.reason()))?;
            return Err(ClientError::Empty);
        }
        let (mut items, mut rests) = (Vec::new(), Vec::new());
        for (token, purchase) in tokens.into_iter().zip(purchases) {
            let spending = token.redeem(&Binding {
                redeemer: &self.parts.redeemer_id,
                context: purchase.context,
                payload: purchase.payload,
            });
            items.push(item(&spending.request.to_bytes(), purchase));
            rests.extend(spending.rest);
        }
        let items: Result<Vec<_>, TooLong> = items.into_iter().collect();
        let items = items.map_err(|_| ClientError::Purchases)?;
        let put = self.purse.wallet.put(rests);
        put.map_err(|not_taken| ClientError::Wallet(not_taken.reason()))?;
        self.save()?;
        Ok(Unanswered {
            receipts: vec![None; items.len()],
            items,
            error: None,
        })
    }

    /// Spends a token on each purchase: one receipt each, in their order.
    ///
    /// # Errors
    /// [`SpendError`].
    pub async fn spend<R: CryptoRng + ?Sized>(
        &mut self,
        rng: &mut R,
        purchases: &[Purchase<'_>],
        now: Seconds,
    ) -> Result<Vec<Receipt>, SpendError> {
        let prepared = self
            .prepare(rng, purchases, now)
            .map_err(SpendError::NotSent)?;
        let answered = prepared.again(&self.parts.redeemer).await;
        answered.map_err(SpendError::Unanswered)
    }
}

fn item(request: &[u8], purchase: &Purchase<'_>) -> Result<RedeemItem, TooLong> {
    Ok(RedeemItem {
        request: Blob::new(request)?,
        context: Blob::new(purchase.context)?,
        payload: Blob::new(purchase.payload)?,
    })
}

impl fmt::Debug for Unanswered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unanswered")
            .field("redemptions", &self.items.len())
            .field("error", &self.error)
            .finish_non_exhaustive()
    }
}

impl fmt::Display for Unanswered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.error {
            Some(error) => error.fmt(f),
            None => f.write_str("the service does not know"),
        }
    }
}

impl core::error::Error for Unanswered {}

impl fmt::Display for SpendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotSent(error) => error.fmt(f),
            Self::Unanswered(unanswered) => unanswered.fmt(f),
        }
    }
}

impl core::error::Error for SpendError {}

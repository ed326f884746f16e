//! Where a client keeps its tokens until it spends them.

#[cfg(test)]
mod tests;

use alloc::{collections::BTreeMap, vec::Vec};
use core::fmt;

use rand_core::CryptoRng;
use zeroize::{ZeroizeOnDrop, Zeroizing};

use crate::tokens::schedule::KeySchedule;
use crate::tokens::token::codec::Reader;
use crate::tokens::token::{FormatError, KeyId, Token};

/// A client's tokens, no nonce twice; a token leaves by being moved out.
///
/// Bytes, version 1: `01 ‖ number of tokens (4, big-endian)`, then the tokens as [`Token::to_bytes`] writes them, in ascending
/// order of (key id, nonce).
///
/// # Security
/// The bytes are as good as the tokens: encrypt them at rest. Save the wallet after taking a token out and *before*
/// sending its request; a token that is taken out twice, because the saved state was older, buys nothing a second time but tells the
/// redeemer that both requests are one client's.
#[derive(Default)]
pub struct Wallet {
    /// Under each key its tokens by ascending nonce, never none.
    tokens: BTreeMap<KeyId, Vec<Token>>,
}

impl Wallet {
    /// The largest number of tokens.
    pub const MAX_TOKENS: usize = 65_536;
    const VERSION: u8 = 1;

    /// An empty wallet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Puts a token in.
    ///
    /// # Errors
    /// [`FormatError::NotCanonical`] if a token of this key and nonce is inside, `TooMany` if the wallet is full; the token
    /// offered is wiped.
    pub fn insert(&mut self, token: Token) -> Result<(), FormatError> {
        if self.len() >= Self::MAX_TOKENS {
            return Err(FormatError::TooMany);
        }
        let tokens = self.tokens.entry(*token.key_id()).or_default();
        match tokens.binary_search_by_key(&token.nonce(), Token::nonce) {
            Ok(_) => Err(FormatError::NotCanonical),
            Err(place) => {
                tokens.insert(place, token);
                Ok(())
            }
        }
    }

    /// Takes one token of that key out, any of them with the same chance.
    ///
    /// # Security
    /// The redeemer sees the nonces of what is spent, so an order among them would tell which of them one client spent, and how far
    /// down its wallet it is. Hence the generator.
    #[must_use]
    pub fn take<R: CryptoRng + ?Sized>(&mut self, rng: &mut R, key_id: &KeyId) -> Option<Token> {
        let tokens = self.tokens.get_mut(key_id)?;
        let token = tokens.remove(place(rng, tokens.len())?);
        if tokens.is_empty() {
            self.tokens.remove(key_id);
        }
        Some(token)
    }

    /// Takes one token out that can be spent at time `now`, any of those of the key that expires first.
    #[must_use]
    pub fn take_redeemable<R: CryptoRng + ?Sized>(
        &mut self,
        rng: &mut R,
        schedule: &KeySchedule,
        now: u64,
    ) -> Option<Token> {
        let mut open = schedule
            .keys()
            .iter()
            .filter(|key| schedule.redeems(key.id(), now));
        open.find_map(|key| self.take(rng, key.id()))
    }

    /// Wipes every token of a key that is over at `now` by this schedule; tokens of keys that it does not list stay.
    pub fn forget_expired(&mut self, schedule: &KeySchedule, now: u64) {
        self.tokens
            .retain(|key_id, _| !schedule.is_over(key_id, now));
    }

    /// How many tokens it holds.
    #[must_use]
    pub fn len(&self) -> usize {
        self.tokens.values().map(Vec::len).sum()
    }

    /// Whether it holds none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.tokens.is_empty()
    }

    /// Encodes all tokens, at most 8.7 MB, in a buffer that wipes itself.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        // Room for all of it at once: a buffer that grew would leave unwiped copies behind.
        let mut out = Zeroizing::new(Vec::with_capacity(5 + self.len() * Token::MAX_LEN));
        out.push(Self::VERSION);
        out.extend_from_slice(&u32::try_from(self.len()).unwrap_or(u32::MAX).to_be_bytes());
        for token in self.tokens.values().flatten() {
            token.write(&mut out);
        }
        out
    }

    /// Reads an encoded wallet; takes no more memory than a small multiple of the input.
    ///
    /// # Errors
    /// Any [`FormatError`]: `TooMany` beyond [`Wallet::MAX_TOKENS`], `NotCanonical` for tokens repeated or out of order.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, FormatError> {
        let mut reader = Reader(bytes);
        reader.version(Self::VERSION)?;
        let count = usize::try_from(reader.u32()?).map_err(|_| FormatError::TooMany)?;
        if count > Self::MAX_TOKENS {
            return Err(FormatError::TooMany);
        }
        let mut tokens = BTreeMap::<_, Vec<Token>>::new();
        let mut last = None;
        for _ in 0..count {
            let token = Token::read(&mut reader)?;
            let place = (*token.key_id(), *token.nonce());
            if last.replace(place).is_some_and(|last| last >= place) {
                return Err(FormatError::NotCanonical);
            }
            tokens.entry(*token.key_id()).or_default().push(token);
        }
        reader.finish()?;
        Ok(Self { tokens })
    }
}

/// A place below `len`, uniform but for 2⁻⁴⁸, or `None` if there is none.
fn place<R: CryptoRng + ?Sized>(rng: &mut R, len: usize) -> Option<usize> {
    let number = rng.next_u64().checked_rem(u64::try_from(len).ok()?)?;
    usize::try_from(number).ok()
}

impl fmt::Debug for Wallet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wallet").finish_non_exhaustive()
    }
}

impl ZeroizeOnDrop for Wallet {}

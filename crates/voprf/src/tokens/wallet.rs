//! Where a client keeps its tokens until it spends them.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::fmt;

use milagro_base::{DecodeError, Reader, Seconds};
use rand_core::CryptoRng;
use zeroize::{ZeroizeOnDrop, Zeroizing};

use crate::tokens::plan::KeyId;
use crate::tokens::schedule::list::KeySchedule;
use crate::tokens::token::Token;

/// Why a wallet took no token of those that were offered.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum WalletError {
    /// There is no room for all of them: [`Wallet::MAX_TOKENS`].
    Full,
    /// One of them is inside already, or offered twice.
    Repeated,
}

impl fmt::Display for WalletError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full => "wallet full",
            Self::Repeated => "token in the wallet already",
        })
    }
}

impl core::error::Error for WalletError {}

/// Tokens that a wallet did not take.
#[derive(Debug)]
pub struct NotTaken {
    tokens: Vec<Token>,
    reason: WalletError,
}

impl NotTaken {
    /// All that were offered.
    #[must_use]
    pub fn into_tokens(self) -> Vec<Token> {
        self.tokens
    }

    /// Why.
    #[must_use]
    pub const fn reason(&self) -> WalletError {
        self.reason
    }
}

impl fmt::Display for NotTaken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.reason.fmt(f)
    }
}

impl core::error::Error for NotTaken {}

/// A client's tokens, none twice. A token leaves by being moved out, and a wallet is never copied:
///
/// ```compile_fail,E0599
/// # fn demo(wallet: milagro_voprf::tokens::client::Wallet) {
/// let copy = wallet.clone();
/// # }
/// ```
///
/// Bytes, version 1: `01 ‖ number of tokens (4, big-endian)`, then the tokens as [`Token::to_bytes`] writes
/// them, in ascending order of (key id, form, nonce or seed).
///
/// # Security
/// The bytes are as good as the tokens: encrypt them at rest. Save the wallet after taking a token out and
/// *before* sending its request; a token that is taken out twice, because the saved state was older, buys
/// nothing a second time but tells the redeemer that both requests are one client's.
#[derive(Default)]
pub struct Wallet {
    /// Under each key its tokens in no order, never none.
    shelves: BTreeMap<KeyId, Vec<Token>>,
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

    /// Puts tokens in, all or none.
    ///
    /// # Errors
    /// [`NotTaken`] with the tokens.
    pub fn put(&mut self, mut tokens: Vec<Token>) -> Result<(), NotTaken> {
        let reason = if tokens.len() > Self::MAX_TOKENS.saturating_sub(self.len()) {
            Some(WalletError::Full)
        } else {
            tokens.sort_unstable_by(|one, other| order(one).cmp(&order(other)));
            self.repeats(&tokens).then_some(WalletError::Repeated)
        };
        if let Some(reason) = reason {
            return Err(NotTaken { tokens, reason });
        }
        for token in tokens {
            self.shelves.entry(token.key_id).or_default().push(token);
        }
        Ok(())
    }

    /// Whether any of these, which are in order, is there twice or inside already.
    fn repeats(&self, tokens: &[Token]) -> bool {
        let mut keys: Vec<_> = tokens.iter().map(Token::key_id).collect();
        keys.dedup();
        let shelves = keys.iter().filter_map(|key| self.shelves.get(*key));
        let offered =
            |inside: &Token| tokens.binary_search_by(|token| order(token).cmp(&order(inside)));
        !tokens.is_sorted_by(|one, other| order(one) < order(other))
            || shelves.flatten().any(|inside| offered(inside).is_ok())
    }

    /// Takes one token of that key out, any of them with the same chance.
    ///
    /// # Security
    /// The redeemer sees the nonces of what is spent, so an order among them would tell which of them one
    /// client spent, and how far down its wallet it is. Hence the generator.
    #[must_use]
    pub fn take<R: CryptoRng + ?Sized>(&mut self, rng: &mut R, key_id: &KeyId) -> Option<Token> {
        let shelf = self.shelves.get_mut(key_id)?;
        let place = place(rng, shelf.len())?;
        let token = shelf.swap_remove(place);
        if shelf.is_empty() {
            self.shelves.remove(key_id);
        }
        Some(token)
    }

    /// Takes one token out that can be spent at time `now`, any of those of the key that expires first.
    #[must_use]
    pub fn take_redeemable<R: CryptoRng + ?Sized>(
        &mut self,
        rng: &mut R,
        schedule: &KeySchedule,
        now: Seconds,
    ) -> Option<Token> {
        let mut open = schedule
            .keys()
            .iter()
            .filter(|key| schedule.redeems(key.id(), now));
        open.find_map(|key| self.take(rng, key.id()))
    }

    /// Wipes every token of a key that is over at `now` by this schedule, or withdrawn; tokens of keys that
    /// it does not list stay.
    ///
    /// # Security
    /// By a clock that is ahead by more than the leeway it wipes tokens that are good: for housekeeping, not for
    /// choosing, which [`Self::take_redeemable`] does.
    pub fn forget_expired(&mut self, schedule: &KeySchedule, now: Seconds) {
        self.shelves
            .retain(|key_id, _| !schedule.is_over(key_id, now));
    }

    /// How many tokens it holds.
    #[must_use]
    pub fn len(&self) -> usize {
        self.shelves.values().map(Vec::len).sum()
    }

    /// How many of them are of that key.
    #[must_use]
    pub fn len_of(&self, key_id: &KeyId) -> usize {
        self.shelves.get(key_id).map_or(0, Vec::len)
    }

    /// Whether it holds none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.shelves.is_empty()
    }

    /// Encodes all tokens, at most 8.7 MB, in a buffer that wipes itself.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        // Room for all of it at once: a buffer that grew would leave unwiped copies behind.
        let mut out = Zeroizing::new(Vec::with_capacity(5 + self.len() * Token::MAX_LEN));
        out.push(Self::VERSION);
        out.extend_from_slice(&u32::try_from(self.len()).unwrap_or(u32::MAX).to_be_bytes());
        for shelf in self.shelves.values() {
            let mut tokens: Vec<_> = shelf.iter().collect();
            tokens.sort_unstable_by(|one, other| order(one).cmp(&order(other)));
            for token in tokens {
                token.write(&mut out);
            }
        }
        out
    }

    /// Reads an encoded wallet; takes no more memory than a small multiple of the input.
    ///
    /// # Errors
    /// [`DecodeError`]; `Value` beyond [`Wallet::MAX_TOKENS`], and for tokens repeated or out of order.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        reader.version(Self::VERSION)?;
        let count = usize::try_from(reader.u32()?).map_err(|_| DecodeError::Value)?;
        if count > Self::MAX_TOKENS {
            return Err(DecodeError::Value);
        }
        let mut shelves = BTreeMap::<_, Vec<Token>>::new();
        for _ in 0..count {
            let token = Token::read(&mut reader)?;
            let last = shelves.last_key_value();
            let last = last.and_then(|(_, shelf)| shelf.last());
            if last.is_some_and(|last| order(last) >= order(&token)) {
                return Err(DecodeError::Value);
            }
            shelves.entry(token.key_id).or_default().push(token);
        }
        reader.finish()?;
        Ok(Self { shelves })
    }
}

/// Where a token stands among others.
fn order(token: &Token) -> (&KeyId, (u8, &[u8; 32])) {
    (token.key_id(), token.place())
}

/// A place below `len`, uniform but for 2⁻⁴⁸, or `None` if there is none.
fn place<R: CryptoRng + ?Sized>(rng: &mut R, len: usize) -> Option<usize> {
    let number = rng.next_u64().checked_rem(u64::try_from(len).ok()?)?;
    usize::try_from(number).ok()
}

milagro_base::opaque_debug!(Wallet);

impl ZeroizeOnDrop for Wallet {}

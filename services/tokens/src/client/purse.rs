//! What a client keeps: its tokens, what it waits for, and which edition it has seen.

use milagro_base::{DecodeError, Reader};
use milagro_voprf::tokens::client::Wallet;
use milagro_voprf::tokens::schedule::Edition;
use zeroize::{ZeroizeOnDrop, Zeroizing};

use crate::client::error::SaveError;

/// Where a client's state is kept over restarts.
pub trait Keeper: Send {
    /// Saves a state in the place of the one before, and returns when it is durable.
    ///
    /// # Errors
    /// [`SaveError`]: nothing is sent then.
    ///
    /// # Security
    /// The bytes are as good as the tokens: encrypt them. A state that is older than the last one that was saved shows
    /// tokens twice, which tells redeemers that they are one client's.
    fn save(&mut self, state: &[u8]) -> Result<(), SaveError>;
}

/// Bytes, version 1: `01 ‖ edition (40, zeros before the first) ‖ length (4) ‖ pending ‖ wallet`.
#[derive(Default)]
pub(crate) struct Purse {
    pub(crate) wallet: Wallet,
    /// What an answer is waited for with: `PendingTokens`.
    pub(crate) pending: Option<Zeroizing<Vec<u8>>>,
    pub(crate) edition: Option<Edition>,
}

impl Purse {
    const VERSION: u8 = 1;

    pub(crate) fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let (wallet, none) = (self.wallet.to_bytes(), Zeroizing::new(Vec::new()));
        let pending = self.pending.as_ref().unwrap_or(&none);
        let room = 45_usize
            .saturating_add(pending.len())
            .saturating_add(wallet.len());
        let length = u32::try_from(pending.len()).unwrap_or(u32::MAX);
        let mut out = Zeroizing::new(Vec::with_capacity(room));
        out.push(Self::VERSION);
        let edition = self
            .edition
            .map_or([0; Edition::LEN], |edition| edition.to_bytes());
        out.extend_from_slice(&edition);
        out.extend_from_slice(&length.to_be_bytes());
        out.extend_from_slice(pending);
        out.extend_from_slice(&wallet);
        out
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        reader.version(Self::VERSION)?;
        let edition = reader.array::<{ Edition::LEN }>()?;
        let edition = if *edition == [0; Edition::LEN] {
            None
        } else {
            Some(Edition::from_bytes(edition)?)
        };
        let length = usize::try_from(reader.u32()?).map_err(|_| DecodeError::Value)?;
        let pending = reader.bytes(length)?;
        let pending = (!pending.is_empty()).then(|| Zeroizing::new(pending.to_vec()));
        Ok(Self {
            wallet: Wallet::from_bytes(reader.bytes(reader.remaining())?)?,
            pending,
            edition,
        })
    }
}

milagro_base::opaque_debug!(Purse);
impl ZeroizeOnDrop for Purse {}

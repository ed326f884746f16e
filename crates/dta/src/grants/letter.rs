//! What a registrar has to say to the client of a grant and to nobody else, such as what another service has for it.

use milagro_curve::rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::grants::error::GrantError;
use crate::grants::grant::SignedGrant;
use crate::grants::purpose::Granted;
use crate::grants::seal::ClientKey;

impl<U: Granted> SignedGrant<U> {
    /// Seals a letter to the client's key as shares are sealed, but under another label: no share opens as a letter, and no
    /// letter as a share. Whoever carries the grant and the letter sees how long the letter is.
    ///
    /// # Security
    /// Nothing in it says who has sealed it: a client believes it as far as the channel that it came by.
    ///
    /// # Errors
    /// [`GrantError::Client`] for a key of small order.
    pub fn seal_letter<R: CryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        letter: &[u8],
    ) -> Result<Vec<u8>, GrantError> {
        let sealed = self.grant().client.seal(rng, &self.letter_info(), letter);
        sealed.ok_or(GrantError::Client)
    }
}

impl ClientKey {
    /// Opens a letter that was sealed for a grant to this key; into a buffer that is wiped. `None` for other bytes.
    #[must_use]
    pub fn open_letter<U: Granted>(
        &self,
        grant: &SignedGrant<U>,
        sealed: &[u8],
    ) -> Option<Zeroizing<Vec<u8>>> {
        self.open(&grant.letter_info(), sealed)
    }
}

//! Shares for whoever asks.

use milagro_base::opaque_debug;
use milagro_curve::rand_core::CryptoRng;
use milagro_mpin::{Identity, ServerId};

use crate::domain::protocol::{Mpin, Protocol};
use crate::issue::authority::Authority;
use crate::issue::batch::Batch;
use crate::issue::error::IssueError;
use crate::issue::purpose::{HashToSecond, IdentityPurpose, SecondKey, ServerSecret};
use crate::issue::share::{G1Share, G2Share};
use crate::sharing::group::Bls12381G1;

/// An authority that issues to whoever asks, as often as asked, without a grant, and not sealed. For closed systems,
/// for moving many users over at once, and for tests.
///
/// # Security
/// The caller authenticates whoever wants a key, issues a key for that subject alone, sends it over a confidential
/// channel, and counts: whoever gets t shares for a user's name has the user's secret.
pub struct Uncounted<'a, P: Protocol>(&'a Authority<P>);

impl<P: Protocol<Group = Bls12381G1>> Authority<P> {
    /// Issues without grants: see [`Uncounted`].
    #[must_use]
    pub const fn uncounted(&self) -> Uncounted<'_, P> {
        Uncounted(self)
    }
}

impl<P: Protocol<Group = Bls12381G1>> Uncounted<'_, P> {
    /// This authority's share of an identity's key, with its proof.
    ///
    /// # Security
    /// See [`G1Share`].
    ///
    /// # Errors
    /// [`IssueError::Degenerate`], which a good generator never gives.
    pub fn issue<U, R>(&self, rng: &mut R, subject: &U::Subject) -> Result<G1Share<U>, IssueError>
    where
        U: IdentityPurpose<Protocol = P>,
        R: CryptoRng + ?Sized,
    {
        self.0.issue_in_g1(rng, subject)
    }

    /// This authority's shares of the keys of many identities.
    ///
    /// # Errors
    /// [`IssueError::Count`] for none or more than 1,048,576.
    pub fn issue_batch<U, R>(
        &self,
        rng: &mut R,
        subjects: &[U::Subject],
    ) -> Result<Batch<U>, IssueError>
    where
        U: IdentityPurpose<Protocol = P>,
        R: CryptoRng + ?Sized,
    {
        self.0.batch(rng, subjects)
    }
}

impl Uncounted<'_, Mpin> {
    /// This authority's share of a server secret.
    ///
    /// # Security
    /// See [`G2Share`].
    ///
    /// # Errors
    /// [`IssueError::Degenerate`], which does not happen.
    pub fn issue_server(&self, server: &ServerId) -> Result<G2Share<ServerSecret>, IssueError> {
        self.0.issue_in_g2(server)
    }
}

impl<P: HashToSecond> Uncounted<'_, P> {
    /// This authority's share of an identity's key in G2.
    ///
    /// # Errors
    /// [`IssueError::Degenerate`], which does not happen.
    pub fn issue_second(&self, identity: &Identity) -> Result<G2Share<SecondKey<P>>, IssueError> {
        self.0.issue_in_g2(identity)
    }
}

opaque_debug!(Uncounted<'a, P: Protocol>);

//! Lists that take time to ask: a database, a policy service.

use milagro_base::Seconds;

use crate::admission::refusal::Refusal;
use crate::admission::side::Side;
use crate::admission::verifier::IdentityVerifier;
use crate::names::{Identity, Principal};

/// Decides who is let in, and may wait for the answer. TLS stacks do not wait within a handshake, so it is asked
/// behind it, before the first byte of the application: [`IdentityVerifier::welcome`].
///
/// ```
/// use milagro_tls::admission::{AuthorizeLater, IdentityVerifier, Refusal, Side, Welcome};
/// use milagro_tls::{Identity, Principal, Seconds};
///
/// struct Directory;
/// # impl Directory { async fn has(&self, _: &str) -> bool { true } }
///
/// impl AuthorizeLater for Directory {
///     async fn permits(&self, peer: &Principal) -> bool {
///         self.has(peer.name()).await
///     }
/// }
///
/// // After the handshake, with `raw_keys::peer_identity(&connection)`:
/// async fn serve(verifier: &IdentityVerifier, peer: Identity, clock: impl Fn() -> Seconds) -> Result<(), Refusal> {
///     let welcome: Welcome = verifier.welcome(&Directory, peer, Side::Client, clock).await?;
///     // Only from here on is anything read or written for `welcome.identity()`.
///     # let _ = welcome.identity();
///     Ok(())
/// }
/// ```
pub trait AuthorizeLater: Send + Sync {
    /// Whether the principal, who has proven to be who it says, is welcome.
    fn permits(&self, peer: &Principal) -> impl Future<Output = bool> + Send;
}

/// Proof that a list was asked behind the handshake and lets this identity in.
#[must_use = "an identity that nobody looks at lets in everybody"]
#[derive(Debug)]
pub struct Welcome(Identity);

impl Welcome {
    /// Who is welcome.
    #[must_use]
    pub const fn identity(&self) -> &Identity {
        &self.0
    }
}

impl IdentityVerifier {
    /// Asks `list` for a peer that is authenticated; then, as that may have taken long, the anchors, the clock and
    /// [`Authorize`](crate::admission::Authorize) once more ([`Self::check_again`]). A future that is dropped has let
    /// in nobody. How long the list may take is for the caller to say.
    ///
    /// # Security
    /// `peer` has to be proven: what `raw_keys::peer_identity` says behind the handshake, or the identity of a
    /// [`BoundPeer`](crate::binding::BoundPeer). What a message claims is not.
    ///
    /// # Errors
    /// [`Refusal`]: close the connection and say nothing.
    pub async fn welcome<A: AuthorizeLater>(
        &self,
        list: &A,
        peer: Identity,
        end: Side,
        clock: impl Fn() -> Seconds,
    ) -> Result<Welcome, Refusal> {
        if !list.permits(peer.principal()).await {
            return Err(self.refused(&peer, end, Refusal::NotAuthorized));
        }
        self.check_again(&peer, end, clock())?;
        Ok(Welcome(peer))
    }
}

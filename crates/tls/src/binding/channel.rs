//! The two ends.

use milagro_base::{Seconds, Writer};
use milagro_curve::rand_core::CryptoRng;

use crate::admission::{IdentityVerifier, Refusal, Side, Signed};
use crate::binding::error::BindingError;
use crate::binding::exporter::Exporter;
use crate::binding::messages::{BindingHello, ClientBinding, ServerBinding};
use crate::names::{Identity, Principal};
use crate::signing::{Context, Signature, Signer};

/// One end of a channel that is to be bound: who is here, and who may be there.
#[derive(Clone, Copy, Debug)]
pub struct Channel<'a> {
    /// Signs for this end.
    pub signer: &'a Signer,
    /// Judges the other end.
    pub verifier: &'a IdentityVerifier,
    /// Of this channel.
    pub exporter: Exporter,
}

/// The client, waiting for the server's signature.
#[derive(Debug)]
pub struct AwaitServer<'a> {
    channel: Channel<'a>,
    expected: Principal,
}

/// The server, waiting for the client's signature.
#[derive(Debug)]
pub struct AwaitClient<'a> {
    channel: Channel<'a>,
    client: Identity,
}

/// Proof that this identity is at the other end of the channel. Only a finished run makes one.
#[must_use = "an identity that nobody looks at lets in everybody"]
#[derive(Debug)]
pub struct BoundPeer(Identity);

impl BoundPeer {
    /// Who is there.
    #[must_use]
    pub const fn identity(&self) -> &Identity {
        &self.0
    }
}

impl<'a> Channel<'a> {
    /// Starts as the client that wants to talk to `expected`.
    #[must_use]
    pub fn announce(self, expected: Principal) -> (BindingHello, AwaitServer<'a>) {
        let hello = BindingHello {
            identity: self.signer.identity().clone(),
        };
        let state = AwaitServer {
            channel: self,
            expected,
        };
        (hello, state)
    }

    /// Answers as the server. The client has proven nothing yet, and the list is not asked yet.
    ///
    /// ```compile_fail,E0382
    /// # use milagro_tls::{Seconds, rand_core};
    /// # use milagro_tls::binding::{AwaitClient, ClientBinding};
    /// # fn demo(waiting: AwaitClient<'_>, proof: &ClientBinding, now: Seconds) {
    /// let first = waiting.finish(proof, now);
    /// let second = waiting.finish(proof, now); // moved: one run, one verdict
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`BindingError`] for a client that may not be there, whoever it is: trust domain, role, epoch.
    pub fn answer<R: CryptoRng + ?Sized>(
        self,
        rng: &mut R,
        hello: &BindingHello,
        now: Seconds,
    ) -> Result<(ServerBinding, AwaitClient<'a>), BindingError> {
        self.not_reflected(&hello.identity, Side::Client)?;
        self.verifier.check(&hello.identity, Side::Client, now)?;
        let message = ServerBinding {
            identity: self.signer.identity().clone(),
            signature: self.sign(rng, Side::Server, &hello.identity).to_bytes(),
        };
        let state = AwaitClient {
            channel: self,
            client: hello.identity.clone(),
        };
        Ok((message, state))
    }

    fn not_reflected(&self, peer: &Identity, end: Side) -> Result<(), Refusal> {
        if peer.principal() == self.signer.identity().principal() {
            Err(self.verifier.refused(peer, end, Refusal::Reflected))
        } else {
            Ok(())
        }
    }

    fn sign<R: CryptoRng + ?Sized>(&self, rng: &mut R, end: Side, peer: &Identity) -> Signature {
        let message = signed(end, &self.exporter, [self.signer.identity(), peer]);
        self.signer.sign(rng, Context::ChannelBinding, &message)
    }

    /// The last step at this end: clock, list, signature.
    fn verify(
        &self,
        end: Side,
        peer: &Identity,
        signature: &[u8; Signature::LEN],
        now: Seconds,
    ) -> Result<BoundPeer, BindingError> {
        let signed = Signed {
            identity: peer,
            context: Context::ChannelBinding,
            message: &signed(end, &self.exporter, [peer, self.signer.identity()]),
            signature,
        };
        self.verifier.verify(&signed, end, now)?;
        Ok(BoundPeer(peer.clone()))
    }
}

/// What an end of the channel signs: its own identity comes first.
fn signed(end: Side, exporter: &Exporter, [own, peer]: [&Identity; 2]) -> Vec<u8> {
    let side = match end {
        Side::Client => 1,
        Side::Server => 2,
    };
    Writer::new()
        .u8(side)
        .bytes(&exporter.to_bytes())
        .string(&own.to_bytes())
        .string(&peer.to_bytes())
        .finish()
}

impl AwaitServer<'_> {
    /// Checks that the server is the expected one and signed for this channel, and signs in turn.
    ///
    /// # Errors
    /// [`BindingError`].
    pub fn answer<R: CryptoRng + ?Sized>(
        self,
        rng: &mut R,
        server: &ServerBinding,
        now: Seconds,
    ) -> Result<(ClientBinding, BoundPeer), BindingError> {
        let Self { channel, expected } = self;
        let ServerBinding {
            identity,
            signature,
        } = server;
        channel.not_reflected(identity, Side::Server)?;
        let called = |principal: &Principal| *principal == expected;
        channel
            .verifier
            .check_called(identity, Side::Server, called, now)?;
        let peer = channel.verify(Side::Server, identity, signature, now)?;
        let signature = channel.sign(rng, Side::Client, identity).to_bytes();
        Ok((ClientBinding { signature }, peer))
    }
}

impl AwaitClient<'_> {
    /// Who the client says it is. Nothing is proven.
    #[must_use]
    pub const fn claimed_identity(&self) -> &Identity {
        &self.client
    }

    /// Checks, at the time `now`, that the client still may be there, is on the list, and signed for this channel.
    ///
    /// # Errors
    /// [`BindingError`].
    pub fn finish(self, client: &ClientBinding, now: Seconds) -> Result<BoundPeer, BindingError> {
        self.channel
            .verify(Side::Client, &self.client, &client.signature, now)
    }
}

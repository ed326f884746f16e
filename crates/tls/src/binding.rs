//! Identities for a channel that exists: any TLS 1.3 connection, whoever authenticated it and how.
//!
//! ```text
//! client -> server   01 01 || framed(client identity)
//! server -> client   01 02 || framed(server identity) || U || V
//! client -> server   01 03 || U || V
//! ```
//!
//! Both sign `side [1] || exporter [32] || framed(own identity) || framed(peer's identity)` with the side
//! 1 for the client and 2 for the server, the server first. The exporter is that of RFC 9266: 32 bytes
//! exported under the label `EXPORTER-Channel-Binding` with an empty context. Who ends TLS in the middle
//! has two channels with two exporters, and no signature fits the other one.

use milagro_base::Seconds;
use milagro_base::{Reader, Writer};
use milagro_curve::rand_core::CryptoRng;

use crate::{
    BindingError, Context, DecodeError, Identity, IdentityVerifier, Principal, Refusal, Side,
    Signature, Signer,
};

const VERSION: u8 = 1;

/// What tells a TLS channel from all others (RFC 9266): 32 bytes, the same at both ends.
///
/// Over TLS 1.2 it does so only with the extended master secret (RFC 7627); export nothing without.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Exporter([u8; Self::LEN]);

impl Exporter {
    /// Bytes to export.
    pub const LEN: usize = 32;
    /// The label to export them under, with an empty context.
    pub const LABEL: &'static str = "EXPORTER-Channel-Binding";

    /// What the TLS stack exported.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; Self::LEN]) -> Self {
        Self(bytes)
    }
}

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

/// The first message, client to server: who the client says it is. 49 to 303 bytes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct BindingHello {
    identity: Identity,
}

/// The second message, server to client: who the server is, signed. 145 to 399 bytes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ServerBinding {
    identity: Identity,
    signature: Signature,
}

/// The third message, client to server: the client's signature. 98 bytes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ClientBinding {
    signature: Signature,
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

    /// Answers as the server. The client has proven nothing yet.
    ///
    /// ```compile_fail,E0382
    /// # use milagro_tls::*;
    /// # fn demo(rng: &mut impl rand_core::CryptoRng, waiting: AwaitClient<'_>, proof: &ClientBinding) {
    /// let first = waiting.finish(proof);
    /// let second = waiting.finish(proof); // moved: one run, one verdict
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`BindingError`] for a client that is not welcome.
    pub fn answer<R: CryptoRng + ?Sized>(
        self,
        rng: &mut R,
        hello: &BindingHello,
        now: Seconds,
    ) -> Result<(ServerBinding, AwaitClient<'a>), BindingError> {
        self.admit(&hello.identity, Side::Client, now)?;
        let message = ServerBinding {
            identity: self.signer.identity().clone(),
            signature: self.sign(rng, Side::Server, &hello.identity),
        };
        let state = AwaitClient {
            channel: self,
            client: hello.identity.clone(),
        };
        Ok((message, state))
    }

    fn admit(&self, peer: &Identity, end: Side, now: Seconds) -> Result<(), Refusal> {
        if peer.principal() == self.signer.identity().principal() {
            return Err(Refusal::Reflected);
        }
        self.verifier.check(peer, end, now)
    }

    fn sign<R: CryptoRng + ?Sized>(&self, rng: &mut R, end: Side, peer: &Identity) -> Signature {
        let message = signed(end, &self.exporter, (self.signer.identity(), peer));
        self.signer.sign(rng, Context::ChannelBinding, &message)
    }

    fn verify(
        &self,
        end: Side,
        peer: &Identity,
        signature: &Signature,
    ) -> Result<BoundPeer, BindingError> {
        let message = signed(end, &self.exporter, (peer, self.signer.identity()));
        let anchor = self.verifier.anchor();
        anchor.verify(peer, Context::ChannelBinding, &message, signature)?;
        Ok(BoundPeer(peer.clone()))
    }
}

/// What an end of the channel signs.
fn signed(end: Side, exporter: &Exporter, (own, peer): (&Identity, &Identity)) -> Vec<u8> {
    let side = match end {
        Side::Client => 1,
        Side::Server => 2,
    };
    Writer::new()
        .u8(side)
        .bytes(&exporter.0)
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
        let identity = &server.identity;
        if *identity.principal() != self.expected {
            return Err(Refusal::Name.into());
        }
        self.channel.admit(identity, Side::Server, now)?;
        let peer = self
            .channel
            .verify(Side::Server, identity, &server.signature)?;
        let signature = self.channel.sign(rng, Side::Client, identity);
        Ok((ClientBinding { signature }, peer))
    }
}

impl AwaitClient<'_> {
    /// Checks that the client signed for this channel.
    ///
    /// # Errors
    /// [`BindingError::Signature`].
    pub fn finish(self, client: &ClientBinding) -> Result<BoundPeer, BindingError> {
        self.channel
            .verify(Side::Client, &self.client, &client.signature)
    }
}

impl BindingHello {
    const KIND: u8 = 1;

    /// Who the client says it is. Nothing is proven.
    #[must_use]
    pub const fn claimed_identity(&self) -> &Identity {
        &self.identity
    }

    /// Writes the message.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        opening(Self::KIND)
            .string(&self.identity.to_bytes())
            .finish()
    }

    /// Reads what [`Self::to_bytes`] wrote.
    ///
    /// # Errors
    /// [`DecodeError`]: length, version, another message, an identity that is none.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = open(bytes, Self::KIND)?;
        let identity = Identity::from_bytes(reader.string()?)?;
        reader.finish()?;
        Ok(Self { identity })
    }
}

impl ServerBinding {
    const KIND: u8 = 2;

    /// Writes the message.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        opening(Self::KIND)
            .string(&self.identity.to_bytes())
            .bytes(&self.signature.to_bytes())
            .finish()
    }

    /// Reads what [`Self::to_bytes`] wrote.
    ///
    /// # Errors
    /// [`DecodeError`]: length, version, another message, an identity or a signature that is none.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = open(bytes, Self::KIND)?;
        let identity = Identity::from_bytes(reader.string()?)?;
        let signature = Signature::read(&mut reader)?;
        reader.finish()?;
        Ok(Self {
            identity,
            signature,
        })
    }
}

impl ClientBinding {
    const KIND: u8 = 3;

    /// Writes the message.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        opening(Self::KIND)
            .bytes(&self.signature.to_bytes())
            .finish()
    }

    /// Reads what [`Self::to_bytes`] wrote.
    ///
    /// # Errors
    /// [`DecodeError`]: length, version, another message, a signature that is none.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = open(bytes, Self::KIND)?;
        let signature = Signature::read(&mut reader)?;
        reader.finish()?;
        Ok(Self { signature })
    }
}

fn opening(kind: u8) -> Writer {
    Writer::new().u8(VERSION).u8(kind)
}

fn open(bytes: &[u8], kind: u8) -> Result<Reader<'_>, DecodeError> {
    let mut reader = Reader::new(bytes);
    reader.version(VERSION)?;
    reader.code(kind)?;
    Ok(reader)
}

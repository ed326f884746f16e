//! What a client sends to a redeemer, and how a token becomes it.

use alloc::boxed::Box;
use alloc::vec::Vec;

use milagro_base::{DecodeError, Reader, Writer};
use zeroize::{ZeroizeOnDrop, Zeroizing};

use crate::tokens::nonce::{Form, Name, Nonce};
use crate::tokens::output::TokenOutput;
use crate::tokens::plan::KeyId;
use crate::tokens::redeem::binding::Binding;
use crate::tokens::redeem::mac::{self, TAG_LEN};
use crate::tokens::redeem::spend::Spend;
use crate::tokens::signature::{self, KEY_LEN, SIGNATURE_LEN};
use crate::tokens::token::Token;
use crate::tokens::uses::UseIndex;

/// A redemption bound to its payload: 99 bytes beside it, or 163 for a token with a key of its own.
///
/// Bytes, version 1: `01 ‖ 00 ‖ key id (32) ‖ nonce (32) ‖ j (1) ‖ tag (32)`, or `01 ‖ 01 ‖ key id (32) ‖
/// verification key (32) ‖ j (1) ‖ tag (32) ‖ signature (64)`.
///
/// # Security
/// Public: it holds no secret, buys nothing but the payload it was made for, and that once. But whoever sees
/// the nonce in clear and may draw tokens can draw this one again, and spend what is left of it: send it
/// encrypted, or give the token a key of its own.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RedemptionRequest {
    pub(super) key_id: KeyId,
    pub(super) proof: NonceProof,
    pub(super) use_index: UseIndex,
    pub(super) tag: [u8; TAG_LEN],
}

/// The nonce, or what shows that the sender knows the key that it is the hash of.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum NonceProof {
    Plain(Nonce),
    Keyed(Box<Signed>),
}

/// A verification key with a signature.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Signed {
    pub(super) key: [u8; KEY_LEN],
    pub(super) signature: [u8; SIGNATURE_LEN],
}

impl RedemptionRequest {
    /// Length in bytes without a signature.
    pub const LEN: usize = 2 + KeyId::LEN + Nonce::LEN + 1 + TAG_LEN;
    /// Length in bytes with one.
    pub const SIGNED_LEN: usize = Self::LEN + SIGNATURE_LEN;
    const VERSION: u8 = 1;

    /// The key of the token that it would spend.
    #[must_use]
    pub const fn key_id(&self) -> &KeyId {
        &self.key_id
    }

    /// The bytes on the wire.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let (form, name) = match &self.proof {
            NonceProof::Plain(nonce) => (Form::Plain, nonce.as_bytes()),
            NonceProof::Keyed(signed) => (Form::Keyed, &signed.key),
        };
        let writer = Writer::with_capacity(Self::SIGNED_LEN)
            .u8(Self::VERSION)
            .u8(form.to_byte())
            .bytes(self.key_id.as_bytes())
            .bytes(name)
            .u8(self.use_index.get())
            .bytes(&self.tag);
        match &self.proof {
            NonceProof::Plain(_) => writer,
            NonceProof::Keyed(signed) => writer.bytes(&signed.signature),
        }
        .finish()
    }

    /// Reads the bytes on the wire.
    ///
    /// # Errors
    /// [`DecodeError::Length`], [`DecodeError::Version`], and `Value` for another form or a use index from 64
    /// on.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        reader.version(Self::VERSION)?;
        let form = Form::read(&mut reader)?;
        let key_id = KeyId::from_bytes(reader.array()?);
        let name = reader.array()?;
        let use_index = UseIndex::new(reader.u8()?)?;
        let tag = *reader.array()?;
        let proof = match form {
            Form::Plain => NonceProof::Plain(Nonce::from_bytes(name)),
            Form::Keyed => NonceProof::Keyed(Box::new(Signed {
                key: *name,
                signature: *reader.array()?,
            })),
        };
        reader.finish()?;
        Ok(Self {
            key_id,
            proof,
            use_index,
            tag,
        })
    }

    pub(super) fn spend(&self) -> Spend {
        let name = match &self.proof {
            NonceProof::Plain(nonce) => Name {
                form: Form::Plain,
                nonce: *nonce,
            },
            NonceProof::Keyed(signed) => Name {
                form: Form::Keyed,
                nonce: Nonce::of_key(&signed.key),
            },
        };
        Spend {
            key_id: self.key_id,
            name,
            use_index: self.use_index,
        }
    }

    /// Whether the token's own key, if it has one, has signed all of it.
    pub(super) fn is_signed(&self, spend: &Spend, binding: &Binding<'_>) -> bool {
        match &self.proof {
            NonceProof::Plain(_) => true,
            NonceProof::Keyed(signed) => {
                let message = mac::signed(spend, binding, &self.tag);
                signature::verify(&signed.key, &message, &signed.signature)
            }
        }
    }
}

/// What became of a token: the request to send, and the token for its other uses, if any are left.
#[derive(Debug)]
#[must_use = "a request that is not sent buys nothing"]
#[expect(clippy::exhaustive_structs, reason = "spending leaves these two")]
pub struct Spending<R> {
    /// The request.
    pub request: R,
    /// What is left of the token.
    pub rest: Option<Token>,
}

impl Token {
    /// Spends one use on this binding.
    ///
    /// The request may be sent again as often as the network asks for: it buys one thing once.
    pub fn redeem(self, binding: &Binding<'_>) -> Spending<RedemptionRequest> {
        let spend = Spend {
            key_id: self.key_id,
            name: self.name(),
            use_index: self.next,
        };
        let tag = mac::tag(&self.output, &spend, binding);
        let proof = match spend.name.form {
            Form::Plain => NonceProof::Plain(spend.name.nonce),
            Form::Keyed => {
                let seed = self.origin.seed();
                NonceProof::Keyed(Box::new(Signed {
                    key: signature::public(seed),
                    signature: signature::sign(seed, &mac::signed(&spend, binding, &tag)),
                }))
            }
        };
        Spending {
            request: RedemptionRequest {
                key_id: self.key_id,
                proof,
                use_index: self.next,
                tag,
            },
            rest: self.advance(),
        }
    }

    /// Gives the output itself away, for redeemers that know no other form; bound to nothing.
    ///
    /// # Errors
    /// The token, if it has a key of its own, which nothing would be signed with.
    ///
    /// # Security
    /// Whoever sees the request can spend all uses of the token that the redeemer has not yet counted, on
    /// payloads of its own: only inside an authenticated, encrypted channel to the redeemer.
    pub fn redeem_bare(self) -> Result<Spending<BareRequest>, Self> {
        if self.has_key() {
            return Err(self);
        }
        let request = BareRequest {
            key_id: self.key_id,
            nonce: self.nonce(),
            use_index: self.next,
            output: self.output.duplicate(),
        };
        Ok(Spending {
            request,
            rest: self.advance(),
        })
    }
}

/// A redemption that shows the output itself and is bound to nothing: key id, nonce, use index, output.
///
/// Bytes, version 1: `01 ‖ key id (32) ‖ nonce (32) ‖ j (1) ‖ length (1) ‖ output (32, 48 or 64)`.
///
/// # Security
/// A bearer token: see [`Token::redeem_bare`].
pub struct BareRequest {
    pub(super) key_id: KeyId,
    pub(super) nonce: Nonce,
    pub(super) use_index: UseIndex,
    pub(super) output: TokenOutput,
}

impl BareRequest {
    /// The longest encoding in bytes.
    pub const MAX_LEN: usize = 1 + KeyId::LEN + Nonce::LEN + 2 + TokenOutput::MAX_LEN;
    const VERSION: u8 = 1;

    /// A request for an output that came about elsewhere, as in a protocol that this crate is compatible
    /// with.
    #[must_use]
    pub const fn new(
        key_id: KeyId,
        nonce: Nonce,
        use_index: UseIndex,
        output: TokenOutput,
    ) -> Self {
        Self {
            key_id,
            nonce,
            use_index,
            output,
        }
    }

    /// The bytes on the wire, in a buffer that wipes itself.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let mut out = Zeroizing::new(Vec::with_capacity(Self::MAX_LEN));
        out.push(Self::VERSION);
        out.extend_from_slice(self.key_id.as_bytes());
        out.extend_from_slice(self.nonce.as_bytes());
        out.push(self.use_index.get());
        self.output.write(&mut out);
        out
    }

    /// Reads the bytes on the wire.
    ///
    /// # Errors
    /// [`DecodeError::Length`], [`DecodeError::Version`], and `Value` for a use index or an output of another
    /// length.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        reader.version(Self::VERSION)?;
        let key_id = KeyId::from_bytes(reader.array()?);
        let nonce = Nonce::from_bytes(reader.array()?);
        let use_index = UseIndex::new(reader.u8()?)?;
        let output = TokenOutput::read(&mut reader)?;
        reader.finish()?;
        Ok(Self {
            key_id,
            nonce,
            use_index,
            output,
        })
    }

    pub(super) const fn spend(&self) -> Spend {
        Spend {
            key_id: self.key_id,
            name: Name {
                form: Form::Plain,
                nonce: self.nonce,
            },
            use_index: self.use_index,
        }
    }
}

milagro_base::opaque_debug!(BareRequest);

impl ZeroizeOnDrop for BareRequest {}

//! What goes from client to issuer (RFC 9578, section 5.1; draft-ietf-privacypass-batched-tokens, section 5.1).

use alloc::borrow::ToOwned;
use alloc::vec::Vec;
use core::fmt;
use core::marker::PhantomData;

use milagro_base::{DecodeError, Reader, Writer};

use crate::modes::bounds::MAX_BATCH;
use crate::modes::wire::Blinded;
use crate::privacypass::kind::TokenSuite;
use crate::privacypass::{media, varint};
use crate::suite::ristretto::Ristretto255;

/// Which of the two exchanges a message is part of. Their messages differ, and so do their media types.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Form {
    /// TokenRequest and TokenResponse.
    Single,
    /// AmortizedBatchTokenRequest and AmortizedBatchTokenResponse.
    Batch,
}

/// A client's request: one blinded element, or a batch of them.
pub struct TokenRequest<S: TokenSuite = Ristretto255> {
    form: Form,
    truncated: u8,
    blinded: Vec<Blinded<S>>,
}

impl<S: TokenSuite> TokenRequest<S> {
    pub(super) const fn new(form: Form, truncated: u8, blinded: Vec<Blinded<S>>) -> Self {
        Self {
            form,
            truncated,
            blinded,
        }
    }

    /// The encoding: a TokenRequest or an AmortizedBatchTokenRequest.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let head = Writer::new().bytes(&S::TYPE.to_bytes()).u8(self.truncated);
        let head = match self.form {
            Form::Single => head,
            Form::Batch => varint::write(head, self.blinded.len().saturating_mul(S::ELEMENT_LEN)),
        };
        let all = self
            .blinded
            .iter()
            .fold(head, |all, element| all.bytes(element.to_bytes().as_ref()));
        all.finish()
    }

    /// The media type to send it with.
    #[must_use]
    pub const fn media_type(&self) -> &'static str {
        match self.form {
            Form::Single => media::TOKEN_REQUEST,
            Form::Batch => media::BATCH_REQUEST,
        }
    }
}

impl<S: TokenSuite> fmt::Debug for TokenRequest<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenRequest")
            .field("form", &self.form)
            .field("truncated_token_key_id", &self.truncated)
            .field("blinded", &self.blinded)
            .finish()
    }
}

/// A request as it arrived: its header is read, its elements are bytes that nobody has looked at.
#[derive(Clone)]
pub struct UncheckedRequest<S: TokenSuite = Ristretto255> {
    form: Form,
    truncated: u8,
    elements: Vec<u8>,
    suite: PhantomData<S>,
}

impl<S: TokenSuite> UncheckedRequest<S> {
    /// Reads a TokenRequest, which came as [`TOKEN_REQUEST`](super::media::TOKEN_REQUEST).
    ///
    /// # Errors
    /// [`DecodeError::Value`] for another token type; [`DecodeError::Length`].
    pub fn single(bytes: &[u8]) -> Result<Self, DecodeError> {
        let (mut reader, truncated) = Self::header(bytes)?;
        let elements = reader.bytes(S::ELEMENT_LEN)?;
        reader.finish()?;
        Ok(Self::new(Form::Single, truncated, elements))
    }

    /// Reads an AmortizedBatchTokenRequest of at most `maximum` tokens, which came as
    /// [`BATCH_REQUEST`](super::media::BATCH_REQUEST). Whatever the maximum is, a request has no more than
    /// [`MAX_BATCH`](crate::MAX_BATCH).
    ///
    /// # Errors
    /// [`DecodeError::Value`] for another token type; [`DecodeError::Encoding`] for a length that is not in its
    /// shortest form; [`DecodeError::Length`] for no element, for more than the maximum, and for any other length.
    pub fn batch(bytes: &[u8], maximum: usize) -> Result<Self, DecodeError> {
        let (mut reader, truncated) = Self::header(bytes)?;
        let elements = elements::<S>(&mut reader, maximum)?;
        reader.finish()?;
        Ok(Self::new(Form::Batch, truncated, elements))
    }

    /// How many tokens are asked for.
    #[must_use]
    pub fn count(&self) -> usize {
        self.elements.len() / S::ELEMENT_LEN
    }

    /// The last byte of the id of the key that is asked.
    #[must_use]
    pub const fn truncated_key_id(&self) -> u8 {
        self.truncated
    }

    /// The elements as they arrived: what a charge for this very request is a hash of.
    #[must_use]
    pub fn element_bytes(&self) -> &[u8] {
        &self.elements
    }

    pub(super) const fn form(&self) -> Form {
        self.form
    }

    pub(super) fn decode(&self) -> Result<Vec<Blinded<S>>, DecodeError> {
        Blinded::list_from_bytes(&self.elements)
    }

    fn header(bytes: &[u8]) -> Result<(Reader<'_>, u8), DecodeError> {
        let mut reader = Reader::new(bytes);
        if reader.u16()? != S::TYPE.get() {
            return Err(DecodeError::Value);
        }
        let truncated = reader.u8()?;
        Ok((reader, truncated))
    }

    fn new(form: Form, truncated: u8, elements: &[u8]) -> Self {
        Self {
            form,
            truncated,
            elements: elements.to_owned(),
            suite: PhantomData,
        }
    }
}

impl<S: TokenSuite> fmt::Debug for UncheckedRequest<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UncheckedRequest")
            .field("form", &self.form)
            .field("truncated_token_key_id", &self.truncated)
            .field("count", &self.count())
            .finish_non_exhaustive()
    }
}

/// The bytes of 1 to `maximum` elements behind their length.
pub(super) fn elements<'a, S: TokenSuite>(
    reader: &mut Reader<'a>,
    maximum: usize,
) -> Result<&'a [u8], DecodeError> {
    let length = varint::read(reader)?;
    let length = usize::try_from(length).map_err(|_| DecodeError::Length)?;
    let count = length / S::ELEMENT_LEN;
    let whole = count.checked_mul(S::ELEMENT_LEN) == Some(length);
    if !whole || count == 0 || count > maximum.min(MAX_BATCH) {
        return Err(DecodeError::Length);
    }
    reader.bytes(length)
}

//! What both sides agree on beforehand.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;

use milagro_base::{Seconds, Writer};
use sha2::{Digest as _, Sha256};

use crate::arc::group::{Element, Scalar, hash_to_group, hash_to_scalar};
use crate::tags;

/// A number or a string that its documentation rules out.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct OutOfRange(());

impl fmt::Display for OutOfRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("out of range")
    }
}

impl core::error::Error for OutOfRange {}

pub(super) const OUT_OF_RANGE: OutOfRange = OutOfRange(());

/// What a server's credentials are for: up to 61,440 bytes that enter every credential as m₂ =
/// HashToScalar(context, "requestContext") (section 4.2.1).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RequestContext {
    bytes: Box<[u8]>,
    m2: Scalar,
}

impl RequestContext {
    /// Length of the longest one in bytes.
    pub const MAX_LEN: usize = 0xf000;

    /// Any bytes, none included.
    ///
    /// # Errors
    /// [`OutOfRange`] for more than [`Self::MAX_LEN`].
    pub fn new(bytes: &[u8]) -> Result<Self, OutOfRange> {
        if bytes.len() > Self::MAX_LEN {
            return Err(OUT_OF_RANGE);
        }
        Ok(Self {
            bytes: bytes.into(),
            m2: hash_to_scalar(bytes, tags::arc::REQUEST_CONTEXT),
        })
    }

    /// The bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(crate) const fn m2(&self) -> &Scalar {
        &self.m2
    }
}

/// How often a credential is shown in one context: 2 to 2³² - 1.
///
/// The draft's range proof has no form for 1 (section 5.4: the only base would be 0); a token is what can be
/// spent once.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Limit(u32);

impl Limit {
    /// A limit.
    ///
    /// # Errors
    /// [`OutOfRange`] for 0 and 1.
    pub const fn new(limit: u32) -> Result<Self, OutOfRange> {
        if limit < 2 {
            return Err(OUT_OF_RANGE);
        }
        Ok(Self(limit))
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0
    }

    /// ⌈log₂ limit⌉: how many bits a presentation commits to. 1 to 32.
    #[must_use]
    pub const fn bits(self) -> u32 {
        // 2 at least.
        u32::BITS - self.0.saturating_sub(1).leading_zeros()
    }
}

/// When presentations of a context are taken: from the first moment on, up to the last, which is not in it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Window {
    from: Seconds,
    until: Seconds,
}

impl Window {
    /// A window, with the difference of clocks in it at both ends.
    ///
    /// # Errors
    /// [`OutOfRange`] if it is empty.
    pub const fn new(from: Seconds, until: Seconds) -> Result<Self, OutOfRange> {
        if from.get() >= until.get() {
            return Err(OUT_OF_RANGE);
        }
        Ok(Self { from, until })
    }

    /// Its first moment.
    #[must_use]
    pub const fn from(self) -> Seconds {
        self.from
    }

    /// The first moment after it.
    #[must_use]
    pub const fn until(self) -> Seconds {
        self.until
    }
}

/// What presentations are for: a presentation context, a limit and a window. Client and server have the same.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Terms {
    context: Box<[u8]>,
    digest: [u8; 32],
    limit: Limit,
    window: Window,
    generator: Element,
}

impl Terms {
    /// Length of the longest name and the longest context in bytes.
    pub const MAX_LEN: usize = 0xf000;

    /// Terms of that name. Limit and window enter the presentation context, so that other terms have other tags:
    /// context = `"MILAGRO-V1-ARC-TERMS" ‖ ⟨name⟩ ‖ limit (4) ‖ from (8) ‖ until (8)`, with the length of the
    /// name in two bytes.
    ///
    /// # Errors
    /// [`OutOfRange`] for a name of more than [`Self::MAX_LEN`] bytes.
    pub fn new(name: &[u8], limit: Limit, window: Window) -> Result<Self, OutOfRange> {
        if name.len() > Self::MAX_LEN {
            return Err(OUT_OF_RANGE);
        }
        let context = Writer::new()
            .bytes(tags::arc::TERMS)
            .string(name)
            .u32(limit.get())
            .seconds(window.from)
            .seconds(window.until);
        Ok(Self::of(context.finish(), limit, window))
    }

    /// Terms with a presentation context as it is, for peers who agreed on its bytes elsewhere.
    ///
    /// # Errors
    /// [`OutOfRange`] for a context of more than [`Self::MAX_LEN`] bytes.
    ///
    /// # Security
    /// Tags depend on the context alone. One context has one limit, or a credential is good as often as the
    /// largest says; and one window, or what was spent in one is good again in the other: the ledger counts by
    /// window.
    pub fn with_context(context: &[u8], limit: Limit, window: Window) -> Result<Self, OutOfRange> {
        if context.len() > Self::MAX_LEN {
            return Err(OUT_OF_RANGE);
        }
        Ok(Self::of(context.to_vec(), limit, window))
    }

    fn of(context: Vec<u8>, limit: Limit, window: Window) -> Self {
        Self {
            digest: Sha256::new()
                .chain_update(tags::arc::TERMS_DIGEST)
                .chain_update(&context)
                .finalize()
                .into(),
            generator: hash_to_group(&context, tags::arc::TAG),
            context: context.into(),
            limit,
            window,
        }
    }

    /// The presentation context.
    #[must_use]
    pub fn context(&self) -> &[u8] {
        &self.context
    }

    /// The limit.
    #[must_use]
    pub const fn limit(&self) -> Limit {
        self.limit
    }

    /// The window.
    #[must_use]
    pub const fn window(&self) -> Window {
        self.window
    }

    /// What the context is known by in credentials and ledgers.
    pub(super) const fn digest(&self) -> &[u8; 32] {
        &self.digest
    }

    /// T = HashToGroup(context, "Tag")
    pub(super) const fn generator(&self) -> &Element {
        &self.generator
    }
}

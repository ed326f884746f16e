//! The tag that binds a redemption: HKDF over the output, then HMAC over everything that must not change.

use alloc::vec::Vec;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::tags;
use crate::tokens::frame::{framed, length};
use crate::tokens::output::TokenOutput;
use crate::tokens::redeem::binding::Binding;
use crate::tokens::redeem::spend::Spend;

/// Length of a tag in bytes.
pub(super) const TAG_LEN: usize = 32;
/// HMAC-SHA256's block.
const BLOCK: usize = 64;

/// tag = HMAC(K, ⟨label⟩ ‖ ⟨context⟩ ‖ ⟨redeemer⟩ ‖ ⟨key id⟩ ‖ ⟨nonce⟩ ‖ ⟨j⟩ ‖ ⟨payload⟩), each behind its
/// length.
pub(super) fn tag(output: &TokenOutput, spend: &Spend, binding: &Binding<'_>) -> [u8; TAG_LEN] {
    let mut hmac = keyed(&*mac_key(output, spend));
    let fields: [&[u8]; 7] = [
        tags::REDEEM,
        binding.context,
        binding.redeemer.as_bytes(),
        spend.key_id.as_bytes(),
        spend.name.nonce.as_bytes(),
        &[spend.use_index.get()],
        binding.payload,
    ];
    for field in fields {
        hmac.update(&length(field));
        hmac.update(field);
    }
    hmac.finalize().into_bytes().into()
}

/// K = HKDF-SHA256(salt = label, IKM = output, info = ⟨key id⟩ ‖ ⟨nonce⟩, 32 bytes): RFC 5869 with T(1)
/// alone.
pub(super) fn mac_key(output: &TokenOutput, spend: &Spend) -> Zeroizing<[u8; 32]> {
    let mut extract = keyed(tags::MAC_KEY);
    extract.update(output.as_bytes());
    let pseudorandom_key = Zeroizing::new(<[u8; 32]>::from(extract.finalize().into_bytes()));

    let mut expand = keyed(&*pseudorandom_key);
    expand.update(&framed(&[
        spend.key_id.as_bytes(),
        spend.name.nonce.as_bytes(),
    ]));
    expand.update(&[1]);
    Zeroizing::new(expand.finalize().into_bytes().into())
}

/// What a token's own key signs besides: ⟨label⟩ ‖ ⟨context⟩ ‖ ⟨redeemer⟩ ‖ ⟨key id⟩ ‖ ⟨nonce⟩ ‖ ⟨j⟩ ‖
/// ⟨payload⟩ ‖ ⟨tag⟩.
pub(super) fn signed(spend: &Spend, binding: &Binding<'_>, tag: &[u8; TAG_LEN]) -> Vec<u8> {
    framed(&[
        tags::REDEEM_SIGNATURE,
        binding.context,
        binding.redeemer.as_bytes(),
        spend.key_id.as_bytes(),
        spend.name.nonce.as_bytes(),
        &[spend.use_index.get()],
        binding.payload,
        tag,
    ])
}

/// HMAC under a key of at most one block, padded with zeros as RFC 2104 says.
fn keyed(key: &[u8]) -> Hmac<Sha256> {
    let mut block = Zeroizing::new([0; BLOCK]);
    for (to, from) in block.iter_mut().zip(key) {
        *to = *from;
    }
    Hmac::new((&*block).into())
}

const _: () = assert!(tags::MAC_KEY.len() <= BLOCK);

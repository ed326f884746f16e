//! Principals as DNS names, for stacks that know servers by nothing else.

use milagro_curve::Transcript;

use crate::names::principal::Principal;
use crate::tags;

/// The digits of base32 (RFC 4648, section 6), in lower case.
const DIGITS: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

/// The label after the hash; `.invalid` is never resolved (RFC 6761, section 6.4).
const SUFFIX: &str = ".milagro-tls.invalid";

impl Principal {
    /// A DNS name that stands for the principal: base32 of a hash over trust domain, role and name, then
    /// `.milagro-tls.invalid`; 72 bytes. The epoch is not in it, so it does not change with keys.
    ///
    /// It is the host of URLs and the key of connection pools and caches, and is never looked up: the
    /// application maps it to addresses.
    #[must_use]
    pub fn server_name(&self) -> String {
        let mut transcript = Transcript::new(tags::SERVER_NAME);
        // An encoding with a fixed epoch has all the rest.
        let encoded = self.at(milagro_mpin::names::Epoch(0)).to_bytes();
        transcript.append("principal", &encoded);
        let hash: [u8; 32] = transcript.bytes("name");
        let mut name = base32(&hash);
        name.push_str(SUFFIX);
        name
    }
}

/// Five bits a digit, the first bits first, no padding.
fn base32(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len() * 8 / 5 + 1);
    let (mut bits, mut count) = (0_u16, 0_u8);
    let mut push = |five: u16| {
        let digit = DIGITS.get(usize::from(five & 31)).copied();
        out.push(digit.map_or('a', char::from));
    };
    for byte in bytes {
        bits = (bits << 8) | u16::from(*byte);
        count += 8;
        while count >= 5 {
            count -= 5;
            push(bits >> count);
        }
    }
    if count > 0 {
        push(bits << (5 - count));
    }
    out
}

//! What is no message: lengths first, then scalars, then points.

use milagro_base::DecodeError;
use milagro_voprf::arc::{
    Asking, Credential, Limit, Presentation, PublicKey, Request, Response, SecretKey,
};

use super::support::{Server, context, issue, limit, rng, show, terms};

/// p and 0, and a coordinate that is not below the modulus of the field.
const ORDER: &str = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";
const MODULUS: &str = "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff";

fn hex32(digits: &str) -> [u8; 32] {
    hex::decode(digits).unwrap().try_into().unwrap()
}

type Decoder<'a> = Box<dyn Fn(&[u8]) -> Result<(), DecodeError> + 'a>;

/// A decoder with a message that it takes: so many points, and then so many scalars.
struct Case<'a> {
    bytes: Vec<u8>,
    points: usize,
    decode: Decoder<'a>,
}

impl Case<'_> {
    fn with(&self, at: usize, bytes: &[u8]) -> Result<(), DecodeError> {
        let mut changed = self.bytes.clone();
        changed[at..at + bytes.len()].copy_from_slice(bytes);
        (self.decode)(&changed)
    }

    fn refuses_what_is_none(&self) {
        assert_eq!((self.decode)(&self.bytes), Ok(()));
        let length = self.bytes.len();
        for other in [0, 1, 33, length - 1, length + 1, length + 33, 1 << 20] {
            let bytes = vec![2; other];
            assert_eq!((self.decode)(&bytes), Err(DecodeError::Length), "{other}");
        }
        for point in 0..self.points {
            let at = point * 33;
            let modulus = [&[2][..], &hex32(MODULUS)].concat();
            // Five has no square root on this curve's right side, uncompressed and hybrid forms are none here.
            for (bytes, error) in [
                (vec![0; 33], DecodeError::Identity),
                ([&[0][..], &[1; 32]].concat(), DecodeError::Encoding),
                ([&[4][..], &[1; 32]].concat(), DecodeError::Encoding),
                ([&[6][..], &[1; 32]].concat(), DecodeError::Encoding),
                (modulus, DecodeError::Encoding),
                ([&[3][..], &[0xff; 32]].concat(), DecodeError::Encoding),
            ] {
                assert_eq!(self.with(at, &bytes), Err(error), "point {point}");
            }
        }
        for at in (self.points * 33..length).step_by(32) {
            let range = Err(DecodeError::ScalarOutOfRange);
            assert_eq!(self.with(at, &[0; 32]), Err(DecodeError::ZeroScalar));
            assert_eq!(self.with(at, &hex32(ORDER)), range);
            assert_eq!(self.with(at, &[0xff; 32]), range);
            // Scalars are looked at before any point.
            if self.points > 0 {
                let mut changed = self.bytes.clone();
                changed[..33].fill(0);
                changed[at..at + 32].fill(0xff);
                let first = (self.decode)(&changed);
                assert!(first == range || first == Err(DecodeError::Identity));
            }
        }
    }
}

#[test]
fn of_all_messages() {
    let server = Server::new();
    let Asking { request, .. } = server.key.public_key().request(&mut rng());
    let response = server.key.answer(&mut rng(), &request).unwrap();
    let cases = [
        Case {
            bytes: server.key.to_bytes().to_vec(),
            points: 0,
            decode: Box::new(|bytes| SecretKey::from_bytes(bytes, context(b"")).map(drop)),
        },
        Case {
            bytes: server.key.public_key().to_bytes().to_vec(),
            points: 3,
            decode: Box::new(|bytes| PublicKey::from_bytes(bytes, context(b"")).map(drop)),
        },
        Case {
            bytes: request.to_bytes(),
            points: 2,
            decode: Box::new(|bytes| Request::from_bytes(bytes).map(drop)),
        },
        Case {
            bytes: response.to_bytes(),
            points: 6,
            decode: Box::new(|bytes| Response::from_bytes(bytes).map(drop)),
        },
    ];
    cases.iter().for_each(Case::refuses_what_is_none);
}

#[test]
fn of_presentations() {
    let server = Server::new();
    for (k, bits) in [(2, 1), (4, 2), (100, 7)] {
        let terms = terms(b"forum", k);
        let case = Case {
            bytes: show(&mut issue(&server.key), &terms).unwrap().to_bytes(),
            points: 5 + bits,
            decode: Box::new(|bytes| Presentation::from_bytes(bytes, terms.limit()).map(drop)),
        };
        case.refuses_what_is_none();
        // The length says how many bits, and the verifier knows how many there are.
        for other in [2, 3, 8, 101, 200, u32::MAX].map(limit) {
            let decoded = Presentation::from_bytes(&case.bytes, other).map(drop);
            let same = other.bits() == terms.limit().bits();
            let expected = if same {
                Ok(())
            } else {
                Err(DecodeError::Length)
            };
            assert_eq!(decoded, expected);
        }
    }
}

/// A presentation is refused for a scalar before a point costs anything.
#[test]
fn scalars_of_a_presentation_come_first() {
    let server = Server::new();
    let terms = terms(b"forum", 4);
    let mut bytes = show(&mut issue(&server.key), &terms).unwrap().to_bytes();
    let last = bytes.len() - 32;
    bytes[..33].fill(0);
    bytes[last..].fill(0xff);
    let refused = Presentation::from_bytes(&bytes, terms.limit()).map(drop);
    assert_eq!(refused, Err(DecodeError::ScalarOutOfRange));
}

#[test]
fn of_saved_credentials() {
    let server = Server::new();
    let mut credential = issue(&server.key);
    for name in [&b"forum"[..], b"mail"] {
        show(&mut credential, &terms(name, 4)).unwrap();
    }
    let bytes = credential.to_bytes().to_vec();
    let decode = |bytes: &[u8]| Credential::from_bytes(bytes).map(drop);
    assert_eq!(decode(&bytes), Ok(()));
    for length in 0..bytes.len() {
        assert_eq!(decode(&bytes[..length]), Err(DecodeError::Length));
    }
    assert_eq!(
        decode(&[&bytes[..], &[0]].concat()),
        Err(DecodeError::Length)
    );
    let changed = |at: usize, new: &[u8]| {
        let mut changed = bytes.clone();
        changed[at..at + new.len()].copy_from_slice(new);
        decode(&changed)
    };
    assert_eq!(changed(0, &[2]), Err(DecodeError::Version));
    // 01, ⟨members⟩, three points, m₁, two points, the floor, the count, the counters.
    let (points, m1) = (1 + 2 + 7, 1 + 2 + 7 + 99);
    let count = m1 + 32 + 66 + 8;
    assert_eq!(bytes.len(), count + 4 + 2 * 44);
    for at in [points, points + 33, points + 66, m1 + 32, m1 + 65] {
        assert_eq!(changed(at, &[0; 33]), Err(DecodeError::Identity));
    }
    assert_eq!(changed(m1, &[0; 32]), Err(DecodeError::ZeroScalar));
    assert_eq!(changed(m1, &[0xff; 32]), Err(DecodeError::ScalarOutOfRange));
    assert_eq!(changed(count, &[0, 0, 0, 1]), Err(DecodeError::Length));
    assert_eq!(changed(count, &[0xff; 4]), Err(DecodeError::Value));
    assert_eq!(changed(count, &[0, 0, 0x10, 1]), Err(DecodeError::Value));
    // Two counters of one context.
    let first = bytes[count + 4..count + 36].to_vec();
    assert_eq!(changed(count + 48, &first), Err(DecodeError::Value));
    // A context that is too long is none.
    assert_eq!(changed(1, &[0xf0, 1]), Err(DecodeError::Length));
    assert_eq!(changed(1, &[0xff, 0xff]), Err(DecodeError::Length));
    assert_eq!(Limit::new(1).map(drop).map_err(|_| ()), Err(()));
}

/// Keys with which nothing could be proven: x₁ = 1, x₁ = x₂.
#[test]
fn of_keys_whose_points_are_one() {
    let server = Server::new();
    let secret = server.key.to_bytes();
    let public = server.key.public_key().to_bytes();
    let mut one = [0; 32];
    one[31] = 1;
    let twice = [
        &secret[..32],
        &secret[32..64],
        &secret[32..64],
        &secret[96..],
    ]
    .concat();
    let single = [&secret[..32], &one, &secret[64..]].concat();
    for bytes in [twice, single] {
        let refused = SecretKey::from_bytes(&bytes, context(b"")).map(drop);
        assert_eq!(refused, Err(DecodeError::Value));
    }
    let g = "036b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296";
    let g = hex::decode(g).unwrap();
    for bytes in [
        [&public[..33], &public[33..66], &public[33..66]].concat(),
        [&public[33..66], &public[33..]].concat(),
        [&g, &public[33..]].concat(),
    ] {
        let refused = PublicKey::from_bytes(&bytes, context(b"")).map(drop);
        assert_eq!(refused, Err(DecodeError::Value));
    }
}

//! Keys and messages as bytes: round trips, and bytes that are none.

use milagro_curve::DecodeError;

use super::{World, run};
use crate::compat::{
    InitiatorShare, LegacyAnswer, LegacyInitiatorKey, LegacyOffer, LegacyResponderKey, MasterShare,
    ResponderShare,
};
use crate::tests::fixture::{rng, small_orders};

/// Points of order 13 and 23 and one of no small order, outside G2 (`test-vectors/curve`), with c1 before c0.
const OUTSIDE_G2: [&str; 3] = [
    "032762e5199990da7d4ebc6409c2fdae09b25206fa89dded0a23c05406588284278c22ea15e6d03cee69a68b7d4704a4043ff79d06a80add8340a1a548d700c5ffeef5b14a3e246834d320e323d9fcc76bae16f9f2763ab556905843518bc0c2082b2fb28bdddaf702d3dda394c1dd5ffefcf24fd6b080891192186219d8d38a0a516e85dc3f74977eb47d01649f4c1e07b8eb3b0d94f08c916f6195da10e94d0f05b83418b3d3b6b6502cc324ab047967961c8d7bcc69b94501e53fabc600f3",
    "0da835068ce49914e4b54864e53182eba0044b3d3e973422ee73441106117f3ef2d82c213e0233e09af6592610221e8a134f1f456b6276a5f607e83561914d16ca3a545bbcb466ce28cecc5fd70e921c48e029446f804a6617d63326e8625be419e144cf48884d56a1156c3e6d497f89ecb6ed2889b60fd233272c6a83fd1788db3515ff3c9060d1a599ce24db2dc11e11068870a5b0ee8e4d5de1b8d8238618189b368dc9dedc95a62fba1dadecb4c25d6833eb6b7e0afd4c8b90aa8803e219",
    "19b55588936aa40cacc66a576518093d07dbf924a6048457861e02ec39235bc0736a947a843fdda7b1eedaffcc3d5506142f4868f9c08feffa1b1bf13879399bd50e00978b7199cd6d39eb43ad9cedde819d7ca7b46108cc721754ef2904acec0d276f86077c3b62df3b8b02fde7be08713475b72f65982b81ec366b2f7b54e7fb576697e35880a3e827a317dc125a4017ea725b6f7d63bc58eaddac410eb0609c4e9e0c9f00ffcdc2b52d1db927b4f95715372dc3269d412ba7b7107a76bec2",
];

/// Valid bytes of an offer and an answer.
fn messages() -> ([u8; 97], [u8; 97], [u8; 192]) {
    let world = World::new();
    let (alice, bob) = (world.initiator(b"alice"), world.responder(b"bob"));
    let (offer, _) = alice.start(&mut rng(), bob.name()).unwrap();
    let (answer, _) = bob.answer(&mut rng(), alice.name(), &offer).unwrap();
    let (pg, pb) = answer.to_bytes();
    (offer.to_bytes(), pg, pb)
}

#[test]
fn everything_survives_the_way_out_and_in() {
    let world = World::new();
    let share = &world.0[0];
    let again = MasterShare::from_bytes(&share.to_bytes()).unwrap();
    assert_eq!(again.to_bytes(), share.to_bytes());
    let (alice, bob) = (world.initiator(b"alice"), world.responder(b"bob"));
    let bytes = share.initiator_share(alice.name()).to_bytes();
    assert_eq!(
        InitiatorShare::from_bytes(&bytes).unwrap().to_bytes(),
        bytes
    );
    let bytes = share.responder_share(bob.name()).to_bytes();
    assert_eq!(
        ResponderShare::from_bytes(&bytes).unwrap().to_bytes(),
        bytes
    );

    let alice = LegacyInitiatorKey::from_bytes(alice.name(), &alice.to_bytes()).unwrap();
    let bob = LegacyResponderKey::from_bytes(bob.name(), &bob.to_bytes()).unwrap();
    let offer = |m: LegacyOffer| LegacyOffer::from_bytes(&m.to_bytes()).unwrap();
    let answer = |m: LegacyAnswer| {
        let (pg, pb) = m.to_bytes();
        LegacyAnswer::from_bytes(&pg, &pb).unwrap()
    };
    let (one, other) = run((&alice, b"bob"), (&bob, b"alice"), offer, answer);
    assert_eq!(one, other);
}

/// Every bit of every message: no such message, since y² pins each coordinate down.
#[test]
fn no_bit_of_a_message_can_be_changed() {
    let (pa, pg, pb) = messages();
    for at in 0..8 * pa.len() {
        let (mut one, mut other) = (pa, pg);
        one[at / 8] ^= 1 << (at % 8);
        other[at / 8] ^= 1 << (at % 8);
        assert!(LegacyOffer::from_bytes(&one).is_err(), "{at}");
        assert!(LegacyAnswer::from_bytes(&other, &pb).is_err(), "{at}");
    }
    for at in 0..8 * pb.len() {
        let mut other = pb;
        other[at / 8] ^= 1 << (at % 8);
        assert!(LegacyAnswer::from_bytes(&pg, &other).is_err(), "{at}");
    }
}

#[test]
fn points_outside_the_subgroups_are_refused_in_every_field() {
    let error = DecodeError::NotInSubgroup;
    let (_, pg, pb) = messages();
    let world = World::new();
    let (alice, bob) = (world.initiator(b"alice"), world.responder(b"bob"));
    for point in small_orders() {
        let mut bytes = [4; 97];
        bytes[1..].copy_from_slice(&point.to_uncompressed());
        assert_eq!(LegacyOffer::from_bytes(&bytes), Err(error));
        assert_eq!(LegacyAnswer::from_bytes(&bytes, &pb), Err(error));
        let share = InitiatorShare::from_bytes(&bytes);
        assert_eq!(share.unwrap_err(), error);
        let key = LegacyInitiatorKey::from_bytes(alice.name(), &bytes);
        assert_eq!(key.unwrap_err(), error);
    }
    for point in OUTSIDE_G2 {
        let mut bytes: [u8; 192] = hex::decode(point).unwrap().try_into().unwrap();
        bytes[..96].rotate_left(48);
        bytes[96..].rotate_left(48);
        assert_eq!(LegacyAnswer::from_bytes(&pg, &bytes), Err(error));
        let share = ResponderShare::from_bytes(&bytes);
        assert_eq!(share.unwrap_err(), error);
        let key = LegacyResponderKey::from_bytes(bob.name(), &bytes);
        assert_eq!(key.unwrap_err(), error);
    }
}

/// The libraries write infinity as (0, 1) or (0, 0); ours would be a flag.
#[test]
fn infinity_and_flags_are_refused_in_every_field() {
    let (pa, pg, pb) = messages();
    for last in [0, 1] {
        let (mut first, mut second) = ([0; 97], [0; 192]);
        (first[0], first[96], second[143]) = (4, last, last);
        let error = DecodeError::NotOnCurve;
        assert_eq!(LegacyOffer::from_bytes(&first), Err(error));
        assert_eq!(LegacyAnswer::from_bytes(&first, &pb), Err(error));
        assert_eq!(LegacyAnswer::from_bytes(&pg, &second), Err(error));
    }
    let error = DecodeError::Encoding;
    for prefix in (0..=255).filter(|prefix| *prefix != 4) {
        let mut bytes = pa;
        bytes[0] = prefix;
        assert_eq!(LegacyOffer::from_bytes(&bytes), Err(error));
    }
    for flag in [0x80, 0x40, 0x20] {
        let (mut first, mut second) = (pa, pb);
        first[1] |= flag;
        second[48] |= flag;
        assert_eq!(LegacyOffer::from_bytes(&first), Err(error));
        assert_eq!(LegacyAnswer::from_bytes(&pg, &second), Err(error));
    }
}

#[test]
fn master_shares_are_scalars_that_are_not_zero() {
    let refused = |bytes| MasterShare::from_bytes(&bytes).unwrap_err();
    assert_eq!(refused([0; 48]), DecodeError::ZeroScalar);
    assert_eq!(refused([0xff; 48]), DecodeError::ScalarOutOfRange);
    let mut bytes = *World::new().0[0].to_bytes();
    bytes[15] = 1;
    assert_eq!(refused(bytes), DecodeError::ScalarOutOfRange);
}

mod bare;
mod messages;
mod windows;

use core::num::NonZeroUsize;

use hkdf::Hkdf;
use sha2::{Digest as _, Sha256, Sha512};

use super::{
    Binding, OutputSource, Redeemer, RedeemerId, RedemptionRefused, RedemptionRequest, Refusal, mac,
};
use crate::tags;
use crate::tokens::schedule::{Epoch, KeySchedule, Timetable};
use crate::tokens::store::{MemoryStore, ReserveError, Spend};
use crate::tokens::token::{KeyId, Nonce, Token, TokenOutput, UseIndex, Uses, codec};

const ORIGIN: u64 = 10_000;
const EPOCH: u64 = 100;
const GRACE: u64 = 30;
const NOW: u64 = ORIGIN + 50;
const CONTEXT: &[u8] = b"weather/v1";
const PAYLOAD: &[u8] = b"rain at 06:00";

/// Keys whose outputs are a hash of key id and nonce: redemption does not care where outputs come from.
struct HashKeys;

impl OutputSource for HashKeys {
    fn output(&self, key_id: &KeyId, nonce: &Nonce) -> Option<TokenOutput> {
        let output = Sha512::new()
            .chain_update(key_id.to_bytes())
            .chain_update(nonce.to_bytes())
            .finalize();
        TokenOutput::from_bytes(&output).ok()
    }
}

fn uses(k: u8) -> Uses {
    Uses::new(k).unwrap()
}

/// Epochs 0, 1 and 2, one key each.
fn schedule(k: u8) -> KeySchedule {
    let timetable = Timetable::new(ORIGIN, EPOCH)
        .unwrap()
        .with_overlap(0, GRACE)
        .unwrap();
    let mut schedule = KeySchedule::new("test", "weather", timetable, uses(k)).unwrap();
    for (number, key) in [b"key 0", b"key 1", b"key 2"].iter().enumerate() {
        schedule
            .push(Epoch::new(u64::try_from(number).unwrap()), *key)
            .unwrap();
    }
    schedule
}

fn key(epoch: usize) -> KeyId {
    *schedule(1).keys()[epoch].id()
}

fn redeemer(k: u8) -> Redeemer<HashKeys, MemoryStore> {
    let store = MemoryStore::new(NonZeroUsize::new(1_000).unwrap());
    Redeemer::new(
        RedeemerId::new(b"station").unwrap(),
        schedule(k),
        HashKeys,
        store,
    )
}

fn token(key_id: KeyId, nonce: u8, k: u8) -> Token {
    let nonce = Nonce::from_bytes(&[nonce; 32]);
    Token::new(
        key_id,
        nonce,
        HashKeys.output(&key_id, &nonce).unwrap(),
        uses(k),
    )
}

fn request(nonce: u8) -> RedemptionRequest {
    let id = RedeemerId::new(b"station").unwrap();
    token(key(0), nonce, 1)
        .redeem(&Binding {
            redeemer: &id,
            context: CONTEXT,
            payload: PAYLOAD,
        })
        .0
}

#[test]
fn a_token_buys_its_payload_once() {
    let redeemer = redeemer(1);
    let redeemed = redeemer.redeem(&request(1), CONTEXT, PAYLOAD, NOW).unwrap();
    assert_eq!(*redeemed.spend(), request(1).spend());
    let replay = redeemer.redeem(&request(1), CONTEXT, PAYLOAD, NOW).err();
    assert_eq!(replay, Some(Refusal::NotReserved(ReserveError::Spent)));
}

#[test]
fn a_token_of_k_uses_buys_k_payloads_and_replays_burn_nothing() {
    let redeemer = redeemer(3);
    let mut token = Some(token(key(0), 1, 3));
    let mut requests = Vec::new();
    for payload in [b"first", b"other", b"third"] {
        let binding = Binding {
            redeemer: redeemer.id(),
            context: CONTEXT,
            payload,
        };
        let (request, rest) = token.take().unwrap().redeem(&binding);
        assert!(redeemer.redeem(&request, CONTEXT, payload, NOW).is_ok());
        requests.push((request, payload));
        for (request, payload) in &requests {
            let replay = redeemer.redeem(request, CONTEXT, *payload, NOW).err();
            assert_eq!(replay, Some(Refusal::NotReserved(ReserveError::Spent)));
        }
        token = rest;
    }
    assert!(token.is_none());
}

/// What may change between a client and its redeemer: the request, the context, the payload.
type Tweak = fn(&mut RedemptionRequest, &mut Vec<u8>, &mut Vec<u8>);

fn tweaks() -> [(&'static str, Tweak, Option<Refusal>); 11] {
    [
        ("unchanged", |_, _, _| {}, None),
        (
            "payload",
            |_, _, payload| payload[0] ^= 1,
            Some(Refusal::Unproven),
        ),
        (
            "longer payload",
            |_, _, payload| payload.push(0),
            Some(Refusal::Unproven),
        ),
        (
            "no payload",
            |_, _, payload| payload.clear(),
            Some(Refusal::Unproven),
        ),
        (
            "context",
            |_, context, _| context[0] ^= 1,
            Some(Refusal::Unproven),
        ),
        (
            "border between context and payload",
            |_, context, payload| payload.insert(0, context.pop().unwrap()),
            Some(Refusal::Unproven),
        ),
        (
            "key of another epoch",
            |request, _, _| request.key_id = key(1),
            Some(Refusal::TooEarly),
        ),
        (
            "unknown key",
            |request, _, _| request.key_id = KeyId::from_bytes(&[9; 32]),
            Some(Refusal::UnknownKey),
        ),
        (
            "nonce",
            |request, _, _| request.nonce = Nonce::from_bytes(&[9; 32]),
            Some(Refusal::Unproven),
        ),
        (
            "use index",
            |request, _, _| request.use_index = UseIndex::new(1).unwrap(),
            Some(Refusal::Unproven),
        ),
        (
            "use index at k",
            |request, _, _| request.use_index = UseIndex::new(2).unwrap(),
            Some(Refusal::UseIndex),
        ),
    ]
}

#[test]
fn every_change_of_a_request_or_its_surroundings_is_refused() {
    for (name, tweak, refusal) in tweaks() {
        let redeemer = redeemer(2);
        let (mut request, mut context, mut payload) =
            (request(1), CONTEXT.to_vec(), PAYLOAD.to_vec());
        tweak(&mut request, &mut context, &mut payload);
        assert_eq!(
            redeemer.redeem(&request, &context, &payload, NOW).err(),
            refusal,
            "{name}"
        );
        if refusal.is_some() {
            assert!(
                redeemer.store().is_empty(),
                "{name}: a refused request leaves no trace"
            );
        }
    }
}

#[test]
fn each_bit_of_the_tag_counts() {
    let redeemer = redeemer(1);
    for bit in 0..256 {
        let mut request = request(1);
        request.tag[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(
            redeemer.redeem(&request, CONTEXT, PAYLOAD, NOW).err(),
            Some(Refusal::Unproven),
            "{bit}"
        );
    }
    assert!(redeemer.redeem(&request(1), CONTEXT, PAYLOAD, NOW).is_ok());
}

#[test]
fn a_request_for_another_redeemer_is_refused() {
    let (redeemer, other) = (redeemer(1), RedeemerId::new(b"station2").unwrap());
    let (request, _) = token(key(0), 1, 1).redeem(&Binding {
        redeemer: &other,
        context: CONTEXT,
        payload: PAYLOAD,
    });
    assert_eq!(
        redeemer.redeem(&request, CONTEXT, PAYLOAD, NOW).err(),
        Some(Refusal::Unproven)
    );
}

#[test]
fn a_reservation_that_is_dropped_leaves_the_token_good() {
    let redeemer = redeemer(1);
    let reservation = redeemer
        .reserve(&request(1), CONTEXT, PAYLOAD, NOW)
        .unwrap();
    let meanwhile = redeemer.redeem(&request(1), CONTEXT, PAYLOAD, NOW).err();
    assert_eq!(
        meanwhile,
        Some(Refusal::NotReserved(ReserveError::InFlight))
    );
    drop(reservation);
    assert!(redeemer.redeem(&request(1), CONTEXT, PAYLOAD, NOW).is_ok());
}

#[test]
fn the_peer_learns_one_thing_only() {
    let refusals = [
        Refusal::UnknownKey,
        Refusal::TooEarly,
        Refusal::Expired,
        Refusal::KeyMissing,
        Refusal::UseIndex,
        Refusal::Unproven,
        Refusal::NotReserved(ReserveError::Spent),
        Refusal::NotReserved(ReserveError::Full),
    ];
    for refusal in refusals {
        let peer = RedemptionRefused::from(refusal);
        assert_eq!(
            (peer.to_string().as_str(), format!("{peer:?}").as_str()),
            ("redemption refused", "RedemptionRefused(())")
        );
    }
}

/// The formula of the module, by the `hkdf` crate and plain concatenation.
#[test]
fn the_tag_is_the_documented_formula() {
    use hmac::{Hmac, KeyInit as _, Mac as _};

    let request = request(1);
    let Spend {
        key_id,
        nonce,
        use_index,
    } = request.spend();
    let output = HashKeys.output(&key_id, &nonce).unwrap();
    let info = codec::framed(&[&key_id.to_bytes(), &nonce.to_bytes()]);
    let mut key = [0; 32];
    Hkdf::<Sha256>::new(Some(tags::MAC_KEY), &output.to_bytes())
        .expand(&info, &mut key)
        .unwrap();
    assert_eq!(*mac::mac_key(&output, &request.spend()), key);

    let fields: [&[u8]; 7] = [
        tags::REDEEM,
        CONTEXT,
        b"station",
        &key_id.to_bytes(),
        &nonce.to_bytes(),
        &[use_index.get()],
        PAYLOAD,
    ];
    let tag = Hmac::<Sha256>::new_from_slice(&key)
        .unwrap()
        .chain_update(codec::framed(&fields))
        .finalize();
    assert_eq!(request.tag[..], tag.into_bytes()[..]);
}

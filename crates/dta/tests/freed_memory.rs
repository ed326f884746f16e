//! No share is left in memory that was given back to the allocator.

#![forbid(unsafe_code)]
#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "helpers of tests, which clippy does not take for tests"
)]

use chacha20poly1305::aead::{Aead as _, Payload};
use chacha20poly1305::{KeyInit as _, XChaCha20Poly1305};
use core::hint::black_box;
use milagro_curve::{G1Point, SecretResidue, Transcript};
use milagro_dta::ceremony::{Board, Plan, Seat, Seed, advance};
use milagro_dta::dealer::{self, DealtShare};
use milagro_dta::grants::{ClientKey, Desk, Enrolment, Grant, IssuedSet, RegistrarKey};
use milagro_dta::issue::{ClientSecret, G1Share, Received, Share as _, combine};
use milagro_dta::sharing::Bls12381G1;
use milagro_dta::vault::{self, Cost, Lock};
use milagro_dta::{Authority, AuthorityId, MemberKey, Mpin, Roster, Threshold};
use milagro_freed_memory::{Recorder, Secret, record};
use milagro_ledger::memory::MemoryLedger;
use milagro_mpin::rand_core::UnwrapErr;
use milagro_mpin::{Identity, Seconds};

#[global_allocator]
static ALLOCATOR: Recorder = Recorder;

type Key = MemberKey<Bls12381G1>;

fn rng() -> UnwrapErr<getrandom::SysRng> {
    UnwrapErr(getrandom::SysRng)
}

fn threshold() -> Threshold {
    Threshold::new(2, 3).unwrap()
}

/// The shares of authorities, out of their sealed states: no other public function gives one away. What is
/// decrypted is overwritten here, and what is found stays on the stack.
fn shares<const N: usize>(authorities: &[Authority<Mpin>]) -> [[u8; 32]; N] {
    assert_eq!(authorities.len(), N);
    core::array::from_fn(|place| {
        let authority = &authorities[place];
        let key = Key::random(&mut rng());
        let sealed = vault::seal(&mut rng(), authority, &key, &Lock::Key(&[7; 32])).unwrap();
        let (head, message) = sealed.split_at(128);
        let mut transcript = Transcript::new("MILAGRO-V1-VAULT-SHAKE256");
        transcript.append("key", &[7; 32]);
        transcript.append("salt", &head[14..30]);
        let cipher = XChaCha20Poly1305::new(&(*transcript.secret_bytes::<32>("cipher key")).into());
        let nonce: [u8; 24] = head[30..54].try_into().unwrap();
        let payload = Payload {
            msg: message,
            aad: head,
        };
        let mut state = cipher.decrypt(&nonce.into(), payload).unwrap();
        let share = state[..32].try_into().unwrap();
        black_box(&mut state).fill(0);
        share
    })
}

fn wanted(shares: &[[u8; 32]]) -> Vec<Secret> {
    let secrets = shares.iter().map(|share| Secret::scalar("share", share));
    secrets.collect()
}

fn dealt() -> Vec<Authority<Mpin>> {
    let dealt = dealer::deal::<Mpin, _>(&mut rng(), "freed", threshold()).unwrap();
    let mut authorities = Vec::with_capacity(3);
    for share in dealt.shares {
        let share = DealtShare::<Mpin>::from_bytes(&share.to_bytes()).unwrap();
        let me = share.to();
        let authority = share.accept(me, "freed", threshold(), &dealt.domain);
        authorities.push(authority.unwrap());
    }
    authorities
}

/// A session on one board; what its members hold in the end.
fn session(plan: &Plan<Mpin>, seats: &[(&Key, Option<&Authority<Mpin>>)]) -> Vec<Authority<Mpin>> {
    let seeds: Vec<Seed> = seats.iter().map(|_| Seed::random(&mut rng())).collect();
    let mut logs = vec![Vec::new(); seats.len()];
    let mut board = Board::new(plan);
    loop {
        let (mut authorities, mut done) = (Vec::with_capacity(seats.len()), 0);
        for (((key, held), seed), log) in seats.iter().zip(&seeds).zip(&mut logs) {
            let seat = Seat::take(plan, key, seed, *held).unwrap();
            let progress = advance(&seat, log, &board).unwrap();
            if let Some(message) = progress.send {
                log.push(message.clone());
                board.add(&message).unwrap();
            }
            if let Some(outcome) = progress.result {
                done += 1;
                authorities.extend(outcome.authority);
            }
        }
        if done == seats.len() {
            return authorities;
        }
    }
}

fn keys() -> Vec<Key> {
    (0..3).map(|_| Key::random(&mut rng())).collect()
}

fn roster(keys: &[Key]) -> Roster<Bls12381G1> {
    Roster::new(keys.iter().map(MemberKey::public)).unwrap()
}

#[test]
fn a_dealer_leaves_no_share() {
    let (known, freed) = record(|| shares::<3>(&dealt()));
    assert_eq!(freed.leaks(&wanted(&known)), [""; 0]);
}

#[test]
fn ceremonies_leave_no_share() {
    let (keys, heirs) = (keys(), keys());
    let (known, freed) = record(|| {
        let plan = Plan::<Mpin>::found([1; 32], "freed", threshold(), roster(&keys)).unwrap();
        let seats: Vec<_> = keys.iter().map(|key| (key, None)).collect();
        let founded = session(&plan, &seats);
        let old = shares::<3>(&founded);
        let domain = founded[0].domain().clone();

        let successor = Key::random(&mut rng());
        let (helpers, seat) = (roster(&keys[..2]), AuthorityId::new(3).unwrap());
        let key = successor.public();
        let plan = Plan::repair([2; 32], domain.clone(), helpers, seat, key).unwrap();
        let helping = keys.iter().zip(founded.iter().map(Some)).take(2);
        let seats: Vec<_> = helping.chain([(&successor, None)]).collect();
        let repaired = session(&plan, &seats);
        assert!(shares::<1>(&repaired)[0] == old[2]);

        let plan = Plan::refresh([3; 32], domain, roster(&keys)).unwrap();
        let seats: Vec<_> = keys.iter().zip(founded.iter().map(Some)).collect();
        let refreshed = session(&plan, &seats);
        let new = shares::<3>(&refreshed);

        let domain = refreshed[0].domain().clone();
        let (members, receivers) = (roster(&keys), roster(&heirs));
        let plan = Plan::reshare([4; 32], domain, members, threshold(), receivers).unwrap();
        let old_seats = keys.iter().zip(refreshed.iter().map(Some));
        let seats: Vec<_> = old_seats
            .chain(heirs.iter().map(|key| (key, None)))
            .collect();
        [old, new, shares::<3>(&session(&plan, &seats))]
    });
    assert_eq!(freed.leaks(&wanted(known.as_flattened())), [""; 0]);
}

#[test]
fn issuing_leaves_no_share_of_a_key() {
    let authorities = dealt();
    let alice = Identity::raw(b"alice").unwrap();
    let (points, freed) = record(|| {
        let mut points = Vec::with_capacity(2);
        let mut shares = Vec::with_capacity(2);
        for authority in &authorities[..2] {
            let share: G1Share<ClientSecret> =
                authority.uncounted().issue(&mut rng(), &alice).unwrap();
            let share = G1Share::<ClientSecret>::from_bytes(&share.to_bytes()).unwrap();
            let bytes = share.to_bytes();
            points.push(
                G1Point::from_slice(&bytes[76..124])
                    .unwrap()
                    .to_uncompressed(),
            );
            shares.push(Received {
                from: authority.id(),
                value: share,
            });
        }
        drop(combine(authorities[0].domain(), alice.clone(), shares).unwrap());
        points
    });
    let secrets = points
        .iter()
        .map(|point| Secret::g1("share of a key", point));
    assert_eq!(freed.leaks(&secrets.collect::<Vec<_>>()), [""; 0]);
}

#[test]
fn answers_to_grants_leave_no_share_of_a_key() {
    let mut authorities = dealt();
    let domain = authorities[0].domain().clone();
    let now = Seconds::new(1_800_000_000);
    let nobody = IssuedSet::new(*domain.id());
    let mut ledgers = Vec::new();
    for authority in &mut authorities {
        let ledger = MemoryLedger::init(&mut rng(), 10, now);
        authority.count_in_local(&ledger, &nobody, now).unwrap();
        ledgers.push(ledger);
    }
    let alice = Identity::raw(b"alice").unwrap();
    // What the shares will be: they depend on the authority and the name alone.
    let points: Vec<[u8; 96]> = authorities
        .iter()
        .map(|authority| {
            let share: G1Share<ClientSecret> =
                authority.uncounted().issue(&mut rng(), &alice).unwrap();
            let bytes = share.to_bytes();
            let point = G1Point::from_slice(&bytes[76..124]).unwrap();
            point.to_uncompressed()
        })
        .collect();
    let registrar = RegistrarKey::random(&mut rng());
    let (key, freed) = record(|| {
        let client = ClientKey::random(&mut rng());
        let grant = Grant::<ClientSecret> {
            domain: *domain.id(),
            subject: alice.clone(),
            client: client.public().unwrap(),
            from: now,
            until: now.plus(Seconds::days(1)),
        };
        let grant = grant.sign(&mut rng(), &registrar).unwrap();
        let mut enrolment = Enrolment::new(&domain, &client, &grant).unwrap();
        for (authority, ledger) in authorities.iter().zip(&ledgers) {
            let desk = Desk {
                registrar: &registrar.public(),
                ledger,
                now,
            };
            let answer =
                authority.answer_local::<ClientSecret, _, _>(&mut rng(), &desk, &grant.to_bytes());
            enrolment
                .add(authority.id(), &answer.unwrap().sealed)
                .unwrap();
        }
        drop(enrolment.finish().unwrap());
        *client.as_bytes()
    });
    let mut secrets: Vec<_> = points
        .iter()
        .map(|point| Secret::g1("share of a key", point))
        .collect();
    secrets.push(Secret::bytes("client key", &key));
    assert_eq!(freed.leaks(&secrets), [""; 0]);
    // The search would find an opened answer that is left behind.
    let compressed = G1Point::from_uncompressed(&points[0]);
    let compressed = compressed.unwrap().to_bytes();
    let ((), freed) = record(|| drop(black_box([&[1; 76][..], &compressed].concat())));
    assert_eq!(freed.leaks(&secrets).len(), 1);
}

#[test]
fn a_passphrase_leaves_neither_its_hash_nor_a_block_of_it() {
    let authorities = dealt();
    let authority = &authorities[0];
    let edition = authority.domain().edition();
    let key = Key::random(&mut rng());
    let passphrase = "correct horse battery staple";
    let (salt, freed) = record(|| {
        let lock = Lock::Passphrase(passphrase, Cost::LEAST);
        let sealed = vault::seal(&mut rng(), authority, &key, &lock).unwrap();
        drop(black_box(vault::open::<Mpin>(&sealed, &lock, edition)).unwrap());
        <[u8; 16]>::try_from(&sealed[14..30]).unwrap()
    });
    let params = argon2::Params::new(19 << 10, 2, 1, Some(32)).unwrap();
    let mut memory = vec![argon2::Block::new(); params.block_count()];
    let mut hash = [0; 32];
    argon2::Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, params)
        .hash_password_into_with_memory(passphrase.as_bytes(), &salt, &mut hash, &mut memory)
        .unwrap();
    let last = memory.last().unwrap().as_ref();
    let last: Vec<u8> = last.iter().flat_map(|word| word.to_ne_bytes()).collect();
    let secrets = [
        Secret::bytes("argon2id", &hash),
        Secret::bytes("its last block", &last),
    ];
    assert_eq!(freed.leaks(&secrets), [""; 0]);
    let ((), freed) = record(|| drop(black_box(last.clone())));
    assert_eq!(freed.leaks(&secrets).len(), 1);
}

/// The search finds a share that is left behind.
#[test]
fn planted_leaks_are_found() {
    let authorities = dealt();
    let known = shares::<3>(&authorities);
    let ((), freed) = record(|| drop(black_box(known[0].to_vec())));
    assert_eq!(freed.leaks(&wanted(&known)).len(), 1);
    let ((), freed) = record(|| {
        let mut list = vec![SecretResidue::from_bytes(&known[1]).unwrap()];
        // Grows, and leaves a copy behind.
        list.push(SecretResidue::zero());
        drop(black_box(list));
    });
    assert!(!freed.leaks(&wanted(&known)).is_empty());
}

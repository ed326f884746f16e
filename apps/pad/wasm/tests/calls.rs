//! What the module computes is what servers and authorities take, and what it refuses.
#![forbid(unsafe_code)]
#![expect(
    clippy::unwrap_used,
    reason = "a test ends where something is not there"
)]

extern crate alloc;

#[path = "calls/issuing.rs"]
mod issuing;
#[path = "calls/permits.rs"]
mod permits;
#[path = "calls/tokens.rs"]
mod tokens;
#[path = "calls/world.rs"]
mod world;

use milagro_base::{Reader, Writer};
use milagro_pad_wasm::call::{Bytes, Fault};
use milagro_pad_wasm::{enrol, login};

use world::{NOW, PIN, World};

type Call = fn(&mut Reader<'_>) -> Result<Bytes, Fault>;

fn call(called: Call, request: Writer) -> Result<Bytes, Fault> {
    called(&mut Reader::new(&request.finish()))
}

/// A seed that no other test takes.
fn seed() -> [u8; 32] {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).unwrap();
    seed
}

/// All that a login begins with.
fn begun(world: &World, token: &[u8], pin: &str) -> Writer {
    let server = world.server.as_bytes();
    Writer::new()
        .bytes(&seed())
        .string(token)
        .string(pin.as_bytes())
        .bytes(&world.domain.id().to_bytes())
        .string(server)
}

fn accepted(world: &World, token: &[u8], pin: &str) -> bool {
    let request = begun(world, token, pin).bytes(&world.challenge());
    let request = request.string(&[]);
    let proof = call(login::answer, request).unwrap();
    world.log_in(&proof).is_some()
}

#[test]
fn the_right_pin_logs_in_and_no_other() {
    let world = World::new();
    let token = world.token("alice");
    assert!(accepted(&world, &token, PIN));
    assert!(!accepted(&world, &token, "1235"));
    let proof = call(
        login::at,
        begun(&world, &token, PIN).seconds(NOW).string(&[]),
    );
    let proof = proof.unwrap();
    assert_eq!(world.log_in(&proof).unwrap().as_bytes(), b"alice");
    assert!(world.log_in(&proof).is_none(), "once");
}

#[test]
fn a_pin_is_changed() {
    let world = World::new();
    let change = |old: &str, next: &str| {
        let token = world.token("alice");
        let request = Writer::new().string(&token).string(old.as_bytes());
        call(login::change_pin, request.string(next.as_bytes()))
    };
    let changed = change(PIN, "567890").unwrap();
    assert!(accepted(&world, &changed, "567890"));
    assert!(!accepted(&world, &changed, "567891"));
    let looked = call(login::look, Writer::new().string(&changed)).unwrap();
    assert_eq!(looked[0], 6);
    assert_eq!(looked[1..33], world.domain.id().to_bytes());
    for (old, next) in [
        ("12345", "5678"),
        (PIN, "567"),
        (PIN, "567a"),
        ("12\u{663}", PIN),
    ] {
        assert_eq!(change(old, next).unwrap_err(), Fault::Pin, "{old} {next}");
    }
}

#[test]
fn two_seeds_make_two_proofs_and_one_makes_one() {
    let world = World::new();
    let (token, challenge) = (world.token("alice"), world.challenge());
    let prove = |seed: [u8; 32]| {
        let request = Writer::new().bytes(&seed).string(&token);
        let request = request.string(PIN.as_bytes());
        let request = request.bytes(&world.domain.id().to_bytes());
        let request = request.string(world.server.as_bytes()).bytes(&challenge);
        call(login::answer, request.string(&[])).unwrap()
    };
    assert_eq!(prove([1; 32]), prove([1; 32]));
    assert_ne!(prove([1; 32]), prove([2; 32]));
}

#[test]
fn what_is_not_a_request_is_refused() {
    let world = World::new();
    let token = world.token("alice");
    let whole = begun(&world, &token, PIN)
        .bytes(&world.challenge())
        .string(&[])
        .finish();
    let read = |bytes: &[u8]| login::answer(&mut Reader::new(bytes));
    assert!(read(&whole).is_ok());
    for length in 0..whole.len() {
        assert!(read(&whole[..length]).is_err(), "{length}");
    }
    assert_eq!(read(&[&whole[..], &[0]].concat()), Err(Fault::Request));
    let mut stored = token.clone();
    stored[0] ^= 1;
    let request = Writer::new().string(&stored);
    assert_eq!(call(login::look, request).unwrap_err(), Fault::Stored);
    let other = World::new();
    let request = begun(&other, &token, PIN).bytes(&other.challenge());
    let request = request.string(&[]);
    assert_eq!(call(login::answer, request).unwrap_err(), Fault::Domain);
}

#[test]
fn a_device_is_enrolled_by_enough_authorities() {
    let world = World::new();
    let both = call(enrol::begin, Writer::new().bytes(&seed())).unwrap();
    let (key, public) = both.split_at(32);
    assert_eq!(
        *call(enrol::public, Writer::new().bytes(key)).unwrap(),
        public
    );
    let grant = world.grant("bob", public.try_into().unwrap());
    let mut shares = world.shares(&grant);
    let finish = |key: &[u8], id: &[u8], shares: &[(u16, Vec<u8>)]| {
        let head = Writer::new().bytes(key).string(PIN.as_bytes()).bytes(id);
        let head = head.string(&world.domain.to_bytes());
        let head = head.string(&grant.to_bytes());
        let add =
            |writer: Writer, (from, sealed): &(u16, Vec<u8>)| writer.u16(*from).string(sealed);
        call(enrol::finish, shares.iter().fold(head, add))
    };
    let id = world.domain.id().to_bytes();
    let token = finish(key, &id, &shares).unwrap();
    assert!(accepted(&world, &token, PIN));
    assert!(!accepted(&world, &token, "4321"));
    assert_eq!(finish(key, &[7; 32], &shares), Err(Fault::Domain));
    assert_eq!(finish(&[7; 32], &id, &shares), Err(Fault::Answer));
    assert_eq!(finish(key, &id, &shares[..1]), Err(Fault::Shares));
    // A share that was altered on its way, one sent twice, and one under another number.
    let good = shares[0].clone();
    assert_eq!(finish(key, &id, &[good.clone(), good]), Err(Fault::Shares));
    shares[0].1[40] ^= 1;
    shares[1].0 = 3;
    assert_eq!(finish(key, &id, &shares), Err(Fault::Shares));
}

#[test]
fn a_letter_is_for_the_client_of_its_grant() {
    let world = World::new();
    let both = call(enrol::begin, Writer::new().bytes(&seed())).unwrap();
    let (key, public) = both.split_at(32);
    let grant = world.grant("bob", public.try_into().unwrap());
    let sealed = World::letter(&grant, b"a letter");
    let open = |key: &[u8], grant: &[u8], sealed: &[u8]| {
        let request = Writer::new().bytes(key).string(grant).string(sealed);
        call(enrol::open_letter, request)
    };
    let whole = grant.to_bytes();
    assert_eq!(*open(key, &whole, &sealed).unwrap(), b"a letter");
    assert_eq!(open(&[7; 32], &whole, &sealed), Err(Fault::Answer));
    let other = world.grant("carol", public.try_into().unwrap()).to_bytes();
    assert_eq!(open(key, &other, &sealed), Err(Fault::Answer));
    assert_eq!(open(key, &whole[1..], &sealed), Err(Fault::Answer));
    // No share is a letter.
    let share = &world.shares(&grant)[0].1;
    assert_eq!(open(key, &whole, share), Err(Fault::Answer));
}

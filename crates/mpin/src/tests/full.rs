//! M-Pin Full: both sides get the same keys, or nobody gets any.

use milagro_curve::loose::E1Point;

use super::fixture::{NOW, ORDER_11, World, alice, factors, rng};
use crate::full::client::{ClientSession, Unconfirmed};
use crate::full::hello::ClientHello;
use crate::full::key_base::{KeyBase, PrecomputedKeyBase};
use crate::full::messages::{ClientConfirmation, ServerHello};
use crate::full::schedule::SessionKeys;
use crate::full::server::ServerSession;
use crate::names::binding::ChannelBinding;
use crate::names::epoch::{Epoch, EpochPolicy};
use crate::permit::PermitLabel;
use crate::server::policy::PermitPolicy;
use crate::server::rejected::Reason;
use crate::server::verifier::Authenticated;
use milagro_base::DecodeError;

/// Decodes a message and encodes it again.
type Decode = fn(&[u8]) -> Result<Vec<u8>, DecodeError>;

struct Run {
    world: World,
    base: KeyBase,
    client: ClientSession,
    hello: ClientHello,
}

impl Run {
    fn start(world: World) -> Self {
        let secret = world.master.issue_client(&alice());
        let permit = world.verifier.policy.permits.epochs().map(|_| {
            let epoch = Epoch(NOW / 86_400);
            world.permit(PermitLabel::Personal { epoch }, &alice())
        });
        let (client, hello) = secret
            .start_full(
                &mut rng(),
                &world.target(),
                world.challenge(),
                permit.as_ref(),
            )
            .unwrap();
        Self {
            base: KeyBase::new(&secret, &world.server),
            world,
            client,
            hello,
        }
    }

    fn answer(&self) -> Result<(ServerSession, ServerHello), Reason> {
        self.world
            .verifier
            .accept_full(
                &mut rng(),
                &self.world.store,
                &self.hello,
                &ChannelBinding::None,
                NOW,
            )
            .map_err(|rejected| rejected.reason())
    }
}

fn finish(run: Run) -> (SessionKeys, (Authenticated, SessionKeys)) {
    let (server, answer) = run.answer().unwrap();
    let answer = ServerHello::from_bytes(&answer.to_bytes()).unwrap();
    let confirmed = run.client.finish(&run.base, &answer).unwrap();
    let bytes = confirmed.confirmation.to_bytes();
    let confirmation = ClientConfirmation::from_bytes(&bytes).unwrap();
    (confirmed.keys, server.confirm(&confirmation).unwrap())
}

#[test]
fn both_sides_get_the_same_keys_and_fresh_ones() {
    let with_permits = PermitPolicy::Personal(EpochPolicy::DAILY);
    let mut seen = Vec::new();
    for policy in [
        PermitPolicy::NoPermits,
        with_permits,
        PermitPolicy::NoPermits,
    ] {
        let mut run = Run::start(World::new(policy));
        run.hello = ClientHello::from_bytes(&run.hello.to_bytes()).unwrap();
        let (client, (login, server)) = finish(run);
        assert_eq!(login.identity(), &alice());
        assert_eq!(client.sending(), server.receiving());
        assert_eq!(client.receiving(), server.sending());
        assert_ne!(client.sending(), client.receiving());
        seen.push(*client.sending());
    }
    assert_ne!(seen[0], seen[2]);
}

#[test]
fn a_precomputed_base_gives_the_same_keys() {
    let world = World::without_permits();
    let all = |pin| factors(pin).with_bytes("device", b"key").unwrap();
    let token = world.token(&alice(), &all("4321"));
    let stored = PrecomputedKeyBase::new(&token, &world.server);
    let secret = token.unlock(&all("4321")).unwrap();
    let (client, hello) = secret
        .start_full(&mut rng(), &world.target(), world.challenge(), None)
        .unwrap();
    let none = ChannelBinding::None;
    let (_, answer) = world
        .verifier
        .accept_full(&mut rng(), &world.store, &hello, &none, NOW)
        .unwrap();
    let base = stored.unlock(&token, &all("4321")).unwrap();
    assert!(client.finish(&base, &answer).is_ok());
    assert_eq!(
        stored.unlock(&token, &factors("4321")).unwrap_err(),
        crate::client::error::FactorError::Mismatch
    );
}

#[test]
fn after_a_bad_proof_the_server_says_nothing() {
    let world = World::without_permits();
    let token = world.token(&alice(), &factors("1234"));
    let wrong = token.unlock(&factors("1235")).unwrap();
    let (_, hello) = wrong
        .start_full(&mut rng(), &world.target(), world.challenge(), None)
        .unwrap();
    let answer = |hello: &ClientHello| {
        world
            .verifier
            .accept_full(&mut rng(), &world.store, hello, &ChannelBinding::None, NOW)
            .map(|_| ())
            .map_err(|rejected| rejected.reason())
    };
    assert_eq!(answer(&hello), Err(Reason::Proof));
    assert_eq!(answer(&hello), Err(Reason::UnknownChallenge));
    // R belongs to the proof: another one is refused, so nobody is made to raise to a chosen power.
    let mut run = Run::start(World::without_permits());
    run.hello.body.r = alice().to_point();
    assert_eq!(run.answer().unwrap_err(), Reason::Proof);
}

#[test]
fn every_bit_of_the_servers_answer_counts() {
    let run = Run::start(World::without_permits());
    let (_, answer) = run.answer().unwrap();
    let bytes = answer.to_bytes();
    for bit in 8..8 * bytes.len() {
        // W' by samples, the confirmation in full.
        if bit < 8 * 49 && bit % 29 != 0 {
            continue;
        }
        let mut tweaked = bytes.clone();
        tweaked[bit / 8] ^= 1 << (bit % 8);
        let Ok(tweaked) = ServerHello::from_bytes(&tweaked) else {
            continue;
        };
        let client = ClientSession::clone_for_tests(&run.client);
        assert_eq!(
            client.finish(&run.base, &tweaked).unwrap_err(),
            Unconfirmed,
            "{bit}"
        );
    }
}

#[test]
fn every_bit_of_the_clients_confirmation_counts() {
    let run = Run::start(World::without_permits());
    let mut sessions = Vec::new();
    let (server, answer) = run.answer().unwrap();
    sessions.push(server);
    let good = run.client.finish(&run.base, &answer).unwrap().confirmation;
    let server = sessions.pop().unwrap();
    for bit in 0..256 {
        let mut tweaked = good.0;
        tweaked[bit / 8] ^= 1 << (bit % 8);
        let verdict = server
            .clone_for_tests()
            .confirm(&ClientConfirmation(tweaked));
        assert_eq!(verdict.unwrap_err().reason(), Reason::Confirmation, "{bit}");
    }
    // The server's own confirmation, sent back.
    let reflected = ClientConfirmation(answer.confirmation);
    let verdict = server.clone_for_tests().confirm(&reflected);
    assert_eq!(verdict.unwrap_err().reason(), Reason::Confirmation);
    assert!(server.confirm(&good).is_ok());
}

#[test]
fn a_server_that_does_not_hold_the_name_is_noticed() {
    // Another server of the same authority answers in place of the right one: it cannot even check.
    let run = Run::start(World::without_permits());
    let other = crate::names::server::ServerId::new(b"other.example.com").unwrap();
    let other = super::fixture::verifier(
        &run.world.master,
        run.world.domain,
        &other,
        PermitPolicy::NoPermits,
    );
    let none = ChannelBinding::None;
    let verdict = other.accept_full(&mut rng(), &run.world.store, &run.hello, &none, NOW);
    assert_eq!(verdict.unwrap_err().reason(), Reason::Proof);
    // And whatever it makes up is not confirmed.
    let made_up = ServerHello {
        w: alice().to_point(),
        confirmation: [0; 32],
    };
    assert_eq!(
        run.client.finish(&run.base, &made_up).unwrap_err(),
        Unconfirmed
    );
}

#[test]
fn all_static_keys_and_the_transcript_do_not_give_the_key() {
    // What somebody can compute who later learns s: k, but not D.
    let run = Run::start(World::without_permits());
    let (_, answer) = run.answer().unwrap();
    let body = &run.hello.body;
    let transcript_d = [body.u, body.r, body.statement.v.to_g1().unwrap(), answer.w];
    let secret = run.world.master.issue_client(&alice());
    let client = ClientSession::clone_for_tests(&run.client);
    let keys = run.client.finish(&run.base, &answer).unwrap().keys;
    for d in transcript_d {
        for candidate in [d, -d] {
            let guess = client.keys_with_d_for_tests(&run.base, &answer, &candidate.into());
            assert_ne!(guess.sending(), keys.sending());
        }
    }
    let guess = client.keys_with_d_for_tests(&run.base, &answer, &secret.secret);
    assert_ne!(guess.sending(), keys.sending());
    // D is all that lacks.
    let d = client.d_for_tests(&answer);
    let same = client.keys_with_d_for_tests(&run.base, &answer, &d);
    assert_eq!(same.sending(), keys.sending());
}

#[test]
fn messages_decode_strictly() {
    let run = Run::start(World::without_permits());
    let (_, answer) = run.answer().unwrap();
    let confirmation = run.client.finish(&run.base, &answer).unwrap().confirmation;
    let decoders: [(Vec<u8>, Decode); 3] = [
        (run.hello.to_bytes(), |b| {
            ClientHello::from_bytes(b).map(|m| m.to_bytes())
        }),
        (answer.to_bytes(), |b| {
            ServerHello::from_bytes(b).map(|m| m.to_bytes())
        }),
        (confirmation.to_bytes(), |b| {
            ClientConfirmation::from_bytes(b).map(|m| m.to_bytes())
        }),
    ];
    for (bytes, decode) in decoders {
        assert_eq!(decode(&bytes).as_ref(), Ok(&bytes));
        for length in 0..bytes.len() {
            assert_eq!(decode(&bytes[..length]), Err(DecodeError::Length));
        }
        let mut long = bytes.clone();
        long.push(0);
        assert_eq!(decode(&long), Err(DecodeError::Length));
        long[0] = 2;
        assert_eq!(decode(&long), Err(DecodeError::Version));
    }
    // Points of small order, in every field that is a point.
    let outside = E1Point::from_bytes(&ORDER_11).unwrap();
    let hello = run.hello.to_bytes();
    for back in [96, 193, 289] {
        let mut tweaked = hello.clone();
        let start = hello.len() - back;
        tweaked[start..start + 96].copy_from_slice(&outside.to_uncompressed());
        assert_eq!(
            ClientHello::from_bytes(&tweaked).unwrap_err(),
            DecodeError::NotInSubgroup
        );
    }
    let outside = outside.to_bytes();
    let mut tweaked = answer.to_bytes();
    tweaked[1..49].copy_from_slice(&outside);
    assert_eq!(
        ServerHello::from_bytes(&tweaked).unwrap_err(),
        DecodeError::NotInSubgroup
    );
}

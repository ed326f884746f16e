//! Logins, signatures and key agreement, from both ends.

use alloc::sync::Arc;
use core::hint::black_box;

use milagro_curve::{G1Point, SecretG1Sum, SecretScalar, Transcript};
use milagro_freed_memory::Secret;
use milagro_ledger::Paid;
use milagro_mpin::client::PinLength;
use milagro_mpin::full::{KeyBase, PrecomputedKeyBase, ServerHello, ServerSession};
use milagro_mpin::names::{Epoch, EpochPolicy};
use milagro_mpin::permit::{Permit, PermitLabel};
use milagro_mpin::server::{Admitted, Arrival, Attempts, BatchVerifier, PermitPolicy};
use milagro_mpin::{Challenge, ChannelBinding, ClientSecret, LoginProof, Token, Verifier};

use crate::world::{NOW, Stuck, World, alice, factors, point, product, rng};
use crate::{Flow, leaks};

pub(crate) const FLOWS: [Flow; 6] = [
    ("a login with a challenge", || logins(false)),
    ("a login with a permit", || logins(true)),
    ("one pass, a signature, a mistyped PIN", times),
    ("a batch", batch),
    ("key agreement", agreement),
    ("a token's key base", key_bases),
];

fn arrival() -> Arrival<'static> {
    let attempts = Attempts::PerIdentityStrangersCanLockOut;
    Arrival::new(&ChannelBinding::None, attempts, NOW)
}

fn permit(world: &World) -> Permit {
    let length = EpochPolicy::DAILY.length;
    let epoch = Epoch::at(NOW, length);
    let label = PermitLabel::Personal { epoch };
    world
        .master
        .issue_permit(&world.domain, label, length, &alice())
}

fn paid(world: &World, verifier: &Verifier, proof: &LoginProof) -> Paid<Admitted> {
    let admitted = verifier.admit(&mut rng(), proof, arrival()).unwrap();
    admitted.spend_local(&world.ledger, NOW).unwrap()
}

/// What is secret in any login: s, s·Qs, S, the token, and what S_B is with the permit.
fn secrets(world: &World) -> Vec<Secret> {
    let issued = || world.master.issue_client(&alice());
    let token = Token::new(world.domain, issued(), &factors("1234")).unwrap();
    let (bytes, whole) = (token.to_bytes(), issued());
    let permit = permit(world).point().to_owned();
    let s_b = SecretG1Sum::zero()
        .add(whole.as_point())
        .add(&permit.into())
        .to_secret()
        .unwrap();
    let mut secrets = world.secrets();
    secrets.extend([
        Secret::g1("S", &whole.as_point().to_uncompressed()),
        Secret::g1("S_B", &s_b.to_uncompressed()),
        point("token", &bytes[bytes.len() - 48..]),
    ]);
    secrets
}

/// A one-time number of a login that drew from a generator that is stuck; the proof shows that it is this one.
fn nonce(role: &[u8], secret: &ClientSecret, context: &Transcript, sent: &[u8]) -> SecretScalar {
    let mut transcript = Transcript::new("MILAGRO-V1-NONCE-SHAKE256");
    transcript.append("for", role);
    transcript.append("S_B", &*secret.as_point().to_bytes());
    transcript.append("context", &context.bytes::<64>("context"));
    let nonce = SecretScalar::hedged(&mut Stuck, transcript);
    assert!(shows(sent, &(&alice().to_point() * &nonce)));
    nonce
}

/// Whether a message holds a point, in short or with both coordinates.
fn shows(sent: &[u8], point: &G1Point) -> bool {
    let bytes = point.to_uncompressed();
    let (x, _) = bytes.split_at(48);
    let mut short = point.to_bytes();
    // Without the flags.
    if let Some(first) = short.first_mut() {
        *first &= 0x1f;
    }
    assert_eq!(x, short);
    sent.windows(47).any(|window| window == &x[1..])
}

/// What y covers besides points.
fn context(world: &World, tag: &'static str, fresh: (&'static str, &[u8])) -> Transcript {
    let mut transcript = Transcript::new(tag);
    transcript.append("domain", &world.domain.to_bytes());
    transcript.append("server", world.server.as_bytes());
    transcript.append("identity", &alice().to_bytes());
    transcript.append("permit", &[0]);
    transcript.append("no channel binding", &[]);
    transcript.append(fresh.0, fresh.1);
    transcript
}

fn logins(with_permit: bool) -> Vec<String> {
    let world = World::new();
    let policy = if with_permit {
        PermitPolicy::Personal(EpochPolicy::DAILY)
    } else {
        PermitPolicy::NoPermits
    };
    let permit = with_permit.then(|| permit(&world));
    let target = world.target();
    let token = {
        let issued = world.master.issue_client(&alice());
        Token::new(world.domain, issued, &factors("1234")).unwrap()
    };
    let flow = || {
        let verifier = Box::new(world.verifier(policy));
        let challenge = verifier.challenge(&mut rng(), NOW);
        let bytes = challenge.to_bytes();
        let secret = Box::new(token.unlock(&factors("1234")).unwrap());
        let login = secret.login(&target);
        let login = match &permit {
            Some(permit) => login.permit(permit),
            None => login,
        };
        let proof = login.answer(&mut Stuck, challenge).unwrap().to_bytes();
        let sent = LoginProof::from_bytes(&proof).unwrap();
        let checked = verifier.check(&mut rng(), paid(&world, &verifier, &sent), NOW);
        let login = checked.unwrap().spend_local(&world.ledger, NOW).unwrap();
        assert_eq!(login.identity(), &alice());
        (bytes, proof)
    };
    leaks(flow, |(challenge, proof)| {
        let mut secrets = secrets(&world);
        if !with_permit {
            let context = context(
                &world,
                "MILAGRO-V1-CHALLENGE-SHAKE256",
                ("challenge", &challenge),
            );
            let whole = world.master.issue_client(&alice());
            let x = nonce(b"x", &whole, &context, &proof);
            secrets.push(Secret::scalar("x", &x.to_bytes()));
            secrets.push(product("x·S", &whole.as_point().clone().declassify(), &x));
        }
        secrets
    })
}

fn times() -> Vec<String> {
    let world = World::new();
    let target = world.target();
    let token = {
        let issued = world.master.issue_client(&alice());
        Token::new(world.domain, issued, &factors("1234")).unwrap()
    };
    let flow = || {
        let verifier = world.verifier(PermitPolicy::NoPermits);
        let right = token.unlock(&factors("1234")).unwrap();
        let proof = right.login(&target).at(&mut Stuck, NOW).unwrap();
        let checked = verifier.check(&mut rng(), paid(&world, &verifier, &proof), NOW);
        let login = checked.unwrap().spend_local(&world.ledger, NOW);
        assert!(login.is_ok());
        let signature = right.login(&target).sign(&mut rng(), NOW, b"text");
        let admitted = verifier
            .admit_signature(&mut rng(), &signature.unwrap(), b"text", arrival())
            .unwrap();
        let paid_for = admitted.spend_local(&world.ledger, NOW).unwrap();
        assert!(verifier.check_signature(&mut rng(), paid_for, NOW).is_ok());
        let typo = token.unlock(&factors("1239")).unwrap();
        let wrong = typo.login(&target).at(&mut rng(), NOW).unwrap();
        let refused = verifier.check(&mut rng(), paid(&world, &verifier, &wrong), NOW);
        let refused = refused.unwrap_err();
        let search = verifier.search(&mut rng(), refused.opened().unwrap(), PinLength::FOUR);
        let search = search.spend_local(&world.ledger, NOW).unwrap();
        let distance = verifier.distance_vartime(search).unwrap();
        assert_eq!(distance.value(), 5);
        proof.to_bytes()
    };
    leaks(flow, |proof| {
        let mut secrets = secrets(&world);
        let said = context(
            &world,
            "MILAGRO-V1-ONE-PASS-SHAKE256",
            ("time", &NOW.to_bytes()),
        );
        let whole = world.master.issue_client(&alice());
        let x = nonce(b"x", &whole, &said, &proof);
        secrets.push(Secret::scalar("x", &x.to_bytes()));
        let typo = token.unlock(&factors("1239")).unwrap();
        secrets.push(Secret::g1(
            "S of a typo",
            &typo.as_point().to_uncompressed(),
        ));
        secrets
    })
}

/// The server's side alone: the clients have a stack of their own, of which nothing may be left on this one.
fn batch() -> Vec<String> {
    let world = World::new();
    let target = world.target();
    let client = || {
        let issued = world.master.issue_client(&alice());
        let token = Token::new(world.domain, issued, &factors("1234")).unwrap();
        ["1234", "1239", "1234", "1234"].map(|typed| {
            let secret = token.unlock(&factors(typed)).unwrap();
            let login = secret.login(&target);
            login.at(&mut rng(), NOW).unwrap()
        })
    };
    let proofs = std::thread::scope(|scope| scope.spawn(client).join().unwrap());
    let flow = || {
        let verifier = Arc::new(world.verifier(PermitPolicy::NoPermits));
        let mut batch = BatchVerifier::new(verifier.clone());
        let logins = proofs.each_ref();
        let logins = logins.map(|proof| paid(&world, &verifier, proof));
        let verdicts = batch.check_all(&mut rng(), logins.into(), NOW);
        let right: Vec<bool> = verdicts.iter().map(Result::is_ok).collect();
        assert_eq!(right, [true, false, true, true]);
    };
    leaks(flow, |()| world.secrets())
}

/// What both ends have in the end, and what was sent.
struct Agreed {
    hello: Vec<u8>,
    answer: Vec<u8>,
    keys: [[u8; 32]; 3],
    challenge: [u8; Challenge::LEN],
}

fn agree(world: &World, secret: &ClientSecret) -> Agreed {
    let verifier = Box::new(world.verifier(PermitPolicy::NoPermits));
    let challenge = verifier.challenge(&mut rng(), NOW);
    let bytes = challenge.to_bytes();
    let target = world.target();
    let base = Box::new(KeyBase::new(secret, &world.server));
    let start = secret.login(&target).agree(&mut Stuck, challenge).unwrap();
    let admitted = verifier.admit_hello(&mut rng(), &start.hello, arrival());
    let paid = admitted.unwrap().spend_local(&world.ledger, NOW).unwrap();
    let answered = verifier.check_hello(&mut rng(), paid, NOW).unwrap();
    let answered = answered.spend_local(&world.ledger, NOW).unwrap();
    // On the heap, as a server keeps it; what was on the stack must not go along.
    let answered = Box::new(answered.into_value());
    let sealed = answered.session.seal(&mut rng(), &verifier).unwrap();
    let session = ServerSession::open(&sealed, &verifier).unwrap();
    let answer = answered.hello.to_bytes();
    drop(answered);
    let hello = ServerHello::from_bytes(&answer).unwrap();
    drop(Box::new(ServerSession::open(&sealed, &verifier).unwrap()));
    let confirmed = start.session.finish(&base, &hello).unwrap();
    let agreed = session.confirm(&mut rng(), &confirmed.confirmation, NOW);
    let agreed = agreed.unwrap().spend_local(&world.ledger, NOW).unwrap();
    assert_eq!(agreed.keys.sending(), confirmed.keys.receiving());
    let confirmed = Box::new(confirmed);
    let keys = &confirmed.keys;
    Agreed {
        hello: start.hello.to_bytes(),
        answer,
        keys: [*keys.sending(), *keys.receiving(), *keys.exporter()],
        challenge: bytes,
    }
}

fn agreement() -> Vec<String> {
    let world = World::new();
    let secret = world.master.issue_client(&alice());
    leaks(
        || agree(&world, &secret),
        |agreed| {
            let mut secrets = secrets(&world);
            let tag = "MILAGRO-V1-FULL-SHAKE256";
            let said = context(&world, tag, ("challenge", &agreed.challenge));
            let r = nonce(b"r", &secret, &said, &agreed.hello);
            let mut with_g = said;
            with_g.append("G", &(&alice().to_point() * &r).to_bytes());
            let x = nonce(b"x", &secret, &with_g, &agreed.hello);
            // W' is the point in the server's answer, so D is x times it.
            let w = agreed.answer.windows(48).find_map(|window| {
                let bytes = window.try_into().ok()?;
                G1Point::from_bytes(bytes).ok()
            });
            let w = w.unwrap();
            secrets.extend([
                Secret::scalar("x", &x.to_bytes()),
                Secret::scalar("r", &r.to_bytes()),
                product("D", &w, &x),
            ]);
            let names = ["sending", "receiving", "exporter"];
            for (name, key) in names.into_iter().zip(&agreed.keys) {
                secrets.push(Secret::bytes(name, key));
            }
            secrets
        },
    )
}

fn key_bases() -> Vec<String> {
    let world = World::new();
    let token = {
        let issued = world.master.issue_client(&alice());
        Token::new(world.domain, issued, &factors("1234")).unwrap()
    };
    let flow = || {
        let base = PrecomputedKeyBase::new(&token, &world.server);
        drop(black_box(base.unlock(&token, &factors("1234")).unwrap()));
        let secret = token.unlock(&factors("1234")).unwrap();
        drop(black_box(KeyBase::new(&secret, &world.server)));
    };
    leaks(flow, |()| {
        let mut secrets = secrets(&world);
        let qs = milagro_curve::G2Prepared::from(&world.server.to_point());
        let whole = world.master.issue_client(&alice());
        let bytes = token.to_bytes();
        let rest = bytes[bytes.len() - 48..].try_into().unwrap();
        let rest = milagro_curve::SecretG1::from_bytes(rest).unwrap();
        for (name, point) in [("e(S, Qs)", whole.as_point()), ("g1", &rest)] {
            let element = milagro_curve::pairing::pairing_secret(point, &qs);
            secrets.push(Secret::gt(name, &element.to_bytes()));
        }
        secrets
    })
}

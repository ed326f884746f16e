//! Logins that must be refused, each with its reason.

use milagro_curve::{G1Point, G1Sum, hash::hash_to_g1, loose::E1Point};

use super::fixture::{NOW, World, alice, factors, rng, verifier};
use crate::keys::MasterSecret;
use crate::names::binding::ChannelBinding;
use crate::names::identity::Identity;
use crate::names::server::ServerId;
use crate::proof::encoding::LoginProof;
use crate::proof::spec::{Context, Mode};
use crate::proof::tags;
use crate::server::policy::PermitPolicy;
use crate::server::rejected::{Reason, Rejected};
use crate::server::store::ChallengeStore as _;
use milagro_base::DecodeError;

fn proof(world: &World) -> LoginProof {
    world.prove(&world.master.issue_client(&alice()), None)
}

fn y(world: &World, proof: &LoginProof) -> milagro_curve::Scalar {
    let context = Context {
        mode: Mode::Challenge(&proof.nonce),
        domain: &world.domain,
        server: &world.server,
        identity: &proof.statement.identity,
        label: proof.statement.label.as_ref(),
        binding: &ChannelBinding::None,
    };
    context.challenge(&proof.statement.u.to_bytes()).0
}

#[test]
fn a_nonce_works_once() {
    let world = World::without_permits();
    let proof = proof(&world);
    assert!(world.verify(&proof).is_ok());
    assert_eq!(world.verify(&proof).unwrap_err(), Reason::UnknownChallenge);
}

#[test]
fn a_failed_login_spends_its_nonce() {
    let world = World::without_permits();
    let secret = world.master.issue_client(&alice());
    let good = world.prove(&secret, None);
    let mut bad = good.clone();
    bad.statement.v = bad.statement.u;
    assert_eq!(world.verify(&bad).unwrap_err(), Reason::Proof);
    assert_eq!(world.verify(&good).unwrap_err(), Reason::UnknownChallenge);
}

#[test]
fn a_nonce_that_was_never_handed_out() {
    let world = World::without_permits();
    let mut proof = proof(&world);
    proof.nonce[0] ^= 1;
    assert_eq!(world.verify(&proof).unwrap_err(), Reason::UnknownChallenge);
}

#[test]
fn a_nonce_of_another_login_does_not_fit() {
    let world = World::without_permits();
    let mut proof = proof(&world);
    proof.nonce = world.challenge().0;
    assert_eq!(world.verify(&proof).unwrap_err(), Reason::Proof);
}

#[test]
fn a_nonce_expires_on_the_second() {
    let world = World::without_permits();
    for (later, verdict) in [(0, None), (59, None), (60, Some(Reason::ExpiredChallenge))] {
        let proof = proof(&world);
        let now = NOW + later;
        let result = world
            .verifier
            .verify(&world.store, &proof, &ChannelBinding::None, now);
        assert_eq!(
            result.err().map(|rejected| rejected.reason()),
            verdict,
            "{later}"
        );
    }
    // Times at the end of the range do not overflow.
    let challenge = world.verifier.challenge(&mut rng(), &world.store, u64::MAX);
    let secret = world.master.issue_client(&alice());
    let proof = secret
        .prove(&mut rng(), &world.target(), challenge, None)
        .unwrap();
    let result = world
        .verifier
        .verify(&world.store, &proof, &ChannelBinding::None, u64::MAX);
    assert_eq!(result.unwrap_err().reason(), Reason::ExpiredChallenge);
}

#[test]
fn points_of_another_session() {
    let world = World::without_permits();
    let (mine, other) = (proof(&world), proof(&world));
    let mut moved_v = mine.clone();
    moved_v.statement.v = other.statement.v;
    assert_eq!(world.verify(&moved_v).unwrap_err(), Reason::Proof);
    let mut moved_u = proof(&world);
    moved_u.statement.u = other.statement.u;
    assert_eq!(world.verify(&moved_u).unwrap_err(), Reason::Proof);
    let mut both = proof(&world);
    (both.statement.u, both.statement.v) = (other.statement.u, other.statement.v);
    assert_eq!(world.verify(&both).unwrap_err(), Reason::Proof);
}

#[test]
fn a_proof_for_another_server_name_domain_or_authority() {
    let world = World::without_permits();
    let secret = world.master.issue_client(&alice());
    let mut target = world.target();
    target.server = ServerId::new(b"server.example.con").unwrap();
    let proof = secret
        .prove(&mut rng(), &target, world.challenge(), None)
        .unwrap();
    assert_eq!(world.verify(&proof).unwrap_err(), Reason::Proof);
    // The other server, of the same authority, takes it.
    let other = verifier(
        &world.master,
        world.domain,
        &target.server,
        PermitPolicy::NoPermits,
    );
    world.store.insert(proof.nonce, NOW + 1);
    assert!(
        other
            .verify(&world.store, &proof, &ChannelBinding::None, NOW)
            .is_ok()
    );

    let mut target = world.target();
    target.domain = world.master.trust_domain("another name");
    let proof = secret
        .prove(&mut rng(), &target, world.challenge(), None)
        .unwrap();
    assert_eq!(world.verify(&proof).unwrap_err(), Reason::Proof);

    let stranger = MasterSecret::random(&mut rng()).issue_client(&alice());
    assert_eq!(
        world.verify(&world.prove(&stranger, None)).unwrap_err(),
        Reason::Proof
    );
}

#[test]
fn forgeries_without_a_secret() {
    let world = World::without_permits();
    let a = alice().to_point();
    let guess = milagro_curve::SecretScalar::random(&mut rng());
    let random = hash_to_g1(b"random", tags::IDENTITY);
    // U = -y·A for a y that the forger guesses; V anything. V = identity does not decode.
    let u = -(&a * &guess);
    for v in [random, a, -a, u] {
        let mut forged = proof(&world);
        (forged.statement.u, forged.statement.v) = (u.into(), v.into());
        assert_eq!(world.verify(&forged).unwrap_err(), Reason::Proof);
    }
    // The forger may try U with the y of an earlier guess, over and over.
    let mut forged = proof(&world);
    for _ in 0..3 {
        let y = y(&world, &forged);
        forged.statement.u = (G1Sum::zero() - &a * &y).to_point().unwrap().into();
        forged.statement.v = random.into();
        world.store.insert(forged.nonce, NOW + 1);
        assert_eq!(world.verify(&forged).unwrap_err(), Reason::Proof);
    }
}

#[test]
fn an_identity_as_v_or_u_does_not_decode() {
    let world = World::without_permits();
    let bytes = proof(&world).to_bytes();
    for back in [49, 97] {
        let mut tweaked = bytes.clone();
        let start = bytes.len() - back;
        tweaked[start..start + 48].fill(0);
        tweaked[start] = 0xc0;
        assert_eq!(
            LoginProof::from_bytes(&tweaked).unwrap_err(),
            DecodeError::Identity
        );
    }
}

#[test]
fn signs_and_places_of_the_points() {
    let world = World::without_permits();
    let negate = |point: E1Point| E1Point::from(-point.to_g1().unwrap());
    let good = proof(&world);
    let (u, v) = (good.statement.u, good.statement.v);
    let tweaks = [
        (negate(u), v),
        (u, negate(v)),
        (negate(u), negate(v)),
        (v, u),
    ];
    for (u, v) in tweaks {
        let mut forged = good.clone();
        (forged.statement.u, forged.statement.v) = (u, v);
        world.store.insert(forged.nonce, NOW + 1);
        assert_eq!(world.verify(&forged).unwrap_err(), Reason::Proof);
    }
}

#[test]
fn borders_between_names_do_not_move() {
    let pair =
        |application: &str, user: &str| Identity::device(application, user, &[0; 16]).unwrap();
    assert_ne!(pair("ab", "c").to_point(), pair("a", "bc").to_point());
    assert_ne!(pair("ab", "c"), pair("a", "bc"));
    let kinds = [
        Identity::raw(&[5; 32]).unwrap(),
        Identity::pseudonym(&[5; 32]),
    ];
    assert_ne!(kinds[0].to_point(), kinds[1].to_point());
    // Composed and decomposed é are different bytes and so different identities.
    let forms = ["\u{e9}", "e\u{301}"].map(|text| Identity::raw(text.as_bytes()).unwrap());
    assert_ne!(forms[0].to_point(), forms[1].to_point());
    let zeros = [&b"a"[..], b"a\0", b"\0a", b"A"].map(|bytes| Identity::raw(bytes).unwrap());
    for (i, a) in zeros.iter().enumerate() {
        for b in &zeros[i + 1..] {
            assert_ne!(a.to_point(), b.to_point());
        }
    }
}

#[test]
fn the_peer_learns_no_reason() {
    let reasons = [
        Reason::UnknownChallenge,
        Reason::Proof,
        Reason::PermitDoesNotCover,
    ];
    let shown = reasons.map(|reason| format!("{0} {0:?}", Rejected::from(reason)));
    assert_eq!(shown[0], shown[1]);
    assert_eq!(shown[0], shown[2]);
}

#[test]
fn a_wrong_pin_looks_like_garbage() {
    let world = World::without_permits();
    let token = world.token(&alice(), &factors("1234"));
    let wrong = token.unlock(&factors("1235")).unwrap();
    let wrong = world.verify(&world.prove(&wrong, None)).unwrap_err();
    let mut garbage = proof(&world);
    garbage.statement.v = E1Point::from(G1Point::generator());
    assert_eq!(world.verify(&garbage).unwrap_err(), wrong);
}

//! Keys and answers of other protocols are of no use here, even under the same master secret.

use milagro_base::Seconds;
use milagro_curve::{G1Point, SecretG1, SecretScalar, table::SecretG1Table};
use milagro_dta::{
    Psk,
    issue::{FirstKey, G1Share, HashToFirst, Share as _},
};
use milagro_ledger::{LocalLedger as _, memory::MemoryLedger};
use milagro_mpin::{
    ChannelBinding, MasterSecret, ServerId, Target, Verifier,
    server::{Arrival, Attempts, PermitPolicy, Policy},
};

use super::fixture::{NOW, identity, master, rng};
use crate::keys::IdentityKey;
use crate::names::{Identity, Role};
use crate::signing::{Context, Signature, SigningMaster, TrustAnchor, spec};
use milagro_dta::Signing;

struct World {
    master: SigningMaster,
    anchor: TrustAnchor,
    alice: Identity,
    scalar: SecretScalar,
}

fn world() -> World {
    let master = master();
    World {
        anchor: master.anchor(),
        alice: identity(&master, Role::Client, "alice"),
        scalar: SecretScalar::from_bytes(&master.scalar_bytes()).unwrap(),
        master,
    }
}

/// Somebody who holds `secret`, a multiple of `base`, and answers any challenge at all.
fn answer(world: &World, base: &G1Point, secret: &SecretG1, message: &[u8]) -> Signature {
    let x = SecretScalar::random(&mut rng());
    let u = base * &x;
    let h = spec::challenge(Context::CertificateVerify, &world.alice, &u, message);
    Signature::new(
        u,
        spec::response(&x, h, &SecretG1Table::new(secret)).unwrap(),
    )
}

fn accepts(world: &World, signature: &Signature) -> bool {
    let context = Context::CertificateVerify;
    let verdict = world
        .anchor
        .verify(&world.alice, context, b"message", signature);
    verdict.is_ok()
}

#[test]
fn only_the_point_of_this_usage_signs() {
    let world = world();
    let subject = world.alice.to_subject();
    let cases = [
        (Signing::first_point(&subject), true),
        (subject.to_point(), false),
        (Psk::first_point(&subject), false),
        (milagro_dta::Agreement::first_point(&subject), false),
        (G1Point::generator(), false),
    ];
    for (base, good) in cases {
        let secret = base.mul_secret(&world.scalar);
        let signature = answer(&world, &base, &secret, b"message");
        assert_eq!(accepts(&world, &signature), good);
        assert_eq!(
            spec::is_key(&secret, &spec::point(&world.alice), world.anchor.keys()),
            good
        );
    }
}

/// A real login by M-Pin, under the same secret and by an identity of the same bytes.
#[test]
fn an_mpin_answer_is_no_signature() {
    let world = world();
    let mpin = MasterSecret::from_bytes(&world.master.scalar_bytes()).unwrap();
    let server = ServerId::new(b"server").unwrap();
    let domain = mpin.trust_domain("example");
    let ledger = MemoryLedger::init(&mut rng(), 10, Seconds::ZERO);
    let key = mpin.issue_server(&server).belonging_to(ledger.id());
    let policy = Policy::new(PermitPolicy::NoPermits);
    let verifier = Verifier::new(domain, &key, ledger.id(), policy).unwrap();
    let target = Target {
        domain,
        server,
        binding: ChannelBinding::None,
    };
    let proof = mpin
        .issue_client(&world.alice.to_subject())
        .login(&target)
        .answer(&mut rng(), verifier.challenge(&mut rng(), NOW))
        .unwrap();
    let attempts = Attempts::PerIdentityStrangersCanLockOut;
    let paid = verifier
        .admit(
            &mut rng(),
            &proof,
            Arrival::new(&target.binding, attempts, NOW),
        )
        .unwrap()
        .spend_local(&ledger, NOW)
        .unwrap();
    assert!(verifier.check(&mut rng(), paid, NOW).is_ok());
    // U and V stand before R and z; M-Pin's V has the other sign.
    let bytes = proof.to_bytes();
    let end = bytes.len() - 48 - 32;
    let signature = Signature::from_bytes(&bytes[end - 96..end]).unwrap();
    for v in [*signature.v(), -*signature.v()] {
        assert!(!accepts(&world, &Signature::new(*signature.u(), v)));
    }
}

#[test]
fn bytes_of_another_usage_are_refused() {
    let world = world();
    let threshold = milagro_dta::Threshold::new(1, 1).unwrap();
    let dealt = milagro_dta::dealer::deal::<Psk, _>(&mut rng(), "example", threshold).unwrap();
    let share = dealt.shares.into_iter().next().unwrap();
    let me = share.to();
    let authority = share
        .accept(me, "example", threshold, &dealt.domain)
        .unwrap();
    let subject = world.alice.to_subject();
    let share: G1Share<FirstKey<Psk>> = authority.uncounted().issue(&mut rng(), &subject).unwrap();
    assert!(G1Share::<FirstKey<Psk>>::from_bytes(&share.to_bytes()).is_ok());
    assert!(G1Share::<FirstKey<Signing>>::from_bytes(&share.to_bytes()).is_err());

    let mut bytes = world
        .master
        .issue(&world.alice)
        .unwrap()
        .to_bytes()
        .to_vec();
    assert!(IdentityKey::<Signing>::from_bytes(&bytes, &world.anchor).is_ok());
    for code in [0, 2, 3, 0xff] {
        bytes[1] = code;
        assert!(IdentityKey::<Signing>::from_bytes(&bytes, &world.anchor).is_err());
    }
}

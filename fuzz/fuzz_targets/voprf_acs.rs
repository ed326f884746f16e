//! The bytes of ACS on both curves: what is accepted encodes to the same bytes, valid bytes are accepted, and an
//! exchange or a derivation ends well if and only if everything arrives as it was sent.

#![no_main]

use libfuzzer_sys::{arbitrary, fuzz_target};
use milagro_fuzz::{Damage, Seeded, strict};
use milagro_voprf::compat::acs::{
    Blinded, Curve, Ed25519, Evaluated, NaorReingoldProof, NaorReingoldPublicKey,
    NaorReingoldSecretKey, Proof, PublicKey, Ristretto255, SdhiSecretKey, SecretKey, VerifiedKey,
};

#[derive(Debug, arbitrary::Arbitrary)]
enum Thing {
    Encodings,
    Exchange { input: Vec<u8>, pinned: bool },
    Sdhi { list: Vec<Vec<u8>> },
    NaorReingold { list: Vec<Vec<u8>> },
}

#[derive(Debug, arbitrary::Arbitrary)]
struct Input {
    seed: u64,
    edwards: bool,
    thing: Thing,
    /// Of what the client sends, what the issuer sends, and the proof.
    damage: [Damage; 3],
}

fuzz_target!(|input: Input| {
    if input.edwards {
        run::<Ed25519>(&input);
    } else {
        run::<Ristretto255>(&input);
    }
});

fn run<C: Curve>(input: &Input) {
    let mut rng = Seeded(input.seed);
    let damage = &input.damage;
    match &input.thing {
        Thing::Encodings => encodings::<C>(&mut rng, damage),
        Thing::Exchange { input, pinned } => exchange::<C>(&mut rng, input, *pinned, damage),
        Thing::Sdhi { list } => sdhi::<C>(&mut rng, list, damage),
        Thing::NaorReingold { list } => naor_reingold::<C>(&mut rng, list, damage),
    }
}

fn encodings<C: Curve>(rng: &mut Seeded, damage: &[Damage; 3]) {
    let key = SecretKey::<C>::generate(rng);
    strict(
        &damage[0],
        &*key.to_bytes(),
        SecretKey::<C>::from_bytes,
        |read| read.to_bytes().to_vec(),
    );
    let public = key.public_key().to_bytes();
    strict(&damage[0], &public, PublicKey::<C>::from_bytes, |read| {
        read.to_bytes()
    });
    strict(&damage[1], &public, Evaluated::<C>::from_bytes, |read| {
        read.to_bytes()
    });
}

fn exchange<C: Curve>(rng: &mut Seeded, input: &[u8], pinned: bool, damage: &[Damage; 3]) {
    let key = SecretKey::<C>::generate(rng);
    let blinded = if pinned {
        VerifiedKey::pin(*key.public_key()).blind(rng, input)
    } else {
        key.public_key().blind(rng, input)
    };
    let (blinded, pending) = blinded.expect("any input");
    let sent = damage[0].apply(&blinded.to_bytes());
    let Ok(received) = Blinded::<C>::from_bytes(&sent) else {
        return;
    };
    let (evaluated, proof) = key.blind_evaluate(rng, &received);
    let answer = damage[1].apply(&evaluated.to_bytes());
    let proof_sent = damage[2].apply(&proof.to_bytes());
    let (Ok(read), Ok(read_proof)) = (
        Evaluated::<C>::from_bytes(&answer),
        Proof::from_bytes(&proof_sent),
    ) else {
        return;
    };
    let good = sent == blinded.to_bytes()
        && answer == evaluated.to_bytes()
        && proof_sent == proof.to_bytes();
    let output = pending.finalize(&read, &read_proof);
    assert_eq!(output.is_ok(), good);
    if let Ok(output) = output {
        let direct = key.evaluate(input).expect("any input");
        assert_eq!(output.as_bytes(), direct.as_bytes());
    }
}

fn sdhi<C: Curve>(rng: &mut Seeded, list: &[Vec<u8>], damage: &[Damage; 3]) {
    let key = SdhiSecretKey::<C>::generate(rng);
    strict(
        &damage[0],
        &*key.to_bytes(),
        SdhiSecretKey::<C>::from_bytes,
        |read| read.to_bytes().to_vec(),
    );
    let list: Vec<&[u8]> = list.iter().map(Vec::as_slice).collect();
    let Ok((derived, proof)) = key.derive(rng, &list) else {
        return;
    };
    let sent = damage[2].apply(&proof.to_bytes());
    let key_sent = damage[1].apply(&derived.public_key().to_bytes());
    let (Ok(read), Ok(public)) = (
        Proof::from_bytes(&sent),
        PublicKey::<C>::from_bytes(&key_sent),
    ) else {
        return;
    };
    let good = sent == proof.to_bytes() && key_sent == derived.public_key().to_bytes();
    let verified = key.public_key().verify(&list, &public, &read).is_ok();
    assert_eq!(verified, good);
}

fn naor_reingold<C: Curve>(rng: &mut Seeded, list: &[Vec<u8>], damage: &[Damage; 3]) {
    let key = NaorReingoldSecretKey::<C>::generate(rng);
    strict(
        &damage[0],
        &key.to_bytes(),
        NaorReingoldSecretKey::<C>::from_bytes,
        |read| read.to_bytes().to_vec(),
    );
    strict(
        &damage[1],
        &key.public_key().to_bytes(),
        NaorReingoldPublicKey::<C>::from_bytes,
        |read| read.to_bytes(),
    );
    let list: Vec<&[u8]> = list.iter().map(Vec::as_slice).collect();
    let Ok((derived, proof)) = key.derive(rng, &list) else {
        return;
    };
    strict(
        &damage[2],
        &proof.to_bytes(),
        NaorReingoldProof::<C>::from_bytes,
        |read| read.to_bytes(),
    );
    let sent = damage[2].apply(&proof.to_bytes());
    let Ok(read) = NaorReingoldProof::<C>::from_bytes(&sent) else {
        return;
    };
    let verified = key
        .public_key()
        .verify(&list, derived.public_key(), &read)
        .is_ok();
    assert_eq!(verified, sent == proof.to_bytes());
}

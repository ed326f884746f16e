//! The functions beneath the tokens, in every suite: what is accepted encodes to the same
//! bytes, valid bytes are accepted, and a batch ends well if and only if everything arrives as it was sent.

#![no_main]

use libfuzzer_sys::{arbitrary, fuzz_target};
use milagro_fuzz::{Damage, Seeded, strict};
use milagro_voprf::attributes::{
    Attributes, ClaimedKey, DerivationProof, NaorReingoldProof, NaorReingoldPublicKey,
    NaorReingoldSecretKey, PrimaryPublicKey, PrimarySecretKey,
};
use milagro_voprf::modes::Unverified;
use milagro_voprf::suite::{Bls12381G1, P256, P384, P521};
use milagro_voprf::{
    Blinded, Error, Evaluated, Oprf, Poprf, Proof, PublicKey, Ristretto255, SecretKey, Suite,
    VerifiedKey, Voprf,
};

#[derive(Debug, arbitrary::Arbitrary)]
enum Group {
    Ristretto255,
    P256,
    P384,
    P521,
    Bls12381G1,
}

#[derive(Debug, arbitrary::Arbitrary)]
enum Thing {
    Encodings,
    Unproven {
        inputs: Vec<Vec<u8>>,
    },
    Proven {
        inputs: Vec<Vec<u8>>,
        pinned: bool,
    },
    Tagged {
        inputs: Vec<Vec<u8>>,
        info: Vec<u8>,
    },
    Sdhi {
        list: Vec<Vec<u8>>,
    },
    NaorReingold {
        list: Vec<Vec<u8>>,
    },
    Attributes {
        one: Vec<Vec<u8>>,
        other: Vec<Vec<u8>>,
    },
}

#[derive(Debug, arbitrary::Arbitrary)]
struct Input {
    seed: u64,
    group: Group,
    thing: Thing,
    /// Of what the client sends, what the issuer sends, and the proof.
    damage: [Damage; 3],
}

fuzz_target!(|input: Input| {
    match input.group {
        Group::Ristretto255 => core::<Ristretto255>(&input),
        Group::P256 => core::<P256>(&input),
        Group::P384 => core::<P384>(&input),
        Group::P521 => core::<P521>(&input),
        Group::Bls12381G1 => core::<Bls12381G1>(&input),
    }
});

fn core<S: Suite>(input: &Input) {
    let mut rng = Seeded(input.seed);
    match &input.thing {
        Thing::Encodings => encodings::<S>(&mut rng, &input.damage[0]),
        Thing::Unproven { inputs } => unproven::<S>(&mut rng, few(inputs), &input.damage),
        Thing::Proven { inputs, pinned } => {
            proven::<S>(&mut rng, few(inputs), *pinned, &input.damage);
        }
        Thing::Tagged { inputs, info } => tagged::<S>(&mut rng, few(inputs), info, &input.damage),
        Thing::Sdhi { list } => sdhi::<S>(&mut rng, list, &input.damage),
        Thing::NaorReingold { list } => naor_reingold::<S>(&mut rng, list, &input.damage),
        Thing::Attributes { one, other } => attributes(one, other),
    }
}

/// A batch of up to three, so that runs stay short.
fn few(inputs: &[Vec<u8>]) -> &[Vec<u8>] {
    &inputs[..inputs.len().min(3)]
}

fn encodings<S: Suite>(rng: &mut Seeded, damage: &Damage) {
    let key = SecretKey::<Voprf, S>::generate(rng);
    strict(
        damage,
        &key.to_bytes(),
        SecretKey::<Poprf, S>::from_bytes,
        |read| read.to_bytes().to_vec(),
    );
    let public = key.public_key().to_bytes();
    let public = public.as_ref();
    strict(damage, public, PublicKey::<Oprf, S>::from_bytes, |read| {
        read.to_bytes()
    });
    strict(damage, public, PrimaryPublicKey::<S>::from_bytes, |read| {
        read.to_bytes()
    });
    strict(damage, public, Evaluated::<S>::from_bytes, |read| {
        read.to_bytes()
    });
    let (blinded, _) = key.public_key().blind(rng, &["a", "b"]).expect("two");
    let (_, proof) = key.blind_evaluate(rng, &blinded).expect("two");
    strict(damage, &proof.to_bytes(), Proof::<S>::from_bytes, |read| {
        read.to_bytes()
    });
    strict(
        damage,
        &bytes_of(&blinded),
        Blinded::<S>::list_from_bytes,
        |read| bytes_of(read),
    );
}

fn bytes_of<S: Suite>(list: &[Blinded<S>]) -> Vec<u8> {
    list.iter()
        .flat_map(|one| one.to_bytes().as_ref().to_vec())
        .collect()
}

fn answer_of<S: Suite>(list: &[Evaluated<S>]) -> Vec<u8> {
    list.iter()
        .flat_map(|one| one.to_bytes().as_ref().to_vec())
        .collect()
}

fn unproven<S: Suite>(rng: &mut Seeded, inputs: &[Vec<u8>], damage: &[Damage; 3]) {
    let key = SecretKey::<Oprf, S>::generate(rng);
    let Ok((blinded, pending)) = Unverified::<S>::blind(rng, inputs) else {
        return assert!(inputs.is_empty());
    };
    let sent = damage[0].apply(&bytes_of(&blinded));
    let Ok(received) = Blinded::list_from_bytes(&sent) else {
        return;
    };
    let evaluated = key.blind_evaluate(&received).expect("1 to the maximum");
    let good = sent == bytes_of(&blinded);
    let outputs = pending.finalize(&evaluated);
    assert_eq!(outputs.is_ok(), received.len() == blinded.len());
    for (output, input) in outputs.into_iter().flatten().zip(inputs) {
        let direct = key.evaluate(input).expect("not too long");
        let same = output.as_bytes().as_ref() == direct.as_bytes().as_ref();
        assert!(same || !good, "without a proof, damage is not seen");
    }
}

fn proven<S: Suite>(rng: &mut Seeded, inputs: &[Vec<u8>], pinned: bool, damage: &[Damage; 3]) {
    let key = SecretKey::<Voprf, S>::generate(rng);
    let blinded = if pinned {
        VerifiedKey::pin(key.public_key().clone()).blind(rng, inputs)
    } else {
        key.public_key().blind(rng, inputs)
    };
    let Ok((blinded, pending)) = blinded else {
        return assert!(inputs.is_empty());
    };
    let sent = damage[0].apply(&bytes_of(&blinded));
    let Ok(received) = Blinded::list_from_bytes(&sent) else {
        return;
    };
    let (evaluated, proof) = key.blind_evaluate(rng, &received).expect("a list");
    let Some((evaluated, proof, intact)) = arrive(&evaluated, &proof, damage) else {
        return;
    };
    let good = intact && sent == bytes_of(&blinded);
    let outputs = pending.finalize(&evaluated, &proof);
    assert_eq!(outputs.is_ok(), good);
    for (output, input) in outputs.into_iter().flatten().zip(inputs) {
        let direct = key.evaluate(input).expect("not too long");
        assert_eq!(output.as_bytes().as_ref(), direct.as_bytes().as_ref());
    }
}

fn tagged<S: Suite>(rng: &mut Seeded, inputs: &[Vec<u8>], info: &[u8], damage: &[Damage; 3]) {
    let key = SecretKey::<Poprf, S>::generate(rng);
    let key = key.tagged(info).expect("not too long");
    let Ok((blinded, pending)) = key.public_key().blind(rng, inputs) else {
        return assert!(inputs.is_empty());
    };
    let sent = damage[0].apply(&bytes_of(&blinded));
    let Ok(received) = Blinded::list_from_bytes(&sent) else {
        return;
    };
    let (evaluated, proof) = key.blind_evaluate(rng, &received).expect("a list");
    let Some((evaluated, proof, intact)) = arrive(&evaluated, &proof, damage) else {
        return;
    };
    let good = intact && sent == bytes_of(&blinded);
    let outputs = pending.finalize(&evaluated, &proof);
    assert_eq!(outputs.is_ok(), good);
    for (output, input) in outputs.into_iter().flatten().zip(inputs) {
        let direct = key.evaluate(input).expect("not too long");
        assert_eq!(output.as_bytes().as_ref(), direct.as_bytes().as_ref());
    }
}

/// The issuer's answer at the client, and whether it is what was sent.
fn arrive<S: Suite>(
    evaluated: &[Evaluated<S>],
    proof: &Proof<S>,
    damage: &[Damage; 3],
) -> Option<(Vec<Evaluated<S>>, Proof<S>, bool)> {
    let (answer, proof) = (answer_of(evaluated), proof.to_bytes());
    let (answer_sent, proof_sent) = (damage[1].apply(&answer), damage[2].apply(&proof));
    let intact = answer == answer_sent && proof == proof_sent;
    let evaluated = Evaluated::list_from_bytes(&answer_sent).ok()?;
    Some((evaluated, Proof::from_bytes(&proof_sent).ok()?, intact))
}

/// A list that can be one, and what keeps others from it.
fn checked(list: &[Vec<u8>]) -> Option<Attributes> {
    let expected = if list.is_empty() {
        Some(Error::NoAttributes)
    } else if list.len() > Attributes::MAX || list.iter().any(|a| a.len() > Attributes::MAX_LEN) {
        Some(Error::TooLong)
    } else {
        None
    };
    let made = Attributes::new(list);
    assert_eq!(made.as_ref().err(), expected.as_ref());
    made.ok()
}

fn attributes(one: &[Vec<u8>], other: &[Vec<u8>]) {
    if let (Some(a), Some(b)) = (checked(one), checked(other)) {
        assert_eq!(a == b, one == other);
    }
}

fn sdhi<S: Suite>(rng: &mut Seeded, list: &[Vec<u8>], damage: &[Damage; 3]) {
    let Some(list) = checked(list) else { return };
    let primary = PrimarySecretKey::<S>::generate(rng);
    strict(
        &damage[0],
        &primary.to_bytes(),
        PrimarySecretKey::<S>::from_bytes,
        |read| read.to_bytes().to_vec(),
    );
    let derived = primary.derive(&list).expect("no key of ours is -h");
    let proof = primary.prove(rng, &[&derived]).expect("one").to_bytes();
    let sent = damage[2].apply(&proof);
    let public = derived.public_key().to_bytes();
    let key_sent = damage[1].apply(public.as_ref());
    let (Ok(read), Ok(key)) = (
        DerivationProof::<S>::from_bytes(&sent),
        PublicKey::<Voprf, S>::from_bytes(&key_sent),
    ) else {
        return;
    };
    let verified = primary
        .public_key()
        .verify(
            &[ClaimedKey {
                attributes: list,
                key,
            }],
            &read,
        )
        .is_ok();
    assert_eq!(verified, sent == proof && key_sent == public.as_ref());
}

fn naor_reingold<S: Suite>(rng: &mut Seeded, list: &[Vec<u8>], damage: &[Damage; 3]) {
    let Some(list) = checked(list) else { return };
    let key = NaorReingoldSecretKey::<S>::generate(rng);
    strict(
        &damage[0],
        &key.to_bytes(),
        NaorReingoldSecretKey::<S>::from_bytes,
        |read| read.to_bytes().to_vec(),
    );
    strict(
        &damage[1],
        &key.public_key().to_bytes(),
        NaorReingoldPublicKey::<S>::from_bytes,
        |read| read.to_bytes(),
    );
    let derived = key.derive(&list);
    let proof = key.prove(rng, &[&list]).expect("one").to_bytes();
    let read = |bytes: &[u8]| NaorReingoldProof::<S>::from_bytes(bytes, 1);
    strict(&damage[2], &proof, read, |read| read.to_bytes());
    let sent = damage[2].apply(&proof);
    let Ok(read) = read(&sent) else {
        return;
    };
    let verified = key.public_key().verify(&[derived.claim()], &read).is_ok();
    assert_eq!(verified, sent == proof);
}

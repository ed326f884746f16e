//! Issuers that share a key: what is accepted encodes to the same bytes, valid bytes are accepted, and a part, a
//! commitment, an answer or a certificate counts if and only if it arrived as it was sent.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::{arbitrary, fuzz_target};
use milagro_base::Seconds;
use milagro_dta::dealer::{self, Dealt};
use milagro_dta::issue::Received;
use milagro_dta::{AuthorityId, Threshold};
use milagro_fuzz::{Damage, Seeded, strict};
use milagro_ledger::memory::MemoryLedger;
use milagro_ledger::{LedgerId, LocalLedger as _};
use milagro_voprf::attributes::Attributes;
use milagro_voprf::modes::threshold::council::{Certificate, Council, CouncilKey, CouncilMember};
use milagro_voprf::modes::threshold::joint::{Answer, Commitment, Commitments, ProofRequest};
use milagro_voprf::modes::threshold::{Collector, Evaluation, KeyShare, Partial, Shared};
use milagro_voprf::suite::Bls12381G1;
use milagro_voprf::{Blinded, Ristretto255};

const NOW: Seconds = Seconds::new(1_000_000);

#[derive(Debug, arbitrary::Arbitrary)]
enum Thing {
    Partial,
    Request,
    Commitment,
    Commitments,
    Answer,
    Certificate,
}

#[derive(Debug, arbitrary::Arbitrary)]
struct Input {
    seed: u64,
    pairing: bool,
    thing: Thing,
    damage: Damage,
}

static RISTRETTO: LazyLock<Vec<KeyShare<Ristretto255>>> = LazyLock::new(issuers);
static PAIRING: LazyLock<Vec<KeyShare<Bls12381G1>>> = LazyLock::new(issuers);

fn issuers<S: Shared>() -> Vec<KeyShare<S>> {
    let threshold = Threshold::new(2, 3).expect("a threshold");
    let dealt =
        dealer::deal::<milagro_dta::Voprf<S::Sharing>, _>(&mut Seeded(1), "fuzz", threshold);
    let Dealt { domain, shares } = dealt.expect("good coefficients");
    let ledger = LedgerId::random(&mut Seeded(2));
    let accept = |share: dealer::DealtShare<_>| {
        let me = share.to();
        let authority = share.accept(me, "fuzz", threshold, &domain);
        KeyShare::new(&authority.expect("fits"), ledger).expect("of this suite")
    };
    shares.into_iter().map(accept).collect()
}

fuzz_target!(|input: Input| {
    if input.pairing {
        run(&PAIRING, &input);
    } else {
        run(&RISTRETTO, &input);
    }
});

fn evaluation<S: Shared>(
    issuers: &[KeyShare<S>],
    blinded: &[Blinded<S>],
    rng: &mut Seeded,
) -> Evaluation<S> {
    let mut collector = Collector::new(issuers[0].shared(), blinded);
    for issuer in &issuers[..2] {
        let part = issuer.evaluate(rng, blinded).expect("a batch");
        collector.add(issuer.id(), part).expect("honest");
    }
    collector.finish().expect("two of two")
}

fn run<S: Shared>(issuers: &[KeyShare<S>], input: &Input) {
    let (damage, mut rng) = (&input.damage, Seeded(input.seed));
    let shared = issuers[0].shared();
    let (blinded, _) = shared
        .public_key()
        .blind(&mut rng, &["one", "two"])
        .expect("a batch");
    match input.thing {
        Thing::Partial => {
            let part = issuers[0].evaluate(&mut rng, &blinded).expect("a batch");
            let bytes = part.to_bytes();
            let read = |bytes: &[u8]| Partial::<S>::from_bytes(bytes, 2);
            strict(damage, &bytes, read, Partial::to_bytes);
            let arrived = damage.apply(&bytes);
            let mut collector = Collector::new(shared, &blinded);
            let added = collector.add_bytes(issuers[0].id(), &arrived);
            assert_eq!(added.is_ok(), arrived == bytes);
        }
        Thing::Certificate => certificate(issuers, input, &mut rng),
        _ => joint(
            evaluation(issuers, &blinded, &mut rng),
            issuers,
            input,
            &mut rng,
        ),
    }
}

fn joint<S: Shared>(
    evaluation: Evaluation<S>,
    issuers: &[KeyShare<S>],
    input: &Input,
    rng: &mut Seeded,
) {
    let damage = &input.damage;
    let ledger = MemoryLedger::init(&mut Seeded(2), 100, Seconds::ZERO);
    let mut joint = evaluation.prove_jointly(rng, NOW);
    let mut states = Vec::new();
    for issuer in &issuers[..2] {
        if matches!(input.thing, Thing::Request) {
            let (bytes, t) = (joint.request().to_bytes(), issuer.shared().threshold());
            let read = |bytes: &[u8]| ProofRequest::<S>::from_bytes(bytes, t, 2);
            strict(damage, &bytes, read, ProofRequest::to_bytes);
            // Session and time may be any; what was evaluated may not.
            let arrived = damage.apply(&bytes);
            if let Ok(damaged) = read(&arrived) {
                let joined = issuer.join(damaged, NOW).is_ok();
                assert!(
                    !joined || (arrived[..73] == bytes[..73] && arrived[113..] == bytes[113..])
                );
                assert!(joined || arrived != bytes);
            }
        }
        let paid = issuer.join(joint.request(), NOW).expect("honest parts");
        let paid = paid.spend_local(&ledger, NOW).expect("a new session");
        let (commitment, state) = issuer.commit(rng, paid).expect("paid for");
        if matches!(input.thing, Thing::Commitment) {
            let read = Commitment::<S>::from_bytes;
            strict(damage, &commitment.to_bytes(), read, Commitment::to_bytes);
        }
        joint.add(issuer.id(), commitment).expect("a signer");
        states.push(state);
    }
    let mut challenged = joint.challenge().expect("all of them");
    let all = challenged.commitments().to_bytes();
    if matches!(input.thing, Thing::Commitments) {
        let read = Commitments::<S>::from_bytes;
        strict(damage, &all, read, Commitments::to_bytes);
        let Ok(arrived) = read(&damage.apply(&all)) else {
            return;
        };
        let answer = states.remove(0).answer(&issuers[0], &arrived);
        if let Ok(answer) = answer {
            let added = challenged.add(issuers[0].id(), answer);
            assert_eq!(added.is_ok(), damage.apply(&all) == all);
        }
        return;
    }
    for (issuer, state) in issuers.iter().zip(states) {
        let answer = state
            .answer(issuer, challenged.commitments())
            .expect("its own");
        let bytes = answer.to_bytes();
        strict(damage, &bytes, Answer::<S>::from_bytes, Answer::to_bytes);
        let damaged = Answer::from_bytes(&damage.apply(&bytes));
        match damaged.map(|answer| challenged.add(issuer.id(), answer)) {
            Ok(Ok(())) => assert_eq!(damage.apply(&bytes), bytes),
            _ => challenged.add(issuer.id(), answer).expect("honest"),
        }
    }
    challenged.finish().expect("a proof");
}

fn certificate<S: Shared>(issuers: &[KeyShare<S>], input: &Input, rng: &mut Seeded) {
    let attributes = Attributes::new(&["fuzz"]).expect("a list");
    let keys: Vec<_> = (0..3).map(|_| CouncilKey::generate(rng)).collect();
    let public: Vec<_> = keys.iter().map(CouncilKey::public).collect();
    let council = Council::new(issuers[0].shared().threshold(), &public).expect("keys");
    let signatures: Vec<_> = issuers
        .iter()
        .zip(keys)
        .map(|(issuer, key)| {
            let ledger = MemoryLedger::init(rng, 100, Seconds::ZERO);
            let from: AuthorityId = issuer.id();
            let member = CouncilMember::new(council.clone(), from, key, ledger.id());
            let member = member.expect("listed");
            let unspent = member.endorse(&attributes, issuer).expect("its own share");
            let paid = unspent.spend_local(&ledger, NOW).expect("a new list");
            let value = member.sign(paid).expect("paid for by this member");
            Received { from, value }
        })
        .collect();
    let certificate = council
        .certificate(&attributes, &issuers[0], signatures)
        .expect("all have signed");
    let bytes = certificate.to_bytes();
    let read = Certificate::<S>::from_bytes;
    strict(&input.damage, &bytes, read, Certificate::to_bytes);
    let arrived = input.damage.apply(&bytes);
    if let Ok(certificate) = read(&arrived) {
        let verified = council.verify(&attributes, &certificate);
        assert_eq!(verified.is_ok(), arrived == bytes);
    }
}

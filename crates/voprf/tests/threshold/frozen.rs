//! Bytes that are stored or sent stay what they are.

use core::convert::Infallible;

use milagro_base::Seconds;
use milagro_dta::Threshold;
use milagro_dta::dealer::{self, Dealt};
use milagro_dta::issue::Received;
use milagro_ledger::LocalLedger as _;
use milagro_ledger::memory::MemoryLedger;
use milagro_voprf::Ristretto255;
use milagro_voprf::attributes::Attributes;
use milagro_voprf::modes::threshold::council::{Council, CouncilKey, CouncilMember};
use milagro_voprf::modes::threshold::{Collector, KeyShare, Shared};
use milagro_voprf::rand_core::{TryCryptoRng, TryRng};
use milagro_voprf::suite::Bls12381G1;
use sha2::{Digest as _, Sha256};

use super::support::Protocol;

const NOW: Seconds = Seconds::new(1_000_000);

/// Counts, for bytes that can be had again.
#[derive(Debug)]
struct Counting(u8);

impl TryRng for Counting {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        for byte in bytes {
            self.0 = self.0.wrapping_add(1);
            *byte = self.0;
        }
        Ok(())
    }
}

impl TryCryptoRng for Counting {}

fn hash(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))[..16].to_owned()
}

/// Domain, part, request, commitments, answer, proof, certificate.
fn found<S: Shared>() -> Vec<String> {
    let rng = &mut Counting(0);
    let threshold = Threshold::new(2, 3).unwrap();
    let Dealt { domain, shares } =
        dealer::deal::<Protocol<S>, _>(rng, "frozen", threshold).unwrap();
    let ledger = MemoryLedger::init(&mut Counting(0), 100, Seconds::ZERO);
    let mut issuers = Vec::new();
    for share in shares {
        let me = share.to();
        let authority = share.accept(me, "frozen", threshold, &domain).unwrap();
        issuers.push(KeyShare::<S>::new(&authority, ledger.id()).unwrap());
    }
    let mut found = vec![hash(&domain.to_bytes())];
    let shared = issuers[0].shared();
    let (blinded, _) = shared.public_key().blind(rng, &["frozen"]).unwrap();
    let mut collector = Collector::new(shared, &blinded);
    for issuer in &issuers[..2] {
        let part = issuer.evaluate(rng, &blinded).unwrap();
        found.push(hash(&part.to_bytes()));
        collector.add(issuer.id(), part).unwrap();
    }
    let mut joint = collector.finish().unwrap().prove_jointly(rng, NOW);
    found.push(hash(&joint.request().to_bytes()));
    // The bytes were frozen when the ledger was made here, with this generator.
    drop(MemoryLedger::init(rng, 100, Seconds::ZERO));
    let mut states = Vec::new();
    for issuer in &issuers[..2] {
        let unspent = issuer.join(joint.request(), NOW).unwrap();
        let paid = unspent.spend_local(&ledger, NOW).unwrap();
        let (commitment, state) = issuer.commit(rng, paid).unwrap();
        joint.add(issuer.id(), commitment).unwrap();
        states.push(state);
    }
    let mut challenged = joint.challenge().unwrap();
    found.push(hash(&challenged.commitments().to_bytes()));
    for (issuer, state) in issuers.iter().zip(states) {
        let answer = state.answer(issuer, challenged.commitments()).unwrap();
        found.push(hash(&answer.to_bytes()));
        challenged.add(issuer.id(), answer).unwrap();
    }
    let (_, proof) = challenged.finish().unwrap();
    found.push(hash(&proof.to_bytes()));
    let keys = [1, 2, 3].map(|byte| CouncilKey::from_bytes(&[byte; 32]));
    let council = Council::new(threshold, &keys.each_ref().map(CouncilKey::public)).unwrap();
    found.push(hash(council.id()));
    let list = Attributes::new(&["frozen"]).unwrap();
    let signatures = issuers.iter().zip(keys).map(|(issuer, key)| {
        let ledger = MemoryLedger::init(rng, 100, Seconds::ZERO);
        let member = CouncilMember::new(council.clone(), issuer.id(), key, ledger.id()).unwrap();
        let unspent = member.endorse(&list, issuer).unwrap();
        let value = member
            .sign(unspent.spend_local(&ledger, NOW).unwrap())
            .unwrap();
        let from = issuer.id();
        Received { from, value }
    });
    let signatures: Vec<_> = signatures.collect();
    let certificate = council.certificate(&list, &issuers[0], signatures);
    found.push(hash(&certificate.unwrap().to_bytes()));
    found
}

#[test]
fn bytes_are_frozen() {
    assert_eq!(found::<Ristretto255>(), RISTRETTO);
    assert_eq!(found::<Bls12381G1>(), PAIRING);
}

const RISTRETTO: [&str; 10] = [
    "6c87da34185d3d39",
    "129f3ea09b765504",
    "cdc007eb76a6f52a",
    "3f0b45c8c93fe017",
    "ea81db8214529539",
    "240482331319637c",
    "a9c9fde023ef04c9",
    "e3f5da252998f0d2",
    "b239aed438126090",
    "d62479bac973e173",
];
const PAIRING: [&str; 10] = [
    "4cfbde59b5519dbd",
    "8fe6ae0201183635",
    "51c1946bed697234",
    "5d557c92c3744f4b",
    "25a52bb74f60ec1e",
    "2df2818431d7a4ba",
    "f1e26ad9ca7d2184",
    "a0b344c678f5c6c2",
    "b239aed438126090",
    "c947e1ec92276234",
];

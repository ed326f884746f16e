//! Bytes that are stored or sent stay what they are.

use core::convert::Infallible;

use milagro_base::Seconds;
use milagro_dta::Threshold;
use milagro_dta::dealer::{self, Dealt};
use milagro_dta::issue::Received;
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
    let mut issuers = Vec::new();
    for share in shares {
        let me = share.to();
        let authority = share.accept(me, "frozen", threshold, &domain).unwrap();
        issuers.push(KeyShare::<S>::new(&authority).unwrap());
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
    let ledger = MemoryLedger::init(rng, 100, Seconds::ZERO);
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
        let member = CouncilMember::new(council.clone(), issuer.id(), key).unwrap();
        let unspent = member.endorse(&list, issuer).unwrap();
        let value = member.sign(unspent.spend_local(&ledger, NOW).unwrap());
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
    "6ffdeb007fcb6d2e",
    "167fa7225a74f2e0",
    "7df2a23e71edb0d6",
    "e9645be417c4b502",
    "8d6a9af9418ad1e0",
    "35f228f7bbf31139",
    "a0cdb5bdc20dafbc",
    "ba5d4c3098d720d0",
    "b239aed438126090",
    "d62479bac973e173",
];
const PAIRING: [&str; 10] = [
    "b384834ae7457dad",
    "a18d73d0d00d358a",
    "315e28e11dad98d7",
    "13fb5a25574b0873",
    "853cbc7b145faf11",
    "46a91b2ce7df0c80",
    "a4685e3dd74a80aa",
    "25f04093d9a37563",
    "b239aed438126090",
    "c947e1ec92276234",
];

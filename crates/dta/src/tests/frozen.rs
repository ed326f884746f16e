//! Whatever is stored or sent keeps its bytes. A change here needs a new version byte.

use core::convert::Infallible;

use milagro_mpin::names::{Epoch, EpochLength};
use sha2::{Digest as _, Sha256};

use super::{alice, bob, id, threshold};
use crate::additive::Part;
use crate::bulletin::Draft;
use crate::ceremony::{Committed, MemberKey, Plan, RepairPlan, Roster};
use crate::dealer::{self, DealtShare};
use crate::rand_core::{TryCryptoRng, TryRng};
use crate::vault::{self, Cost};
use crate::{
    Authority, Batch, Bls12381G1, ClientSecret, G1Share, G2Share, Mpin, RevocationList,
    ServerSecret,
};

/// SHA-256 of a counter: the same bytes in every run.
struct Fixed(u64);

impl TryRng for Fixed {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u32::from_be_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u64::from_be_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        for chunk in bytes.chunks_mut(32) {
            self.0 += 1;
            let block = Sha256::digest(self.0.to_be_bytes());
            chunk.copy_from_slice(&block[..chunk.len()]);
        }
        Ok(())
    }
}

impl TryCryptoRng for Fixed {}

fn short(bytes: &[u8]) -> String {
    format!(
        "{} {}",
        bytes.len(),
        hex::encode(&Sha256::digest(bytes)[..8])
    )
}

fn authorities() -> Vec<Authority<Mpin>> {
    let threshold = threshold(2, 3);
    let dealt = dealer::deal::<Mpin, _>(threshold, &mut Fixed(0)).unwrap();
    let commitments = dealt.commitments;
    let accept = |share: DealtShare<Mpin>| {
        let me = share.to();
        share.accept("frozen", threshold, me, &commitments).unwrap()
    };
    dealt.shares.into_iter().map(accept).collect()
}

fn assert_frozen(lines: &[(&str, String)], expected: &str) {
    let lines: Vec<String> = lines
        .iter()
        .map(|(name, bytes)| format!("{name} {bytes}"))
        .collect();
    assert_eq!(lines.join("\n"), expected.trim());
}

#[test]
fn shares_and_permits() {
    let authorities = authorities();
    let rng = &mut Fixed(1_000);
    let one = &authorities[0];
    let client: G1Share<ClientSecret> = one.issue(&alice(), rng).unwrap();
    let server = milagro_mpin::ServerId::new(b"server").unwrap();
    let server: G2Share<ServerSecret> = one.issue_server(&server).unwrap();
    let batch: Batch<ClientSecret> = one.issue_batch(&[alice(), bob()], rng).unwrap();
    let mut list = RevocationList::new(*one.domain().id());
    list.revoke(&bob());
    let when = (Epoch(20_000), EpochLength::DAY);
    let cover = one.issue_cover_permit(&list, &alice(), when, rng).unwrap();
    let batches: Vec<_> = authorities
        .iter()
        .map(|authority| {
            (
                authority.id(),
                authority.issue_covers(&list, when, rng).unwrap(),
            )
        })
        .collect();
    let covers = batches[0].1.to_bytes();
    let draft = Draft::combine(one.domain(), &list, when, batches)
        .unwrap()
        .key;
    let shares: Vec<_> = authorities
        .iter()
        .map(|authority| {
            (
                authority.id(),
                authority.prove_bulletin(&list, when, &draft, rng).unwrap(),
            )
        })
        .collect();
    let share = shares[0].1.to_bytes();
    let bulletin = draft.clone().prove(one.domain(), shares).unwrap().key;
    let lines = [
        ("domain", short(&one.domain().to_bytes())),
        ("client share", short(&client.to_bytes())),
        ("server share", short(&server.to_bytes())),
        ("batch", short(&batch.to_bytes())),
        ("list", short(&list.to_bytes())),
        ("cover share", short(&cover.to_bytes())),
        ("covers", short(&covers)),
        ("draft", short(&draft.to_bytes())),
        ("proof share", short(&share)),
        ("bulletin", short(&bulletin.to_bytes())),
    ];
    assert_frozen(&lines, SHARES);
}

#[test]
fn messages_and_states() {
    let rng = &mut Fixed(2_000);
    let keys = [(); 2].map(|()| MemberKey::<Bls12381G1>::random(rng));
    let roster = Roster::new((1..).map(id).zip(keys.iter().map(MemberKey::public))).unwrap();
    let plan = Plan::<Mpin>::found([1; 32], "frozen", threshold(2, 2), roster.clone()).unwrap();
    let mut lines = vec![("roster", short(&roster.to_bytes()))];
    let [one, two] = keys
        .each_ref()
        .map(|key| Committed::begin(plan.clone(), key, None, rng).unwrap());
    let hashes = vec![one.1.unwrap(), two.1.unwrap()];
    lines.push(("commit", short(&hashes[0].to_bytes())));
    let (one, first, shares_one) = one.0.open(hashes.clone(), rng).unwrap();
    let (two, second, shares_two) = two.0.open(hashes, rng).unwrap();
    let openings = vec![first.unwrap(), second.unwrap()];
    lines.push(("open", short(&openings[0].to_bytes())));
    lines.push(("private share", short(&shares_one[0].to_bytes())));
    let (one, first) = one.complain(openings.clone(), shares_two, rng).unwrap();
    let (two, second) = two.complain(openings, Vec::new(), rng).unwrap();
    let complaints = vec![first.unwrap(), second.unwrap()];
    lines.push(("complain", short(&complaints[1].to_bytes())));
    let (one, first) = one.reveal(complaints.clone(), rng).unwrap();
    let (two, second) = two.reveal(complaints, rng).unwrap();
    let reveals = vec![first.unwrap(), second.unwrap()];
    lines.push(("reveal", short(&reveals[0].to_bytes())));
    let (one, first) = one.confirm(reveals.clone(), rng).unwrap();
    let (_, second) = two.confirm(reveals, rng).unwrap();
    lines.push(("confirm", short(&first.as_ref().unwrap().to_bytes())));
    let outcome = one.finish(vec![first.unwrap(), second.unwrap()]).unwrap();
    let authority = outcome.authority.unwrap();
    lines.push(("domain", short(&outcome.domain.to_bytes())));
    let cost = Cost::new(8, 1, 1).unwrap();
    let sealed = vault::seal(&authority, &keys[0], b"passphrase", cost, rng).unwrap();
    lines.push(("sealed", short(&sealed)));

    let authorities = authorities();
    let domain = authorities[0].domain().clone();
    let plan = RepairPlan::new([1; 32], domain, id(3), roster).unwrap();
    let (one, first, pieces) = plan.clone().split(&keys[0], &authorities[0], rng).unwrap();
    let (_, second, others) = plan.split(&keys[1], &authorities[1], rng).unwrap();
    lines.push(("split", short(&first.to_bytes())));
    lines.push(("piece", short(&pieces[0].to_bytes())));
    let others: Vec<_> = others.into_iter().map(|piece| (id(2), piece)).collect();
    let sum = one.sum(vec![first, second], &others).unwrap();
    lines.push(("sum", short(&sum.to_bytes())));
    let part = Part::<Mpin>::random("frozen", id(1), 2, rng).unwrap();
    lines.push((
        "contribution",
        short(&part.contribute(rng).unwrap().to_bytes()),
    ));
    let dealt = dealer::deal::<Mpin, _>(threshold(2, 3), rng).unwrap();
    lines.push(("commitments", short(&dealt.commitments.to_bytes())));
    lines.push(("dealt share", short(&dealt.shares[0].to_bytes())));
    assert_frozen(&lines, MESSAGES);
}

#[test]
fn complaints_with_evidence() {
    let rng = &mut Fixed(3_000);
    let keys = [(); 2].map(|()| MemberKey::<Bls12381G1>::random(rng));
    let roster = Roster::new((1..).map(id).zip(keys.iter().map(MemberKey::public))).unwrap();
    let plan = Plan::<Mpin>::found([1; 32], "frozen", threshold(2, 2), roster).unwrap();
    // Dealer 1 deals twice: member 2 gets a share of the one polynomial and the opening of the other.
    let [one, again, two] = [0, 0, 1]
        .map(|place: usize| Committed::begin(plan.clone(), &keys[place], None, rng).unwrap());
    let hashes = vec![one.1.unwrap(), two.1.unwrap()];
    let (_, first, _) = one.0.open(hashes.clone(), rng).unwrap();
    let (_, _, wrong) = again.0.open(hashes[1..].to_vec(), rng).unwrap();
    let (two, second, _) = two.0.open(hashes, rng).unwrap();
    let openings = vec![first.unwrap(), second.unwrap()];
    let (_, complaint) = two.complain(openings, wrong, rng).unwrap();
    let complaint = complaint.unwrap();
    assert_eq!(complaint.to_bytes()[4..9], [0, 1, 0, 1, 1]);
    assert_frozen(&[("complain", short(&complaint.to_bytes()))], EVIDENCE);
}

const SHARES: &str = "
domain 236 3e33ecb91394f2a8
client share 156 dc6701b648603878
server share 140 d99b743172e67047
batch 208 da3fb8b2651520b1
list 53 2b909ed7d63d7bc1
cover share 221 36e48dc8140c1b63
covers 241 f2f3d9fef67370e5
draft 253 4c220abdeaa7a3f6
proof share 115 109c82a0b7e19942
bulletin 483 118787916699d5b4
";

const MESSAGES: &str = "
roster 103 6ebe9880f78a4f79
commit 100 a537ff0b514132bd
open 430 ea22e674d4cc6e99
private share 133 9f886f5748fe5950
complain 271 abe11f0e7bcd97d0
reveal 302 365a4240c3744f83
confirm 694 e0452b4b7a04da92
domain 188 ab55afb0e54c286c
sealed 323 66376e8fc59dd156
split 166 37f5dfd60f0d138f
piece 37 767bbc0f1fd6be4a
sum 231 584a6da52638945d
contribution 115 cdd5f5ac04ada109
commitments 100 4a20f264a2904026
dealt share 35 a826b3cb9c88baeb
";

const EVIDENCE: &str = "complain 367 ea01eebd4a5de4c4";

//! Whatever is stored or sent keeps its bytes. A change here needs a new version byte.

use core::convert::Infallible;

use milagro_base::Seconds;
use milagro_ledger::memory::MemoryLedger;
use sha2::{Digest as _, Sha256};

use super::{NOON, TODAY, alice, bob, desk, sent, threshold};

use crate::dealer::{self, DealtShare};
use crate::domain::protocol::Mpin;
use crate::domain::registrar::RegistrarKey;
use crate::domain::roster::{MemberKey, Roster};
use crate::grants::{ClientKey, Desk, Grant, IssuedSet};
use crate::issue::authority::Authority;
use crate::issue::batch::Batch;
use crate::issue::purpose::{ClientSecret, ServerSecret};
use crate::issue::share::{G1Share, G2Share};
use crate::permits::bulletin::Draft;
use crate::permits::mark::ListMark;
use crate::permits::revocation::RevocationList;
use crate::rand_core::{TryCryptoRng, TryRng};
use crate::sharing::group::Bls12381G1;
use crate::vault::{self, Cost, Lock};

/// SHA-256 of a counter: the same bytes in every run.
pub(crate) struct Fixed(pub(crate) u64);

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

pub(crate) fn short(bytes: &[u8]) -> String {
    format!(
        "{} {}",
        bytes.len(),
        hex::encode(&Sha256::digest(bytes)[..8])
    )
}

fn authorities() -> Vec<Authority<Mpin>> {
    let threshold = threshold(2, 3);
    let dealt = dealer::deal::<Mpin, _>(&mut Fixed(0), "frozen", threshold).unwrap();
    let domain = dealt.domain;
    let accept = |share: DealtShare<Mpin>| {
        let me = share.to();
        share.accept(me, "frozen", threshold, &domain).unwrap()
    };
    dealt.shares.into_iter().map(accept).collect()
}

pub(crate) fn assert_frozen(lines: &[(&str, String)], expected: &str) {
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
    let client: G1Share<ClientSecret> = one.uncounted().issue(rng, &alice()).unwrap();
    let server = milagro_mpin::ServerId::new(b"server").unwrap();
    let server: G2Share<ServerSecret> = one.uncounted().issue_server(&server).unwrap();
    let batch: Batch<ClientSecret> = one.uncounted().issue_batch(rng, &[alice(), bob()]).unwrap();
    let mut list = RevocationList::new(*one.domain().id());
    list.revoke(&bob());
    let key = RegistrarKey::from_bytes(&[7; 32]).unwrap();
    let list = list.sign(rng, &key, &ListMark::NONE).unwrap();
    let when = TODAY;
    let cover = desk(one, &list).cover(rng, &alice(), when.epoch).unwrap();
    let batches: Vec<_> = authorities
        .iter()
        .map(|authority| {
            sent(
                authority.id(),
                desk(authority, &list).covers(rng, when.epoch).unwrap(),
            )
        })
        .collect();
    let covers = batches[0].value.to_bytes();
    let draft = Draft::combine(one.domain(), &list, when, batches)
        .unwrap()
        .key;
    let shares: Vec<_> = authorities
        .iter()
        .map(|authority| {
            sent(
                authority.id(),
                desk(authority, &list).prove(rng, &draft).unwrap(),
            )
        })
        .collect();
    let share = shares[0].value.to_bytes();
    let bulletin = draft.clone().prove(one.domain(), shares).unwrap().key;
    let lines = [
        ("domain", short(&one.domain().to_bytes())),
        ("client share", short(&client.to_bytes())),
        ("server share", short(&server.to_bytes())),
        ("batch", short(&batch.to_bytes())),
        ("list", short(&list.list().to_bytes())),
        ("signed list", short(&list.to_bytes())),
        ("cover share", short(&cover.to_bytes())),
        ("covers", short(&covers)),
        ("draft", short(&draft.to_bytes())),
        ("proof share", short(&share)),
        ("bulletin", short(&bulletin.to_bytes())),
    ];
    assert_frozen(&lines, SHARES);
}

#[test]
fn grants_and_answers() {
    let rng = &mut Fixed(3_000);
    let mut authority = authorities().remove(0);
    let nobody = IssuedSet::new(*authority.domain().id());
    let ledger = MemoryLedger::init(rng, 10, NOON);
    authority.count_in_local(&ledger, &nobody, NOON).unwrap();
    let (registrar, client) = (RegistrarKey::random(rng), ClientKey::random(rng));
    let grant = Grant::<ClientSecret> {
        domain: *authority.domain().id(),
        subject: alice(),
        client: client.public().unwrap(),
        from: NOON,
        until: NOON.plus(Seconds::days(1)),
    };
    let grant = grant.sign(rng, &registrar).unwrap().to_bytes();
    let desk = Desk {
        registrar: &registrar.public(),
        ledger: &ledger,
        now: NOON,
    };
    let answer = authority.answer_local::<ClientSecret, _, _>(rng, &desk, &grant);
    let answer = answer.unwrap();
    let mut set = nobody.clone();
    set.add(answer.issued);
    let lines = [
        ("grant", short(&grant)),
        ("sealed", short(&answer.sealed)),
        ("issued", short(&answer.issued.to_bytes())),
        ("nobody", short(&nobody.to_bytes())),
        ("set", short(&set.to_bytes())),
    ];
    assert_frozen(&lines, GRANTS);
}

#[test]
fn states_and_shares_of_dealers() {
    let rng = &mut Fixed(2_000);
    let keys = [(); 2].map(|()| MemberKey::<Bls12381G1>::random(rng));
    let roster = Roster::new(keys.iter().map(MemberKey::public)).unwrap();
    let authorities = authorities();
    let lock = Lock::Passphrase("passphrase", Cost::LEAST);
    let by_passphrase = vault::seal(rng, &authorities[0], &keys[0], &lock).unwrap();
    let by_key = vault::seal(rng, &authorities[0], &keys[0], &Lock::Key(&[7; 32])).unwrap();
    let dealt = dealer::deal::<Mpin, _>(rng, "frozen", threshold(2, 3)).unwrap();
    let lines = [
        ("roster", short(&roster.to_bytes())),
        ("by passphrase", short(&by_passphrase)),
        ("by key", short(&by_key)),
        ("dealt share", short(&dealt.shares[0].to_bytes())),
    ];
    assert_frozen(&lines, STATES);
}

const SHARES: &str = "
domain 235 b65ab516ca79211b
client share 188 127096dbbe01a93e
server share 172 25a754a1d38cde7d
batch 240 a9875a8e2bf2e378
list 53 2b909ed7d63d7bc1
signed list 158 690f7b68d3e5e9ae
cover share 261 dc941b961e76966c
covers 281 e9aecd56553bc7c3
draft 293 88920a5f64737e31
proof share 115 dc5bf01702bdfe39
bulletin 523 39cd92ed632942d4
";

const GRANTS: &str = "
grant 166 21deeec097628b59
sealed 237 151542287668779b
issued 64 1194d15cff1e1028
nobody 37 af97125276138432
set 102 ea6cad33fd441f19
";

const STATES: &str = "
roster 103 6ebe9880f78a4f79
by passphrase 476 3a38584c0f8f58aa
by key 476 6fde0c56ffb74b47
dealt share 126 9512110238fc2939
";

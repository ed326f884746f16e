//! What stores keep: bytes that do not change.

use core::fmt::Write as _;
use core::num::NonZeroU32;

use milagro_base::Seconds;
use milagro_ledger::tally::Tally;
use milagro_ledger::{Account, Charge, Claim, Kind, Life, Verdict};

const NOW: Seconds = Seconds::new(1_800_000_000);
const UNTIL: Seconds = Seconds::new(1_800_000_300);

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

#[test]
fn hashes_of_accounts_are_frozen() {
    let digest = [7; 32];
    let whole = Life::Span {
        from: Some(NOW),
        until: UNTIL,
    };
    let open = Life::Span {
        from: None,
        until: UNTIL,
    };
    // SHA-256 by Python's hashlib.
    for (kind, life, hash) in [
        (
            Kind::ATTEMPT,
            Life::Lasting,
            "43a5ffddc895e96f9c4ea8939ce0ebe98a30ccccdc2b37894d942880f245a878",
        ),
        (
            Kind::CHALLENGE,
            whole,
            "bd46bff0c33b4006399cf0d59be693362257dd8346e12c9b9f3ca91e7ac99237",
        ),
        (
            Kind::ISSUANCE,
            open,
            "1f6cf214f27677db60617e014d9ff9ee1019fdad8e9c4e21630be966ef89a0b1",
        ),
    ] {
        assert_eq!(hex(Account::new(kind, &digest, life).hash()), hash);
    }
}

#[test]
fn one_thing_with_another_life_kind_or_digest_is_another_account() {
    let times = [Seconds::ZERO, NOW, UNTIL];
    let spans = times.into_iter().flat_map(|until| {
        let froms = times.into_iter().map(Some).chain([None]);
        froms.map(move |from| Life::Span { from, until })
    });
    let lives: Vec<Life> = spans.chain([Life::Lasting]).collect();
    let mut hashes = Vec::new();
    for kind in [Kind::CHALLENGE, Kind::ATTEMPT, Kind::new(0)] {
        for digest in [[0; 32], [1; 32]] {
            for life in &lives {
                let account = Account::new(kind, &digest, *life);
                assert_eq!((account.kind(), account.life()), (kind, *life));
                hashes.push(*account.hash());
            }
        }
    }
    let count = hashes.len();
    hashes.sort_unstable();
    hashes.dedup();
    assert_eq!((hashes.len(), count), (78, 78));
}

#[test]
fn bytes_of_accounts_are_frozen() {
    let charge = |claim: u8, amount: u32| Charge {
        account: Account::new(Kind::REDEMPTION, &[7; 32], Life::Lasting),
        amount: NonZeroU32::new(amount).unwrap(),
        limit: u64::MAX,
        claim: Claim::public([claim; 32]),
    };
    let (mut tally, _) = Tally::first(NOW, &charge(0xaa, 3)).unwrap();
    let first = format!("{}000000006b49d2000000000300", "aa".repeat(32));
    assert_eq!(
        hex(&tally.to_bytes()),
        format!("0000000000000003 00 {first}").replace(' ', "")
    );
    let again = tally.charge(UNTIL, &charge(0xaa, 3));
    assert!(matches!(again, Verdict::Granted(grant) if grant.again));
    for claim in 0..16 {
        let verdict = tally.charge(UNTIL, &charge(claim, 0x0102_0304));
        assert!(matches!(verdict, Verdict::Granted(_)));
    }
    // The first is no longer remembered, but its time is.
    let claims: Vec<String> = (0..16)
        .map(|claim| format!("{}000000006b49d32c0102030400", hex(&[claim; 32])))
        .collect();
    assert_eq!(
        hex(&tally.to_bytes()),
        format!("0000000010203043 01 000000006b49d200 {}", claims.concat()).replace(' ', "")
    );
}

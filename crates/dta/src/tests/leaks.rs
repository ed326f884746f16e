//! Secrets do not show, whatever is formatted.

use core::fmt::Debug;

use milagro_curve::SecretResidue;

use super::{NOON, alice, id, rng, sent, threshold};

use crate::ceremony::{Plan, Seat, Seed};
use crate::dealer;
use crate::domain::protocol::{Agreement, Mpin, Protocol, Signing};
use crate::domain::registrar::RegistrarKey;
use crate::domain::roster::{MemberKey, Roster};
use crate::domain::trust_domain::TrustDomain;
use crate::grants::{ClientKey, Enrolment, Grant};
use crate::issue::authority::Authority;
use crate::issue::batch::Batch;
use crate::issue::combine::{Collector, combine};
use crate::issue::pseudonym::PseudonymKey;
use crate::issue::purpose::{ClientSecret, FirstKey, SecondKey};
use crate::issue::share::{G1Share, G2Share};
use crate::sharing::Polynomial;
use crate::sharing::group::{Bls12381G1, Group};

/// The ways in which a secret's bytes could appear.
fn needles(secret: &[u8]) -> [String; 3] {
    let reversed: Vec<u8> = secret.iter().rev().copied().collect();
    let decimal: Vec<String> = secret.iter().take(4).map(u8::to_string).collect();
    [
        hex::encode(&secret[..8]),
        hex::encode(&reversed[..8]),
        decimal.join(", "),
    ]
}

/// The value shows its name and nothing that could be its secret. With `None`, where the secret cannot
/// be had, it shows its name and nothing at all.
fn assert_hidden(name: &str, secret: Option<&[u8]>, value: &dyn Debug) {
    let shown = format!("{value:?}");
    assert!(shown.starts_with(name), "{name}: {shown}");
    let all = format!("{shown} {value:#?}").to_lowercase();
    match secret {
        None => assert_eq!(shown, format!("{name} {{ .. }}")),
        Some(secret) => {
            for needle in needles(secret) {
                assert!(!all.contains(&needle), "{name}: {all}");
            }
        }
    }
}

#[test]
fn the_search_finds_what_does_show() {
    let shown = std::panic::catch_unwind(|| assert_hidden("[", Some(&[0xa5; 32]), &[0xa5_u8; 32]));
    assert!(shown.is_err());
}

/// An authority that works alone with the canary for its share.
fn canary<P: Protocol<Group = Bls12381G1>>() -> ([u8; 32], Authority<P>) {
    let mut bytes = [0xa5; 32];
    bytes[0] = 0x25;
    let secret = SecretResidue::from_bytes(&bytes).unwrap();
    let key = <Bls12381G1 as Group>::commit(&secret).unwrap();
    let one = threshold(1, 1);
    let domain = TrustDomain::found("canary", one, key, vec![key]);
    (
        bytes,
        Authority::new(domain.unwrap(), id(1), secret).unwrap(),
    )
}

#[test]
fn no_share_shows() {
    let (secret, authority) = canary::<Mpin>();
    assert_hidden("Authority", Some(&secret), &authority);
    assert_hidden("Authority", None, &authority);
    let polynomial = Polynomial::<Bls12381G1>::random(
        &mut rng(),
        SecretResidue::from_bytes(&secret).unwrap(),
        2,
    );
    assert_hidden("Polynomial", Some(&secret), &polynomial);
    assert_hidden("Polynomial", None, &polynomial);

    let share: G1Share<ClientSecret> = authority.uncounted().issue(&mut rng(), &alice()).unwrap();
    assert_hidden("G1Share", Some(&share.to_bytes()[76..124]), &share);
    assert_hidden("G1Share", None, &share);
    let mut collector = Collector::new(authority.domain(), alice());
    collector.add(id(1), share).unwrap();
    assert_hidden("Collector", None, &collector);
    let batch: Batch<ClientSecret> = authority
        .uncounted()
        .issue_batch(&mut rng(), &[alice()])
        .unwrap();
    assert_hidden("Batch", None, &batch);
    assert_hidden("Uncounted", None, &authority.uncounted());
    let phone = ClientKey::from_bytes(&secret);
    let grant = Grant::<ClientSecret> {
        domain: *authority.domain().id(),
        subject: alice(),
        client: phone.public().unwrap(),
        from: NOON,
        until: NOON.plus(1.into()),
    };
    let grant = grant.sign(&mut rng(), &RegistrarKey::random(&mut rng()));
    let enrolment = Enrolment::new(authority.domain(), &phone, &grant.unwrap()).unwrap();
    assert_hidden("Enrolment", None, &enrolment);

    let (_, authority) = canary::<Agreement>();
    let share: G2Share<SecondKey<Agreement>> =
        authority.uncounted().issue_second(&alice()).unwrap();
    assert_hidden("G2Share", None, &share);
    let key = combine(authority.domain(), alice(), [sent(id(1), share)])
        .unwrap()
        .key;
    assert_hidden(
        "SecondIdentityKey",
        Some(&key.as_point().to_bytes()[..]),
        &key,
    );
    let (_, authority) = canary::<Signing>();
    let share: G1Share<FirstKey<Signing>> =
        authority.uncounted().issue(&mut rng(), &alice()).unwrap();
    let key = combine(authority.domain(), alice(), [sent(id(1), share)])
        .unwrap()
        .key;
    assert_hidden(
        "FirstIdentityKey",
        Some(&key.as_point().to_bytes()[..]),
        &key,
    );
}

#[test]
fn nothing_of_storage_and_dealing_shows() {
    let (secret, _) = canary::<Mpin>();
    let key = MemberKey::<Bls12381G1>::from_bytes(&secret).unwrap();
    assert_hidden("MemberKey", Some(&secret), &key);
    let names = PseudonymKey::from_bytes(&secret);
    assert_hidden("PseudonymKey", Some(&secret), &names);
    let key = RegistrarKey::from_bytes(&secret).unwrap();
    assert_hidden("RegistrarKey", Some(&secret), &key);
    let key = ClientKey::from_bytes(&secret);
    assert_hidden("ClientKey", Some(&secret), &key);
    let master = milagro_mpin::MasterSecret::from_bytes(&secret).unwrap();
    let dealt = dealer::deal_master(&mut rng(), &master, "canary", threshold(1, 1)).unwrap();
    assert_hidden("DealtShare", Some(&secret), &dealt.shares[0]);
    assert_hidden("DealtShare", None, &dealt.shares[0]);
}

#[test]
fn no_seat_of_a_ceremony_shows() {
    let (secret, authority) = canary::<Mpin>();
    let key = MemberKey::<Bls12381G1>::from_bytes(&secret).unwrap();
    let roster = Roster::new([key.public()]).unwrap();
    let helpers = roster.clone();
    let plan = Plan::<Mpin>::reshare(
        [1; 32],
        authority.domain().clone(),
        roster,
        threshold(1, 1),
        helpers,
    )
    .unwrap();
    let seed = Seed::from_bytes(&secret);
    assert_hidden("Seed", Some(&secret), &seed);
    assert_hidden("Seed", None, &seed);
    let seat = Seat::take(&plan, &key, &seed, Some(&authority)).unwrap();
    assert_hidden("Seat", Some(&secret), &seat);
    assert_hidden("Seat", None, &seat);
    let lock = crate::vault::Lock::Key(&secret);
    assert_hidden("Lock", None, &lock);
    let cost = crate::vault::Cost::LEAST;
    assert_hidden(
        "Lock",
        None,
        &crate::vault::Lock::Passphrase("correct horse", cost),
    );
}

/// Every type that says it wipes itself is named in this file.
#[test]
fn every_secret_type_is_tested() {
    let here = include_str!("leaks.rs");
    let mut folders = vec![std::path::PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src")];
    let mut found = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = std::fs::read_to_string(path).unwrap();
            let named = text.lines().filter_map(|line| {
                let direct = line.split_once("ZeroizeOnDrop for ").map(|(_, name)| name);
                let by_macro = || Some(line.strip_prefix("opaque_debug!(")?.trim_end());
                let by_mirror = || Some(line.strip_prefix("identity_key!(")?.trim_end());
                direct.or_else(by_macro).or_else(by_mirror)
            });
            for name in named.filter(|name| !name.starts_with('$') && !name.contains('"')) {
                let end = name
                    .find(|c: char| !c.is_alphanumeric())
                    .unwrap_or(name.len());
                let name = &name[..end];
                assert!(
                    here.contains(&format!("\"{name}\"")),
                    "{name} is not in the leak test"
                );
                found += 1;
            }
        }
    }
    assert!(found > 14, "{found}");
}

//! Issuing and combining.

use milagro_mpin::{Identity, MasterSecret, ServerId};
use subtle::ConstantTimeEq as _;

use super::{SIZES, alice, bob, dealt, id, master, rng, sent, subsets};

use crate::domain::protocol::Mpin;
use crate::domain::trust_domain::TrustDomain;
use crate::issue::authority::Authority;
use crate::issue::combine::{Collector, combine};
use crate::issue::error::{CombineError, Culprit, Fault};
use crate::issue::purpose::{ClientSecret, ServerSecret};
use crate::issue::received::Received;
use crate::issue::share::{G1Share, G2Share, Share as _};

type Shares = Vec<Received<G1Share<ClientSecret>>>;

fn shares(authorities: &[Authority<Mpin>], identity: &Identity) -> Shares {
    let issue = |authority: &Authority<Mpin>| {
        let share = authority.uncounted().issue(&mut rng(), identity).unwrap();
        sent(authority.id(), share)
    };
    authorities.iter().map(issue).collect()
}

fn reread(share: &G1Share<ClientSecret>) -> G1Share<ClientSecret> {
    G1Share::from_bytes(&share.to_bytes()).unwrap()
}

#[test]
fn every_large_enough_subset_makes_the_key_of_the_direct_secret() {
    for (t, n) in SIZES {
        let authorities = dealt::<Mpin>(t, n);
        let domain = authorities[0].domain();
        let direct = MasterSecret::from_bytes(&master(&authorities).to_bytes()).unwrap();
        assert_eq!(*domain.commitment(), direct.commitment());
        let expected = direct.issue_client(&alice());
        let all = shares(&authorities, &alice());
        for subset in subsets(t.into(), n.into()) {
            let some = subset
                .iter()
                .map(|i| sent(all[*i].from, reread(&all[*i].value)));
            let combined = combine(domain, alice(), some).unwrap();
            assert!(
                bool::from(combined.key.ct_eq(&expected)),
                "{t} of {n}: {subset:?}"
            );
            assert_eq!(combined.culprits, []);
        }
        let few = all.into_iter().take(usize::from(t) - 1);
        assert_eq!(
            combine(domain, alice(), few).unwrap_err(),
            CombineError::TooFew {
                good: usize::from(t) - 1,
                needed: t.into(),
                culprits: Vec::new()
            }
        );
    }
}

#[test]
fn servers_get_their_secret_too() {
    let authorities = dealt::<Mpin>(2, 3);
    let domain = authorities[0].domain();
    let server = ServerId::new(b"login.example.com").unwrap();
    let direct = MasterSecret::from_bytes(&master(&authorities).to_bytes()).unwrap();
    let share = |authority: &Authority<Mpin>, server: &ServerId| {
        let share = authority.uncounted().issue_server(server).unwrap();
        let share = G2Share::<ServerSecret>::from_bytes(&share.to_bytes()).unwrap();
        sent(authority.id(), share)
    };
    let other = ServerId::new(b"other.example.com").unwrap();
    let given = [
        share(&authorities[0], &other),
        share(&authorities[1], &server),
        share(&authorities[2], &server),
    ];
    let combined = combine(domain, server.clone(), given).unwrap();
    let expected = direct.issue_server(&server);
    assert!(bool::from(
        combined.key.as_point().ct_eq(expected.as_point())
    ));
    assert_eq!(combined.culprits, [culprit(1, Fault::Proof)]);
}

fn culprit(number: u16, fault: Fault) -> Culprit {
    Culprit {
        authority: id(number),
        fault,
    }
}

#[test]
fn lies_are_named_and_nobody_honest_is() {
    let authorities = dealt::<Mpin>(2, 4);
    let strangers = dealt::<Mpin>(2, 4);
    let domain = authorities[0].domain();
    let honest = || shares(&authorities, &alice());
    let lie = |bytes: &[u8]| G1Share::<ClientSecret>::from_bytes(bytes).unwrap();
    let of = |number: usize, subject: &Identity| {
        reread(&shares(&authorities, subject)[number - 1].value)
    };
    let tweaked = |at: usize, with: &[u8]| {
        let mut bytes = honest()[1].value.to_bytes().to_vec();
        bytes[at..at + with.len()].copy_from_slice(with);
        lie(&bytes)
    };
    let point = &of(3, &alice()).to_bytes()[76..124].to_vec();
    let cases: Vec<(&str, G1Share<ClientSecret>, Fault)> = vec![
        ("another's point", tweaked(76, point), Fault::Proof),
        ("proof changed", tweaked(187, &[0]), Fault::Proof),
        ("another identity", of(2, &bob()), Fault::Proof),
        ("another authority's", of(3, &alice()), Fault::Index),
        ("another number", tweaked(74, &[0, 4]), Fault::Index),
        (
            "another's under the own number",
            {
                let mut bytes = of(3, &alice()).to_bytes().to_vec();
                bytes[75] = 2;
                lie(&bytes)
            },
            Fault::Proof,
        ),
        (
            "another domain",
            reread(&shares(&strangers, &alice())[1].value),
            Fault::Domain,
        ),
        (
            "stranger in disguise",
            {
                let mut bytes = shares(&strangers, &alice())[1].value.to_bytes().to_vec();
                bytes[2..74].copy_from_slice(&honest()[1].value.to_bytes()[2..74]);
                lie(&bytes)
            },
            Fault::Proof,
        ),
        ("other keys", tweaked(42, &[0; 32]), Fault::Keys),
        ("another generation", tweaked(41, &[1]), Fault::Generation),
    ];
    for (name, bad, fault) in cases {
        let mut given = honest();
        given[1].value = bad;
        let combined = combine(domain, alice(), given).unwrap();
        assert_eq!(combined.culprits, [culprit(2, fault)], "{name}");
    }
}

#[test]
fn two_lies_that_cancel_are_both_named() {
    let authorities = dealt::<Mpin>(2, 3);
    let domain = authorities[0].domain();
    let mut given = shares(&authorities, &alice());
    // λ1 = 2 and λ2 = -1 for the pair (1, 2): add D to the first and 2·D to the second.
    let d = bob().to_point();
    for (index, factor) in [(0_usize, 1_u64), (1, 2)] {
        let mut bytes = given[index].value.to_bytes().to_vec();
        let point: &[u8; 48] = bytes[76..124].try_into().unwrap();
        let point = milagro_curve::G1Point::from_bytes(point).unwrap();
        let shifted = &d * &milagro_curve::Scalar::from(factor);
        let bent = (shifted + point).to_point().unwrap();
        bytes[76..124].copy_from_slice(&bent.to_bytes());
        given[index].value = G1Share::from_bytes(&bytes).unwrap();
    }
    let error = combine(domain, alice(), given).unwrap_err();
    assert_eq!(
        error.culprits(),
        [culprit(1, Fault::Proof), culprit(2, Fault::Proof)]
    );
}

#[test]
fn duplicates_and_strangers_do_not_count() {
    let authorities = dealt::<Mpin>(2, 2);
    let domain = authorities[0].domain();
    let one = || shares(&authorities[..1], &alice()).remove(0).value;
    let bytes = one().to_bytes();
    let given = vec![
        sent(id(1), reread(&one())),
        sent(id(1), one()),
        sent(id(3), one()),
    ];
    let error = combine(domain, alice(), given).unwrap_err();
    assert_eq!(
        error.culprits(),
        [culprit(1, Fault::Duplicate), culprit(3, Fault::Unknown)]
    );
    let mut collector = Collector::<G1Share<ClientSecret>>::new(domain, alice());
    for (bytes, error) in [
        (&bytes[..187], crate::DecodeError::Length),
        (&[], crate::DecodeError::Length),
        (&[2], crate::DecodeError::Version),
        (&[1, 3], crate::DecodeError::Value),
    ] {
        let fault = Fault::Bytes(error);
        assert_eq!(collector.add_bytes(id(2), bytes), Err(culprit(2, fault)));
    }
    assert!(!collector.is_enough());
    collector.add_bytes(id(1), &bytes).unwrap();
    collector
        .add(id(2), shares(&authorities, &alice()).remove(1).value)
        .unwrap();
    assert!(collector.is_enough());
    assert_eq!(collector.finish().unwrap().culprits.len(), 4);
}

#[test]
fn mixed_generations_are_called_so() {
    let authorities = dealt::<Mpin>(2, 2);
    let domain = authorities[0].domain();
    let mut given = shares(&authorities, &alice());
    let mut bytes = given[1].value.to_bytes().to_vec();
    bytes[41] = 7;
    given[1].value = G1Share::from_bytes(&bytes).unwrap();
    let error = combine(domain, alice(), given).unwrap_err();
    let culprits = vec![culprit(2, Fault::Generation)];
    assert_eq!(
        error,
        CombineError::MixedGenerations {
            expected: 0,
            culprits
        }
    );
    assert!(error.to_string().contains("generation"));
}

#[test]
fn a_domain_has_one_encoding_and_keys_that_fit() {
    let authorities = dealt::<Mpin>(3, 5);
    let domain = authorities[0].domain();
    let bytes = domain.to_bytes();
    assert_eq!(TrustDomain::from_bytes(&bytes), Ok(domain.clone()));
    assert!(TrustDomain::<crate::Signing>::from_bytes(&bytes).is_err());
    for cut in 0..bytes.len() {
        assert!(TrustDomain::<Mpin>::from_bytes(&bytes[..cut]).is_err());
    }
    // Swap two keys, or replace one.
    let end = bytes.len();
    let mut swapped = bytes.clone();
    swapped[end - 96..].rotate_left(48);
    let mut replaced = bytes.clone();
    replaced[end - 48..].copy_from_slice(&alice().to_point().to_bytes());
    for bad in [swapped, replaced] {
        assert_eq!(
            TrustDomain::<Mpin>::from_bytes(&bad),
            Err(crate::DecodeError::Value)
        );
    }
}

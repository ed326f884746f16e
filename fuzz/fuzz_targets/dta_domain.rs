//! Domains, commitments, rosters and revocation lists: what is accepted encodes to the same bytes.

#![no_main]

use libfuzzer_sys::{arbitrary, fuzz_target};
use milagro_dta::{
    AuthorityId, Mpin, Threshold, TrustDomain, dealer, permits::RevocationList, sharing::Bls12381G1,
};
use milagro_dta::{MemberKey, Roster};
use milagro_fuzz::{Damage, Seeded};
use milagro_mpin::permit::Leaf;

#[derive(Debug, arbitrary::Arbitrary)]
struct Input {
    seed: u64,
    t: u8,
    n: u8,
    leaves: Vec<u128>,
    probe: u128,
    damage: Damage,
}

fuzz_target!(|input: Input| {
    let rng = &mut Seeded(input.seed);
    let (t, n) = (u16::from(input.t % 5), u16::from(input.n % 5));
    let Ok(threshold) = Threshold::new(t, n) else {
        assert!(t == 0 || t > n);
        return;
    };
    let domain = dealer::deal::<Mpin, _>(rng, "fuzz", threshold)
        .expect("a polynomial")
        .domain;
    let honest = domain.to_bytes();
    assert_eq!(TrustDomain::from_bytes(&honest).as_ref(), Ok(&domain));
    let bytes = input.damage.apply(&honest);
    if let Ok(domain) = TrustDomain::<Mpin>::from_bytes(&bytes) {
        assert_eq!(domain.to_bytes(), bytes);
    }
    let members = (1..=n).filter_map(AuthorityId::new);
    let members = members.map(|id| (id, MemberKey::<Bls12381G1>::random(rng).public()));
    let roster = Roster::new(members).expect("different keys");
    let bytes = input.damage.apply(&roster.to_bytes());
    if let Ok(roster) = Roster::<Bls12381G1>::from_bytes(&bytes) {
        assert_eq!(roster.to_bytes(), bytes);
    }

    let mut list = RevocationList::new(*domain.id());
    for leaf in &input.leaves {
        list.revoke_leaf(Leaf(*leaf));
    }
    let probe = Leaf(input.probe);
    let gaps: Vec<_> = list
        .gaps()
        .filter(|(low, high)| *low <= probe && probe <= *high)
        .collect();
    assert_eq!(gaps.first().copied(), list.gap_of(probe));
    assert_eq!(gaps.len(), usize::from(!list.contains_leaf(probe)));
    assert_eq!(
        RevocationList::from_bytes(&list.to_bytes()).as_ref(),
        Ok(&list)
    );
    let bytes = input.damage.apply(&list.to_bytes());
    if let Ok(list) = RevocationList::from_bytes(&bytes) {
        assert_eq!(list.to_bytes(), bytes);
    }
});

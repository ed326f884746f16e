//! Grants, sealed shares, signed lists and sets of issued subjects: what is accepted encodes to the same bytes, and
//! only what was signed or sealed is good.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::{arbitrary, fuzz_target};
use milagro_dta::grants::{
    ClientKey, Desk, Enrolment, Grant, Issued, IssuedSet, RegistrarKey, SignedGrant,
};
use milagro_dta::issue::ClientSecret;
use milagro_dta::permits::{ListMark, RevocationList, SignedList};
use milagro_dta::{Authority, Mpin, Threshold, dealer};
use milagro_fuzz::{Damage, Seeded};
use milagro_ledger::memory::MemoryLedger;
use milagro_mpin::{Identity, Seconds};

const NOW: Seconds = Seconds::new(1_800_000_000);

#[derive(Debug, arbitrary::Arbitrary)]
struct Input {
    name: [u8; 4],
    issued: Vec<([u8; 2], u8)>,
    damage: Damage,
}

struct World {
    authority: Authority<Mpin>,
    ledger: MemoryLedger,
    registrar: RegistrarKey,
    client: ClientKey,
    list: Vec<u8>,
}

static WORLD: LazyLock<World> = LazyLock::new(|| {
    let rng = &mut Seeded(1);
    let threshold = Threshold::new(1, 1).expect("1 of 1");
    let mut dealt = dealer::deal::<Mpin, _>(rng, "fuzz", threshold).expect("a polynomial");
    let share = dealt.shares.remove(0);
    let me = share.to();
    let mut authority = share
        .accept(me, "fuzz", threshold, &dealt.domain)
        .expect("the committed share");
    let ledger = MemoryLedger::init(rng, 1 << 20, Seconds::ZERO);
    let nobody = IssuedSet::new(*authority.domain().id());
    authority
        .count_in_local(&ledger, &nobody, NOW)
        .expect("an empty ledger");
    let registrar = RegistrarKey::random(rng);
    let mut list = RevocationList::new(*authority.domain().id());
    list.revoke(&Identity::raw(b"bob").expect("a name"));
    let list = list.sign(rng, &registrar, &ListMark::NONE);
    World {
        list: list.expect("a first list").to_bytes(),
        client: ClientKey::random(rng),
        authority,
        ledger,
        registrar,
    }
});

fuzz_target!(|input: Input| {
    let rng = &mut Seeded(2);
    let World {
        authority,
        registrar,
        client,
        ..
    } = &*WORLD;
    let domain = authority.domain();
    let grant = Grant::<ClientSecret> {
        domain: *domain.id(),
        subject: Identity::raw(&input.name).expect("a name"),
        client: client.public().expect("a key"),
        from: NOW,
        until: NOW.plus(Seconds::days(1)),
    };
    let signed = grant.sign(rng, registrar).expect("a day");
    let honest = signed.to_bytes();
    let bytes = input.damage.apply(&honest);
    if let Ok(read) = SignedGrant::<ClientSecret>::from_bytes(&bytes) {
        assert_eq!(read.to_bytes(), bytes);
    }
    let registrar = &registrar.public();
    let desk = Desk {
        registrar,
        ledger: &WORLD.ledger,
        now: NOW,
    };
    let answer = authority.answer_local::<ClientSecret, _, _>(rng, &desk, &bytes);
    assert_eq!(answer.is_ok(), bytes == honest);

    if let Ok(answer) = answer {
        let bytes = input.damage.apply(&answer.sealed);
        let mut enrolment = Enrolment::new(domain, client, &signed).expect("its own grant");
        let good = enrolment.add(authority.id(), &bytes).is_ok();
        assert_eq!(good, bytes == answer.sealed);
    }

    let bytes = input.damage.apply(&WORLD.list);
    let list = SignedList::from_bytes(&bytes, domain.id(), registrar, &ListMark::NONE);
    assert_eq!(list.is_ok(), bytes == WORLD.list);

    let mut set = IssuedSet::new(*domain.id());
    for (subject, claim) in &input.issued {
        let mut entry = [*claim; Issued::LEN];
        entry[..2].copy_from_slice(subject);
        set.add(Issued::from_bytes(&entry));
    }
    let honest = set.to_bytes();
    assert_eq!(IssuedSet::from_bytes(&honest).as_ref(), Ok(&set));
    let bytes = input.damage.apply(&honest);
    if let Ok(read) = IssuedSet::from_bytes(&bytes) {
        assert_eq!(read.to_bytes(), bytes);
    }
    if let Ok(mark) = ListMark::from_bytes(&bytes) {
        assert_eq!(mark.to_bytes(), bytes);
    }
});

//! Bulletins: in one piece and as a stream they are accepted alike, and only the honest one is.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::{arbitrary, fuzz_target};
use milagro_dta::grants::RegistrarKey;
use milagro_dta::issue::Received;
use milagro_dta::permits::bulletin::{CoverBatch, Draft, ProofShare, Scanner, UncheckedBulletin};
use milagro_dta::permits::{ListMark, Period, RevocationList, Window};
use milagro_dta::{Authority, Mpin, Threshold, dealer};
use milagro_fuzz::{Damage, Seeded};
use milagro_mpin::{
    Identity, Permit,
    names::{Epoch, EpochLength},
};

const WHEN: Period = Period {
    epoch: Epoch(20_000),
    length: EpochLength::DAY,
};

struct World {
    authority: Authority<Mpin>,
    batch: Vec<u8>,
    draft: Vec<u8>,
    share: Vec<u8>,
    bulletin: Vec<u8>,
}

static WORLD: LazyLock<World> = LazyLock::new(|| {
    let rng = &mut Seeded(1);
    let threshold = Threshold::new(1, 1).expect("1 of 1");
    let mut dealt = dealer::deal::<Mpin, _>(rng, "fuzz", threshold).expect("a polynomial");
    let share = dealt.shares.remove(0);
    let me = share.to();
    let authority = share
        .accept(me, "fuzz", threshold, &dealt.domain)
        .expect("the committed share");
    let mut list = RevocationList::new(*authority.domain().id());
    list.revoke(&Identity::raw(b"bob").expect("a name"));
    let key = RegistrarKey::random(rng);
    let list = list.sign(rng, &key, &ListMark::NONE);
    let list = list.expect("a first list");
    let now = WHEN.epoch.start(WHEN.length);
    let desk = authority.permits(&list, Window::DAILY, now);
    let desk = desk.expect("its own list");
    let batch = desk.covers(rng, WHEN.epoch).expect("gaps");
    let bytes = batch.to_bytes();
    let batch = Received {
        from: me,
        value: batch,
    };
    let draft = Draft::combine(authority.domain(), &list, WHEN, [batch])
        .expect("a draft")
        .key;
    let share = desk.prove(rng, &draft).expect("its own list");
    let proof = Received {
        from: me,
        value: share,
    };
    let bulletin = draft
        .clone()
        .prove(authority.domain(), [proof])
        .expect("a proof")
        .key;
    World {
        batch: bytes,
        draft: draft.to_bytes(),
        share: share.to_bytes(),
        bulletin: bulletin.to_bytes(),
        authority,
    }
});

#[derive(Debug, arbitrary::Arbitrary)]
struct Input {
    first: u16,
    second: u16,
    damage: Damage,
}

/// Two passes over the bytes in pieces of two sizes.
fn stream(bytes: &[u8], input: &Input, alice: &Identity) -> Option<Option<Permit>> {
    let [first, second] = [input.first, input.second].map(|size| usize::from(size) + 1);
    let mut scanner = Scanner::new(alice.clone());
    for piece in bytes.chunks(first) {
        scanner.push(piece).ok()?;
    }
    let mut checker = scanner
        .finish()
        .ok()?
        .check(WORLD.authority.domain())
        .ok()?;
    for piece in bytes.chunks(second) {
        checker.push(piece).ok()?;
    }
    checker.finish().ok()
}

fuzz_target!(|input: Input| {
    let alice = Identity::raw(b"alice").expect("a name");
    let bytes = input.damage.apply(&WORLD.bulletin);
    let whole = UncheckedBulletin::from_bytes(&bytes)
        .ok()
        .and_then(|bulletin| bulletin.verify(WORLD.authority.domain()).ok());
    assert_eq!(whole.is_some(), bytes == WORLD.bulletin);
    if let Some(bulletin) = &whole {
        assert_eq!(bulletin.to_bytes(), bytes);
    }
    assert_eq!(
        whole.map(|bulletin| bulletin.permit(&alice)),
        stream(&bytes, &input, &alice)
    );

    let bytes = input.damage.apply(&WORLD.draft);
    if let Ok(draft) = Draft::from_bytes(&bytes) {
        assert_eq!(draft.to_bytes(), bytes);
    }
    let bytes = input.damage.apply(&WORLD.share);
    if let Ok(share) = ProofShare::from_bytes(&bytes) {
        assert_eq!(share.to_bytes(), bytes);
    }
    let bytes = input.damage.apply(&WORLD.batch);
    if let Ok(batch) = CoverBatch::from_bytes(&bytes) {
        assert_eq!(batch.to_bytes(), bytes);
    }
});

//! Shares: what is accepted encodes to the same bytes, and only the honest share is good.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::{arbitrary, fuzz_target};
use milagro_dta::{
    Authority, AuthorityId, Mpin, Threshold, dealer,
    grants::RegistrarKey,
    issue::{Batch, ClientSecret, Collector, G1Share, G2Share, ServerSecret, Share as _},
    permits::{CoverShare, ListMark, RevocationList, SignedList, Window},
};
use milagro_fuzz::{Damage, Seeded};
use milagro_mpin::{
    Identity, ServerId,
    names::{Epoch, EpochLength},
};

#[derive(Debug, arbitrary::Arbitrary)]
struct Input {
    name: [u8; 4],
    from: u16,
    damage: Damage,
}

static AUTHORITY: LazyLock<Authority<Mpin>> = LazyLock::new(|| {
    let rng = &mut Seeded(1);
    let threshold = Threshold::new(2, 3).expect("2 of 3");
    let mut dealt = dealer::deal::<Mpin, _>(rng, "fuzz", threshold).expect("a polynomial");
    let share = dealt.shares.remove(0);
    let me = share.to();
    share
        .accept(me, "fuzz", threshold, &dealt.domain)
        .expect("the committed share")
});

static LIST: LazyLock<SignedList> = LazyLock::new(|| {
    let rng = &mut Seeded(3);
    let list = RevocationList::new(*AUTHORITY.domain().id());
    let key = RegistrarKey::random(rng);
    list.sign(rng, &key, &ListMark::NONE).expect("a first list")
});

fuzz_target!(|input: Input| {
    let rng = &mut Seeded(2);
    let identity = Identity::raw(&input.name).expect("a name");
    let server = ServerId::new(&input.name).expect("a name");

    let share: G1Share<ClientSecret> = AUTHORITY
        .uncounted()
        .issue(rng, &identity)
        .expect("a share");
    let honest = share.to_bytes();
    let bytes = input.damage.apply(&honest);
    if let Ok(share) = G1Share::<ClientSecret>::from_bytes(&bytes) {
        assert_eq!(*share.to_bytes(), bytes);
    }
    let mut collector =
        Collector::<G1Share<ClientSecret>>::new(AUTHORITY.domain(), identity.clone());
    let from = AuthorityId::new(input.from).unwrap_or(AUTHORITY.id());
    let good = collector.add_bytes(from, &bytes).is_ok();
    assert_eq!(good, bytes == **honest && from == AUTHORITY.id());

    let share: G2Share<ServerSecret> = AUTHORITY
        .uncounted()
        .issue_server(&server)
        .expect("a share");
    let bytes = input.damage.apply(&share.to_bytes());
    if let Ok(share) = G2Share::<ServerSecret>::from_bytes(&bytes) {
        assert_eq!(*share.to_bytes(), bytes);
    }
    let users = [identity.clone(), Identity::raw(b"another").expect("a name")];
    let batch: Batch<ClientSecret> = AUTHORITY
        .uncounted()
        .issue_batch(rng, &users)
        .expect("a batch");
    let bytes = input.damage.apply(&batch.to_bytes());
    if let Ok(batch) = Batch::<ClientSecret>::from_bytes(&bytes) {
        assert_eq!(*batch.to_bytes(), bytes);
    }
    let now = Epoch(20_000).start(EpochLength::DAY);
    let desk = AUTHORITY.permits(&LIST, Window::DAILY, now);
    let desk = desk.expect("its own list");
    let share = desk
        .cover(rng, &identity, Epoch(20_000))
        .expect("nobody is revoked");
    let bytes = input.damage.apply(&share.to_bytes());
    if let Ok(share) = CoverShare::from_bytes(&bytes) {
        assert_eq!(share.to_bytes(), bytes);
    }
});

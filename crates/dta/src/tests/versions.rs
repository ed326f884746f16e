//! Whatever is stored or sent begins with a version byte, and another one is refused.

use milagro_mpin::ServerId;

use super::{TODAY, alice, dealt, desk, id, rng, sent, signed, threshold};
use milagro_curve::DecodeError;

use crate::ceremony::{Board, Plan, Refused, Seat, Seed, advance};
use crate::dealer::{self, DealtShare};
use crate::domain::protocol::Mpin;
use crate::domain::roster::{MemberKey, Roster};
use crate::domain::trust_domain::TrustDomain;
use crate::issue::batch::Batch;
use crate::issue::purpose::{ClientSecret, ServerSecret};
use crate::issue::share::{G1Share, G2Share, Share as _};
use crate::permits::bulletin::{CoverBatch, Draft, ProofShare, UncheckedBulletin};
use crate::permits::cover::CoverShare;
use crate::permits::revocation::RevocationList;
use crate::sharing::group::Bls12381G1;
use crate::vault::{self, Lock, VaultError};

type G = Bls12381G1;

/// Reads bytes, and the same with another version.
fn versioned<T>(bytes: &[u8], read: fn(&[u8]) -> Result<T, DecodeError>) {
    assert_eq!(read(bytes).map(|_| ()), Ok(()));
    for version in [0, 2, 255] {
        let mut other = bytes.to_vec();
        other[0] = version;
        assert_eq!(read(&other).map(|_| ()), Err(DecodeError::Version));
    }
}

#[test]
fn of_what_domains_issue() {
    let rng = &mut rng();
    let authorities = dealt::<Mpin>(1, 1);
    let one = &authorities[0];
    let domain = one.domain();
    versioned(&domain.to_bytes(), TrustDomain::<Mpin>::from_bytes);
    let share: G1Share<ClientSecret> = one.uncounted().issue(rng, &alice()).unwrap();
    versioned(&share.to_bytes(), G1Share::<ClientSecret>::from_bytes);
    let server = ServerId::new(b"login.example.com").unwrap();
    let share = one.uncounted().issue_server(&server).unwrap();
    versioned(&share.to_bytes(), G2Share::<ServerSecret>::from_bytes);
    let batch: Batch<ClientSecret> = one.uncounted().issue_batch(rng, &[alice()]).unwrap();
    versioned(&batch.to_bytes(), Batch::<ClientSecret>::from_bytes);

    let list = RevocationList::new(*domain.id());
    versioned(&list.to_bytes(), RevocationList::from_bytes);
    let list = signed(&list);
    let desk = desk(one, &list);
    let cover = desk.cover(rng, &alice(), TODAY.epoch).unwrap();
    assert_eq!(cover.to_bytes().len(), CoverShare::LEN);
    versioned(&cover.to_bytes(), CoverShare::from_bytes);
    let covers = desk.covers(rng, TODAY.epoch).unwrap();
    versioned(&covers.to_bytes(), CoverBatch::from_bytes);
    let draft = Draft::combine(domain, &list, TODAY, [sent(id(1), covers)]);
    let draft = draft.unwrap().key;
    versioned(&draft.to_bytes(), Draft::from_bytes);
    let share = desk.prove(rng, &draft).unwrap();
    assert_eq!(share.to_bytes().len(), ProofShare::LEN);
    versioned(&share.to_bytes(), ProofShare::from_bytes);
    let bulletin = draft.prove(domain, [sent(id(1), share)]).unwrap().key;
    versioned(&bulletin.to_bytes(), UncheckedBulletin::from_bytes);

    let key = MemberKey::random(rng);
    let mut sealed = vault::seal(rng, one, &key, &Lock::Key(&[7; 32])).unwrap();
    sealed[0] = 2;
    let error = vault::open::<Mpin>(&sealed, &Lock::Key(&[7; 32]), domain.edition());
    let error = error.map(|_| ()).unwrap_err();
    assert_eq!(error, VaultError::Format(DecodeError::Version));
}

#[test]
fn of_what_makes_domains() {
    let rng = &mut rng();
    let dealt = dealer::deal::<Mpin, _>(rng, "example", threshold(2, 3)).unwrap();
    versioned(&dealt.shares[0].to_bytes(), DealtShare::<Mpin>::from_bytes);
    let keys = [(); 2].map(|()| MemberKey::<G>::random(rng));
    let roster = Roster::new(keys.iter().map(MemberKey::public)).unwrap();
    versioned(&roster.to_bytes(), Roster::<G>::from_bytes);
    let plan = Plan::<Mpin>::found([1; 32], "example", threshold(2, 2), roster).unwrap();
    let seed = Seed::random(rng);
    let seat = Seat::take(&plan, &keys[0], &seed, None).unwrap();
    let mut board = Board::new(&plan);
    let message = advance(&seat, &[], &board).unwrap().send.unwrap();
    let other = [&[2][..], &message[1..]].concat();
    assert_eq!(
        board.add(&other),
        Err(Refused::Format(DecodeError::Version))
    );
    assert_eq!(board.add(&message), Ok(true));
}

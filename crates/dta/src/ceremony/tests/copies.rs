//! States that are copied, generators that repeat, keys that are related, and plans that differ in one thing.

use super::{G, Member, founding, keys, roster, session, talk_through};
use crate::ceremony::message::Message;
use crate::ceremony::open::{Opening, open};
use crate::ceremony::survey::{Survey, View};
use crate::ceremony::{Board, Party, Plan, PlanDigest, Refused, Step};
use crate::domain::roster::{MemberPublicKey, Roster};
use crate::domain::trust_domain::TrustDomain;
use crate::grants::{ClientKey, Grant, IssuedSet, RegistrarKey};
use crate::issue::purpose::ClientSecret;
use crate::permits::{ListMark, RevocationList};
use crate::sharing::group::Group as _;
use crate::tests::frozen::Fixed;
use crate::tests::{NOON, alice, bob, dealt, id, threshold};
use crate::{Mpin, Psk};
use milagro_base::Seconds;
use milagro_curve::{G1Point, Scalar, SecretResidue};

/// (c, z) out of the 64 bytes of a proof.
fn proof(bytes: &[u8]) -> [Scalar; 2] {
    [0, 32].map(|at| Scalar::from_bytes(bytes[at..at + 32].try_into().unwrap()).unwrap())
}

/// The key behind two proofs that have a nonce in common: z1 - z2 = (c1 - c2)·x.
fn extracted(one: [Scalar; 2], two: [Scalar; 2]) -> Option<G1Point> {
    let x = (one[1] - two[1]) * (one[0] - two[0]).invert()?;
    G::commit(&SecretResidue::from_bytes(&x.to_bytes()).unwrap())
}

#[test]
fn the_extraction_works() {
    // c·x + ρ with ρ = 5 and x = 7.
    let [x, nonce] = [7_u64, 5].map(Scalar::from);
    let [one, two] = [11_u64, 13].map(Scalar::from).map(|c| [c, nonce + c * x]);
    let key = G::commit(&SecretResidue::from(7));
    assert_eq!(extracted(one, two), key);
}

/// A registrar whose generator gives the same bytes each time signs two grants, and a list.
#[test]
fn a_registrar_with_a_repeating_generator_keeps_its_key() {
    let key = RegistrarKey::random(&mut crate::tests::rng());
    let domain = *dealt::<Mpin>(1, 1)[0].domain().id();
    let client = ClientKey::from_bytes(&[3; 32]);
    let grants = [alice(), bob()].map(|subject| {
        let grant = Grant::<ClientSecret> {
            domain,
            subject,
            client: client.public().unwrap(),
            from: NOON,
            until: NOON.plus(Seconds::days(1)),
        };
        let bytes = grant.sign(&mut Fixed(7), &key).unwrap().to_bytes();
        proof(&bytes[bytes.len() - 64..])
    });
    let list = RevocationList::new(domain);
    let list = list.sign(&mut Fixed(7), &key, &ListMark::NONE).unwrap();
    let list = proof(&list.to_bytes()[41..105]);
    let public = G1Point::from_slice(&key.public().to_bytes()).unwrap();
    for (one, two) in [(grants[0], grants[1]), (grants[0], list)] {
        assert_ne!(extracted(one, two), Some(public));
    }
}

/// One state runs twice, over boards on which different members have joined: what it says a second time opens
/// nothing that the first time closed. The polynomial is the same, under other masks, and no proof shares a nonce.
#[test]
fn one_seed_on_two_boards_gives_nothing_away() {
    let (plan, mut members) = founding(2, 3);
    let mut other = members[2].twin();
    other.seed = session();
    let joins: Vec<_> = members
        .iter_mut()
        .map(|member| member.speak(&plan).unwrap())
        .collect();
    let other = other.speak(&plan).unwrap();
    let openings = [&joins[2], &other].map(|third| {
        let mut copy = members[0].twin();
        copy.hear(&[joins[1].clone(), third.clone()]);
        let commit = copy.speak(&plan).unwrap();
        let opening = copy.with(&plan, |seat| {
            let (board, own, only) = (&copy.board, &own(&plan, &copy), None);
            let survey = Survey::of(View { board, own, only });
            open(seat, survey.joined, survey.receivers()).unwrap()
        });
        (commit, opening)
    });
    let [(one_commit, one), (two_commit, two)] = openings;
    let extract = |one: &[u8], two: &[u8]| {
        extracted(proof(&one[one.len() - 64..]), proof(&two[two.len() - 64..]))
    };
    let key = members[0].key.public().0;
    assert_ne!(extract(&one_commit, &two_commit), Some(key));
    // J, two commitments, a proof of possession; E; count; number and masked value of each; proof.
    assert_ne!(one[..32], two[..32]);
    assert_eq!(one[32..128], two[32..128], "one polynomial");
    assert_eq!(one[128..192], two[128..192], "one statement, one proof");
    let ephemeral = G1Point::from_slice(&one[192..240]).unwrap();
    assert_ne!(extract(&one, &two), Some(ephemeral));
    for place in 0..3 {
        let at = 242 + 34 * place + 2;
        assert_ne!(one[at..at + 32], two[at..at + 32], "{place}");
    }
}

fn own(plan: &Plan<Mpin>, member: &Member) -> Board<Mpin> {
    let mut own = Board::new(plan);
    for message in &member.log {
        own.add(message).unwrap();
    }
    own
}

/// A member brings a key that is made of another's: it can sign nothing, and nothing that the other has signed is its
/// own. One that is the other's does not come into a roster.
#[test]
fn related_keys_speak_for_nobody() {
    let keys = keys(2);
    let public = keys[0].public();
    assert!(Roster::new([public, public]).is_err());
    let rogue = (public.0 + G1Point::generator()).to_point().unwrap();
    let roster = Roster::new([public, MemberPublicKey(rogue)]).unwrap();
    let plan = Plan::<Mpin>::found([1; 32], "example", threshold(1, 2), roster).unwrap();
    let mut honest = Member::new(&plan, &keys[0], None);
    let mut message = honest.speak(&plan).unwrap();
    assert_eq!(Board::new(&plan).add(&message), Ok(true));
    message[35] = 2;
    assert_eq!(Board::new(&plan).add(&message), Err(Refused::Signature));
    // What fits x·P fits (x + 1)·P with z + c, but for the key that is hashed.
    let end = message.len();
    let [c, z] = proof(&message[end - 64..]);
    message[end - 32..].copy_from_slice(&(z + c).to_bytes());
    assert_eq!(Board::new(&plan).add(&message), Err(Refused::Signature));
}

/// Every field of a plan is in its digest, and no message of one plan counts in another.
#[test]
fn plans_that_differ_in_one_field_have_nothing_in_common() {
    let keys = keys(6);
    let all = roster(&keys[..5]);
    let (two, three) = (threshold(2, 5), threshold(3, 5));
    let found = |session: u8, name: &str, t, members: &Roster<G>| {
        Plan::<Mpin>::found([session; 32], name, t, members.clone()).unwrap()
    };
    let swapped = [1, 0, 2, 3, 4].map(|place: usize| keys[place].public());
    let swapped = Roster::new(swapped).unwrap();
    let renewed = all.with(id(5), keys[5].public()).unwrap();
    let first = found(1, "example", two, &all);
    let domain = |generation: u64| -> TrustDomain<Mpin> {
        let mut domain = dealt::<Mpin>(2, 5)[0].domain().clone();
        for _ in 0..generation {
            let keys = domain.threshold().ids();
            let keys = keys
                .map(|id| *domain.verification_key(id).unwrap())
                .collect();
            domain = domain.succeeded_by(two, keys).unwrap();
        }
        domain
    };
    let (old, next) = (domain(0), domain(1));
    let reshare = |to, receivers: &Roster<G>| {
        Plan::reshare([1; 32], old.clone(), all.clone(), to, receivers.clone()).unwrap()
    };
    let repair = |helpers: [u16; 2], seat: u16, key: usize| {
        let helpers = all.among(&helpers.map(id));
        Plan::repair([1; 32], old.clone(), helpers, id(seat), keys[key].public()).unwrap()
    };
    let mut set = IssuedSet::new(*old.id());
    let none = reshare(two, &all).carrying(&set).unwrap();
    set.reserve::<ClientSecret>(&alice());
    let plans = [
        first.clone(),
        found(2, "example", two, &all),
        found(1, "example ", two, &all),
        found(1, "example", three, &all),
        found(1, "example", two, &swapped),
        found(1, "example", two, &renewed),
        first.without([1; 32], id(5)).unwrap(),
        first.without([1; 32], id(4)).unwrap(),
        Plan::refresh([1; 32], old.clone(), all.clone()).unwrap(),
        Plan::refresh([1; 32], next, all.clone()).unwrap(),
        reshare(two, &all),
        reshare(three, &all),
        reshare(two, &renewed),
        reshare(two, &all).without([1; 32], id(1)).unwrap(),
        reshare(two, &all).carrying(&set).unwrap(),
        none,
        repair([1, 2], 5, 5),
        repair([1, 3], 5, 5),
        repair([1, 2], 4, 5),
        repair([1, 2], 5, 4),
    ];
    let mut digests: Vec<PlanDigest> = plans.iter().map(Plan::digest).collect();
    let psk = Plan::<Psk>::found([1; 32], "example", two, all.clone()).unwrap();
    digests.push(psk.digest());
    for (place, digest) in digests.iter().enumerate() {
        assert!(!digests[..place].contains(digest), "{place}");
    }
    let mut members: Vec<_> = keys[..5]
        .iter()
        .map(|key| Member::new(&first, key, None))
        .collect();
    let said = talk_through(&first, &mut members, Step::Open);
    for plan in &plans[1..] {
        let mut board = Board::new(plan);
        for message in &said {
            assert!(board.add(message).is_err());
        }
        assert_eq!(board.messages().count(), 0);
        let known = board
            .others
            .values()
            .all(|digest| *digest == first.digest());
        assert!(known && !board.others.contains_key(&Party::Dealer(id(6))));
    }
}

/// An opening has one form: whatever else a board takes of it is somebody's fault.
#[test]
fn openings_that_are_cut_or_drawn_out_are_none() {
    let (plan, mut members) = founding(2, 3);
    let said = talk_through(&plan, &mut members, Step::Open);
    let opening = said.last().unwrap();
    let message = Message::<G>::read(opening).unwrap();
    let body = message.body.clone();
    let read = |bytes: &[u8]| {
        let mut reader = milagro_base::Reader::new(bytes);
        let opening = Opening::read(&mut reader, &plan, &message)?;
        reader.finish().map(|()| opening)
    };
    assert!(read(&body).is_ok());
    for cut in 0..body.len() {
        assert!(read(&body[..cut]).is_err(), "{cut}");
    }
    assert!(read(&[body.as_slice(), &[0]].concat()).is_err());
}

//! Who may be where, and when.

use milagro_base::Seconds;
use milagro_mpin::names::EpochLength;

use super::fixture::{NOW, identity, master, rng, signer, today};
use crate::admission::{AllowList, Anyone, IdentityVerifier, Refusal, Side, Signed};
use crate::names::{Identity, Principal, Role};
use crate::signing::{Context, SigningMaster};
use milagro_mpin::names::{Epoch, EpochPolicy};

const DAY: u64 = 86_400;

#[test]
fn roles_belong_to_ends() {
    let master = master();
    let verifier = IdentityVerifier::new(master.anchor(), EpochPolicy::DAILY, Anyone);
    let check = |role, end| verifier.check(&identity(&master, role, "name"), end, NOW);
    for (role, client, server) in [
        (Role::Client, true, false),
        (Role::Server, false, true),
        (Role::Peer, true, true),
    ] {
        let verdict = |good| if good { Ok(()) } else { Err(Refusal::Role) };
        assert_eq!(check(role, Side::Client), verdict(client));
        assert_eq!(check(role, Side::Server), verdict(server));
    }
}

#[test]
fn epochs_count_to_the_second() {
    let master = master();
    let policy = EpochPolicy {
        length: EpochLength::DAY,
        grace: Seconds::new(600),
        skew: Seconds::new(60),
    };
    let verifier = IdentityVerifier::new(master.anchor(), policy, Anyone);
    let identity = identity(&master, Role::Client, "alice");
    let start = today().0 * DAY;
    let end = start + DAY;
    for (now, verdict) in [
        (0, Err(Refusal::NotYetValid)),
        (start - 61, Err(Refusal::NotYetValid)),
        (start - 60, Ok(())),
        (start, Ok(())),
        (end - 1, Ok(())),
        (end, Ok(())),
        (end + 599, Ok(())),
        (end + 600, Err(Refusal::Expired)),
        (u64::MAX, Err(Refusal::Expired)),
    ] {
        assert_eq!(
            verifier.check(&identity, Side::Client, Seconds::new(now)),
            verdict,
            "{now}"
        );
    }
    let last = identity.principal().at(Epoch(u64::MAX));
    let refused = verifier.check(&last, Side::Client, Seconds::MAX);
    assert_eq!(refused, Err(Refusal::NotYetValid));
}

#[test]
fn strangers_stay_outside() {
    let master = master();
    let other = SigningMaster::random(&mut rng(), "example");
    let alice = identity(&master, Role::Client, "alice");
    let list: AllowList = [alice.principal().clone()].into_iter().collect();
    let verifier = IdentityVerifier::new(master.anchor(), EpochPolicy::DAILY, list);
    let check = |who: &Identity| verifier.check(who, Side::Client, NOW);
    let foreign = identity(&other, Role::Client, "alice");
    assert_eq!(check(&foreign), Err(Refusal::Domain));
    let verdict = |verifier: &IdentityVerifier, who: &Identity| {
        let signature = signer(&master, who)
            .sign(&mut rng(), Context::ChannelBinding, b"message")
            .to_bytes();
        let signed = Signed {
            identity: who,
            context: Context::ChannelBinding,
            message: b"message",
            signature: &signature,
        };
        verifier.verify(&signed, Side::Client, NOW)
    };
    assert_eq!(verdict(&verifier, &alice), Ok(()));
    for name in ["bob", "Alice", "alice ", "alic", "alicee"] {
        let other = identity(&master, Role::Client, name);
        assert_eq!(check(&other), Ok(()), "the list is asked at the signature");
        assert_eq!(
            verdict(&verifier, &other),
            Err(Refusal::NotAuthorized),
            "{name}"
        );
    }
    // Same name, other role: another principal.
    let peer = identity(&master, Role::Peer, "alice");
    assert_eq!(verdict(&verifier, &peer), Err(Refusal::NotAuthorized));
    let only_a = |peer: &Principal| peer.name().starts_with('a');
    let verifier = IdentityVerifier::new(master.anchor(), EpochPolicy::DAILY, only_a);
    assert_eq!(verdict(&verifier, &alice), Ok(()));
}

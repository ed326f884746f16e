//! A device finds its permit in a slice, and logs in with it.

use milagro_base::Writer;
use milagro_mpin::Identity;
use milagro_pad_wasm::call::{Bytes, Fault};
use milagro_pad_wasm::{login, permits};
use sha2::{Digest as _, Sha256};

use super::world::{EPOCH, PIN, World};
use super::{begun, call};

const DAY: u64 = 86_400;

struct Asked<'a> {
    world: &'a World,
    user: &'a str,
    epoch: u64,
    hash: [u8; 32],
    index: &'a [u8],
}

impl Asked<'_> {
    fn writer(&self) -> Writer {
        let identity = Identity::raw(self.user.as_bytes()).unwrap();
        let writer = Writer::new().bytes(&self.world.domain.id().to_bytes());
        let writer = writer.string(&identity.to_bytes());
        let writer = writer.u64(self.epoch).u64(DAY).bytes(&self.hash);
        writer.string(self.index)
    }

    fn slice(&self) -> Result<Bytes, Fault> {
        call(permits::slice, self.writer())
    }

    fn permit(&self, slice: &[u8]) -> Result<Bytes, Fault> {
        call(permits::permit, self.writer().bytes(slice))
    }
}

#[test]
fn a_permit_of_the_day_logs_in_and_who_is_revoked_finds_none() {
    let world = World::with_permits();
    let sliced = world.bulletin(&["bob", "carol"]);
    let alice = Asked {
        world: &world,
        user: "alice",
        epoch: EPOCH.0,
        hash: Sha256::digest(&sliced.index).into(),
        index: &sliced.index,
    };
    let slice = &sliced.slices[0];
    assert_eq!(*alice.slice().unwrap(), Sha256::digest(slice)[..]);
    let permit = alice.permit(slice).unwrap();
    let token = world.token("alice");
    let enter = |user: &str, permit: &[u8], pin: &str| {
        let request = begun(&world, &world.token(user), pin).bytes(&world.challenge());
        let proof = call(login::answer, request.string(permit))?;
        Ok::<_, Fault>(world.log_in(&proof).is_some())
    };
    assert_eq!(enter("alice", &permit, PIN), Ok(true));
    assert_eq!(enter("alice", &permit, "1235"), Ok(false));
    assert_eq!(enter("alice", &[], PIN), Ok(false), "without a permit");
    assert_eq!(enter("bob", &permit, PIN), Err(Fault::Stored), "of others");
    assert_eq!(enter("alice", &permit[1..], PIN), Err(Fault::Stored));
    drop(token);
    for user in ["bob", "carol"] {
        let revoked = Asked { user, ..alice };
        let found = revoked.permit(slice);
        assert_eq!(found.unwrap_err(), Fault::Revoked, "{user}");
    }
    for asked in [
        Asked {
            epoch: EPOCH.0 + 1,
            ..alice
        },
        Asked {
            hash: [7; 32],
            ..alice
        },
        Asked {
            world: &World::new(),
            ..alice
        },
    ] {
        assert_eq!(asked.permit(slice).unwrap_err(), Fault::Answer);
        assert_eq!(asked.slice().unwrap_err(), Fault::Answer);
    }
    let mut altered = slice.clone();
    altered[60] ^= 1;
    for bytes in [&altered[..], &slice[1..], &[]] {
        assert_eq!(alice.permit(bytes).unwrap_err(), Fault::Answer);
    }
}

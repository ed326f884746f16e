//! Device keys and device cookies.

use milagro_curve::SecretScalar;
use milagro_freed_memory::Secret;
use milagro_mpin::ChannelBinding;
use milagro_mpin::client::{BoundToken, DeviceKey};
use milagro_mpin::names::{Epoch, EpochPolicy};
use milagro_mpin::permit::PermitLabel;
use milagro_mpin::server::{
    Arrival, Attempts, Cookies, DeviceId, DeviceRecord, PermitPolicy, PinnedKey, Standing,
};

use crate::world::{NOW, World, alice, factors, point, product, rng};
use crate::{Flow, leaks};

pub(crate) const FLOWS: [Flow; 2] = [("a device key", keys), ("a device cookie", cookies)];

fn keys() -> Vec<String> {
    let world = World::new();
    let target = world.target();
    let key = DeviceKey::random(&mut rng(), &world.server);
    let identity = key.identity(&alice()).unwrap();
    let length = EpochPolicy::DAILY.length;
    let epoch = Epoch::at(NOW, length);
    let permit = world.master.issue_permit(
        &world.domain,
        PermitLabel::Personal { epoch },
        length,
        &identity,
    );
    let flow = || {
        let key = DeviceKey::from_bytes(&key.to_bytes()).unwrap();
        let issued = world.master.issue_client(&identity);
        let bound = key.bind_for_permits(issued).unwrap();
        let token = BoundToken::new(world.domain, bound, &factors("1234")).unwrap();
        let bytes = token.to_bytes();
        let token = BoundToken::from_bytes(&bytes).unwrap();
        let bound = key.lend(token.unlock(&factors("1234")).unwrap()).unwrap();
        let proof = bound.login(&target).permit(&permit).at(&mut rng(), NOW);
        let verifier = world.verifier(PermitPolicy::Personal(EpochPolicy::DAILY));
        let pinned = PinnedKey::of(&identity);
        let attempts = Attempts::PerIdentityStrangersCanLockOut;
        let arrival = Arrival::new(&ChannelBinding::None, attempts, NOW).pinned(pinned.as_ref());
        let admitted = verifier.admit(&mut rng(), &proof.unwrap(), arrival);
        let paid = admitted.unwrap().spend_local(&world.ledger, NOW).unwrap();
        assert!(verifier.check(&mut rng(), paid, NOW).is_ok());
        // Where no permits are in use.
        drop(key.bind(world.master.issue_client(&identity)).unwrap());
        bytes
    };
    leaks(flow, |bytes| {
        let mut secrets = world.secrets();
        let z = key.to_bytes();
        let z: [u8; 32] = z[z.len() - 32..].try_into().unwrap();
        let z = SecretScalar::from_bytes(&z).unwrap();
        let issued = world.master.issue_client(&identity);
        let public = issued.as_point().clone().declassify();
        secrets.extend([
            Secret::scalar("z", &z.to_bytes()),
            Secret::scalar("1/z", &z.invert().to_bytes()),
            Secret::g1("S", &issued.as_point().to_uncompressed()),
            product("z·S", &public, &z),
            product("z·s·N", permit.point(), &z),
            point("token", &bytes[bytes.len() - 48..]),
        ]);
        secrets
    })
}

fn cookies() -> Vec<String> {
    let world = World::new();
    let made = Cookies::new(&mut rng(), world.domain, world.server.clone());
    let flow = || {
        let mut cookies = Cookies::from_bytes(&made.to_bytes()).unwrap();
        let device = DeviceId::random(&mut rng());
        let issued = cookies.enrol(&mut rng(), &alice(), device);
        let sent = issued.cookie.to_bytes();
        let kept = issued.record.to_bytes();
        cookies.rotate(&mut rng(), NOW);
        let good = cookies.check(&sent, &alice(), NOW).unwrap();
        let record = DeviceRecord::from_bytes(&kept).unwrap();
        let Standing::Current(presented) = good.compare(Some(&record)).unwrap() else {
            panic!("the only cookie is current");
        };
        let target = world.target();
        let secret = world.master.issue_client(&alice());
        let proof = secret.login(&target).at(&mut rng(), NOW).unwrap();
        let verifier = world.verifier(PermitPolicy::NoPermits);
        let attempts = Attempts::Device(presented);
        let arrival = Arrival::new(&ChannelBinding::None, attempts, NOW);
        let admitted = verifier.admit(&mut rng(), &proof, arrival).unwrap();
        let paid = admitted.spend_local(&world.ledger, NOW).unwrap();
        let login = verifier.check(&mut rng(), paid, NOW).unwrap();
        let login = login.spend_local(&world.ledger, NOW).unwrap();
        let next = cookies.next(&mut rng(), &login).unwrap();
        let next = next.to_bytes();
        let good = cookies.check(&next, &alice(), NOW).unwrap();
        let Standing::Newer(taking_over) = good.compare(Some(&record)).unwrap() else {
            panic!("the next cookie is newer");
        };
        drop(taking_over);
        (sent, next)
    };
    leaks(flow, |(sent, next)| {
        let mut secrets = world.secrets();
        let bytes = made.to_bytes();
        secrets.push(Secret::bytes("cookie key", &bytes[bytes.len() - 32..]));
        for cookie in [&sent, &next] {
            let (random, mac) = cookie[cookie.len() - 32..].split_at(16);
            secrets.push(Secret::bytes("a cookie", random));
            secrets.push(Secret::bytes("its MAC", mac));
        }
        secrets
    })
}

//! Device cookies: strangers make no work and lock nobody out, and a copy is found out.

mod keys;

use milagro_base::Seconds;
use milagro_ledger::LocalLedger as _;

use super::fixture::{End, NONE, NOW, World, alice, factors, rng};
use super::forge::{Forgery, Parts, blank};
use crate::client::token::Token;
use crate::keys::MasterSecret;
use crate::names::identity::Identity;
use crate::names::server::ServerId;
use crate::proof::count::products;
use crate::proof::encoding::LoginProof;
use crate::proof::fresh::SKEW;
use crate::server::admit::Arrival;
use crate::server::cookie::Cookies;
use crate::server::cookie_bytes::DeviceCookie;
use crate::server::device::{Attempts, DeviceId, DeviceRecord, Presented};
use crate::server::outcome::Authenticated;
use crate::server::reason::Reason;
use crate::server::rejected::Rejected;
use crate::server::standing::Standing;

/// A server with cookies and the record of alice's one device, as an application keeps it.
struct Shop {
    world: World,
    cookies: Cookies,
    record: DeviceRecord,
    token: Token,
}

impl Shop {
    fn new() -> (Self, Vec<u8>) {
        let world = World::without_permits();
        let cookies = Cookies::new(&mut rng(), world.domain, world.server.clone());
        let device = DeviceId::random(&mut rng());
        let issued = cookies.enrol(&mut rng(), &alice(), device);
        let token = world.token(&alice(), &factors("1234"));
        let shop = Self {
            world,
            cookies,
            record: issued.record,
            token,
        };
        (shop, issued.cookie.to_bytes().to_vec())
    }

    fn proof(&self, typed: &str) -> LoginProof {
        let secret = self.token.unlock(&factors(typed)).unwrap();
        self.world.prove(&secret, None)
    }

    /// A right proof for a challenge of this time.
    fn proof_at(&self, now: Seconds) -> LoginProof {
        let secret = self.token.unlock(&factors("1234")).unwrap();
        let challenge = self.world.verifier.challenge(&mut rng(), now);
        let target = self.world.target();
        let login = secret.login(&target);
        login.answer(&mut rng(), challenge).unwrap()
    }

    /// What comes of a right proof with a cookie that was replaced.
    fn replaced(&mut self, cookie: &[u8], proof: &LoginProof, now: Seconds) -> Rejected {
        let presented = self.present(cookie, &alice()).unwrap();
        let arrival = Arrival::new(&NONE, Attempts::Device(presented), now);
        let paid = self.world.paid(proof, arrival).unwrap();
        let verifier = &self.world.verifier;
        verifier.check(&mut rng(), paid, now).unwrap_err()
    }

    /// Finds out what a cookie is worth, and writes the record.
    fn present(&mut self, cookie: &[u8], identity: &Identity) -> Result<Presented, Rejected> {
        let good = self.cookies.check(cookie, identity, NOW)?;
        assert_eq!(
            good.record_key(),
            self.cookies.record_key(identity, good.device())
        );
        match good.compare(Some(&self.record))? {
            Standing::Current(presented) | Standing::Stale(presented) => Ok(presented),
            Standing::Newer(newer) => {
                self.record = DeviceRecord::from_bytes(&newer.record().to_bytes()).unwrap();
                self.world.ledger.clear(&[*newer.replaced()]).unwrap();
                Ok(newer.written())
            }
        }
    }

    /// The whole login of a client that brings a cookie; the next cookie comes with it.
    fn log_in(&mut self, cookie: &[u8], proof: &LoginProof) -> Result<Vec<u8>, End> {
        let presented = self.present(cookie, proof.claimed_identity())?;
        let login = self.finish(presented, proof)?;
        let next = self.cookies.next(&mut rng(), &login).unwrap();
        Ok(next.to_bytes().to_vec())
    }

    fn finish(&self, presented: Presented, proof: &LoginProof) -> Result<Authenticated, End> {
        let arrival = Arrival::new(&NONE, Attempts::Device(presented), NOW);
        let paid = self.world.paid(proof, arrival)?;
        let login = self.world.verifier.check(&mut rng(), paid, NOW)?;
        Ok(login.spend_local(&self.world.ledger, NOW)?.into_value())
    }
}

#[test]
fn each_login_brings_the_next_cookie() {
    let (mut shop, mut cookie) = Shop::new();
    for _ in 0..5 {
        for wrong in 0..4 {
            let refused = shop.log_in(&cookie, &shop.proof(&format!("000{wrong}")));
            assert_eq!(refused.unwrap_err(), End::Rejected(Reason::Proof));
        }
        cookie = shop.log_in(&cookie, &shop.proof("1234")).unwrap();
    }
    // The same cookie works until the next is presented: a reply may be lost.
    let next = shop.log_in(&cookie, &shop.proof("1234")).unwrap();
    assert!(shop.log_in(&cookie, &shop.proof("1234")).is_ok());
    assert!(shop.log_in(&next, &shop.proof("1234")).is_ok());
}

/// Guesses under one cookie stop at five, and those of a device at a hundred, whatever cookies come between.
#[test]
fn guesses_stop_under_a_cookie_and_for_ever() {
    let (mut shop, mut cookie) = Shop::new();
    let mut guesses = 0;
    let long = loop {
        let failed = (0..4)
            .map(|_| shop.log_in(&cookie, &shop.proof("0000")))
            .find(|verdict| *verdict != Err(End::Rejected(Reason::Proof)));
        if let Some(end) = failed {
            break end;
        }
        guesses += 4;
        cookie = match shop.log_in(&cookie, &shop.proof("1234")) {
            Ok(next) => next,
            end => break end,
        };
    };
    assert_eq!(long.unwrap_err(), End::Exhausted);
    assert_eq!(guesses, 100);

    let (mut shop, cookie) = Shop::new();
    for _ in 0..5 {
        let refused = shop.log_in(&cookie, &shop.proof("0000")).unwrap_err();
        assert_eq!(refused, End::Rejected(Reason::Proof));
    }
    let right = shop.proof("1234");
    assert_eq!(shop.log_in(&cookie, &right).unwrap_err(), End::Exhausted);
    // Recovery gives another cookie and no other long account.
    let device = shop.present(&cookie, &alice()).unwrap().device();
    let issued = shop
        .cookies
        .recover(&mut rng(), &alice(), device, &shop.record);
    shop.record = issued.record;
    assert!(shop.log_in(&issued.cookie.to_bytes(), &right).is_ok());
    let old = shop.log_in(&cookie, &shop.proof("0000")).unwrap_err();
    assert_eq!(old, End::Rejected(Reason::Proof));
}

/// Garbage, replays and opened garbage without the cookie: no pairing, no charge, and the honest user gets in.
#[test]
fn strangers_lock_nobody_out() {
    let (mut shop, cookie) = Shop::new();
    let accepted = shop.proof("1234");
    let next = shop.log_in(&cookie, &accepted).unwrap();
    let (charged, paired) = (shop.world.ledger.len(), products());

    let identity = alice();
    let forgery = Forgery::login(&shop.world, &identity);
    let (base, parts) = (identity.to_point(), Parts::random());
    let mut statement = blank(base.into(), false, false);
    statement.u = (&base * &parts.x).into();
    statement.r = (&base * &parts.rho).into();
    let opened = LoginProof(forgery.opened(statement, &parts));
    let mut garbage = opened.clone();
    garbage.0.parts.fill(0xff);
    let stranger = Cookies::new(&mut rng(), shop.world.domain, shop.world.server.clone());
    let device = DeviceId::random(&mut rng());
    let made_up = stranger.enrol(&mut rng(), &alice(), device).cookie;
    let bob = Identity::raw(b"bob").unwrap();
    let bobs = shop.cookies.enrol(&mut rng(), &bob, device).cookie;
    let mut cookies: Vec<Vec<u8>> = vec![
        Vec::new(),
        vec![0; DeviceCookie::LEN],
        made_up.to_bytes().to_vec(),
        bobs.to_bytes().to_vec(),
    ];
    for place in 0..cookie.len() {
        let mut off = cookie.clone();
        off[place] ^= 1;
        cookies.push(off);
        cookies.push(cookie[..place].to_vec());
    }
    for proof in [&garbage, &opened, &accepted] {
        for cookie in &cookies {
            let refused = shop.log_in(cookie, proof).unwrap_err();
            assert_eq!(refused, End::Rejected(Reason::Cookie));
        }
    }
    // Another's good cookie is not alice's, even where an application mixes them up.
    let mut other = shop.cookies.enrol(&mut rng(), &bob, device);
    core::mem::swap(&mut shop.record, &mut other.record);
    let presented = shop.present(&other.cookie.to_bytes(), &bob).unwrap();
    let refused = shop.finish(presented, &opened).unwrap_err();
    assert_eq!(refused, End::Rejected(Reason::Cookie));
    core::mem::swap(&mut shop.record, &mut other.record);
    // Nor is one of hers from another server or domain, where a stranger may have taken her name.
    let elsewhere = ServerId::new(b"elsewhere.example.com").unwrap();
    let domain = MasterSecret::random(&mut rng()).trust_domain("test");
    for cookies in [
        Cookies::new(&mut rng(), shop.world.domain, elsewhere),
        Cookies::new(&mut rng(), domain, shop.world.server.clone()),
    ] {
        let issued = cookies.enrol(&mut rng(), &alice(), device);
        let good = cookies.check(&issued.cookie.to_bytes(), &alice(), NOW);
        let standing = good.unwrap().compare(Some(&issued.record)).unwrap();
        let Standing::Current(presented) = standing else {
            panic!("it is the current one");
        };
        let refused = shop.finish(presented, &opened).unwrap_err();
        assert_eq!(refused, End::Rejected(Reason::Cookie));
    }

    assert_eq!((shop.world.ledger.len(), products()), (charged, paired));
    assert!(shop.log_in(&next, &shop.proof("1234")).is_ok());
    assert!(products() > paired, "the count counts");
}

/// A thief of token, cookie and PIN logs in unseen, and is found out at the next honest login.
#[test]
fn stolen_cookie_is_found_out() {
    let (mut shop, stolen) = Shop::new();
    let thiefs = shop.log_in(&stolen, &shop.proof("1234")).unwrap();
    assert!(shop.log_in(&thiefs, &shop.proof("1234")).is_ok());

    // The honest device brings the cookie that the thief replaced.
    let later = NOW.plus(SKEW).plus(Seconds::new(1));
    let proof = shop.proof_at(later);
    let rejected = shop.replaced(&stolen, &proof, later);
    assert_eq!(rejected.reason(), Reason::CookieCopied);
    let copied = rejected.into_copied().unwrap();
    let copied = copied.spend_local(&shop.world.ledger, later).unwrap();
    assert_eq!(copied.identity(), &alice());
    shop.record = shop.record.clone().freeze();
    for cookie in [&stolen, &thiefs] {
        let refused = shop.log_in(cookie, &shop.proof("1234")).unwrap_err();
        assert_eq!(refused, End::Rejected(Reason::DeviceFrozen));
    }
    // Recovery outruns whatever the thief was handed.
    let device = copied.device();
    let issued = shop
        .cookies
        .recover(&mut rng(), &alice(), device, &shop.record);
    shop.record = issued.record;
    assert!(
        shop.log_in(&issued.cookie.to_bytes(), &shop.proof("1234"))
            .is_ok()
    );
    let refused = shop.log_in(&thiefs, &shop.proof("1234")).unwrap_err();
    assert_eq!(refused, End::Rejected(Reason::CookieCopied));
}

/// A message that was held up until its device had logged in twice more, over other connections: it is refused, and
/// is no sign of a copy. Who holds messages up freezes nobody.
#[test]
fn a_late_message_freezes_nobody() {
    let (mut shop, cookie) = Shop::new();
    let late = shop.proof("1234");
    let next = shop.log_in(&cookie, &shop.proof("1234")).unwrap();
    assert!(shop.log_in(&next, &shop.proof("1234")).is_ok());
    for (issued, reason) in [
        (NOW, Reason::CookieReplaced),
        (NOW.plus(SKEW), Reason::CookieReplaced),
        (NOW.plus(SKEW).plus(Seconds::new(1)), Reason::CookieCopied),
    ] {
        let proof = shop.proof_at(issued);
        let rejected = shop.replaced(&cookie, &proof, issued);
        assert_eq!(rejected.reason(), reason, "{issued}");
    }
    let rejected = shop.replaced(&cookie, &late, NOW.plus(Seconds::minutes(2)));
    assert_eq!(rejected.reason(), Reason::CookieReplaced);
    assert!(rejected.into_copied().is_none());
    assert!(shop.log_in(&next, &shop.proof("1234")).is_ok());
}

/// A recorded login with a cookie that was replaced since freezes nothing, and what shows a copy shows it once.
#[test]
fn a_recorded_login_freezes_nobody() {
    let (mut shop, cookie) = Shop::new();
    let recorded = shop.proof("1234");
    let next = shop.log_in(&cookie, &recorded).unwrap();
    assert!(shop.log_in(&next, &shop.proof("1234")).is_ok());
    let rejected = shop.replaced(&cookie, &recorded, NOW);
    assert_eq!(rejected.reason(), Reason::CookieReplaced);
    let later = NOW.plus(Seconds::minutes(1));
    let proof = shop.proof_at(later);
    let copied = [(); 2].map(|()| {
        let rejected = shop.replaced(&cookie, &proof, later);
        let copied = rejected.into_copied().unwrap();
        copied.spend_local(&shop.world.ledger, later).is_ok()
    });
    assert_eq!(copied, [true, false]);
}

/// Guesses with cookies that were replaced are counted apart, and do not touch the honest device's.
#[test]
fn stale_guesses_stop_at_their_own_limit() {
    let (mut shop, stolen) = Shop::new();
    let cookie = shop.log_in(&stolen, &shop.proof("1234")).unwrap();
    let next = shop.log_in(&cookie, &shop.proof("1234")).unwrap();
    for _ in 0..5 {
        let refused = shop.log_in(&stolen, &shop.proof("0000")).unwrap_err();
        assert_eq!(refused, End::Rejected(Reason::Proof));
    }
    let refused = shop.log_in(&stolen, &shop.proof("1234")).unwrap_err();
    assert_eq!(refused, End::Exhausted);
    assert!(shop.log_in(&next, &shop.proof("1234")).is_ok());
}

#[test]
fn a_device_without_a_record_is_unknown() {
    let (shop, cookie) = Shop::new();
    let good = shop.cookies.check(&cookie, &alice(), NOW).unwrap();
    let refused = good.compare(None).unwrap_err();
    assert_eq!(refused.reason(), Reason::Cookie);
    for place in 0..DeviceRecord::LEN {
        assert!(DeviceRecord::from_bytes(&shop.record.to_bytes()[..place]).is_err());
    }
    let mut bytes = shop.record.to_bytes();
    bytes[1] = 2;
    assert!(DeviceRecord::from_bytes(&bytes).is_err());
}

#[test]
fn the_first_cookie_is_given_again_until_a_later_one_was_presented() {
    let (mut shop, first) = Shop::new();
    let again = |shop: &Shop, device| shop.cookies.enrolled(&alice(), device, &shop.record);
    // Version (1), key (4), device (16).
    let device = DeviceId::from_bytes(first[5..21].try_into().unwrap());
    assert_eq!(again(&shop, device).unwrap().to_bytes().as_slice(), first);
    // Under another key it is still the same to its record.
    shop.cookies.rotate(&mut rng(), NOW);
    let later = again(&shop, device).unwrap().to_bytes();
    assert_ne!(later.as_slice(), first);
    let proof = shop.proof("1234");
    let second = shop.log_in(later.as_slice(), &proof).unwrap();
    assert!(again(&shop, device).is_some());
    let copy = DeviceRecord::from_bytes(&shop.record.to_bytes()).unwrap();
    let frozen = copy.freeze();
    assert!(shop.cookies.enrolled(&alice(), device, &frozen).is_none());
    shop.present(&second, &alice()).unwrap();
    assert!(again(&shop, device).is_none());
}

//! Logins with old tokens.

use core::hint::black_box;

use milagro_curve::SecretScalar;
use milagro_freed_memory::Secret;
use milagro_ledger::LocalLedger as _;
use milagro_ledger::memory::MemoryLedger;
use milagro_mpin::Seconds;
use milagro_mpin::compat::{
    Client, Date, LegacyClientSecret, LegacyDeviceKey, LegacyIdentity, LegacyKeyBase, LegacyPermit,
    LegacyPin, LegacyPolicy, LegacyServerSecret, LegacyToken, MasterShare, MilagroLegacy, Pending,
    Server, SignedMessage, hazmat,
};

use crate::world::{NOW, product, rng};
use crate::{Flow, leaks};

pub(crate) const FLOWS: [Flow; 3] = [
    ("old keys and tokens", tokens),
    ("a login with an old token, with a key", logins),
    ("one pass and signatures with an old token", times),
];

struct Old {
    shares: [MasterShare; 2],
    alice: LegacyIdentity<MilagroLegacy>,
    ledger: MemoryLedger,
}

impl Old {
    fn new() -> Self {
        Self {
            shares: [(); 2].map(|()| MasterShare::random(&mut rng())),
            alice: LegacyIdentity::milagro(b"alice@example.org").unwrap(),
            ledger: MemoryLedger::init(&mut rng(), 100, Seconds::ZERO),
        }
    }

    fn secret(&self) -> LegacyClientSecret {
        let shares = self.shares.each_ref();
        let shares = shares.map(|share| share.client_share(&self.alice));
        LegacyClientSecret::from_shares(&shares).unwrap()
    }

    fn server_secret(&self) -> LegacyServerSecret {
        let shares = self.shares.each_ref().map(MasterShare::server_share);
        LegacyServerSecret::from_shares(&shares).unwrap()
    }

    fn server(&self) -> Server {
        let policy = LegacyPolicy::DEFAULT;
        Server::new(&self.server_secret(), self.ledger.id(), policy)
    }

    fn permit(&self, date: Date) -> LegacyPermit {
        let shares = self.shares.each_ref();
        let shares = shares.map(|share| share.permit_share(&self.alice, date));
        LegacyPermit::from_shares(&shares).unwrap()
    }

    fn token(&self) -> LegacyToken {
        LegacyToken::new(self.secret(), &self.alice, &pin(1234)).unwrap()
    }

    fn secrets(&self) -> Vec<Secret> {
        let mut secrets = Vec::new();
        for share in &self.shares {
            let bytes = share.to_bytes();
            let scalar = bytes[16..].try_into().unwrap();
            secrets.push(Secret::scalar("a share of s", scalar));
            let client = share.client_share(&self.alice).to_bytes();
            secrets.push(point("a share of S", &client));
        }
        let server = self.server_secret().to_miracl();
        secrets.push(Secret::g2("s·Q", server[1..].try_into().unwrap()));
        secrets.push(point("S", &self.secret().to_bytes()));
        secrets.push(point("token", &self.token().to_bytes()));
        secrets
    }
}

fn point(name: &'static str, bytes: &[u8; 97]) -> Secret {
    Secret::g1(name, bytes[1..].try_into().unwrap())
}

fn pin(digits: u32) -> LegacyPin {
    LegacyPin::new(digits).unwrap()
}

fn tokens() -> Vec<String> {
    let old = Old::new();
    let device = LegacyDeviceKey::random(&mut rng());
    let flow = || {
        let [one, two] = &old.shares;
        let shares = [one, two].map(|share| MasterShare::from_bytes(&share.to_bytes()).unwrap());
        drop(black_box(shares));
        let secret = LegacyClientSecret::from_bytes(&old.secret().to_bytes()).unwrap();
        let token = LegacyToken::new(secret, &old.alice, &pin(1234)).unwrap();
        let token = LegacyToken::from_bytes(&token.to_bytes()).unwrap();
        drop(black_box(token.unlock(&old.alice, &pin(1234)).unwrap()));
        let server = old.server_secret();
        let server = LegacyServerSecret::from_milagro(&server.to_milagro()).unwrap();
        let server = LegacyServerSecret::from_miracl(&server.to_miracl()).unwrap();
        drop(black_box(server));
        let key = LegacyDeviceKey::from_bytes(&device.to_bytes()).unwrap();
        let alice = LegacyIdentity::milagro_with_device_key(b"alice", &key.public());
        let shares = old.shares.each_ref();
        let shares = shares.map(|share| share.client_share(&alice));
        let secret = LegacyClientSecret::from_shares(&shares).unwrap();
        drop(black_box(secret.with_device_key(&key)));
    };
    leaks(flow, |()| {
        let mut secrets = old.secrets();
        let z = device.to_bytes();
        secrets.push(Secret::scalar("z", z[16..].try_into().unwrap()));
        secrets
    })
}

fn logins() -> Vec<String> {
    let old = Old::new();
    let scalars = [(); 3].map(|()| SecretScalar::random(&mut rng()));
    let [x, r, w] = &scalars;
    let today = Date::of(NOW).unwrap();
    let flow = || {
        let (token, server) = (old.token(), old.server());
        let keys = LegacyKeyBase::new(&token, &old.alice);
        let secret = token.unlock(&old.alice, &pin(1234)).unwrap();
        let permit = old.permit(today);
        let client = Client::with_permit(&old.alice, &secret, &permit, today).unwrap();
        let base = old.alice.base_on(today).unwrap();
        let u = hazmat::commit(&client, x.clone());
        let y = server.challenge(&mut rng(), base, u.message, NOW);
        let waiting = y.state.to_bytes(&server);
        let pending = Pending::from_bytes(&server, base, &waiting).unwrap();
        let asked = hazmat::respond_for_key(u.state, r.clone(), &y.message).unwrap();
        let admitted = server.admit(&mut rng(), pending, &asked.v, NOW).unwrap();
        let paid = admitted.spend_local(&old.ledger, NOW).unwrap();
        let checked = server.check(&mut rng(), paid, NOW).unwrap();
        let login = checked.spend_local(&old.ledger, NOW).unwrap();
        let answer = hazmat::agree(login.into_value(), w.clone(), &server, &asked.r).unwrap();
        let key = asked.state.finish(&keys, &pin(1234), &answer.w);
        assert_eq!(key.as_bytes(), answer.key.as_bytes());
        // The same with numbers of its own.
        let u = client.commit(&mut rng(), NOW);
        let y = server.challenge(&mut rng(), base, u.message, NOW);
        drop(u.state.respond_for_key(&mut rng(), &y.message).unwrap());
        *key.as_bytes()
    };
    leaks(flow, |key| {
        let mut secrets = old.secrets();
        for (name, scalar) in ["x", "r", "w"].into_iter().zip(&scalars) {
            secrets.push(Secret::scalar(name, &scalar.to_bytes()));
        }
        let base = old.alice.base_on(today).unwrap();
        secrets.push(product("D", base.point(), &x.mul(w)));
        secrets.push(point("permit", &old.permit(today).to_bytes()));
        secrets.push(Secret::bytes("the agreed key", &key));
        secrets
    })
}

fn times() -> Vec<String> {
    let old = Old::new();
    let scalars = [(); 2].map(|()| SecretScalar::random(&mut rng()));
    let [x, other] = &scalars;
    let flow = || {
        let server = old.server();
        let secret = old.token().unlock(&old.alice, &pin(1234)).unwrap();
        let client = Client::new(&old.alice, secret);
        let base = old.alice.base();
        let proof = hazmat::prove(&client, x.clone(), NOW).unwrap();
        let admitted = server.admit_one_pass(&mut rng(), base, &proof, NOW);
        let paid = admitted.unwrap().spend_local(&old.ledger, NOW).unwrap();
        assert!(server.check(&mut rng(), paid, NOW).is_ok());
        let signature = hazmat::sign(&client, other.clone(), b"text", NOW).unwrap();
        let signed = SignedMessage {
            message: b"text",
            signature: &signature,
        };
        let admitted = server.admit_signature(&mut rng(), base, signed, NOW);
        let paid = admitted.unwrap().spend_local(&old.ledger, NOW).unwrap();
        assert!(server.check_signature(&mut rng(), paid, NOW).is_ok());
        assert!(client.prove(&mut rng(), NOW).is_ok());
    };
    leaks(flow, |()| {
        let mut secrets = old.secrets();
        for scalar in &scalars {
            secrets.push(Secret::scalar("x", &scalar.to_bytes()));
        }
        secrets
    })
}

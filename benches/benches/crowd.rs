//! Many users of one server, some of whom mistype their PIN.

use alloc::sync::Arc;

use getrandom::SysRng;
use milagro_ledger::{LedgerId, LocalLedger, Paid, Unspent};
use milagro_mpin::client::PinLength;
use milagro_mpin::full::{Agreement, Answered, ClientHello};
use milagro_mpin::rand_core::UnwrapErr;
use milagro_mpin::server::{Admitted, BatchVerifier, PermitPolicy, Policy, Rejected};
use milagro_mpin::{
    ChannelBinding, ClientSecret, Factors, Identity, LoginProof, MasterSecret, Pin, ServerId,
    ServerKey, Target, Token, TrustDomainId, Verifier,
};

use crate::granting::{Granting, NOW, arrival};

/// How the logins are checked.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Kind {
    Plain,
    /// The server remembers the points of identities that have logged in.
    Cached,
}

/// The messages of a crowd, and the server that they are for.
pub(crate) struct Crowd {
    master: MasterSecret,
    domain: TrustDomainId,
    target: Target,
    verifier: Arc<Verifier>,
    ledger: Granting,
    messages: Vec<Vec<u8>>,
}

fn rng() -> UnwrapErr<SysRng> {
    UnwrapErr(SysRng)
}

fn factors(pin: &str) -> Factors {
    Factors::pin(Pin::new(pin, PinLength::FOUR).unwrap())
}

impl Crowd {
    /// `size` users, of whom `wrong`, spread over the crowd, mistype their PIN.
    pub(crate) fn new(kind: Kind, size: usize, wrong: usize) -> Self {
        let master = MasterSecret::random(&mut rng());
        let domain = master.trust_domain("benches");
        let target = Target {
            domain,
            server: ServerId::new(b"server").unwrap(),
            binding: ChannelBinding::None,
        };
        let ledger = Granting(LedgerId::from_bytes([1; 32]));
        let secret = master.issue_server(&target.server);
        let key: ServerKey = secret.belonging_to(ledger.id());
        let policy = Policy::new(PermitPolicy::NoPermits);
        let verifier = Verifier::new(domain, &key, ledger.id(), policy).unwrap();
        let verifier = match kind {
            Kind::Plain => verifier,
            Kind::Cached => verifier.with_point_cache(size),
        };
        let mut crowd = Self {
            master,
            domain,
            target,
            verifier: Arc::new(verifier),
            ledger,
            messages: Vec::new(),
        };
        let mut places: Vec<usize> = (0..size).collect();
        // Spread by the hash of the place: the same every time, and without pattern.
        places.sort_by_key(|place| place.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(17));
        for place in 0..size {
            let is_wrong = places.iter().take(wrong).any(|other| *other == place);
            let message = crowd.message(place, is_wrong);
            crowd.messages.push(message);
        }
        crowd
    }

    fn secret(&self, place: usize, wrong: bool) -> ClientSecret {
        let identity = Identity::raw(format!("user{place}@example.com").as_bytes()).unwrap();
        let secret = self.master.issue_client(&identity);
        let token = Token::new(self.domain, secret, &factors("1234")).unwrap();
        token
            .unlock(&factors(if wrong { "9876" } else { "1234" }))
            .unwrap()
    }

    fn message(&self, place: usize, wrong: bool) -> Vec<u8> {
        let secret = self.secret(place, wrong);
        let challenge = self.verifier.challenge(&mut rng(), NOW);
        let login = secret.login(&self.target);
        login.answer(&mut rng(), challenge).unwrap().to_bytes()
    }

    pub(crate) fn batch_verifier(&self) -> BatchVerifier {
        BatchVerifier::new(Arc::clone(&self.verifier))
    }

    fn admit(&self, message: &[u8]) -> Unspent<Admitted> {
        let proof = LoginProof::from_bytes(message).unwrap();
        self.verifier.admit(&mut rng(), &proof, arrival()).unwrap()
    }

    fn paid(&self, message: &[u8]) -> Paid<Admitted> {
        self.admit(message).spend_local(&self.ledger, NOW).unwrap()
    }

    /// Decodes, admits and checks all messages as one batch; how many were refused.
    pub(crate) fn check(&self, verifier: &mut BatchVerifier) -> usize {
        let verdicts = verifier.check_all(&mut rng(), self.all_paid(), NOW);
        let refused = verdicts.iter().filter(|verdict| verdict.is_err()).count();
        let good = verdicts.into_iter().filter_map(Result::ok).collect();
        let logins = Unspent::spend_all_local(good, &self.ledger, NOW);
        assert!(logins.iter().all(Result::is_ok));
        refused
    }

    /// All messages decoded, admitted and paid.
    pub(crate) fn all_paid(&self) -> Vec<Paid<Admitted>> {
        let admitted = self.messages.iter().map(|message| self.admit(message));
        let paid = Unspent::spend_all_local(admitted.collect(), &self.ledger, NOW);
        paid.into_iter().map(Result::unwrap).collect()
    }

    /// Decodes, admits and checks all messages one by one; how many were refused.
    pub(crate) fn check_singly(&self) -> usize {
        let refused = |message: &&Vec<u8>| {
            let verdict = self.verifier.check(&mut rng(), self.paid(message), NOW);
            verdict
                .map(|login| login.spend_local(&self.ledger, NOW).unwrap())
                .is_err()
        };
        self.messages.iter().filter(refused).count()
    }

    /// The refusal of the first message.
    pub(crate) fn refused(&self) -> Rejected {
        let paid = self.paid(self.messages.first().unwrap());
        self.verifier.check(&mut rng(), paid, NOW).unwrap_err()
    }

    /// Finds the distance of a mistyped PIN, 8,642.
    pub(crate) fn distance(&self, refused: &Rejected) {
        let failure = refused.opened().unwrap();
        let search = self.verifier.search(&mut rng(), failure, PinLength::FOUR);
        let search = search.spend_local(&self.ledger, NOW).unwrap();
        let distance = self.verifier.distance_vartime(search).unwrap();
        assert_eq!(distance.value(), 8642);
    }

    /// The client's first message of a key agreement.
    pub(crate) fn hello(&self) -> (Agreement, Vec<u8>) {
        let challenge = self.verifier.challenge(&mut rng(), NOW);
        let secret = self.secret(0, false);
        let start = secret.login(&self.target).agree(&mut rng(), challenge);
        let start = start.unwrap();
        let hello = start.hello.to_bytes();
        (start, hello)
    }

    /// The server's whole work on it, from bytes to its answer.
    pub(crate) fn accept(&self, hello: &[u8]) -> Answered {
        let hello = ClientHello::from_bytes(hello).unwrap();
        let admitted = self.verifier.admit_hello(&mut rng(), &hello, arrival());
        let paid = admitted.unwrap().spend_local(&self.ledger, NOW).unwrap();
        let answered = self.verifier.check_hello(&mut rng(), paid, NOW).unwrap();
        answered
            .spend_local(&self.ledger, NOW)
            .unwrap()
            .into_value()
    }
}

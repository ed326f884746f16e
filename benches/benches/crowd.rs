//! Many users of one server, some of whom mistype their PIN.

use getrandom::SysRng;
use milagro_mpin::rand_core::UnwrapErr;
use milagro_mpin::{
    BatchVerifier, Challenge, ChallengeStore, ChannelBinding, ClientHello, ClientSecret,
    ClientSession, Factors, Identity, LoginProof, MasterSecret, OpeningPolicy, PermitPolicy, Pin,
    PinError, PinLength, Policy, Recorded, Rejected, ReplayKey, ReplayStore, ServerHello, ServerId,
    ServerSession, Taken, Target, Token, TrustDomainId, Verifier,
};

/// How the logins are made and checked.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Kind {
    Plain,
    /// The server remembers the points of identities that have logged in.
    Cached,
    /// Every proof has an opening.
    Opened,
}

/// The messages of a crowd, and the server that they are for.
pub(crate) struct Crowd {
    kind: Kind,
    master: MasterSecret,
    domain: TrustDomainId,
    target: Target,
    messages: Vec<Vec<u8>>,
}

/// Finds every challenge fresh and every proof new, so that a message can be checked again and again.
struct Always;

impl ChallengeStore for Always {
    fn insert(&self, _: [u8; 32], _: u64) {}

    fn take(&self, _: &[u8; 32], _: u64) -> Taken {
        Taken::Fresh
    }
}

impl ReplayStore for Always {
    fn record(&self, _: ReplayKey, _: u64, _: u64) -> Recorded {
        Recorded::New
    }
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
        let mut crowd = Self {
            kind,
            master,
            domain,
            target,
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
        let challenge = Challenge::from_bytes(&[1; Challenge::LEN]).unwrap();
        let (rng, target) = (&mut rng(), &self.target);
        let proof = match self.kind {
            Kind::Opened => secret.prove_opened(rng, target, challenge, None),
            _ => secret.prove(rng, target, challenge, None),
        };
        proof.unwrap().to_bytes()
    }

    pub(crate) fn batch_verifier(&self) -> BatchVerifier {
        let openings = match self.kind {
            Kind::Opened => OpeningPolicy::Opened(PinLength::FOUR),
            _ => OpeningPolicy::Closed,
        };
        let policy = Policy {
            openings,
            ..Policy::new(PermitPolicy::NoPermits)
        };
        let secret = self.master.issue_server(&self.target.server);
        let verifier = Verifier::new(self.domain, &secret, policy);
        BatchVerifier::new(match self.kind {
            Kind::Cached => verifier.with_point_cache(self.messages.len()),
            _ => verifier,
        })
    }

    /// Decodes and checks all messages as one batch; how many were refused.
    pub(crate) fn check(&self, verifier: &mut BatchVerifier) -> usize {
        let logins: Vec<(LoginProof, ChannelBinding)> = self
            .messages
            .iter()
            .map(|message| {
                (
                    LoginProof::from_bytes(message).unwrap(),
                    ChannelBinding::None,
                )
            })
            .collect();
        let verdicts = verifier.verify(&mut rng(), &Always, &logins, 0);
        verdicts.iter().filter(|verdict| verdict.is_err()).count()
    }

    /// Decodes and checks all messages one by one; how many were refused.
    pub(crate) fn check_singly(&self, verifier: &Verifier) -> usize {
        let refused = |message: &&Vec<u8>| {
            let proof = LoginProof::from_bytes(message).unwrap();
            let verdict = verifier.verify(&Always, &proof, &ChannelBinding::None, 0);
            verdict.is_err()
        };
        self.messages.iter().filter(refused).count()
    }

    /// The refusal of the first message.
    pub(crate) fn refused(&self, verifier: &Verifier) -> Rejected {
        let proof = LoginProof::from_bytes(self.messages.first().unwrap()).unwrap();
        verifier
            .verify(&Always, &proof, &ChannelBinding::None, 0)
            .unwrap_err()
    }

    /// Finds the distance of a mistyped PIN, 8,642.
    pub(crate) fn distance(verifier: &Verifier, refused: &Rejected) {
        let failure = refused.opened().unwrap();
        let error = verifier.pin_error_vartime(&Always, failure, (1, 0));
        assert!(matches!(error, PinError::Mistyped(distance) if distance.value() == 8642));
    }

    /// The client's first message of a key agreement.
    pub(crate) fn hello(&self) -> (ClientSession, Vec<u8>) {
        let challenge = Challenge::from_bytes(&[1; Challenge::LEN]).unwrap();
        let secret = self.secret(0, false);
        let (session, hello) = secret
            .start_full(&mut rng(), &self.target, challenge, None)
            .unwrap();
        (session, hello.to_bytes())
    }

    /// The server's whole work on it, from bytes to its answer.
    pub(crate) fn accept(&self, verifier: &Verifier, hello: &[u8]) -> (ServerSession, ServerHello) {
        let hello = ClientHello::from_bytes(hello).unwrap();
        verifier
            .accept_full(&mut rng(), &Always, &hello, &self.target.binding, 0)
            .unwrap()
    }
}

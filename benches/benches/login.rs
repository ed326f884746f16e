//! One login as `milagro-mpin` does it, from bytes to bytes.

use core::hint::black_box;

use getrandom::SysRng;
use milagro_ledger::{LedgerId, LocalLedger};
use milagro_mpin::client::PinLength;
use milagro_mpin::rand_core::UnwrapErr;
use milagro_mpin::server::{Authenticated, Freshness, PermitPolicy, Policy, Reason};
use milagro_mpin::{
    Challenge, ChannelBinding, ClientSecret, Factors, Identity, LoginProof, MasterSecret, Pin,
    Seconds, ServerId, Target, Token, Verifier,
};

use crate::granting::{Granting, NOW, arrival};

/// A client with its token, and the server that it logs in to.
pub(crate) struct Login {
    token: Token,
    factors: Factors,
    target: Target,
    verifier: Verifier,
    /// Another server, which asks for permits.
    strict: Verifier,
    ledger: Granting,
}

fn rng() -> UnwrapErr<SysRng> {
    UnwrapErr(SysRng)
}

impl Login {
    pub(crate) fn new(identity: &[u8], pin: &str) -> Self {
        let master = MasterSecret::random(&mut rng());
        let domain = master.trust_domain("benches");
        let server = ServerId::new(b"server").unwrap();
        let secret = master.issue_client(&Identity::raw(identity).unwrap());
        let factors = Factors::pin(Pin::new(pin, PinLength::FOUR).unwrap());
        let ledger = Granting(LedgerId::from_bytes([1; 32]));
        let key = master.issue_server(&server).belonging_to(ledger.id());
        let verifier = |permits| {
            let policy = Policy {
                freshness: Freshness::ChallengesAndTimes,
                ..Policy::new(permits)
            };
            Verifier::new(domain, &key, ledger.id(), policy).unwrap()
        };
        Self {
            token: Token::new(domain, secret, &factors).unwrap(),
            factors,
            verifier: verifier(PermitPolicy::NoPermits),
            strict: verifier(PermitPolicy::Personal(
                milagro_mpin::names::EpochPolicy::DAILY,
            )),
            target: Target {
                domain,
                server,
                binding: ChannelBinding::None,
            },
            ledger,
        }
    }

    /// The client's secret, from token and PIN.
    pub(crate) fn unlock(&self) -> ClientSecret {
        self.token.unlock(&self.factors).unwrap()
    }

    /// The client's message: x, U, y, V and the opening.
    pub(crate) fn answer(&self, secret: &ClientSecret) -> Vec<u8> {
        self.answer_to(secret, self.verifier.challenge(&mut rng(), NOW))
    }

    /// An answer to a challenge that no server has made: a bit of its MAC is another.
    pub(crate) fn answer_to_unknown(&self, secret: &ClientSecret) -> Vec<u8> {
        let mut bytes = self.verifier.challenge(&mut rng(), NOW).to_bytes();
        bytes[Challenge::LEN - 1] ^= 1;
        self.answer_to(secret, Challenge::from_bytes(&bytes).unwrap())
    }

    fn answer_to(&self, secret: &ClientSecret, challenge: Challenge) -> Vec<u8> {
        let login = secret.login(&self.target);
        login.answer(&mut rng(), challenge).unwrap().to_bytes()
    }

    /// A message that says a time.
    pub(crate) fn at(&self, secret: &ClientSecret, time: Seconds) -> Vec<u8> {
        let login = secret.login(&self.target);
        login.at(&mut rng(), time).unwrap().to_bytes()
    }

    /// The server's whole check of a message, which hashes the identity, decodes U, V and R, and must succeed.
    pub(crate) fn check(&self, message: &[u8]) -> Authenticated {
        let proof = LoginProof::from_bytes(message).unwrap();
        let admitted = self.verifier.admit(&mut rng(), &proof, arrival());
        let paid = admitted.unwrap().spend_local(&self.ledger, NOW).unwrap();
        let checked = self.verifier.check(&mut rng(), paid, NOW).unwrap();
        checked.spend_local(&self.ledger, NOW).unwrap().into_value()
    }

    /// Makes a challenge, and checks the one in a message: it is found to be ours, and refused by what comes next.
    pub(crate) fn make_and_check_challenge(&self, message: &[u8]) {
        let challenge = self.verifier.challenge(&mut rng(), NOW);
        assert_eq!(black_box(challenge).issued(), NOW);
        self.refuse(message, Reason::PermitMissing);
    }

    /// All that is judged before a point is decoded, and the charge that a login then costs.
    pub(crate) fn admit(&self, message: &[u8]) {
        let proof = LoginProof::from_bytes(message).unwrap();
        let admitted = self.verifier.admit(&mut rng(), &proof, arrival());
        assert!(black_box(admitted).is_ok());
    }

    /// Refuses a message for a reason that needs no point.
    pub(crate) fn refuse(&self, message: &[u8], reason: Reason) {
        let proof = LoginProof::from_bytes(message).unwrap();
        let verifier = match reason {
            Reason::PermitMissing => &self.strict,
            _ => &self.verifier,
        };
        let refused = verifier.admit(&mut rng(), &proof, arrival());
        assert_eq!(refused.err().map(|refused| refused.reason()), Some(reason));
    }
}

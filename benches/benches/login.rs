//! One login as `milagro-mpin` does it, from bytes to bytes.

use getrandom::SysRng;
use milagro_mpin::rand_core::UnwrapErr;
use milagro_mpin::{
    Authenticated, Challenge, ChallengeStore, ChannelBinding, Committed, Factors, Identity,
    LoginProof, MasterSecret, PermitPolicy, Pin, PinLength, Policy, ServerId, Taken, Target, Token,
    Verifier,
};

/// A client with its token, and the server that it logs in to.
pub(crate) struct Login {
    token: Token,
    factors: Factors,
    target: Target,
    verifier: Verifier,
}

/// Finds every challenge fresh, so that one message can be checked again and again.
struct Always;

impl ChallengeStore for Always {
    fn insert(&self, _: [u8; 32], _: u64) {}

    fn take(&self, _: &[u8; 32], _: u64) -> Taken {
        Taken::Fresh
    }
}

impl Login {
    pub(crate) fn new(identity: &[u8], pin: &str) -> Self {
        let master = MasterSecret::random(&mut UnwrapErr(SysRng));
        let domain = master.trust_domain("benches");
        let server = ServerId::new(b"server").unwrap();
        let secret = master.issue_client(&Identity::raw(identity).unwrap());
        let factors = Factors::pin(Pin::new(pin, PinLength::FOUR).unwrap());
        let policy = Policy::new(PermitPolicy::NoPermits);
        let verifier = Verifier::new(domain, &master.issue_server(&server), policy);
        let token = Token::new(domain, secret, &factors).unwrap();
        let target = Target {
            domain,
            server,
            binding: ChannelBinding::None,
        };
        Self {
            token,
            factors,
            target,
            verifier,
        }
    }

    /// The client's first half: unlock the token, choose x, U = x·A.
    pub(crate) fn commit(&self) -> Committed {
        let secret = self.token.unlock(&self.factors).unwrap();
        let challenge = Challenge::from_bytes(&[1; Challenge::LEN]).unwrap();
        secret
            .commit(&mut UnwrapErr(SysRng), &self.target, challenge, None)
            .unwrap()
    }

    /// The client's message.
    pub(crate) fn message(&self) -> Vec<u8> {
        self.commit().respond().unwrap().to_bytes()
    }

    /// The server's check of a message, which hashes the identity, decodes U and V, and must succeed.
    pub(crate) fn check(&self, message: &[u8]) -> Authenticated {
        let proof = LoginProof::from_bytes(message).unwrap();
        self.verifier
            .verify(&Always, &proof, &self.target.binding, 0)
            .unwrap()
    }
}

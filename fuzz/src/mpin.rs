//! An authority, a server and one client, for the targets of `milagro-mpin`.

use milagro_mpin::{
    Challenge, ChallengeStore, ChannelBinding, ClientSecret, Epoch, EpochPolicy, Factors, Identity,
    MasterSecret, MemoryChallengeStore, OpeningPolicy, Permit, PermitLabel, PermitPolicy, Pin,
    PinLength, Policy, ServerId, Target, Token, Verifier,
};

use crate::Seeded;

/// The PIN of the client.
pub const PIN: u16 = 1234;
/// When everything happens.
pub const NOW: u64 = 1_800_000_000;

/// The three, and a permit of today.
pub struct World {
    /// Where the client logs in.
    pub target: Target,
    /// What the client stores.
    pub token: Token,
    /// For the client and this day.
    pub permit: Permit,
    master: MasterSecret,
}

impl World {
    /// The same world every time.
    pub fn new() -> Self {
        let master = MasterSecret::random(&mut Seeded(1));
        let (domain, server) = (
            master.trust_domain("fuzz"),
            ServerId::new(b"server").expect("a name"),
        );
        let identity = Identity::raw(b"alice").expect("a name");
        let token = Token::new(domain, master.issue_client(&identity), &factors(PIN))
            .expect("something is left");
        let length = EpochPolicy::DAILY.length;
        let label = PermitLabel::Personal {
            epoch: Epoch::at(NOW, length),
        };
        Self {
            permit: master.issue_permit(&domain, label, length, &identity),
            target: Target {
                domain,
                server,
                binding: ChannelBinding::None,
            },
            token,
            master,
        }
    }

    /// A server that asks for permits and openings, or for none.
    pub fn verifier(&self, permits: bool, openings: bool) -> Verifier {
        let permits = if permits {
            PermitPolicy::Personal(EpochPolicy::DAILY)
        } else {
            PermitPolicy::NoPermits
        };
        let mut policy = Policy::new(permits);
        if openings {
            policy.openings = OpeningPolicy::Opened(PinLength::FOUR);
        }
        let secret = self.master.issue_server(&self.target.server);
        Verifier::new(self.target.domain, &secret, policy)
    }

    /// The secret that follows from a PIN.
    pub fn unlock(&self, pin: u16) -> ClientSecret {
        self.token.unlock(&factors(pin)).expect("four digits")
    }
}

impl Default for World {
    fn default() -> Self {
        Self::new()
    }
}

/// A PIN of four digits alone.
pub fn factors(pin: u16) -> Factors {
    Factors::pin(Pin::new(&format!("{pin:04}"), PinLength::FOUR).expect("four digits"))
}

/// A challenge that all these stores know, until a minute from now.
pub fn challenge(rng: &mut Seeded, stores: &[&MemoryChallengeStore]) -> Challenge {
    use milagro_curve::rand_core::Rng as _;
    let mut bytes = [1; Challenge::LEN];
    rng.fill_bytes(&mut bytes[1..]);
    let nonce = bytes[1..].try_into().expect("32 bytes");
    for store in stores {
        store.insert(nonce, NOW + 60);
    }
    Challenge::from_bytes(&bytes).expect("a challenge")
}

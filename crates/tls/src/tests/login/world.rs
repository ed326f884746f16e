//! An authority, a server, and Alice, who logs in to it.

use milagro_ledger::LedgerId;
use milagro_mpin::client::{Binding, PinLength, Unbound};
use milagro_mpin::full::KeyBase;
use milagro_mpin::names::{Epoch, EpochPolicy};
use milagro_mpin::permit::PermitLabel;
use milagro_mpin::server::{Freshness, PermitPolicy, Policy};
use milagro_mpin::{
    ClientSecret, Factors, Identity, MasterSecret, Permit, Pin, ServerId, Token, TrustDomainId,
    Verifier,
};

use super::ledger::LEDGER;
use crate::login::{LoginClient, LoginServer, pseudonym};
use crate::tests::fixture::today;
use crate::tests::seeded::Seeded;

pub(in crate::tests) struct World {
    pub(super) master: MasterSecret,
    pub(super) domain: TrustDomainId,
    pub(super) server: ServerId,
    pub(super) policy: Policy,
    pub(super) verifier: Verifier,
    pub(in crate::tests) alice: User,
}

/// A name with what a client needs for it.
pub(in crate::tests) struct User<B = Unbound> {
    pub(super) name: Identity,
    pub(super) secret: ClientSecret<B>,
    pub(super) base: KeyBase,
    pub(super) permit: Option<Permit>,
}

pub(in crate::tests) fn name(user: &str) -> Identity {
    Identity::device("example", user, &[7; 16]).unwrap()
}

pub(super) fn pin(digits: &str) -> Factors {
    Factors::pin(Pin::new(digits, PinLength::FOUR).unwrap())
}

pub(super) fn policy(permits: PermitPolicy) -> Policy {
    Policy {
        freshness: Freshness::ChallengesAndTimes,
        ..Policy::new(permits)
    }
}

impl World {
    pub(in crate::tests) fn new() -> Self {
        Self::with_policy(policy(PermitPolicy::NoPermits))
    }

    pub(super) fn with_policy(policy: Policy) -> Self {
        let master = MasterSecret::random(&mut Seeded(1));
        let domain = master.trust_domain("example");
        let server = ServerId::new(b"ledger.example").unwrap();
        let key = master.issue_server(&server).belonging_to(LEDGER);
        let verifier = Verifier::new(domain, &key, LEDGER, policy).unwrap();
        let mut world = Self {
            alice: user(&master, domain, &server, "alice"),
            master,
            domain,
            server,
            policy,
            verifier,
        };
        if policy.permits != PermitPolicy::NoPermits {
            world.alice.permit = Some(world.permit(today(), world.alice.secret.identity()));
        }
        world
    }

    pub(super) fn permit(&self, epoch: Epoch, identity: &Identity) -> Permit {
        let (label, length) = (PermitLabel::Personal { epoch }, EpochPolicy::DAILY.length);
        self.master
            .issue_permit(&self.domain, label, length, identity)
    }

    pub(super) fn user(&self, name: &str) -> User {
        user(&self.master, self.domain, &self.server, name)
    }

    pub(in crate::tests) fn secret_bytes(&self) -> zeroize::Zeroizing<[u8; 48]> {
        self.alice.secret.as_point().to_bytes()
    }

    /// Alice, who typed this PIN; the true one is 1234.
    pub(super) fn typed(&self, digits: &str) -> User {
        let secret = self.master.issue_client(self.alice.secret.identity());
        let token = Token::new(self.domain, secret, &pin("1234")).unwrap();
        let secret = token.unlock(&pin(digits)).unwrap();
        User {
            name: self.alice.name.clone(),
            base: KeyBase::new(&secret, &self.server),
            secret,
            permit: self.alice.permit,
        }
    }

    pub(super) fn client<'a, B: Binding>(&self, user: &'a User<B>) -> LoginClient<'a, B> {
        let (secret, base) = (&user.secret, &user.base);
        let client = LoginClient::new(secret, base, &user.name, self.domain, self.server.clone());
        match &user.permit {
            Some(permit) => client.with_permit(permit),
            None => client,
        }
    }

    /// A verifier of the same domain, over a ledger of this name.
    pub(super) fn verifier(
        &self,
        master: &MasterSecret,
        server: &ServerId,
        id: LedgerId,
    ) -> Verifier {
        let key = master.issue_server(server).belonging_to(id);
        Verifier::new(self.domain, &key, id, self.policy).unwrap()
    }

    pub(super) const fn server(&self) -> LoginServer<'_> {
        LoginServer::new(&self.verifier)
    }
}

fn user(master: &MasterSecret, domain: TrustDomainId, server: &ServerId, user: &str) -> User {
    let name = name(user);
    let secret = master.issue_client(&pseudonym(&domain, &name));
    User {
        name,
        base: KeyBase::new(&secret, server),
        secret,
        permit: None,
    }
}

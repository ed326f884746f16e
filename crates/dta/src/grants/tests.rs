//! Who gets a share, how often, and who can read it.

mod cut_off;
mod issued_once;
mod refusals;
mod sealed;
mod sets;
mod together;

use milagro_base::Seconds;
use milagro_ledger::memory::MemoryLedger;
use milagro_mpin::{Identity, MasterSecret};
use subtle::ConstantTimeEq as _;

use crate::Mpin;
use crate::domain::registrar::{RegistrarKey, RegistrarPublicKey};
use crate::domain::trust_domain::TrustDomain;
use crate::grants::{
    Answer, ClientKey, Desk, Enrolment, Grant, GrantError, IssuedSet, SignedGrant,
};
use crate::issue::authority::Authority;
use crate::issue::combine::Combined;
use crate::issue::error::CombineError;
use crate::issue::purpose::ClientSecret;
use crate::tests::{NOON, alice, dealt, master, rng};

type Secret = milagro_mpin::ClientSecret;
type Enrolled = Result<Combined<Secret>, CombineError>;

/// An authority with what is its own.
struct Office {
    authority: Authority<Mpin>,
    ledger: MemoryLedger,
    log: IssuedSet,
}

struct World {
    registrar: RegistrarKey,
    offices: Vec<Office>,
    expected: Secret,
}

impl Office {
    /// Begins with an empty ledger and whoever is known to have had a share.
    fn open(mut authority: Authority<Mpin>, log: IssuedSet) -> Self {
        let ledger = ledger();
        authority.count_in_local(&ledger, &log, NOON).unwrap();
        Self {
            authority,
            ledger,
            log,
        }
    }

    fn answer(
        &mut self,
        registrar: &RegistrarPublicKey,
        grant: &SignedGrant<ClientSecret>,
    ) -> Result<Vec<u8>, GrantError> {
        let desk = Desk {
            registrar,
            ledger: &self.ledger,
            now: NOON,
        };
        let bytes = grant.to_bytes();
        let answer: Result<Answer, _> =
            self.authority
                .answer_local::<ClientSecret, _, _>(&mut rng(), &desk, &bytes);
        let Answer { issued, sealed } = answer?;
        self.log.add(issued);
        Ok(sealed)
    }
}

impl World {
    fn new(t: u16, n: u16) -> Self {
        let authorities = dealt::<Mpin>(t, n);
        let direct = MasterSecret::from_bytes(&master(&authorities).to_bytes()).unwrap();
        let nobody = IssuedSet::new(*authorities[0].domain().id());
        let open = |authority| Office::open(authority, nobody.clone());
        Self {
            registrar: RegistrarKey::random(&mut rng()),
            expected: direct.issue_client(&alice()),
            offices: authorities.into_iter().map(open).collect(),
        }
    }

    fn domain(&self) -> TrustDomain<Mpin> {
        self.offices[0].authority.domain().clone()
    }

    fn grant(&self, subject: Identity, key: &ClientKey) -> SignedGrant<ClientSecret> {
        let grant = grant(*self.domain().id(), subject, key);
        grant.sign(&mut rng(), &self.registrar).unwrap()
    }

    /// Asks some of the authorities, and tells what has come of it and how many have answered.
    fn enrol(
        &mut self,
        grant: &SignedGrant<ClientSecret>,
        key: &ClientKey,
        whom: impl IntoIterator<Item = usize>,
    ) -> (usize, Enrolled) {
        let domain = self.domain();
        let registrar = self.registrar.public();
        let mut enrolment = Enrolment::new(&domain, key, grant).unwrap();
        for place in whom {
            let office = &mut self.offices[place];
            match office.answer(&registrar, grant) {
                Ok(sealed) => enrolment.add(office.authority.id(), &sealed).unwrap(),
                Err(error) => assert_eq!(error, GrantError::Issued),
            }
        }
        (enrolment.booked(), enrolment.finish())
    }

    fn is_right(&self, enrolled: &Enrolled) -> bool {
        let combined = enrolled.as_ref().unwrap();
        combined.culprits.is_empty() && bool::from(combined.key.ct_eq(&self.expected))
    }

    /// The union of what all authorities have logged.
    fn union(&self) -> IssuedSet {
        let mut union = IssuedSet::new(*self.domain().id());
        for office in &self.offices {
            union.merge(&office.log).unwrap();
        }
        assert!(self.offices.iter().all(|one| union.includes(&one.log)));
        union
    }
}

fn ledger() -> MemoryLedger {
    MemoryLedger::init(&mut rng(), 10_000, NOON.minus(Seconds::hours(1)))
}

fn grant(
    domain: milagro_mpin::TrustDomainId,
    subject: Identity,
    key: &ClientKey,
) -> Grant<ClientSecret> {
    Grant {
        domain,
        subject,
        client: key.public().unwrap(),
        from: NOON,
        until: NOON.plus(Seconds::days(1)),
    }
}

fn client() -> ClientKey {
    ClientKey::random(&mut rng())
}

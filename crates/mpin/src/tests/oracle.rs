//! A registered thief with the victim's token, who logs in to his own account.

use milagro_curve::{
    G1Point, SecretG1, SecretG1Sum, SecretResidue,
    loose::{E1Point, E1Sum},
};
use milagro_ledger::LocalLedger as _;

use super::fixture::{End, NOW, World, alice, factors, rng};
use super::forge::{Forgery, Parts, blank};
use crate::full::hello::ClientHello;
use crate::names::epoch::{Epoch, EpochPolicy};
use crate::names::identity::Identity;
use crate::permit::PermitLabel;
use crate::proof::encoding::{LoginProof, Message, Signature};
use crate::proof::fresh::Fresh;
use crate::proof::opening::{self, Bases};
use crate::proof::spec::{self, Mode, ServerPoints};
use crate::proof::statement::Statement;
use crate::server::policy::PermitPolicy;
use crate::server::reason::Reason;

const TRUE_PIN: u32 = 1234;
const MODES: [Mode; 5] = [
    Mode::Challenge,
    Mode::OnePass,
    Mode::Sign,
    Mode::Full,
    Mode::FullOnePass,
];

struct Thief {
    world: World,
    name: Identity,
    secret: SecretG1,
    /// The victim's token, of which only the PIN is missing.
    token: SecretG1,
    victim: G1Point,
    label: Option<PermitLabel>,
}

fn plus(a: G1Point, b: G1Point) -> E1Point {
    (E1Sum::from(a) + E1Sum::from(b)).to_point().unwrap()
}

impl Thief {
    fn new(permits: bool) -> Self {
        let epochs = EpochPolicy::DAILY;
        let policy = if permits {
            PermitPolicy::Personal(epochs)
        } else {
            PermitPolicy::NoPermits
        };
        let world = World::new(policy);
        let name = Identity::raw(b"mallory").unwrap();
        let token = world.token(&alice(), &factors("1234"));
        let label = permits.then(|| PermitLabel::Personal {
            epoch: Epoch::at(NOW, epochs.length),
        });
        let own = world.master.issue_client(&name);
        let mut secret = own.secret.clone();
        if let Some(label) = label {
            let permit = world.permit(label, &name);
            let sum = SecretG1Sum::zero();
            let sum = sum.add(&secret).add(&SecretG1::from(*permit.point()));
            secret = sum.to_secret().unwrap();
        }
        Self {
            token: token.rest().clone(),
            victim: alice().to_point(),
            world,
            name,
            secret,
            label,
        }
    }

    fn bases(&self) -> (G1Point, G1Point) {
        let a = self.name.to_point();
        let length = EpochPolicy::DAILY.length;
        let n = self
            .label
            .map(|label| label.to_point(&self.world.domain, length, &self.name));
        (a, spec::base(&a, n.as_ref()).unwrap())
    }

    fn forgery(&self, mode: Mode) -> Forgery<'_> {
        let fresh = match mode {
            Mode::Challenge | Mode::Full => Fresh::Challenge(self.world.challenge().0),
            _ => Fresh::Time(NOW),
        };
        Forgery {
            label: self.label,
            mode,
            fresh,
            message: (mode == Mode::Sign).then_some(b"message"),
            ..Forgery::login(&self.world, &self.name)
        }
    }

    /// U = x·B + Av, and everything else but V and z as if U were x·B.
    fn statement(&self, mode: Mode, parts: &Parts) -> Statement {
        let (a, b) = self.bases();
        let agreement = matches!(mode, Mode::Full | Mode::FullOnePass);
        let mut statement = blank(b.into(), self.label.is_some(), agreement);
        statement.u = plus(&b * &parts.x, self.victim);
        statement.r = (&b * &parts.rho).into();
        if let Some(permit) = &mut statement.permit {
            permit.w = (&a * &parts.x).into();
            permit.r = (&a * &parts.rho).into();
        }
        if let Some(more) = &mut statement.agreement {
            more.g = (&a * &parts.r).into();
            more.r = (&a * &parts.rho_r).into();
        }
        statement
    }

    /// V = -(x + y)·SB - (Tv + α'·Av), and an opening as good as there can be.
    fn guess(&self, forgery: &Forgery<'_>, guess: u32) -> Message {
        let parts = Parts::random();
        let mut statement = self.statement(forgery.mode, &parts);
        let (y, _) = forgery.y(&statement);
        statement.v = self.v(&parts.x.to_residue().add_public(&y), guess);
        forgery.opened(statement, &parts)
    }

    fn v(&self, sum: &SecretResidue, guess: u32) -> E1Point {
        let own = self.secret.mul(&sum.to_nonzero().unwrap());
        let pin = SecretResidue::from(u64::from(guess));
        let victim = SecretG1Sum::zero()
            .add(&own)
            .add(&self.token)
            .add_product(&self.victim, &pin);
        (-victim.to_secret().unwrap().declassify()).into()
    }

    /// What the server says, by whichever of the doors the message is for.
    fn verdict(&self, forgery: &Forgery<'_>, message: &Message) -> End {
        let world = &self.world;
        let bytes = message.encode();
        let (ledger, arrival) = (&world.ledger, World::arrival(NOW));
        let verifier = &world.verifier;
        // Nobody's attempts are to end this test.
        let account = verifier.attempts_of(&self.name);
        ledger.clear(&[account]).unwrap();
        let rejected = match forgery.mode {
            Mode::Challenge | Mode::OnePass => {
                let proof = LoginProof::from_bytes(&bytes).unwrap();
                let paid = world.paid(&proof, arrival).unwrap();
                verifier.check(&mut rng(), paid, NOW).unwrap_err()
            }
            Mode::Sign => {
                let signature = Signature::from_bytes(&bytes).unwrap();
                let admitted =
                    verifier.admit_signature(&mut rng(), &signature, b"message", arrival);
                let paid = admitted.unwrap().spend_local(ledger, NOW).unwrap();
                verifier.check_signature(&mut rng(), paid, NOW).unwrap_err()
            }
            Mode::Full | Mode::FullOnePass => {
                let hello = ClientHello::from_bytes(&bytes).unwrap();
                let admitted = verifier.admit_hello(&mut rng(), &hello, arrival);
                let paid = admitted.unwrap().spend_local(ledger, NOW).unwrap();
                // Nothing to answer with comes back: no W', no confirmation.
                verifier.check_hello(&mut rng(), paid, NOW).unwrap_err()
            }
        };
        assert!(rejected.opened().is_none());
        rejected.into()
    }
}

/// The equation itself would tell: with the victim's PIN it holds, and that is why the opening comes first.
#[test]
fn without_the_opening_the_equation_tells() {
    for permits in [false, true] {
        let thief = Thief::new(permits);
        for guess in [TRUE_PIN - 1, TRUE_PIN, TRUE_PIN + 1] {
            let forgery = thief.forgery(Mode::Challenge);
            let message = thief.guess(&forgery, guess);
            let statement = message.statement().unwrap();
            let (a, b) = thief.bases();
            let (y, said) = forgery.y(&statement);
            let points = ServerPoints {
                first: &thief.world.verifier.qs,
                second: &thief.world.verifier.s_qs,
            };
            let holds = spec::holds(&statement.u, &statement.v, &b * &y, points);
            assert_eq!(holds, guess == TRUE_PIN);
            let c = opening::challenge(&said, &statement);
            let bases = Bases { a: &a, b: &b };
            assert!(!opening::holds_vartime(&statement, c, bases));
        }
    }
}

#[test]
fn own_account_is_no_oracle() {
    for permits in [false, true] {
        let thief = Thief::new(permits);
        for mode in MODES {
            for guess in [0, 1, TRUE_PIN - 1, TRUE_PIN, TRUE_PIN + 1, 9999] {
                let forgery = thief.forgery(mode);
                let message = thief.guess(&forgery, guess);
                let verdict = thief.verdict(&forgery, &message);
                assert_eq!(verdict, End::Rejected(Reason::Opening), "{mode:?} {guess}");
            }
        }
    }
}

/// All PINs, through the opening's check alone, which comes first: it looks at V only by hashing it.
fn all_pins_are_refused(permits: bool) {
    let thief = Thief::new(permits);
    let (a, b) = thief.bases();
    for mode in MODES {
        let (forgery, parts) = (thief.forgery(mode), Parts::random());
        let mut statement = thief.statement(mode, &parts);
        let (y, said) = forgery.y(&statement);
        let first = thief.v(&parts.x.to_residue().add_public(&y), 0);
        let mut v = E1Sum::from(first);
        for guess in 0..10_000 {
            statement.v = v.to_point().unwrap();
            let c = opening::challenge(&said, &statement);
            parts.respond(&mut statement, c);
            let bases = Bases { a: &a, b: &b };
            let holds = opening::holds_vartime(&statement, c, bases);
            assert!(!holds, "{mode:?} {guess}");
            v = v - E1Sum::from(thief.victim);
        }
    }
}

#[test]
fn own_account_is_no_oracle_over_all_pins() {
    all_pins_are_refused(false);
}

#[test]
fn own_account_is_no_oracle_over_all_pins_with_permits() {
    all_pins_are_refused(true);
}

/// G = A of the victim, whose token would turn the server's confirmation into a test of PINs.
#[test]
fn own_account_is_no_oracle_through_the_servers_confirmation() {
    for permits in [false, true] {
        let thief = Thief::new(permits);
        for mode in [Mode::Full, Mode::FullOnePass] {
            let forgery = thief.forgery(mode);
            let message = honest_but_for_g(&thief, &forgery, Some(thief.victim));
            let verdict = thief.verdict(&forgery, &message);
            assert_eq!(verdict, End::Rejected(Reason::Opening));
        }
    }
}

/// The same with a G of his own is answered: it is G alone that is refused above.
#[test]
fn a_proven_g_is_answered() {
    let thief = Thief::new(true);
    let forgery = thief.forgery(Mode::Full);
    let message = honest_but_for_g(&thief, &forgery, None);
    let hello = ClientHello(message);
    let verifier = &thief.world.verifier;
    let admitted = verifier.admit_hello(&mut rng(), &hello, World::arrival(NOW));
    let paid = admitted.unwrap();
    let paid = paid.spend_local(&thief.world.ledger, NOW).unwrap();
    assert!(verifier.check_hello(&mut rng(), paid, NOW).is_ok());
}

fn honest_but_for_g(thief: &Thief, forgery: &Forgery<'_>, g: Option<G1Point>) -> Message {
    let (a, b) = thief.bases();
    let parts = Parts::random();
    let mut statement: Statement = blank(b.into(), thief.label.is_some(), true);
    statement.u = (&b * &parts.x).into();
    statement.r = (&b * &parts.rho).into();
    if let Some(permit) = &mut statement.permit {
        permit.w = (&a * &parts.x).into();
        permit.r = (&a * &parts.rho).into();
    }
    if let Some(more) = &mut statement.agreement {
        more.g = g.unwrap_or(&a * &parts.r).into();
        more.r = (&a * &parts.rho_r).into();
    }
    let (y, _) = forgery.y(&statement);
    let sum = parts.x.to_residue().add_public(&y);
    let v = thief.secret.mul(&sum.to_nonzero().unwrap());
    statement.v = (-v.declassify()).into();
    forgery.opened(statement, &parts)
}

/// Adding (c·X, c·s·X) to U and V hid guesses: with an opening it is refused before it is a guess.
#[test]
fn guesses_cannot_be_hidden() {
    let thief = Thief::new(false);
    let forgery = Forgery::login(&thief.world, &thief.name);
    let (_, b) = thief.bases();
    let parts = Parts::random();
    let mut statement = blank(b.into(), false, false);
    statement.u = plus(&b * &parts.x, G1Point::generator());
    statement.r = (&b * &parts.rho).into();
    let (y, _) = forgery.y(&statement);
    let sum = parts.x.to_residue().add_public(&y);
    let own = thief.secret.mul(&sum.to_nonzero().unwrap()).declassify();
    let hidden = (E1Sum::from(own) + E1Sum::from(thief.world.master.commitment())).to_point();
    statement.v = (-hidden.unwrap().to_g1().unwrap()).into();
    let message = forgery.opened(statement, &parts);
    let verdict = thief.verdict(&forgery, &message);
    assert_eq!(verdict, End::Rejected(Reason::Opening));
}

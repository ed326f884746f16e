//! What a server decides: before anything is computed, then by the equation, then by the ledger.

use milagro_base::Seconds;
use milagro_curve::rand_core::CryptoRng;
use milagro_curve::{Scalar, Transcript};
use milagro_ledger::{Account, Charge, Kind, LedgerId, Paid, Unspent};

use crate::compat::identity::Base;
use crate::compat::messages::{OnePass, Response, SignedMessage, Timed};
use crate::compat::pending::Pending;
use crate::compat::refused::Refused;
use crate::compat::server::{Proof, Server, life};
use crate::proof::tags;
use crate::server::attempts;

/// A login that is worth checking once its attempt is paid.
pub struct Answered<L>(Case<L>);

/// A signature that is worth checking once its attempt is paid.
pub struct AnsweredSignature<L> {
    case: Case<L>,
    time: u32,
}

struct Case<L> {
    proof: Proof<L>,
    /// When it was begun, or made.
    time: Seconds,
    /// What is paid before the check.
    paid: Vec<Charge>,
    /// What is given back if the proof holds: a right proof was no guess.
    attempt: Charge,
    /// What is charged then: the login, or the use of a proof without a y of the server's.
    proven: Option<Account>,
    /// Which server admitted it.
    server: [u8; 32],
    /// Where it counts.
    ledger: LedgerId,
}

/// Proof that a login ended well. Only checking makes one, and only spending gives it out.
#[must_use = "an authentication that nobody looks at authenticates nobody"]
pub struct LoggedIn<L>(pub(super) Proof<L>);

/// Proof that somebody signed a message, at a time of his own saying. Only checking makes one; it is no
/// login, and no key follows from it.
#[must_use = "a check that nobody looks at checks nothing"]
pub struct LegacySigned<L> {
    base: Base<L>,
    time: u32,
}

impl Server {
    /// Takes V. What comes back costs y, whatever comes of it, and an attempt.
    ///
    /// # Errors
    /// [`Refused`]: too late. Nothing is charged then.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "taking the answer spends what it answers"
    )]
    pub fn admit<L: Copy, R: CryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        pending: Pending<L>,
        v: &Response,
        now: Seconds,
    ) -> Result<Unspent<Answered<L>>, Refused> {
        let (account, login) = (pending.account(), pending.login());
        let Pending { base, u, y, issued } = pending;
        let proof = Proof { base, u, y, v: v.0 };
        let mut case = self.case(rng, proof, issued, now)?;
        let charge = attempts::charge(rng, account, 1, &case.proof.about());
        case.paid.insert(0, charge);
        case.proven = Some(login);
        Ok(case.into_unspent(Answered))
    }

    /// Takes a login in one message. What comes back costs an attempt.
    ///
    /// # Errors
    /// [`Refused`]: the time is too far from the server's. Nothing is charged then.
    pub fn admit_one_pass<L: Copy, R: CryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        base: Base<L>,
        login: &OnePass,
        now: Seconds,
    ) -> Result<Unspent<Answered<L>>, Refused> {
        let mut case = self.timed(rng, base, (&login.0, login.y()), now)?;
        case.proven = Some(used(Kind::ONE_PASS, &base, &login.0));
        Ok(case.into_unspent(Answered))
    }

    /// Takes a signature. What comes back costs an attempt.
    ///
    /// # Errors
    /// As for [`Self::admit_one_pass`].
    pub fn admit_signature<L: Copy, R: CryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        base: Base<L>,
        signed: SignedMessage<'_>,
        now: Seconds,
    ) -> Result<Unspent<AnsweredSignature<L>>, Refused> {
        let SignedMessage { message, signature } = signed;
        let timed = (&signature.0, signature.y(message));
        let mut case = self.timed(rng, base, timed, now)?;
        case.proven = Some(used(Kind::SIGNATURE, &base, &signature.0));
        let time = signature.time();
        Ok(case.into_unspent(|case| AnsweredSignature { case, time }))
    }

    /// Checks a login whose attempt is paid: e(V, Q)·e(U + y·B, s·Q) = 1. Spending what comes back gives the attempt
    /// back; of a login in one message it also uses the message up.
    ///
    /// # Errors
    /// [`Refused`]: the equation does not hold, and the attempt stays counted; or nothing was checked, since
    /// another server admitted it, what was paid is not its price, or it is too old by now.
    pub fn check<L: Copy, R: CryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        paid: Paid<Answered<L>>,
        now: Seconds,
    ) -> Result<Unspent<LoggedIn<L>>, Refused> {
        self.due(&paid.0, &paid, now)?;
        let case = paid.into_value().0;
        self.holds(&case.proof)?;
        Ok(case.settle(rng, LoggedIn(case.proof)))
    }

    /// As [`Self::check`], of a signature: it counts once.
    ///
    /// # Security
    /// Without a device key the authorities together can sign as everybody; with one they cannot, if the server
    /// has kept Pa since the user registered.
    ///
    /// # Errors
    /// As for [`Self::check`].
    pub fn check_signature<L: Copy, R: CryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        paid: Paid<AnsweredSignature<L>>,
        now: Seconds,
    ) -> Result<Unspent<LegacySigned<L>>, Refused> {
        self.due(&paid.case, &paid, now)?;
        let AnsweredSignature { case, time } = paid.into_value();
        self.holds(&case.proof)?;
        let base = case.proof.base;
        Ok(case.settle(rng, LegacySigned { base, time }))
    }

    fn timed<L: Copy, R: CryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        base: Base<L>,
        (timed, y): (&Timed, Scalar),
        now: Seconds,
    ) -> Result<Case<L>, Refused> {
        let (u, v) = (timed.u.0, timed.v.0);
        let proof = Proof { base, u, y, v };
        self.case(rng, proof, Seconds::new(timed.time.into()), now)
    }

    fn case<L: Copy, R: CryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        proof: Proof<L>,
        time: Seconds,
        now: Seconds,
    ) -> Result<Case<L>, Refused> {
        if !self.policy.takes(time, now) {
            return Err(Refused::plain());
        }
        let attempt = self.attempt(rng, &proof);
        Ok(Case {
            proof,
            time,
            paid: vec![attempt],
            attempt,
            proven: None,
            server: self.name,
            ledger: self.ledger,
        })
    }

    /// Whether something paid is to be checked: here, for these charges, by now.
    fn due<L, T>(&self, case: &Case<L>, paid: &Paid<T>, now: Seconds) -> Result<(), Refused> {
        let charges: Vec<Charge> = paid.charges().map(|(charge, _)| *charge).collect();
        let here = case.server == self.name && paid.ledger() == self.ledger;
        if here && case.paid == charges && self.policy.takes(case.time, now) {
            Ok(())
        } else {
            Err(Refused::unchecked(charges))
        }
    }
}

impl<L: Copy> Case<L> {
    fn into_unspent<T>(self, make: impl FnOnce(Self) -> T) -> Unspent<T> {
        let (charges, ledger) = (self.paid.clone(), self.ledger);
        Unspent::new(make(self), charges).on(ledger)
    }

    /// What a proof that holds is charged and gets back.
    fn settle<R: CryptoRng + ?Sized, T>(&self, rng: &mut R, value: T) -> Unspent<T> {
        let about = self.proof.about();
        let charge = |account| attempts::charge(rng, account, 1, &about);
        let charges = self.proven.map(charge);
        Unspent::new(value, charges.into_iter().collect())
            .returning(&[self.attempt])
            .on(self.ledger)
    }
}

/// The account of a proof without a y of the server's, at all servers of a master secret: one use.
fn used<L: Copy>(kind: Kind, base: &Base<L>, timed: &Timed) -> Account {
    let mut transcript = Transcript::new(tags::COMPAT_ACCOUNT);
    transcript.append("B", &base.b.to_bytes());
    transcript.append("U", &timed.u.0.to_bytes());
    let life = life(Seconds::new(timed.time.into()));
    Account::new(kind, &transcript.bytes("use"), life)
}

impl<L> LoggedIn<L> {
    /// Who has logged in, and with what base.
    #[must_use]
    pub const fn base(&self) -> &Base<L> {
        &self.0.base
    }
}

impl<L> LegacySigned<L> {
    /// Who has signed, and with what base.
    #[must_use]
    pub const fn base(&self) -> &Base<L> {
        &self.base
    }

    /// When, as the signer says; within the server's lifetime of the time of checking.
    #[must_use]
    pub const fn time(&self) -> u32 {
        self.time
    }
}

milagro_base::opaque_debug!(
    Answered<L>,
    AnsweredSignature<L>,
    LoggedIn<L>,
    LegacySigned<L>
);

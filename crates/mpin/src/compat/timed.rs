//! What one-pass logins and signatures share: y is a hash over a time and U.

use milagro_curve::{G1Point, Scalar, SecretScalar, Transcript};
use sha2::{Digest as _, Sha256};

use crate::proof::tags;
use crate::server::replay::{Recorded, ReplayKey, ReplayStore};

use super::encoding::g1_to_bytes;
use super::login::response;
use super::{Base, Client, Commitment, CompatError, LoggedIn, Refused, Response, Server};

/// Time, U and V.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Timed {
    pub(super) time: u32,
    pub(super) u: Commitment,
    pub(super) v: Response,
}

impl Timed {
    /// y = OS2IP(SHA-256(be32(t) || U || HM)) mod r; HM is empty, or 48 bytes for a message.
    pub(super) fn y(&self, hm: &[u8]) -> Scalar {
        y(self.time, &self.u.0, hm)
    }
}

impl<L: Copy> Client<L> {
    #[expect(clippy::needless_pass_by_value, reason = "x is spent")]
    pub(super) fn timed(&self, x: SecretScalar, hm: &[u8], now: u64) -> Result<Timed, CompatError> {
        let time = u32::try_from(now).map_err(|_| CompatError::Time)?;
        let u = &self.base.b * &x;
        let v = response(&x, &y(time, &u, hm), &self.secret)?;
        let u = Commitment(u);
        Ok(Timed { time, u, v })
    }
}

impl Server {
    /// Checks the time, then the equation, and then that U is new.
    pub(super) fn check_timed<L: Copy, S: ReplayStore + ?Sized>(
        &self,
        store: &S,
        base: Base<L>,
        (proof, hm): (&Timed, &[u8]),
        now: u64,
    ) -> Result<LoggedIn<L>, Refused> {
        let time = u64::from(proof.time);
        if now.abs_diff(time) > self.lifetime {
            return Err(Refused(None));
        }
        let logged_in = self.check(base, (proof.u.0, proof.y(hm), proof.v.0))?;
        let mut seen = Transcript::new(tags::COMPAT_REPLAY);
        seen.append("B", &base.b.to_bytes());
        seen.append("U", &proof.u.0.to_bytes());
        // Good while now <= t + lifetime.
        let until = time.saturating_add(self.lifetime).saturating_add(1);
        match store.record(ReplayKey::from_transcript(&seen), until, now) {
            Recorded::New => Ok(logged_in),
            Recorded::Known | Recorded::Full => Err(Refused(None)),
        }
    }
}

fn y(time: u32, u: &G1Point, hm: &[u8]) -> Scalar {
    let hash = Sha256::new()
        .chain_update(time.to_be_bytes())
        .chain_update(g1_to_bytes(u))
        .chain_update(hm)
        .finalize();
    Scalar::from_wide_bytes(&hash)
}

/// A message of a time, U and V.
macro_rules! timed_message {
    ($name:ident) => {
        impl $name {
            /// As received.
            #[must_use]
            pub const fn new(time: u32, u: Commitment, v: Response) -> Self {
                Self(Timed { time, u, v })
            }

            /// When the client says that it made this.
            #[must_use]
            pub const fn time(&self) -> u32 {
                self.0.time
            }

            /// U.
            #[must_use]
            pub const fn commitment(&self) -> &Commitment {
                &self.0.u
            }

            /// V.
            #[must_use]
            pub const fn response(&self) -> &Response {
                &self.0.v
            }
        }
    };
}
pub(super) use timed_message;

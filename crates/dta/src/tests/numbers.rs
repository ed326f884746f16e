//! Numbers of authorities, and thresholds, in memory and on the wire.

use super::{alice, dealt, rng};
use milagro_curve::DecodeError;

use crate::domain::member::{AuthorityId, Threshold, ThresholdError};
use crate::domain::protocol::Mpin;
use crate::domain::trust_domain::TrustDomain;
use crate::issue::purpose::ClientSecret;
use crate::issue::share::{G1Share, Share as _};

/// t, n, and what is wrong with them.
const WRONG: [(u16, u16, ThresholdError); 7] = [
    (0, 0, ThresholdError::Zero),
    (0, 3, ThresholdError::Zero),
    (1, 0, ThresholdError::Unreachable),
    (4, 3, ThresholdError::Unreachable),
    (1, 256, ThresholdError::TooMany),
    (256, 256, ThresholdError::TooMany),
    (u16::MAX, u16::MAX, ThresholdError::TooMany),
];

#[test]
fn thresholds_are_within_bounds() {
    for (t, n) in [(1, 1), (1, 255), (3, 3), (255, 255)] {
        let threshold = Threshold::new(t, n).unwrap();
        assert_eq!((threshold.needed(), threshold.members()), (t, n));
        assert_eq!(threshold.ids().count(), usize::from(n));
    }
    // Behind version, "mpin", "BLS12381G1" and "example": at the foundation, and now.
    let domain = dealt::<Mpin>(2, 3)[0].domain().to_bytes();
    assert_eq!(domain[28..36], [0, 2, 0, 3, 0, 2, 0, 3]);
    for (t, n, error) in WRONG {
        assert_eq!(Threshold::new(t, n), Err(error));
        for at in [28, 32] {
            let mut bytes = domain.clone();
            bytes[at..at + 2].copy_from_slice(&t.to_be_bytes());
            bytes[at + 2..at + 4].copy_from_slice(&n.to_be_bytes());
            assert_eq!(
                TrustDomain::<Mpin>::from_bytes(&bytes),
                Err(DecodeError::Value)
            );
        }
    }
}

#[test]
fn authorities_have_numbers_from_1_to_255() {
    let authorities = dealt::<Mpin>(1, 1);
    let share: G1Share<ClientSecret> = authorities[0]
        .uncounted()
        .issue(&mut rng(), &alice())
        .unwrap();
    for number in [0, 1, 255, 256, u16::MAX] {
        let good = (1..=255).contains(&number);
        assert_eq!(AuthorityId::new(number).is_some(), good);
        let mut bytes = share.to_bytes().to_vec();
        bytes[74..76].copy_from_slice(&number.to_be_bytes());
        let read = G1Share::<ClientSecret>::from_bytes(&bytes).map(|_| ());
        assert_eq!(
            read,
            if good {
                Ok(())
            } else {
                Err(DecodeError::Value)
            }
        );
    }
}

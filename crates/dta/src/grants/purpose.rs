//! What grants are for.

use milagro_base::{Reader, Writer};
use milagro_curve::DecodeError;
use milagro_curve::rand_core::CryptoRng;
use milagro_mpin::{Identity, ServerId};
use zeroize::Zeroizing;

use crate::issue::authority::Authority;
use crate::issue::error::IssueError;
use crate::issue::purpose::{
    ClientSecret, FirstKey, HashToFirst, HashToSecond, InG1, InG2, Purpose, SecondKey, ServerSecret,
};
use crate::issue::share::{G1Share, G2Share, Share};

/// A purpose whose keys are issued on a grant: [`ClientSecret`], [`ServerSecret`], [`FirstKey`], [`SecondKey`].
/// Permits are not: they are public. Sealed.
pub trait Granted: Purpose {
    /// What an authority seals.
    type Share: Share<Protocol = Self::Protocol, Subject = Self::Subject, Output = Self::Output>;

    #[doc(hidden)]
    fn write(subject: &Self::Subject) -> Vec<u8>;

    #[doc(hidden)]
    fn read(reader: &mut Reader<'_>) -> Result<Self::Subject, DecodeError>;

    #[doc(hidden)]
    fn share<R: CryptoRng + ?Sized>(
        rng: &mut R,
        authority: &Authority<Self::Protocol>,
        subject: &Self::Subject,
    ) -> Result<Zeroizing<Vec<u8>>, IssueError>;
}

/// Keys of identities, with the kind of their shares and how these are made.
macro_rules! of_identities {
    ($(($($parameter:ident: $bound:path)?) $purpose:ty => $kind:ident, $made:ident;)+) => {$(
        impl<$($parameter: $bound)?> Granted for $purpose {
            type Share = $kind<Self>;

            fn write(subject: &Identity) -> Vec<u8> {
                subject.to_bytes()
            }

            fn read(reader: &mut Reader<'_>) -> Result<Identity, DecodeError> {
                Identity::read(reader)
            }

            fn share<R: CryptoRng + ?Sized>(
                rng: &mut R,
                authority: &Authority<Self::Protocol>,
                subject: &Identity,
            ) -> Result<Zeroizing<Vec<u8>>, IssueError> {
                $made::<Self, R>(rng, authority, subject)
            }
        }
    )+};
}
of_identities! {
    () ClientSecret => G1Share, in_g1;
    (P: HashToFirst) FirstKey<P> => G1Share, in_g1;
    (P: HashToSecond) SecondKey<P> => G2Share, in_g2;
}

impl Granted for ServerSecret {
    type Share = G2Share<Self>;

    fn write(server: &ServerId) -> Vec<u8> {
        Writer::new().string(server.as_bytes()).finish()
    }

    fn read(reader: &mut Reader<'_>) -> Result<ServerId, DecodeError> {
        ServerId::new(reader.string()?).map_err(|_| DecodeError::Value)
    }

    fn share<R: CryptoRng + ?Sized>(
        rng: &mut R,
        authority: &Authority<Self::Protocol>,
        server: &ServerId,
    ) -> Result<Zeroizing<Vec<u8>>, IssueError> {
        in_g2::<Self, R>(rng, authority, server)
    }
}

fn in_g1<U: InG1, R: CryptoRng + ?Sized>(
    rng: &mut R,
    authority: &Authority<U::Protocol>,
    subject: &U::Subject,
) -> Result<Zeroizing<Vec<u8>>, IssueError> {
    let share = authority.issue_in_g1::<U, R>(rng, subject)?;
    Ok(share.to_bytes())
}

/// The same, with nothing to prove.
fn in_g2<U: InG2, R: CryptoRng + ?Sized>(
    _: &mut R,
    authority: &Authority<U::Protocol>,
    subject: &U::Subject,
) -> Result<Zeroizing<Vec<u8>>, IssueError> {
    let share = authority.issue_in_g2::<U>(subject)?;
    Ok(share.to_bytes())
}

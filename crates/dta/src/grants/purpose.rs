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

/// Shares in G1 of keys of identities.
macro_rules! identities_in_g1 {
    ($(($($parameter:ident: $bound:path)?) $purpose:ty;)+) => {$(
        impl<$($parameter: $bound)?> Granted for $purpose {
            type Share = G1Share<Self>;

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
                in_g1::<Self, R>(rng, authority, subject)
            }
        }
    )+};
}
identities_in_g1! {
    () ClientSecret;
    (P: HashToFirst) FirstKey<P>;
}

impl<P: HashToSecond> Granted for SecondKey<P> {
    type Share = G2Share<Self>;

    fn write(subject: &Identity) -> Vec<u8> {
        subject.to_bytes()
    }

    fn read(reader: &mut Reader<'_>) -> Result<Identity, DecodeError> {
        Identity::read(reader)
    }

    fn share<R: CryptoRng + ?Sized>(
        _: &mut R,
        authority: &Authority<P>,
        subject: &Identity,
    ) -> Result<Zeroizing<Vec<u8>>, IssueError> {
        in_g2::<Self>(authority, subject)
    }
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
        _: &mut R,
        authority: &Authority<Self::Protocol>,
        server: &ServerId,
    ) -> Result<Zeroizing<Vec<u8>>, IssueError> {
        in_g2::<Self>(authority, server)
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

fn in_g2<U: InG2>(
    authority: &Authority<U::Protocol>,
    subject: &U::Subject,
) -> Result<Zeroizing<Vec<u8>>, IssueError> {
    let share = authority.issue_in_g2::<U>(subject)?;
    Ok(share.to_bytes())
}

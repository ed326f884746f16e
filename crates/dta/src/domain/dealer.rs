//! A dealer that everybody trusts to forget: one party makes the key, shares it, and drops it.
//!
//! Every authority checks its share against its verification key, and that all keys lie on one polynomial
//! of degree t - 1, so a dealer can know too much, but cannot hand out shares that do not fit. Without such a
//! dealer, run a [`ceremony`](crate::ceremony).

use milagro_base::{Reader, Writer, opaque_debug};
use milagro_curve::rand_core::CryptoRng;
use milagro_curve::{DecodeError, Transcript};
use milagro_mpin::MasterSecret;
use zeroize::{ZeroizeOnDrop, Zeroizing};

use crate::domain::issued::Book;
use crate::domain::member::{AuthorityId, Threshold};
use crate::domain::protocol::{Element, Mpin, Protocol, Secret};
use crate::domain::trust_domain::{DomainError, Edition, TrustDomain};
use crate::issue::authority::Authority;
use crate::sharing::group::{self, Group};
use crate::sharing::polynomial::Polynomial;
use crate::tags;

/// What a dealer hands out.
#[derive(Debug)]
pub struct Dealt<P: Protocol> {
    /// To everybody. All compare its digest.
    pub domain: TrustDomain<P>,
    /// One to each authority, over a confidential channel.
    pub shares: Vec<DealtShare<P>>,
}

/// An authority's share from the dealer, not checked yet. Wiped when dropped.
pub struct DealtShare<P: Protocol> {
    edition: Edition,
    to: AuthorityId,
    /// Whether somebody may have keys of this master key already.
    is_used: bool,
    /// Where it stays when this is moved: a move leaves the bytes behind.
    share: Box<Secret<P>>,
}

/// Makes a new key and shares it.
///
/// # Errors
/// [`DomainError::Name`]; [`DomainError::Degenerate`], which a good generator never gives.
pub fn deal<P: Protocol, R: CryptoRng + ?Sized>(
    rng: &mut R,
    name: &str,
    threshold: Threshold,
) -> Result<Dealt<P>, DomainError> {
    let secret = group::random::<P::Group, R>(rng);
    deal_secret(rng, secret, name, threshold)
}

/// Shares the key of an authority that worked alone so far, so that its users keep their secrets. The
/// domain gets a new id: tokens, permits and servers that name the old one are renewed.
///
/// # Security
/// Whoever keeps the master secret, keeps the power. Drop it. Users keep their secrets, so their names are taken:
/// enter all of them, by [`IssuedSet::reserve`](crate::grants::IssuedSet::reserve) and
/// [`Authority::count_anew_in`], or a registrar can have the same secrets issued again. [`Authority::count_in`], for
/// domains without users, is refused.
///
/// # Errors
/// As [`deal`].
pub fn deal_master<R: CryptoRng + ?Sized>(
    rng: &mut R,
    master: &MasterSecret,
    name: &str,
    threshold: Threshold,
) -> Result<Dealt<Mpin>, DomainError> {
    let secret = <<Mpin as Protocol>::Group as Group>::secret_from_bytes(&master.to_bytes());
    let secret = secret.map_err(|_| DomainError::Degenerate)?;
    let mut dealt = deal_secret(rng, secret, name, threshold)?;
    for share in &mut dealt.shares {
        share.is_used = true;
    }
    Ok(dealt)
}

fn deal_secret<P: Protocol, R: CryptoRng + ?Sized>(
    rng: &mut R,
    secret: Secret<P>,
    name: &str,
    threshold: Threshold,
) -> Result<Dealt<P>, DomainError> {
    let polynomial = polynomial::<P, R>(rng, secret, name, threshold);
    let commitments = polynomial.commit().ok_or(DomainError::Degenerate)?;
    let commitment = commitments.constant().ok_or(DomainError::Degenerate)?;
    let keys: Option<Vec<Element<P>>> = threshold.ids().map(|id| commitments.share(id)).collect();
    let keys = keys.ok_or(DomainError::Degenerate)?;
    let domain = TrustDomain::found(name, threshold, *commitment, keys)?;
    let shares = threshold.ids().map(|to| DealtShare {
        edition: *domain.edition(),
        to,
        is_used: false,
        share: Box::new(polynomial.share(to)),
    });
    Ok(Dealt {
        shares: shares.collect(),
        domain,
    })
}

/// With coefficients that hash the key and all that is public about it too: a generator that repeats would hide two
/// keys behind the same, and tell each authority their difference.
fn polynomial<P: Protocol, R: CryptoRng + ?Sized>(
    rng: &mut R,
    secret: Secret<P>,
    name: &str,
    threshold: Threshold,
) -> Polynomial<P::Group> {
    let mut fresh = Zeroizing::new([0; 32]);
    rng.fill_bytes(&mut *fresh);
    let about = Writer::new()
        .string(P::NAME.as_bytes())
        .string(P::Group::NAME.as_bytes());
    let about = threshold.write(about).bytes(name.as_bytes()).finish();
    let mut transcript = Transcript::new(tags::DEALER);
    transcript.append("fresh", &*fresh);
    transcript.append("key", &*P::Group::secret_to_bytes(&secret));
    transcript.append("domain", &about);
    Polynomial::drawn(secret, threshold.needed(), |place| {
        let mut transcript = transcript.clone();
        transcript.append_u64("coefficient", place.into());
        P::Group::secret_from_wide(&transcript.secret_bytes::<64>("secret"))
    })
}

impl<P: Protocol> DealtShare<P> {
    const VERSION: u8 = 1;

    /// Whose share it is.
    #[must_use]
    pub const fn to(&self) -> AuthorityId {
        self.to
    }

    /// Checks the share and becomes the authority. Name, threshold and the own number come from
    /// configuration, not from the dealer.
    ///
    /// # Security
    /// That all authorities have the same domain is not checked here: compare its digest with theirs.
    ///
    /// # Errors
    /// [`DomainError`]: another authority's share, one of another edition or that does not fit, a domain
    /// of another name or threshold.
    pub fn accept(
        self,
        me: AuthorityId,
        name: &str,
        threshold: Threshold,
        domain: &TrustDomain<P>,
    ) -> Result<Authority<P>, DomainError> {
        if self.to != me {
            Err(DomainError::Member)
        } else if self.edition != *domain.edition() {
            Err(DomainError::Edition)
        } else if domain.name() != name {
            Err(DomainError::Name)
        } else if domain.threshold() != threshold {
            Err(DomainError::Threshold)
        } else {
            let authority = Authority::new(domain.clone(), me, (*self.share).clone())?;
            let book = if self.is_used {
                Book::UNKNOWN
            } else {
                Book::of_new(domain.id())
            };
            Ok(authority.with_book(book))
        }
    }

    /// Version (1), protocol and group (framed), domain (72), authority (2), whether keys were issued before (1),
    /// share (32); into a buffer that is wiped.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let names = [P::NAME, P::Group::NAME];
        let size = 112 + names.iter().map(|name| name.len()).sum::<usize>();
        let writer = names.iter().fold(
            Writer::with_capacity(size).u8(Self::VERSION),
            |writer, name| writer.string(name.as_bytes()),
        );
        let writer = self.edition.write(writer).u16(self.to.get());
        let writer = writer.u8(self.is_used.into());
        let share = P::Group::secret_to_bytes(&self.share);
        Zeroizing::new(writer.bytes(&*share).finish())
    }

    /// Reads what [`Self::to_bytes`] wrote.
    ///
    /// # Errors
    /// [`DecodeError`]: length, version, another protocol or group, number, scalar.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        reader.version(Self::VERSION)?;
        for name in [P::NAME, P::Group::NAME] {
            if reader.string()? != name.as_bytes() {
                return Err(DecodeError::Value);
            }
        }
        let edition = Edition::read(&mut reader)?;
        let to = AuthorityId::read(&mut reader)?;
        let is_used = match reader.u8()? {
            0 => false,
            1 => true,
            _ => return Err(DecodeError::Value),
        };
        let share = Box::new(group::read_secret::<P::Group>(&mut reader)?);
        reader.finish()?;
        Ok(Self {
            edition,
            to,
            is_used,
            share,
        })
    }
}

opaque_debug!(DealtShare<P: Protocol>);
impl<P: Protocol> ZeroizeOnDrop for DealtShare<P> {}

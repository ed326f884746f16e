//! What a client of a token service does. Arguments are read as in `login`.
//!
//! Every call begins with the *schedule*: how it is known to be everybody's (1: 0 by its signer, 1 by its digest), the signer's
//! public key or the digest (32), the edition that was seen last (string; empty before the first), and the published schedule
//! (string). A *wallet* is empty, or what a call before has answered.

use milagro_base::{Reader, Writer};
use milagro_voprf::tokens::TokenResponse;
use milagro_voprf::tokens::client::{Binding, PendingTokens, TokenKey, TokenKeyError, Wallet};
use milagro_voprf::tokens::redeemer::RedeemerId;
use milagro_voprf::tokens::schedule::{
    Edition, KeySchedule, PinnedSchedule, ScheduleDigest, ScheduleVerifier, SignedSchedule,
};
use zeroize::Zeroizing;

use crate::call::{Bytes, Fault, end, seeded};

/// Schedule in; its edition (40) out, to be kept, and named as the one that was seen last from then on.
///
/// # Errors
/// [`Fault::NotPinned`] for a schedule that is not everybody's, or an edition before the one that was seen.
pub fn edition(reader: &mut Reader<'_>) -> Result<Bytes, Fault> {
    let pinned = schedule(reader)?;
    end(reader)?;
    let edition = pinned.schedule().edition();
    Ok(Zeroizing::new(edition.to_bytes().to_vec()))
}

/// Schedule, wallet (string), seconds since 1970 (8) in; how many tokens of the present key there are (4), and the wallet without
/// those that are worth nothing any more out.
///
/// # Errors
/// [`Fault`].
pub fn stock(reader: &mut Reader<'_>) -> Result<Bytes, Fault> {
    let pinned = schedule(reader)?;
    let (mut wallet, now) = (wallet(reader)?, reader.seconds()?);
    end(reader)?;
    wallet.forget_expired(pinned.schedule(), now);
    let listed = pinned.schedule().issuing(now);
    let have = listed.map_or(0, |key| wallet.len_of(key.id()));
    let have = u32::try_from(have).unwrap_or(u32::MAX);
    Ok(behind(
        &Writer::new().u32(have).finish(),
        &wallet.to_bytes(),
    ))
}

/// Seed (32), schedule, seconds since 1970 (8), number of tokens (2) in; what the answer will be read with out. It is kept before
/// anything is asked for.
///
/// # Errors
/// [`Fault::Closed`] if no key issues now.
pub fn draw(reader: &mut Reader<'_>) -> Result<Bytes, Fault> {
    let mut rng = seeded(reader)?;
    let pinned = schedule(reader)?;
    let (now, count) = (reader.seconds()?, usize::from(reader.u16()?));
    end(reader)?;
    let key = <TokenKey>::from_schedule(&pinned, now).map_err(|error| match error {
        TokenKeyError::Closed => Fault::Closed,
        _ => Fault::Answer,
    })?;
    // None, or more than a batch.
    let drawn = key.draw(&mut rng, count).map_err(|_| Fault::Request)?;
    Ok(drawn.pending.to_bytes())
}

/// Schedule, what waits (string) in; the request, the same each time, out.
///
/// # Errors
/// [`Fault::Closed`] if the key has left the schedule, or was withdrawn: nothing will come of it.
pub fn request(reader: &mut Reader<'_>) -> Result<Bytes, Fault> {
    let pinned = schedule(reader)?;
    let pending = pending(reader, &pinned)?;
    end(reader)?;
    Ok(Zeroizing::new(pending.request().to_bytes()))
}

/// Schedule, what waits (string), the issuer's answer (string), wallet (string) in; the wallet with the tokens out.
///
/// # Errors
/// [`Fault::OtherKey`] if the answer is not of the key that everybody has.
pub fn unblind(reader: &mut Reader<'_>) -> Result<Bytes, Fault> {
    let pinned = schedule(reader)?;
    let pending = pending(reader, &pinned)?;
    let answer = TokenResponse::from_bytes(reader.string()?, pending.count());
    let answer = answer.map_err(|_| Fault::Answer)?;
    let mut wallet = wallet(reader)?;
    end(reader)?;
    let tokens = pending.finish(&answer).map_err(|_| Fault::OtherKey)?;
    wallet.put(tokens).map_err(|_| Fault::Stored)?;
    Ok(wallet.to_bytes())
}

/// Seed (32), schedule, wallet (string), seconds since 1970 (8), name of the redeemer (string), context (string), payload (string)
/// in; a redemption (string), and the wallet that is left out. The wallet is kept before the redemption is shown to anybody.
///
/// # Errors
/// [`Fault::Empty`] if there is no token that can be spent now.
pub fn take(reader: &mut Reader<'_>) -> Result<Bytes, Fault> {
    let mut rng = seeded(reader)?;
    let pinned = schedule(reader)?;
    let (mut wallet, now) = (wallet(reader)?, reader.seconds()?);
    let redeemer = RedeemerId::new(reader.string()?).map_err(|_| Fault::Request)?;
    let (context, payload) = (reader.string()?, reader.string()?);
    end(reader)?;
    let token = wallet.take_redeemable(&mut rng, pinned.schedule(), now);
    let spending = token.ok_or(Fault::Empty)?.redeem(&Binding {
        redeemer: &redeemer,
        context,
        payload,
    });
    let rest = spending.rest.into_iter().collect();
    wallet.put(rest).map_err(|_| Fault::Stored)?;
    let redemption = Writer::new().string(&spending.request.to_bytes());
    Ok(behind(&redemption.finish(), &wallet.to_bytes()))
}

/// A schedule that is everybody's.
fn schedule(reader: &mut Reader<'_>) -> Result<PinnedSchedule, Fault> {
    /// Version and signature of what is published.
    const BEFORE: usize = 65;
    let (by, known) = (reader.u8()?, reader.array::<32>()?);
    let (seen, published) = (reader.string()?, reader.string()?);
    let pinned = match by {
        0 => {
            let signer = ScheduleVerifier::from_bytes(known).map_err(|_| Fault::Request)?;
            let signed = SignedSchedule::from_bytes(published).map_err(|_| Fault::NotPinned)?;
            signer.pin(&signed)
        }
        1 => {
            let bytes = published.get(BEFORE..).ok_or(Fault::NotPinned)?;
            KeySchedule::pinned(bytes, &ScheduleDigest::from_bytes(known))
        }
        _ => return Err(Fault::Request),
    };
    let pinned = pinned.map_err(|_| Fault::NotPinned)?;
    if seen.is_empty() {
        return Ok(pinned);
    }
    let seen = seen.try_into().map_err(|_| Fault::Stored)?;
    let seen = Edition::from_bytes(seen).map_err(|_| Fault::Stored)?;
    pinned.no_earlier_than(&seen).map_err(|_| Fault::NotPinned)
}

fn wallet(reader: &mut Reader<'_>) -> Result<Wallet, Fault> {
    match reader.string()? {
        [] => Ok(Wallet::new()),
        bytes => Wallet::from_bytes(bytes).map_err(|_| Fault::Stored),
    }
}

fn pending(reader: &mut Reader<'_>, pinned: &PinnedSchedule) -> Result<PendingTokens, Fault> {
    <PendingTokens>::from_bytes(reader.string()?, pinned).map_err(|_| Fault::Closed)
}

/// A secret behind what is none, in a buffer that is made once.
fn behind(head: &[u8], secret: &[u8]) -> Bytes {
    let mut out = Zeroizing::new(Vec::with_capacity(head.len().saturating_add(secret.len())));
    out.extend_from_slice(head);
    out.extend_from_slice(secret);
    out
}

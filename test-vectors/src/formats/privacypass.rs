//! Privacy Pass: tokens of types 0x0001 and 0x0005, drawn alone and in amortised batches.

mod file;

use alloc::sync::Arc;
use core::convert::Infallible;
use core::fmt::Display;

use milagro_base::Seconds;
use milagro_ledger::LedgerId;
use milagro_voprf::hazmat::{self, Scalar};
use milagro_voprf::privacypass::{
    IssuedChallenge, Issuer, IssuerKey, IssuerKeys, IssuerSecretKey, Origin, Redemption,
    ServerName, Token, TokenChallenge, TokenSuite, UncheckedRequest, Window,
};
use milagro_voprf::rand_core::{TryCryptoRng, TryRng};
use milagro_voprf::{Proof, Ristretto255, suite::P384};

pub(crate) use file::{BATCH_PUBLISHED, OWN, RFC9578_PUBLISHED};

use crate::hexadecimal::Hex;
use crate::{Checks, Mismatch};

/// Which messages a case has.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Exchange {
    Single,
    Batch,
}

/// A case of either layout.
struct Case {
    secret_key: Hex,
    public_key: Hex,
    token_challenge: Hex,
    nonces: Vec<Hex>,
    blinds: Vec<Hex>,
    token_request: Hex,
    token_response: Hex,
    tokens: Vec<Hex>,
}

/// Runs a case of that token type.
fn check(
    token_type: u16,
    exchange: Exchange,
    case: &Case,
    checks: &mut Checks,
) -> Result<(), Mismatch> {
    match token_type {
        1 => check_in::<P384>(exchange, case, checks),
        5 => check_in::<Ristretto255>(exchange, case, checks),
        other => Err(Mismatch::new(
            "token_type",
            format_args!("{other} is none of these libraries"),
        )),
    }
}

fn check_in<S: TokenSuite>(
    exchange: Exchange,
    case: &Case,
    checks: &mut Checks,
) -> Result<(), Mismatch> {
    let [opens, closes, ends] = [1, 2, 3].map(Seconds::days);
    let window = Window::new(opens, closes, ends).map_err(of("secret_key"))?;
    let secret =
        IssuerSecretKey::<S>::import(&case.secret_key.0, window).map_err(of("secret_key"))?;
    checks.bytes("public_key", secret.public_key(), &case.public_key);
    let key = IssuerKey::<S>::pin(&case.public_key.0).map_err(of("public_key"))?;
    let challenge = TokenChallenge::<S>::from_bytes(&case.token_challenge.0);
    let challenge = challenge.map_err(of("token_challenge"))?;
    checks.bytes(
        "token_challenge",
        rebuilt(&challenge)?.as_bytes(),
        &case.token_challenge,
    );

    let mut keys = IssuerKeys::new();
    keys.insert(secret).map_err(of("secret_key"))?;
    let keys = Arc::new(keys);
    let client = Client {
        exchange,
        key: &key,
        challenge: &challenge,
        case,
    };
    // The answer of the file, whose proof has a nonce that the file does not tell, and an own answer.
    let request = client.finish(&case.token_response.0, checks)?;
    let own = answer(&keys, exchange, &request)?;
    client.finish(&own, checks)?;
    let without_proof = |response: &[u8]| {
        let length = response.len().saturating_sub(Proof::<S>::LEN);
        response.get(..length).unwrap_or_default().to_vec()
    };
    checks.bytes(
        "token_response (without the proof)",
        without_proof(&own),
        without_proof(&case.token_response.0),
    );
    spend(&keys, &challenge, case)
}

/// The challenge out of its parts.
fn rebuilt<S: TokenSuite>(challenge: &TokenChallenge<S>) -> Result<TokenChallenge<S>, Mismatch> {
    let rebuilt = TokenChallenge::<S>::new(challenge.issuer().clone());
    let rebuilt = match challenge.context() {
        Some(context) => rebuilt.with_context(*context),
        None => rebuilt,
    };
    rebuilt
        .with_origins(challenge.origins())
        .map_err(of("token_challenge"))
}

/// The client of a case.
struct Client<'a, S: TokenSuite> {
    exchange: Exchange,
    key: &'a IssuerKey<S>,
    challenge: &'a TokenChallenge<S>,
    case: &'a Case,
}

impl<S: TokenSuite> Client<'_, S> {
    /// Asks with the nonces and blinds of the case, takes that answer, and gives the request.
    fn finish(&self, response: &[u8], checks: &mut Checks) -> Result<Vec<u8>, Mismatch> {
        let nonces = self.case.nonces.iter().map(|nonce| nonce.array("nonces"));
        let nonces = nonces.collect::<Result<Vec<[u8; 32]>, _>>()?;
        let blinds = self.case.blinds.iter();
        let blinds = blinds.map(|blind| Scalar::<S>::from_bytes(&blind.0));
        let blinds = blinds
            .collect::<Result<Vec<_>, _>>()
            .map_err(of("blinds"))?;
        let (request, tokens) = match (self.exchange, nonces.as_slice(), blinds.as_slice()) {
            (Exchange::Batch, nonces, blinds) => {
                let asked =
                    hazmat::privacypass::request_batch(self.key, self.challenge, nonces, blinds);
                let asked = asked.map_err(of("blinds"))?;
                let tokens = asked.pending.finish(response);
                (asked.request, tokens.map_err(of("token_response"))?)
            }
            (Exchange::Single, [nonce], [blind]) => {
                let asked = hazmat::privacypass::request(self.key, self.challenge, nonce, blind);
                let asked = asked.map_err(of("blinds"))?;
                let token = asked.pending.finish(response);
                (asked.request, vec![token.map_err(of("token_response"))?])
            }
            (Exchange::Single, ..) => return Err(Mismatch::new("nonces", "not one")),
        };
        checks.bytes(
            "token_request",
            request.to_bytes(),
            &self.case.token_request,
        );
        checks.equal("tokens (count)", &tokens.len(), &self.case.tokens.len());
        for (token, given) in tokens.iter().zip(&self.case.tokens) {
            checks.bytes("tokens", token.to_bytes(), given);
        }
        Ok(request.to_bytes())
    }
}

/// What an issuer with that key answers.
fn answer<S: TokenSuite>(
    keys: &Arc<IssuerKeys<S>>,
    exchange: Exchange,
    request: &[u8],
) -> Result<Vec<u8>, Mismatch> {
    let request = match exchange {
        Exchange::Single => UncheckedRequest::<S>::single(request),
        Exchange::Batch => UncheckedRequest::<S>::batch(request, 64),
    };
    let issuer = Issuer::new(Arc::clone(keys), 64);
    let admitted = issuer.admit(request.map_err(of("token_request"))?, Seconds::days(1));
    let admitted = admitted.map_err(of("token_request"))?;
    let response = issuer.answer(&mut Zeros, admitted);
    Ok(response.map_err(of("token_request"))?.to_bytes())
}

/// An origin takes every token of the case.
fn spend<S: TokenSuite>(
    keys: &Arc<IssuerKeys<S>>,
    challenge: &TokenChallenge<S>,
    case: &Case,
) -> Result<(), Mismatch> {
    let anywhere = ServerName::new("origin.example").map_err(of("token_challenge"))?;
    let name = challenge.origins().first().unwrap_or(&anywhere).clone();
    let ledger = LedgerId::from_bytes([1; 32]);
    let origin = Origin::new(name, challenge.issuer().clone(), Arc::clone(keys), ledger);
    let expected: IssuedChallenge<S> = origin
        .issue(challenge.clone())
        .map_err(of("token_challenge"))?;
    for token in &case.tokens {
        let token = Token::<S>::from_bytes(&token.0).map_err(of("tokens"))?;
        let redemption = Redemption {
            token: &token,
            expected: core::slice::from_ref(&expected),
            payload: &[],
        };
        let unspent = origin.check(&redemption, Seconds::days(1));
        drop(unspent.map_err(of("tokens"))?);
    }
    Ok(())
}

fn of<E: Display>(field: &str) -> impl FnOnce(E) -> Mismatch {
    let field = field.to_owned();
    move |error| Mismatch::new(&field, error)
}

/// A generator that draws zeros. The nonces of proofs are hedged with the key and the statement.
struct Zeros;

impl TryRng for Zeros {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(0)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(0)
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        bytes.fill(0);
        Ok(())
    }
}

impl TryCryptoRng for Zeros {}

//! Against the crate `privacypass`: its clients and our issuer, our clients and its issuer, its tokens at our origin and
//! ours at its, and the headers of both.
//!
//! It is here, and not with the other tests of `milagro-voprf`, because only those who compare need the crate: it
//! takes RSA with it.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests fail by panicking"
)]

use core::future::Future;

use http::HeaderValue;
use milagro_voprf::privacypass::http::{Credentials, HeaderMaxima, Offer, Offers};
use milagro_voprf::privacypass::{
    IssuerKey, IssuerKeys, IssuerSecretKey, RedemptionContext, Token, TokenChallenge, TokenSuite,
    UncheckedRequest,
};
use milagro_voprf::{Ristretto255, suite::P384};
use privacypass::amortized_tokens::server::Server as BatchServer;
use privacypass::amortized_tokens::{AmortizedBatchTokenRequest, AmortizedBatchTokenResponse};
use privacypass::auth::authenticate::{
    TokenChallenge as Theirs, build_www_authenticate_header, parse_www_authenticate_header,
};
use privacypass::auth::authorize::{build_authorization_header, parse_authorization_header};
use privacypass::common::errors::RedeemTokenError;
use privacypass::common::private::{
    PrivateCipherSuite, deserialize_public_key, public_key_to_truncated_token_key_id,
    serialize_public_key,
};
use privacypass::common::store::PrivateKeyStore as _;
use privacypass::private_tokens::server::Server;
use privacypass::private_tokens::{PrivateToken, TokenRequest, TokenResponse};
use privacypass::test_utils::nonce_store::MemoryNonceStore;
use privacypass::test_utils::private_memory_store::MemoryKeyStoreVoprf;
use privacypass::{Deserialize as _, Serialize as _};

mod world;

use world::{NOON, Outcome, World, name, rng, window};

const CONTEXT: [u8; 32] = [7; 32];

fn block_on<T>(future: impl Future<Output = T>) -> T {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    runtime.build().unwrap().block_on(future)
}

/// The challenge of both, which must be the same bytes.
fn challenges<S: TokenSuite, C: PrivateCipherSuite>() -> (TokenChallenge<S>, Theirs) {
    let ours = TokenChallenge::new(name("issuer.example"))
        .with_context(RedemptionContext::from_bytes(&CONTEXT))
        .with_origins(&[name("origin.example"), name("other.example:8443")])
        .unwrap();
    let origins = ["origin.example", "other.example:8443"].map(str::to_owned);
    let theirs = Theirs::new(C::token_type(), "issuer.example", Some(CONTEXT), &origins);
    assert_eq!(theirs.serialize().unwrap(), ours.as_bytes());
    assert_eq!(&theirs.digest().unwrap(), ours.digest().as_bytes());
    let back = Theirs::deserialize(ours.as_bytes()).unwrap();
    assert_eq!(back, theirs);
    (ours, theirs)
}

/// Keys of theirs, which are ours too.
struct Shared<S: TokenSuite, C: PrivateCipherSuite> {
    world: World<S>,
    store: MemoryKeyStoreVoprf<C>,
    public: privacypass::common::private::PublicKey<C>,
}

fn shared<S: TokenSuite, C: PrivateCipherSuite>() -> Shared<S, C> {
    let store = MemoryKeyStoreVoprf::<C>::default();
    let public = block_on(Server::<C>::new().create_keypair(&store)).unwrap();
    let truncated = public_key_to_truncated_token_key_id::<C>(&public);
    let server = block_on(store.get(&truncated)).unwrap();
    let scalar = server.serialize();
    let scalar = scalar.get(..scalar_len::<S>()).unwrap();
    let key = IssuerSecretKey::<S>::import(scalar, window()).unwrap();
    assert_eq!(key.public_key(), serialize_public_key::<C>(public));
    assert_eq!(key.id().truncated(), truncated);
    let mut keys = IssuerKeys::new();
    keys.insert(key).unwrap();
    Shared {
        world: World::with_keys(keys),
        store,
        public,
    }
}

const fn scalar_len<S: TokenSuite>() -> usize {
    if S::TYPE.get() == 1 { 48 } else { 32 }
}

/// Theirs is taken by both, once by each; with another bit by neither.
fn taken_by_both<S: TokenSuite, C: PrivateCipherSuite>(
    shared: &Shared<S, C>,
    challenge: &TokenChallenge<S>,
    token: &[u8],
) {
    let origin = &shared.world.origin;
    let expected = [origin.issue(challenge.clone()).unwrap()];
    let nonces = MemoryNonceStore::default();
    let redeem = |bytes: &[u8]| {
        let token = PrivateToken::<C>::tls_deserialize(&mut &*bytes).unwrap();
        block_on(Server::<C>::new().redeem_token(&shared.store, &nonces, token))
    };
    let mut other = token.to_vec();
    *other.last_mut().unwrap() ^= 1;
    assert!(matches!(
        redeem(&other),
        Err(RedeemTokenError::AuthenticatorMismatch { .. })
    ));
    let other = Token::from_bytes(&other).unwrap();
    let refused = Outcome::Refused(milagro_voprf::privacypass::Refusal::Unproven);
    assert_eq!(shared.world.spend(&other, &expected), refused);

    assert_eq!(redeem(token), Ok(()));
    assert_eq!(redeem(token), Err(RedeemTokenError::DoubleSpending));
    let token = Token::from_bytes(token).unwrap();
    assert_eq!(shared.world.spend(&token, &expected), Outcome::Spent);
    let again = shared.world.spend(&token, &expected);
    assert_eq!(again, Outcome::Again);
}

fn their_client_and_our_issuer<S: TokenSuite, C: PrivateCipherSuite>() {
    let shared = shared::<S, C>();
    let (ours, theirs) = challenges::<S, C>();
    let public = deserialize_public_key::<C>(&shared.world.key.to_bytes()).unwrap();
    assert_eq!(
        serialize_public_key::<C>(public),
        serialize_public_key::<C>(shared.public)
    );

    let (request, state) = TokenRequest::<C>::new(public, &theirs).unwrap();
    let request = request.tls_serialize_detached().unwrap();
    let request = UncheckedRequest::<S>::single(&request).unwrap();
    let issuer = &shared.world.issuer;
    let admitted = issuer.admit(request, NOON).unwrap();
    let response = issuer.answer(&mut rng(), admitted).unwrap().to_bytes();
    let response = TokenResponse::<C>::try_from_bytes(&response).unwrap();
    let token = response.issue_token(&state).unwrap();
    taken_by_both(&shared, &ours, &token.tls_serialize_detached().unwrap());

    let (request, state) = AmortizedBatchTokenRequest::<C>::new(public, &theirs, 5).unwrap();
    let request = request.tls_serialize_detached().unwrap();
    let request = UncheckedRequest::<S>::batch(&request, 5).unwrap();
    let admitted = issuer.admit(request, NOON).unwrap();
    let response = issuer.answer(&mut rng(), admitted).unwrap().to_bytes();
    let response = AmortizedBatchTokenResponse::<C>::try_from_bytes(&response).unwrap();
    let tokens = response.issue_tokens(&state).unwrap();
    assert_eq!(tokens.len(), 5);
    for token in tokens {
        taken_by_both(&shared, &ours, &token.tls_serialize_detached().unwrap());
    }
}

fn our_client_and_their_issuer<S: TokenSuite, C: PrivateCipherSuite>() {
    let shared = shared::<S, C>();
    let (ours, _) = challenges::<S, C>();
    let key = IssuerKey::<S>::pin(&serialize_public_key::<C>(shared.public)).unwrap();

    let asked = key.request(&mut rng(), &ours).unwrap();
    let request = asked.request.to_bytes();
    let request = TokenRequest::<C>::tls_deserialize(&mut &*request).unwrap();
    let server = Server::<C>::new();
    let response = block_on(server.issue_token_response(&shared.store, request)).unwrap();
    let response = response.tls_serialize_detached().unwrap();
    let token = asked.pending.finish(&response).unwrap();
    taken_by_both(&shared, &ours, &token.to_bytes());

    let asked = key.request_batch(&mut rng(), &ours, 5).unwrap();
    let request = asked.request.to_bytes();
    let request = AmortizedBatchTokenRequest::<C>::tls_deserialize(&mut &*request).unwrap();
    let server = BatchServer::<C>::new();
    let response = block_on(server.issue_token_response(&shared.store, request)).unwrap();
    let response = response.tls_serialize_detached().unwrap();
    for token in asked.pending.finish(&response).unwrap() {
        taken_by_both(&shared, &ours, &token.to_bytes());
    }
}

#[test]
fn their_clients_and_our_issuer() {
    their_client_and_our_issuer::<P384, p384::NistP384>();
    their_client_and_our_issuer::<Ristretto255, voprf_ng::Ristretto255>();
}

#[test]
fn our_clients_and_their_issuer() {
    our_client_and_their_issuer::<P384, p384::NistP384>();
    our_client_and_their_issuer::<Ristretto255, voprf_ng::Ristretto255>();
}

/// Their parser takes no quotes, so ours go to it with the quotes taken off. RFC 9110 has no "=" in values without
/// quotes; theirs have, and are read all the same.
#[test]
fn headers_of_both() {
    let world = World::<P384>::new();
    let (ours, theirs) = challenges::<P384, p384::NistP384>();
    let key = world.key.to_bytes();

    let (_, header) = build_www_authenticate_header(&theirs, &key, Some(10)).unwrap();
    assert!(header.to_str().unwrap().contains("==, max-age=10"));
    let read = Offers::parse(header.as_bytes(), &HeaderMaxima::USUAL).unwrap();
    let issued = world.origin.issue(ours).unwrap().until(NOON);
    let secret = world.keys.preferred()[0];
    let ten = milagro_base::Seconds::new(10);
    let offer = Offer::new(&issued, secret, NOON.minus(ten));
    assert_eq!(read.iter().collect::<Vec<_>>(), [&offer]);

    let header = Offers::new(vec![offer]).to_string();
    let quoted = HeaderValue::from_str(&header).unwrap();
    assert!(parse_www_authenticate_header(&quoted).is_err());
    let bare = HeaderValue::from_str(&header.replace('"', "")).unwrap();
    let parsed = parse_www_authenticate_header(&bare).unwrap();
    assert_eq!(parsed[0].token_challenge(), &theirs);
    assert_eq!(parsed[0].token_key(), key);
    assert_eq!(parsed[0].max_age(), Some(10));

    let token = world.token(issued.challenge());
    let bytes = token.to_bytes();
    let theirs = PrivateToken::<p384::NistP384>::tls_deserialize(&mut &**bytes).unwrap();
    let (_, header) = build_authorization_header(&theirs).unwrap();
    let credentials = Credentials::parse(header.as_bytes(), &HeaderMaxima::USUAL).unwrap();
    let read = credentials.token::<P384>().unwrap();
    assert_eq!(*read.to_bytes(), *bytes);
    let ours = HeaderValue::from_str(&token.into_authorization().replace('"', "")).unwrap();
    let parsed: PrivateToken<p384::NistP384> = parse_authorization_header(&ours).unwrap();
    assert_eq!(parsed.tls_serialize_detached().unwrap(), *bytes);
}

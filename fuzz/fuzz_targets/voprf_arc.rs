//! ARC: encodings of keys, requests, responses, presentations and credentials are canonical, and valid bytes are
//! accepted; an issue and a presentation end well if and only if everything arrives as it was sent.

#![no_main]

use libfuzzer_sys::{arbitrary, fuzz_target};
use milagro_base::Seconds;
use milagro_fuzz::{Damage, Seeded, strict};
use milagro_ledger::LedgerId;
use milagro_voprf::arc::{
    Credential, Limit, PendingCredential, Presentation, PublicKey, Request, RequestContext,
    Response, SecretKey, Terms, Verifier, Window,
};

#[derive(Debug, arbitrary::Arbitrary)]
struct Input {
    seed: u64,
    limit: u32,
    skipped: u32,
    name: Vec<u8>,
    keys: Damage,
    request: Damage,
    response: Damage,
    credential: Damage,
    presentation: Damage,
}

const NOW: Seconds = Seconds::new(1_000);

fuzz_target!(|input: Input| {
    let mut rng = Seeded(input.seed);
    let context = RequestContext::new(&input.name);
    let window = Window::new(NOW, NOW.plus(Seconds::days(1))).expect("not empty");
    let (Ok(context), Ok(limit)) = (context, Limit::new(input.limit)) else {
        assert!(input.limit < 2 || input.name.len() > RequestContext::MAX_LEN);
        return;
    };
    let Ok(terms) = Terms::new(&input.name, limit, window) else {
        return;
    };
    let key = SecretKey::generate(&mut rng, context);
    keys(&input, &key);
    if let Some(credential) = issue(&input, &mut rng, &key) {
        show(&input, &mut rng, key, credential, terms);
    }
});

fn keys(input: &Input, key: &SecretKey) {
    let context = key.public_key().request_context();
    let secret = |bytes: &[u8]| SecretKey::from_bytes(bytes, context.clone());
    strict(&input.keys, &key.to_bytes(), secret, |read| {
        read.to_bytes().to_vec()
    });
    let public = |bytes: &[u8]| PublicKey::from_bytes(bytes, context.clone());
    let bytes = key.public_key().to_bytes();
    strict(&input.keys, &bytes, public, PublicKey::to_bytes);
}

/// Both messages arrive as they may; then they arrive as they were sent.
fn issue(input: &Input, rng: &mut Seeded, key: &SecretKey) -> Option<Credential> {
    let asking = key.public_key().request(rng);
    let bytes = asking.request.to_bytes();
    strict(
        &input.request,
        &bytes,
        Request::from_bytes,
        Request::to_bytes,
    );
    let arrived = input.request.apply(&bytes);
    if let Ok(request) = Request::from_bytes(&arrived) {
        assert_eq!(key.answer(rng, &request).is_ok(), arrived == bytes);
    }
    let response = key.answer(rng, &asking.request).expect("as it was sent");
    let bytes = response.to_bytes();
    strict(
        &input.response,
        &bytes,
        Response::from_bytes,
        Response::to_bytes,
    );
    let arrived = input.response.apply(&bytes);
    let mut pending: PendingCredential = asking.pending;
    if let Ok(other) = Response::from_bytes(&arrived) {
        match pending.finish(&other) {
            Ok(credential) => {
                assert_eq!(arrived, bytes);
                return Some(credential);
            }
            Err(unfinished) => {
                assert_ne!(arrived, bytes);
                pending = unfinished.into_pending();
            }
        }
    }
    Some(pending.finish(&response).expect("as it was sent"))
}

fn show(input: &Input, rng: &mut Seeded, key: SecretKey, mut credential: Credential, terms: Terms) {
    credential.skip(&terms, input.skipped).expect("room");
    let left = terms.limit().get().saturating_sub(input.skipped);
    assert_eq!(credential.remaining(&terms), left);
    let mut saved = Vec::new();
    let shown = credential.present(rng, &terms, NOW, |bytes| {
        saved = bytes.to_vec();
        Ok::<_, ()>(())
    });
    assert_eq!(shown.is_ok(), left > 0);
    let Ok(presentation) = shown else {
        return;
    };
    strict(&input.credential, &saved, Credential::from_bytes, |read| {
        read.to_bytes().to_vec()
    });
    let loaded = Credential::from_bytes(&saved).expect("as it was saved");
    assert_eq!(loaded.remaining(&terms), left - 1);

    let limit = terms.limit();
    let bytes = presentation.to_bytes();
    let read = |bytes: &[u8]| Presentation::from_bytes(bytes, limit);
    strict(&input.presentation, &bytes, read, Presentation::to_bytes);
    let verifier = Verifier::new(key.into(), terms, LedgerId::from_bytes([0; 32]));
    let arrived = input.presentation.apply(&bytes);
    if let Ok(presentation) = Presentation::from_bytes(&arrived, limit) {
        let checked = verifier.check(&presentation, b"", NOW);
        assert_eq!(checked.is_ok(), arrived == bytes);
    }
}

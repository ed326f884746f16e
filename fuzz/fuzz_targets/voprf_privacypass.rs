//! Privacy Pass: what is accepted encodes to the same bytes, texts that are read are written and read again as the same, and
//! a token counts if and only if everything arrived as it was sent, once.

#![no_main]

use std::sync::Arc;

use libfuzzer_sys::{arbitrary, fuzz_target};
use milagro_base::Seconds;
use milagro_fuzz::{Damage, Seeded, strict};
use milagro_ledger::{LocalLedger as _, memory::MemoryLedger};
use milagro_voprf::privacypass::http::{Credentials, HeaderMaxima, Offer, Offers, Visit};
use milagro_voprf::privacypass::{
    Directory, DirectoryMaxima, Issuer, IssuerKey, IssuerKeys, IssuerSecretKey, Origin, Redemption,
    RedemptionContext, ServerName, Token, TokenChallenge, TokenSuite, UncheckedRequest, Window,
};
use milagro_voprf::{Ristretto255, suite::P384};

const NOW: Seconds = Seconds::days(10);

#[derive(Debug, arbitrary::Arbitrary)]
enum Thing {
    Texts {
        header: Vec<u8>,
        credentials: Vec<u8>,
        directory: Vec<u8>,
    },
    Name(String),
    Encodings,
    Exchange {
        count: u8,
        batch: bool,
    },
}

#[derive(Debug, arbitrary::Arbitrary)]
struct Input {
    seed: u64,
    p384: bool,
    thing: Thing,
    /// Of the header, the request, the answer and the credentials.
    damage: [Damage; 4],
}

fuzz_target!(|input: Input| {
    if input.p384 {
        run::<P384>(&input);
    } else {
        run::<Ristretto255>(&input);
    }
});

fn run<S: TokenSuite>(input: &Input) {
    match &input.thing {
        Thing::Texts {
            header,
            credentials,
            directory,
        } => {
            offers(header);
            let read = Credentials::parse(credentials, &HeaderMaxima::USUAL);
            if let Some(token) = read.ok().and_then(|read| read.token::<S>().ok()) {
                drop(token.into_authorization());
            }
            directories::<S>(directory);
        }
        Thing::Name(text) => {
            if let Ok(name) = ServerName::new(text) {
                assert_eq!(name.as_str(), text);
                let upper = ServerName::new(&text.to_ascii_uppercase());
                assert_eq!(upper, Ok(name));
            }
        }
        Thing::Encodings => encodings::<S>(&World::new(input.seed), &input.damage),
        Thing::Exchange { count, batch } => {
            exchange::<S>(&mut World::new(input.seed), *count, *batch, &input.damage);
        }
    }
}

fn offers(header: &[u8]) {
    if let Ok(offers) = Offers::parse(header, &HeaderMaxima::USUAL) {
        let text = offers.to_string();
        let room = HeaderMaxima {
            bytes: usize::MAX,
            ..HeaderMaxima::USUAL
        };
        // What was skipped is not written.
        let again = Offers::parse(text.as_bytes(), &room).expect("what was written");
        assert!(again.iter().eq(&offers) && again.skipped().is_empty());
    }
}

fn directories<S: TokenSuite>(text: &[u8]) {
    if let Ok(directory) = Directory::from_json(text, &DirectoryMaxima::USUAL) {
        let room = DirectoryMaxima {
            bytes: usize::MAX,
            ..DirectoryMaxima::USUAL
        };
        // What was skipped is not written.
        let again = Directory::from_json(directory.to_json().as_bytes(), &room);
        let again = again.expect("what was written");
        assert_eq!(again.request_uri(), directory.request_uri());
        assert_eq!(again.keys(), directory.keys());
        assert!(again.skipped().is_empty());
        if let Ok(key) = directory.key::<S>(NOW) {
            assert_eq!(IssuerKey::<S>::pin(&key.to_bytes()).unwrap().id(), key.id());
        }
    }
}

/// Everybody.
struct World<S: TokenSuite> {
    rng: Seeded,
    keys: Arc<IssuerKeys<S>>,
    ledger: MemoryLedger,
    origin: Origin<S>,
    challenge: TokenChallenge<S>,
}

fn name(text: &str) -> ServerName {
    ServerName::new(text).expect("a name")
}

impl<S: TokenSuite> World<S> {
    fn new(seed: u64) -> Self {
        let mut rng = Seeded(seed);
        let day = Seconds::days(1);
        let window = Window::new(NOW, NOW.plus(day), NOW.plus(day)).expect("a window");
        let key = IssuerSecretKey::generate(&mut rng, window).expect("a key");
        let mut keys = IssuerKeys::new();
        keys.insert(key).expect("the first key");
        let keys = Arc::new(keys);
        let ledger = MemoryLedger::init(&mut rng, 1_000, Seconds::days(1));
        let context = RedemptionContext::random(&mut rng);
        let challenge = TokenChallenge::new(name("issuer.example"));
        let challenge = challenge.with_origins(&[name("origin.example")]);
        Self {
            origin: Origin::new(
                name("origin.example"),
                name("issuer.example"),
                Arc::clone(&keys),
                ledger.id(),
            ),
            challenge: challenge.expect("one origin").with_context(context),
            rng,
            keys,
            ledger,
        }
    }
}

fn encodings<S: TokenSuite>(world: &World<S>, damage: &[Damage; 4]) {
    strict(
        &damage[0],
        world.challenge.as_bytes(),
        TokenChallenge::<S>::from_bytes,
        |challenge| challenge.as_bytes().to_vec(),
    );
    let key = world.keys.preferred()[0];
    strict(
        &damage[1],
        &key.to_bytes(),
        IssuerSecretKey::<S>::from_bytes,
        |key| key.to_bytes().to_vec(),
    );
    strict(
        &damage[2],
        &key.public_key(),
        IssuerKey::<S>::pin,
        IssuerKey::to_bytes,
    );
    let length = if S::TYPE.get() == 1 { 146 } else { 162 };
    let mut token = vec![7; length];
    token[..2].copy_from_slice(&S::TYPE.get().to_be_bytes());
    strict(&damage[3], &token, Token::<S>::from_bytes, |token| {
        token.to_bytes().to_vec()
    });
}

fn exchange<S: TokenSuite>(
    world: &mut World<S>,
    count: u8,
    batch: bool,
    damage: &[Damage; 4],
) -> Option<()> {
    let key = world.keys.preferred()[0];
    let expected = [world
        .origin
        .issue(world.challenge.clone())
        .expect("our own")];
    let offers = Offers::new(vec![Offer::new(&expected[0], key, NOW)]);
    let header = offers.greased(&mut world.rng).to_string();
    let pinned = IssuerKey::<S>::pin(&key.public_key()).expect("a key");
    let visit = Visit {
        origin: &name("origin.example"),
        issuer: &name("issuer.example"),
        key: &pinned,
    };
    let arrived = damage[0].apply(header.as_bytes());
    let offers = Offers::parse(&arrived, &HeaderMaxima::USUAL).ok()?;
    let challenge = offers.iter().find_map(|offer| offer.accept(&visit).ok())?;
    assert!(challenge.is_for(visit.origin));

    let issuer = Issuer::new(Arc::clone(&world.keys), 4);
    let count = if batch { usize::from(count % 4) + 1 } else { 1 };
    let (rng, key) = (&mut world.rng, &pinned);
    let tokens = if batch {
        let asked = key.request_batch(rng, &challenge, count).expect("a batch");
        let (answer, intact) = answer(&issuer, &asked.request.to_bytes(), true, damage)?;
        judged(asked.pending.finish(&answer), intact)?
    } else {
        let asked = key.request(rng, &challenge).expect("a request");
        let (answer, intact) = answer(&issuer, &asked.request.to_bytes(), false, damage)?;
        vec![judged(asked.pending.finish(&answer), intact)?]
    };
    assert_eq!(tokens.len(), count);
    for token in tokens {
        spend(world, token, &challenge, &damage[3]);
    }
    Some(())
}

/// The answer as it arrives, and whether it and the request arrived as they were sent.
fn answer<S: TokenSuite>(
    issuer: &Issuer<S>,
    request: &[u8],
    batch: bool,
    damage: &[Damage; 4],
) -> Option<(Vec<u8>, bool)> {
    let arrived = damage[1].apply(request);
    let unchecked = if batch {
        UncheckedRequest::batch(&arrived, issuer.maximum())
    } else {
        UncheckedRequest::single(&arrived)
    };
    let admitted = issuer.admit(unchecked.ok()?, NOW).ok()?;
    let answer = issuer.answer(&mut Seeded(1), admitted).ok()?.to_bytes();
    let answered = damage[2].apply(&answer);
    let intact = arrived == request && answered == answer;
    Some((answered, intact))
}

fn judged<T, E>(result: Result<T, E>, intact: bool) -> Option<T> {
    assert_eq!(result.is_ok(), intact);
    result.ok()
}

/// The token counts once, and no other does, whatever is made of its header.
fn spend<S: TokenSuite>(
    world: &World<S>,
    token: Token<S>,
    challenge: &TokenChallenge<S>,
    damage: &Damage,
) {
    let bytes = token.to_bytes();
    let header = token.into_authorization();
    let expected = [world.origin.issue(challenge.clone()).expect("our own")];
    let take = |header: &[u8]| {
        let credentials = Credentials::parse(header, &HeaderMaxima::USUAL).ok()?;
        let token = credentials.token::<S>().ok()?;
        let redemption = Redemption {
            token: &token,
            expected: &expected,
            payload: b"",
        };
        let unspent = world.origin.check(&redemption, NOW).ok()?;
        assert_eq!(*token.to_bytes(), *bytes);
        Some(unspent.spend_local(&world.ledger, NOW).is_ok())
    };
    let damaged = take(&damage.apply(header.as_bytes()));
    assert_ne!(damaged, Some(false));
    let spent = damaged.is_some();
    for fresh in [!spent, false] {
        assert_eq!(take(header.as_bytes()), Some(fresh));
    }
}

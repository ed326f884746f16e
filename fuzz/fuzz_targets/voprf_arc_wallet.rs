//! A wallet of one ARC credential whose disk fails, whose process dies and whose window ends: presentations are
//! counted by a ledger, none is refused for its tag, and none is made beyond the limit.

#![no_main]

use std::sync::Arc;

use libfuzzer_sys::{arbitrary, fuzz_target};
use milagro_base::Seconds;
use milagro_fuzz::Seeded;
use milagro_ledger::LocalLedger as _;
use milagro_ledger::memory::MemoryLedger;
use milagro_voprf::arc::{
    Credential, Limit, NotPresented, RequestContext, SecretKey, Terms, Verifier, Window,
};

#[derive(Debug, arbitrary::Arbitrary)]
enum Step {
    /// In one of two contexts.
    Show {
        mail: bool,
    },
    /// The disk says no.
    Fail {
        mail: bool,
    },
    /// What is in memory is lost.
    Die,
    Skip {
        mail: bool,
        count: u8,
    },
    /// The first context's window has ended, and the clock may go back afterwards.
    Forget {
        back: bool,
    },
}

#[derive(Debug, arbitrary::Arbitrary)]
struct Input {
    seed: u64,
    limits: [u8; 2],
    steps: Vec<Step>,
}

const BORN: Seconds = Seconds::new(1_000);
const ENDS: Seconds = Seconds::new(2_000);

/// A context with what is left of it.
struct Context {
    terms: Terms,
    verifier: Verifier,
    left: u32,
    forgotten: bool,
}

fuzz_target!(|input: Input| {
    let mut rng = Seeded(input.seed);
    let ledger = MemoryLedger::init(&mut rng, 1_000, Seconds::ZERO);
    let members = RequestContext::new(b"members").expect("short");
    let key = Arc::new(SecretKey::generate(&mut rng, members));
    let asking = key.public_key().request(&mut rng);
    let response = key.answer(&mut rng, &asking.request).expect("honest");
    let mut credential = asking.pending.finish(&response).expect("honest");
    let mut disk = credential.to_bytes().to_vec();

    let [forum, mail] = input.limits.map(|limit| u32::from(limit % 16) + 2);
    let mut contexts = [
        context(&key, &ledger, b"forum", forum, ENDS),
        context(&key, &ledger, b"mail", mail, ENDS.plus(ENDS)),
    ];
    let mut now = BORN;
    for step in input.steps.iter().take(24) {
        match step {
            Step::Show { mail } | Step::Fail { mail } => {
                let context = &mut contexts[usize::from(*mail)];
                let fails = matches!(step, Step::Fail { .. });
                let open = now < context.terms.window().until() && !context.forgotten;
                let shown = credential.present(&mut rng, &context.terms, now, |bytes| {
                    if fails {
                        return Err(());
                    }
                    disk = bytes.to_vec();
                    Ok(())
                });
                match shown {
                    Ok(presentation) => {
                        assert!(open && !fails && context.left > 0);
                        context.left -= 1;
                        let unspent = context.verifier.check(&presentation, b"", now);
                        let paid = unspent.expect("honest").spend_local(&ledger, now);
                        assert!(paid.is_ok(), "a tag of its own");
                    }
                    Err(NotPresented::Closed) => assert!(!open),
                    Err(NotPresented::Exhausted) => assert!(open && context.left == 0),
                    Err(NotPresented::NotSaved(())) => assert!(open && fails),
                    Err(other) => panic!("{other}"),
                }
            }
            Step::Die => credential = Credential::from_bytes(&disk).expect("saved"),
            Step::Skip { mail, count } => {
                let context = &mut contexts[usize::from(*mail)];
                credential
                    .skip(&context.terms, u32::from(*count))
                    .expect("room");
                disk = credential.to_bytes().to_vec();
                context.left = context.left.saturating_sub(u32::from(*count));
            }
            Step::Forget { back } => {
                credential.forget(ENDS);
                disk = credential.to_bytes().to_vec();
                contexts[0].forgotten = true;
                now = if *back { BORN } else { ENDS };
            }
        }
    }
});

fn context(
    key: &Arc<SecretKey>,
    ledger: &MemoryLedger,
    name: &[u8],
    limit: u32,
    until: Seconds,
) -> Context {
    let window = Window::new(BORN, until).expect("not empty");
    let terms = Terms::new(name, Limit::new(limit).expect("two at least"), window);
    let terms = terms.expect("short");
    let verifier = Verifier::new(Arc::clone(key), terms.clone(), ledger.id());
    Context {
        terms,
        verifier,
        left: limit,
        forgotten: false,
    }
}

//! Lists that take time to ask, and hooks.

use core::pin::pin;
use core::task::{Context, Poll, Waker};
use std::sync::Mutex;

use milagro_base::Seconds;
use milagro_mpin::names::EpochPolicy;

use super::fixture::{NOW, identity, master, today};
use crate::admission::{
    AllowList, Anyone, AuthorizeLater, IdentityVerifier, Refusal, Replaceable, Side,
};
use crate::names::{Identity, Principal, Role};

/// Answers at the second question.
struct Directory {
    asked: Mutex<bool>,
    has: &'static str,
}

impl AuthorizeLater for Directory {
    async fn permits(&self, peer: &Principal) -> bool {
        core::future::poll_fn(|context| {
            let mut asked = self.asked.lock().unwrap();
            if *asked {
                return Poll::Ready(());
            }
            *asked = true;
            context.waker().wake_by_ref();
            Poll::Pending
        })
        .await;
        peer.name() == self.has
    }
}

/// Runs a future; `between` happens while it waits.
fn run<F: Future>(future: F, between: impl FnOnce()) -> F::Output {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    assert!(future.as_mut().poll(&mut context).is_pending());
    between();
    match future.poll(&mut context) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("still waits"),
    }
}

#[test]
fn lists_may_take_their_time() {
    let master = master();
    let list = Replaceable::new(Anyone);
    let heard = alloc::sync::Arc::new(Mutex::new(Vec::<(Identity, Refusal)>::new()));
    let hears = heard.clone();
    let verifier = IdentityVerifier::new(master.anchor(), EpochPolicy::DAILY, list.clone())
        .on_refusal(move |refused| {
            let one = (refused.claimed.clone(), refused.reason);
            hears.lock().unwrap().push(one);
        });
    let alice = identity(&master, Role::Client, "alice");
    let ask = |has, end, clock: Seconds, between: &dyn Fn()| {
        let directory = Directory {
            asked: Mutex::new(false),
            has,
        };
        let welcome = verifier.welcome(&directory, alice.clone(), end, || clock);
        run(welcome, between).map(|welcome| welcome.identity().clone())
    };
    let none = || {};
    assert_eq!(ask("alice", Side::Client, NOW, &none), Ok(alice.clone()));
    assert!(heard.lock().unwrap().is_empty());
    let refused = ask("bob", Side::Client, NOW, &none);
    assert_eq!(refused, Err(Refusal::NotAuthorized));
    // While it waits, the epoch ends, the other list changes, the authority is believed no more.
    let late = today()
        .next()
        .start(EpochPolicy::DAILY.length)
        .plus(EpochPolicy::DAILY.grace);
    assert_eq!(
        ask("alice", Side::Client, late, &none),
        Err(Refusal::Expired)
    );
    assert_eq!(ask("alice", Side::Server, NOW, &none), Err(Refusal::Role));
    let removed = ask("alice", Side::Client, NOW, &|| {
        list.replace(AllowList::default());
    });
    assert_eq!(removed, Err(Refusal::NotAuthorized));
    list.replace(Anyone);
    let distrusted = ask("alice", Side::Client, NOW, &|| {
        assert!(verifier.distrust(master.domain()));
    });
    assert_eq!(distrusted, Err(Refusal::Domain));
    let reasons: Vec<_> = heard
        .lock()
        .unwrap()
        .iter()
        .map(|(_, reason)| *reason)
        .collect();
    assert_eq!(
        reasons,
        [
            Refusal::NotAuthorized,
            Refusal::Expired,
            Refusal::Role,
            Refusal::NotAuthorized,
            Refusal::Domain
        ]
    );
    assert!(heard.lock().unwrap().iter().all(|(who, _)| *who == alice));
}

/// Whoever waits for a list may give up: nobody is let in, nobody hears of a refusal, and asking again goes as if
/// nothing had been.
#[test]
fn who_gives_up_waiting_lets_in_nobody() {
    let master = master();
    let heard = alloc::sync::Arc::new(Mutex::new(0));
    let hears = heard.clone();
    let verifier = IdentityVerifier::new(master.anchor(), EpochPolicy::DAILY, Anyone)
        .on_refusal(move |_| *hears.lock().unwrap() += 1);
    let alice = identity(&master, Role::Client, "alice");
    let directory = Directory {
        asked: Mutex::new(false),
        has: "alice",
    };
    {
        let mut given_up = pin!(verifier.welcome(&directory, alice.clone(), Side::Client, || NOW));
        let mut context = Context::from_waker(Waker::noop());
        assert!(given_up.as_mut().poll(&mut context).is_pending());
    }
    assert_eq!(*heard.lock().unwrap(), 0);
    // Not even the verifier is needed any more by what was given up.
    assert!(verifier.distrust(master.domain()));
    verifier.believe(master.anchor());
    *directory.asked.lock().unwrap() = false;
    let asked = run(
        verifier.welcome(&directory, alice.clone(), Side::Client, || NOW),
        || {},
    );
    assert_eq!(asked.unwrap().identity(), &alice);
}

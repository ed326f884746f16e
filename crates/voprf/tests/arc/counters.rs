//! A nonce is given out once, whatever happens between memory and disk.

use core::convert::Infallible;

use milagro_base::Seconds;
use milagro_voprf::arc::{Credential, NotPresented, Terms, Window};

use super::support::{DAY, NOON, ORIGIN, Server, issue, limit, rng, show, terms};

/// A disk that may fail.
#[derive(Default)]
struct Disk {
    bytes: Vec<u8>,
    broken: bool,
}

impl Disk {
    fn write(&mut self, bytes: &[u8]) -> Result<(), &'static str> {
        if self.broken {
            return Err("disk full");
        }
        self.bytes = bytes.to_vec();
        Ok(())
    }

    fn load(&self) -> Credential {
        Credential::from_bytes(&self.bytes).unwrap()
    }
}

/// Whatever was sent before a crash, the disk is ahead of it.
#[test]
fn a_crash_after_any_step_uses_no_nonce_twice() {
    let server = Server::new();
    let terms = terms(b"forum", 5);
    let mut disk = Disk::default();
    disk.write(&issue(&server.key).to_bytes()).unwrap();
    for left in (0..5).rev() {
        // Loaded anew each time: the process died right after it had its presentation.
        let mut credential = disk.load();
        let presentation = credential
            .present(&mut rng(), &terms, NOON, |bytes| disk.write(bytes))
            .unwrap();
        assert!(server.take(&terms, &presentation).is_ok());
        assert_eq!(disk.load().remaining(&terms), left);
    }
    let refused = disk
        .load()
        .present(&mut rng(), &terms, NOON, |_| Ok::<_, Infallible>(()));
    assert_eq!(refused.map(drop), Err(NotPresented::Exhausted));
}

#[test]
fn what_is_not_saved_is_neither_made_nor_counted() {
    let server = Server::new();
    let terms = terms(b"forum", 3);
    let mut credential = issue(&server.key);
    let mut disk = Disk {
        broken: true,
        ..Disk::default()
    };
    for _ in 0..5 {
        let refused = credential.present(&mut rng(), &terms, NOON, |bytes| disk.write(bytes));
        assert_eq!(refused.map(drop), Err(NotPresented::NotSaved("disk full")));
        assert_eq!(credential.remaining(&terms), 3);
    }
    // Nor is there a counter of it.
    let fresh = issue(&server.key).to_bytes().len();
    assert_eq!(credential.to_bytes().len(), fresh);
    disk.broken = false;
    let shown = credential.present(&mut rng(), &terms, NOON, |bytes| disk.write(bytes));
    assert!(shown.is_ok());
    assert_eq!(credential.to_bytes().as_slice(), disk.bytes);
}

/// Two wallets of one credential are linked by the server, and only one of them is served.
#[test]
fn a_copied_wallet_shows_the_same_tags() {
    let server = Server::new();
    let terms = terms(b"forum", 4);
    let mut wallet = issue(&server.key);
    let mut copy = Credential::from_bytes(&wallet.to_bytes()).unwrap();
    let [first, second] = [&mut wallet, &mut copy].map(|wallet| show(wallet, &terms).unwrap());
    let tag = |presentation| {
        let unspent = server.verifier(&terms).check(presentation, b"", NOON);
        unspent.unwrap().spend_local(&server.ledger, NOON)
    };
    let paid = tag(&first).unwrap();
    assert!(tag(&second).is_err());
    assert_eq!(first.to_bytes()[99..132], *paid.tag());
    assert_eq!(second.to_bytes()[99..132], *paid.tag());
}

/// A wallet that was restored goes on where it can be sure that nothing was shown.
#[test]
fn a_restored_wallet_skips_what_may_have_been_shown() {
    let server = Server::new();
    let terms = terms(b"forum", 6);
    let mut wallet = issue(&server.key);
    let backup = wallet.to_bytes();
    for _ in 0..3 {
        let presentation = show(&mut wallet, &terms).unwrap();
        assert!(server.take(&terms, &presentation).is_ok());
    }
    drop(wallet);
    let mut restored = Credential::from_bytes(&backup).unwrap();
    restored.skip(&terms, 3).unwrap();
    assert_eq!(restored.remaining(&terms), 3);
    for _ in 0..3 {
        let presentation = show(&mut restored, &terms).unwrap();
        assert!(server.take(&terms, &presentation).is_ok());
    }
    restored.skip(&terms, u32::MAX).unwrap();
    assert_eq!(restored.remaining(&terms), 0);
}

#[test]
fn contexts_have_counters_of_their_own() {
    let server = Server::new();
    let mut credential = issue(&server.key);
    let (forum, mail) = (terms(b"forum", 2), terms(b"mail", 3));
    for _ in 0..2 {
        show(&mut credential, &forum).unwrap();
    }
    assert_eq!(credential.remaining(&forum), 0);
    assert_eq!(credential.remaining(&mail), 3);
    let mut loaded = Credential::from_bytes(&credential.to_bytes()).unwrap();
    assert_eq!(loaded.remaining(&forum), 0);
    assert!(show(&mut loaded, &mail).is_ok());
    assert_eq!(loaded.remaining(&mail), 2);
}

/// A counter that is forgotten does not begin anew, even if the clock goes back.
#[test]
fn what_is_forgotten_is_never_shown_again() {
    let server = Server::new();
    let mut credential = issue(&server.key);
    let old = terms(b"forum", 2);
    let days = |count| ORIGIN.plus(Seconds::days(count));
    let new = Terms::new(b"forum", limit(2), Window::new(ORIGIN, days(2)).unwrap()).unwrap();
    show(&mut credential, &old).unwrap();
    show(&mut credential, &new).unwrap();
    credential.forget(days(1));
    let mut credential = Credential::from_bytes(&credential.to_bytes()).unwrap();
    assert_eq!(credential.remaining(&old), 0);
    assert_eq!(
        show(&mut credential, &old).map(drop),
        Err(NotPresented::Closed)
    );
    assert_eq!(credential.remaining(&new), 1);
    assert!(show(&mut credential, &new).is_ok());
}

#[test]
fn a_credential_remembers_so_many_contexts() {
    let server = Server::new();
    let mut credential = issue(&server.key);
    let ends = ORIGIN.plus(DAY);
    let at = |number: usize| {
        let window = Window::new(ORIGIN, ends).unwrap();
        Terms::with_context(&number.to_be_bytes(), limit(2), window).unwrap()
    };
    for number in 0..Credential::MAX_CONTEXTS {
        credential.skip(&at(number), 1).unwrap();
    }
    let more = at(Credential::MAX_CONTEXTS);
    assert_eq!(
        show(&mut credential, &more).map(drop),
        Err(NotPresented::Full)
    );
    assert!(credential.skip(&more, 1).is_err());
    let mut loaded = Credential::from_bytes(&credential.to_bytes()).unwrap();
    assert!(show(&mut loaded, &at(7)).is_ok(), "it knows this one");
    loaded.forget(ends);
    let tomorrow = Window::new(ends, ends.plus(DAY)).unwrap();
    let tomorrow = Terms::with_context(b"tomorrow", limit(2), tomorrow).unwrap();
    let shown = loaded.present(&mut rng(), &tomorrow, ends, |_| Ok::<_, Infallible>(()));
    assert!(shown.is_ok());
}

#[test]
fn nothing_is_shown_outside_the_window() {
    let server = Server::new();
    let mut credential = issue(&server.key);
    let terms = terms(b"forum", 2);
    for now in [ORIGIN.minus(Seconds::new(1)), ORIGIN.plus(DAY)] {
        let shown = credential.present(&mut rng(), &terms, now, |_| Ok::<_, Infallible>(()));
        assert_eq!(shown.map(drop), Err(NotPresented::Closed));
    }
    assert_eq!(credential.remaining(&terms), 2);
}

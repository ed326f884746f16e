//! What is left in memory of the shares that dealers, ceremonies and repairs have made, once everybody has
//! dropped them: nothing on the heap. (Copies that arithmetic leaves on the stack are another matter, and
//! README.md says so.)
//!
//! Linux shows a process its own memory as a file. This test is its own `main`, so that everything is
//! allocated by one thread from one heap.

#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used, reason = "a test")]

#[cfg(target_os = "linux")]
mod linux {
    use std::fs::{self, File};
    use std::os::unix::fs::FileExt as _;

    use milagro_curve::Scalar;
    use milagro_dta::ceremony::{Board, Plan, Seat, Seed, advance};
    use milagro_dta::dealer;
    use milagro_dta::vault::{self, Lock};
    use milagro_dta::{Authority, AuthorityId, MemberKey, Mpin, Roster, Threshold};
    use milagro_mpin::rand_core::UnwrapErr;

    type Key = MemberKey<milagro_dta::sharing::Bls12381G1>;

    /// A secret in the forms in which memory could hold it, each hidden by a mask so that the list itself
    /// is not found: 32 bytes big-endian as on the wire, little-endian, and little-endian in Montgomery's
    /// form as blst computes with it.
    struct Needles(Vec<[u8; 32]>);

    const MASK: u8 = 0x5a;

    impl Needles {
        fn of(secret: &[u8; 32]) -> Self {
            let value = Scalar::from_bytes(secret).unwrap();
            let montgomery = (0..256).fold(value, |value, _| value + value);
            let mut forms = [*secret, *secret, montgomery.to_bytes()];
            forms[1].reverse();
            forms[2].reverse();
            let mut hidden = Vec::with_capacity(3);
            for form in &mut forms {
                form.iter_mut().for_each(|byte| *byte ^= MASK);
                hidden.push(*form);
            }
            Self(hidden)
        }

        /// How often one of them stands in a piece of memory.
        fn count(&self, memory: &[u8]) -> usize {
            let mut found = 0;
            for needle in &self.0 {
                let first = needle[0] ^ MASK;
                for (at, _) in memory.iter().enumerate().filter(|(_, byte)| **byte == first) {
                    let here = memory.get(at..at + 32);
                    let same = |here: &[u8]| here.iter().zip(needle).all(|(a, b)| *a == b ^ MASK);
                    found += usize::from(here.is_some_and(same));
                }
            }
            found
        }
    }

    /// Everything writable but the stacks and what belongs to files.
    fn heap() -> Vec<(u64, u64)> {
        let maps = fs::read_to_string("/proc/self/maps").unwrap();
        let mut areas = Vec::new();
        for line in maps.lines() {
            let mut parts = line.split_whitespace();
            let (range, rights) = (parts.next().unwrap(), parts.next().unwrap());
            let name = parts.nth(3).unwrap_or_default();
            if rights.starts_with("rw") && (name.is_empty() || name == "[heap]") {
                let (from, to) = range.split_once('-').unwrap();
                let number = |text| u64::from_str_radix(text, 16).unwrap();
                areas.push((number(from), number(to)));
            }
        }
        areas
    }

    fn traces(needles: &[Needles]) -> usize {
        let memory = File::open("/proc/self/mem").unwrap();
        // On the stack, which is not searched: it would find itself.
        let mut buffer = [0_u8; 1 << 14];
        let mut found = 0;
        for (from, to) in heap() {
            let mut at = from;
            while at + 32 <= to {
                let length = usize::try_from((to - at).min(1 << 14)).unwrap();
                if memory.read_exact_at(&mut buffer[..length], at).is_ok() {
                    let counts = needles.iter().map(|one| one.count(&buffer[..length]));
                    found += counts.sum::<usize>();
                }
                // Pieces overlap, lest one stand across two.
                at += u64::try_from(length).unwrap() - 31;
            }
        }
        found
    }

    fn rng() -> UnwrapErr<getrandom::SysRng> {
        UnwrapErr(getrandom::SysRng)
    }

    /// The share of an authority, out of its sealed state: the bytes are hidden at once.
    fn needles(authorities: &[Authority<Mpin>]) -> Vec<Needles> {
        let mut all = Vec::with_capacity(authorities.len());
        for authority in authorities {
            all.push(needles_of(authority));
        }
        all
    }

    fn needles_of(authority: &Authority<Mpin>) -> Needles {
        // No public function gives a share away but the one that seals it.
        let mut share = milagro_dta_share(authority);
        let needles = Needles::of(&share);
        share.fill(0);
        needles
    }

    fn milagro_dta_share(authority: &Authority<Mpin>) -> [u8; 32] {
        use chacha20poly1305::aead::{Aead as _, Payload};
        use chacha20poly1305::{KeyInit as _, XChaCha20Poly1305};

        let key = Key::random(&mut rng());
        let sealed = vault::seal(&mut rng(), authority, &key, &Lock::Key(&[7; 32])).unwrap();
        let (head, message) = sealed.split_at(128);
        let mut transcript = milagro_curve::Transcript::new("MILAGRO-V1-VAULT-SHAKE256");
        transcript.append("key", &[7; 32]);
        transcript.append("salt", &head[14..30]);
        let cipher = XChaCha20Poly1305::new(&(*transcript.secret_bytes::<32>("cipher key")).into());
        let nonce: [u8; 24] = head[30..54].try_into().unwrap();
        let payload = Payload { msg: message, aad: head };
        let mut state = cipher.decrypt(&nonce.into(), payload).unwrap();
        let share = state[..32].try_into().unwrap();
        state.fill(0);
        share
    }

    fn session(plan: &Plan<Mpin>, seats: &[(&Key, Option<&Authority<Mpin>>)]) -> Vec<Authority<Mpin>> {
        let seeds: Vec<Seed> = seats.iter().map(|_| Seed::random(&mut rng())).collect();
        let mut logs = vec![Vec::new(); seats.len()];
        let mut board = Board::new(plan);
        loop {
            let (mut authorities, mut done) = (Vec::with_capacity(seats.len()), 0);
            for (((key, held), seed), log) in seats.iter().zip(&seeds).zip(&mut logs) {
                let seat = Seat::take(plan, key, seed, *held).unwrap();
                let progress = advance(&seat, log, &board).unwrap();
                if let Some(message) = progress.send {
                    log.push(message.clone());
                    board.add(&message).unwrap();
                }
                if let Some(outcome) = progress.result {
                    done += 1;
                    authorities.extend(outcome.authority);
                }
            }
            if done == seats.len() {
                return authorities;
            }
        }
    }

    fn roster(keys: &[Key]) -> Roster<milagro_dta::sharing::Bls12381G1> {
        let ids = (1..).filter_map(AuthorityId::new);
        Roster::new(ids.zip(keys.iter().map(MemberKey::public))).unwrap()
    }

    pub(crate) fn main() {
        let threshold = Threshold::new(2, 3).unwrap();
        // The control: a share that somebody kept, and one that nobody wiped.
        let dealt = dealer::deal::<Mpin, _>(&mut rng(), "traces", threshold).unwrap();
        let mut authorities = Vec::with_capacity(3);
        for share in dealt.shares {
            let me = share.to();
            authorities.push(share.accept(me, "traces", threshold, &dealt.domain).unwrap());
        }
        let known = needles(&authorities);
        assert!(traces(&known) >= 3, "the search finds what is there");
        let mut forgotten = milagro_dta_share(&authorities[0]).to_vec();
        forgotten.reserve(100);
        drop(authorities);
        assert!(traces(&known[..1]) > 0, "the search finds what was not wiped");
        forgotten.fill(0);
        drop(forgotten);
        // The vector that grew has left a copy in freed memory, which is overwritten here.
        drop(vec![1_u8; 32]);
        assert_eq!(traces(&known[1..]), 0, "shares of a dealer");

        let keys: Vec<Key> = (0..3).map(|_| Key::random(&mut rng())).collect();
        let plan = Plan::<Mpin>::found([1; 32], "traces", threshold, roster(&keys)).unwrap();
        let seats: Vec<_> = keys.iter().map(|key| (key, None)).collect();
        let founded = session(&plan, &seats);
        let mut known = needles(&founded);
        let domain = founded[0].domain().clone();
        let successor = Key::random(&mut rng());
        let plan = Plan::repair(
            [2; 32],
            domain.clone(),
            roster(&keys[..2]),
            AuthorityId::new(3).unwrap(),
            successor.public(),
        );
        let helping = keys.iter().zip(founded.iter().map(Some)).take(2);
        let seats: Vec<_> = helping.chain([(&successor, None)]).collect();
        drop(session(&plan.unwrap(), &seats));
        let plan = Plan::refresh([3; 32], domain, roster(&keys)).unwrap();
        let seats: Vec<_> = keys.iter().zip(founded.iter().map(Some)).collect();
        let refreshed = session(&plan, &seats);
        known.extend(needles(&refreshed));
        assert!(traces(&known) >= 6, "the search finds what is there");
        drop((founded, refreshed));
        assert_eq!(traces(&known), 0, "shares of ceremonies");
    }
}

fn main() {
    #[cfg(target_os = "linux")]
    linux::main();
}

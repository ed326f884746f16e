//! TLS 1.3 in OpenSSL with a PSK of ours beside TLS 1.3 in OpenSSL with certificates.
//!
//! Both sides of the comparison: the same library through the same crate, contexts from the same function (X25519,
//! TLS_AES_128_GCM_SHA256, no tickets, no sessions), made once; both ends in one thread with memory between them; a
//! handshake starts from two new `Ssl` values and ends when both ends may send. Both authenticate both ends.

#![allow(missing_docs, reason = "criterion's macros make undocumented items")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a benchmark that cannot be set up stops"
)]
#![forbid(unsafe_code)]

extern crate alloc;

mod certificates;
mod psk;
mod wire;

use core::hint::black_box;

use certificates::Mutual;
use criterion::{Criterion, criterion_group, criterion_main};
use openssl::pkey::Id;
use openssl::ssl::{Ssl, SslVersion};
use openssl::x509::X509VerifyResult;
use psk::Pair;
use wire::shake_hands;

/// Two ends that have not begun.
type Ends<'a> = &'a dyn Fn() -> (Ssl, Ssl);

fn handshakes(criterion: &mut Criterion) {
    let (cached, derived, mutual) = (Pair::new(16), Pair::new(0), Mutual::new());
    let mut group = criterion.benchmark_group("psk/handshake");
    let sides: [(&str, bool, Ends<'_>); 3] = [
        ("ours/cached", false, &|| cached.ends()),
        ("ours/derived", false, &|| derived.ends()),
        ("openssl/mutual_p256", true, &|| mutual.ends()),
    ];
    for (name, certificates, ends) in sides {
        check(ends(), certificates);
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                let (client, server) = black_box(&ends)();
                shake_hands(client, server)
            });
        });
    }
    group.finish();
}

/// That the two sides differ in the way of authentication alone.
fn check((client, server): (Ssl, Ssl), certificates: bool) {
    let (client, server) = shake_hands(client, server);
    for end in [client.ssl(), server.ssl()] {
        assert_eq!(end.version2(), Some(SslVersion::TLS1_3));
        let suite = end.current_cipher().unwrap();
        assert_eq!(suite.name(), "TLS_AES_128_GCM_SHA256");
        assert_eq!(end.peer_tmp_key().unwrap().id(), Id::X25519);
        assert_eq!(end.peer_certificate().is_some(), certificates);
        assert!(!certificates || end.verify_result() == X509VerifyResult::OK);
        assert_eq!(end.session_reused(), !certificates);
    }
}

criterion_group!(benches, handshakes);
criterion_main!(benches);

//! What each feature adds is there under this crate's name, without another crate of milagro in the manifest.

#![forbid(unsafe_code)]

extern crate alloc;

use alloc::sync::Arc;

use milagro::mpin::compat::LegacyIdentity;
use milagro::tls::compat::ResponderName;
use milagro::tls::rustls::crypto::aws_lc_rs;
use milagro::voprf::compat::acs;
use milagro::voprf::rand_core::UnwrapErr;
use milagro::voprf::suite::{Bls12381G1, P256, P384, P521};
use milagro::voprf::{SecretKey, Suite, Voprf};

/// The length of an output, by one party that holds the key.
fn output<S: Suite>() -> Option<usize> {
    let key = SecretKey::<Voprf, S>::generate(&mut UnwrapErr(getrandom::SysRng));
    let output = key.evaluate(b"input").ok()?;
    Some(size_of_val(output.as_bytes()))
}

#[test]
fn suites_are_there() {
    assert_eq!(output::<P256>(), Some(32));
    assert_eq!(output::<P384>(), Some(48));
    assert_eq!(output::<P521>(), Some(64));
    assert_eq!(output::<Bls12381G1>(), Some(32));
}

#[test]
fn older_protocols_are_there() {
    assert!(LegacyIdentity::milagro(b"alice").is_ok());
    assert_eq!(ResponderName::new(b"bob").as_bytes(), b"bob");
    let key = acs::SecretKey::<acs::Ristretto255>::generate(&mut UnwrapErr(getrandom::SysRng));
    assert_ne!(key.public_key().to_bytes(), [0; 32]);
}

#[test]
fn rustls_is_the_one_of_the_application() {
    let provider: Arc<rustls::crypto::CryptoProvider> = Arc::new(aws_lc_rs::default_provider());
    assert!(!provider.cipher_suites.is_empty());
}

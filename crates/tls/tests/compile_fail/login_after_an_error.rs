//! A step of a client-server exchange moves the state: after an error nothing can follow.

use milagro_base::Seconds;
use milagro_tls::rand_core::UnwrapErr;

fn client(waiting: milagro_tls::login::AwaitServerKey<'_>, bad: &[u8], good: &[u8]) {
    if waiting.receive(bad).is_err() {
        let _ = waiting.receive(good);
    }
}

fn server(waiting: milagro_tls::login::AwaitName, bad: &[u8], good: &[u8]) {
    let mut rng = UnwrapErr(getrandom::SysRng);
    if waiting.receive(&mut rng, bad, Seconds::ZERO).is_err() {
        let _ = waiting.receive(&mut rng, good, Seconds::ZERO);
    }
}

fn main() {}

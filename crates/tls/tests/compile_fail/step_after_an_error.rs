//! A step moves the state: after an error nothing can follow.

use milagro_base::Seconds;

fn initiator(waiting: milagro_tls::AwaitAnswer<'_>, bad: &[u8], good: &[u8]) {
    if waiting.finish(bad, Seconds::ZERO).is_err() {
        let _ = waiting.finish(good, Seconds::ZERO);
    }
}

fn responder(waiting: milagro_tls::AwaitConfirmation, bad: &[u8], good: &[u8]) {
    if waiting.finish(bad).is_err() {
        let _ = waiting.finish(good);
    }
}

fn main() {}

//! A step moves the state: after an error nothing can follow.

use milagro_base::Seconds;

fn initiator(waiting: milagro_tls::peer::AwaitAnswer<'_>, bad: &[u8], good: &[u8]) {
    if waiting.finish(bad, Seconds::ZERO).is_err() {
        let _ = waiting.finish(good, Seconds::ZERO);
    }
}

fn responder(waiting: milagro_tls::peer::AwaitConfirmation, bad: &[u8], good: &[u8]) {
    if waiting.finish(bad, Seconds::ZERO).is_err() {
        let _ = waiting.finish(good, Seconds::ZERO);
    }
}

fn main() {}

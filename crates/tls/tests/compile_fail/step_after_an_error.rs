//! A step moves the state: after an error nothing can follow.

fn initiator(waiting: milagro_tls::AwaitAnswer<'_>, bad: &[u8], good: &[u8]) {
    if waiting.finish(bad, 0).is_err() {
        let _ = waiting.finish(good, 0);
    }
}

fn responder(waiting: milagro_tls::AwaitConfirmation, bad: &[u8], good: &[u8]) {
    if waiting.finish(bad).is_err() {
        let _ = waiting.finish(good);
    }
}

fn main() {}

//! Only a `Session` has keys: there are none before the peer's confirmation.

fn initiator(waiting: &milagro_tls::peer::AwaitAnswer<'_>) -> [u8; 32] {
    *waiting.sending()
}

fn responder(waiting: &milagro_tls::peer::AwaitConfirmation, out: &mut [u8]) {
    let _ = waiting.receiving();
    let _ = waiting.export("", &[], out);
}

fn main() {}

//! Nobody but a finished exchange makes a `Session`, and nobody copies one.

fn make(peer: milagro_tls::Identity) -> milagro_tls::exchange::Session {
    milagro_tls::exchange::Session { peer }
}

fn copy(session: &milagro_tls::exchange::Session) -> milagro_tls::exchange::Session {
    session.clone()
}

fn main() {}

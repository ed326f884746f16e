//! Nobody but a finished exchange makes a `Session`, and nobody copies one.

fn make(peer: milagro_tls::Identity) -> milagro_tls::Session {
    milagro_tls::Session { peer }
}

fn copy(session: &milagro_tls::Session) -> milagro_tls::Session {
    session.clone()
}

fn main() {}
